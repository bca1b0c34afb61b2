"""What an assignment rule would have done with the orders of the last days."""

from collections import Counter

from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain

from ..tools import turns

DAYS = 30
ORDERS_AT_MOST = 1000


class SaleOrderAssignmentRule(models.Model):
    _inherit = "sale.order.assignment.rule"

    # === FIELDS === #

    order_count = fields.Integer(compute="_compute_order_count")
    preview = fields.Html(string="Last 30 Days", compute="_compute_preview")

    # === COMPUTE METHODS === #

    def _compute_order_count(self):
        """Count the orders that each rule has taken, of those that the reader may see."""
        groups = self.env["sale.order"]._read_group(
            [("assignment_rule_id", "in", self.ids)], ["assignment_rule_id"], ["__count"]
        )
        counts = {rule.id: count for rule, count in groups}
        for rule in self:
            rule.order_count = counts.get(rule._origin.id, 0)

    @api.depends("active", "sequence", "company_id", "website_ids", "domain")
    @api.depends("team_id", "method", "user_id")
    def _compute_preview(self):
        """Say which of the last orders a rule would have taken, and who would have got them."""
        for rule in self:
            rule.preview = False if rule._is_skipped() else rule._render_preview()

    # === BUSINESS METHODS === #

    def _render_preview(self):
        """Return the preview of one rule as HTML."""
        orders = self._get_recent_orders()
        taken = self._get_orders_taken_from(orders)
        text = self.env._(
            "Of %(total)s web orders in the last %(days)s days, this rule would have taken"
            " %(count)s.",
            total=len(orders),
            days=DAYS,
            count=len(taken),
        )
        if len(orders) == ORDERS_AT_MOST:
            text += " " + self.env._("Only the latest are looked at.")
        shares = self._share_out(taken)
        names = {user.id: user.name for user in self.env["res.users"].browse(filter(None, shares))}
        rows = Markup().join(
            Markup('<tr><td>%s</td><td class="text-end">%s</td></tr>')
            % (names.get(user_id) or self.env._("Nobody in person"), count)
            for user_id, count in shares.most_common()
        )
        table = Markup('<table class="table table-sm w-auto mt-2 mb-0">%s</table>') % rows
        return Markup("<p class='mb-0'>%s</p>%s") % (text, table if rows else "")

    def _get_recent_orders(self):
        """Return the last web orders that the reader may see, a limited number of them."""
        domain = [
            ("website_id", "!=", False),
            ("state", "in", ("sent", "sale")),
            ("date_order", ">=", f"today -{DAYS}d"),
        ]
        if self.company_id:
            domain.append(("company_id", "=", self.company_id.id))
        return self.env["sale.order"].search(domain, limit=ORDERS_AT_MOST)

    def _get_orders_taken_from(self, orders):
        """Return the orders that the rules before this one leave and that this one takes."""
        before = self.search([("id", "!=", self._origin.id), ("sequence", "<=", self.sequence)])
        for rule in before:
            later = rule.sequence == self.sequence and self._origin.id and rule.id > self._origin.id
            if not later and not rule._is_skipped():
                orders -= rule._search_in(orders)
        return self._search_in(orders)

    def _search_in(self, orders):
        """Return which of the orders match this rule, by one query."""
        domain = Domain("id", "in", orders.ids) & self._parse(self.domain)
        if self.website_ids:
            domain &= Domain("website_id", "in", self.website_ids.ids)
        for company in self.company_id | self.team_id.company_id:
            domain &= Domain("company_id", "=", company.id)
        # An empty model searches: orders of several currencies refuse a domain with an amount.
        model = self.env["sale.order"].with_context(lang=None)
        return model.search(domain).with_env(self.env)

    def _share_out(self, orders) -> Counter:
        """Return how many orders each user would have got, False for nobody.

        With those who are in the team and not away today; limits are left out, as nobody knows how
        many orders were open then.
        """
        shares = Counter()
        if not orders or self.method == "team_only":
            return Counter({False: len(orders)} if orders else {})
        # Colleagues' absences count, whoever looks.
        rules = self.env["sale.order.assignment.rule"].sudo()
        for company, in_company in orders.sudo().grouped("company_id").items():
            team_of = {order: self._get_preview_team(order) for order in in_company}
            own_of = {}
            if self.method == "salesperson":
                own_of = dict.fromkeys(in_company, self.user_id.id)
            elif self.method == "contact":
                own_of = {order: order._get_own_salesperson().id for order in in_company}
            people, teams = rules._get_members(
                company,
                {team.id for team in team_of.values()},
                set(own_of.values()),
                in_company,
                count_all=False,
            )
            left = Counter()
            for order in in_company:
                if own_of.get(order) in people:
                    shares[own_of[order]] += 1
                elif self.method == "salesperson":
                    shares[False] += 1
                else:
                    left[team_of[order].id] += 1
            for team_id, count in left.items():
                members = [turns.Member(member.user_id) for member in teams.get(team_id, [])]
                for turn in range(count):
                    person = turns.next_in_turn(members, turn)
                    shares[person.user_id if person else False] += 1
        return shares

    def _get_preview_team(self, order):
        """Return the team that would have got an order."""
        return self.team_id or order._get_team_without_rule()
