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
    cart_recovery_consent = fields.Selection(
        related="website_id.cart_recovery_consent", readonly=False
    )
    cart_recovery_holdout = fields.Integer(
        related="website_id.cart_recovery_holdout", readonly=False
    )

    delivery_mail_tell = fields.Boolean(related="website_id.delivery_mail_tell", readonly=False)
    delivery_mail_shipped_template_id = fields.Many2one(
        related="website_id.delivery_mail_shipped_template_id", readonly=False
    )
    delivery_mail_partly_template_id = fields.Many2one(
        related="website_id.delivery_mail_partly_template_id", readonly=False
    )
    delivery_mail_ready_template_id = fields.Many2one(
        related="website_id.delivery_mail_ready_template_id", readonly=False
    )
    website_invoice_mail_template_id = fields.Many2one(
        related="website_id.invoice_mail_template_id", readonly=False
    )
    invoice_change_days = fields.Integer(related="website_id.invoice_change_days", readonly=False)
    shop_waiting_takes_stock = fields.Boolean(
        related="website_id.shop_waiting_takes_stock", readonly=False
    )
    invoicing_b2c = fields.Selection(related="website_id.invoicing_b2c", readonly=False)
    invoicing_b2b = fields.Selection(related="website_id.invoicing_b2b", readonly=False)
    invoicing_per_delivery = fields.Boolean(
        related="website_id.invoicing_per_delivery", readonly=False
    )
    invoicing_prepaid = fields.Selection(related="website_id.invoicing_prepaid", readonly=False)

    return_window_days = fields.Integer(related="website_id.return_window_days", readonly=False)
    return_approval = fields.Selection(related="website_id.return_approval", readonly=False)
    return_shipping_paid_by = fields.Selection(
        related="website_id.return_shipping_paid_by", readonly=False
    )
    return_fee_percent = fields.Float(related="website_id.return_fee_percent", readonly=False)

    # === ACTION METHODS === #

    def action_open_cart_recovery_steps(self):
        """Open the website's further reminders."""
        return self.website_id.action_open_cart_recovery_steps()

    def action_preview_cart_reminder(self):
        """Open core's preview of the website's first reminder."""
        return self.website_id.action_preview_cart_reminder()

    def action_test_cart_reminder(self):
        """Send the website's reminders to the current user."""
        return self.website_id.action_test_cart_reminder()
