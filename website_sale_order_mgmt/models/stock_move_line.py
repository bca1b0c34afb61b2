"""Move lines: no wave (of `stock_picking_batch`, where it is installed) takes what is on hold."""

from odoo import models
from odoo.fields import Domain


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    # === BUSINESS METHODS === #

    def _is_auto_waveable(self):
        """Override of `stock_picking_batch`: what is on hold looks for no wave."""
        # sudo: only whether it is on hold, for whoever reserves the goods.
        return not self.sudo().picking_id.hold_reason and super()._is_auto_waveable()

    def _get_potential_new_waves_extra_domain(self, domain_list, picking_type):
        """Override of `stock_picking_batch`: a wave made for others leaves it alone."""
        domains = super()._get_potential_new_waves_extra_domain(domain_list, picking_type)
        return [*domains, Domain("picking_id.hold_reason", "=", False)]

    def _add_to_wave(self, wave=False, description=False):
        """Override of `stock_picking_batch`, which makes a new transfer of a part of the lines.

        :raise UserError: a line belongs to a transfer on hold
        """
        self.picking_id._check_not_on_hold()
        return super()._add_to_wave(wave=wave, description=description)
