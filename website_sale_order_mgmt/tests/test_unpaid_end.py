"""Orders whose money does not come."""

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

    def test_each_company_s_orders_expire(self):
        data = self.setup_other_company(name="North")
        company = data["company"]
        company.email = "north@example.com"
        self.env.user.company_ids += company
        website = self.env["website"].create({"name": "North shop", "company_id": company.id})
        transfer = self._new_transfer_provider(
            company, unpaid_order_policy="reserve", unpaid_expiry_days=7
        )
        ours = self._order_by_transfer(self.transfer)
        theirs = self._order_by_transfer(transfer, website=website)
        self._pass_days(ours, theirs, days=8)
        self._run_cron(UNPAID_CRON)
        self.assertEqual((ours + theirs).mapped("state"), ["cancel", "cancel"])
        self.assertEqual(theirs.picking_ids.state, "cancel")
        [told] = theirs.message_ids.filtered(lambda mail: "cancelled the order" in mail.body)
        self.assertIn("north@example.com", told.email_from)

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
