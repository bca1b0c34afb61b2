"""Under which terms goods are sold, and that later changes do not touch them."""

from psycopg2 import IntegrityError

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ShopCommon


@tagged("post_install", "-at_install")
class TestReturnPolicy(ShopCommon):
    def _confirm(self, **values):
        order = self._new_order(**values)
        order.action_confirm()
        return order.order_line

    def test_websites_begin_with_thirty_days_and_no_fee(self):
        website = self.env["website"].create({"name": "New"})
        self.assertEqual(website.return_window_days, 30)
        self.assertEqual(website.return_approval, "manual")
        self.assertEqual(website.return_shipping_paid_by, "customer")
        self.assertEqual(website.return_fee_percent, 0)

    def test_fee_and_days_have_limits(self):
        for values in (
            {"return_fee_percent": 101},
            {"return_fee_percent": -1},
            {"return_window_days": -1},
        ):
            with (
                self.subTest(values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.cr.savepoint(),
            ):
                self.website.write(values)
                self.website.flush_recordset()

    def test_terms_are_frozen_when_the_order_is_confirmed(self):
        self.website.write(
            {
                "return_window_days": 14,
                "return_fee_percent": 10,
                "return_shipping_paid_by": "merchant",
            }
        )
        order = self._new_order()
        self.assertFalse(order.order_line.return_policy, "A cart is not sold yet")
        order.action_confirm()
        self.website.write(
            {
                "return_window_days": 0,
                "return_fee_percent": 50,
                "return_shipping_paid_by": "customer",
            }
        )
        self.desk.write({"return_policy": "final_sale", "withdrawal_exception": "c"})
        line = order.order_line
        self.assertEqual(line.return_policy, "window")
        self.assertEqual(line.return_window_days, 14)
        self.assertEqual(line.return_fee_percent, 10)
        self.assertEqual(line.return_shipping_paid_by, "merchant")
        self.assertFalse(line.withdrawal_exception)
        self.assertEqual(line._get_return_terms()["return_window_days"], 14)

    def test_product_has_terms_of_its_own(self):
        self.desk.write({"return_policy": "window", "return_window_days": 60})
        self.assertEqual(self._confirm().return_window_days, 60)
        self.desk.write({"return_policy": "final_sale", "withdrawal_exception": "d"})
        line = self._confirm()
        self.assertEqual(line.return_policy, "final_sale")
        self.assertEqual(line.return_window_days, 0)
        self.assertEqual(line.withdrawal_exception, "d")

    def test_zero_days_mean_no_voluntary_returns(self):
        self.website.return_window_days = 0
        self.assertEqual(self._confirm().return_policy, "final_sale")

    def test_what_is_added_to_a_confirmed_order_is_sold_as_of_now(self):
        order = self._confirm().order_id
        self.website.return_window_days = 5
        order.order_line = [Command.create({"product_id": self.lamp.id})]
        desk, lamp = order.order_line
        self.assertEqual(desk.return_window_days, 30)
        self.assertEqual(lamp.return_window_days, 5)

    def test_orders_older_than_the_terms_follow_those_of_today(self):
        line = self._confirm()
        line.return_policy = False
        self.website.return_window_days = 7
        self.assertEqual(line._get_return_terms()["return_window_days"], 7)

    def test_copied_order_is_sold_under_new_terms(self):
        order = self._confirm().order_id
        self.website.return_window_days = 3
        copied = order.copy()
        copied.action_confirm()
        self.assertEqual(copied.order_line.return_window_days, 3)

    def test_orders_from_elsewhere_have_no_shop_terms(self):
        order = self._new_order()
        order.website_id = False
        order.action_confirm()
        self.assertFalse(order.order_line.return_policy)

    def test_shopper_reads_the_terms(self):
        product = self.desk.product_tmpl_id
        self.website.write({"return_window_days": 14, "return_fee_percent": 7.5})
        self.assertEqual(
            product._get_return_sentences(self.website),
            [
                "Returns within 14 days.",
                "You pay for the return parcel.",
                "We keep 7.5% of the price.",
            ],
        )
        product.return_policy = "final_sale"
        self.assertEqual(
            product.with_user(self.portal_user)._get_return_sentences(self.website),
            ["Cannot be returned, unless it is faulty or wrong."],
        )

    def test_terms_stand_in_the_cart_and_in_the_checkout(self):
        order = self._new_order()
        values = {"line": order.order_line, "website": self.website}
        cart = self.env["ir.qweb"]._render(
            "website_sale.cart_line_description_following_lines", values
        )
        self.assertIn("Returns within 30 days.", cart)
        view = self.env.ref("website_sale.cart_summary_content")
        self.assertIn("website_sale_order_mgmt.return_terms", view.get_combined_arch())
