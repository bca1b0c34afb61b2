"""Refunds of web orders: how they are made up, sent, followed and mended."""

from datetime import timedelta
from unittest.mock import patch

from requests.exceptions import Timeout

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import tagged
from odoo.tools import mute_logger

from .refund_common import RefundCommon

QUEUE_LOGGER = "odoo.addons.website_sale_order_mgmt.tools.work_queue"


@tagged("post_install", "-at_install")
class TestRefund(RefundCommon):
    def _rows(self, refund):
        return [(line.kind, line.quantity, line.amount) for line in refund.line_ids]

    # === HOW IT IS MADE UP === #

    def test_everything_goes_back_by_the_way_it_came(self):
        order = self._paid_order(quantity=2)
        refund = self._refund(order)
        self.assertEqual(self._rows(refund), [("goods", 2, 200)])
        self.assertEqual(
            (refund.amount, refund.state, refund.user_id), (200, "open", self.refunder)
        )
        self.assertEqual(refund.payment_ids.state, "to_do")
        self.assertEqual(order.refund_amount_open, 200)
        self._send()
        request = order.transaction_ids.child_transaction_ids
        self.assertEqual((request.amount, request.operation), (-200, "refund"))
        self.assertEqual(refund.payment_ids.state, "pending")
        self._answer(refund.payment_ids, "done")
        self.assertEqual((refund.state, refund.payment_ids.state), ("done", "done"))
        self.assertEqual(order.shop_payment_status, "refunded")
        self.assertEqual(order.shop_amount_refunded, 200)
        self.assertFalse(order.refund_amount_open)
        self.assertFalse(order.shop_attention)

    def test_the_demo_provider_answers_at_once(self):
        self.provider.code = "demo"
        order = self._paid_order()
        refund = self._refund(order)
        self._send()
        self.assertEqual(refund.state, "done")
        self.assertEqual(order.shop_payment_status, "refunded")
        self._run_cron("payment.cron_post_process_payment_tx")
        payment = refund.payment_ids.attempt_ids.payment_id
        self.assertEqual((payment.payment_type, payment.amount), ("outbound", 100))

    def test_lines_and_quantities_with_their_share_of_the_discount(self):
        order = self._new_order(quantity=3)
        order.order_line = [Command.create({"product_id": self.lamp.id, "product_uom_qty": 2})]
        wizard = self.env["sale.order.discount"].create(
            {"sale_order_id": order.id, "discount_type": "amount", "discount_amount": 34}
        )
        wizard.action_apply_discount()
        self.assertEqual(order.amount_total, 306)
        self._pay(order)
        wizard = self._wizard(order, quantities={self.desk: 1})
        self.assertEqual(wizard.refund_amount, 90)
        self.assertIn("90.00", wizard.account_html)
        self.assertIn(self.provider.name, wizard.account_html)
        wizard.action_refund()
        refund = order.refund_statement_ids
        self.assertEqual(self._rows(refund), [("goods", 1, 90)])
        again = self._wizard(order, quantities={self.desk: 5})
        self.assertEqual(again.refund_amount, 180, "Two are left")

    def test_delivery_and_fee(self):
        order = self._new_order()
        order.set_delivery_line(self.carrier, 7)
        self._pay(order)
        refund = self._refund(order, quantities={self.desk: 1}, delivery="all", fee_percent=10)
        self.assertEqual(
            self._rows(refund), [("goods", 1, 100), ("delivery", 1, 7), ("fee", 0, -10)]
        )
        self.assertEqual(refund.amount, 97)
        kept = self._wizard(order, kind="amount", amount=50, reason="Sorry")
        self.assertEqual(kept.refund_amount, 10, "Nothing but the fee is left")

    def test_an_amount_needs_a_reason(self):
        order = self._paid_order()
        wizard = self._wizard(order, kind="amount", amount=12.34)
        with self.assertRaisesRegex(UserError, "Say why"):
            wizard.action_refund()
        wizard.reason = "A scratch"
        wizard.action_refund()
        refund = order.refund_statement_ids
        self.assertEqual(self._rows(refund), [("amount", 0, 12.34)])
        self.assertEqual(refund.line_ids.name, "A scratch")
        rest = self._refund(order)
        self.assertEqual(self._rows(rest), [("goods", 1, 100), ("earlier", 0, -12.34)])
        self.assertEqual(rest.amount, 87.66)
        with self.assertRaisesRegex(UserError, "no money"):
            self._wizard(order)

    def test_what_was_not_paid_does_not_go_back(self):
        order = self._new_order(quantity=2)
        self._pay(order, 150)
        refund = self._refund(order, quantities={self.desk: 1})
        self.assertEqual(self._rows(refund), [("goods", 1, 100), ("kept", 0, -50)])
        self.assertEqual((refund.amount, refund.value), (50, 100))

    def test_prices_with_taxes_are_what_goes_back(self):
        for included in (False, True):
            with self.subTest(included=included):
                tax = self.env["account.tax"].create(
                    {
                        "name": f"25 % {included}",
                        "amount": 25,
                        "price_include_override": "tax_included" if included else "tax_excluded",
                    }
                )
                product = self._create_product(list_price=9.99, taxes_id=[(6, 0, tax.ids)])
                order = self._paid_order(product=product, quantity=3)
                paid = order.amount_total
                parts = [self._refund(order, quantities={product: 1}).amount for _turn in range(3)]
                self.assertAlmostEqual(sum(parts), paid)
                self.assertAlmostEqual(order.amount_total, 0)
                self.assertLess(max(parts) - min(parts), 0.011)

    def test_another_currency(self):
        currency = self._enable_currency("EUR" if self.currency.name != "EUR" else "USD")
        pricelist = self.env["product.pricelist"].create(
            {"name": "Abroad", "currency_id": currency.id}
        )
        order = self._paid_order(pricelist_id=pricelist.id)
        self.assertEqual(order.currency_id, currency)
        refund = self._refund(order)
        self.assertEqual((refund.currency_id, refund.amount), (currency, order.amount_total))
        self._send()
        self._answer(refund.payment_ids, "done")
        self.assertEqual(order.shop_payment_status, "refunded")

    # === BY WHICH WAYS === #

    def test_the_newest_payment_first_and_pending_refunds_count(self):
        order = self._new_order(quantity=2)
        first = self._pay(order, 150)
        second = self._pay(order, 50)
        second._refund(20)  # Somebody has begun this from the payment, the provider is at it.
        refund = self._refund(order, quantities={self.desk: 1})
        amounts = {part.source_transaction_id: part.amount for part in refund.payment_ids}
        self.assertEqual(amounts, {second: 30, first: 50}, "20 of 200 are gone: 80 of 100 go back")
        self.assertEqual(refund.amount, 80)

    def test_providers_that_refund_in_full_or_not_at_all_are_named(self):
        self._support_refunds("full_only")
        order = self._paid_order(quantity=2)
        wizard = self._wizard(order, quantities={self.desk: 1})
        self.assertIn(f"{self.provider.name} refunds a payment in full", wizard.account_html)
        wizard.action_refund()
        part = order.refund_payment_ids
        self.assertEqual((part.state, part.by_hand_reason), ("manual", "full_only"))
        self._send()
        self.assertFalse(part.attempt_ids, "A task for people, not for the provider")
        other = self._paid_order(quantity=2)
        self._refund(other)
        self.assertEqual(other.refund_payment_ids.state, "to_do", "In full it can")
        self._support_refunds("none")
        third = self._paid_order()
        self.assertIn("does not refund", self._wizard(third).account_html)

    # === ONCE === #

    def test_a_second_click_makes_no_second_refund(self):
        order = self._paid_order(quantity=2)
        wizard = self._wizard(order, quantities={self.desk: 1})
        wizard.action_refund()
        wizard.action_refund()
        self.assertEqual(len(order.refund_statement_ids), 1)
        self._send()
        self._send()
        self.assertEqual(len(order.transaction_ids.child_transaction_ids), 1)

    @mute_logger("odoo.sql_db")
    def test_the_database_refuses_the_same_refund_twice(self):
        order = self._paid_order()
        refund = self._refund(order)
        with self.assertRaisesRegex(Exception, "request_key"), self.env.cr.savepoint():
            refund.sudo().copy({"request_key": refund.request_key})
            self.env.flush_all()
        self._send()
        request = refund.payment_ids.attempt_ids
        with self.assertRaisesRegex(Exception, "refund_payment_uniq"), self.env.cr.savepoint():
            request.source_transaction_id._create_child_transaction(
                1, is_refund=True, refund_payment_id=refund.payment_ids.id
            )
            self.env.flush_all()

    # === FAILURES === #

    def test_a_refusal_stands_on_the_order_until_it_is_mended(self):
        order = self._paid_order()
        refund = self._refund(order)
        self._send()
        self._answer(refund.payment_ids, "error", "The card has expired")
        part = refund.payment_ids
        self.assertEqual((part.state, part.error), ("failed", "The card has expired"))
        self.assertEqual(refund.state, "failed")
        self.assertEqual(order.shop_attention, "refund_failed")
        self.assertFalse(order.shop_amount_surplus)
        with self.assertRaisesRegex(UserError, "no money"):
            self._wizard(order)
        part.with_user(self.refunder).action_retry()
        part.with_user(self.refunder).action_retry()
        self.assertFalse(order.shop_attention)
        self._send()
        self.assertEqual(len(part.attempt_ids), 2)
        self._answer(part, "done")
        self.assertEqual(order.shop_payment_status, "refunded")
        self.assertEqual(order.shop_amount_refunded, 100)

    def test_a_refund_that_came_late_is_not_made_again(self):
        order = self._paid_order()
        part = self._refund(order).payment_ids
        self._send()
        request = part.attempt_ids
        request._set_error("Refused")
        part.with_user(self.refunder).action_retry()
        request._set_done(extra_allowed_states=("error",))
        self.assertEqual(part.state, "done")
        self._send()
        self.assertEqual(part.attempt_ids, request)

    def test_the_provider_cannot_be_asked(self):
        order = self._paid_order()
        part = self._refund(order).payment_ids
        self.provider.state = "disabled"
        with mute_logger(QUEUE_LOGGER):
            self._send()
        self.assertEqual(part.state, "failed")
        self.assertIn("disabled", part.error)
        self.assertFalse(part.attempt_ids)

    def test_no_answer_means_nobody_knows(self):
        order = self._paid_order()
        part = self._refund(order).payment_ids

        def no_answer(request):
            try:
                raise Timeout
            except Timeout:
                raise ValidationError(request.env._("No connection"))  # As core does it.

        with patch.object(type(order.transaction_ids), "_send_refund_request", no_answer):
            self._send()
        self.assertEqual((part.state, part.is_unknown), ("failed", True))
        with self.assertRaisesRegex(UserError, "Nobody knows"):
            part.with_user(self.refunder).action_retry()
        self._send()
        self.assertEqual(len(part.attempt_ids), 1, "Never sent again by itself")
        part.with_user(self.refunder).action_was_not_refunded()
        self._send()
        self.assertEqual(part.attempt_ids.sorted("id").mapped("state"), ["cancel", "draft"])
        self._answer(part, "done")
        self.assertEqual(order.shop_payment_status, "refunded")

    def test_an_error_after_the_request_means_nobody_knows(self):
        order = self._paid_order()
        part = self._refund(order).payment_ids

        def broken_answer(_request):
            raise KeyError("status")

        with (
            patch.object(type(order.transaction_ids), "_send_refund_request", broken_answer),
            mute_logger(QUEUE_LOGGER),
        ):
            self._send()
        self.assertEqual((part.state, part.is_unknown), ("failed", True))
        part.with_user(self.refunder).action_was_refunded()
        self.assertEqual((part.state, part.attempt_ids.state), ("done", "done"))
        self.assertEqual(order.shop_payment_status, "refunded")

    def test_a_request_that_was_lost_is_never_sent_again_by_itself(self):
        order = self._paid_order()
        part = self._refund(order).payment_ids.sudo()
        part._prepare_request()
        self._send()
        self.assertEqual(part.state, "sending", "Somebody may still be at it")
        part.date_sent = fields.Datetime.now() - timedelta(minutes=11)
        self._send()
        self.assertEqual((part.state, part.is_unknown), ("failed", True))
        self.assertEqual(order.shop_attention, "refund_failed")
        part.attempt_ids._set_done()
        self.assertEqual(part.state, "done", "The provider has told us after all")

    def test_one_bad_refund_holds_up_nobody(self):
        bad, good = self._paid_order(), self._paid_order()
        first, second = self._refund(bad).payment_ids, self._refund(good).payment_ids
        send = type(bad.transaction_ids)._send_refund_request

        def refuse_the_first(request):
            if request.refund_payment_id == first:
                raise ValidationError(request.env._("Refused"))
            return send(request)

        with patch.object(type(bad.transaction_ids), "_send_refund_request", refuse_the_first):
            self._send()
        self.assertEqual((first.state, first.error), ("failed", "Refused"))
        self.assertEqual(second.state, "pending")

    # === LIMITS === #

    def test_above_the_limit_a_manager_confirms(self):
        manager = self._new_refunder("manager", "group_refund_manager")
        self.refunder.refund_limit = 100
        order = self._paid_order(quantity=3)
        self.assertEqual(self._refund(order, quantities={self.desk: 1}).state, "open")
        refund = self._refund(order, quantities={self.desk: 1})
        self.assertEqual(refund.state, "to_confirm", "Together it is 200")
        self.assertFalse(refund.payment_ids)
        self.assertEqual(order.refund_amount_open, 200)
        self.assertEqual(refund.activity_ids.user_id, manager)
        self.assertEqual(self._wizard(order).refund_amount, 100, "What waits is spoken for")
        refund.with_user(manager).action_confirm()
        self.assertEqual((refund.state, refund.confirmed_by_id), ("open", manager))
        self.assertFalse(refund.activity_ids)
        self._send()
        self.assertEqual(len(order.transaction_ids.child_transaction_ids), 2)
        with self.assertRaisesRegex(UserError, "meanwhile"):
            refund.with_user(manager).action_confirm()

    def test_what_is_refused_can_be_refunded_again(self):
        self.refunder.refund_limit = 50
        order = self._paid_order()
        refund = self._refund(order)
        refund.with_user(self.refunder).action_cancel()
        self.assertEqual(refund.state, "cancelled")
        self.assertFalse(order.refund_amount_open)
        self.assertEqual(self._wizard(order).refund_amount, 100)

    def test_a_surplus_is_not_given_back_with_a_refund_again(self):
        order = self._paid_order(130)
        refund = self._refund(order)
        self.assertEqual((refund.amount, order.shop_amount_surplus), (100, 30))
        order.with_user(self.refunder).action_shop_refund_surplus()
        surplus = order.refund_statement_ids - refund
        self.assertEqual(self._rows(surplus), [("surplus", 0, 30)])
        self.assertEqual((surplus.amount, surplus.value), (30, 0), "No part of the order")
        self._send()
        requests = order.transaction_ids.child_transaction_ids
        self.assertEqual(sorted(requests.mapped("amount")), [-100, -30])
        requests._set_done()
        self.assertEqual(order.shop_payment_status, "refunded")

    def test_a_copy_of_the_database_refunds_nothing(self):
        part = self._refund(self._paid_order()).payment_ids
        self.env.flush_all()
        for query in get_neutralization_queries(["website_sale_order_mgmt"]):
            self.env.cr.execute(query)
        self.env.invalidate_all()
        self._send()
        self.assertEqual(part.state, "failed")
        self.assertFalse(part.attempt_ids)

    def test_a_cancelled_order(self):
        order = self._paid_order()
        order._action_cancel()
        self.assertEqual(order.shop_attention, "paid_cancelled")
        refund = self._refund(order)
        self.assertEqual(refund.amount, 100)
        self.assertFalse(order.shop_attention, "The money is on its way")
        self.assertFalse(order.shop_amount_surplus)
        self._send()
        self._answer(refund.payment_ids, "done")
        self.assertEqual(order.shop_payment_status, "refunded")

    def test_a_cancelled_order_that_was_paid_twice(self):
        order = self._paid_order()
        self._pay(order, 100)
        order._action_cancel()
        order.with_user(self.refunder).action_shop_refund_surplus()
        refund = order.refund_statement_ids
        self.assertEqual(self._rows(refund), [("goods", 1, 100), ("surplus", 0, 100)])
        self.assertEqual((refund.amount, refund.value), (200, 100))
        self._send()
        order.transaction_ids.child_transaction_ids._set_done()
        self.assertEqual(order.shop_amount_refunded, 200)
        self.assertFalse(order.shop_attention)
