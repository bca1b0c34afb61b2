"""The last cent: the invoices of an order in parts add up to the order."""

from odoo import models
from odoo.tools import float_compare


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # === BUSINESS METHODS === #

    def _settle_shop_cents(self, invoices):
        """Put what rounding has left over on the drafts that are the last of their orders.

        Each invoice rounds its amounts, so that those of an order in parts may differ from the
        order by some cents. A difference of prices or quantities is none of rounding, and stays.

        :param account.move invoices: drafts, each of one of these orders
        """
        for invoice in invoices.filtered(lambda move: move.move_type == "out_invoice"):
            order = invoice.line_ids.sale_line_ids.order_id & self
            # sudo: whoever has the invoice made may not read all that was invoiced before.
            others = order.sudo().invoice_ids.filtered(lambda move: move.state != "cancel")
            is_rounded = bool(others.invoice_cash_rounding_id)
            if len(others) < 2 or is_rounded or not order._is_all_on_invoices():
                continue
            left = {
                name: order.currency_id.round(
                    order[name] - sum(-move.direction_sign * move[name] for move in others)
                )
                for name in ("amount_untaxed", "amount_tax", "amount_total")
            }
            most = order.currency_id.rounding * len(order.order_line) * len(others)
            if left["amount_total"] and max(map(abs, left.values())) <= most:
                invoice._add_shop_cents(left["amount_untaxed"], left["amount_tax"])

    def _is_all_on_invoices(self):
        """Return whether exactly what was ordered is on invoices.

        :rtype: bool
        """
        self.ensure_one()
        precision = self.env["decimal.precision"].precision_get("Product Unit")
        return all(
            float_compare(line.qty_invoiced, line.product_uom_qty, precision_digits=precision) == 0
            for line in self.order_line
            if not line.display_type
        )
