from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from .common import ShopCommon


@tagged("post_install", "-at_install")
class TestAssignment(ShopCommon):
    def test_cart_has_no_salesperson(self):
        self.assertFalse(self._new_order().user_id)

    def test_order_waiting_for_its_transfer_is_assigned(self):
        order = self._new_order()
        self._pay(order, state="pending")
        self.assertEqual(order.state, "sent")
        self.assertEqual(order.user_id, self.salesperson)
        self.assertEqual(order.team_id, self.team, "The salesperson's own team is another one")

    def test_paid_order_is_assigned(self):
        order = self._new_order()
        self._pay(order)
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.user_id, self.salesperson)
        self.assertEqual(order.team_id, self.team)

    def test_free_order_is_assigned(self):
        self.desk.list_price = 0.0
        order = self._new_order()
        order._validate_order()
        self.assertEqual((order.user_id, order.team_id), (self.salesperson, self.team))

    def test_team_set_on_the_website_after_the_cart_was_made(self):
        self.website.salesteam_id = self.other_team
        order = self._new_order()
        self.website.salesteam_id = self.team
        self._pay(order)
        self.assertEqual(order.team_id, self.team)

    def test_team_is_kept_when_somebody_else_takes_the_order(self):
        order = self._new_order()
        self._pay(order)
        colleague = self._new_user("colleague", "sales_team.group_sale_salesman")
        self.other_team.member_ids += colleague
        order.user_id = colleague
        self.assertEqual(order.team_id, self.team)

    def test_team_chosen_by_hand_is_kept(self):
        order = self._new_order()
        self._pay(order, state="pending")
        order.team_id = self.other_team
        order.action_confirm()
        self.assertEqual(order.team_id, self.other_team)

    def test_what_changes_nothing_is_no_change_by_hand(self):
        order = self._new_order()
        order.user_id = False
        self._pay(order)
        self.assertEqual(order.user_id, self.salesperson)

    def test_each_website_has_its_team(self):
        website = self.env["website"].create(
            {
                "name": "Second shop",
                "company_id": self.env.company.id,
                "salesteam_id": self.other_team.id,
                "salesperson_id": False,
            }
        )
        self.customer.user_id = self.salesperson
        order = self._new_order(website=website)
        self._pay(order)
        self.assertEqual(order.team_id, self.other_team)
        self.assertEqual(order.user_id, self.salesperson, "The customer's own, core's fallback")

    def test_team_of_another_company_or_archived_is_not_used(self):
        """Also when the cart has it already, as core gives it to every new one."""
        company = self.env["res.company"].create({"name": "Another company"})
        colleague = self._new_user("colleague", "sales_team.group_sale_salesman")
        for values in ({"company_id": company.id}, {"active": False}):
            with self.subTest(**values):
                team = self.env["crm.team"].create({"name": "Not ours"})
                self.website.salesteam_id = team
                order, elsewhere = self._new_order(), self._new_order(team_id=self.other_team.id)
                team.write(values)
                for each, left in ((order, self.env["crm.team"]), (elsewhere, self.other_team)):
                    self._pay(each)
                    self.assertEqual((each.team_id, each.user_id), (left, self.salesperson))
                    self.assertEqual(each.assignment_note, "The website's settings")
                order.user_id = colleague
                self.assertNotEqual(order.team_id, team, "Core would fall back to the website's")

    def test_salesperson_archived_or_without_access_gets_nothing(self):
        company = self.env["res.company"].create({"name": "Another company"})
        shut_out = {"company_ids": [Command.set(company.ids)], "company_id": company.id}
        portal = {"group_ids": [Command.set(self.env.ref("base.group_portal").ids)]}
        for values in ({"active": False}, shut_out, portal):
            with self.subTest(**values):
                user = self._new_user(f"no.{'.'.join(values)}", "sales_team.group_sale_salesman")
                self.website.salesperson_id = user
                user.write(values)
                order = self._new_order()
                self._pay(order, state="pending")
                self.assertFalse(order.user_id)
                self.assertEqual(order.team_id, self.team)
                self.assertIn("no salesperson was available", order.assignment_note)
                order.action_confirm()
                self.assertFalse(order.user_id, "The confirmation gives it to nobody either")

    def test_salesperson_who_is_away_or_has_enough_gets_nothing(self):
        [member] = self.salesperson.crm_team_member_ids
        today = fields.Date.today()
        for values, gets in (
            ({"shop_paused_until": today}, False),
            ({"shop_paused_until": fields.Date.subtract(today, days=1)}, True),
            ({"shop_paused_until": False, "shop_max_open_orders": 2}, True),
        ):
            with self.subTest(**values):
                member.write(values)
                order = self._new_order()
                self._pay(order)
                self.assertEqual(order.user_id, self.salesperson if gets else self.env["res.users"])
                self.assertEqual("no salesperson was available" in order.assignment_note, not gets)
        # Two are open; several at once are counted one by one.
        member.shop_max_open_orders = 3
        orders = self._new_order() | self._new_order()
        orders._assign_web_orders()
        self.assertEqual(orders.mapped("assignment_reason"), ["website", "website_nobody"])
        member.shop_max_open_orders = 2
        self.customer.user_id = self._new_user("own", "sales_team.group_sale_salesman")
        order = self._new_order()
        self._pay(order)
        self.assertEqual(order.user_id, self.customer.user_id, "The customer's own is free")
        self.env["crm.team.member"].create(
            {
                "user_id": self.customer.user_id.id,
                "crm_team_id": self.team.id,
                "shop_paused_until": today,
            }
        )
        order = self._new_order()
        self._pay(order)
        self.assertFalse(order.user_id)
        member.shop_max_open_orders = 0
        order = self._new_order()
        self._pay(order)
        self.assertEqual(order.user_id, self.salesperson)

    def test_own_salesperson_without_access_gets_nothing(self):
        company = self.env["res.company"].create({"name": "Another company"})
        user = self._new_user("elsewhere", "sales_team.group_sale_salesman")
        user.write({"company_ids": [Command.set(company.ids)], "company_id": company.id})
        self.customer.user_id = user
        self.website.salesperson_id = False
        order = self._new_order()
        self._pay(order)
        self.assertFalse(order.user_id)
        self.assertIn("no salesperson was available", order.assignment_note)

    def test_orders_of_the_sales_app_are_left_to_core(self):
        order = self.env["sale.order"].create({"partner_id": self.customer.id})
        order.team_id = self.team
        order.user_id = self.salesperson
        self.assertEqual(order.team_id, self.other_team, "The salesperson's team, as in core")
