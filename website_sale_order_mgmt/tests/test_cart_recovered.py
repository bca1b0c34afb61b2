from odoo.tests import tagged

from ..tools.cart_recovery import is_held_out
from .cart_common import CartCommon


@tagged("post_install", "-at_install")
class TestCartRecovered(CartCommon):
    """Which orders count as the fruit of a reminder."""

    def _remind_cart(self, partner=None, **values):
        cart = self._new_abandoned_cart(partner, **values)
        self._remind()
        return cart

    def _would_be_held(self, cart):
        return is_held_out(cart.id, 50)

    def _follow(self, carts):
        return carts.mapped("cart_recovery_state")

    def test_from_none_to_recovered(self):
        self._new_step(24)
        cart = self._new_abandoned_cart()
        self.assertEqual(cart.cart_recovery_state, "none")
        self._remind()
        self.assertEqual(cart.cart_recovery_state, "reminded")
        self._remind(hours=13)
        cart.sudo()._note_cart_reminder_click(2)
        self.assertEqual(cart.cart_recovery_state, "clicked")
        cart.action_confirm()
        self.assertEqual(cart.cart_recovery_state, "recovered")
        self.assertEqual(cart.cart_recovery_step_number, 2)
        first, second = self._rows(cart)
        self.assertEqual(second.recovered_order_id, cart, "The last reminder")
        self.assertEqual(second.recovered_amount, cart.amount_total)
        self.assertFalse(first.recovered_order_id, "Each order counts once")

    def test_a_click_counts_once(self):
        cart = self._remind_cart()
        cart.sudo()._note_cart_reminder_click(1)
        clicked = cart.cart_recovery_mail_ids.click_date
        self._let_pass(5)
        before = cart.cart_recovery_mail_ids.click_date
        cart.sudo()._note_cart_reminder_click(1)
        self.assertEqual(cart.cart_recovery_mail_ids.click_date, before)
        self.assertLess(before, clicked)

    def test_the_clicked_reminder_is_the_one_of_the_link(self):
        self._new_step(24)
        cart = self._remind_cart()
        self._remind(hours=13)
        cart.sudo()._note_cart_reminder_click(1)
        first, second = self._rows(cart)
        self.assertTrue(first.click_date)
        self.assertFalse(second.click_date)

    def test_another_order_of_the_same_address(self):
        """Who comes back without the link, as a guest, and waits for the transfer."""
        cart = self._remind_cart()
        guest = self.customer.copy({"email": "Anna@Example.com"})
        order = self._new_order(guest, self.lamp, quantity=2)
        order.action_quotation_sent()
        self.assertEqual(cart.cart_recovery_state, "recovered")
        self.assertEqual(cart.cart_recovery_mail_ids.recovered_order_id, order)
        self.assertEqual(cart.cart_recovery_mail_ids.recovered_amount, 40.0)
        order.action_confirm()
        self.assertEqual(cart.cart_recovery_mail_ids.recovered_count, 1)

    def test_one_order_counts_for_its_own_cart_first(self):
        """The customer has two reminded carts, and orders the older."""
        old = self._remind_cart()
        new = self._remind_cart(self.customer.copy())
        old.action_confirm()
        self.assertEqual(self._follow(old + new), ["recovered", "reminded"])

    def test_what_does_not_count(self):
        """Another address; another company; too late; what the reminder came after."""
        cart = self._remind_cart()
        self._new_order(self.other_customer).action_confirm()
        self.assertEqual(cart.cart_recovery_state, "reminded")
        company = self.env["res.company"].create({"name": "North"})
        self.env.user.company_ids += company
        north = self.env["website"].create(
            {"name": "North", "company_id": company.id, "send_abandoned_cart_email": True}
        )
        self.lamp.allow_out_of_stock_order = True
        theirs = self._new_order(self.customer, self.lamp, website=north, team_id=False)
        theirs.action_quotation_sent()
        self.assertEqual(cart.cart_recovery_state, "reminded")
        self._let_pass(7 * 24 + 1)
        cart.action_confirm()
        self.assertEqual(cart.cart_recovery_state, "reminded")

    def test_within_seven_days(self):
        cart = self._remind_cart()
        self._let_pass(7 * 24 - 1)
        cart.action_confirm()
        self.assertEqual(cart.cart_recovery_state, "recovered")

    def test_an_order_that_is_cancelled_counts_no_more(self):
        cart = self._remind_cart()
        cart.action_confirm()
        cart._action_cancel()
        row = cart.cart_recovery_mail_ids
        self.assertEqual((row.recovered_amount, row.recovered_count), (0.0, 0))
        self.assertEqual(cart.cart_recovery_state, "reminded")
        cart.action_draft()
        cart.action_confirm()
        self.assertEqual((row.recovered_amount, row.recovered_count), (cart.amount_total, 1))

    def test_the_revenue_is_in_the_companys_currency(self):
        currency = self._enable_currency("GBP" if self.currency.name != "GBP" else "USD")
        currency.rate_ids.unlink()
        self.env["res.currency.rate"].create(
            {"name": "2020-01-01", "currency_id": currency.id, "rate": 0.5}
        )
        cart = self._new_order()
        cart.pricelist_id = self.env["product.pricelist"].create(
            {"name": "Abroad", "currency_id": currency.id}
        )
        cart.order_line.price_unit = 60.0
        self._abandon(cart, hours=12)
        self._remind()
        cart.action_confirm()
        self.assertEqual(cart.currency_id, currency)
        self.assertEqual(cart.cart_recovery_mail_ids.recovered_amount, 120.0)

    def test_odoos_own_reports_see_it(self):
        cart = self._remind_cart()
        cart.action_confirm()
        campaign = self.env.ref("website_sale_order_mgmt.utm_campaign_cart_recovery")
        self.assertEqual(cart.campaign_id, campaign)
        self.assertEqual(cart.medium_id, self.env.ref("utm.utm_medium_email"))

    def test_what_has_brought_the_customer_is_not_overwritten(self):
        campaign = self.env["utm.campaign"].create({"name": "Spring"})
        medium = self.env["utm.medium"].create({"name": "Poster"})
        cart = self._new_order(campaign_id=campaign.id, medium_id=medium.id)
        self._abandon(cart, hours=12)
        self._remind()
        cart.action_confirm()
        self.assertEqual(cart.cart_recovery_state, "recovered")
        self.assertEqual((cart.campaign_id, cart.medium_id), (campaign, medium))

    def test_the_control_group_is_followed_all_the_same(self):
        self.website.cart_recovery_holdout = 50
        cart = self._new_order()
        while not self._would_be_held(cart):
            cart = self._new_order(self._new_customer(cart.id))
        self._new_step(24)
        self._abandon(cart, hours=12)
        self._remind()
        self._remind(hours=13)
        self.assertEqual(self._states(cart), [(1, "holdout", False), (2, "holdout", False)])
        self.assertFalse(self._mails_to(cart.partner_id.email))
        self.assertFalse(cart.cart_recovery_email_sent)
        self.assertIn("control group", cart.cart_recovery_note)
        cart.action_confirm()
        self.assertEqual(self._rows(cart)[1].recovered_order_id, cart)
        self.assertEqual(cart.cart_recovery_state, "none", "Nothing has reminded it")
        self.assertFalse(cart.campaign_id)

    def test_a_cart_stays_in_its_group(self):
        """Whatever the share becomes: else it would count on both sides."""
        self._new_step(24)
        cart = self._new_order()
        while not self._would_be_held(cart):
            cart = self._new_order(self._new_customer(cart.id))
        self._abandon(cart, hours=12)
        self._remind()
        self.website.cart_recovery_holdout = 50
        self._remind(hours=13)
        self.assertEqual([state[1] for state in self._states(cart)], ["sent", "sent"])

    def test_the_share_of_the_control_group(self):
        """Close to what was asked for, the same each time, no matter how the carts are made."""
        for start in (1, 777_777):
            for percent in (0, 10, 50):
                held = sum(is_held_out(start + number, percent) for number in range(20_000))
                self.assertAlmostEqual(held / 200, percent, delta=1)
        self.assertTrue(
            all(is_held_out(number, 50) for number in range(999) if is_held_out(number, 10))
        )
        held = [number for number in range(30) if is_held_out(number, 10)]
        self.assertEqual(held, [1, 24], "The same on every machine")
