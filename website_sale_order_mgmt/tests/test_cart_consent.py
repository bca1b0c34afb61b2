from odoo.tests import tagged

from .cart_common import CartCommon


@tagged("post_install", "-at_install")
class TestCartConsent(CartCommon):
    """Whom a website may remind, and what it keeps of what they have agreed to."""

    def _assert_reminded(self, cart, reminded):
        self._remind()
        state = (1, "sent", False) if reminded else (1, "skipped", "no_consent")
        self.assertEqual(self._states(cart), [state])

    def test_new_websites_remind_customers(self):
        website = self.env["website"].create({"name": "New"})
        self.assertEqual(website.cart_recovery_consent, "customers")

    def test_everyone(self):
        self._assert_reminded(self._new_abandoned_cart(), True)

    def test_customers_have_bought_before(self):
        self.website.cart_recovery_consent = "customers"
        self._new_order(self.customer.copy()).action_confirm()  # as a guest
        self._let_pass(24)
        bought, new = self._new_order(), self._new_order(self.other_customer)
        self._abandon(bought, new, hours=12)
        self._assert_reminded(bought, True)
        self._assert_reminded(new, False)

    def test_customers_of_another_company_are_not_ours(self):
        self.website.cart_recovery_consent = "customers"
        company = self.env["res.company"].create({"name": "North"})
        self.env.user.company_ids += company
        order = (
            self.env["sale.order"]
            .with_company(company)
            .create({"partner_id": self.customer.id, "company_id": company.id})
        )
        order.action_confirm()
        self._let_pass(24)
        self._assert_reminded(self._new_abandoned_cart(), False)

    def test_a_cancelled_order_is_no_purchase(self):
        self.website.cart_recovery_consent = "customers"
        order = self._new_order()
        order.action_confirm()
        order._action_cancel()
        self._let_pass(24)
        self._assert_reminded(self._new_abandoned_cart(), False)

    def test_customers_who_have_agreed(self):
        self.website.cart_recovery_consent = "customers"
        cart = self._new_abandoned_cart()
        cart._give_cart_recovery_consent()
        self._assert_reminded(cart, True)

    def test_consent_only(self):
        """Having bought is not enough then; the consent of the same address is."""
        self.website.cart_recovery_consent = "consent"
        self._new_order().action_confirm()
        self._let_pass(24)
        cart = self._new_abandoned_cart()
        self._assert_reminded(cart, False)
        guest = self._new_order(self.customer.copy())
        guest._give_cart_recovery_consent()
        guest.action_cancel()
        self._let_pass(1.1)
        self._assert_reminded(cart, True)

    def test_consent_to_one_company_is_none_to_another(self):
        company = self.env["res.company"].create({"name": "North", "email": "north@example.com"})
        self.env.user.company_ids += company
        north = self.env["website"].create(
            {"name": "North", "company_id": company.id, "send_abandoned_cart_email": True}
        )
        self.website.write({"cart_recovery_consent": "consent", "send_abandoned_cart_email": True})
        self.lamp.allow_out_of_stock_order = True
        theirs = self._new_order(self.customer, self.lamp, website=north, team_id=False)
        theirs._give_cart_recovery_consent()
        self._assert_reminded(self._new_abandoned_cart(), False)

    def test_the_words_the_time_and_the_language_are_kept(self):
        self.env["res.lang"]._activate_lang("sv_SE")
        self.website.write({"cart_recovery_consent": "consent", "send_abandoned_cart_email": True})
        cart = self._new_order()
        text = self.website.with_context(lang="sv_SE")._get_cart_recovery_consent_text()
        self.assertIn(self.env.company.name, text)
        cart.with_context(lang="sv_SE")._give_cart_recovery_consent()
        consent = self.consents.search([("partner_id", "=", self.customer.id)])
        self.assertEqual(consent.text, text)
        self.assertEqual(consent.lang, "sv_SE")
        self.assertEqual(consent.website_id, self.website)
        self.assertEqual(consent.create_date, self.env.cr.now(), "the transaction's time")
        self.env.company.name = "Another name"
        self.assertEqual(consent.text, text, "What was ticked then, not what is written now")

    def test_it_is_asked_where_it_is_needed_and_kept_once(self):
        consents = self.consents
        self.website.write(
            {"cart_recovery_consent": "customers", "send_abandoned_cart_email": True}
        )
        cart = self._new_order()
        self.assertTrue(cart._is_cart_recovery_consent_asked())
        for _time in range(2):
            cart._give_cart_recovery_consent()
        self.assertEqual(consents.search_count([("partner_id", "=", self.customer.id)]), 1)
        self.assertFalse(cart._is_cart_recovery_consent_asked())
        other = self._new_order(self.other_customer)
        for values in (
            {"cart_recovery_consent": "everyone"},
            {"cart_recovery_consent": "consent", "send_abandoned_cart_email": False},
        ):
            self.website.write(values)
            self.assertFalse(other._is_cart_recovery_consent_asked())
            other._give_cart_recovery_consent()
        self.assertFalse(consents.search_count([("partner_id", "=", self.other_customer.id)]))
