"""Assignment at work: the first rule that matches, and whose turn it is in its team."""

import logging
from collections import defaultdict
from contextlib import nullcontext
from functools import partial
from typing import NamedTuple

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL, ormcache

from ..tools import turns

_logger = logging.getLogger(__name__)

PLAIN_OPERATORS = {"in", "not in", "=", "!=", "<", ">", "<=", ">=", "like", "ilike"}

_returned_turns = turns.ReturnedTurns()


class Rule(NamedTuple):
    """What a checkout needs to know of a rule, kept in memory between requests."""

    id: int
    website_ids: frozenset[int]
    domain: str
    team_id: int
    method: str
    user_id: int


class SaleOrderAssignmentRule(models.Model):
    _inherit = "sale.order.assignment.rule"

    # === BUSINESS METHODS === #

    @api.model
    def _assign(self, orders):
        """Give each order to the team and the person that the first matching rule says.

        Neither the state of the orders nor who has them is looked at.

        :param sale.order orders: web orders
        :return: those that a rule has taken
        """
        taken = orders.browse()
        # A shopper and an own-documents salesperson see neither rules nor colleagues' loads.
        for company, in_company in orders.sudo().grouped("company_id").items():
            matches = self._match(self._get_rules(company.id), in_company)
            if not matches:
                continue
            in_company.order_line  # noqa: B018 - writing reaches the lines: fetch them once for all
            groups, numbers = defaultdict(list), {}
            for order_id, vals in self._decide(company, matches).items():
                numbers[order_id] = vals["assignment_number"]
                groups[tuple((vals | {"assignment_number": 0}).items())].append(order_id)
            for vals, order_ids in groups.items():
                assigned = orders.browse(order_ids).with_prefetch(orders._prefetch_ids)
                assigned._write_assignment(dict(vals))
                taken |= assigned
            # Each may have its own: apart, for writing a person looks for what depends on it.
            for order in in_company.filtered(lambda order, numbers=numbers: numbers.get(order.id)):
                order.assignment_number = numbers[order.id]
        return taken

    @api.model
    @ormcache("company_id")
    def _get_rules(self, company_id: int) -> tuple[Rule, ...]:
        """Return the rules for the orders of a company, the first first."""
        # Rules are for every shopper, read by few.
        rules = self.sudo().with_context(active_test=True)
        return tuple(
            Rule(
                rule.id,
                frozenset(rule.website_ids.ids),
                rule.domain,
                rule.team_id.id,
                rule.method,
                rule.user_id.id,
            )
            for rule in rules.search([("company_id", "in", (company_id, False))])
            if not rule.team_id
            or (rule.team_id.active and rule.team_id.company_id.id in (company_id, False))
        )

    @api.model
    def _match(self, rules, orders):
        """Return the orders that each rule takes: `{rule: orders}`, none of them twice.

        A domain may be wrong in any way, years after it was right: the rule is skipped then, for
        a customer who pays must not suffer from it. Only what asks the database (a relation's
        records, mostly) needs a savepoint for that.
        """
        matches = {}
        for rule in rules:
            mine = orders.filtered(
                lambda order, websites=rule.website_ids: (
                    not websites or order.website_id.id in websites
                )
            )
            try:
                # Names are compared in one language, whichever the shopper's is.
                domain, mine = self._parse(rule.domain), mine.with_context(lang=None)
                with self.env.cr.savepoint() if self._asks(domain) else nullcontext():
                    mine = mine.filtered_domain(domain)
            except (psycopg2.OperationalError, psycopg2.InterfaceError):
                raise  # Somebody else is at it, or the connection is gone: core tries again.
            except Exception as error:  # noqa: BLE001 - see above
                _logger.warning("Assignment rule %s is skipped: %s", rule.id, error)
                continue
            if mine:
                matches[rule] = orders.browse(mine.ids)
                orders -= mine
            if not orders:
                break
        return matches

    @api.model
    def _asks(self, domain) -> bool:
        """Return whether looking up a domain asks the database for more than the orders' columns.

        :param Domain domain: of a rule
        """
        columns = self.env["sale.order"]._fields
        return any(
            condition.operator not in PLAIN_OPERATORS
            or condition.field_expr not in columns
            or not columns[condition.field_expr].store
            or (columns[condition.field_expr].relational and "like" in condition.operator)
            for condition in domain.iter_conditions()
        )

    @api.model
    def _decide(self, company, matches) -> dict[int, dict]:
        """Choose the team and the person for each order.

        :param res.company company: of all the orders
        :param dict matches: the orders of each rule, as superuser
        :return: the values to write, by order id
        """
        everybody = self.env["sale.order"].union(*matches.values())
        team_ids, user_ids, count_all = set(), set(), False
        for rule, orders in matches.items():
            count_all |= rule.method == "least_busy"
            if rule.method == "salesperson":
                user_ids.add(rule.user_id)
            elif rule.method != "team_only":
                team_ids.update(self._get_team_id(rule, order) for order in orders)
            if rule.method == "contact":
                user_ids.update(order._get_own_salesperson().id for order in orders)
        members, teams = {}, {}
        if team_ids or user_ids:
            members, teams = self._get_members(company, team_ids, user_ids, everybody, count_all)

        decisions = {}
        for rule, orders in matches.items():
            in_turn = defaultdict(list)
            for order in orders:
                team_id = self._get_team_id(rule, order)
                person, reason = None, "nobody"
                if rule.method == "team_only":
                    reason = "team_only"
                elif rule.method in ("salesperson", "contact"):
                    own = order._get_own_salesperson().id
                    person = members.get(rule.user_id if rule.method == "salesperson" else own)
                if person and person.is_free:
                    person.take()
                    reason = rule.method
                elif rule.method in ("contact", "round_robin", "least_busy"):
                    in_turn[team_id].append(order.id)
                    continue
                else:
                    person = None
                decisions[order.id] = self._prepare_assignment_vals(rule, team_id, person, reason)
            for team_id, order_ids in in_turn.items():
                decisions |= self._take_turns(rule, team_id, order_ids, teams.get(team_id, []))
        return decisions

    @api.model
    def _take_turns(self, rule, team_id, order_ids, members) -> dict[int, dict]:
        """Share orders out among the members of a team: `{order id: values to write}`."""
        choose = turns.least_busy if rule.method == "least_busy" else turns.next_in_turn
        reason = "contact_in_turn" if rule.method == "contact" else rule.method
        drawn = self._draw_turns(rule.id, turns.capacity(members, len(order_ids)))
        decisions = {}
        for position, order_id in enumerate(order_ids):
            person = choose(members, drawn[position]) if position < len(drawn) else None
            number = person.open_orders if person else 0
            if person:
                person.take()
            decisions[order_id] = self._prepare_assignment_vals(
                rule, team_id, person, reason if person else "nobody", number
            )
        return decisions

    @api.model
    def _prepare_assignment_vals(self, rule, team_id, person, reason, number=0) -> dict:
        """Return what an order remembers of its assignment, with the result."""
        return {
            "team_id": team_id,
            "user_id": person.user_id if person else False,
            "assignment_rule_id": rule.id,
            "assignment_reason": reason,
            "assignment_number": number if reason == "least_busy" else 0,
        }

    @api.model
    def _get_team_id(self, rule, order) -> int:
        """Return the team that gets an order by a rule."""
        return rule.team_id or order._get_team_without_rule().id

    @api.model
    def _get_members(self, company, team_ids, user_ids, orders, count_all):
        """Return who can take orders of a company now: not archived, not away, with access.

        Of somebody in several teams, the lowest limit and every absence count in all of them.

        :param res.company company: that of the orders
        :param set[int] team_ids: the teams whose members are asked for
        :param set[int] user_ids: more people
        :param sale.order orders: those to be assigned, which are nobody's load yet
        :param bool count_all: count also the open orders of people without a limit
        :return: `{user id: member}` and `{team id: members}`
        """
        self.env["res.users"].flush_model(["active", "share", "company_ids"])
        self.env["crm.team.member"].flush_model()
        open_orders = orders._search_open_web_orders()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT u.id,
                       array_agg(m.crm_team_id),
                       COALESCE(min(NULLIF(m.shop_max_open_orders, 0)), 0),
                       CASE WHEN %(count_all)s OR max(m.shop_max_open_orders) > 0
                            THEN (SELECT count(*) FROM %(open_from)s
                                   WHERE %(open_where)s AND %(open_user)s = u.id)
                            ELSE 0 END
                  FROM res_users u
                  JOIN res_company_users_rel c ON c.user_id = u.id AND c.cid = %(company)s
             LEFT JOIN crm_team_member m ON m.user_id = u.id AND m.active
                 WHERE u.active AND NOT u.share
                   AND (u.id = ANY(%(users)s) OR u.id IN (
                           SELECT user_id FROM crm_team_member
                            WHERE active AND crm_team_id = ANY(%(teams)s)))
              GROUP BY u.id
                HAVING bool_or(m.shop_paused_until >= %(today)s) IS NOT TRUE
              ORDER BY u.id
                """,
                company=company.id,
                users=[user_id for user_id in user_ids if user_id],
                teams=[team_id for team_id in team_ids if team_id],
                today=fields.Date.today(),
                count_all=count_all,
                open_from=open_orders.from_clause,
                open_where=open_orders.where_clause,
                open_user=SQL.identifier(
                    open_orders.table, "user_id", to_flush=orders._fields["user_id"]
                ),
            )
        )
        members, teams = {}, defaultdict(list)
        for user_id, in_teams, limit, load in rows:
            members[user_id] = turns.Member(user_id, load, limit)
            for team_id in in_teams:
                teams[team_id].append(members[user_id])
        return members, teams

    @api.model
    def _draw_turns(self, rule_id: int, count: int) -> list[int]:
        """Return the numbers of the next turns of a rule, each given to one transaction only.

        A sequence does not roll back: turns of a transaction that does are drawn again by the next
        one in this process, as a rule its own retry.
        """
        key = (self.env.cr.dbname, rule_id)
        drawn = _returned_turns.draw(key, count)
        if len(drawn) < count:
            drawn += [
                turn
                for (turn,) in self.env.execute_query(
                    SQL(
                        "SELECT nextval(%s) FROM generate_series(1, %s)",
                        self._get_turns_name(rule_id),
                        count - len(drawn),
                    )
                )
            ]
        if drawn:
            self.env.cr.postrollback.add(partial(_returned_turns.give_back, key, drawn))
        return drawn
