"""Assignment rules: which order goes to whom, and what the order says about it."""

from collections import Counter
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .common import ShopCommon

RULE_LOGGER = "odoo.addons.website_sale_order_mgmt.models.sale_order_assignment_rule_assign"


class RuleCommon(ShopCommon):
    """A team of three for web orders, and rules for it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Rule = cls.env["sale.order.assignment.rule"]
        cls.people = cls.env["res.users"].union(
            *(cls._new_user(f"web{n}", "sales_team.group_sale_salesman") for n in range(3))
        )
        cls.web_team = cls.env["crm.team"].create({"name": "Nordic", "company_id": False})
        cls.web_team.member_ids = cls.people

    @classmethod
    def _new_rule(cls, **values):
        values = {"name": "Nordic B2B", "team_id": cls.web_team.id, **values}
        return cls.Rule.create(values)

    def _member(self, user):
        return self.web_team.crm_team_member_ids.filtered(lambda member: member.user_id == user)

    def _orders(self, count, **values):
        return self.env["sale.order"].union(*(self._new_order(**values) for _n in range(count)))

    def _paid_order(self, **values):
        order = self._new_order(**values)
        self._pay(order)
        return order


@tagged("post_install", "-at_install")
class TestAssignmentRule(RuleCommon):
    # === WHICH RULE === #

    def test_first_match_wins(self):
        self._new_rule(name="Second", sequence=2)
        first = self._new_rule(name="First", sequence=1, domain="[('amount_total', '>', 150)]")
        small, large = self._paid_order(), self._paid_order(quantity=2)
        self.assertEqual(small.assignment_rule_id.name, "Second")
        self.assertEqual(large.assignment_rule_id, first)

    def test_rule_of_another_website_company_or_archived_takes_nothing(self):
        website = self.env["website"].create({"name": "Other shop"})
        company = self.env["res.company"].create({"name": "Another company"})
        for values in (
            {"website_ids": website.ids},
            {"company_id": company.id},
            {"active": False},
            {"domain": "[('partner_id.country_id.code', '=', 'SE')]"},
        ):
            with self.subTest(**values):
                rule = self._new_rule(**values)
                order = self._paid_order()
                self.assertFalse(order.assignment_rule_id)
                self.assertEqual((order.user_id, order.team_id), (self.salesperson, self.team))
                rule.unlink()

    def test_rule_of_this_website_and_company_takes_the_order(self):
        rule = self._new_rule(
            website_ids=self.website.ids,
            company_id=self.env.company.id,
            domain=(
                "[('partner_id.country_id.code', '=', 'BE'),"
                f" ('order_line.product_id', '=', {self.desk.id})]"
            ),
        )
        self.assertEqual(self._paid_order().assignment_rule_id, rule)
        self.assertFalse(self._paid_order(product=self.lamp).assignment_rule_id)

    def test_broken_domain_is_skipped_and_said_so(self):
        rule = self._new_rule()
        for domain in ("[('x_gone', '=', 1)]", "[(", "[('partner_id.x_gone', '=', 1)]", "oops"):
            with self.subTest(domain=domain):
                self.env.flush_all()
                self.env.cr.execute(
                    SQL("UPDATE sale_order_assignment_rule SET domain = %s", domain)
                )
                self.env.invalidate_all()
                self.env.registry.clear_cache()
                with mute_logger(RULE_LOGGER):
                    order = self._paid_order()
                self.assertEqual(order.user_id, self.salesperson)
                self.assertFalse(order.assignment_rule_id)
                self.assertIn("skipped", rule.problem)
                self.assertFalse(rule.preview)

    @mute_logger("odoo.sql_db")
    def test_domain_that_postgresql_refuses_is_skipped_and_said_so(self):
        rule = self._new_rule()
        for path in ("partner_id", "partner_id.category_id"):
            domain = f"[('{path}', 'child_of', [True])]"
            with self.subTest(domain=domain):
                self.env.flush_all()
                self.env.cr.execute(
                    SQL("UPDATE sale_order_assignment_rule SET domain = %s", domain)
                )
                self.env.invalidate_all()
                self.env.registry.clear_cache()
                with self.assertLogs(RULE_LOGGER, "WARNING"):
                    order = self._paid_order()
                self.assertEqual(order.state, "sale", "Whoever pays does not suffer from it")
                self.assertEqual(order.user_id, self.salesperson)
                self.assertFalse(order.assignment_rule_id)
                self.assertIn("skipped", rule.problem)

    @mute_logger("odoo.sql_db")
    def test_broken_domain_cannot_be_saved(self):
        for domain in ("[('x_gone', '=', 1)]", "[(", "[('amount_total', '=', 'x')]"):
            with self.subTest(domain=domain), self.assertRaises(ValidationError):
                self._new_rule(domain=domain)

    def test_archived_team_skips_the_rule(self):
        rule = self._new_rule()
        self.assertEqual(self._paid_order().assignment_rule_id, rule)
        self.web_team.active = False
        self.assertEqual(self._paid_order().user_id, self.salesperson)
        self.assertIn("archived", rule.problem)

    # === TO WHOM === #

    def test_team_only(self):
        self._new_rule(method="team_only")
        order = self._paid_order()
        self.assertEqual((order.team_id, order.user_id), (self.web_team, self.env["res.users"]))
        self.assertEqual(order.assignment_reason, "team_only")

    def test_team_of_the_website_when_the_rule_has_none(self):
        self._new_rule(team_id=False, method="salesperson", user_id=self.people[0].id)
        order = self._paid_order()
        self.assertEqual((order.team_id, order.user_id), (self.team, self.people[0]))

    def test_salesperson_or_else_the_team_alone(self):
        self._new_rule(method="salesperson", user_id=self.people[0].id)
        self.assertEqual(self._paid_order().user_id, self.people[0])
        self._member(self.people[0]).shop_paused_until = fields.Date.today()
        order = self._paid_order()
        self.assertFalse(order.user_id)
        self.assertEqual((order.team_id, order.assignment_reason), (self.web_team, "nobody"))

    def test_salesperson_must_be_given(self):
        with self.assertRaisesRegex(Exception, "salesperson"), mute_logger("odoo.sql_db"):
            self._new_rule(method="salesperson")
            self.env.flush_all()

    def test_contact_or_else_in_turn(self):
        self._new_rule(method="contact")
        self.customer.user_id = self.salesperson
        order = self._paid_order()
        self.assertEqual((order.user_id, order.team_id), (self.salesperson, self.web_team))
        self.assertEqual(order.assignment_reason, "contact")
        order = self._paid_order(partner=self.other_customer)
        self.assertIn(order.user_id, self.people)
        self.assertEqual(order.assignment_reason, "contact_in_turn")
        self.salesperson.action_archive()
        self.assertIn(self._paid_order().user_id, self.people)

    def test_salesperson_of_the_customers_company(self):
        self._new_rule(method="contact")
        parent = self.env["res.partner"].create(
            {"name": "Company", "is_company": True, "user_id": self.salesperson.id}
        )
        self.customer.parent_id = parent
        self.customer.user_id = False
        self.assertEqual(self._paid_order().user_id, self.salesperson)

    def test_in_turn(self):
        self._new_rule()
        got = [self._paid_order().user_id for _n in range(6)]
        self.assertEqual(set(got[:3]), set(self.people))
        self.assertEqual(got[:3], got[3:])

    def test_least_busy(self):
        self._new_rule(method="least_busy")
        busy = self._paid_order().user_id
        second = self._paid_order().user_id
        third = self._paid_order()
        self.assertEqual(len(busy | second | third.user_id), 3)
        third.action_cancel()
        fourth = self._paid_order()
        self.assertEqual(fourth.user_id, third.user_id, "Cancelled orders are no work")
        self.assertEqual(fourth.assignment_number, 0)
        self.assertEqual(self._paid_order().assignment_number, 1)

    def test_least_busy_in_one_batch(self):
        self._new_rule(method="least_busy")
        orders = self._orders(7)
        self.Rule._assign(orders)
        counts = Counter(order.user_id for order in orders)
        self.assertEqual(sorted(counts.values()), [2, 2, 3])

    # === WHO IS LEFT OUT === #

    def test_who_is_away_archived_shut_out_or_no_member_gets_nothing(self):
        self._new_rule()
        today = fields.Date.today()
        self._member(self.people[0]).shop_paused_until = today + timedelta(days=3)
        self.people[1].action_archive()
        self.assertEqual({self._paid_order().user_id for _n in range(3)}, {self.people[2]})
        self._member(self.people[0]).shop_paused_until = today - timedelta(days=1)
        company = self.env["res.company"].create({"name": "Another company"})
        self.people[2].write({"company_ids": [Command.set(company.ids)], "company_id": company.id})
        self.assertEqual({self._paid_order().user_id for _n in range(3)}, {self.people[0]})

    def test_limit_of_open_orders(self):
        self._new_rule()
        for number, user in enumerate(self.people):
            self._member(user).shop_max_open_orders = number + 1
        orders = self._orders(4)
        self.Rule._assign(orders)
        orders.action_confirm()
        more = self._orders(4)
        self.Rule._assign(more)
        more.action_confirm()
        counts = Counter(order.user_id for order in orders + more)
        self.assertEqual([counts[user] for user in self.people], [1, 2, 3])
        self.assertEqual(counts[self.env["res.users"]], 2)
        left = (orders + more).filtered(lambda order: not order.user_id)
        self.assertEqual(set(left.mapped("assignment_reason")), {"nobody"})
        self.assertEqual(left.team_id, self.web_team)
        self.assertEqual(self._member(self.people[2]).shop_open_order_count, 3)

    def test_nobody_stays_nobody_at_the_confirmation(self):
        self._new_rule()
        self.web_team.member_ids = False
        order = self._new_order()
        self._pay(order, state="pending")
        order.action_confirm()
        self.assertFalse(order.user_id)
        self.assertEqual(order.team_id, self.web_team)
        self.assertIn("no members", self.Rule.search([]).problem)

    # === WHEN === #

    def test_cart_is_never_assigned(self):
        self._new_rule()
        order = self._new_order()
        order.order_line.product_uom_qty = 3
        order.partner_id = self.other_customer
        self.env.flush_all()
        self.assertFalse(order.user_id)
        self.assertFalse(order.assignment_reason)

    def test_assigned_once(self):
        rule = self._new_rule()
        order = self._new_order()
        self._pay(order, state="pending")
        self.assertEqual(order.state, "sent")
        user = order.user_id
        self.assertIn(user, self.people)
        rule.unlink()
        self._new_rule(method="salesperson", user_id=self.salesperson.id)
        self._pay(order)
        self.assertEqual((order.state, order.user_id), ("sale", user))

    def test_part_of_the_money_assigns(self):
        self._new_rule()
        order = self._new_order(require_payment=True, prepayment_percent=1.0)
        self._pay(order, amount=10.0)
        self.assertEqual(order.state, "draft")
        self.assertIn(order.user_id, self.people)

    def test_what_a_person_changed_is_kept(self):
        self._new_rule()
        colleague = self._new_user("colleague", "sales_team.group_sale_salesman")
        with self.subTest("on the cart"):
            order = self._new_order()
            order.user_id = colleague
            self._pay(order)
            self.assertEqual((order.user_id, order.team_id), (colleague, self.team))
        with self.subTest("the cart's team"):
            order = self._new_order()
            order.team_id = self.other_team
            self._pay(order)
            self.assertEqual(order.team_id, self.other_team)
        with self.subTest("between checkout and payment"):
            order = self._new_order()
            self._pay(order, state="pending")
            order.write({"user_id": False, "team_id": self.other_team.id})
            self._pay(order)
            self.assertFalse(order.user_id)
            self.assertEqual(order.team_id, self.other_team)
            self.assertEqual(order.assignment_reason, "manual")
            self.assertFalse(order.assignment_rule_id)

    def test_orders_of_the_sales_app_are_left_alone(self):
        self._new_rule()
        order = self.env["sale.order"].create({"partner_id": self.customer.id})
        order.action_confirm()
        self.assertFalse(order.assignment_rule_id)
        self.assertFalse(order.assignment_reason)

    def test_assign_again(self):
        order, by_hand, cart = self._paid_order(), self._paid_order(), self._new_order()
        by_hand.user_id = self.people[1]
        self._new_rule(method="salesperson", user_id=self.people[0].id)
        (order + by_hand + cart).action_assign_again()
        self.assertEqual((order + by_hand).user_id, self.people[0])
        self.assertEqual((order + by_hand).team_id, self.web_team)
        self.assertFalse(cart.user_id)
        self.Rule.search([]).unlink()
        order.action_assign_again()
        self.assertEqual((order.user_id, order.assignment_reason), (self.salesperson, "website"))
        self.assertEqual(order.team_id, self.team, "No more that of the rule")
        by_hand.team_id = self.web_team
        self.website.salesteam_id = self.other_team
        (order + by_hand).action_assign_again()
        self.assertEqual((order + by_hand).team_id, self.other_team)
        self.website.salesteam_id = False
        order.action_assign_again()
        self.assertEqual(order.team_id, self.other_team, "Nothing says which other one")
        with self.assertRaises(UserError):
            cart.action_assign_again()

    # === WITHOUT A RULE === #

    def test_own_salesperson_before_the_websites(self):
        self.customer.user_id = self.people[0]
        self.assertEqual(self._paid_order().user_id, self.salesperson)
        self.website.shop_own_salesperson_first = True
        order = self._paid_order()
        self.assertEqual((order.user_id, order.assignment_reason), (self.people[0], "own"))
        self.assertEqual(order.team_id, self.team)
        self.assertEqual(self._paid_order(partner=self.other_customer).user_id, self.salesperson)
        self.people[0].action_archive()
        self.assertEqual(self._paid_order().user_id, self.salesperson)

    # === WHAT THE ORDER SAYS === #

    def test_note_in_the_readers_language(self):
        rule = self._new_rule()
        order = self._paid_order()
        self.assertEqual(order.assignment_note, "Rule Nordic B2B: in turn")
        self.env["res.lang"]._activate_lang("sv_SE")
        swedish = order.with_context(lang="sv_SE").assignment_note
        self.assertEqual(swedish, "Regel Nordic B2B: i tur och ordning")
        rule.method = "least_busy"
        order = self._paid_order()
        self.assertEqual(order.assignment_note, "Rule Nordic B2B: fewest open web orders (0)")
        rule.unlink()
        order.invalidate_recordset()
        self.assertIn("(deleted)", order.assignment_note)
        for reason, _label in order._fields["assignment_reason"].selection:
            order.assignment_reason = reason
            self.assertTrue(order.assignment_note, reason)

    # === RIGHTS === #

    def test_who_may_see_and_change_rules(self):
        rule = self._new_rule()
        seller = self.people[0]
        self.assertEqual(rule.with_user(seller).name, "Nordic B2B")
        with self.assertRaises(AccessError):
            rule.with_user(seller).name = "Mine"
        manager = self._new_user("manager", "sales_team.group_sale_manager")
        rule.with_user(manager).name = "Better"
        company = self.env["res.company"].create({"name": "Another company"})
        other = self._new_rule(company_id=company.id, team_id=False)
        self.assertNotIn(other, self.Rule.with_user(manager).search([]))

    def test_shoppers_read_none_of_it(self):
        self._new_rule()
        order = self._paid_order()
        portal = self._new_user("portal", "base.group_portal")
        order.partner_id = portal.partner_id
        for name in ("assignment_note", "assignment_reason", "assignment_rule_id"):
            with self.subTest(name), self.assertRaises(AccessError):
                order.with_user(portal).read([name])
        with self.assertRaises(AccessError):
            self.Rule.with_user(portal).search([])

    def test_salesperson_with_own_documents_confirms_a_cart(self):
        self._new_rule(method="salesperson", user_id=self.people[1].id)
        order = self._new_order().with_user(self.people[0])
        order.action_confirm()
        self.assertEqual((order.state, order.user_id), ("sale", self.people[0]))
        self.assertEqual(order.assignment_reason, "manual")
