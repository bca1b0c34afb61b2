"""Moves: what of a delivery can be sent back, and where what came back does not go."""

from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    # === BUSINESS METHODS === #

    def _action_cancel(self):
        """Override of `stock`: a return does not wait for goods that do not come any more."""
        # sudo: the warehouse does not write on returns; what it received is noted there.
        returns = self.sudo().picking_id.shop_return_id
        result = super()._action_cancel()
        returns._receive_what_came()
        return result

    def _get_shop_returnable_quantity(self):
        """Return how much of a delivery's move has not been sent back, nor is about to.

        :return: in the move's unit
        :rtype: float
        """
        self.ensure_one()
        back = 0.0
        for move in self.returned_move_ids.filtered(lambda move: move.state != "cancel"):
            quantity = move.quantity if move.state == "done" else move.product_uom_qty
            back += move.product_uom._compute_quantity(
                quantity, self.product_uom, rounding_method="HALF-UP"
            )
        return max(self.quantity - back, 0.0)

    def _take_off_shop_way_to_shelf(self):
        """Have received goods not put away by the next steps of a receipt: they are scrapped."""
        for move in self:
            left = move.quantity
            for onward in move.move_dest_ids.filtered(
                lambda onward: onward.state not in ("done", "cancel")
            ):
                unit = onward.product_uom
                onward._do_unreserve()
                less = min(
                    move.product_uom._compute_quantity(left, unit, rounding_method="HALF-UP"),
                    onward.product_uom_qty,
                )
                left -= unit._compute_quantity(less, move.product_uom, rounding_method="HALF-UP")
                if unit.compare(onward.product_uom_qty, less) <= 0:
                    onward._action_cancel()
                else:
                    onward.product_uom_qty -= less
                    onward._action_assign()
