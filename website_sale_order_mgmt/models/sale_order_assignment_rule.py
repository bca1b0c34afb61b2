"""Assignment rules: which web orders go to which team, and to whom in it."""

from datetime import datetime

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.safe_eval import safe_eval

METHODS = [
    ("team_only", "Team only, nobody in person"),
    ("salesperson", "Always the same salesperson"),
    ("contact", "The customer's own salesperson, otherwise in turn"),
    ("round_robin", "In turn"),
    ("least_busy", "Whoever has the fewest open web orders"),
]


class SaleOrderAssignmentRule(models.Model):
    _name = "sale.order.assignment.rule"
    _description = "Web Order Assignment Rule"
    _order = "sequence, id"
    _check_company_auto = True

    # === FIELDS === #

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one("res.company", index="btree_not_null", ondelete="cascade")
    website_ids = fields.Many2many(
        "website",
        string="Websites",
        help="The rule is for orders of these websites; for those of all when there are none.",
    )
    domain = fields.Char(string="Orders", default="[]", required=True)
    team_id = fields.Many2one(
        "crm.team",
        string="Sales Team",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The team that gets the orders. Left empty, it is the website's.",
    )
    method = fields.Selection(METHODS, required=True, default="round_robin")
    user_id = fields.Many2one(
        "res.users",
        string="Salesperson",
        check_company=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id or allowed_company_ids)]",
        ondelete="restrict",
    )
    order_ids = fields.One2many("sale.order", "assignment_rule_id", string="Orders Taken")
    problem = fields.Char(compute="_compute_problem")

    _salesperson_given = models.Constraint(
        "CHECK (method != 'salesperson' OR user_id IS NOT NULL)",
        "Choose the salesperson who gets the orders.",
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "domain",
        "method",
        "user_id",
        "company_id",
        "team_id.active",
        "team_id.company_id",
        "team_id.crm_team_member_ids",
    )
    def _compute_problem(self):
        """Say why a rule is skipped, or why nobody in person gets orders by it."""
        for rule in self:
            team = rule.team_id
            if error := rule._get_domain_error():
                rule.problem = self.env._(
                    "The rule is skipped, its choice of orders is not understood any more:"
                    " %(error)s",
                    error=error,
                )
            elif team and not team.active:
                rule.problem = self.env._("The rule is skipped: its sales team is archived.")
            elif team.company_id and team.company_id != rule.company_id:
                rule.problem = self.env._(
                    "The rule takes only orders of %(company)s, as its sales team does.",
                    company=team.company_id.name,
                )
            elif rule.method == "salesperson" and rule.user_id and not rule.user_id.active:
                rule.problem = self.env._(
                    "The team gets the orders, nobody in person: the salesperson is archived."
                )
            elif team and rule.method in ("round_robin", "least_busy", "contact"):
                nobody = self.env._("Nobody can take turns: the sales team has no members.")
                rule.problem = False if team.crm_team_member_ids else nobody
            else:
                rule.problem = False

    # === CONSTRAINT METHODS === #

    @api.constrains("domain")
    def _check_domain(self):
        """Refuse a choice of orders that the database does not understand.

        :raise ValidationError: if the domain is wrong
        """
        for rule in self:
            if error := rule._get_domain_error():
                raise ValidationError(
                    self.env._("This choice of orders is not understood: %(error)s", error=error)
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override of the ORM: each rule draws its turns from a sequence of its own.

        Drawing from a PostgreSQL sequence waits for nobody and conflicts with nobody. It belongs
        to the table: uninstalling the addon drops it.
        """
        rules = super().create(vals_list)
        for rule in rules:
            self.env.cr.execute(
                SQL(
                    "CREATE SEQUENCE %s MINVALUE 0 START 0 OWNED BY %s",
                    SQL.identifier(self._get_turns_name(rule.id)),
                    SQL.identifier(self._table, "method"),
                )
            )
        self.env.registry.clear_cache()
        return rules

    def write(self, vals):
        """Override of the ORM: checkouts know the rules by heart."""
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        """Override of the ORM: a rule's sequence goes with it."""
        names = [SQL.identifier(self._get_turns_name(rule_id)) for rule_id in self.ids]
        result = super().unlink()
        if names:
            self.env.cr.execute(SQL("DROP SEQUENCE IF EXISTS %s", SQL(", ").join(names)))
        self.env.registry.clear_cache()
        return result

    def copy_data(self, default=None):
        """Override of the ORM: tell a copy from its original."""
        return [
            {**vals, "name": self.env._("%s (copy)", rule.name)}
            for rule, vals in zip(self, super().copy_data(default), strict=True)
        ]

    # === ACTION METHODS === #

    def action_view_orders(self):
        """Open the orders that went to somebody by this rule."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("sale.action_quotations")
        return {
            **action,
            "name": self.name,
            "domain": [("assignment_rule_id", "=", self.id)],
            "context": {"create": False},
        }

    def action_view_members(self):
        """Open the members of the rule's team: their limits and absences."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "website_sale_order_mgmt.crm_team_member_action_web_orders"
        )
        return {
            **action,
            "domain": [("crm_team_id", "=", self.team_id.id)],
            "context": {"default_crm_team_id": self.team_id.id},
        }

    # === BUSINESS METHODS === #

    @api.model
    def _get_turns_name(self, rule_id: int) -> str:
        """Return the name of the sequence that numbers a rule's turns."""
        return f"sale_order_assignment_rule_turn_{rule_id}"

    @api.model
    def _parse(self, domain: str) -> Domain:
        """Return a rule's domain.

        :raise ValueError: if it is none
        """
        names = {
            "context_today": fields.Date.today,
            "datetime": datetime,
            "relativedelta": relativedelta,
        }
        return Domain(safe_eval(domain or "[]", names))

    def _is_skipped(self) -> bool:
        """Return whether the rule takes no orders at all, not even for its team."""
        self.ensure_one()
        return bool(self.team_id and not self.team_id.active) or bool(self._get_domain_error())

    def _get_domain_error(self) -> str | None:
        """Return what is wrong with the domain, asking the database; None if nothing is."""
        self.ensure_one()
        try:
            with self.env.cr.savepoint(flush=False):
                # What the rule says is asked, not what this user may see.
                orders = self.env["sale.order"].sudo().search(self._parse(self.domain), limit=1)
                orders.filtered_domain(self._parse(self.domain))
        except Exception as error:  # noqa: BLE001 - a domain may be wrong in any way
            return str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
        return None
