"""Moves: they obey the holds of their transfers, and what has left is invoiced."""

from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    # === BUSINESS METHODS === #

    def _action_done(self, cancel_backorder=False):
        """Override of `stock`: goods on hold stay, whoever moves them; they may be scrapped."""
        leaving = self.filtered(
            lambda move: (
                move.state not in ("done", "cancel") and move.location_dest_usage != "inventory"
            )
        )
        leaving.picking_id._check_not_on_hold()
        done = super()._action_done(cancel_backorder=cancel_backorder)
        delivered = done.filtered(lambda move: move.location_dest_usage == "customer")
        delivered._get_shop_orders()._queue_shop_invoicing_of_delivery()
        return done

    def _action_cancel(self):
        """Override of `stock`: what does not come any more keeps no invoice waiting."""
        orders = self._get_shop_orders()
        result = super()._action_cancel()
        orders.filtered(
            lambda order: order.state == "sale" and order.delivery_status == "full"
        )._queue_shop_invoicing_of_delivery()
        return result

    def _get_shop_orders(self):
        """Return the web orders that these moves deliver.

        :rtype: sale.order
        """
        # sudo: the warehouse does not read orders; only their invoices are queued.
        orders = self.sudo().sale_line_id.order_id
        return orders.filtered(lambda order: order.website_id and order.shop_invoicing_policy)

    def _assign_picking_post_process(self, new=False):
        """Override of `stock`: a further step of what is on hold starts on hold."""
        if new:
            self.picking_id._take_over_holds()
        return super()._assign_picking_post_process(new=new)
