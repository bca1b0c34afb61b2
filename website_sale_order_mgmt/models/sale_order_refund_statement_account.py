"""The account of a refund as the customer reads it: on the pages of the order and the return, and
in the e-mail. Before the refund it is what would be refunded now, made up by the same sums.
"""

from odoo import models


class SaleOrderRefundStatement(models.Model):
    _inherit = "sale.order.refund.statement"

    # === BUSINESS METHODS === #

    def _get_account(self):
        """Return how the refund is made up, and by which ways it goes back.

        :return: values of the template `sale_order_refund_account`
        :rtype: dict
        """
        self.ensure_one()
        return {
            "rows": [
                {"kind": row.kind, "name": row.name, "quantity": row.quantity, "amount": row.amount}
                for row in self.line_ids
            ],
            "total": self.amount,
            "currency": self.currency_id,
            "ways": self.payment_ids.sorted("id").mapped(lambda way: way._describe_way()),
        }

    def _render_account(self):
        """Return the account as HTML, in the language of the context.

        :rtype: markupsafe.Markup
        """
        self.ensure_one()
        return self.env["ir.qweb"]._render(
            "website_sale_order_mgmt.sale_order_refund_account", self._get_account()
        )

    def _get_customer_state(self):
        """Return in words where the refund stands: what failed is ours to mend, and still to come.

        :rtype: str
        """
        self.ensure_one()
        if self.state == "done":
            return self.env._("Refunded")
        return self.env._("On its way")
