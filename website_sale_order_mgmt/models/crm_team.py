"""Sales teams: which of them get orders is known by heart."""

from odoo import api, models
from odoo.tools import ormcache


class CrmTeam(models.Model):
    _inherit = "crm.team"

    # === CRUD METHODS === #

    def write(self, vals):
        """Override of the ORM: a team that is archived, or given away, gets no orders."""
        result = super().write(vals)
        if not {"active", "company_id"}.isdisjoint(vals):
            self.env.registry.clear_cache()
        return result

    # === BUSINESS METHODS === #

    @api.model
    @ormcache("team_id", "company_id")
    def _gets_orders_of(self, team_id, company_id):
        """Return whether a team is neither archived nor another company's. Kept in memory.

        :param int team_id: the team
        :param int company_id: the company of the orders
        :rtype: bool
        """
        # sudo: shoppers' checkouts ask, too; nothing else of the team is told.
        team = self.sudo().browse(team_id)
        return team.active and team.company_id.id in (company_id, False)
