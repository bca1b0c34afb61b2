"""Refunds in the books: cash rounding, several invoices, down payments, no invoice at all."""

from psycopg2.errors import CheckViolation

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .refund_common import RefundCommon
from .return_common import ReturnCommon


@tagged("post_install", "-at_install")
class TestRefundBooks(RefundCommon, ReturnCommon):
    def _receivable(self, payment):
        return payment.move_id.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )

    def _rows(self, refund):
        return [(line.kind, line.amount) for line in refund.line_ids]

    # === CASH ROUNDING === #

    def _rounded(self, price, quantity=1):
        """Return an order whose invoice was rounded to 0.05 and paid by hand."""
        rounding = self.env["account.cash.rounding"].create(
            {
                "name": "0.05",
                "rounding": 0.05,
                "strategy": "add_invoice_line",
                "profit_account_id": self.company_data["default_account_revenue"].copy().id,
                "loss_account_id": self.company_data["default_account_expense"].copy().id,
                "rounding_method": "HALF-UP",
            }
        )
        self.desk.list_price = price
        order = self._new_order(quantity=quantity)
        order.action_confirm()
        invoice = order._create_invoices(final=True)
        invoice.invoice_cash_rounding_id = rounding
        invoice.action_post()
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({})._create_payments()
        self.assertEqual(order.shop_amount_received, 100)
        return order

    def _transfer(self, refund):
        """Confirm what is transferred by hand, and check that nothing is left open."""
        refund.payment_ids.with_user(self.refunder).action_transferred()
        self.assertEqual(refund.credit_note_ids.amount_residual, 0)

    def test_the_cash_rounding_of_an_invoice_goes_back_with_the_rest(self):
        for price, cents in ((99.99, 0.01), (100.02, -0.02)):
            with self.subTest(price=price):
                order = self._rounded(price)
                invoice = order.invoice_ids
                self.assertEqual(invoice.amount_total, 100)
                refund = self._refund(order, cancel_order=False)
                self.assertEqual(self._rows(refund), [("goods", price), ("rounding", cents)])
                self.assertEqual(refund.amount, 100)
                note = refund.credit_note_ids
                self.assertEqual(note.amount_total, 100)
                self.assertEqual(
                    note.invoice_line_ids[-1:].account_id,
                    invoice.line_ids.filtered(lambda x: x.display_type == "rounding").account_id,
                )
                self._transfer(refund)
                self.assertEqual(order.shop_amount_surplus, 0)
                self.assertEqual(order.shop_payment_status, "refunded")

    def test_the_cash_rounding_goes_back_with_the_last_part(self):
        order = self._rounded(33.33, 3)
        amounts = []
        for _turn in range(3):
            refund = self._refund(order, quantities={self.desk: 1})
            self.assertEqual(refund.credit_note_ids.amount_total, refund.amount)
            self._transfer(refund)
            amounts.append(refund.amount)
        self.assertEqual(amounts, [33.33, 33.33, 33.34])
        self.assertEqual(order.shop_payment_status, "refunded")

    def test_the_cash_rounding_goes_back_with_the_last_sum(self):
        order = self._rounded(99.99)
        first = self._refund(order, kind="amount", amount=40, reason="Sorry")
        self.assertEqual(self._rows(first), [("amount", 40)])
        last = self._refund(order, kind="amount", amount=60, reason="Sorry again")
        self.assertEqual(self._rows(last), [("amount", 59.99), ("rounding", 0.01)])
        self._transfer(first)
        self._transfer(last)
        self.assertEqual(order.shop_payment_status, "refunded")

    # === WITHOUT AN INVOICE === #

    def test_what_went_back_settles_what_was_paid(self):
        order = self._paid_order(quantity=2)
        paid = order.transaction_ids.payment_id
        first = self._refund(order, quantities={self.desk: 1})
        self._finish(first)
        self.assertTrue(first.payment_ids.attempt_ids.payment_id.is_reconciled)
        self.assertEqual(self._receivable(paid).amount_residual, -100, "For the other one")
        second = self._refund(order, cancel_order=False)
        self._finish(second)
        self.assertTrue(second.payment_ids.attempt_ids.payment_id.is_reconciled)
        self.assertTrue(paid.is_reconciled)

    def test_what_is_left_of_the_payment_pays_the_invoice(self):
        order = self._paid_order(quantity=2)
        refund = self._refund(order, quantities={self.desk: 1})
        self._finish(refund)
        invoice = self._invoice(order)
        invoice._reconcile_shop_payments()
        self.assertEqual((invoice.amount_total, invoice.amount_residual), (100, 0))
        self.assertTrue(order.transaction_ids.payment_id.is_reconciled)

    def test_the_price_stays_as_it_was_sold(self):
        order = self._paid_order(quantity=3)
        self.desk.list_price = 120
        self._refund(order, quantities={self.desk: 1})
        self.assertEqual(order.order_line.mapped("price_unit"), [100])
        self.assertEqual(order.order_line.product_uom_qty, 2)
        self.assertEqual(self._invoice(order).amount_total, 200)

    def test_a_refund_that_was_refused_keeps_no_price(self):
        self.refunder.refund_limit = 50
        order = self._paid_order()
        self._refund(order).with_user(self.refunder).action_cancel()
        order.order_line.product_uom_qty = 2
        self._pay(order, 100)
        self.assertEqual(self._wizard(order).refund_amount, 200)

    def test_a_fee_is_a_part_of_the_price(self):
        order = self._paid_order(quantity=2)
        for percent in (-50, 100.5):
            with (
                self.subTest(percent=percent),
                mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation),
                self.env.cr.savepoint(),
            ):
                self._refund(order, quantities={self.desk: 1}, fee_percent=percent)
        self.assertFalse(order.refund_statement_ids)

    # === SEVERAL INVOICES === #

    def _in_two_invoices(self):
        self.desk.invoice_policy = "delivery"
        order = self._paid_order(quantity=3)
        invoices = self.env["account.move"]
        for quantity in (1, 2):
            move = order.picking_ids.move_ids.filtered(lambda one: one.state == "assigned")
            move.write({"quantity": quantity, "picked": True})
            move.picking_id._action_done()
            invoices += self._invoice(order)
        self.assertEqual(invoices.mapped("amount_total"), [100, 200])
        return order, *invoices

    def test_a_credit_note_names_all_invoices_that_it_corrects(self):
        order, first, second = self._in_two_invoices()
        refund = self._refund(order)
        note = refund.credit_note_ids
        self.assertEqual((note.amount_total, note.reversed_entry_id), (300, second))
        self.assertIn(first.name, note.ref)
        self.assertIn(second.name, note.ref)
        self._finish(refund)
        self.assertEqual(note.amount_residual, 0)
        self.assertEqual(order.amount_total, 0)

    def test_a_credit_note_names_no_other_invoice(self):
        order, first, second = self._in_two_invoices()
        notes = [self._refund(order, quantities={self.desk: 1}).credit_note_ids for _ in range(3)]
        self.assertEqual([note.reversed_entry_id for note in notes], [second, second, first])
        self.assertNotIn(first.name, notes[0].ref)
        self.assertNotIn(second.name, notes[2].ref)

    def test_a_part_that_is_not_invoiced_yet(self):
        self.desk.invoice_policy = "delivery"
        order = self._paid_order(quantity=3)
        move = order.picking_ids.move_ids
        move.write({"quantity": 1, "picked": True})
        move.picking_id._action_done()
        first = self._invoice(order)
        refund = self._refund(order, quantities={self.desk: 1})
        self.assertFalse(refund.credit_note_ids, "One of the two that were not delivered yet")
        self.assertEqual(order.order_line[0].product_uom_qty, 2)
        self._deliver(order)
        second = self._invoice(order)
        self.assertEqual(first.amount_total + second.amount_total, 200)
        self.assertEqual(order.invoice_status, "invoiced")

    def test_a_down_payment_and_its_final_invoice(self):
        order = self._new_order(quantity=2)
        order.action_confirm()
        self._pay(order, 30)
        wizard = self.env["sale.advance.payment.inv"].create(
            {
                "sale_order_ids": order.ids,
                "advance_payment_method": "fixed",
                "fixed_amount": 30,
            }
        )
        wizard._create_invoices(order).action_post()
        self._pay(order, 170)
        final = self._invoice(order)
        self.assertEqual(final.amount_total, 170)
        part = self._refund(order, quantities={self.desk: 1})
        rest = self._refund(order, cancel_order=False)
        for refund in part + rest:
            self._finish(refund)
            self.assertEqual((refund.amount, refund.credit_note_ids.amount_total), (100, 100))
            self.assertEqual(refund.credit_note_ids.amount_residual, 0)
        self.assertEqual(order.shop_payment_status, "refunded")
        self.assertEqual(order.invoice_status, "invoiced")

    # === CREDITED BY HAND === #

    def _credit_by_hand(self, invoice, quantities):
        """Reverse an invoice as an accountant does, of some products only; product -> quantity."""
        wizard = self.env["account.move.reversal"].create(
            {"move_ids": invoice.ids, "journal_id": invoice.journal_id.id}
        )
        note = self.env["account.move"].browse(wizard.refund_moves()["res_id"])
        for line in note.invoice_line_ids:
            if quantity := quantities.get(line.product_id):
                line.quantity = quantity
            else:
                line.unlink()
        note.action_post()
        return note

    def _credit_notes(self, order):
        return order.invoice_ids.filtered(lambda move: move.move_type == "out_refund")

    def _desks_and_lamps(self):
        order = self._new_order(quantity=2)
        order.order_line = [Command.create({"product_id": self.lamp.id, "product_uom_qty": 3})]
        self._pay(order)
        return order

    def test_what_was_credited_by_hand_is_not_credited_again(self):
        for delivered in (True, False):
            with self.subTest(delivered=delivered):
                order = self._desks_and_lamps()
                if delivered:
                    self._deliver(order)
                note = self._credit_by_hand(self._invoice(order), {self.desk: 2})
                self.assertEqual((note.amount_total, note.amount_residual), (200, 200))
                refund = self._refund(order, quantities={self.desk: 2})
                self.assertEqual((refund.amount, order.amount_total), (200, 60))
                self.assertEqual(self._credit_notes(order), note)
                self.assertEqual(refund.credit_note_ids, note)
                self.assertEqual(order.invoice_status, "invoiced")
                self._finish(refund)
                self.assertEqual(note.amount_residual, 0)
                self.assertTrue(refund.payment_ids.attempt_ids.payment_id.is_reconciled)

    def test_what_was_credited_by_hand_in_part_is_credited_for_the_rest(self):
        order = self._desks_and_lamps()
        self._deliver(order)
        by_hand = self._credit_by_hand(self._invoice(order), {self.desk: 1})
        first = self._refund(order, quantities={self.desk: 1})
        self.assertEqual(first.credit_note_ids, by_hand)
        second = self._refund(order, quantities={self.desk: 1, self.lamp: 1})
        self.assertEqual((second.credit_note_ids & by_hand, second.amount), (by_hand[:0], 120))
        self.assertEqual(second.credit_note_ids.amount_total, 120)
        self.assertEqual(order.invoice_status, "invoiced")
        for refund in first + second:
            self._finish(refund)
            self.assertEqual(refund.credit_note_ids.amount_residual, 0)

    def test_what_was_credited_by_hand_beside_what_was_not(self):
        order = self._desks_and_lamps()
        self._deliver(order)
        by_hand = self._credit_by_hand(self._invoice(order), {self.desk: 1})
        refund = self._refund(order, quantities={self.desk: 2, self.lamp: 1})
        self.assertEqual(refund.amount, 220)
        self.assertEqual((refund.credit_note_ids - by_hand).amount_total, 120)
        self.assertEqual(order.invoice_status, "invoiced")
        self._finish(refund)
        self.assertEqual(set(refund.credit_note_ids.mapped("amount_residual")), {0})

    def test_what_went_back_by_hand_meanwhile_does_not_go_back_again(self):
        manager = self._new_refunder("manager", "group_refund_manager")
        self.refunder.refund_limit = 50
        order = self._paid_order()
        invoice = self._invoice(order)
        refund = self._refund(order, cancel_order=False)
        note = self._credit_by_hand(invoice, {self.desk: 1})
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=note.ids
        ).create({})._create_payments()
        self.assertEqual(order.shop_amount_refunded, 100)
        with self.assertRaisesRegex(UserError, "another way"), self.env.cr.savepoint():
            refund.with_user(manager).action_confirm()
        self.assertEqual((refund.state, len(refund.payment_ids)), ("to_confirm", 0))

    def test_all_that_was_credited_by_hand(self):
        order = self._desks_and_lamps()
        self._deliver(order)
        by_hand = self._credit_by_hand(self._invoice(order), {self.desk: 2, self.lamp: 3})
        refund = self._refund(order)
        self.assertEqual((refund.amount, order.amount_total), (260, 0))
        self.assertEqual(self._credit_notes(order), by_hand)
        self.assertEqual(order.invoice_status, "invoiced")
        self._finish(refund)
        self.assertEqual(by_hand.amount_residual, 0)

    # === REWARDS, ARCHIVED PRODUCTS === #

    def test_a_reward_on_one_product_was_paid_less_for_that_one(self):
        for applies_to, lamp in (("specific", 15), ("cheapest", 17.5)):
            with self.subTest(applies_to=applies_to):
                order = self._with_reward(applies_to)
                self.assertEqual(order.amount_total, 100 + 2 * lamp)
                self._pay(order)
                self._invoice(order)
                for product, amount in ((self.desk, 100), (self.lamp, lamp), (self.lamp, lamp)):
                    refund = self._refund(order, quantities={product: 1})
                    self.assertEqual(refund.amount, amount)
                    self.assertEqual(refund.credit_note_ids.amount_total, amount)
                self.assertEqual(order.amount_total, 0)

    def _with_reward(self, applies_to):
        """Return an order of a desk and two lamps, with 25 % off the lamps or the cheapest."""
        program = self.env["loyalty.program"].create(
            {
                "name": applies_to,
                "program_type": "promotion",
                "trigger": "auto",
                "applies_on": "current",
                "rule_ids": [Command.create({"minimum_qty": 1})],
                "reward_ids": [
                    Command.create(
                        {
                            "reward_type": "discount",
                            "discount": 25,
                            "discount_mode": "percent",
                            "discount_applicability": applies_to,
                            "discount_product_ids": [Command.set(self.lamp.ids)],
                        }
                    )
                ],
            }
        )
        order = self._new_order()
        order.order_line = [Command.create({"product_id": self.lamp.id, "product_uom_qty": 2})]
        order._update_programs_and_rewards()
        coupons = order.coupon_point_ids.coupon_id
        coupon = coupons.filtered(lambda one: one.program_id == program)
        order._apply_program_reward(program.reward_ids, coupon)
        return order

    def test_products_that_are_not_sold_any_more(self):
        order = self._paid_order(quantity=2)
        self._deliver(order)
        self._invoice(order)
        self.desk.action_archive()
        request = self._ask(order)
        request._approve()
        self._deliver(order)
        self.assertEqual((request.state, request.line_ids.received_quantity), ("received", 1))
        request.with_user(self.refunder).action_refund()
        refund = request.refund_statement_ids
        self.assertEqual((refund.amount, refund.credit_note_ids.amount_total), (100, 100))
        self.assertEqual(self._refund(order).amount, 100)
