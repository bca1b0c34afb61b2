"""Team members: how many web orders they take, and when not."""

from datetime import date

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import ormcache

from .sale_order_assignment import OPEN_WEB_ORDERS

LIMITS = {"shop_max_open_orders", "shop_paused_until", "active", "user_id", "crm_team_id"}


class CrmTeamMember(models.Model):
    _inherit = "crm.team.member"

    # === FIELDS === #

    shop_max_open_orders = fields.Integer(
        string="Open Web Orders at Most",
        help="Nobody who has so many gets more by themselves. 0: no limit.",
    )
    shop_paused_until = fields.Date(
        string="Away Until",
        help="This person gets no web orders by themselves, this day included.",
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

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override of the ORM: checkouts know limits and absences by heart."""
        members = super().create(vals_list)
        self.env.registry.clear_cache()
        return members

    def write(self, vals):
        """Override of the ORM: checkouts know limits and absences by heart."""
        result = super().write(vals)
        if not LIMITS.isdisjoint(vals):
            self.env.registry.clear_cache()
        return result

    def unlink(self):
        """Override of the ORM: checkouts know limits and absences by heart."""
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    # === BUSINESS METHODS === #

    @api.model
    @ormcache()
    def _get_shop_limits(self) -> dict[int, tuple[int, date | bool]]:
        """Return who has a limit or an absence: the lowest limit (0: none), and until which day.

        Of somebody in several teams, those of all of them count.

        :return: user id -> (limit, day or False)
        """
        # sudo: limits are for every shopper, read by few.
        members = self.sudo().with_context(active_test=True)
        restricted = members.search(
            Domain("shop_max_open_orders", ">", 0) | Domain("shop_paused_until", "!=", False)
        )
        limits = {}
        for user, of_user in restricted.grouped("user_id").items():
            numbers = filter(None, of_user.mapped("shop_max_open_orders"))
            days = filter(None, of_user.mapped("shop_paused_until"))
            limits[user.id] = (min(numbers, default=0), max(days, default=False))
        return limits
