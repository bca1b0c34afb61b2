"""Paying twice: refused on the payment page, in friendly words."""

from odoo import models
from odoo.exceptions import UserError


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _check_cart_is_ready_to_be_paid(self):
        """Override of `website_sale`, called under a lock of the order before each payment."""
        super()._check_cart_is_ready_to_be_paid()
        self._check_not_paid_yet()
        self._take_scarce_products()

    def _is_paid_in_full(self):
        """Return whether the money for the whole order is there, or authorized.

        :rtype: bool
        """
        self.ensure_one()
        kept = self.shop_amount_received - self.shop_amount_refunded
        covered = kept + self.shop_amount_authorized
        return covered > 0 and self.currency_id.compare_amounts(covered, self.amount_total) >= 0

    def _check_not_paid_yet(self):
        """Refuse a payment of a web order that would be one too many.

        Core refuses only when the amount paid equals the total: a pending payment or one too many
        passes. A bank transfer that has not arrived may be replaced by another means.

        :raise UserError: the money is there, or an online payment is being processed
        """
        self.ensure_one()
        if not self.website_id:
            return
        if self._is_paid_in_full():
            raise UserError(
                self.env._(
                    "We already have your payment for order %(order)s. Thank you! There is nothing"
                    " more to pay.",
                    order=self.name,
                )
            )
        # sudo: customers may not read transactions; only whether one is being processed counts.
        transactions = self.sudo().transaction_ids
        if transactions.filtered(lambda tx: tx.state == "pending" and tx.provider_code != "custom"):
            raise UserError(
                self.env._(
                    "Your payment for order %(order)s is still being processed. You will get an"
                    " e-mail as soon as it is through, so please wait before you try again.",
                    order=self.name,
                )
            )
