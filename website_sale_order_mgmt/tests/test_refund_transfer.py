"""Refunds that no provider makes: transfers, gift cards; and returns that are refunded."""

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .refund_common import RefundCommon
from .return_common import ReturnCommon


@tagged("post_install", "-at_install")
class TestRefundTransfer(RefundCommon):
    def _tasks(self, order):
        return order.activity_ids.filtered(
            lambda task: task.activity_type_id.name == "Transfer a refund"
        )

    def test_somebody_transfers_it_and_confirms_the_payment(self):
        self._support_refunds("none")
        order = self._paid_order()
        invoice = order._create_invoices()
        invoice.action_post()
        refund = self._refund(order, cancel_order=False)
        part = refund.payment_ids
        task = self._tasks(order)
        self.assertIn("100.00", task.summary)
        self.assertIn("Anna Lind", task.summary)
        self.assertEqual(task.user_id, self.refunder)
        draft = part.account_payment_id
        self.assertEqual(
            (draft.state, draft.payment_type, draft.amount), ("draft", "outbound", 100)
        )
        self.assertEqual(order.refund_amount_open, 100)
        draft.action_post()
        self.assertEqual((part.state, refund.state), ("done", "done"))
        self.assertFalse(self._tasks(order))
        self.assertEqual(refund.credit_note_ids.amount_residual, 0)
        self.assertEqual(order.shop_amount_refunded, 100, "Counted once")
        self.assertEqual(order.shop_payment_status, "refunded")
        part.attempt_ids._post_process()
        self.assertEqual(part.attempt_ids.payment_id, draft)
        self.assertEqual(order.shop_amount_refunded, 100)

    def test_transferred_by_the_button_once(self):
        order = self._order_by_transfer(self._new_transfer_provider())
        order.transaction_ids._set_done()
        order.transaction_ids._post_process()
        part = self._refund(order).payment_ids
        self.assertEqual((part.state, part.by_hand_reason), ("manual", "none"))
        part.with_user(self.refunder).action_transferred()
        part.with_user(self.refunder).action_transferred()
        self.assertEqual(part.state, "done")
        self.assertEqual(len(part.attempt_ids), 1)
        self.assertEqual(order.shop_payment_status, "refunded")

    def test_what_was_paid_by_hand_goes_back_by_hand(self):
        order = self._new_order()
        order.action_confirm()
        invoice = order._create_invoices()
        invoice.action_post()
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({"amount": 100})._create_payments()
        refund = self._refund(order, cancel_order=False)
        part = refund.payment_ids
        self.assertFalse(part.source_transaction_id)
        part.with_user(self.refunder).action_transferred()
        self.assertEqual(part.state, "done")
        self.assertEqual(refund.credit_note_ids.amount_residual, 0)
        self.assertEqual(order.shop_amount_refunded, 100)

    def test_a_refusal_is_transferred_by_hand(self):
        order = self._paid_order()
        part = self._refund(order).payment_ids
        self._send()
        self._answer(part, "error", "Too old")
        with self.assertRaises(AccessError):
            part.with_user(self.salesperson).action_by_hand()
        part.with_user(self.refunder).action_by_hand()
        self.assertEqual((part.state, part.by_hand_reason), ("manual", "failed"))
        self.assertFalse(order.shop_attention)
        self._send()
        self.assertEqual(len(part.attempt_ids), 1, "The provider is not asked again")
        part.with_user(self.refunder).action_transferred()
        self.assertEqual(order.shop_payment_status, "refunded")

    def test_what_the_provider_refunds_after_all_is_not_transferred_too(self):
        order = self._paid_order()
        part = self._refund(order).payment_ids
        self._send()
        self._answer(part, "error", "Too old")
        part.with_user(self.refunder).action_by_hand()
        draft = part.account_payment_id
        self.assertEqual((draft.state, len(self._tasks(order))), ("draft", 1))
        self._answer(part, "done")
        self.assertEqual((part.state, draft.state), ("done", "canceled"))
        self.assertFalse(self._tasks(order))
        self.assertEqual(order.shop_amount_refunded, 100)

    def test_a_gift_card_or_an_ewallet_gets_back_what_it_paid(self):
        self.assertIn("loyalty.card", self.env, "The tests' databases have the module")
        for kind in ("gift_card", "ewallet"):
            with self.subTest(kind=kind):
                self._test_card(kind)

    def _test_card(self, kind):
        program = self.env["loyalty.program"].create(
            {
                "name": kind,
                "program_type": kind,
                "trigger": "auto",
                "applies_on": "future",
                "reward_ids": [
                    Command.create(
                        {
                            "reward_type": "discount",
                            "discount_mode": "per_point",
                            "discount": 1,
                            "discount_applicability": "order",
                            "required_points": 1,
                        }
                    )
                ],
            }
        )
        card = self.env["loyalty.card"].create(
            {"program_id": program.id, "points": 30, "partner_id": self.customer.id}
        )
        order = self._new_order()
        order._update_programs_and_rewards()
        if kind == "gift_card":
            order._try_apply_code(card.code)
        order._apply_program_reward(program.reward_ids, card)
        self.assertEqual(order.amount_total, 70)
        self._pay(order)
        self.assertEqual(card.points, 0)
        first = self._refund(order, kind="amount", amount=80, reason="Sorry")
        parts = {bool(part.means_line_id): part.amount for part in first.payment_ids}
        self.assertEqual(parts, {False: 70, True: 10}, "Money first")
        self.assertEqual(card.points, 10)
        second = self._refund(order)
        self.assertEqual(second.amount, 20)
        self.assertEqual(order.state, "cancel")
        self.assertEqual(card.points, 30, "All of it, and not twice by the cancellation")
        self.assertEqual(second.state, "done")


@tagged("post_install", "-at_install")
class TestRefundReturn(RefundCommon, ReturnCommon):
    def _received(self, quantity=1.0, reason=None, **values):
        order = self._new_order(quantity=3)
        self._pay(order)
        self._deliver(order)
        request = self._ask(order, quantity, reason, **values)
        request._approve()
        self._deliver(order)  # What is open of its transfers: the return.
        return request

    def test_who_may_not_refund_leaves_a_task(self):
        request = self._received()
        self.assertEqual(request.state, "received")
        self.assertEqual(request.activity_ids.activity_type_id.name, "Refund a return")
        with self.assertRaises(AccessError):
            request.with_user(self.salesperson).action_refund()
        self.assertFalse(request.refund_statement_ids)

    def test_the_refund_of_a_return(self):
        request = self._received()
        request.with_user(self.refunder).action_refund()
        refund = request.refund_statement_ids
        self.assertEqual((refund.amount, request.state), (100, "done"))
        self.assertEqual(request.line_ids.refund_amount, 100)
        self.assertFalse(request.activity_ids)
        with self.assertRaises(UserError):
            request.with_user(self.refunder).action_refund()
        self.assertEqual(len(request.refund_statement_ids), 1)
        self._send()
        self._answer(refund.payment_ids, "done")
        self.assertEqual(request.order_id.shop_payment_status, "partly_refunded")

    def test_fees_of_returns_only(self):
        for reason, kind, amount in (
            (self.changed_mind, "return", 90),
            (self.faulty, "return", 100),
            (self.changed_mind, "withdrawal", 100),
        ):
            with self.subTest(reason=reason.name, kind=kind):
                self.website.return_fee_percent = 10
                request = self._received(reason=reason, kind=kind)
                request.with_user(self.refunder).action_refund()
                self.assertEqual(request.refund_statement_ids.amount, amount)

    def test_above_the_limit_the_return_waits(self):
        self.refunder.refund_limit = 50
        manager = self._new_refunder("manager", "group_refund_manager")
        request = self._received()
        request.with_user(self.refunder).action_refund()
        self.assertEqual(request.state, "received")
        request.refund_statement_ids.with_user(manager).action_confirm()
        self.assertEqual(request.state, "done")

    def test_a_return_whose_refund_was_refused_can_be_refunded_again(self):
        self.refunder.refund_limit = 50
        manager = self._new_refunder("manager", "group_refund_manager")
        request = self._received()
        request.with_user(self.refunder).action_refund()
        refused = request.refund_statement_ids
        refused.with_user(manager).action_cancel()
        self.assertTrue(request.refund_is_due)
        request.with_user(manager).action_refund()
        refund = request.refund_statement_ids - refused
        self.assertEqual((refund.amount, refund.state, request.state), (100, "open", "done"))

    def test_two_clicks_are_one_refund(self):
        self.refunder.refund_limit = 50
        request = self._received()
        for user in (self.refunder, self._new_refunder("other")):
            self.assertEqual(
                request.with_user(user)._make_refund().sudo(), request.refund_statement_ids
            )
        request.refund_statement_ids.with_user(self.refunder).action_cancel()
        for _click in range(2):
            request.with_user(self.refunder)._make_refund()
        stages = request.refund_statement_ids.mapped("stage")
        self.assertEqual(sorted(stages), ["cancelled", "to_confirm"])
