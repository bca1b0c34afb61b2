"""Settings: those of the website, and of the companies and mails behind it."""

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    # === FIELDS === #

    shop_own_salesperson_first = fields.Boolean(
        related="website_id.shop_own_salesperson_first", readonly=False
    )
    sale_async_emails = fields.Boolean(
        string="Order e-mails in the background",
        help="Customers do not wait for the e-mail of their order while they pay.",
        config_parameter="sale.async_emails",
    )
    stock_mail_confirmation_template_id = fields.Many2one(
        related="company_id.stock_mail_confirmation_template_id", readonly=False
    )
