from datetime import timedelta

from psycopg2.errors import CheckViolation

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .cart_common import CartCommon


@tagged("post_install", "-at_install")
class TestCartSteps(CartCommon):
    """Which reminder a cart gets when, whatever happens to the reminders meanwhile."""

    def test_without_steps_one_reminder_after_the_websites_delay(self):
        cart = self._new_abandoned_cart(hours=9.9)
        self._remind()
        self.assertFalse(self._subjects())
        self._remind(hours=0.2)
        self.assertEqual(self._subjects(), [f"Your cart {cart.name}"])
        for _time in range(5):
            self._remind(hours=20)
        self.assertEqual(len(self._subjects()), 1)

    def test_each_step_once_when_its_time_has_come(self):
        self._new_step(24)
        self._new_step(60)
        cart = self._new_abandoned_cart()
        first = f"Your cart {cart.name}"
        for hours, subjects in (
            (0, [first]),
            (11, [first]),
            (2, [first, "After 24 hours"]),
            (20, [first, "After 24 hours"]),
            (20, [first, "After 24 hours", "After 60 hours"]),
            (20, [first, "After 24 hours", "After 60 hours"]),
        ):
            self._remind(hours=hours)
            self._remind()
            self.assertEqual(self._subjects(), subjects)
        self.assertEqual(self._states(cart), [(number, "sent", False) for number in (1, 2, 3)])
        self.assertEqual(cart.cart_recovery_step_number, 3)

    def test_overdue_chain_sends_one_mail_a_run_an_hour_apart(self):
        self._new_step(12)
        self._new_step(14)
        self._new_abandoned_cart(hours=50)
        for minutes, count in ((0, 1), (0, 1), (58, 1), (3, 2), (30, 2), (31, 3), (120, 3)):
            self._remind(hours=minutes / 60)
            self.assertEqual(len(self._subjects()), count, minutes)

    def test_an_hour_apart_also_for_a_cart_that_begins_anew(self):
        """A website may wait for minutes only."""
        self.website.cart_abandoned_delay = 0.1
        cart = self._new_abandoned_cart(hours=1)
        self._remind()
        self._touch(cart)
        self._remind(hours=0.5)
        self.assertEqual(len(self._subjects()), 1)
        self._remind(hours=0.6)
        self.assertEqual(len(self._subjects()), 2)

    def test_the_lists_order_is_the_order_of_sending(self):
        """A step that was dragged below another is not sent before it."""
        late = self._new_step(40, sequence=1)
        soon = self._new_step(20, sequence=2)
        steps = self.website._get_cart_reminder_steps()
        self.assertEqual([step.key for step in steps], [0, late.id, soon.id])
        self.assertEqual([step.delay / timedelta(hours=1) for step in steps], [10, 40, 40])
        (late.sequence, soon.sequence) = (2, 1)
        steps = self.website._get_cart_reminder_steps()
        self.assertEqual([step.key for step in steps], [0, soon.id, late.id])
        self.assertEqual([step.delay / timedelta(hours=1) for step in steps], [10, 20, 40])

    def test_a_step_never_comes_before_the_websites_own(self):
        self._new_step(1, subject="Early")
        cart = self._new_abandoned_cart(hours=9)
        self._remind()
        self.assertFalse(self._subjects(), "The cart does not count as abandoned yet")
        self._remind(hours=2)
        self._remind(hours=2)
        self.assertEqual(self._subjects(), [f"Your cart {cart.name}", "Early"])

    def test_steps_change_while_carts_are_on_their_way(self):
        second, third = self._new_step(24, sequence=1), self._new_step(48, sequence=2)
        cart = self._new_abandoned_cart()
        self._remind()
        self._remind(hours=13)
        subjects = [f"Your cart {cart.name}", "After 24 hours"]
        self.assertEqual(self._subjects(), subjects)
        second.delay = 30
        self._remind(hours=6)
        self.assertEqual(self._subjects(), subjects, "Edited: it was sent")
        (second.sequence, third.sequence) = (2, 1)
        self._remind(hours=2)
        self.assertEqual(self._subjects(), subjects, "Reordered: the third waits for its time")
        second.active = False
        self._remind(hours=16)
        subjects.append("After 48 hours")
        self.assertEqual(self._subjects(), subjects)
        second.active = True
        self._remind(hours=2)
        self.assertEqual(self._subjects(), subjects, "Back from the archive: it was sent")
        third.unlink()
        self._remind(hours=2)
        self.assertEqual(self._subjects(), subjects)
        self.assertEqual(len(cart.cart_recovery_mail_ids), 3, "Deleted: the book keeps its rows")
        self._new_step(52, subject="New")
        self._remind(hours=2)
        self.assertEqual(self._subjects(), [*subjects, "New"])

    def test_an_archived_step_is_not_sent(self):
        self._new_step(12).active = False
        self._new_abandoned_cart(hours=14)
        self._remind()
        self._remind(hours=2)
        self.assertEqual(len(self._subjects()), 1)

    def test_another_websites_steps_do_not_count(self):
        other = self.website.copy({"name": "Other", "domain": False})
        self._new_step(12, website_id=other.id)
        self._new_abandoned_cart(hours=14)
        self._remind()
        self._remind(hours=2)
        self.assertEqual(len(self._subjects()), 1)

    def test_a_step_without_template_takes_the_first_ones(self):
        self._new_step(12, template_id=False)
        cart = self._new_abandoned_cart(hours=14)
        self._remind()
        self._remind(hours=2)
        self.assertEqual(self._subjects(), [f"Your cart {cart.name}"] * 2)

    def test_a_step_from_an_amount_in_the_companys_currency(self):
        """A cart of 90 in a currency that is worth twice as much is one of 180."""
        currency = self._enable_currency("GBP" if self.currency.name != "GBP" else "USD")
        currency.rate_ids.unlink()
        self.env["res.currency.rate"].create(
            {"name": "2020-01-01", "currency_id": currency.id, "rate": 0.5}
        )
        pricelist = self.env["product.pricelist"].create(
            {"name": "Abroad", "currency_id": currency.id}
        )
        self._new_step(12, min_amount=150.0)
        small, dear = self._new_order(), self._new_order(self.other_customer)
        dear.write({"pricelist_id": pricelist.id})
        for cart in small + dear:
            cart.order_line.price_unit = 90.0
        self.assertEqual((small.amount_total, dear.amount_total), (90.0, 90.0))
        self.assertEqual(dear.currency_id, currency)
        self._abandon(small, dear, hours=14)
        self._remind()
        self._remind(hours=2)
        self.assertEqual(len(self._subjects(self.customer)), 1)
        self.assertEqual(len(self._subjects(self.other_customer)), 2)
        self.assertEqual(dear.cart_recovery_mail_ids.mapped("amount"), [180.0, 180.0])
        small.order_line.price_unit = 200.0
        self._remind(hours=2)
        self.assertEqual(len(self._subjects(self.customer)), 2, "It is worth enough now")

    def test_a_changed_cart_begins_anew_with_the_first(self):
        self._new_step(24)
        cart = self._new_abandoned_cart()
        self._remind()
        self._touch(cart)
        self._remind(hours=9)
        self.assertEqual(len(self._subjects()), 1)
        self._remind(hours=2)
        self._remind(hours=14)
        first = f"Your cart {cart.name}"
        self.assertEqual(self._subjects(), [first, first, "After 24 hours"])
        self.assertEqual(len(set(cart.cart_recovery_mail_ids.mapped("cart_activity"))), 2)

    def test_carts_left_before_it_was_switched_on_get_nothing(self):
        cart = self._new_abandoned_cart()
        self.website.send_abandoned_cart_email = False
        self.website.send_abandoned_cart_email = True
        self._remind()
        self.assertFalse(self._subjects())
        self.assertIn("too long ago", cart.cart_recovery_note)

    def test_a_website_without_the_time_of_switching_on_reminds_all(self):
        self._new_abandoned_cart()
        self.env.flush_all()
        self.env.cr.execute("UPDATE website SET send_abandoned_cart_email_activation_time = NULL")
        self.env.invalidate_all()
        self._remind()
        self.assertEqual(len(self._subjects()), 1)

    def test_what_is_three_days_late_is_not_sent_any_more(self):
        self._new_step(12)
        self._new_abandoned_cart(hours=10 + 72.5)
        self._remind()
        self.assertEqual(self._subjects(), ["After 12 hours"])

    @mute_logger("odoo.sql_db")
    def test_delays_and_amounts_make_sense(self):
        for values in ({"delay": 0}, {"delay": -1}, {"min_amount": -1}):
            with (
                self.subTest(**values),
                self.assertRaises(CheckViolation),
                self.cr.savepoint(),
            ):
                self._new_step(**{"delay": 5, **values})

    def test_what_comes_next_is_said_on_the_cart(self):
        self._new_step(24)
        cart = self._new_abandoned_cart()
        left = cart.cart_last_activity
        self.assertEqual(cart.cart_recovery_next_date, left + timedelta(hours=10))
        self.assertIn("Reminder 1", cart.cart_recovery_note)
        self._remind()
        cart.invalidate_recordset()
        self.assertEqual(cart.cart_recovery_next_date, left + timedelta(hours=24))
        self.assertIn("Reminder 2", cart.cart_recovery_note)
        cart.action_never_remind_cart()
        cart.invalidate_recordset()
        self.assertFalse(cart.cart_recovery_next_date)
        self._remind(hours=20)
        self.assertEqual(len(self._subjects()), 1)
        cart.action_remind_cart_again()
        self._remind()
        self.assertEqual(len(self._subjects()), 2)
        self.assertIn("No more", cart.cart_recovery_note)
        self.assertLess(
            cart.cart_recovery_mail_ids[0].sent_date, fields.Datetime.now() + timedelta(1)
        )
