"""Sales teams: assignment rules know them by heart."""

from odoo import models


class CrmTeam(models.Model):
    _inherit = "crm.team"

    # === CRUD METHODS === #

    def write(self, vals):
        """Override of the ORM: rules of a team that is archived, or given away, are skipped."""
        result = super().write(vals)
        if not {"active", "company_id"}.isdisjoint(vals):
            self.env.registry.clear_cache()
        return result
