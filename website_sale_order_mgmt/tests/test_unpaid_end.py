"""Orders whose money does not come, or comes too late."""

from datetime import timedelta

from lxml import etree

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

    def _new_coupon(self):
        """Return a coupon for 10 %, to be used once."""
        self.assertIn("loyalty.card", self.env, "The tests' databases have the module")
        program = self.env["loyalty.program"].create(
            {
                "name": "Ten",
                "program_type": "coupons",
                "rule_ids": [Command.create({})],
                "reward_ids": [Command.create({"discount": 10, "required_points": 1})],
            }
        )
        return self.env["loyalty.card"].create({"program_id": program.id, "points": 1})

    def _new_promotion(self, code=False):
        """Create a discount of 10 % for everybody, or for those who enter the code."""
        rule = {"mode": "with_code", "code": code} if code else {}
        self.env["loyalty.program"].create(
            {
                "name": "Spring",
                "program_type": "promo_code" if code else "promotion",
                "trigger": "with_code" if code else "auto",
                "applies_on": "current",
                "rule_ids": [Command.create(rule)],
                "reward_ids": [Command.create({"discount": 10, "required_points": 1})],
            }
        )

    def _new_discounted_order(self, coupon):
        order = self._new_order()
        status = order._try_apply_code(coupon.code)
        order._apply_program_reward(status[coupon], coupon)
        self.assertEqual(order.amount_total, 90)
        return order

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
        coupon = self._new_coupon()
        order = self._order_by_transfer(self.transfer, self._new_discounted_order(coupon))
        self.assertEqual(coupon.points, 0)
        self._expire(order)
        self.assertEqual(coupon.points, 1)

    def test_services_alone_expire_too(self):
        course = self._create_product(name="Course", type="service", list_price=10.0)
        order = self._order_by_transfer(self.transfer, product=course)
        self.assertEqual(order.state, "sent")
        self._expire(order)
        self.assertEqual(order.state, "cancel")

    def test_a_provider_disabled_after_the_order_changes_nothing(self):
        order = self._order_by_transfer(self.transfer)
        self.transfer.state = "disabled"
        self._pass_days(order, days=4)
        self._run_cron(UNPAID_CRON)
        self.assertIn("is not here yet", self._bodies(order)[0])
        self._expire(order)
        self.assertEqual(order.state, "cancel")

    def test_orders_of_a_website_that_was_deleted_expire_too(self):
        website = self.website.copy({"name": "Short-lived", "domain": False})
        unpaid, touched, partly = (
            self._order_by_transfer(self.transfer, website=website) for _each in range(3)
        )
        self._receive(partly, 60)
        website.unlink()
        self.env.invalidate_all()
        self.assertFalse(unpaid.website_id)
        touched.order_line.product_uom_qty = 2
        self._pass_days(unpaid, touched, partly, days=8)
        self._run_cron(UNPAID_CRON)
        self.assertEqual((unpaid | touched).mapped("state"), ["cancel", "cancel"])
        self.assertEqual((unpaid | touched).picking_ids.mapped("state"), ["cancel", "cancel"])
        self.assertEqual(partly.state, "sale", "Never with a part of the money")

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

    def _take_up(self, order):
        action = order.action_confirm_unpaid()
        wizard = self.env["sale.order.confirm.unpaid"].with_context(**action["context"]).create({})
        wizard.with_user(self.salesperson).action_confirm()

    def test_taken_up_again_with_the_coupon_that_nobody_has_used(self):
        coupon = self._new_coupon()
        order = self._order_by_transfer(self.transfer, self._new_discounted_order(coupon))
        self._expire(order)
        self._receive(order, 90)
        self._take_up(order)
        self.assertEqual((order.state, order.amount_total), ("sale", 90))
        self.assertEqual(order.shop_payment_status, "paid")
        self.assertFalse(order.shop_attention)
        self.assertEqual(coupon.points, 0)

    def test_taken_up_again_with_the_promotion_that_applied(self):
        """One that applies by itself, and one with a code; core makes a new coupon for each."""
        for code in (False, "SPRING"):
            with self.subTest(code=code):
                self._new_promotion(code)
                order = self._new_order()
                if code:
                    order._try_apply_code(code)
                else:
                    order._update_programs_and_rewards()
                [(coupon, reward)] = order._get_claimable_rewards().items()
                order._apply_program_reward(reward, coupon)
                self._order_by_transfer(self.transfer, order)
                self._expire(order)
                self.assertEqual(order.amount_total, 100, "Core takes it")
                self._receive(order, 90)
                self._take_up(order)
                self.assertEqual((order.state, order.amount_total), ("sale", 90))
                self.assertEqual(order.shop_payment_status, "paid")
                reward.program_id.active = False

    def test_taken_up_again_when_the_coupon_was_used_meanwhile(self):
        coupon = self._new_coupon()
        order = self._order_by_transfer(self.transfer, self._new_discounted_order(coupon))
        self._expire(order)
        self._pay(self._new_discounted_order(coupon))
        self._receive(order, 90)
        self._take_up(order)
        self.assertEqual((order.state, order.amount_total), ("sale", 100))
        self.assertEqual(order.shop_payment_status, "partial", "Somebody looks at it")

    def test_taken_up_again_no_promotion_makes_it_cheaper_than_it_was(self):
        order = self._order_by_transfer(self.transfer)
        self._expire(order)
        self._new_promotion()
        self._receive(order)
        self._take_up(order)
        self.assertEqual(order.amount_total, 100)
        self.assertEqual(order.shop_payment_status, "paid")

    def test_money_by_bank_for_an_expired_order_needs_attention(self):
        order = self._order_by_transfer(self.transfer)
        self._expire(order)
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.bank.id,
                "date": "2026-03-02",
                "payment_ref": order.reference,
                "amount": 100.0,
            }
        )
        self._run_cron("website_sale_order_mgmt.ir_cron_match_bank_statements")
        self.assertTrue(line.is_reconciled)
        self.assertEqual(order.state, "cancel")
        self.assertEqual(order.shop_attention, "paid_cancelled")
        arch = etree.fromstring(order.get_view(view_type="form")["arch"])
        banner = arch.find(".//div[@name='shop_attention_money']")
        buttons = [(node.get("name"), node.get("string")) for node in banner.iter("button")]
        self.assertEqual(
            buttons,
            [
                ("action_confirm_unpaid", "Take up again"),
                ("action_shop_refund_surplus", "Give back"),
            ],
        )

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
