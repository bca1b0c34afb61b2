from odoo.tests import tagged

from ..tools import backfill
from .cart_common import CartCommon


@tagged("post_install", "-at_install")
class TestCartInstallation(CartCommon):
    """Carts that are older than the addon."""

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
