from odoo.tests import tagged

from .cart_common import CartCommon


@tagged("post_install", "-at_install")
class TestCartPrivacy(CartCommon):
    """When an address goes, nothing of it stays in the books; an objection stays, as a hash."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cart = cls._new_abandoned_cart()
        cls.key = cls.cart._get_cart_email_key()
        cls.website.cart_recovery_consent = "consent"
        cls.cart._give_cart_recovery_consent()

    def setUp(self):
        super().setUp()
        self._remind()
        self.row = self._rows(self.cart)
        self.mail = self.row.mail_mail_id
        self.row.error = "550 <anna@example.com> unknown"
        self.assertEqual(self.row.email_key, self.key)

    def _assert_forgotten(self):
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(self.mail.exists(), "The queued mail")
        for model in ("website.cart.recovery.mail", "website.cart.recovery.consent"):
            for values in self.env[model].sudo().search([]).read():
                text = str(values)
                self.assertNotIn("anna@example.com", text)
                self.assertNotIn(self.key, text)

    def test_erased(self):
        self.customer.write({"name": "Erased", "email": False})
        self._assert_forgotten()
        self.assertFalse(self.row.email_key)
        self.assertFalse(self.consents.search_count([("partner_id", "=", self.customer.id)]))
        self._remind(hours=2)
        self.assertEqual(self._states(self.cart), [(1, "skipped", "no_email")])

    def test_replaced(self):
        """A mistake in the address is mended: the new one is reminded, and counts."""
        self.customer.email = "anna.lind@example.com"
        self._assert_forgotten()
        self.assertEqual(self.row.email_key, self.cart._get_cart_email_key())
        self._remind(hours=2)
        self.assertEqual(len(self._mails_to("anna.lind@example.com")), 1)

    def test_written_otherwise(self):
        """The same address: nothing is lost."""
        self.customer.email = "ANNA@example.com"
        self.assertTrue(self.mail.exists())
        self.assertEqual(self.mail.state, "outgoing")
        self.assertEqual(self.row.email_key, self.key)

    def test_merged(self):
        other = self.other_customer
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.customer + other).ids, other, extra_checks=False
        )
        self._assert_forgotten()
        self.assertEqual(self.cart.partner_id, other)
        self.assertEqual(self.row.email_key, self.cart._get_cart_email_key())

    def test_deleted_with_the_cart(self):
        self.cart.unlink()
        self.customer.unlink()
        self._assert_forgotten()
        self.assertFalse(self.row.exists())
        self.assertFalse(self.consents.search_count([]))

    def test_the_objection_stays_and_counts_when_the_address_comes_back(self):
        self.optouts._opt_out(self.key, self.cart.company_id)
        optout = self.optouts.search([("email_key", "=", self.key)])
        self.customer.email = False
        self.cart.unlink()
        self.customer.unlink()
        self.assertTrue(optout.exists())
        self.assertNotIn("anna", str(optout.read()))
        self.website.cart_recovery_consent = "everyone"
        back = self.env["res.partner"].create({"name": "A.", "email": "Anna@example.com"})
        cart = self._new_abandoned_cart(back)
        self._remind()
        self.assertEqual(self._states(cart), [(1, "skipped", "opted_out")])
