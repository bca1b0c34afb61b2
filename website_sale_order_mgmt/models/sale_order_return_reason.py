from odoo import fields, models


class SaleOrderReturnReason(models.Model):
    """Why customers return something; the merchant's fault costs them nothing."""

    _name = "sale.order.return.reason"
    _description = "Reason for a Return"
    _order = "sequence, id"

    # === FIELDS === #

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    fault = fields.Selection(
        string="The Shop's Fault",
        help="Faulty or wrong goods come back at the shop's cost, without a fee, also after the"
        " days of the policy. Faulty goods never go back to the shelf by themselves.",
        selection=[("faulty", "Faulty"), ("wrong_item", "Wrong item")],
    )
    picture_required = fields.Boolean(
        string="Ask for a Picture", help="The customer cannot send the form without one."
    )

    # === BUSINESS METHODS === #

    def _get_offered(self):
        """Return the reasons that customers can choose from.

        :rtype: sale.order.return.reason
        """
        # sudo: they are shown to everybody who returns something.
        return self.sudo().search([("active", "=", True)])
