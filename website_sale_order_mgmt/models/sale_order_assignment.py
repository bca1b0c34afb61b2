"""Assignment: who looks after a web order."""

from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # === COMPUTE METHODS === #

    def _compute_team_id(self):
        """Override of `sale`: a web order keeps its team when the salesperson is set.

        Core looks for a team of the new salesperson and overwrites the website's with it.
        """
        kept = self.filtered(lambda order: order.team_id and order.website_id.salesteam_id)
        for order in kept:
            order.team_id = order.team_id
        super(SaleOrder, self - kept)._compute_team_id()

    # === BUSINESS METHODS === #

    def _assign_to_website_team(self):
        """Give carts that leave the checkout to the team that their website is set to now.

        An archived team, or one of another company, is not used. The salesperson follows by core's
        own rule: the website's, otherwise the contact's.
        """
        for order in self.filtered(lambda order: order.website_id and order.state == "draft"):
            team = order.website_id.salesteam_id
            if team == order.team_id or not team.active:
                continue
            if team.company_id in (self.env["res.company"], order.company_id):
                order.team_id = team
