from unittest.mock import patch

from lxml import etree
from psycopg2.errors import UniqueViolation

from odoo import fields
from odoo.fields import Domain
from odoo.tests import tagged
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from odoo.addons.base.models.ir_mail_server import IrMail_Server

from .cart_common import CartCommon


@tagged("post_install", "-at_install")
class TestCartBook(CartCommon):
    """One row for each cart, reminder and version of the cart, with what became of it, and why."""

    def _assert_skipped(self, cart, reason):
        """Assert that the run books why the cart gets nothing, and that it is read on the cart."""
        self._remind()
        self.assertEqual(self._states(cart), [(1, "skipped", reason)])
        self.assertEqual(cart.cart_recovery_skip_reason, reason)
        self.assertFalse(cart.cart_recovery_email_sent)
        self.assertFalse(self._mails_to(cart.partner_id.email or "nobody"))

    def _assert_reminded_later(self, cart):
        """Assert that the cart is looked at again after an hour, as the reason has gone."""
        self._remind()
        self.assertEqual(cart.cart_recovery_mail_ids.state, "skipped", "Not every few minutes")
        self._remind(hours=1.1)
        self.assertEqual(self._states(cart), [(1, "sent", False)])
        self.assertFalse(cart.cart_recovery_skip_reason)
        self.assertEqual(len(self._mails_to(cart.partner_id.email)), 1)

    def test_a_reminder_is_booked_with_what_the_cart_was_worth(self):
        self.desk.list_price = 70.0
        cart = self._new_abandoned_cart()
        self._remind()
        row = cart.cart_recovery_mail_ids
        self.assertEqual(row.amount, 70.0)
        self.assertEqual(row.mail_mail_id, self._mails_to("anna@example.com"))
        self.assertEqual(row.cart_activity, cart.cart_last_activity)
        self.assertEqual(row.website_id, self.website)
        self.assertFalse(row.step_id)
        self.assertLessEqual(row.sent_date, fields.Datetime.now())
        self.assertNotIn("anna", str(row.read()), "The address is not kept")

    @mute_logger("odoo.sql_db")
    def test_the_database_keeps_it_unique(self):
        cart = self._new_abandoned_cart()
        self._remind()
        with self.assertRaises(UniqueViolation), self.cr.savepoint():
            self._rows(cart).copy({"state": "sent", "cart_activity": cart.cart_last_activity})

    def test_no_email(self):
        nobody = self.env["res.partner"].create({"name": "No address"})
        cart = self._new_abandoned_cart(nobody)
        self._assert_skipped(cart, "no_email")
        nobody.email = "found@example.com"
        self._assert_reminded_later(cart)

    def test_opted_out(self):
        cart = self._new_abandoned_cart()
        key = cart._get_cart_email_key()
        self.optouts._opt_out(key, cart.company_id)
        self._assert_skipped(cart, "opted_out")
        self.optouts._opt_in(key, cart.company_id)
        self._assert_reminded_later(cart)

    def test_blacklisted(self):
        cart = self._new_abandoned_cart()
        self.env["mail.blacklist"]._add("ANNA@example.com")
        self._assert_skipped(cart, "blacklisted")
        self.env["mail.blacklist"]._remove("anna@example.com")
        self._assert_reminded_later(cart)

    def test_no_consent(self):
        self.website.cart_recovery_consent = "consent"
        cart = self._new_abandoned_cart()
        self._assert_skipped(cart, "no_consent")
        self.website.cart_recovery_consent = "everyone"
        self._assert_reminded_later(cart)

    def test_ordered_since_under_another_contact(self):
        cart = self._new_abandoned_cart()
        twin = self.customer.copy({"name": "Anna, at work", "email": '"A" <Anna@Example.com>'})
        order = self._new_order(twin)
        order.action_confirm()
        self._assert_skipped(cart, "ordered_since")
        order._action_cancel()
        self._assert_reminded_later(cart)

    def test_ordered_since_and_waiting_for_the_transfer(self):
        cart = self._new_abandoned_cart()
        waiting = self._new_order(self.customer.copy())
        self._new_payment(waiting, state="pending")
        waiting.action_quotation_sent()
        self._assert_skipped(cart, "ordered_since")

    def test_a_quotation_by_a_salesperson_is_no_order(self):
        cart = self._new_abandoned_cart()
        quotation = self._new_order()
        quotation.website_id = False
        quotation.action_quotation_sent()
        self._remind()
        self.assertEqual(self._states(cart), [(1, "sent", False)])

    def test_an_order_before_the_cart_does_not_count(self):
        self._new_order().action_confirm()
        self._let_pass(24)
        cart = self._new_abandoned_cart()
        self._remind()
        self.assertEqual(self._states(cart), [(1, "sent", False)])

    def test_an_order_in_another_company_does_not_count(self):
        company = self.env["res.company"].create({"name": "North"})
        self.env.user.company_ids += company
        order = (
            self.env["sale.order"]
            .with_company(company)
            .create({"partner_id": self.customer.id, "company_id": company.id})
        )
        order.action_confirm()
        cart = self._new_abandoned_cart()
        self._remind()
        self.assertEqual(self._states(cart), [(1, "sent", False)])

    def test_payment_pending(self):
        cart = self._new_abandoned_cart()
        payment = self._new_payment(cart, state="pending")
        self._assert_skipped(cart, "payment_pending")
        payment.state = "cancel"
        self._assert_reminded_later(cart)

    def test_payment_failed(self):
        cart = self._new_abandoned_cart()
        payment = self._new_payment(cart, state="draft")
        payment._set_error("Refused")
        self._assert_skipped(cart, "payment_error")
        self._let_pass(24)
        self._touch(cart)
        self._remind(hours=10.1)
        self.assertEqual(len(self._subjects()), 1, "The customer has come back since")

    def test_sold_out(self):
        rare = self._create_product(name="Rare", list_price=5.0)
        cart = self._new_abandoned_cart(product=rare)
        self._assert_skipped(cart, "sold_out")
        self._add_product_qty_to_wh(rare.id, 5, self.warehouse.lot_stock_id.id)
        self._assert_reminded_later(cart)

    def test_held_back_by_another_app(self):
        """As the one for events does through core's own method, with carts for what is over."""
        cart, other = self._new_abandoned_cart(), self._new_abandoned_cart(self.other_customer)
        self.desk.default_code = "OVER"
        other.order_line.product_id = self.lamp
        orders = self.env.registry["sale.order"]
        core = orders._filter_can_send_abandoned_cart_mail

        def not_over(carts):
            return core(carts).filtered(
                lambda order: "OVER" not in order.order_line.product_id.mapped("default_code")
            )

        self.patch(orders, "_filter_can_send_abandoned_cart_mail", not_over)
        self._assert_skipped(cart, "unavailable")
        self.assertEqual(self._states(other), [(1, "sent", False)], "Held up by nobody")
        self.desk.default_code = False
        self._assert_reminded_later(cart)

    def test_free(self):
        cart = self._new_order()
        cart.order_line.price_unit = 0.0
        self._abandon(cart, hours=12)
        self._assert_skipped(cart, "free")
        cart.order_line.price_unit = 1.0
        self._assert_reminded_later(cart)

    def test_a_customer_is_reminded_of_the_newest_cart_only(self):
        old = self._new_abandoned_cart(hours=20)
        new = self._new_abandoned_cart(self.customer.copy(), hours=12)
        self._remind()
        self.assertEqual(self._states(old), [(1, "skipped", "newer_cart")])
        self.assertEqual(self._states(new), [(1, "sent", False)])
        self.assertEqual(len(self._mails_to("anna@example.com")), 1)
        new.action_cancel()
        self._remind(hours=1.1)
        self.assertEqual(self._states(old), [(1, "sent", False)])

    def test_why_is_read_on_the_carts_form(self):
        cart = self._new_abandoned_cart()
        self.env["mail.blacklist"]._add("anna@example.com")
        self._remind()
        form = cart.with_user(self.salesperson)
        self.assertEqual(form.cart_recovery_skip_reason, "blacklisted")
        self.assertEqual(form.cart_recovery_mail_ids.skip_reason, "blacklisted")

    @mute_logger("odoo.addons.website_sale_order_mgmt.tools.work_queue")
    @mute_logger("odoo.addons.mail.models.mail_render_mixin")
    def test_a_failure_is_booked_and_tried_again_and_holds_up_nobody(self):
        bad = self._new_abandoned_cart()
        good = self._new_abandoned_cart(self.other_customer)
        body = self.template.body_html
        self.template.body_html = (
            f'<t t-if="object.id == {bad.id}"><t t-out="1 / 0"/></t><t t-else="">Hello</t>'
        )
        self._remind()
        self.assertEqual(self._states(good), [(1, "sent", False)])
        self.assertEqual(self._states(bad), [(1, "failed", False)])
        self.assertIn("division by zero", bad.cart_recovery_mail_ids.error)
        self.assertIn("division by zero", bad.cart_recovery_error)
        self.template.body_html = body
        self._remind(hours=23)
        self.assertEqual(self._states(bad), [(1, "failed", False)])
        self._remind(hours=1.1)
        self.assertEqual(self._states(bad), [(1, "sent", False)])
        self.assertFalse(bad.cart_recovery_mail_ids.error)
        self.assertFalse(bad.cart_recovery_error)
        self.assertEqual(len(self._mails_to("anna@example.com")), 1)

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_what_the_mail_server_refuses_is_said_on_the_cart(self):
        cart = self._new_abandoned_cart()
        self._remind()
        mail = self._mails_to("anna@example.com")

        refused = ConnectionRefusedError("Mailbox full")
        with patch.object(IrMail_Server, "_connect__", side_effect=refused):
            mail.send()
        self.assertEqual(mail.state, "exception")
        self.assertEqual(cart.cart_recovery_mail_ids.state, "failed")
        self.assertIn("Mailbox full", cart.cart_recovery_mail_ids.error)
        self.assertEqual(cart.cart_recovery_error, cart.cart_recovery_mail_ids.error)
        self._remind(hours=2)
        self.assertEqual(len(self._mails_to("anna@example.com")), 1, "The queue tries this one")
        mail.mark_outgoing()
        self.assertEqual(len(self._send_queue(mail)), 1)
        self.assertEqual(cart.cart_recovery_mail_ids.state, "sent")
        self.assertFalse(cart.cart_recovery_error)


@tagged("post_install", "-at_install")
class TestCartBookByHand(CartCommon):
    """What somebody sends by hand is in the same book."""

    def test_remind_now_and_the_run_do_not_double(self):
        self._new_step(24)
        cart = self._new_abandoned_cart()
        action = cart.with_user(self.salesperson).action_remind_cart_now()
        self.assertEqual(action["params"]["message"], "1 of 1 carts are being reminded.")
        self.assertEqual(self._states(cart), [(1, "sent", False)])
        self._remind()
        self.assertEqual(len(self._subjects()), 1)
        action = cart.action_remind_cart_now()
        self.assertIn("less than an hour", action["params"]["message"])
        self.assertEqual(len(self._subjects()), 1, "Two clicks are one reminder")
        self._remind(hours=13)
        self.assertEqual(self._subjects(), [f"Your cart {cart.name}", "After 24 hours"])
        self._let_pass(2)
        action = cart.action_remind_cart_now()
        self.assertIn("had all reminders", action["params"]["message"])
        self.assertEqual(len(self._subjects()), 2)

    def test_remind_now_after_the_run_sends_the_next(self):
        self._new_step(70)
        cart = self._new_abandoned_cart()
        self._remind()
        self._let_pass(2)
        cart.action_remind_cart_now()
        self.assertEqual(self._subjects(), [f"Your cart {cart.name}", "After 70 hours"])
        self._remind(hours=60)
        self.assertEqual(len(self._subjects()), 2)

    def test_remind_now_knows_no_too_late_but_the_same_reasons(self):
        late = self._new_abandoned_cart(hours=500)
        stopped = self._new_abandoned_cart(self.other_customer)
        self.env["mail.blacklist"]._add("bo@example.com")
        action = (late + stopped).action_remind_cart_now()
        self.assertEqual(
            action["params"]["message"],
            "1 of 2 carts are being reminded. The e-mail address is blacklisted.",
        )
        self.assertEqual(len(self._subjects()), 1)
        self.assertEqual(self._states(stopped), [(1, "skipped", "blacklisted")])

    def _assert_reason_for_a_salesperson(self, cart, reason):
        """Remind by hand as somebody who may not see what a colleague has with the customer."""
        cart.user_id = self.salesperson
        self.env.invalidate_all()
        cart.with_user(self.salesperson).action_remind_cart_now()
        states = [(1, "skipped", reason)] if reason else [(1, "sent", False)]
        self.assertEqual(self._states(cart), states)

    def _new_colleagues_order(self, **values):
        colleague = self._new_user("colleague", "sales_team.group_sale_salesman")
        order = self._new_order(user_id=colleague.id, **values)
        self.assertFalse(order.with_user(self.salesperson).has_access("read"))
        return order

    def test_remind_now_knows_the_orders_of_colleagues(self):
        cart = self._new_abandoned_cart()
        self._new_colleagues_order().action_confirm()
        self._assert_reason_for_a_salesperson(cart, "ordered_since")

    def test_remind_now_knows_who_has_bought_from_colleagues(self):
        self.website.cart_recovery_consent = "customers"
        order = self._new_colleagues_order()
        order.action_confirm()
        self._let_pass(100)
        self._assert_reason_for_a_salesperson(self._new_abandoned_cart(), False)

    def test_remind_now_knows_the_newer_carts_of_colleagues(self):
        cart = self._new_abandoned_cart()
        self._new_colleagues_order()
        self._assert_reason_for_a_salesperson(cart, "newer_cart")

    def test_remind_now_sends_nothing_to_the_control_group_and_to_never(self):
        self.website.cart_recovery_holdout = 50
        carts = self.env["sale.order"]
        for number in range(40):
            carts += self._new_order(self._new_customer(number))
        control = carts.filtered(lambda cart: cart._is_in_control_group())[0]
        other = carts.filtered(lambda cart: not cart._is_in_control_group())[0]
        self._abandon(control, other)
        other.action_never_remind_cart()
        message = (control + other).action_remind_cart_now()["params"]["message"]
        self.assertIn("0 of 2", message)
        self.assertIn("control group", message)
        self.assertIn("switched the reminders of this cart off", message)
        self.assertEqual(self._states(control), [(1, "holdout", False)])
        self.assertFalse(self._mails_to(control.partner_id.email))
        self.assertFalse(self._mails_to(other.partner_id.email))

    def _compose(self, carts):
        action = carts.action_recovery_email_send()
        composer = self.env["mail.compose.message"].with_context(**action["context"]).create({})
        with self.mock_mail_gateway():
            composer.action_send_mail()

    def test_cores_action_is_in_the_book(self):
        self._new_step(24)
        cart = self._new_abandoned_cart()
        self._compose(cart)
        self.assertEqual(self._states(cart), [(1, "sent", False)])
        self._remind()
        self.assertFalse(self._mails_to("anna@example.com") - cart.message_ids.mail_ids)
        self.assertEqual(len(cart.cart_recovery_mail_ids), 1)
        self._remind(hours=13)
        self.assertEqual([state[0] for state in self._states(cart)], [1, 2])

    def test_cores_action_after_the_last_reminder_is_in_the_book_too(self):
        cart = self._new_abandoned_cart()
        for _time in range(3):
            self._compose(cart)
            self._let_pass(2)
        rows = self._rows(cart)
        self.assertEqual(rows.mapped("state"), ["sent"] * 3)
        self.assertEqual(rows.mapped("step_number"), [1, 2, 3])
        self.assertFalse(rows.step_id)
        self.assertEqual(cart.cart_recovery_step_number, 3)

    def test_the_list_of_abandoned_carts_begins_with_all_of_them(self):
        reminded, other = (self._new_abandoned_cart(self._new_customer(n)) for n in (1, 2))
        reminded.action_remind_cart_now()
        action = self.env.ref("website_sale.action_view_abandoned_tree")
        orders = self.env["sale.order"]
        search = etree.fromstring(orders.get_view(action.search_view_id.id, "search")["arch"])
        domain = Domain(safe_eval(action.domain))
        context = safe_eval(action.context)
        for node in search.iter("filter"):
            if context.get(f"search_default_{node.get('name')}"):
                domain &= Domain(safe_eval(node.get("domain")))
        self.assertEqual(orders.search(domain) & (reminded + other), reminded + other)

    def test_cores_action_for_many(self):
        carts = self._new_abandoned_cart() + self._new_abandoned_cart(self.other_customer)
        self._compose(carts)
        self.assertEqual(carts.cart_recovery_mail_ids.mapped("state"), ["sent", "sent"])
        count = self.env["mail.mail"].search_count([])
        self._remind()
        self.assertEqual(self.env["mail.mail"].search_count([]), count)

    def test_the_automation_rules_method_is_in_the_book(self):
        cart = self._new_abandoned_cart()
        cart._cart_recovery_email_send()
        self.assertEqual(self._states(cart), [(1, "sent", False)])
