"""Move lines: no wave takes what is on hold."""

from odoo import models


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    # === BUSINESS METHODS === #

    def _is_auto_waveable(self):
        """Override of `stock_picking_batch`, if it is installed."""
        # sudo: only whether it is on hold, for whoever reserves the goods.
        return not self.sudo().picking_id.hold_reason and super()._is_auto_waveable()
