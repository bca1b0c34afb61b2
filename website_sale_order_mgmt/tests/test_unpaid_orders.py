"""Orders that wait for their money."""

from datetime import date, datetime

import pytz
from lxml import etree

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import BaseCase, tagged
from odoo.tools.safe_eval import safe_eval

from ..tools.unpaid import end_of_day, last_day
from .common import ShopCommon

STOCKHOLM = pytz.timezone("Europe/Stockholm")
MAX_MORE_QUERIES = 1


@tagged("post_install", "-at_install")
class TestUnpaidTools(BaseCase):
    def test_until_means_the_whole_day_where_the_shop_is(self):
        for ordered, days, expires, last in (
            # Winter, the evening before in UTC, and the night in which summer time begins.
            (datetime(2026, 1, 1, 12), 7, datetime(2026, 1, 8, 23), date(2026, 1, 8)),
            (datetime(2026, 1, 1, 23, 30), 7, datetime(2026, 1, 9, 23), date(2026, 1, 9)),
            (datetime(2026, 3, 27, 12), 2, datetime(2026, 3, 29, 22), date(2026, 3, 29)),
        ):
            with self.subTest(ordered=ordered):
                moment = end_of_day(ordered, days, STOCKHOLM)
                self.assertEqual(moment, expires)
                self.assertEqual(last_day(moment, STOCKHOLM), last)


@tagged("post_install", "-at_install")
class TestUnpaidOrders(ShopCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.transfer = cls._new_transfer_provider(unpaid_expiry_days=7)

    def _reserve(self, **values):
        self.transfer.write({"unpaid_order_policy": "reserve", **values})

    def _bodies(self, order):
        messages = order.message_ids.filtered(lambda message: self.customer in message.partner_ids)
        return messages.mapped("body")

    def test_without_a_policy_all_is_as_in_core(self):
        self.transfer.unpaid_expiry_days = 0
        order = self._order_by_transfer(self.transfer)
        self.assertEqual(order.state, "sent")
        self.assertFalse(order.picking_ids)
        self.assertFalse(order.unpaid_provider_id)
        [body] = self._bodies(order)
        self.assertIn("Your order will be confirmed once the payment is confirmed.", body)

    def test_waiting_reserves_nothing_and_says_until_when(self):
        order = self._order_by_transfer(self.transfer)
        self.assertEqual(order.state, "sent")
        self.assertFalse(order.picking_ids)
        self.assertEqual(order.shop_status, "awaiting_payment")
        [body] = self._bodies(order)
        self.assertIn("wait for your money until", body)
        self.assertIn(order.reference, body)
        self.assertIn("BE71 0961 2345 6769", body)
        self.assertNotIn("keep the goods", body)

    def test_reserving_keeps_the_goods_on_hold(self):
        self._reserve()
        order = self._order_by_transfer(self.transfer)
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.shop_status, "reserved")
        self.assertEqual(order.shop_payment_status, "pending")
        picking = order.picking_ids
        self.assertEqual(picking.state, "assigned", "The goods are reserved")
        self.assertEqual(picking.hold_reason, "payment")
        with self.assertRaises(UserError):
            picking.button_validate()
        [body] = self._bodies(order)
        self.assertIn("keep the goods for you until", body)
        self.assertNotIn("confirmed", body)

    def test_who_looks_for_unpaid_orders_finds_reserved_ones(self):
        waiting = self._order_by_transfer(self.transfer)
        self._reserve()
        reserved = self._order_by_transfer(self.transfer)
        paid = self._order_by_transfer(self.transfer)
        paid.transaction_ids._set_done()
        paid.transaction_ids._post_process()
        for menu in ("menu_orders_unpaid_reserved", "menu_sale_web_orders_unpaid"):
            with self.subTest(menu=menu):
                action = self.env.ref(f"website_sale_order_mgmt.{menu}").action
                found = self.env["sale.order"].search(safe_eval(action.domain))
                orders = waiting | reserved | paid
                self.assertEqual(found & orders, waiting | reserved)

    def test_the_money_lets_the_goods_go(self):
        self._reserve()
        order = self._order_by_transfer(self.transfer)
        order.transaction_ids._set_done()
        order.transaction_ids._post_process()
        self.assertFalse(order.picking_ids.hold_reason)
        self.assertFalse(order.unpaid_provider_id)
        self.assertEqual(order.shop_status, "to_ship")
        self.assertEqual(order.shop_payment_status, "paid")
        bodies = self._bodies(order)
        self.assertEqual(len(bodies), 2)
        self.assertIn("has been confirmed", bodies[0])
        order.picking_ids.button_validate()
        self.assertEqual(order.shop_status, "shipped")

    def test_a_part_of_the_money_lets_nothing_go(self):
        self._reserve()
        order = self._order_by_transfer(self.transfer)
        order.transaction_ids.amount = 60
        order.transaction_ids._set_done()
        order.transaction_ids._post_process()
        self.assertEqual(order.picking_ids.hold_reason, "payment")
        self.assertEqual(order.shop_status, "reserved")
        self.assertEqual(order.shop_attention, "amount_mismatch")
        self.assertIn("40.00", order._get_unpaid_sentence(), "What is missing")

    def test_two_step_delivery_is_held_from_the_first_step(self):
        self._reserve()
        self.warehouse.delivery_steps = "pick_ship"
        order = self._order_by_transfer(self.transfer)
        self.assertEqual(set(order.picking_ids.mapped("hold_reason")), {"payment"})

    def test_a_payment_of_the_invoice_lets_the_goods_go(self):
        self._reserve()
        order = self._order_by_transfer(self.transfer)
        invoice = order._create_invoices()
        invoice.action_post()
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({})._create_payments()
        self.assertEqual(order.shop_payment_status, "paid")
        self.assertFalse(order.picking_ids.hold_reason)

    def test_services_are_not_given_away(self):
        self._reserve()
        course = self._create_product(name="Course", type="service", list_price=10.0)
        for product in course + self.desk:
            order = self._new_order(product=product)
            if product == self.desk:
                order.order_line = [Command.create({"product_id": course.id})]
            self._order_by_transfer(self.transfer, order)
            self.assertEqual(order.state, "sent")
            self.assertNotIn("keep the goods", order._get_unpaid_sentence())

    def test_an_order_that_cannot_be_confirmed_waits_and_says_why(self):
        self._reserve()
        order = self._new_order()
        order.order_line = [Command.create({"name": "No product", "price_unit": 0.0})]
        with self.assertLogs("odoo.addons.website_sale_order_mgmt.tools.work_queue", "WARNING"):
            self._order_by_transfer(self.transfer, order)
        self.assertEqual(order.state, "sent")
        self.assertFalse(order.unpaid_reserved)
        self.assertIn("missing a product", order.message_ids[0].body)

    def test_what_was_promised_stays(self):
        order = self._order_by_transfer(self.transfer)
        promised = order.unpaid_expiry_date
        self.transfer.unpaid_expiry_days = 30
        self._order_by_transfer(self.transfer, order)
        self.assertEqual(order.unpaid_expiry_date, promised)

    def test_staff_and_customer_read_the_same_last_day(self):
        self._reserve()
        self.website.user_id.tz = "Europe/Stockholm"
        order = self._order_by_transfer(self.transfer)
        order.unpaid_expiry_date = datetime(2026, 5, 7, 22)  # midnight in Stockholm
        view = order.with_user(self.salesperson).get_view(view_type="form")
        banner = etree.fromstring(view["arch"]).find(".//div[@name='shop_unpaid']")
        [name] = {node.get("name") for node in banner.iter("field")}
        [read] = order.with_user(self.salesperson).read([name])
        self.assertEqual(read[name], date(2026, 5, 7))
        self.assertIn("until May 7, 2026", order._get_unpaid_sentence())

    def test_paying_on_delivery_or_on_site_is_no_waiting(self):
        """With `website_sale_collect`, which the tests' databases have."""
        self._reserve()
        for mode in ("cash_on_delivery", "on_site"):
            with self.subTest(mode=mode):
                self.transfer.custom_mode = mode
                self.assertFalse(self.transfer.unpaid_orders_wait)
                order = self._order_by_transfer(self.transfer)
                self.assertEqual(order.state, "sale", "As in core")
                self.assertFalse(order.unpaid_provider_id)
                self.assertFalse(order.picking_ids.hold_reason)
                self.assertFalse(order.unpaid_expiry_date)

    def test_goods_are_reserved_where_staff_reserve_by_hand(self):
        """The customer is told that the goods are kept."""
        self._reserve()
        for method in ("manual", "by_date"):
            with self.subTest(method=method):
                self.warehouse.out_type_id.reservation_method = method
                order = self._new_order(commitment_date=datetime(2099, 1, 1))
                self._order_by_transfer(self.transfer, order)
                self.assertEqual(order.picking_ids.state, "assigned")
                self.assertEqual(order.picking_ids.move_ids.quantity, 1)

    def test_deliveries_from_several_warehouses_wait_together(self):
        self._reserve()
        other = self.env["stock.warehouse"].create({"name": "North", "code": "NRD"})
        self._add_product_qty_to_wh(self.lamp.id, 5, other.lot_stock_id.id)
        order = self._new_order()
        order.order_line = [
            Command.create(
                {"product_id": self.lamp.id, "route_ids": other.delivery_route_id.ids},
            )
        ]
        self._order_by_transfer(self.transfer, order)
        pickings = order.picking_ids
        self.assertEqual(pickings.picking_type_id.warehouse_id, self.warehouse | other)
        self.assertEqual(pickings.mapped("hold_reason"), ["payment", "payment"])
        order.transaction_ids._set_done()
        order.transaction_ids._post_process()
        self.assertFalse(pickings.filtered("hold_reason"))

    def test_a_website_that_was_deleted_holds_up_nothing(self):
        self._reserve()
        order = self._order_by_transfer(self.transfer)
        order.website_id = False
        order.transaction_ids._set_done()
        order.transaction_ids._post_process()
        self.assertFalse(order.picking_ids.hold_reason)

    def test_the_order_s_page_says_what_to_do(self):
        self._reserve()
        order = self._order_by_transfer(self.transfer)
        steps = order._get_shop_timeline()
        self.assertIn("keep the goods", order._get_shop_timeline_next(steps))
        self.assertEqual(
            {step.kind: step.state for step in steps}["packed"], "upcoming", "Nobody packs yet"
        )

    def test_the_checkout_s_budget(self):
        """Reserving costs the checkout a confirmation, and little more than waiting does."""

        def check_out():
            transaction = self._new_transfer(self.transfer, self._new_order())
            return self._count_queries(transaction._post_process)

        def confirm():
            order = self._new_order()
            return self._count_queries(
                lambda: order.with_context(send_email=False).action_confirm()
            )

        self.env["ir.config_parameter"].sudo().set_param("sale.async_emails", True)
        waiting, confirmation = (
            min(count() for _warm in range(2)) for count in (check_out, confirm)
        )
        self._reserve()
        reserving = min(check_out() for _warm in range(2))
        self.assertLessEqual(reserving, waiting + confirmation + MAX_MORE_QUERIES)

    def _count_queries(self, work):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        work()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before
