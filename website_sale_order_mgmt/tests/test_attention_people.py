"""Who looks after an order that is stuck, and what people without accounting rights can do."""

from datetime import timedelta

from odoo import SUPERUSER_ID, fields
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ShopCommon

WATCHDOG_CRON = "website_sale_order_mgmt.ir_cron_watch_web_orders"
REFUND_CRON = "website_sale_order_mgmt.ir_cron_send_refunds"
RENDER_LOGGER = "odoo.addons.mail.models.mail_render_mixin"
MAIL_LOGGER = "odoo.addons.website_sale_order_mgmt.models.sale_order_mail"


@tagged("post_install", "-at_install")
class TestAttentionPeople(ShopCommon):
    def _activities(self, orders):
        return self.env["mail.activity"].search(
            [("res_model", "=", "sale.order"), ("res_id", "in", orders.ids)]
        )

    def _overpaid(self, **values):
        order = self._new_order(**values)
        self._pay(order, 130)
        return order

    def _support_refunds(self):
        self.provider.support_refund = self.payment_method.support_refund = "partial"

    # === WHO === #

    def test_whoever_takes_the_order_gets_its_activity(self):
        order = self._overpaid()
        self._run_cron(WATCHDOG_CRON)
        self.assertEqual(self._activities(order).user_id, self.salesperson)
        colleague = self._new_user("colleague", "sales_team.group_sale_salesman")
        order.user_id = colleague
        self._run_cron(WATCHDOG_CRON)
        self.assertEqual(self._activities(order).mapped("user_id"), colleague)

    def test_activity_that_a_person_gave_to_somebody_else_stays_there(self):
        order = self._overpaid()
        self._run_cron(WATCHDOG_CRON)
        colleague = self._new_user("colleague", "sales_team.group_sale_salesman_all_leads")
        self._activities(order).user_id = colleague
        self._run_cron(WATCHDOG_CRON)
        self.assertEqual(self._activities(order).mapped("user_id"), colleague)

    def test_somebody_archived_is_replaced(self):
        order = self._overpaid()
        self._run_cron(WATCHDOG_CRON)
        self.salesperson.action_archive()
        leader = self._new_user("leader", "sales_team.group_sale_manager")
        self.team.user_id = leader
        self._run_cron(WATCHDOG_CRON)
        self.assertEqual(self._activities(order).mapped("user_id"), leader)

    def test_who_may_not_see_the_order_is_not_asked(self):
        """A team leader with own documents only cannot open a colleague's order."""
        leader = self._new_user("leader", "sales_team.group_sale_salesman")
        self.team.user_id = leader
        order = self._overpaid()
        self.salesperson.action_archive()
        self.website.salesperson_id = False
        self._run_cron(WATCHDOG_CRON)
        self.assertTrue(order.with_user(self._activities(order).user_id).has_access("write"))

    def test_without_the_first_administrator(self):
        self.env.ref("base.user_admin").action_archive()
        order = self._overpaid()
        self.salesperson.action_archive()
        self.website.salesperson_id = False
        self._run_cron(WATCHDOG_CRON)
        responsible = self._activities(order).user_id
        self.assertTrue(responsible.active)
        self.assertTrue(order.with_user(responsible).has_access("write"))

    def test_many_orders_cost_what_core_needs_for_their_activities(self):
        def count(schedule):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            schedule()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        def by_core(orders):
            return lambda: orders.with_user(SUPERUSER_ID).activity_schedule(
                "mail.mail_activity_data_todo", user_id=self.salesperson.id
            )

        orders = self.env["sale.order"].union(*(self._overpaid() for _n in range(22)))
        count(by_core(orders[:1]))
        count(orders[1]._sync_shop_attention_activities)
        core = count(by_core(orders[2:12]))
        ours = count(orders[12:]._sync_shop_attention_activities)
        self.assertEqual(len(self._activities(orders[12:])), 10)
        self.assertLessEqual(ours - core, 10)

    # === WHAT THEY CAN DO === #

    def test_reserved_money_of_a_cancelled_order_is_released_by_the_salesperson(self):
        self.provider.support_manual_capture = "partial"
        order = self._new_order()
        transaction = self._pay(order, state="authorized")
        order._action_cancel()
        self.env.flush_all()
        self.assertEqual(order.shop_attention, "paid_cancelled")
        self.assertFalse(order.shop_amount_surplus, "There is nothing to give back")
        self._run_cron(WATCHDOG_CRON)
        self.assertEqual(self._activities(order).user_id, self.salesperson)
        order.with_user(self.salesperson).payment_action_void()
        transaction.child_transaction_ids._set_canceled()
        self.env.flush_all()
        self.assertFalse(order.shop_amount_authorized)
        self.assertFalse(order.shop_attention)
        self._run_cron(WATCHDOG_CRON)
        self.assertFalse(self._activities(order))

    def test_nobody_releases_a_colleagues_order(self):
        self.provider.support_manual_capture = "partial"
        order = self._new_order()
        self._pay(order, state="authorized")
        other = self._new_user("other", "sales_team.group_sale_salesman")
        with self.assertRaises(AccessError):
            order.with_user(other).payment_action_void()

    def _refunder(self, **values):
        user = self._new_user("refunder", "sales_team.group_sale_salesman_all_leads", **values)
        user.group_ids += self.env.ref("website_sale_order_mgmt.group_refund_user")
        return user

    def test_who_refunds_web_orders_gives_a_surplus_back(self):
        """Who may write on the order and refunds web orders, without any other right."""
        order, refunder = self._overpaid(), self._refunder()
        accountant = self._new_user("accountant", "sales_team.group_sale_salesman_all_leads")
        accountant.group_ids += self.env.ref("account.group_account_manager")
        with self.assertRaises(AccessError):
            order.with_user(accountant).action_shop_refund_surplus()
        self._support_refunds()
        order.with_user(refunder).action_shop_refund_surplus()
        self._run_cron(REFUND_CRON)
        self.assertEqual(order.transaction_ids.child_transaction_ids.amount, -30)

    def test_a_surplus_above_the_limit_waits_for_a_manager(self):
        order, refunder = self._overpaid(), self._refunder(refund_limit=20)
        order.with_user(refunder).action_shop_refund_surplus()
        self._run_cron(REFUND_CRON)
        self.assertEqual(order.refund_statement_ids.state, "to_confirm")
        self.assertFalse(order.transaction_ids.child_transaction_ids)
        manager = self._new_user("manager", "sales_team.group_sale_salesman_all_leads")
        manager.group_ids += self.env.ref("website_sale_order_mgmt.group_refund_manager")
        self._support_refunds()
        order.refund_statement_ids.with_user(manager).action_confirm()
        self._run_cron(REFUND_CRON)
        self.assertEqual(order.transaction_ids.child_transaction_ids.amount, -30)

    def test_banner_shows_each_button_to_those_who_may_press_it(self):
        refunder = self._refunder()
        view = self.env.ref("sale.view_order_form")
        for user, gives_back in ((self.salesperson, False), (refunder, True)):
            arch = self.env["sale.order"].with_user(user).get_view(view.id, "form")["arch"]
            for button in ("action_shop_confirm", "payment_action_void", "action_retry_shop_mails"):
                self.assertIn(f'name="{button}"', arch, user.login)
            self.assertIn("A payment is still reserved for this cancelled order", arch)
            self.assertEqual('name="action_shop_refund_surplus"' in arch, gives_back, user.login)

    # === MAILS IN THE BACKGROUND === #

    @mute_logger(RENDER_LOGGER, MAIL_LOGGER)
    def test_a_broken_template_in_the_background_is_noted_and_holds_up_nobody(self):
        self.env["ir.config_parameter"].sudo().set_param("sale.async_emails", True)
        broken, good = self._new_order(), self._new_order(self.other_customer)
        template = self.env.ref("sale.mail_template_sale_confirmation")
        self.website.confirmation_email_template_id = template
        body = template.body_html
        template.body_html = f'<t t-if="object.name == \'{broken.name}\'" t-out="1 / 0"/>'
        for order in broken + good:
            self._pay(order)
            self.assertEqual(order.state, "sale")
            self.assertFalse(order.shop_mail_error)
        self._run_cron("sale.send_pending_emails_cron")
        self.assertIn("division by zero", broken.shop_mail_error)
        self.assertFalse(broken.pending_email_template_id)
        self.assertFalse(good.shop_mail_error)
        to_good = good.message_ids.filtered(lambda m: self.other_customer in m.partner_ids)
        self.assertEqual(len(to_good), 1)
        template.body_html = body
        broken.shop_mail_next_try = fields.Datetime.now() - timedelta(minutes=1)
        self._run_cron(WATCHDOG_CRON)
        to_broken = broken.message_ids.filtered(lambda m: self.customer in m.partner_ids)
        self.assertEqual(len(to_broken), 1)
        self.assertFalse(broken.shop_mail_error)

    # === COMPANIES === #

    def test_watchdog_serves_every_company(self):
        other = self._create_company(name="Another company")
        website = self.env["website"].create({"name": "Other", "company_id": other.id})
        order = self._new_order(website=website, product=self.service_product)
        transaction = self._new_payment(order)
        transaction.last_state_change = fields.Datetime.now() - timedelta(minutes=11)
        self._run_cron(WATCHDOG_CRON)
        self.assertEqual(order.state, "sale")
