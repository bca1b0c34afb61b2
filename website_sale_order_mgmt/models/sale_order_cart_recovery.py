"""Abandoned carts: whether and why a cart is reminded."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import STAFF
from ..tools import mail_recipients, work_queue

RETRY_HOURS = 24  # A reminder that failed is tried again a day later.


class SaleOrder(models.Model):
    _inherit = "sale.order"

    cart_recovery_skip_reason = fields.Selection(
        string="No Reminder Because",
        selection=[
            ("no_email", "The customer's e-mail address is unknown"),
            ("payment_error", "A payment failed, which has its own message"),
            ("free", "The cart is free of charge"),
            ("sold_out", "A product is sold out"),
            ("ordered_since", "The customer has ordered since"),
        ],
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    cart_recovery_error = fields.Text(
        string="Reminder Error",
        help="Why the reminder of this abandoned cart could not be made.",
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    cart_recovery_next_try = fields.Datetime(
        string="Next Reminder Try", readonly=True, copy=False, groups=STAFF
    )

    # === BUSINESS METHODS === #

    @api.model
    def _get_carts_to_remind_domain(self, website):
        """Return the domain of a website's abandoned carts whose reminder is due.

        What was sold out may be there again; the other reasons not to remind a cart are final.

        :param website: the `website`, whose delay (hours) and activation time count
        :rtype: odoo.fields.Domain
        """
        return fields.Domain(
            [
                ("is_abandoned_cart", "=", True),
                ("cart_recovery_email_sent", "=", False),
                ("cart_recovery_skip_reason", "in", (False, "sold_out")),
                ("website_id", "=", website.id),
                ("date_order", ">=", website.send_abandoned_cart_email_activation_time),
                "|",
                ("cart_recovery_next_try", "=", False),
                ("cart_recovery_next_try", "<=", "now"),
            ]
        )

    def _remind_abandoned_carts(self):
        """Queue the reminder of each cart that may have one, and note why the others get none."""
        reminded = self._filter_can_send_abandoned_cart_mail()
        skipped = self - reminded
        for reason, orders in skipped.grouped(SaleOrder._get_cart_recovery_skip_reason).items():
            orders.cart_recovery_skip_reason = reason
        for order in reminded:
            order._send_cart_reminder()
        reminded.write(
            {
                "cart_recovery_email_sent": True,
                "cart_recovery_error": False,
                "cart_recovery_skip_reason": False,
            }
        )
        if reminded:
            work_queue.trigger(self.env, work_queue.MAIL_QUEUE_CRON)

    def _get_cart_recovery_skip_reason(self):
        """Return why core's filter leaves the cart out, as a value of the field.

        The conditions are those of `_filter_can_send_abandoned_cart_mail` in `website_sale` and
        `website_sale_stock`, in their order.
        """
        self.ensure_one()
        if not self.partner_id.email:
            return "no_email"
        # sudo: salespeople may not read transactions; only the state is looked at.
        if "error" in self.sudo().transaction_ids.mapped("state"):
            return "payment_error"
        if all(line.currency_id.is_zero(line.price_unit) for line in self.order_line):
            return "free"
        if not self._all_product_available():
            return "sold_out"
        return "ordered_since"

    def _send_cart_reminder(self):
        """Queue the mail with the website's template, once, with a link that opens.

        Core's cron takes a fixed template, sends it twice to the same person and makes no token for
        the link. The template's own language counts; without one, the customer's.

        :raise UserError: there is no template
        """
        self.ensure_one()
        template = self._get_cart_recovery_template()
        if not template:
            raise UserError(self.env._("There is no e-mail template for abandoned carts."))
        self._portal_ensure_token()
        if not template.lang:
            template = template.with_context(lang=self._get_lang())
        to_somebody = template.use_default_to or template.email_to or template.partner_to
        email_values = {} if to_somebody else {"email_to": self.partner_id.email_formatted}
        mail_id = template.send_mail(self.id, email_values=email_values)
        # sudo: the queued mail is this method's own; only the recipients' addresses are compared.
        mail = self.env["mail.mail"].sudo().browse(mail_id).exists()
        recipients = mail.recipient_ids.mapped("email")
        mail.email_to = mail_recipients.without_duplicates(mail.email_to, recipients)

    def _cart_reminder_failed(self, error):
        """Note why the cart's reminder could not be made, and try again later.

        :param Exception error: what went wrong
        """
        self.write(
            {
                "cart_recovery_error": work_queue.error_message(error, self.env),
                "cart_recovery_next_try": fields.Datetime.now() + timedelta(hours=RETRY_HOURS),
            }
        )
