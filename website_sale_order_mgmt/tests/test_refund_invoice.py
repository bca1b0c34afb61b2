"""Refunds and invoices: credit notes for exactly these lines, orders that are invoiced right."""

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .refund_common import RefundCommon


@tagged("post_install", "-at_install")
class TestRefundInvoice(RefundCommon):
    def _deliver(self, order, **quantities):
        picking = order.picking_ids.filtered(lambda one: one.state not in ("done", "cancel"))
        for move in picking.move_ids:
            move.quantity = quantities.get(move.product_id.name, move.product_uom_qty)
        picking.move_ids.picked = True
        picking._action_done()
        return picking

    def _two_products(self, **values):
        order = self._new_order(quantity=2, **values)
        order.order_line = [Command.create({"product_id": self.lamp.id, "product_uom_qty": 3})]
        self._pay(order)
        return order

    def _credited(self, refund):
        return {
            line.product_id: (line.quantity, line.price_total)
            for line in refund.credit_note_ids.invoice_line_ids
        }

    # === INVOICED === #

    def test_a_credit_note_for_exactly_these_lines(self):
        order = self._two_products()
        invoice = self._invoice(order)
        self.assertIn(invoice.payment_state, ("in_payment", "paid"))
        refund = self._refund(order, quantities={self.lamp: 1})
        note = refund.credit_note_ids
        self.assertEqual((note.move_type, note.state), ("out_refund", "posted"))
        self.assertEqual(note.reversed_entry_id, invoice)
        self.assertEqual(self._credited(refund), {self.lamp: (1, 20)})
        self.assertEqual(order.invoice_status, "invoiced", "Nothing is left to invoice")
        self._finish(refund)
        payment = refund.payment_ids.attempt_ids.payment_id
        self.assertIn(note.payment_state, ("in_payment", "paid"))
        self.assertEqual(note.amount_residual, 0, "Reconciled with the refund")
        self.assertTrue(payment.is_reconciled)
        self.assertEqual(order.shop_amount_refunded, 20)
        self.assertEqual(order.shop_payment_status, "partly_refunded")

    def test_goods_that_the_customer_keeps_are_credited_as_a_rest(self):
        order = self._two_products()
        self._deliver(order)
        self._invoice(order)
        refund = self._refund(order, quantities={self.desk: 1})
        self.assertEqual(order.order_line[0].product_uom_qty, 2, "Both were delivered")
        self.assertEqual(refund.credit_note_ids.amount_total, 100)
        self.assertEqual(order.invoice_status, "invoiced")
        self.assertEqual(order.amount_total, 160)
        self._finish(refund)
        self.assertEqual(refund.credit_note_ids.amount_residual, 0)

    def test_with_discount_taxes_fee_and_delivery_to_the_cent(self):
        for included in (False, True):
            with self.subTest(included=included):
                tax = self.env["account.tax"].create(
                    {
                        "name": f"Tax {included}",
                        "amount": 19,
                        "price_include_override": "tax_included" if included else "tax_excluded",
                    }
                )
                product = self._create_product(
                    list_price=33.33, taxes_id=[(6, 0, tax.ids)], invoice_policy="order"
                )
                order = self._new_order(product=product, quantity=3)
                order.set_delivery_line(self.carrier, 6.66)
                self.env["sale.order.discount"].create(
                    {
                        "sale_order_id": order.id,
                        "discount_type": "amount",
                        "discount_amount": 9.99,
                    }
                ).action_apply_discount()
                self._pay(order)
                paid = order.amount_total
                self._invoice(order)
                first = self._refund(order, quantities={product: 1}, fee_percent=7)
                second = self._refund(order)
                for refund in first + second:
                    note = refund.credit_note_ids
                    self.assertEqual(note.move_type, "out_refund")
                    self.assertAlmostEqual(note.amount_total, refund.amount)
                    self._finish(refund)
                    self.assertEqual(note.amount_residual, 0)
                fee = -sum(
                    (first + second).line_ids.filtered(lambda x: x.kind == "fee").mapped("amount")
                )
                self.assertAlmostEqual(first.amount + second.amount, paid - fee)
                self.assertAlmostEqual(order.amount_total, fee)
                self.assertAlmostEqual(order.shop_amount_refunded, paid - fee)

    def test_every_rounding_of_taxes_and_currencies_to_the_last_cent(self):
        tax = self.env["account.tax"].create(
            {"name": "7.7 %", "amount": 7.7, "price_include_override": "tax_excluded"}
        )
        product = self._create_product(
            list_price=3.33, taxes_id=[(6, 0, tax.ids)], invoice_policy="order"
        )
        for name, rounding in (("CHF", 0.05), ("JPY", 1.0), ("TND", 0.001)):
            currency = self._enable_currency(name)
            currency.rounding = rounding
            pricelist = self.env["product.pricelist"].create(
                {"name": name, "currency_id": currency.id}
            )
            for method in ("round_per_line", "round_globally"):
                with self.subTest(method=method, currency=name):
                    self.env.company.tax_calculation_rounding_method = method
                    order = self._new_order(product=product, quantity=3, pricelist_id=pricelist.id)
                    order.order_line.price_unit = 333 * rounding
                    order.order_line.copy({"order_id": order.id, "price_unit": 7 * rounding})
                    self._pay(order)
                    paid = order.amount_total
                    self._invoice(order)
                    for values in (
                        {"kind": "amount", "amount": 11 * rounding, "reason": "Sorry"},
                        {"quantities": {product: 1}},
                        {"cancel_order": False},
                    ):
                        refund = self._refund(order, **values)
                        credited = refund.credit_note_ids.amount_total
                        self.assertEqual(currency.compare_amounts(credited, refund.amount), 0)
                    back = sum(order.refund_statement_ids.mapped("amount"))
                    self.assertEqual(currency.compare_amounts(back, paid), 0)
                    self.assertTrue(currency.is_zero(order.amount_total))

    def test_an_amount(self):
        order = self._two_products()
        invoice = self._invoice(order)
        refund = self._refund(order, kind="amount", amount=12.34, reason="A scratch")
        note = refund.credit_note_ids
        self.assertEqual((note.amount_total, note.reversed_entry_id), (12.34, invoice))
        self.assertIn("A scratch", note.invoice_line_ids.name)
        self.assertEqual(order.invoice_status, "invoiced")

    def test_what_was_never_paid_settles_the_invoice(self):
        order = self._new_order(quantity=2)
        order.action_confirm()
        self._pay(order, 150)
        invoice = self._invoice(order)
        self.assertEqual(invoice.amount_residual, 50)
        refund = self._refund(order, quantities={self.desk: 1})
        self.assertEqual((refund.amount, refund.value), (50, 100))
        self.assertEqual(invoice.amount_residual, 0)
        self._finish(refund)
        self.assertEqual(refund.credit_note_ids.amount_residual, 0)

    def test_a_down_payment_of_all_that_is_refunded(self):
        order = self._new_order()
        order.action_confirm()
        self._pay(order, 30)
        wizard = self.env["sale.advance.payment.inv"].create(
            {
                "sale_order_ids": order.ids,
                "advance_payment_method": "fixed",
                "fixed_amount": 30,
            }
        )
        invoice = wizard._create_invoices(order)
        invoice.action_post()
        refund = self._refund(order, cancel_order=False)
        self.assertEqual(refund.amount, 30)
        self.assertEqual(refund.credit_note_ids.amount_total, 30)
        self._finish(refund)
        self.assertEqual(order.shop_payment_status, "refunded")

    def test_several_invoices_of_parts(self):
        self.desk.invoice_policy = "delivery"
        order = self._paid_order(quantity=3)
        self._deliver(order, Desk=1)
        first = self._invoice(order)
        backorder = order.picking_ids.filtered(lambda one: one.state not in ("done", "cancel"))
        self.assertTrue(backorder)
        refund = self._refund(order, quantities={self.desk: 1})
        self.assertFalse(refund.credit_note_ids, "One of the two that were not delivered yet")
        self.assertEqual(order.order_line[0].product_uom_qty, 2)
        self._deliver(order)
        second = self._invoice(order)
        self.assertEqual(first.amount_total + second.amount_total, 200)
        self.assertEqual(order.invoice_status, "invoiced")

    # === NOT INVOICED === #

    def test_the_invoice_will_be_right(self):
        order = self._two_products()
        refund = self._refund(order, quantities={self.desk: 1}, fee_percent=10)
        self.assertFalse(refund.credit_note_ids)
        self.assertEqual(order.order_line[0].product_uom_qty, 1)
        self.assertEqual(sum(order.picking_ids.move_ids.mapped("product_uom_qty")), 4)
        self.assertEqual(order.amount_total, 170)
        self._finish(refund)
        self.assertEqual(order.shop_payment_status, "partly_refunded")
        self.assertFalse(order.shop_attention)
        invoice = self._invoice(order)
        self.assertEqual((invoice.move_type, invoice.amount_total), ("out_invoice", 170))
        self.assertEqual(order.invoice_status, "invoiced")

    def test_goods_that_came_back(self):
        self.desk.invoice_policy = "delivery"
        order = self._paid_order(quantity=2)
        picking = self._deliver(order)
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=picking.id, active_model="stock.picking")
            .create({})
        )
        wizard.product_return_moves.quantity = 1
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        back.move_ids.picked = True
        back._action_done()
        self.assertEqual(order.order_line.qty_delivered, 1)
        self._refund(order, quantities={self.desk: 1})
        self.assertEqual(order.order_line.mapped("product_uom_qty"), [1])
        self.assertEqual(self._invoice(order).amount_total, 100)

    def test_not_shipped_is_cancelled_and_refunded_in_one_step(self):
        order = self._two_products()
        wizard = self._wizard(order)
        self.assertTrue(wizard.can_cancel and wizard.cancel_order)
        wizard.action_refund()
        self.assertEqual(order.state, "cancel")
        self.assertEqual(set(order.picking_ids.mapped("state")), {"cancel"})
        refund = order.refund_statement_ids
        self.assertEqual(refund.amount, 260)
        self._finish(refund)
        self.assertEqual(order.shop_payment_status, "refunded")
        self.assertFalse(order.shop_attention)

    def test_not_shipped_but_invoiced_is_credited_and_cancelled(self):
        order = self._two_products()
        invoice = self._invoice(order)
        refund = self._refund(order)
        self.assertEqual(order.state, "cancel")
        note = refund.credit_note_ids
        self.assertEqual((note.amount_total, note.reversed_entry_id), (260, invoice))
        self._finish(refund)
        self.assertEqual(note.amount_residual, 0)

    def test_shipped_is_not_cancelled(self):
        order = self._two_products()
        self._deliver(order)
        self.assertFalse(self._wizard(order).can_cancel)
        self.assertFalse(self._wizard(order).cancel_order)

    def test_what_was_shipped_meanwhile_is_not_cancelled(self):
        manager = self._new_refunder("manager", "group_refund_manager")
        self.refunder.refund_limit = 50
        order = self._two_products()
        refund = self._refund(order)
        self.assertEqual((refund.state, refund.cancel_order), ("to_confirm", True))
        self._deliver(order)
        with self.assertRaisesRegex(UserError, "shipped meanwhile"), self.env.cr.savepoint():
            refund.with_user(manager).action_confirm()
        self.assertEqual((refund.state, order.state), ("to_confirm", "sale"))
        self.assertFalse(refund.payment_ids)
        self.assertFalse(refund.confirmed_by_id)
        refund.with_user(manager).action_cancel()
        again = self._refund(order, manager)
        self.assertEqual((again.state, again.amount, order.state), ("open", 260, "sale"))

    def test_what_is_shipped_before_the_refund_is_made_is_not_cancelled(self):
        order = self._two_products()
        wizard = self._wizard(order, cancel_order=True)
        self._deliver(order)
        wizard.invalidate_recordset(["can_cancel"])  # Another request, and another look.
        with self.assertRaisesRegex(UserError, "shipped meanwhile"):
            wizard.action_refund()

    def test_a_locked_order_stays_locked(self):
        order = self._two_products()
        order.locked = True
        self._refund(order, quantities={self.desk: 1})
        self.assertTrue(order.locked)
        self.assertEqual(order.amount_total, 160)

    # === CANCELLED BEFORE === #

    def test_a_cancelled_order_that_was_invoiced_gets_its_credit_note(self):
        order = self._two_products()
        invoice = self._invoice(order)
        order._action_cancel()
        messages = order.message_ids
        order.with_user(self.refunder).action_shop_refund_surplus()
        refund = order.refund_statement_ids
        note = refund.credit_note_ids
        self.assertEqual((note.state, note.reversed_entry_id), ("posted", invoice))
        self.assertEqual(self._credited(refund), {self.desk: (2, 200), self.lamp: (3, 60)})
        self.assertEqual(order.state, "cancel")
        self.assertEqual(set(order.picking_ids.mapped("state")), {"cancel"})
        self.env.flush_all()
        self.assertFalse(
            (order.message_ids - messages).tracking_value_ids.filtered(
                lambda change: change.field_id.name == "state"
            )
        )
        self._finish(refund)
        self.assertEqual(note.amount_residual, 0)
        self.assertEqual(order.shop_payment_status, "refunded")
        self.assertFalse(order.shop_attention)

    def test_a_part_of_a_cancelled_order_moves_no_goods(self):
        order = self._two_products()
        self._invoice(order)
        order._action_cancel()
        pickings = order.picking_ids
        first = self._refund(order, quantities={self.desk: 1})
        self.assertEqual(first.credit_note_ids.amount_total, 100)
        second = self._refund(order)
        self.assertEqual(second.credit_note_ids.amount_total, 160)
        self.assertEqual(order.picking_ids, pickings)
        self.assertEqual(set(pickings.mapped("state")), {"cancel"})
        self.assertEqual(order.state, "cancel")

    # === FROM ONE TO THE OTHER === #

    def test_credit_note_refund_and_return_lead_to_one_another(self):
        order = self._two_products()
        self._deliver(order)
        self._invoice(order)
        request = self.env["sale.order.return"].create(
            {
                "order_id": order.id,
                "line_ids": [
                    Command.create(
                        {
                            "sale_line_id": order.order_line[0].id,
                            "quantity": 1,
                            "reason_id": self.env.ref(
                                "website_sale_order_mgmt.return_reason_changed_mind"
                            ).id,
                        }
                    )
                ],
            }
        )
        request._approve()
        request.picking_ids.move_ids.picked = True
        request.picking_ids._action_done()
        request.with_user(self.refunder).action_refund()
        refund, note = request.refund_statement_ids, request.refund_statement_ids.credit_note_ids
        self.refunder.group_ids += self.env.ref("account.group_account_invoice")
        refund, note, request = (one.with_user(self.refunder) for one in (refund, note, request))
        self.assertEqual((note.shop_refund_count, note.shop_return_count), (1, 1))
        self.assertEqual(note.action_open_shop_refunds()["res_id"], refund.id)
        self.assertEqual(note.action_open_shop_returns()["res_id"], request.id)
        self.assertEqual((request.refund_count, request.credit_note_count), (1, 1))
        self.assertEqual(request.action_open_refunds()["res_id"], refund.id)
        self.assertEqual(request.action_open_credit_notes()["res_id"], note.id)
        self.assertEqual(refund.credit_note_count, 1)
        self.assertEqual(refund.action_open_credit_notes()["res_id"], note.id)
        self.assertEqual(refund.action_open_return()["res_id"], request.id)
        self.assertEqual(refund.action_open_order()["res_id"], order.id)
