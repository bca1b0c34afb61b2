"""Lines of web orders: what people enter as delivered is invoiced."""

from odoo import models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    # === CRUD METHODS === #

    def write(self, vals):
        """Override of `sale`: services of which somebody enters how much was done are invoiced.

        What leaves the warehouse is not written but computed, and invoiced by its moves.
        """
        result = super().write(vals)
        if "qty_delivered" in vals:
            done = self.filtered(lambda line: line.qty_delivered_method == "manual")
            done.order_id._queue_shop_invoicing_of_delivery()
        return result
