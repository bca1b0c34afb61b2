"""What a return brings back, as its customer reads it: the same sums before and after."""

from odoo import models


class SaleOrderReturn(models.Model):
    _inherit = "sale.order.return"

    # === BUSINESS METHODS === #

    def _get_refund_account(self):
        """Return how the refund of the return is made up; before it is made, how it will be.

        The estimate is what the refund would be now: by the same method, from the same basis.

        :return: values of the template `sale_order_refund_account`, with `state`, where the money
            is, once the refund is made; None where nothing is refunded
        :rtype: dict | None
        """
        self.ensure_one()
        # sudo: customers do not read refunds; the account of their own return is theirs.
        request = self.sudo()
        made = request._get_live_refund()
        if made:
            state = made._get_customer_state() if made.stage == "begun" else None
            return made._get_account() | {"state": state}
        if request.state in ("refused", "cancelled", "done"):
            return None
        order = request.order_id
        account = request._compose_refund(*order._get_refund_basis())
        return {
            "rows": order._prepare_refund_rows(account),
            "total": order._to_refund_amount(account.amount),
            "currency": order.currency_id,
            "state": None,
        }
