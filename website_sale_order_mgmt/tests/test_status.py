from freezegun import freeze_time

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tests.common import BaseCase

from ..tools import backfill
from ..tools.payment_status import Amounts, get_payment_status, get_status, is_covered
from .common import ShopCommon


@tagged("post_install", "-at_install")
class TestStatusArithmetic(BaseCase):
    def test_payment_status(self):
        for expected, amounts in (
            ("unpaid", Amounts(100)),
            ("pending", Amounts(100, pending=100)),
            ("authorized", Amounts(100, authorized=100)),
            ("authorized", Amounts(100, received=40, authorized=60)),
            ("partial", Amounts(100, received=40)),
            ("partial", Amounts(100, received=40, authorized=10)),
            ("paid", Amounts(100, received=100)),
            ("paid", Amounts(100, received=99.996)),
            ("paid", Amounts(100, received=120, refunded=20)),
            ("overpaid", Amounts(100, received=120)),
            ("overpaid", Amounts(100, received=120, refunded=10)),
            ("overpaid", Amounts(0, received=20)),
            ("partly_refunded", Amounts(100, received=100, refunded=30)),
            ("refunded", Amounts(100, received=100, refunded=100)),
            ("refunded", Amounts(0, received=100, refunded=100)),
            ("free", Amounts(0)),
        ):
            with self.subTest(amounts=amounts):
                self.assertEqual(get_payment_status(amounts), expected)

    def test_a_currency_without_decimals(self):
        self.assertEqual(get_payment_status(Amounts(1000, received=999), rounding=1), "partial")
        self.assertEqual(get_payment_status(Amounts(1000, received=999.7), rounding=1), "paid")

    def test_status(self):
        for expected, state, delivery_status, payment, covered in (
            ("cart", "draft", False, "unpaid", False),
            ("cart", "draft", False, "free", False),
            ("awaiting_payment", "sent", False, "unpaid", False),
            ("awaiting_payment", "draft", False, "pending", False),
            ("awaiting_payment", "sent", False, "partial", False),
            ("awaiting_payment", "draft", False, "authorized", False),
            ("to_confirm", "sent", False, "partial", True),
            ("to_confirm", "draft", False, "paid", True),
            ("to_confirm", "sent", False, "authorized", True),
            ("to_confirm", "sent", False, "overpaid", True),
            ("confirmed", "sale", False, "paid", True),
            ("to_ship", "sale", "pending", "paid", True),
            ("to_ship", "sale", "started", "unpaid", False),
            ("partly_shipped", "sale", "partial", "paid", True),
            ("shipped", "sale", "full", "refunded", False),
            ("cancelled", "cancel", "full", "paid", True),
        ):
            with self.subTest(state=state, delivery=delivery_status, payment=payment):
                self.assertEqual(get_status(state, delivery_status, payment, covered), expected)

    def test_covered(self):
        for expected, required, amounts in (
            (False, 100, Amounts(100)),
            (True, 100, Amounts(100, received=99.996)),
            (False, 100, Amounts(100, received=99)),
            (True, 100, Amounts(100, authorized=100)),
            (True, 100, Amounts(100, received=40, authorized=60)),
            (False, 100, Amounts(100, authorized=40)),
            (True, 30, Amounts(100, received=30)),
            (False, 30, Amounts(100, received=40, refunded=20)),
            (False, 100, Amounts(100, pending=100)),
            (False, 0, Amounts(0)),
        ):
            with self.subTest(required=required, amounts=amounts):
                self.assertIs(is_covered(amounts, required), expected)


@tagged("post_install", "-at_install")
class TestStatus(ShopCommon):
    def _assert_status(self, order, status, payment, received=0.0, refunded=0.0):
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual((order.shop_status, order.shop_payment_status), (status, payment))
        self.assertAlmostEqual(order.shop_amount_received, received)
        self.assertAlmostEqual(order.shop_amount_refunded, refunded)

    def _validate(self, picking, quantity):
        picking.move_ids.quantity = quantity
        picking.move_ids.picked = True
        picking.with_context(skip_backorder=True).button_validate()

    def test_card_payment_to_the_last_parcel(self):
        order = self._new_order(quantity=2)
        self._assert_status(order, "cart", "unpaid")
        self._pay(order)
        self._assert_status(order, "to_ship", "paid", received=200)
        self._validate(order.picking_ids, 1)
        self._assert_status(order, "partly_shipped", "paid", received=200)
        self._validate(order.picking_ids.filtered(lambda pick: pick.state != "done"), 1)
        self._assert_status(order, "shipped", "paid", received=200)

    def _return(self, picking, **values):
        wizard = self.env["stock.return.picking"].create({"picking_id": picking.id})
        wizard.product_return_moves.quantity = 1
        return self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])

    def test_goods_that_come_back_take_nothing_off_the_delivery(self):
        order = self._new_order(quantity=2)
        self._pay(order)
        self._validate(first := order.picking_ids, 1)
        self._return(first)
        self._assert_status(order, "partly_shipped", "paid", received=200)
        self._validate(order.picking_ids.filtered("backorder_id"), 1)
        self._assert_status(order, "shipped", "paid", received=200)

    def test_goods_that_are_put_away_in_a_second_step(self):
        self.warehouse.reception_steps = "two_steps"
        order = self._new_order()
        self._pay(order)
        self._validate(order.picking_ids, 1)
        back = self._return(order.picking_ids)
        back.location_dest_id = back.move_ids.location_dest_id = (
            self.warehouse.wh_input_stock_loc_id
        )
        self._validate(back, 1)
        self.assertTrue(order.picking_ids.filtered(lambda pick: pick.state != "done"))
        self._assert_status(order, "shipped", "paid", received=100)

    def test_goods_that_have_no_transfer_yet_are_not_shipped(self):
        """As those that a supplier ships, before the purchase is confirmed."""
        order = self._new_order()
        order.order_line.copy({"order_id": order.id, "product_id": self.lamp.id})
        self._pay(order)
        bought = order.order_line.filtered(lambda line: line.product_id == self.lamp)
        bought.move_ids._action_cancel()
        bought.move_ids.unlink()
        paid = order.amount_total
        self._validate(order.picking_ids, 1)
        self._assert_status(order, "partly_shipped", "paid", received=paid)
        bought.product_uom_qty = 0
        order.picking_ids.modified(["state"])
        self.assertEqual(order.shop_status, "shipped")

    def test_paid_goods_whose_transfer_was_cancelled_are_still_to_be_shipped(self):
        order = self._new_order()
        transaction = self._pay(order)
        order.picking_ids.action_cancel()
        self._assert_status(order, "to_ship", "paid", received=100)
        transaction._create_child_transaction(100, is_refund=True)._set_done()
        self._assert_status(order, "confirmed", "refunded", received=100, refunded=100)

    def test_transfer_confirmed_by_hand(self):
        order = self._new_order()
        transaction = self._pay(order, state="pending")
        self._assert_status(order, "awaiting_payment", "pending")
        order.action_confirm()
        self._assert_status(order, "to_ship", "pending")
        transaction._set_done()
        transaction._post_process()
        self._assert_status(order, "to_ship", "paid", received=100)

    def test_failed_payment_leaves_a_cart(self):
        order = self._new_order()
        self._pay(order, state="error")
        self._assert_status(order, "cart", "unpaid")

    def test_paid_and_not_confirmed(self):
        order = self._new_order()
        self._new_payment(order)
        self._assert_status(order, "to_confirm", "paid", received=100)

    def test_authorized_then_captured_in_parts(self):
        self.provider.support_manual_capture = "partial"
        order = self._new_order()
        source = self._new_payment(order, state="authorized")
        source._post_process()
        self._assert_status(order, "to_ship", "authorized")
        self.assertEqual(order.shop_amount_authorized, 100)
        first = source._create_child_transaction(40)
        first._set_done()
        self._assert_status(order, "to_ship", "authorized", received=40)
        self.assertEqual(order.shop_amount_authorized, 60)
        second = source._create_child_transaction(60)
        second._set_done()
        self._assert_status(order, "to_ship", "paid", received=100)
        self.assertEqual(order.shop_amount_authorized, 0)

    def test_refunds_in_parts(self):
        self.provider.support_refund = "partial"
        self.payment_method.support_refund = "partial"
        order = self._new_order()
        source = self._pay(order)
        source._create_child_transaction(30, is_refund=True)._set_done()
        self._assert_status(order, "to_ship", "partly_refunded", received=100, refunded=30)
        pending = source._create_child_transaction(70, is_refund=True)
        self._assert_status(order, "to_ship", "partly_refunded", received=100, refunded=30)
        pending._set_done()
        self._assert_status(order, "to_ship", "refunded", received=100, refunded=100)

    def test_several_transactions_and_too_much(self):
        order = self._new_order()
        order.write({"require_payment": True, "prepayment_percent": 1.0})
        self._pay(order, 60)
        self._assert_status(order, "awaiting_payment", "partial", received=60)
        self._pay(order, 50)
        self._assert_status(order, "to_ship", "overpaid", received=110)

    def test_payment_registered_on_the_invoice_by_hand(self):
        order = self._new_order()
        self._pay(order, state="pending")
        order.action_confirm()
        invoice = order._create_invoices()
        invoice.action_post()
        self._assert_status(order, "to_ship", "pending")
        self._register(invoice, 40)
        self._assert_status(order, "to_ship", "partial", received=40)
        self._register(invoice, 60)
        self._assert_status(order, "to_ship", "paid", received=100)
        credit = invoice._reverse_moves([{"invoice_date": invoice.date}], cancel=False)
        credit.action_post()
        self._register(credit, 100)
        self._assert_status(order, "to_ship", "refunded", received=100, refunded=100)

    def _register(self, invoice, amount):
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        wizard.create({"amount": amount})._create_payments()

    def test_online_payment_with_its_invoice_counts_once(self):
        self._switch_automatic_invoice()
        order = self._new_order()
        self._pay(order)
        order._make_shop_invoices()
        self.assertFalse(order.invoice_ids.amount_residual)
        self._assert_status(order, "to_ship", "paid", received=100)

    def test_invoice_paid_online_from_its_own_page(self):
        order = self._new_order()
        order.action_confirm()
        invoice = order._create_invoices()
        invoice.action_post()
        transaction = self._create_transaction(
            flow="direct",
            reference="from the invoice",
            amount=100,
            currency_id=order.currency_id.id,
            invoice_ids=[Command.set(invoice.ids)],
            state="done",
        )
        transaction._post_process()
        self._assert_status(order, "to_ship", "paid", received=100)

    def test_one_invoice_for_two_orders(self):
        first, second = self._new_order(), self._new_order(product=self.lamp)
        orders = first + second
        orders.action_confirm()
        invoice = orders._create_invoices()
        self.assertEqual(len(invoice), 1)
        invoice.action_post()
        self._register(invoice, 120)
        self._assert_status(first, "to_ship", "paid", received=100)
        self._assert_status(second, "to_ship", "paid", received=20)

    def test_invoice_in_another_currency(self):
        self._enable_currency("SEK")
        currency = self.env.ref("base.SEK")
        rates = [{"name": "2020-01-01", "rate": 10, "company_id": self.env.company.id}]
        currency.rate_ids = [Command.clear(), *map(Command.create, rates)]
        order = self._new_order()
        order.action_confirm()
        invoice = order._create_invoices()
        invoice.currency_id = currency
        invoice.invoice_line_ids.price_unit = 1000
        invoice.action_post()
        self._register(invoice, 500)
        self._assert_status(order, "to_ship", "partial", received=50)

    def test_free_order(self):
        self.desk.list_price = 0
        order = self._new_order()
        order._validate_order()
        self._assert_status(order, "to_ship", "free")

    def test_services_only(self):
        order = self._new_order(product=self.service_product)
        self._pay(order)
        self.assertEqual(order.shop_status, "confirmed")

    def test_cancelled_and_reset(self):
        order = self._new_order()
        self._pay(order)
        order._action_cancel()
        self._assert_status(order, "cancelled", "paid", received=100)
        order.action_draft()
        self._assert_status(order, "to_confirm", "paid", received=100)

    def test_total_changed_after_the_payment(self):
        order = self._new_order()
        self._pay(order)
        order.order_line.product_uom_qty = 2
        self._assert_status(order, "to_ship", "partial", received=100)

    @freeze_time("2026-11-02 10:00:00")  # confirming moves the order's date, hence its activity
    def test_old_orders_are_filled_in_as_they_would_be_computed(self):
        self.provider.support_manual_capture = "partial"
        names = ["state", *(name for name in backfill.COLUMNS if "withdrawal" not in name)]
        orders = self.env["sale.order"]
        for state in ("pending", "authorized", "done", "error"):
            orders += (order := self._new_order())
            self._pay(order, state=state)
        orders += (captured := self._new_order())
        source = self._pay(captured, state="authorized")
        source._create_child_transaction(40)._set_done()
        orders += (refunded := self._new_order())
        self._pay(refunded)._create_child_transaction(30, is_refund=True)._set_done()
        orders += (by_hand := self._new_order())
        by_hand.action_confirm()
        invoice = by_hand._create_invoices()
        invoice.action_post()
        self._register(invoice, 40)
        orders += (paid := self._new_order())
        self._pay(paid)
        paid._make_shop_invoices()
        orders += (cancelled := self._new_order())
        self._pay(cancelled)
        cancelled._action_cancel()
        transfer = self._new_transfer_provider(unpaid_order_policy="reserve")
        orders += (reserved := self._order_by_transfer(transfer))
        self.assertEqual(reserved.shop_status, "reserved")
        orders += (given_back := self._new_order())
        self._pay(given_back)
        self._validate(given_back.picking_ids, 1)
        self._return(given_back.picking_ids)
        orders += (not_shipped := self._new_order())
        self._pay(not_shipped)
        not_shipped.picking_ids.action_cancel()
        orders += (of_sales := self._new_order())
        self._pay(of_sales)
        of_sales.website_id = False
        self.env.flush_all()
        expected = orders.read(names)
        columns = ", ".join(f"{name} = NULL" for name in backfill.COLUMNS)
        self.env.cr.execute(f"UPDATE sale_order SET {columns}")  # pylint: disable=sql-injection
        self.env.invalidate_all()
        backfill.fill_shop_status(self.env)
        self.assertEqual(orders.read(names), expected)
        self.assertEqual(len(set(orders.mapped("shop_payment_status"))), 7)
        self.assertEqual(cancelled.shop_attention, "paid_cancelled")
        self.assertEqual((given_back.shop_status, not_shipped.shop_status), ("shipped", "to_ship"))

    def test_orders_paid_long_ago_are_not_confirmed_by_surprise(self):
        order = self._new_order()
        self._new_payment(order).last_state_change = "2020-01-01"
        self.env.flush_all()
        backfill.fill_shop_status(self.env)
        self.env["sale.order"]._cron_watch_web_orders()
        self.assertEqual(order.state, "draft")
        self.assertEqual(order.shop_attention, "paid_not_confirmed")
        self.assertIn("before order management was installed", order.shop_confirm_error)

    def test_orders_of_the_sales_app_have_none(self):
        order = self._new_order()
        self._pay(order)
        order.website_id = False
        self.assertFalse(order.shop_status)
        self.assertFalse(order.shop_payment_status)
        self.assertFalse(order.shop_amount_received)
