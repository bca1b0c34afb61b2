"""Assignment: who looks after a web order, and why."""

from collections import defaultdict
from datetime import date

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools.turns import Member

OPEN_WEB_ORDERS = Domain("website_id", "!=", False) & (
    Domain("state", "=", "sent")
    | (
        Domain("state", "=", "sale")
        & Domain("delivery_status", "in", ("pending", "started", "partial"))
    )
)

REASONS = [
    ("team_only", "Team only"),
    ("salesperson", "The rule's salesperson"),
    ("contact", "The customer's own salesperson, by a rule"),
    ("contact_in_turn", "In turn, as the customer's own salesperson was not available"),
    ("round_robin", "In turn"),
    ("least_busy", "Fewest open web orders"),
    ("nobody", "Nobody was available"),
    ("website", "The website's settings"),
    ("own", "The customer's own salesperson"),
    ("website_nobody", "Nobody in person, as no salesperson was available"),
    ("manual", "By hand"),
]


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # === FIELDS === #

    assignment_reason = fields.Selection(
        REASONS, string="Assigned By", readonly=True, copy=False, groups="base.group_user"
    )
    assignment_rule_id = fields.Many2one(
        "sale.order.assignment.rule",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups="base.group_user",
    )
    assignment_number = fields.Integer(
        string="Open Web Orders When Assigned",
        readonly=True,
        copy=False,
        aggregator=None,
        groups="base.group_user",
    )
    assignment_note = fields.Char(
        string="Assignment",
        compute="_compute_assignment_note",
        compute_sudo=True,
        groups="base.group_user",
        help="Why this team and this person have the order.",
    )

    # === COMPUTE METHODS === #

    @api.depends("assignment_reason", "assignment_rule_id.name", "assignment_number")
    @api.depends_context("lang")
    def _compute_assignment_note(self):
        """Say in the reader's language why somebody has the order."""
        for order in self:
            order.assignment_note = order._get_assignment_note()

    def _compute_user_id(self):
        """Override of `website_sale`: what a rule or a person has decided stays, even nobody."""
        # Shoppers cannot read the reason; core calls this method as whoever is there.
        decided = self.filtered(
            lambda order: order.sudo().assignment_reason not in (False, "website", "own")
        )
        super(SaleOrder, self - decided)._compute_user_id()

    def _compute_team_id(self):
        """Override of `sale`: a web order keeps its team when the salesperson is set.

        Core looks for a team of the new salesperson and overwrites the website's with it.
        """
        # Shoppers cannot read the reason.
        assigned = self.sudo().filtered("assignment_reason")
        kept = self.filtered(
            lambda order: order.team_id and (order.website_id.salesteam_id or order in assigned)
        )
        for order in kept:
            order.team_id = order.team_id
        super(SaleOrder, self - kept)._compute_team_id()

    def _default_team_id(self):
        """Override of `website_sale`: the website's team is no default while it gets no orders.

        Core falls back to it, archived or not, when the salesperson of an order without a team is
        changed to somebody who is in none.
        """
        team_id = super()._default_team_id()
        website_team = self.website_id.salesteam_id
        if website_team and team_id == website_team.id and not self._can_have_team(website_team):
            return False
        return team_id

    # === CRUD METHODS === #

    def write(self, vals):
        """Override of the ORM: who or which team has a web order was changed by hand."""
        if (
            ("user_id" in vals or "team_id" in vals)
            and "assignment_reason" not in vals
            and not self.env.context.get("force_user_recomputation")
        ):
            web = self.filtered(lambda order: order.website_id and order._is_reassigned_by(vals))
            super(SaleOrder, self - web).write(vals)
            return super(SaleOrder, web).write(
                {**vals, "assignment_reason": "manual", "assignment_rule_id": False}
            )
        return super().write(vals)

    # === ACTION METHODS === #

    def action_assign_again(self):
        """Assign web orders by the rules as they are now, also those changed by hand.

        :raise UserError: if none of them has gone through the checkout, or is still to be done
        """
        self.check_access("write")
        orders = self.filtered(lambda order: order.website_id and order.state in ("sent", "sale"))
        if not orders:
            raise UserError(
                self.env._("Only web orders that have gone through the checkout are assigned.")
            )
        orders._assign_by_rules_or_website()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("%(count)s orders assigned again.", count=len(orders)),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # === BUSINESS METHODS === #

    def _is_reassigned_by(self, vals):
        """Return whether these values give the order to another person or team than it has.

        :param dict vals: what is about to be written
        :rtype: bool
        """
        self.ensure_one()
        return any(
            name in vals and self[name].id != (vals[name] or False)
            for name in ("user_id", "team_id")
        )

    def _assign_web_orders(self):
        """Assign web orders that leave the checkout, once, unless a person has done so.

        A salesperson who sees own documents only, and confirms an order that nobody has, takes it,
        also from the team: core would give it to somebody else and refuse the rest of the
        confirmation.
        """
        orders = self.filtered(
            lambda order: (
                order.website_id and order.state in ("draft", "sent") and not order.user_id
            )
        )
        user = self.env.user
        if (
            not self.env.su
            and user.has_group("sales_team.group_sale_salesman")
            and not user.has_group("sales_team.group_sale_salesman_all_leads")
        ):
            orders.user_id = user
        else:
            # Shoppers cannot read the reason.
            assigned = orders.sudo().filtered("assignment_reason")
            orders = orders.filtered(lambda order: order not in assigned)
            orders._assign_by_rules_or_website()

    def _assign_by_rules_or_website(self):
        """Assign web orders by the first rule that matches, otherwise by the website's settings."""
        if not self:
            return
        left = self - self.env["sale.order.assignment.rule"]._assign(self)
        groups = defaultdict(self.browse)
        # The shopper may read neither the settings nor the salespeople.
        loads = left.sudo()._get_limited_people()
        for order in left.sudo():
            person, reason = order._get_website_salesperson(loads)
            if person.id in loads:
                loads[person.id].take()
            team = order._get_team_without_rule()
            groups[(team.id, person.id, reason)] |= order
        for (team_id, user_id, reason), orders in groups.items():
            orders._write_assignment(
                {
                    "team_id": team_id,
                    "user_id": user_id,
                    "assignment_rule_id": False,
                    "assignment_reason": reason,
                    "assignment_number": 0,
                }
            )

    def _write_assignment(self, vals):
        """Write an assignment as OdooBot, who tells the new salesperson about it.

        Who has the order already is not told again.
        """
        orders = self.with_user(SUPERUSER_ID)
        if all(order.team_id.id == vals["team_id"] for order in orders):
            vals = {name: value for name, value in vals.items() if name != "team_id"}
        same = orders.filtered(lambda order: order.user_id.id == vals["user_id"])
        if same:
            same.write({name: value for name, value in vals.items() if name != "user_id"})
        if new := orders - same:
            new.write(vals)

    def _get_assignment_note(self) -> str | bool:
        """Return why somebody has the order, in the language of the environment."""
        self.ensure_one()
        rule = self.assignment_rule_id.name or self.env._("(deleted)")
        number = self.assignment_number
        return {
            "team_only": self.env._("Rule %(rule)s: nobody in person", rule=rule),
            "salesperson": self.env._("Rule %(rule)s: its salesperson", rule=rule),
            "contact": self.env._("Rule %(rule)s: the customer's own salesperson", rule=rule),
            "contact_in_turn": self.env._(
                "Rule %(rule)s: in turn, as no salesperson of the customer's own was available",
                rule=rule,
            ),
            "round_robin": self.env._("Rule %(rule)s: in turn", rule=rule),
            "least_busy": self.env._(
                "Rule %(rule)s: fewest open web orders (%(number)s)", rule=rule, number=number
            ),
            "nobody": self.env._(
                "Rule %(rule)s: nobody in person, as nobody was available", rule=rule
            ),
            "website": self.env._("The website's settings"),
            "own": self.env._("The customer's own salesperson"),
            "website_nobody": self.env._("Nobody in person, as no salesperson was available"),
            "manual": self.env._("Changed by hand"),
        }.get(self.assignment_reason, False)

    def _get_team_without_rule(self):
        """Return the website's team, otherwise the one that the order has, if it can have it."""
        teams = self.website_id.salesteam_id | self.team_id
        return teams.filtered(self._can_have_team)[:1]

    def _can_have_team(self, team):
        """Return whether a team gets orders: it is neither archived nor another company's.

        :rtype: bool
        """
        return team._gets_orders_of(team.id, self.company_id.id)

    def _get_own_salesperson(self):
        """Return the customer's own salesperson, as core looks for it."""
        partner = self.partner_id
        return partner.user_id or partner.parent_id.user_id or partner.commercial_partner_id.user_id

    def _get_limited_people(self):
        """Return how many web orders those have, and may have, who could get these without a rule.

        :return: user id -> their load, None for who is away; only people with a limit or an absence
        :rtype: dict[int, tools.turns.Member | None]
        """
        limits = self.env["crm.team.member"]._get_shop_limits()
        if not limits:
            return {}
        people = self.website_id.salesperson_id
        people = people.union(*(order._get_own_salesperson() for order in self))
        today = fields.Date.today()
        loads = {
            user.id: None if (limits[user.id][1] or date.min) >= today else limits[user.id][0]
            for user in people
            if user.id in limits
        }
        counts = {}
        if counted := [user_id for user_id, limit in loads.items() if limit]:
            # A colleague's load counts, seen or not.
            orders = self.env["sale.order"].sudo()
            domain = OPEN_WEB_ORDERS & Domain("id", "not in", self.ids)
            groups = orders._read_group(
                domain & Domain("user_id", "in", counted), ["user_id"], ["__count"]
            )
            counts = {user.id: count for user, count in groups}
        return {
            user_id: limit if limit is None else Member(user_id, counts.get(user_id, 0), limit)
            for user_id, limit in loads.items()
        }

    def _get_website_salesperson(self, loads):
        """Return who gets the order without a rule, and the reason.

        :param dict loads: of `_get_limited_people`
        :return: the user, may be none, and one of `REASONS`
        :rtype: tuple
        """
        by_website = self.website_id.salesperson_id
        own = self.env["res.users"]
        if self.website_id.shop_own_salesperson_first or not self._can_have(by_website, loads):
            own = self._get_own_salesperson()
            if self._can_have(own, loads):
                return own, "own"
        if self._can_have(by_website, loads):
            return by_website, "website"
        return own.browse(), "website_nobody" if own or by_website else "website"

    def _can_have(self, user, loads):
        """Return whether a user works here, neither archived nor away, and can take one more.

        :param res.users user: with access to the order's company, or not
        :param dict loads: of `_get_limited_people`
        :rtype: bool
        """
        if user.id in loads and not (loads[user.id] and loads[user.id].is_free):
            return False
        # Kept in memory by core, so that a checkout costs no query more.
        return user.active and not user.share and self.company_id.id in user._get_company_ids()

    def _search_open_web_orders(self):
        """Return the query of all open web orders besides those in `self`, seen or not."""
        # The load of colleagues counts, too.
        everybodys = self.env["sale.order"].sudo()
        return everybodys._search(OPEN_WEB_ORDERS & Domain("id", "not in", self.ids))
