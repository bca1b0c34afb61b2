from unittest.mock import patch

from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.website_cart_recovery import Website
from .cart_common import CartCommon
from .common import REMINDER_CRON


@tagged("post_install", "-at_install")
class TestCartRun(CartCommon):
    """Core's scheduled action: when it runs, and what it leaves to whom."""

    def _is_cron_active(self):
        return self.env.ref(REMINDER_CRON).active

    def test_it_is_the_only_one(self):
        crons = self.env["ir.cron"].with_context(active_test=False).search([])
        ours = crons.filtered(lambda cron: "abandoned_cart" in (cron.code or ""))
        self.assertEqual(ours, self.env.ref(REMINDER_CRON))

    def test_it_is_active_while_a_website_reminds(self):
        websites = self.env["website"]
        websites.search([]).send_abandoned_cart_email = False
        self.assertFalse(self._is_cron_active())
        first = websites.create({"name": "First", "send_abandoned_cart_email": True})
        self.assertTrue(self._is_cron_active())
        second = first.copy({"name": "Second", "domain": False})
        self.assertTrue(second.send_abandoned_cart_email)
        first.send_abandoned_cart_email = False
        self.assertTrue(self._is_cron_active())
        second.unlink()
        self.assertFalse(self._is_cron_active())

    def test_a_shopper_cannot_switch_it(self):
        self.env.ref(REMINDER_CRON).active = False
        self.website.with_user(self.env.ref("base.user_admin")).send_abandoned_cart_email = True
        self.assertTrue(self._is_cron_active())

    @mute_logger("odoo.addons.website_sale_order_mgmt.models.website_cart_recovery")
    def test_a_bad_website_does_not_stop_the_others(self):
        bad = self.website.copy({"name": "Bad", "domain": False, "sequence": -1})
        lost = self._new_order(self.other_customer, website=bad)
        self._abandon(lost, self._new_order(), hours=12)
        steps = Website._get_cart_reminder_steps

        def fail(website):
            if website == bad:
                raise ValueError("Broken")
            return steps(website)

        with (
            patch.object(Website, "_get_cart_reminder_steps", fail),
            self.assertLogs("odoo.addons.base.models.ir_cron", "ERROR") as reported,
        ):
            self._run_cron(REMINDER_CRON)
        self.assertIn("Broken", str(reported.output), "Odoo takes the action for failed")
        self.assertEqual(len(self._subjects()), 1)
        self.assertFalse(self._mails_to("bo@example.com"))

    def test_a_deleted_websites_carts_are_none(self):
        website = self.website.copy({"name": "Short-lived", "domain": False})
        cart = self._new_order(website=website)
        self._abandon(cart, hours=12)
        self._remind()
        row = cart.cart_recovery_mail_ids
        website.unlink()
        self.env.invalidate_all()
        self.assertFalse(cart.is_abandoned_cart)
        self.assertNotIn(cart, self.env["sale.order"].search([("is_abandoned_cart", "=", True)]))
        self.assertTrue(row.exists(), "What was sent stays in the book")
        self.assertFalse(cart.cart_recovery_note)
        self._remind(hours=2)

    def test_a_neutralized_copy_sends_nothing(self):
        self._new_abandoned_cart()
        later = self._new_abandoned_cart(self.other_customer, hours=9)
        self._remind()
        mail = self._mails_to("anna@example.com")
        self.assertEqual(mail.state, "outgoing")
        self.env.flush_all()
        for query in get_neutralization_queries(["website_sale_order_mgmt"]):
            self.env.cr.execute(query)
        self.env.invalidate_all()
        self.assertEqual(mail.state, "cancel")
        self.assertEqual(self._send_queue(), [])
        self._remind(hours=2)
        self.assertFalse(later.cart_recovery_mail_ids)


@tagged("post_install", "-at_install")
class TestCartQueue(CartCommon):
    """A reminder that is in the queue of mails when something happens to its cart stays there."""

    def setUp(self):
        super().setUp()
        self.cart = self._new_abandoned_cart()
        self.other = self._new_abandoned_cart(self.other_customer)
        self._remind()
        self.mails = self._mails_to("anna@example.com") + self._mails_to("bo@example.com")
        self.assertEqual(self.mails.mapped("state"), ["outgoing", "outgoing"])

    def _assert_kept_back(self, reason):
        """Assert that only the other customer's mail leaves, and that the book says why."""
        reached = self._send_queue(self.mails)
        self.assertEqual(len(reached), 1)
        self.assertIn("bo@example.com", reached[0])
        self.assertEqual(self._states(self.cart), [(1, "skipped", reason)])
        self.assertEqual(self.cart.cart_recovery_skip_reason, reason)
        self.assertEqual(self._states(self.other), [(1, "sent", False)])

    def test_nothing_has_happened(self):
        self.assertEqual(len(self._send_queue(self.mails)), 2)

    def test_ordered(self):
        self.cart.action_quotation_sent()
        self._assert_kept_back("ordered_since")
        self.assertEqual(self.cart.cart_recovery_state, "none", "Nothing was sent")

    def test_ordered_under_another_contact(self):
        self._new_order(self.customer.copy()).action_confirm()
        self._assert_kept_back("ordered_since")

    def test_being_paid(self):
        self._new_payment(self.cart, state="pending")
        self._assert_kept_back("payment_pending")

    def test_cancelled(self):
        self.cart.action_cancel()
        self._assert_kept_back("changed")

    def test_emptied(self):
        self.cart.order_line.unlink()
        self._assert_kept_back("changed")

    def test_used_again(self):
        self._let_pass(1)
        self._touch(self.cart)
        reached = self._send_queue(self.mails)
        self.assertEqual(len(reached), 1)
        self._remind(hours=10.1)
        self.assertEqual([state[1] for state in self._states(self.cart)], ["skipped", "sent"])

    def test_never(self):
        self.cart.action_never_remind_cart()
        self._assert_kept_back("never")

    def test_objected_to(self):
        """Even if the objection came while the run was at work, which could not see it."""
        self.optouts.create(
            {"email_key": self.cart._get_cart_email_key(), "company_id": self.cart.company_id.id}
        )
        self._assert_kept_back("opted_out")

    def test_blacklisted(self):
        self.env["mail.blacklist"]._add("anna@example.com")
        self._assert_kept_back("blacklisted")

    def test_other_mails_leave(self):
        self.cart.action_quotation_sent()
        mail = self.env["mail.mail"].create(
            {"email_to": "x@example.com", "email_from": "shop@example.com", "body_html": "Hello"}
        )
        self.assertEqual(self._send_queue(mail), ["x@example.com"])
