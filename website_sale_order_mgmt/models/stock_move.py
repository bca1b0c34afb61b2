"""Moves: they obey the holds of their transfers."""

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
        return super()._action_done(cancel_backorder=cancel_backorder)

    def _assign_picking_post_process(self, new=False):
        """Override of `stock`: a further step of what is on hold starts on hold."""
        if new:
            self.picking_id._take_over_holds()
        return super()._assign_picking_post_process(new=new)
