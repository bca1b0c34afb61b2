"""Team members: how many web orders they take, and when not."""

from odoo import fields, models
from odoo.fields import Domain

from .sale_order_assignment import OPEN_WEB_ORDERS


class CrmTeamMember(models.Model):
    _inherit = "crm.team.member"

    # === FIELDS === #

    shop_max_open_orders = fields.Integer(
        string="Open Web Orders at Most",
        help="Assignment rules give no more to somebody who has so many. 0: no limit.",
    )
    shop_paused_until = fields.Date(
        string="Away Until",
        help="Assignment rules give no web orders to this person, this day included.",
    )
    shop_open_order_count = fields.Integer(
        string="Open Web Orders",
        compute="_compute_shop_open_order_count",
        help="Waiting for payment or not completely delivered.",
    )

    _shop_max_open_orders_positive = models.Constraint(
        "CHECK (shop_max_open_orders >= 0)", "The limit of open web orders cannot be negative."
    )

    # === COMPUTE METHODS === #

    def _compute_shop_open_order_count(self):
        """Count the open web orders of each member."""
        # A colleague's load counts, seen or not.
        orders = self.env["sale.order"].sudo()
        domain = OPEN_WEB_ORDERS & Domain("user_id", "in", self.user_id.ids)
        groups = orders._read_group(domain, ["user_id"], ["__count"])
        counts = {user.id: count for user, count in groups}
        for member in self:
            member.shop_open_order_count = counts.get(member.user_id.id, 0)
