"""Abandoned carts: what the reminders bring: clicks, and orders."""

from odoo import api, fields, models
from odoo.fields import Domain

from ..const import STAFF
from ..tools.cart_recovery import RECOVERY


class SaleOrder(models.Model):
    _inherit = "sale.order"

    cart_recovery_state = fields.Selection(
        [
            ("none", "Not reminded"),
            ("reminded", "Reminded"),
            ("clicked", "Opened again"),
            ("recovered", "Recovered"),
        ],
        string="Cart Recovery",
        compute="_compute_cart_recovery_state",
        compute_sudo=True,
        store=True,
        groups=STAFF,
    )
    cart_recovery_step_number = fields.Integer(
        string="Last Reminder",
        help="The number of the last reminder that the cart has got.",
        compute="_compute_cart_recovery_state",
        compute_sudo=True,
        store=True,
        aggregator=None,
        groups=STAFF,
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "cart_recovery_mail_ids.state",
        "cart_recovery_mail_ids.click_date",
        "cart_recovery_mail_ids.recovered_count",
    )
    def _compute_cart_recovery_state(self):
        for order in self:
            sent = order.cart_recovery_mail_ids.filtered(lambda mail: mail.state == "sent")
            order.cart_recovery_step_number = max(sent.mapped("step_number"), default=0)
            if any(sent.mapped("recovered_count")):
                order.cart_recovery_state = "recovered"
            elif any(sent.mapped("click_date")):
                order.cart_recovery_state = "clicked"
            else:
                order.cart_recovery_state = "reminded" if sent else "none"

    # === BUSINESS METHODS === #

    def _note_cart_reminder_click(self, number=None):
        """Note that the customer has followed the link of a reminder of this cart, the first time.

        :param int number: which reminder; the last one if not given
        """
        self.ensure_one()
        sent = self.cart_recovery_mail_ids.filtered(lambda mail: mail.state == "sent").sorted("id")
        mail = sent.filtered(lambda mail: mail.step_number == number)[-1:] or sent[-1:]
        if mail and not mail.click_date:
            mail.click_date = fields.Datetime.now()

    def _note_recovered_carts(self):
        """Count these orders, just placed, as the fruit of the last reminder of their customers.

        A customer is known by the address: those who come back without the link count as well, and
        so do those of the control group, who have got nothing.
        """
        # sudo: shoppers' orders are looked at; the book is the system's.
        orders = self.sudo().filtered(
            lambda order: order.website_id.send_abandoned_cart_email and order._get_cart_email()
        )
        if not orders:
            return
        book = orders.env["website.cart.recovery.mail"]
        keys = {order: order._get_cart_email_key() for order in orders}
        rows = book.search(
            (Domain("email_key", "in", list(keys.values())) | Domain("order_id", "in", orders.ids))
            & Domain("company_id", "in", orders.company_id.ids)
            & Domain("state", "in", ("sent", "holdout"))
            & Domain("sent_date", ">=", fields.Datetime.now() - RECOVERY),
            order="sent_date desc, id desc",
        )
        for order in orders - rows.recovered_order_id:
            own = rows.filtered(lambda row, order=order: row.order_id == order)
            others = rows.filtered(
                lambda row, order=order: (
                    row.email_key == keys[order] and row.company_id == order.company_id
                )
            )
            last = (own or others)[:1]
            if last and not last.recovered_order_id:
                last.recovered_order_id = order
                if last.state == "sent":
                    order._set_cart_recovery_utm()

    def _set_cart_recovery_utm(self):
        """Name the reminders as what has brought this order, where nothing else is named."""
        names = {
            "campaign_id": "website_sale_order_mgmt.utm_campaign_cart_recovery",
            "medium_id": "utm.utm_medium_email",
        }
        for name, xmlid in names.items():
            record = self.env.ref(xmlid, raise_if_not_found=False)
            if record and not self[name]:
                self[name] = record
