"""Core's switch for automatic invoices: its cron is needed for the websites' policies, too."""

from odoo import models

SWITCH = "sale.automatic_invoice"


class IrConfigParameter(models.Model):
    _inherit = "ir.config_parameter"

    def _sale_sync_linked_crons(self, unlink=False):
        """Override of `sale`: the cron stays active while a policy needs it."""
        result = super()._sale_sync_linked_crons(unlink=unlink)
        if SWITCH in self.mapped("key"):
            self.env["website"]._toggle_invoicing_cron(switch=False if unlink else None)
        return result
