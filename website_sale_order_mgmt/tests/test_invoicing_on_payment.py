"""Invoices with the payment: however the money comes in, and however much of it."""

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from .common import INVOICING_CRON
from .invoicing_common import InvoicingCommon


@tagged("post_install", "-at_install")
class TestInvoicingOnPayment(InvoicingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website.invoicing_b2c = "on_payment"
        cls.transfer = cls._new_transfer_provider(unpaid_order_policy="reserve")
        cls.bank = cls.company_data["default_journal_bank"]
        cls.chair = cls._create_product(
            name="Chair", list_price=50.0, taxes_id=False, invoice_policy="delivery"
        )
        cls._add_product_qty_to_wh(cls.chair.id, 100, cls.warehouse.lot_stock_id.id)

    def _assert_one_paid_invoice(self, order, amount=100.0):
        self.assertEqual(order.shop_invoicing_state, "queued")
        invoice = self._invoice(order)
        self.assertEqual(len(invoice), 1)
        self._assert_sound(order)
        self.assertEqual(invoice.amount_total, amount)
        self.assertIn(invoice.payment_state, ("paid", "in_payment"))
        self.assertEqual(invoice.shop_send_state, "leaving")
        self.assertEqual(order.shop_invoicing_state, "done")
        return invoice

    def test_online(self):
        order = self._new_order()
        transaction = self._pay(order)
        invoice = self._assert_one_paid_invoice(order)
        self.assertEqual(invoice.transaction_ids, transaction)

    def _capture(self, transaction, *amounts):
        """Capture parts of an authorized payment, as the provider reports them."""
        for amount in amounts:
            capture = transaction._create_child_transaction(amount)
            capture._set_done()
            capture._post_process()
        transaction._post_process()

    def test_captured_by_hand(self):
        """In full or in parts: the money is booked on the captures, not on what they are of."""
        self._allow_captures()
        for amounts in ((100.0,), (60.0, 40.0)):
            with self.subTest(amounts=amounts):
                order = self._new_order()
                self._capture(self._pay(order, state="authorized"), *amounts)
                invoice = self._assert_one_paid_invoice(order)
                self.assertFalse(invoice.amount_residual)
                self.assertEqual(order.shop_amount_received, 100.0, "Counted once")

    def test_captured_by_hand_and_invoiced_by_hand(self):
        self._allow_captures()
        self.website.invoicing_b2c = "never"
        order = self._new_order()
        self._capture(self._pay(order, state="authorized"), 60.0, 40.0)
        invoice = order._create_invoices()
        invoice.action_post()
        self.assertFalse(invoice.amount_residual)
        self.assertEqual(order.shop_payment_status, "paid")

    def test_registered_by_hand(self):
        order = self._order_by_transfer(self.transfer)
        self.assertEqual(order.shop_invoicing_state, "none", "Promised is not paid")
        order._register_payment_received(100.0, {"journal_id": self.bank.id})
        self._assert_one_paid_invoice(order)

    def test_matched_with_a_bank_statement(self):
        order = self._order_by_transfer(self.transfer)
        self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.bank.id,
                "date": fields.Date.today(),
                "payment_ref": order.reference or order.name,
                "amount": 100.0,
            }
        )
        self._run_cron("website_sale_order_mgmt.ir_cron_match_bank_statements")
        self._assert_one_paid_invoice(order)

    def test_cash_at_the_pick_up(self):
        """Confirmed at once, paid at the counter: what staff enter there is the payment."""
        self.transfer.unpaid_order_policy = "wait"
        order = self._order_by_transfer(self.transfer)
        order.action_confirm()
        self._ship(order)
        self._run_cron(INVOICING_CRON)
        self.assertFalse(order.invoice_ids)
        cash = self.company_data["default_journal_cash"]
        order._register_payment_received(100.0, {"journal_id": cash.id})
        invoice = self._assert_one_paid_invoice(order)
        self.assertEqual(invoice.transaction_ids.payment_id.journal_id, cash)

    def test_a_free_order(self):
        order = self._new_order()
        order.order_line = [Command.update(order.order_line.id, {"discount": 100.0})]
        order._validate_order()
        self._assert_one_paid_invoice(order, 0.0)

    def test_paid_before_it_is_confirmed(self):
        order = self._new_order()
        order.write({"require_payment": True, "prepayment_percent": 1.0})
        self._pay(order, 60.0)
        self._pay(order, 40.0)
        self.assertEqual(order.state, "sale")
        self._assert_one_paid_invoice(order)

    def test_a_payment_without_an_entry_pays_the_invoice(self):
        """Beside Odoo's full accounting, a journal without an outstanding account makes none."""
        moves = self.env.registry["account.move"]
        self.patch(moves, "_get_invoice_in_payment_state", lambda _moves: "in_payment")
        lines = self.provider.journal_id.inbound_payment_method_line_ids
        lines.payment_account_id = False
        order = self._new_order()
        transaction = self._pay(order)
        self.assertFalse(transaction.payment_id.move_id)
        self._assert_one_paid_invoice(order)

    def test_goods_by_delivered_quantities_wait_until_they_have_left(self):
        order = self._new_order(product=self.chair, quantity=2)
        self._pay(order)
        self.assertFalse(self._invoice(order))
        self.assertEqual(order.shop_invoicing_state, "none")
        self._ship(order, {self.chair: 1})
        self.assertEqual(self._invoice(order).mapped("amount_total"), [50.0])
        self._ship(order)
        self.assertEqual(self._invoice(order).mapped("amount_total"), [50.0, 50.0])
        self.assertEqual(set(order.invoice_ids.mapped("amount_residual")), {0.0})
        self.assertEqual(order.invoice_status, "invoiced")

    def test_services_wait_until_somebody_enters_what_was_done(self):
        hours = self._create_product(
            name="Assembly", type="service", taxes_id=False, invoice_policy="delivery"
        )
        for policy in ("on_payment", "on_delivery"):
            with self.subTest(policy=policy):
                self.website.invoicing_b2c = policy
                order = self._new_order(product=hours, quantity=2)
                order.order_line.price_unit = 50.0
                self._pay(order)
                self.assertFalse(self._invoice(order))
                line = order.order_line.with_user(self.salesperson)
                line.qty_delivered = 1
                self.assertEqual(self._invoice(order).mapped("amount_total"), [50.0])
                order.with_user(self.salesperson).order_line = [
                    Command.update(line.id, {"qty_delivered": 2})
                ]
                self.assertEqual(self._invoice(order).mapped("amount_total"), [50.0, 50.0])
                self.assertEqual(order.invoice_status, "invoiced")

    def test_fees_alone_make_no_invoice(self):
        order = self._new_order(product=self.chair)
        fee = self.free_delivery.product_id
        fee.invoice_policy = "order"
        order.order_line = [
            Command.create(
                {"product_id": fee.id, "price_unit": 5.0, "is_delivery": True, "tax_ids": False}
            )
        ]
        self._pay(order)
        self.assertFalse(self._invoice(order))
        self._ship(order)
        self.assertEqual(self._invoice(order).mapped("amount_total"), [55.0])

    def test_prepaid_the_whole_order(self):
        self.website.invoicing_prepaid = "order"
        order = self._new_order(product=self.chair, quantity=2)
        self._pay(order)
        self.assertEqual(self._invoice(order).mapped("amount_total"), [100.0])
        self._ship(order)
        self.assertEqual(len(self._invoice(order)), 1)

    def test_prepaid_a_down_payment(self):
        self.website.invoicing_prepaid = "down_payment"
        order = self._new_order(product=self.chair, quantity=2)
        self._pay(order)
        down_payment = self._invoice(order)
        self.assertEqual(down_payment.amount_total, 100.0)
        self.assertTrue(down_payment._is_downpayment())
        self._ship(order, {self.chair: 1})
        self.assertEqual(len(self._invoice(order)), 1, "The final one comes with the rest")
        self._ship(order)
        invoices = self._invoice(order)
        self.assertEqual(invoices.mapped("amount_total"), [100.0, 0.0])
        self._assert_sound(order)
        self.assertEqual(sum(invoices.mapped("amount_residual")), 0.0)

    def test_instalments(self):
        order = self._new_order(quantity=10)
        order.write({"require_payment": True, "prepayment_percent": 0.3})
        self._pay(order, 300.0)
        self.assertEqual(self._invoice(order).mapped("amount_total"), [300.0])
        self._pay(order, 200.0)
        self._pay(order, 500.0)
        self.assertEqual(self._invoice(order).mapped("amount_total"), [300.0, 700.0])
        self._assert_sound(order)
        self.assertEqual(set(order.invoice_ids.mapped("amount_residual")), {0.0})

    def test_a_part_paid_of_goods_that_wait_for_the_delivery(self):
        """Down payments count only on what may be invoiced: one desk of 100, two chairs of 100."""
        order = self._new_order()
        order.order_line = [
            Command.create({"product_id": self.chair.id, "product_uom_qty": 2.0, "tax_ids": False})
        ]
        order.write({"require_payment": True, "prepayment_percent": 0.5})
        self._pay(order, 150.0)
        self.assertEqual(self._invoice(order).mapped("amount_total"), [100.0])
        self._pay(order, 50.0)
        self._ship(order)
        invoices = self._invoice(order)
        self.assertEqual(invoices.mapped("amount_total"), [100.0, 100.0])
        self.assertEqual(set(invoices.mapped("amount_residual")), {0.0})

    def test_a_draft_of_a_person_counts_as_invoiced(self):
        order = self._new_order(quantity=10)
        order.write({"require_payment": True, "prepayment_percent": 0.3})
        self._pay(order, 300.0)
        wizard = self.env["sale.advance.payment.inv"].create(
            {
                "sale_order_ids": order.ids,
                "advance_payment_method": "fixed",
                "fixed_amount": 300.0,
            }
        )
        draft = wizard._create_invoices(order)
        self.assertEqual(self._invoice(order), draft)

    def test_money_given_back_before_is_not_invoiced(self):
        order = self._new_order()
        transaction = self._pay(order)
        refund = transaction._create_child_transaction(100.0, is_refund=True)
        refund._set_done()
        self.assertEqual(order.shop_amount_refunded, 100.0)
        self.assertFalse(self._invoice(order))

    def test_a_gift_card_pays_a_part(self):
        order = self._new_order()
        card = self._create_product(
            name="Gift card", type="service", taxes_id=False, invoice_policy="order"
        )
        order.order_line = [
            Command.create({"product_id": card.id, "price_unit": -30.0, "tax_ids": False})
        ]
        self._pay(order)
        self._assert_one_paid_invoice(order, 70.0)
