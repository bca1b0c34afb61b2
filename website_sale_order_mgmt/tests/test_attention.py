from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_mail_server import IrMail_Server

from .common import ShopCommon

WATCHDOG_CRON = "website_sale_order_mgmt.ir_cron_watch_web_orders"
REFUND_CRON = "website_sale_order_mgmt.ir_cron_send_refunds"
QUEUE_LOGGER = "odoo.addons.website_sale_order_mgmt.tools.work_queue"
MAIL_LOGGER = "odoo.addons.website_sale_order_mgmt.models.sale_order_mail"
RENDER_LOGGER = "odoo.addons.mail.models.mail_render_mixin"


@tagged("post_install", "-at_install")
class TestAttention(ShopCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids += cls.env.ref("website_sale_order_mgmt.group_refund_user")

    def _give_back(self, order):
        """Press the button, and have the provider asked."""
        order.action_shop_refund_surplus()
        self._run_cron(REFUND_CRON)

    def _support_refunds(self, how):
        """Let the provider and its method refund: `none`, `full_only` or `partial`."""
        self.provider.support_refund = how
        self.payment_method.support_refund = how

    def _activities(self, order):
        return self.env["mail.activity"].search(
            [("res_model", "=", "sale.order"), ("res_id", "=", order.id)]
        )

    def _assert_attention(self, order, reason):
        """The reason stands on the order and in one activity of its salesperson."""
        self.env.flush_all()
        self.assertEqual(order.shop_attention, reason)
        self._run_cron(WATCHDOG_CRON)
        activities = self._activities(order)
        if not reason:
            self.assertFalse(activities)
            return
        label = dict(order._fields["shop_attention"]._description_selection(self.env))[reason]
        self.assertEqual(activities.activity_type_id.mapped("name"), [label])
        self.assertEqual(activities.user_id, order._get_shop_responsible())

    def _make_old(self, transaction):
        transaction.last_state_change = fields.Datetime.now() - timedelta(minutes=11)

    def test_nothing_to_see_on_a_good_order(self):
        order = self._new_order()
        self._pay(order)
        self._assert_attention(order, False)

    def test_a_payment_nobody_post_processed_is_done_by_the_watchdog(self):
        order = self._new_order()
        transaction = self._new_payment(order)
        self._run_cron(WATCHDOG_CRON)
        self.assertEqual(order.state, "draft", "The customer's own request has ten minutes")
        self._make_old(transaction)
        self._run_cron(WATCHDOG_CRON)
        self.assertEqual(order.state, "sale")
        self.assertFalse(order.shop_attention)

    def test_the_watchdog_does_not_stop_after_four_days(self):
        order = self._new_order()
        transaction = self._new_payment(order)
        transaction.last_state_change = fields.Datetime.now() - timedelta(days=30)
        self._run_cron(WATCHDOG_CRON)
        self.assertEqual(order.state, "sale")

    @mute_logger(QUEUE_LOGGER)
    def test_paid_and_not_to_be_confirmed(self):
        order, good = self._new_order(), self._new_order()
        order.order_line = [fields.Command.create({"name": "No product", "price_unit": 0.0})]
        for each in order + good:
            self._make_old(self._new_payment(each))
        self._run_cron(WATCHDOG_CRON)
        self.assertEqual(good.state, "sale", "One bad order holds up nobody")
        self.assertIn("missing a product", order.shop_confirm_error)
        self.assertEqual(order.user_id, self.salesperson, "Somebody looks after it")
        self._assert_attention(order, "paid_not_confirmed")
        order.order_line.filtered(lambda line: not line.product_id).unlink()
        order.with_user(self.salesperson).action_shop_confirm()
        self.assertEqual(order.state, "sale")
        self.assertFalse(self._activities(order), "Mended means gone")
        self._assert_attention(order, False)

    def test_money_for_a_cancelled_order_is_given_back(self):
        order = self._new_order()
        transaction = self._pay(order)
        order._action_cancel()
        self._assert_attention(order, "paid_cancelled")
        self.assertEqual(order.shop_amount_surplus, 100)
        self._support_refunds("full_only")
        self._give_back(order)
        refund = transaction.child_transaction_ids
        self.assertEqual(refund.amount, -100)
        refund._set_done()
        self._assert_attention(order, False)
        self.assertEqual(order.shop_payment_status, "refunded")

    def test_a_surplus_is_given_back_once(self):
        order = self._new_order()
        self._pay(order)
        second = self._pay(order, 30)
        self._assert_attention(order, "overpaid")
        self._support_refunds("partial")
        self._give_back(order)
        self.assertEqual(second.child_transaction_ids.amount, -30, "The newest payment first")
        with self.assertRaisesRegex(UserError, "already on its way"):
            order.action_shop_refund_surplus()
        second.child_transaction_ids._set_done()
        self._assert_attention(order, False)
        self.assertEqual(order.shop_payment_status, "paid")

    def test_a_second_click_gives_nothing_back_twice(self):
        """The refund is still pending with the provider, and another payment has money left."""
        order = self._new_order()
        self._pay(order)
        self._pay(order, 30)
        self._support_refunds("partial")
        self._give_back(order)
        refunds = order.transaction_ids.child_transaction_ids
        refunds._set_pending()
        with self.assertRaisesRegex(UserError, "already on its way"):
            order.action_shop_refund_surplus()
        self.assertEqual(order.transaction_ids.child_transaction_ids, refunds)
        self.assertEqual(refunds.mapped("amount"), [-30])

    def test_a_refund_that_failed_may_be_tried_again(self):
        order = self._new_order()
        self._pay(order)
        self._pay(order, 30)
        self._support_refunds("partial")
        self._give_back(order)
        order.transaction_ids.child_transaction_ids._set_error("Refused")
        self._assert_attention(order, "refund_failed")
        order.refund_payment_ids.action_retry()
        self._run_cron(REFUND_CRON)
        amounts = order.transaction_ids.child_transaction_ids.mapped("amount")
        self.assertEqual(amounts, [-30, -30])

    def test_a_salesperson_gives_no_money_back(self):
        """The button is theirs who refund web orders, and so is what it calls."""
        order = self._new_order()
        self._pay(order, 130)
        self._support_refunds("partial")
        self.assertEqual(order.user_id, self.salesperson)
        with self.assertRaises(AccessError):
            order.with_user(self.salesperson).action_shop_refund_surplus()
        self.assertFalse(order.transaction_ids.child_transaction_ids)

    def test_what_a_provider_cannot_refund_becomes_a_task(self):
        order = self._new_order()
        self._pay(order, 130)
        self._support_refunds("none")
        self._give_back(order)
        self.assertFalse(order.transaction_ids.child_transaction_ids)
        self.assertEqual(order.refund_payment_ids.state, "manual")
        task = self._activities(order).filtered(
            lambda activity: activity.activity_type_id.name == "Transfer a refund"
        )
        self.assertIn("30.00", task.summary)

    def test_too_little_was_paid(self):
        order = self._new_order()
        order.write({"require_payment": True, "prepayment_percent": 1.0})
        self._pay(order, 60)
        self._assert_attention(order, "amount_mismatch")
        self._pay(order, 40)
        self._assert_attention(order, False)

    def test_too_little_confirms_the_order_where_no_payment_is_required(self):
        order = self._new_order()
        self.assertFalse(order.require_payment)
        self._pay(order, 60)
        self.assertEqual(order.state, "sale", "As in core")
        self._assert_attention(order, "amount_mismatch")
        self._pay(order, 40)
        self._assert_attention(order, False)

    def test_a_down_payment_is_not_too_little(self):
        order = self._new_order(require_payment=True, prepayment_percent=0.3)
        self._pay(order, 30)
        self.assertEqual(order.state, "sale")
        self._assert_attention(order, False)

    @mute_logger(QUEUE_LOGGER)
    def test_the_reason_changes_with_what_is_stuck(self):
        order = self._new_order()
        self._pay(order, 130)
        self._assert_attention(order, "overpaid")
        order._action_cancel()
        self._assert_attention(order, "paid_cancelled")

    def test_responsible_without_a_salesperson(self):
        leader = self._new_user("leader", "sales_team.group_sale_manager")
        self.team.user_id = leader
        order = self._new_order()
        self._pay(order, 130)
        order.user_id = False
        self.assertEqual(order._get_shop_responsible(), leader)
        self._assert_attention(order, "overpaid")


@tagged("post_install", "-at_install")
class TestOrderMails(ShopCommon):
    def _confirmation_messages(self, order):
        return order.message_ids.filtered(lambda message: self.customer in message.partner_ids)

    @mute_logger(QUEUE_LOGGER, RENDER_LOGGER, MAIL_LOGGER)
    def test_a_broken_template_never_rolls_back_a_payment(self):
        order = self._new_order()
        self._new_order(self.other_customer)  # Templates are tried on the newest order when saved.
        template = self.env.ref("sale.mail_template_sale_confirmation")
        self.website.confirmation_email_template_id = template
        body = template.body_html
        template.body_html = f'<t t-if="object.name == \'{order.name}\'" t-out="1 / 0"/>'
        self._pay(order)
        self.assertEqual(order.state, "sale")
        self.assertTrue(order.transaction_ids.is_post_processed)
        self.assertFalse(self._confirmation_messages(order))
        self.assertIn("division by zero", order.shop_mail_error)
        self.assertEqual(order.shop_mail_state, "queued")
        template.body_html = body
        order.shop_mail_next_try = fields.Datetime.now() - timedelta(minutes=1)
        self._run_cron(WATCHDOG_CRON)
        self.assertEqual(len(self._confirmation_messages(order)), 1)
        self.assertFalse(order.shop_mail_error)

    @mute_logger(QUEUE_LOGGER, RENDER_LOGGER, MAIL_LOGGER)
    def test_after_four_tries_somebody_must_look(self):
        order = self._new_order()
        self._new_order(self.other_customer)  # Templates are tried on the newest order when saved.
        template = self.env.ref("sale.mail_template_sale_confirmation")
        self.website.confirmation_email_template_id = template
        body = template.body_html
        template.body_html = f'<t t-if="object.name == \'{order.name}\'" t-out="1 / 0"/>'
        self._pay(order)
        for _try in range(3):
            order.shop_mail_next_try = fields.Datetime.now() - timedelta(minutes=1)
            self._run_cron(WATCHDOG_CRON)
        self.assertEqual(order.shop_mail_state, "failed")
        self.assertEqual(order.shop_attention, "mail_failed")
        order.with_user(self.salesperson).action_retry_shop_mails()
        self.assertEqual(order.shop_mail_state, "queued", "By hand, the tries begin anew")
        self.assertFalse(order.shop_attention)
        template.body_html = body
        order.with_user(self.salesperson).action_retry_shop_mails()
        self.assertEqual(len(self._confirmation_messages(order)), 1)
        self.assertFalse(order.shop_attention)

    def test_a_refusing_server_is_said_on_the_order_and_tried_again(self):
        order = self._new_order()
        self._pay(order, state="pending")
        mail = self.env["mail.mail"].create(
            {
                "model": "sale.order",
                "res_id": order.id,
                "recipient_ids": [fields.Command.link(self.customer.id)],
                "email_from": "shop@example.com",
                "subject": "Hello",
                "body_html": "<p>Hello</p>",
            }
        )
        refused = ConnectionRefusedError("refused")
        with (
            patch.object(IrMail_Server, "_connect__", side_effect=refused),
            mute_logger("odoo.addons.mail.models.mail_mail"),
        ):
            mail.send()
        self.assertEqual(mail.state, "exception")
        self.assertEqual(order.shop_mail_state, "queued")
        self.assertTrue(order.shop_mail_error)
        order.action_retry_shop_mails()
        self.assertEqual(mail.state, "outgoing")
        self.assertFalse(order.shop_mail_error)

    def test_colleagues_mails_are_not_the_customers(self):
        order = self._new_order()
        mail = self.env["mail.mail"].create(
            {
                "model": "sale.order",
                "res_id": order.id,
                "recipient_ids": [fields.Command.link(self.salesperson.partner_id.id)],
            }
        )
        mail._postprocess_sent_message([], [], failure_reason="no", failure_type="mail_smtp")
        self.assertFalse(order.shop_mail_error)


@tagged("post_install", "-at_install")
class TestDoublePayment(ShopCommon):
    def test_covered_orders_are_not_paid_again(self):
        for amount in (100, 130):
            with self.subTest(amount=amount):
                order = self._new_order()
                self._new_payment(order, amount)
                with self.assertRaisesRegex(UserError, "already have your payment"):
                    order._check_not_paid_yet()

    def test_a_payment_in_process_blocks_another_one(self):
        order = self._new_order()
        self._new_payment(order, state="pending")
        with self.assertRaisesRegex(UserError, "still being processed"):
            order._check_not_paid_yet()

    def test_a_transfer_may_be_replaced_by_a_card(self):
        transfer = self.env["payment.provider"].search([("code", "=", "custom")], limit=1)
        if not transfer:
            self.skipTest("payment_custom is not installed")
        order = self._new_order()
        self._new_payment(order, state="pending", provider_id=transfer.id)
        order._check_not_paid_yet()

    def test_what_is_missing_may_be_paid(self):
        order = self._new_order()
        self._new_payment(order, 60)
        self._new_payment(order, state="error")
        order._check_not_paid_yet()
