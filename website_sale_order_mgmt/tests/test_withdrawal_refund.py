"""The money after a withdrawal: what it waits for, and when all is done."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..tools.withdrawal import Part
from .refund_common import RefundCommon
from .withdrawal_common import CRON, PDF, WithdrawalCommon


@tagged("post_install", "-at_install")
class TestWithdrawalRefund(WithdrawalCommon, RefundCommon):
    def _withdraw(self, ship=True, pay=True, **values):
        if pay:
            self._pay(self.order)
        if ship:
            self._ship(self.order)
        statement = self._submit(**values)
        self._run_cron(CRON)
        return statement

    def _assert_ended(self, statement):
        self.assertEqual((statement.refund_state, statement.return_id.state), ("done", "done"))
        self.assertFalse(statement.attention)
        self._run_cron(CRON)
        self.assertFalse(statement.activity_ids or statement.return_id.activity_ids)

    def test_crd_13_3_only_goods_that_must_come_back_are_waited_for(self):
        statement = self._withdraw(ship=False)
        self.assertEqual(statement.refund_state, "due")
        self.assertEqual(len(statement.activity_ids), 2)
        self.order.picking_ids._shop_release("customer")
        self._ship(self.order)
        self.assertEqual(statement.refund_state, "withheld", "The customer has them now")

    def test_not_shipped_the_refund_of_the_order_ends_the_withdrawal(self):
        statement = self._withdraw(ship=False)
        refund = self._refund(self.order)
        self.assertEqual((self.order.state, refund.amount), ("cancel", 300))
        self._assert_ended(statement)

    def test_a_refund_that_waits_for_a_manager_ends_nothing_yet(self):
        statement = self._withdraw(ship=False)
        self.refunder.refund_limit = 50
        refund = self._refund(self.order)
        self.assertEqual((statement.refund_state, statement.return_id.state), ("due", "requested"))
        refund.with_user(self._new_refunder("manager", "group_refund_manager")).action_confirm()
        self._assert_ended(statement)

    def test_cancelled_first_the_money_ends_the_withdrawal(self):
        statement = self._withdraw(ship=False)
        self.order._action_cancel()
        self.assertEqual((statement.refund_state, statement.return_id.state), ("due", "requested"))
        self.order.with_user(self.refunder).action_shop_refund_surplus()
        self._assert_ended(statement)

    def test_never_paid_the_cancellation_ends_the_withdrawal(self):
        statement = self._withdraw(ship=False, pay=False)
        self.order._action_cancel()
        self._assert_ended(statement)

    def test_a_part_that_has_not_left_is_taken_off_the_delivery(self):
        self._pay(self.order)
        part = Part(self.order.order_line.id, "Desk", 1.0, "")
        statement = self._withdraw(ship=False, pay=False, parts=(part,))
        request = statement.return_id
        self.assertEqual((statement.attention, request.state), ("not_shipped", "requested"))
        request._approve()
        request.with_user(self.refunder).action_refund()
        self.assertEqual((statement.refund_state, request.state), ("done", "done"))
        transfer = self.order.picking_ids
        self.assertEqual((transfer.hold_reason, transfer.move_ids.product_uom_qty), ("customer", 2))

    def test_a_part_of_the_money_ends_nothing(self):
        statement = self._withdraw(ship=False)
        self._refund(self.order, quantities={self.desk: 1})
        self.assertEqual((statement.refund_state, statement.return_id.state), ("due", "requested"))

    def test_nothing_is_left_of_an_order_that_was_cancelled_and_refunded(self):
        self._pay(self.order)
        self._refund(self.order)
        self.assertEqual(self.order.state, "cancel")
        statement = self._withdraw(ship=False, pay=False)
        self.assertFalse(statement.return_id)
        self.assertEqual(statement.attention, "nothing")

    def test_money_for_a_cancelled_order_is_due(self):
        self._pay(self.order)
        self.order._action_cancel()
        statement = self._withdraw(ship=False, pay=False)
        self.assertEqual((statement.refund_state, statement.attention), ("due", False))
        statement.return_id.with_user(self.refunder).action_refund()
        self._assert_ended(statement)

    def test_crd_13_3_the_proof_of_sending_is_enough_for_the_money(self):
        statement = self._withdraw()
        request = statement.return_id
        mine = request.with_user(self.refunder)
        self.assertFalse(mine.refund_is_due)
        with self.assertRaisesRegex(UserError, "Only what was received"):
            mine.action_refund()
        statement._take_proof(PDF)
        self.assertTrue(mine.refund_is_due)
        mine.action_refund()
        refund = request.refund_statement_ids
        self.assertEqual((refund.amount, request.state), (300, "approved"))
        self.assertEqual(statement.refund_state, "done")
        self.assertFalse(mine.refund_is_due)
        with self.assertRaisesRegex(UserError, "goes back already"):
            request._cancel()

        request.picking_ids.move_ids.picked = True
        request.picking_ids.with_user(
            self._new_user("worker", "stock.group_stock_user")
        )._action_done()
        self.assertEqual(request.state, "done", "The goods are here, the money was first")
        self.assertEqual(request.refund_statement_ids, refund)
        self.assertFalse(request.activity_ids)
