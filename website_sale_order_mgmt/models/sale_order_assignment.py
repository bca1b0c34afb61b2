"""Assignment: who looks after a web order."""

from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # === COMPUTE METHODS === #

    def _compute_team_id(self):
        """Override of `sale`: a web order keeps its team when the salesperson is set.

        Core looks for a team of the new salesperson and overwrites the website's with it.
        """
        kept = self.filtered(lambda order: order.team_id and order._get_website_team())
        for order in kept:
            order.team_id = order.team_id
        super(SaleOrder, self - kept)._compute_team_id()

    # === BUSINESS METHODS === #

    def _get_website_team(self):
        """Return the sales team that the order's website is set to assign its orders to.

        :return: the team; empty when the order is not of a website, or when the website's team is
            archived or belongs to another company
        :rtype: crm.team
        """
        self.ensure_one()
        team = self.website_id.salesteam_id
        of_the_company = team.company_id in (self.env["res.company"], self.company_id)
        return team if team.active and of_the_company else self.env["crm.team"]

    def _assign_to_website_team(self):
        """Give carts that leave the checkout to the team that their website is set to now.

        The salesperson follows by core's own rule: the website's, otherwise the contact's.
        """
        for order in self.filtered(lambda order: order.website_id and order.state == "draft"):
            team = order._get_website_team()
            if team and team != order.team_id:
                order.team_id = team
