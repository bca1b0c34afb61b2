"""What happens once, when the addon is installed or uninstalled."""

from odoo.tools.sql import column_exists, create_column

from .models.website_cart_recovery import CRON
from .tools import backfill


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


def uninstall_hook(env):
    """Have core's cron of the reminders run again, as it does without the addon.

    :param odoo.api.Environment env: the environment of the removal
    """
    if cron := env.ref(CRON, raise_if_not_found=False):
        cron.active = True
    # What keeps the statements from being changed or deleted; their table goes with the models.
    env.cr.execute("DROP FUNCTION IF EXISTS sale_order_withdrawal_is_final() CASCADE")
