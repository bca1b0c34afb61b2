from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .cart_common import CartCommon


@tagged("post_install", "-at_install")
class TestCartReport(CartCommon):
    """What the reminders bring, in numbers and in words."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website = cls.env["website"].create(
            {"name": "Measured", "send_abandoned_cart_email": True}
        )
        cls.first_cart = cls._new_order()
        cls.env.flush_all()

    def _book(self, sent, recovered, control=0, control_recovered=0):
        """Fill the book with carts of both groups, of which so many were ordered."""
        count = sent + control
        carts = self.env["sale.order"].create(
            [{"partner_id": self.customer.id, "website_id": self.website.id}] * count
        )
        now = fields.Datetime.now()
        self.book.create(
            [
                {
                    "order_id": cart.id,
                    "step_number": 1,
                    "cart_activity": now,
                    "state": "sent" if number < sent else "holdout",
                    "sent_date": now,
                    "recovered_order_id": cart.id
                    if number < recovered or sent <= number < sent + control_recovered
                    else False,
                }
                for number, cart in enumerate(carts)
            ]
        )
        return carts

    def _book_again(self, row, state, **values):
        values = {"step_key": 5, "step_number": 2, "state": state, **values}
        now = fields.Datetime.now()
        row.copy({"cart_activity": row.cart_activity, "sent_date": now, **values})

    def _effect(self, **values):
        return self.env["website.cart.recovery.effect"].create(
            {"website_id": self.website.id, **values}
        )

    def test_nothing_yet(self):
        self.assertEqual(self._effect().summary, "No cart was reminded in this time.")

    def test_without_a_control_group(self):
        self._book(10, 3)
        effect = self._effect()
        self.assertIn("3 of 10 reminded carts were followed by an order", effect.summary)
        self.assertIn("would have come back anyway", effect.summary)

    def test_more_orders(self):
        self._book(400, 80, 200, 20)
        effect = self._effect()
        self.assertEqual(
            (effect.carts, effect.recovered, effect.control_carts, effect.control_recovered),
            (400, 80, 200, 20),
        )
        self.assertIn(
            "Reminders brought 40 more orders of 400 carts, between 15 and 62.", effect.summary
        )

    def test_nothing_certain(self):
        self._book(40, 8, 20, 3)
        self.assertRegex(
            self._effect().summary, r"nothing is certain yet: between -\d+ and \d+ more orders"
        )

    def test_fewer_orders(self):
        self._book(200, 20, 200, 60)
        self.assertRegex(
            self._effect().summary,
            r"Reminders cost 40 orders of 200 carts, between 2\d and 5\d: the control group",
        )

    def test_carts_are_counted_not_mails(self):
        [cart] = self._book(1, 1)
        row = self.book.search([("order_id", "=", cart.id)])
        self._book_again(row, "sent")
        effect = self._effect()
        self.assertEqual((effect.carts, effect.recovered), (1, 1))

    def test_a_cart_is_in_one_group_only(self):
        carts = self._book(2, 0, 1, 0)
        row = self.book.search([("order_id", "=", carts[0].id)])
        self._book_again(row, "holdout", recovered_order_id=carts[0].id)
        effect = self._effect()
        self.assertEqual((effect.carts, effect.control_carts, effect.control_recovered), (2, 1, 0))

    def test_cancelled_orders_count_no_more(self):
        carts = self._book(2, 2)
        carts[0]._action_cancel()
        self.assertEqual(self._effect().recovered, 1)

    def test_the_period_and_the_website(self):
        carts = self._book(3, 0)
        rows = self.book.search([("order_id", "in", carts.ids)])
        rows[0].sent_date -= timedelta(days=100)
        other = self.website.copy({"name": "Other", "domain": False})
        rows[1].order_id.website_id = other
        effect = self._effect()
        self.assertEqual(effect.carts, 1)
        effect.date_from -= timedelta(days=30)
        self.assertEqual(effect.carts, 2)
        action = effect.action_open_rows()
        self.assertEqual(len(self.book.search(action["domain"])), 2)

    def test_by_website_step_and_week(self):
        self._book(3, 2)
        [(website, number, _week, sent, recovered)] = self.book._read_group(
            [("website_id", "=", self.website.id)],
            ["website_id", "step_number", "sent_date:week"],
            ["sent_count:sum", "recovered_count:sum"],
        )
        self.assertEqual((website, number, sent, recovered), (self.website, 1, 3, 2))
