"""Orders whose money does not come, or comes too late."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ShopCommon

UNPAID_CRON = "website_sale_order_mgmt.ir_cron_unpaid_orders"
QUEUE_LOGGER = "odoo.addons.website_sale_order_mgmt.tools.work_queue"


class UnpaidEndCommon(ShopCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.transfer = cls._new_transfer_provider(
            unpaid_order_policy="reserve", unpaid_reminder_days=3, unpaid_expiry_days=7
        )
        cls.env.user.group_ids += cls.env.ref("website_sale_order_mgmt.group_refund_user")
        cls.bank = cls.company_data["default_journal_bank"]

    def _pass_days(self, *orders, days):
        for order in orders:
            order.write(
                {
                    name: order[name] - timedelta(days=days)
                    for name in ("unpaid_reminder_date", "unpaid_expiry_date")
                    if order[name]
                }
            )

    def _give_back(self, order):
        """Transfer the money back, and say so."""
        order.action_shop_refund_surplus()
        self.assertEqual(order.refund_payment_ids.mapped("state"), ["manual"])
        order.refund_payment_ids.action_transferred()
        self._run_cron("payment.cron_post_process_payment_tx")

    def _expire(self, order):
        self._pass_days(order, days=8)
        self._run_cron(UNPAID_CRON)

    def _bodies(self, order):
        messages = order.message_ids.filtered(lambda message: self.customer in message.partner_ids)
        return messages.mapped("body")

    def _receive(self, order, amount=100.0):
        order._register_payment_received(amount, {"journal_id": self.bank.id})


@tagged("post_install", "-at_install")
class TestUnpaidEnd(UnpaidEndCommon):
    def test_reminded_once(self):
        order = self._order_by_transfer(self.transfer)
        self._run_cron(UNPAID_CRON)
        self.assertEqual(len(self._bodies(order)), 1, "Too early")
        self._pass_days(order, days=4)
        self._run_cron(UNPAID_CRON)
        self._run_cron(UNPAID_CRON)
        bodies = self._bodies(order)
        self.assertEqual(len(bodies), 2)
        self.assertIn("is not here yet", bodies[0])
        self.assertIn(order.reference, bodies[0])
        self.assertEqual(order.shop_status, "reserved")

    def test_cancelled_and_told(self):
        free = self.desk.free_qty
        order = self._order_by_transfer(self.transfer)
        self.assertEqual(self.desk.free_qty, free - 1)
        self._expire(order)
        self.assertEqual(order.state, "cancel")
        self.assertEqual(order.transaction_ids.state, "cancel")
        self.assertEqual(order.picking_ids.state, "cancel")
        self.assertEqual(self.desk.free_qty, free, "Somebody else can buy it")
        self.assertIn("so we have cancelled the order", self._bodies(order)[0])
        self.assertFalse(order.shop_attention)
        self._run_cron(UNPAID_CRON)
        self.assertEqual(len(self._bodies(order)), 2, "Told once")

    def test_what_waits_without_its_goods_expires_too(self):
        self.transfer.unpaid_order_policy = "wait"
        order = self._order_by_transfer(self.transfer)
        self._expire(order)
        self.assertEqual(order.state, "cancel")

    def test_never_without_days(self):
        self.transfer.write({"unpaid_expiry_days": 0, "unpaid_reminder_days": 0})
        order = self._order_by_transfer(self.transfer)
        self._expire(order)
        self.assertEqual(order.state, "sale")

    def test_coupons_are_free_again(self):
        if "loyalty.card" not in self.env:
            return
        program = self.env["loyalty.program"].create(
            {
                "name": "Ten",
                "program_type": "coupons",
                "rule_ids": [Command.create({})],
                "reward_ids": [Command.create({"discount": 10, "required_points": 1})],
            }
        )
        coupon = self.env["loyalty.card"].create({"program_id": program.id, "points": 1})
        order = self._new_order()
        status = order._try_apply_code(coupon.code)
        order._apply_program_reward(status[coupon], coupon)
        self._order_by_transfer(self.transfer, order)
        self.assertEqual(coupon.points, 0)
        self._expire(order)
        self.assertEqual(coupon.points, 1)

    def test_never_while_money_is_under_way(self):
        """Authorized, done, pending or just begun online, or a part of it."""
        self._allow_captures()
        orders = []
        for state, amount in (
            ("authorized", 100),
            ("done", 100),
            ("pending", 100),
            ("draft", 100),
            ("done", 60),
        ):
            order = self._order_by_transfer(self.transfer)
            transaction = self._new_payment(order, amount, state)
            if amount == 60:
                transaction._post_process()
            orders.append(order)
        self._pass_days(*orders, days=8)
        self._run_cron(UNPAID_CRON)
        for order in orders:
            self.assertEqual(order.state, "sale")
            self.assertEqual(
                [body for body in self._bodies(order) if "not here yet" in body], [], "No reminder"
            )
        self.assertEqual(order.shop_attention, "amount_mismatch", "A part: attention")

    def test_an_online_payment_given_up_holds_up_nothing(self):
        order = self._order_by_transfer(self.transfer)
        transaction = self._new_payment(order, state="draft")
        transaction.last_state_change = fields.Datetime.now() - timedelta(hours=2)
        self._expire(order)
        self.assertEqual(order.state, "cancel")

    def test_never_what_has_left_or_been_invoiced(self):
        shipped = self._order_by_transfer(self.transfer)
        shipped.picking_ids._shop_release("payment")
        shipped.picking_ids.button_validate()
        invoiced = self._order_by_transfer(self.transfer)
        invoiced._create_invoices().action_post()
        for order in shipped + invoiced:
            self._expire(order)
            self.assertEqual(order.state, "sale")

    @mute_logger(QUEUE_LOGGER)
    def test_one_that_cannot_be_cancelled_holds_up_nobody(self):
        bad, good = (self._order_by_transfer(self.transfer) for _each in range(2))
        cancel = type(bad)._action_cancel

        def refuse(orders):
            if bad in orders:
                raise UserError(orders.env._("Not this one"))
            return cancel(orders)

        self.patch(type(bad), "_action_cancel", refuse)
        self._pass_days(bad, good, days=8)
        self._run_cron(UNPAID_CRON)
        self.assertEqual((bad.state, good.state), ("sale", "cancel"))
        self.assertIn("Not this one", "".join(bad.message_ids.mapped("body")))
        self.assertEqual(bad.transaction_ids.state, "pending")

    def test_ordered_again(self):
        order = self._order_by_transfer(self.transfer)
        self._expire(order)
        self.desk.website_published = True
        self.assertTrue(order._is_reorder_allowed())
        other = self._new_order()
        other._action_cancel()
        self.assertFalse(other._is_reorder_allowed(), "As in core")


@tagged("post_install", "-at_install")
class TestLateMoney(UnpaidEndCommon):
    def test_taken_up_again(self):
        order = self._order_by_transfer(self.transfer, quantity=1003)
        self._expire(order)
        self._receive(order, order.amount_total)
        self.assertEqual(order.state, "cancel")
        self.assertEqual(order.shop_attention, "paid_cancelled")
        action = order.action_confirm_unpaid()
        wizard = self.env["sale.order.confirm.unpaid"].with_context(**action["context"]).create({})
        self.assertIn("3 Units missing", wizard.shortage)
        wizard.with_user(self.salesperson).action_confirm()
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.shop_payment_status, "paid")
        self.assertNotEqual(order.shop_attention, "paid_cancelled")
        self.assertFalse(order.picking_ids.filtered("hold_reason"))

    def test_given_back(self):
        order = self._order_by_transfer(self.transfer)
        self._expire(order)
        self._receive(order)
        self._give_back(order)
        self.assertEqual(order.shop_payment_status, "refunded")
        self.assertFalse(order.shop_attention)
        payments = self.env["account.payment"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual(sorted(payments.mapped("payment_type")), ["inbound", "outbound"])
        self.assertEqual(payments.mapped("amount"), [100, 100])
        receivable = payments.move_id.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        self.assertTrue(all(receivable.mapped("reconciled")), "The customer owes nothing")
        with self.assertRaises(UserError):
            order.action_shop_refund_surplus()

    def test_a_surplus_by_bank_goes_back_in_part(self):
        order = self._order_by_transfer(self.transfer)
        self._receive(order, 130)
        self._give_back(order)
        self.assertEqual(order.shop_payment_status, "paid")
        self.assertEqual(order.shop_amount_refunded, 30)
