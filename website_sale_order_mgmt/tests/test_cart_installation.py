from odoo.tests import tagged

from ..hooks import post_init_hook, pre_init_hook, uninstall_hook
from ..tools import backfill
from .cart_common import CartCommon

CUSTOMERS = {"cart_recovery_consent": "customers"}


@tagged("post_install", "-at_install")
class TestCartInstallation(CartCommon):
    """Carts that are older than the addon."""

    def test_websites_that_reminded_everybody_go_on_and_others_do_not(self):
        other = self.website.copy({"name": "Other", "send_abandoned_cart_email": False})
        self.website.send_abandoned_cart_email = True
        self.env.flush_all()
        self.env.cr.execute("ALTER TABLE website DROP COLUMN cart_recovery_consent")
        pre_init_hook(self.env)
        self.env.cr.execute(
            "SELECT id, cart_recovery_consent FROM website WHERE id IN %s",
            [(self.website + other)._ids],
        )
        # What is empty then gets the field's default from Odoo.
        consent = {self.website.id: "everyone", other.id: None}
        self.assertEqual(dict(self.env.cr.fetchall()), consent)
        self.assertEqual(self.env["website"].default_get(["cart_recovery_consent"]), CUSTOMERS)

    def test_what_demo_data_chose_stays(self):
        """Records come between the two hooks."""
        self.website.write(
            {"cart_recovery_consent": "customers", "send_abandoned_cart_email": True}
        )
        post_init_hook(self.env)
        self.assertEqual(self.website.cart_recovery_consent, "customers")

    def test_cron_is_left_as_it_was_found(self):
        cron = self.env.ref("website_sale.ir_cron_send_availability_email").sudo()
        for found in (True, False):
            for needed in (True, False):
                with self.subTest(found=found, needed=needed):
                    cron.active = found
                    pre_init_hook(self.env)
                    self.env["website"].search([]).send_abandoned_cart_email = needed
                    post_init_hook(self.env)
                    self.assertEqual(cron.active, needed)
                    uninstall_hook(self.env)
                    self.assertEqual(cron.active, found)
        parameters = self.env["ir.config_parameter"].sudo().search([])
        self.assertFalse([key for key in parameters.mapped("key") if "order_mgmt" in key])

    def test_old_carts_are_followed_and_not_reminded_again(self):
        reminded = self._new_abandoned_cart()
        waiting = self._new_abandoned_cart(self.other_customer)
        offer = self.env["sale.order"].create({"partner_id": self.customer.id})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE sale_order SET date_order = cart_last_activity WHERE website_id IS NOT NULL"
        )
        self.env.cr.execute("UPDATE sale_order SET cart_last_activity = NULL")
        self.env.cr.execute(
            "UPDATE sale_order SET cart_recovery_email_sent = TRUE WHERE id = %s", [reminded.id]
        )
        self.env.invalidate_all()
        for _time in range(2):
            backfill.fill_shop_status(self.env)
        self.assertEqual(reminded.cart_last_activity, reminded.date_order)
        self.assertEqual(reminded.cart_recovery_state, "reminded")
        self.assertEqual(reminded.cart_recovery_step_number, 1)
        self.assertEqual(waiting.cart_recovery_state, "none")
        self.assertFalse(offer.cart_last_activity)
        self._new_step(24)
        self._remind()
        self.assertFalse(self._mails_to("anna@example.com"), "Core has sent it")
        self.assertEqual(len(self._mails_to("bo@example.com")), 1)
        self._remind(hours=13)
        self.assertEqual(self._subjects(), ["After 24 hours"])
