"""A return's steps, and how much of an order can come back."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .return_common import ReturnCommon


@tagged("post_install", "-at_install")
class TestReturn(ReturnCommon):
    def _returnable(self, order, kind="return"):
        line = order.order_line[:1]
        return line._get_returnable_quantities(kind)[line]

    def test_delivered_minus_asked_for_can_come_back(self):
        order = self._new_delivered(3, delivered=2)
        self.assertEqual(self._returnable(order), 2)
        self.assertEqual(self._returnable(order, "withdrawal"), 3)
        request = self._ask(order, 1)
        self.assertEqual(self._returnable(order), 1)
        self.assertEqual(self._returnable(order, "withdrawal"), 2)
        request._cancel()
        self.assertEqual(self._returnable(order), 2)

    def test_nothing_comes_back_before_it_was_delivered(self):
        order = self._new_order()
        order.action_confirm()
        self.assertEqual(self._returnable(order), 0)
        with self.assertRaises(ValidationError):
            self._ask(order)

    def test_no_more_than_delivered(self):
        order = self._new_delivered(3)
        self._ask(order, 2)
        with self.assertRaises(ValidationError):
            self._ask(order, 2)
        request = self._ask(order, 1)
        with self.assertRaises(ValidationError):
            request.line_ids.quantity = 2

    def test_what_was_refused_can_be_asked_for_again(self):
        order = self._new_delivered(1)
        self._ask(order)._refuse("Worn")
        self.assertEqual(self._returnable(order), 1)

    def test_refusing_needs_a_reason(self):
        request = self._ask(self._new_delivered())
        with self.assertRaises(UserError):
            request._refuse("  ")
        self.assertEqual(request.state, "requested")
        request._refuse("Worn")
        self.assertEqual((request.state, request.refuse_reason), ("refused", "Worn"))

    def test_steps_are_taken_once(self):
        request = self._ask(self._new_delivered())
        request._approve()
        for step in (request._approve, lambda: request._refuse("Late"), request._mark_done):
            with self.assertRaises(UserError):
                step()
        self.assertEqual(request.state, "approved")

    def test_withdrawals_need_no_reason_returns_do(self):
        order = self._new_delivered()
        with self.assertRaises(ValidationError):
            self._ask(order).line_ids.reason_id = False
        withdrawal = self._ask(order, kind="withdrawal")
        withdrawal.line_ids.reason_id = False
        self.assertFalse(withdrawal.line_ids.reason_id)

    def test_fee_is_never_taken_on_withdrawals_and_the_shops_fault(self):
        self.website.return_fee_percent = 10
        order = self._new_delivered(3)
        self._pay(order)
        for values, refund in (
            ({}, 90),
            ({"reason": self.faulty}, 100),
            ({"kind": "withdrawal"}, 100),
        ):
            with self.subTest(values):
                request = self._ask(order, **values)
                self.assertEqual(request._get_refund_account()["total"], refund)

    def test_state_is_not_written_by_hand(self):
        order = self._new_delivered()
        order.user_id = self.salesperson
        request = self._ask(order).with_user(self.salesperson)
        with self.assertRaises(AccessError):
            request.state = "done"
        request.action_approve()
        self.assertEqual(request.state, "approved")
        with self.assertRaises(AccessError):
            request.action_mark_done()

    def test_what_was_asked_for_is_fixed_once_it_is_decided_on(self):
        order = self._new_delivered(3)
        order.user_id = self.salesperson
        request = self._ask(order).with_user(self.salesperson)
        request.line_ids.quantity = 2
        request.action_approve()
        with self.assertRaises(UserError):
            request.line_ids.quantity = 1
        with self.assertRaises(UserError):
            request.line_ids.unlink()
        with self.assertRaises(UserError):
            request.line_ids.copy()
        with self.assertRaises(AccessError):
            request.line_ids.received_quantity = 2
        self.assertEqual(request.line_ids.quantity, 2)

    def test_every_change_passes_the_lock(self):
        order = self._new_delivered(3)
        serial = order.return_serial
        request = self._ask(order)
        self.assertGreater(order.return_serial, serial)
        serial = order.return_serial
        request.line_ids.quantity = 2
        self.assertGreater(order.return_serial, serial)

    def test_discounts_fees_and_deliveries_cannot_come_back(self):
        order = self._new_delivered(3)
        [line] = order.order_line
        line.price_unit = -1
        self.assertFalse(line._is_returnable())
        line.write({"price_unit": 1, "is_delivery": True})
        self.assertFalse(line._is_returnable())

    def test_what_a_refund_leaves_on_the_order_cannot_come_back(self):
        self.website.return_fee_percent = 10
        order = self._new_delivered(3)
        self._pay(order)
        request = self._ask(order, 3)
        request._approve()
        self._deliver(order)
        self.env.user.group_ids += self.env.ref("website_sale_order_mgmt.group_refund_user")
        request.action_refund()
        fee = order.order_line.filtered("refund_statement_id")
        self.assertGreater(fee.price_unit, 0)
        guest = self.env.ref("base.public_user")
        self.assertFalse(fee.with_user(guest).sudo()._get_return_offers())
        self.assertFalse(fee.with_user(guest)._is_returnable())
        self.assertNotIn(fee, order._get_withdrawal_lines())
        self.assertFalse(order._can_ask_for_return())
