"""Orders: whether their customers could be told of the deliveries, and the links in those mails."""

from odoo import fields, models

from ..const import STAFF


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # === FIELDS === #

    shop_delivery_mail_error = fields.Text(
        string="Delivery E-mail Error",
        help="Why the customer could not be told of a delivery.",
        readonly=True,
        copy=False,
        groups=STAFF,
    )

    # === ACTION METHODS === #

    def action_retry_delivery_mails(self):
        """Send the mails of the deliveries that failed again.

        :raise AccessError: the user may not write on the orders
        """
        self.check_access("write")
        # sudo: whoever looks after an order sends its mails again; only their queue is written.
        self.sudo().picking_ids.action_retry_delivery_mail()
        self._sync_shop_attention_activities()

    # === BUSINESS METHODS === #

    def _note_failed_delivery_mails(self):
        """Keep on each web order why a mail about one of its deliveries failed for good."""
        errors = {}
        for order in self.filtered("website_id"):
            failed = order.picking_ids.filtered(lambda pick: pick.delivery_mail_state == "failed")
            errors[order] = failed[:1].delivery_mail_error
        changed = self.browse().union(
            *(order for order, error in errors.items() if order.shop_delivery_mail_error != error)
        )
        for error, orders in changed.grouped(errors.get).items():
            orders.shop_delivery_mail_error = error
        self._report_shop_attention()

    def _get_delivery_mail_links(self):
        """Return what the customer can open from the mail of a delivery.

        :return: text and absolute address of each link, on the website's domain
        :rtype: list[tuple[str, str]]
        """
        self.ensure_one()
        url = f"{self.get_base_url()}{self.get_portal_url()}"
        links = [(self.env._("See your order"), url)]
        if self._has_withdrawal_link():
            label = self.website_id._get_withdrawal_label("withdraw")
            links.append((label, self._get_withdrawal_url()))
        return links
