"""Assignment rules: how they tell, count, share out and keep their turns."""

from collections import Counter

import psycopg2

from odoo import SUPERUSER_ID, fields
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .test_assignment_rule import RuleCommon


@tagged("post_install", "-at_install")
class TestAssignmentRuleTeam(RuleCommon):
    # === TELLING === #

    def _messages_to(self, user):
        # Notifications are only for those who got them.
        return (
            self.env["mail.message"]
            .sudo()
            .search([("model", "=", "sale.order"), ("partner_ids", "in", user.partner_id.ids)])
        )

    def _as_shopper(self, order, state):
        transaction = self._new_payment(order, state=state)
        public = self.website.user_id
        context = dict.fromkeys(
            ("tracking_disable", "mail_notrack", "mail_create_nolog", "mail_create_nosubscribe"),
            False,
        )
        transaction.with_user(public).sudo().with_context(**context)._post_process()

    def test_the_salesperson_is_told_once_by_odoobot(self):
        rule = self._new_rule(method="salesperson", user_id=self.people[0].id)
        for state in ("pending", "done"):
            for taken in (True, False):
                with self.subTest(state=state, taken=taken):
                    rule.active = taken
                    user = self.people[0] if taken else self.salesperson
                    before = self._messages_to(user)
                    order = self._new_order()
                    self._as_shopper(order, state)
                    if state == "pending":
                        self._as_shopper(order, "done")
                    self.assertEqual(order.state, "sale")
                    self.assertEqual(order.user_id, user)
                    message = self._messages_to(user) - before
                    self.assertEqual(len(message), 1)
                    self.assertIn(f"assigned to {order.name}", message.subject)
                    odoobot = self.env["res.users"].browse(SUPERUSER_ID).partner_id
                    self.assertEqual(message.author_id, odoobot)

    def test_assigning_again_does_not_tell_the_same_person_again(self):
        self._new_rule(method="salesperson", user_id=self.people[0].id)
        order = self._new_order()
        self._as_shopper(order, "done")
        before = self._messages_to(self.people[0])
        order.with_context(tracking_disable=False, mail_notrack=False).action_assign_again()
        self.assertEqual(self._messages_to(self.people[0]), before)

    # === AGAIN === #

    def test_assign_again_is_for_who_sees_everybodys_orders(self):
        """In the menu of the selected orders, for those who may hand them out."""
        orders = self._paid_order() + self._paid_order()
        self._new_rule(method="salesperson", user_id=self.people[0].id)
        action = self.env.ref("website_sale_order_mgmt.sale_order_action_assign_again")
        self.assertEqual(action.binding_model_id.model, "sale.order")
        seller = self.people[1]
        head = self._new_user("head", "sales_team.group_sale_salesman_all_leads")
        for user, allowed in ((seller, False), (head, True)):
            bound = self.env(user=user)["ir.actions.actions"].get_bindings("sale.order")
            ids = [binding["id"] for binding in bound.get("action", ())]
            self.assertEqual(action.id in ids, allowed, user.name)
        context = {"active_model": "sale.order", "active_ids": orders.ids}
        with self.assertRaises(AccessError):
            action.with_user(seller).with_context(**context).run()
        action.with_user(head).with_context(**context).run()
        self.assertEqual(orders.user_id, self.people[0])

    # === WHAT CHANGES, AND WHO TAKES WHAT IS LEFT === #

    def test_team_that_was_given_to_another_company_takes_nothing(self):
        company = self.env["res.company"].create({"name": "Another company"})
        rule = self._new_rule()
        self.assertEqual(self._paid_order().assignment_rule_id, rule)
        self.web_team.member_ids = False
        self.web_team.company_id = company
        order = self._paid_order()
        self.assertEqual((order.state, order.user_id), ("sale", self.salesperson))
        self.assertIn("Another company", rule.problem)
        self.assertIn("would have taken 0", rule.preview)

    def test_rule_of_a_deleted_website_does_not_become_one_for_all(self):
        websites = self.env["website"].create([{"name": "Closed"}, {"name": "Open"}])
        of_one = self._new_rule(website_ids=websites[0].ids)
        of_both = self._new_rule(website_ids=websites.ids)
        self.assertFalse(self._paid_order().assignment_rule_id)
        websites[0].unlink()
        self.assertEqual((of_one.active, of_both.active), (False, True))
        self.assertEqual(of_both.website_ids, websites[1])
        self.assertFalse(self._paid_order().assignment_rule_id)

    def test_archived_team_of_the_website_when_the_rule_has_none(self):
        """Neither the team nor its members, whom the cart of core points to."""
        rule = self._new_rule(team_id=False)
        self.website.salesteam_id = self.web_team
        carts = self._orders(2)
        self._pay(carts[0])
        self.assertIn(carts[0].user_id, self.people)
        self.web_team.active = False
        for method in ("round_robin", "team_only"):
            rule.method = method
            order = carts[1] if method == "round_robin" else self._new_order()
            self._pay(order)
            self.assertEqual((order.assignment_rule_id, order.team_id.id), (rule, False))
            self.assertFalse(order.user_id)
            self.assertNotIn("the team", order.assignment_note)

    def test_salesperson_with_own_documents_takes_what_nobody_has(self):
        rule = self._new_rule(method="team_only")
        for by_hand in (False, True):
            with self.subTest(by_hand=by_hand):
                order = self._new_order()
                self._pay(order, state="pending")
                if by_hand:
                    order.team_id = self.other_team
                order.with_user(self.people[0]).action_confirm()
                self.assertEqual((order.state, order.user_id), ("sale", self.people[0]))
                self.assertEqual(order.team_id, self.other_team if by_hand else rule.team_id)
                self.assertEqual(order.assignment_reason, "manual")

    def test_limit_counts_what_was_assigned_just_before(self):
        self._new_rule(method="salesperson", user_id=self.people[0].id)
        self._member(self.people[0]).shop_max_open_orders = 1
        orders = self._orders(2)
        orders.write({"state": "sent", "user_id": False, "assignment_reason": False})
        self.env.flush_all()
        self.Rule._assign(orders[0])
        self.Rule._assign(orders[1])
        self.assertEqual(orders.mapped("assignment_reason"), ["salesperson", "nobody"])

    # === TURNS === #

    def test_turns_of_a_rolled_back_checkout_are_drawn_again(self):
        rule = self._new_rule()
        first = self.Rule._draw_turns(rule.id, 2)
        self.env.cr.postrollback.run()
        self.assertEqual(self.Rule._draw_turns(rule.id, 3), [*first, first[1] + 1])
        self.env.cr.postrollback.clear()

    @mute_logger("odoo.sql_db")
    def test_turns_belong_to_the_rule(self):
        rule = self._new_rule()
        copy = rule.copy()
        self.assertEqual(self.Rule._draw_turns(copy.id, 1), [0])
        self.assertEqual(copy.name, "Nordic B2B (copy)")
        rule.unlink()
        with self.assertRaises(psycopg2.errors.UndefinedTable), self.env.cr.savepoint():
            self.env.cr.execute(f"SELECT nextval('{self.Rule._get_turns_name(rule.id)}')")

    def test_uninstalling_drops_the_turns(self):
        rule = self._new_rule()
        self.env.cr.execute(
            """SELECT count(*) FROM pg_depend d JOIN pg_class s ON s.oid = d.objid
                WHERE s.relname = %s AND d.refobjid = 'sale_order_assignment_rule'::regclass
                  AND d.deptype = 'a'""",
            [self.Rule._get_turns_name(rule.id)],
        )
        self.assertEqual(self.env.cr.fetchone(), (1,), "They go with the table")

    # === COST === #

    def _count_assignment(self, orders):
        """Return the queries of one assignment of carts, with cold records and warm caches."""
        counts = []
        for _warm in range(2):
            orders.write({"user_id": False, "team_id": self.team.id, "assignment_reason": False})
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            orders._assign_web_orders()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        return min(counts)

    def test_cost_of_one_order_and_of_a_hundred(self):
        self.customer.user_id = self.salesperson
        hundred = self._orders(100)
        members = self.web_team.crm_team_member_ids
        for orders, more in ((hundred[0], 3), (hundred, 20)):
            without = self._count_assignment(orders)
            for values in (
                {"method": "team_only"},
                {"method": "salesperson", "user_id": self.people[0].id},
                {"method": "contact"},
                {"method": "round_robin"},
                {"method": "round_robin", "domain": "[('amount_total', '>', 10)]"},
                {"method": "least_busy"},
            ):
                rule = self._new_rule(**values)
                for limit in (0, 1000):
                    members.shop_max_open_orders = limit
                    with self.subTest(count=len(orders), limit=limit, **values):
                        self.assertLessEqual(self._count_assignment(orders) - without, more)
                rule.unlink()

    def test_payment_costs_three_queries_more_with_a_rule(self):
        def count():
            counts = []
            for _warm in range(3):
                transaction = self._new_payment(self._new_order())
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                transaction._post_process()
                self.env.flush_all()
                counts.append(self.env.cr.sql_log_count - before)
            return min(counts)

        # Somebody of whom nothing is known yet gets the order in both cases.
        self.website.salesperson_id = False
        self.customer.user_id = self.people[0]
        without = count()
        self._new_rule()
        self.assertLessEqual(count() - without, 3)

    # === PREVIEW === #

    def test_what_a_rule_would_have_done(self):
        orders = self.env["sale.order"].search([("website_id", "!=", False)])
        orders.date_order = fields.Datetime.subtract(fields.Datetime.now(), days=60)
        for _n in range(7):
            self._paid_order()
        large = [self._paid_order(quantity=5) for _n in range(2)]
        self._paid_order().action_cancel()
        self._new_order()
        self._new_rule(name="Large", sequence=1, domain="[('amount_total', '>', 300)]")
        rule = self._new_rule(name="Rest", sequence=2)
        self.assertEqual(len(rule._get_recent_orders()), 9)
        taken = rule._get_orders_taken_from(rule._get_recent_orders())
        self.assertEqual(len(taken), 7)
        self.assertFalse(taken & self.env["sale.order"].union(*large))
        shares = rule._share_out(taken)
        self.assertEqual(sorted(shares.values()), [2, 2, 3])
        self.assertIn("7", rule.preview)
        self.assertIn(self.people[0].name, rule.preview)
        for values, expected in (
            ({"method": "team_only"}, {False: 7}),
            ({"method": "salesperson", "user_id": self.people[0].id}, {self.people[0].id: 7}),
        ):
            rule.write(values)
            self.assertEqual(rule._share_out(taken), Counter(expected))
        self.customer.user_id = self.salesperson
        rule.method = "contact"
        self.assertEqual(rule._share_out(taken), Counter({self.salesperson.id: 7}))

    def test_preview_after_a_rule_whose_team_has_nobody(self):
        """Such a rule takes its orders for the team; one that is skipped leaves them."""
        self._paid_order()
        empty = self.env["crm.team"].create({"name": "Empty"})
        first = self._new_rule(name="First", sequence=1, team_id=empty.id)
        second = self._new_rule(name="Second", sequence=2)
        self.assertIn("no members", first.problem)
        self.assertIn("would have taken 1", first.preview)
        self.assertIn("would have taken 0", second.preview)
        empty.active = False
        self.env.invalidate_all()
        self.assertFalse(first.preview)
        self.assertIn("would have taken 1", second.preview)

    def test_orders_in_several_currencies(self):
        pricelist = self.env["product.pricelist"].create(
            {"name": "SEK", "currency_id": self._enable_currency("SEK").id}
        )
        home, abroad = self._new_order(quantity=2), self._new_order(pricelist_id=pricelist.id)
        abroad.order_line.price_unit = 2000
        orders = home + abroad
        orders.action_quotation_sent()
        rule = self._new_rule(domain="[('amount_total', '>', 150)]")
        self.assertIn("would have taken 2", rule.preview)
        orders.action_assign_again()
        self.assertEqual(orders.assignment_rule_id, rule)
        self.assertEqual(home.assignment_rule_id, rule)

    def test_preview_of_a_rule_that_is_being_written(self):
        self._paid_order()
        manager = self._new_user("manager", "sales_team.group_sale_manager")
        with Form(self.Rule.with_user(manager)) as form:
            form.name = "New"
            form.team_id = self.web_team
            self.assertIn("would have taken 1", form.preview)
            form.domain = "[('amount_total', '>', 100000)]"
            self.assertIn("would have taken 0", form.preview)

    def test_orders_of_a_rule(self):
        rule = self._new_rule()
        order = self._paid_order()
        self.assertEqual(rule.order_count, 1)
        action = rule.action_view_orders()
        self.assertEqual(self.env["sale.order"].search(action["domain"]), order)
        self.assertIn(self.web_team.id, rule.action_view_members()["domain"][0])
