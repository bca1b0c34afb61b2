"""Where the money stands, when it came a longer way: captures, joint invoices, payments by hand."""

from odoo.fields import Command
from odoo.tests import tagged

from .common import ShopCommon

WATCHDOG_CRON = "website_sale_order_mgmt.ir_cron_watch_web_orders"


@tagged("post_install", "-at_install")
class TestStatusMoney(ShopCommon):
    def _assert_money(self, order, payment, received=0.0, refunded=0.0):
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertAlmostEqual(order.shop_amount_received, received)
        self.assertAlmostEqual(order.shop_amount_refunded, refunded)
        self.assertEqual(order.shop_payment_status, payment)

    def _invoice(self, orders):
        invoice = orders._create_invoices()
        invoice.action_post()
        return invoice

    def _register(self, invoice, amount, **values):
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        return wizard.create({"amount": amount, **values})._create_payments()

    def _credit(self, invoice):
        credit = invoice._reverse_moves([{"invoice_date": invoice.date}], cancel=False)
        credit.action_post()
        return credit

    def _reconcile(self, payment, move):
        lines = (payment.move_id + move).line_ids
        lines.filtered(lambda line: line.account_id.account_type == "asset_receivable").reconcile()

    def _support_refunds(self):
        self.provider.support_refund = self.payment_method.support_refund = "partial"

    # === RESERVED, CAPTURED, REFUNDED === #

    def test_a_part_reserved_does_not_cover_the_order(self):
        self.provider.support_manual_capture = "partial"
        order = self._new_order(require_payment=True, prepayment_percent=1.0)
        self._pay(order, 40, state="authorized")
        self._assert_money(order, "authorized")
        self.assertEqual(order.state, "draft")
        self.assertEqual(order.shop_status, "awaiting_payment")
        self.assertEqual(order.shop_attention, "amount_mismatch")

    def test_refund_of_a_captured_part(self):
        self.provider.support_manual_capture = "partial"
        self._support_refunds()
        order = self._new_order()
        source = self._pay(order, state="authorized")
        captures = source._create_child_transaction(40) + source._create_child_transaction(60)
        captures._set_done()
        captures._post_process()
        self._assert_money(order, "paid", received=100)
        refund = captures[0]._create_child_transaction(25, is_refund=True)
        self._assert_money(order, "paid", received=100)
        refund._set_done()
        self._assert_money(order, "partly_refunded", received=100, refunded=25)
        refund._post_process()
        invoice = self._invoice(order)
        self.assertEqual(invoice._get_reconciled_payments(), captures.payment_id)
        credit = self._credit(invoice)
        self._reconcile(refund.payment_id, credit)
        self._assert_money(order, "partly_refunded", received=100, refunded=25)

    def test_rest_of_a_reservation_that_is_released(self):
        self.provider.support_manual_capture = "partial"
        order = self._new_order()
        source = self._pay(order, state="authorized")
        source._create_child_transaction(40)._set_done()
        source._create_child_transaction(60)._set_canceled()
        self._assert_money(order, "partial", received=40)
        self.assertEqual(order.shop_amount_authorized, 0)

    # === DOWN PAYMENTS === #

    def test_down_payment_that_nobody_post_processed(self):
        order = self._new_order(require_payment=True, prepayment_percent=0.3)
        transaction = self._new_payment(order, 30)
        self._assert_money(order, "partial", received=30)
        self.assertEqual(order.shop_status, "to_confirm", "It is all that was asked for")
        self.assertFalse(order.shop_attention)
        transaction.last_state_change = "2020-01-01"
        self._run_cron(WATCHDOG_CRON)
        self.assertEqual(order.state, "sale")
        self._assert_money(order, "partial", received=30)
        self.assertFalse(order.shop_attention)

    def test_less_than_the_down_payment(self):
        order = self._new_order(require_payment=True, prepayment_percent=0.3)
        self._pay(order, 20)
        self.assertEqual(order.shop_status, "awaiting_payment")
        self.assertEqual(order.shop_attention, "amount_mismatch")

    def test_invoice_of_a_down_payment_and_the_final_one(self):
        order = self._new_order()
        order.action_confirm()
        wizard = self.env["sale.advance.payment.inv"].create(
            {
                "sale_order_ids": order.ids,
                "advance_payment_method": "fixed",
                "fixed_amount": 30,
            }
        )
        first = wizard._create_invoices(order)
        first.action_post()
        self._register(first, 30)
        self._assert_money(order, "partial", received=30)
        final = order._create_invoices(final=True)
        final.action_post()
        self.assertEqual(final.amount_total, 70)
        self._register(final, 70)
        self._assert_money(order, "paid", received=100)

    # === ONE INVOICE FOR SEVERAL ORDERS === #

    def test_joint_invoice_of_orders_paid_online_counts_nothing_twice(self):
        orders = self._new_order() + self._new_order(product=self.lamp)
        for order in orders:
            self._pay(order)
        invoice = self._invoice(orders)
        self.assertEqual(len(invoice), 1)
        for transaction in orders.transaction_ids:
            self._reconcile(transaction.payment_id, invoice)
        self.assertEqual(invoice.amount_residual, 0)
        self._assert_money(orders[0], "paid", received=100)
        self._assert_money(orders[1], "paid", received=20)

    def test_joint_invoice_of_which_one_order_was_paid_online(self):
        online, by_hand = self._new_order(), self._new_order(product=self.lamp)
        self._pay(online)
        by_hand.action_confirm()
        invoice = self._invoice(online + by_hand)
        self._reconcile(online.transaction_ids.payment_id, invoice)
        self._register(invoice, 20)
        self._assert_money(online, "paid", received=100)
        self._assert_money(by_hand, "paid", received=20)

    def test_one_payment_for_two_orders(self):
        orders = self._new_order() + self._new_order(product=self.lamp)
        self._create_transaction(
            flow="direct",
            reference="both",
            amount=120,
            currency_id=orders.currency_id.id,
            sale_order_ids=[Command.set(orders.ids)],
            state="done",
        )
        self._assert_money(orders[0], "paid", received=100)
        self._assert_money(orders[1], "paid", received=20)
        orders[1].order_line.product_uom_qty = 5
        self._assert_money(orders[0], "partial", received=60)
        self._assert_money(orders[1], "partial", received=60)
        self.assertFalse(orders[0].shop_attention == "overpaid")

    # === CHANGES OUTSIDE THE SHOP === #

    def test_paid_by_hand_cancelled_and_reset(self):
        order = self._new_order()
        order.action_confirm()
        self._register(self._invoice(order), 100)
        order._action_cancel()
        self.assertEqual(order.shop_attention, "paid_cancelled")
        order.action_draft()
        self._new_payment(order, 1, state="pending")
        self._assert_money(order, "paid", received=100)
        self.assertEqual(order.shop_status, "to_confirm")

    def test_paid_by_hand_credited_and_reset(self):
        order = self._new_order()
        order.action_confirm()
        invoice = self._invoice(order)
        self._register(invoice, 100)
        self._credit(invoice)
        self.assertEqual(order.order_line.qty_invoiced, 0)
        order._action_cancel()
        order.action_draft()
        self._new_payment(order, 1, state="pending")
        self._assert_money(order, "paid", received=100)

    def test_payment_taken_off_the_invoice_again(self):
        order = self._new_order()
        order.action_confirm()
        invoice = self._invoice(order)
        self._register(invoice, 100)
        self._assert_money(order, "paid", received=100)
        lines = invoice.line_ids.filtered(lambda line: line.display_type == "payment_term")
        lines.remove_move_reconcile()
        self._assert_money(order, "unpaid")

    def test_payments_without_a_journal_entry(self):
        order = self._new_order()
        order.action_confirm()
        invoice = self._invoice(order)
        first, second = self._pay_without_entry(invoice, 40), self._pay_without_entry(invoice, 60)
        self._assert_money(order, "unpaid")
        first.action_post()
        self.assertFalse(first.move_id)
        self._assert_money(order, "partial", received=40)
        second.action_post()
        self._assert_money(order, "paid", received=100)
        first.action_reject()
        self._assert_money(order, "partial", received=60)
        second.action_cancel()
        self._assert_money(order, "unpaid")

    def _pay_without_entry(self, invoice, amount):
        line = self.company_data["default_journal_bank"].inbound_payment_method_line_ids[0]
        payment = self.env["account.payment"].create(
            {
                "amount": amount,
                "partner_id": invoice.partner_id.id,
                "payment_type": "inbound",
                "partner_type": "customer",
                "journal_id": line.journal_id.id,
                "payment_method_line_id": line.id,
                "invoice_ids": invoice.ids,
            }
        )
        payment.outstanding_account_id = False
        return payment

    def test_payment_by_hand_in_another_currency(self):
        sek = self._enable_currency("SEK")
        sek.rate_ids = [
            Command.clear(),
            Command.create({"name": "2020-01-01", "rate": 10, "company_id": self.env.company.id}),
        ]
        pricelist = self.env["product.pricelist"].create({"name": "SEK", "currency_id": sek.id})
        order = self._new_order(pricelist_id=pricelist.id)
        order.order_line.price_unit = 1000
        self.assertEqual(order.currency_id, sek)
        order.action_confirm()
        invoice = self._invoice(order)
        self._register(invoice, 50, currency_id=self.currency.id)
        self._assert_money(order, "partial", received=500)
        self._register(invoice, 500, currency_id=sek.id)
        self._assert_money(order, "paid", received=1000)

    def test_online_payment_in_another_currency(self):
        sek = self._enable_currency("SEK")
        sek.rate_ids = [
            Command.clear(),
            Command.create({"name": "2020-01-01", "rate": 10, "company_id": self.env.company.id}),
        ]
        order = self._new_order()
        self._create_transaction(
            flow="direct",
            reference="in kronor",
            amount=500,
            currency_id=sek.id,
            sale_order_ids=[Command.set(order.ids)],
            state="done",
        )
        self._assert_money(order, "partial", received=50)

    # === COMPANIES === #

    def test_orders_of_two_companies_at_once(self):
        other = self._create_company(name="Another company")
        website = self.env["website"].create({"name": "Other", "company_id": other.id})
        ours = self._new_order()
        theirs = self._new_order(website=website)
        for order in ours + theirs:
            self.assertEqual(order.shop_status, "cart")
        self.env.add_to_compute(ours._fields["shop_amount_received"], ours + theirs)
        self._new_payment(ours)
        self._assert_money(ours, "paid", received=100)
        self._assert_money(theirs, "unpaid")
