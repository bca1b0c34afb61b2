"""What happens once, when the addon is installed or uninstalled."""

from odoo.tools.sql import column_exists, create_column

from .models.website_cart_recovery import CRON
from .tools import backfill

CRON_WAS_OFF = "website_sale_order_mgmt.cart_recovery_cron_was_off"


def pre_init_hook(env):
    """Make the columns that old records do not begin with as new ones do.

    Those of the orders' status, so that Odoo does not compute order by order, and the websites'
    consent.

    :param odoo.api.Environment env: the environment of the installation
    """
    for column, column_type in backfill.COLUMNS.items():
        if not column_exists(env.cr, "sale_order", column):
            create_column(env.cr, "sale_order", column, column_type)
    if not column_exists(env.cr, "website", "cart_recovery_consent"):
        # Whoever has reminded everybody until now goes on; the settings say what the law thinks of
        # it. The others, and new websites, get the field's default.
        create_column(env.cr, "website", "cart_recovery_consent", "varchar")
        env.cr.execute(
            "UPDATE website SET cart_recovery_consent = 'everyone' WHERE send_abandoned_cart_email"
        )
    cron = env.ref(CRON, raise_if_not_found=False)
    if cron and not cron.active:  # From now on the websites' switches decide.
        env["ir.config_parameter"].set_param(CRON_WAS_OFF, True)


def post_init_hook(env):
    """Fill in the status of old web orders, and start the cron of the delivery mails if needed.

    :param odoo.api.Environment env: the environment of the installation
    """
    backfill.fill_shop_status(env)
    backfill.fill_withdrawal_period(env)
    env["res.company"]._toggle_delivery_mail_cron()
    websites = env["website"].search([])
    websites._set_delivery_mail_templates()
    websites._toggle_cart_recovery_cron()


# What Odoo notes of our models in the name of the modules whose mixins they have: it takes the
# models away with the addon, and forgets these names.
FORGOTTEN_NAMES = """
WITH ours AS (
    SELECT model.id, model.model
      FROM ir_model model
      JOIN ir_model_data data ON data.model = 'ir.model' AND data.res_id = model.id
     GROUP BY model.id
    HAVING bool_and(data.module = 'website_sale_order_mgmt')
)
DELETE FROM ir_model_data
 WHERE module != 'website_sale_order_mgmt'
   AND (
       (model = 'ir.model.inherit' AND res_id IN (
           SELECT inherit.id FROM ir_model_inherit inherit JOIN ours ON ours.id = inherit.model_id))
       OR
       (model = 'ir.model.fields.selection' AND res_id IN (
           SELECT selection.id
             FROM ir_model_fields_selection selection
             JOIN ir_model_fields field ON field.id = selection.field_id
             JOIN ours ON ours.id = field.model_id))
   )
"""


def uninstall_hook(env):
    """Have core's cron of the reminders run again, unless somebody had switched it off before.

    :param odoo.api.Environment env: the environment of the removal
    """
    if cron := env.ref(CRON, raise_if_not_found=False):
        parameters = env["ir.config_parameter"]
        cron.active = not parameters.get_param(CRON_WAS_OFF)
        parameters.set_param(CRON_WAS_OFF, False)
    # What keeps the statements from being changed or deleted; their table goes with the models.
    env.cr.execute("DROP FUNCTION IF EXISTS sale_order_withdrawal_is_final() CASCADE")
    env.cr.execute(FORGOTTEN_NAMES)
