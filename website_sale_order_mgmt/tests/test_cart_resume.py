from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .cart_common import CartCommon

BROWSER = {"User-Agent": "Mozilla/5.0", "Sec-Fetch-Dest": "document"}


@tagged("post_install", "-at_install")
class TestCartResume(CartCommon, HttpCase):
    """Who follows the link of a reminder finds the cart, with what is true today."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website.domain = cls.base_url()
        (cls.desk + cls.lamp).website_published = True
        cls.cart = cls._new_abandoned_cart()
        cls.env["website"]._send_abandoned_cart_email()
        cls.row = cls.cart.cart_recovery_mail_ids
        cls.env.flush_all()

    def _follow(self, number="1", headers=BROWSER, method=None, **params):
        params = {
            "id": self.cart.id,
            "access_token": self.cart.access_token,
            "reminder": number,
            **params,
        }
        response = self.url_open("/shop/cart", params=params, headers=headers, method=method)
        self.env.invalidate_all()
        return response

    def _add_to_own_cart(self, product, quantity=1):
        self.make_jsonrpc_request(
            "/shop/cart/add",
            {
                "product_template_id": product.product_tmpl_id.id,
                "product_id": product.id,
                "quantity": quantity,
            },
        )
        return self.env["sale.order"].search(
            [("website_id", "=", self.website.id)], order="id desc", limit=1
        )

    # === CLICKS === #

    def test_a_click_counts_once(self):
        self.assertEqual(self._follow().status_code, 200)
        clicked = self.row.click_date
        self.assertTrue(clicked)
        self.assertEqual(self.cart.cart_recovery_state, "clicked")
        self._let_pass(1)
        before = self.row.click_date
        self._follow()
        self.assertEqual(self.row.click_date, before)

    def test_machines_are_no_clicks(self):
        for headers, method in (
            ({"Sec-Purpose": "prefetch;prerender"}, None),
            ({"Purpose": "prefetch"}, None),
            ({"Sec-Fetch-Dest": "image"}, None),
            ({"User-Agent": "Googlebot/2.1"}, None),
            ({}, "HEAD"),
        ):
            with self.subTest(method=method, **headers):
                self._follow(headers=BROWSER | headers, method=method)
                self.assertFalse(self.row.click_date)

    def test_odd_numbers_of_reminders(self):
        for number in ("x", "-1", "9" * 5000, "²"):
            with self.subTest(number[:5]):
                self.assertEqual(self._follow(number).status_code, 200)

    def test_a_test_mails_link_is_no_click_and_takes_nobodys_cart(self):
        """Whoever follows it, with the address of a cart in it or not, sees the own cart."""
        self.portal_user.password = self.portal_user.login
        self.authenticate(self.portal_user.login, self.portal_user.login)
        for switched_on in (True, False):
            self.website.send_abandoned_cart_email = switched_on
            self.env.flush_all()
            for more in ({}, {"revive_method": "squash"}, {"revive_method": "merge"}):
                with self.subTest(switched_on=switched_on, **more):
                    response = self._follow("test", **more)
                    self.assertEqual(response.status_code, 200)
                    self.assertNotIn("Desk", response.text)
                    self.assertNotIn("Desk", self.url_open("/shop/cart").text)
                    self.env.invalidate_all()
                    self.assertEqual(self.cart.partner_id, self.customer)
                    self.assertEqual(self.cart.state, "draft")
        self.assertFalse(self.row.click_date)

    def test_opening_does_not_begin_the_reminders_anew(self):
        """A scanner that opens every link would be reminded for ever."""
        left = self.cart.cart_last_activity
        self._follow()
        self.assertEqual(self.cart.cart_last_activity, left)
        self._remind(hours=11)
        self.assertEqual(len(self._subjects()), 1)

    def test_a_login_does_not_begin_the_reminders_anew(self):
        """Core brings the cart that was left back at the first page of the shop."""
        self.portal_user.password = self.portal_user.login
        cart = self._new_abandoned_cart(self.portal_user.partner_id)
        self._remind()
        left = cart.cart_last_activity
        self.authenticate(self.portal_user.login, self.portal_user.login)
        self.assertIn("Desk", self.url_open("/shop/cart").text)
        self.env.invalidate_all()
        self.assertEqual(cart.cart_last_activity, left)
        self.assertTrue(cart.cart_recovery_email_sent)
        self._remind(hours=11)
        self.assertEqual(self._states(cart), [(1, "sent", False)])

    # === LINKS === #

    @mute_logger("odoo.http")
    def test_wrong_links_open_nothing(self):
        other = self._new_abandoned_cart(self.other_customer)
        other._portal_ensure_token()
        for params in (
            {"id": "9" * 30},
            {"id": "-1"},
            {"id": "²"},
            {"access_token": "é"},
            {"access_token": other.access_token},
            {"id": other.id},
        ):
            with self.subTest(**params):
                self.assertEqual(self._follow(**params).status_code, 404)
        self.assertFalse(self.row.click_date)

    @mute_logger("odoo.http")
    def test_a_cart_without_a_token_is_opened_by_none(self):
        self.cart.access_token = False
        self.env.flush_all()
        self.assertEqual(self._follow(access_token="False").status_code, 404)

    def test_another_websites_cart_is_not_counted(self):
        self.cart.website_id = self.website.copy({"name": "Other", "domain": False})
        self.env.flush_all()
        self._follow()
        self.assertFalse(self.row.click_date)

    def test_an_ordered_cart_says_so_kindly(self):
        self.cart.action_quotation_sent()
        self.env.flush_all()
        self.assertIn("has already been completed", self._follow().text)

    # === WHAT IS TRUE TODAY === #

    def test_quantities_prices_and_taxes_of_today(self):
        tax = self.env["account.tax"].create({"name": "New tax", "amount": 25})
        self.cart.order_line.product_uom_qty = 5000
        self.desk.write({"list_price": 80.0, "taxes_id": [Command.set(tax.ids)]})
        self.env.flush_all()
        self.assertEqual(self._follow().status_code, 200)
        line = self.cart.order_line
        self.assertEqual(line.product_uom_qty, 1000, "There are no more")
        self.assertEqual(line.price_unit, 80.0)
        self.assertEqual(line.tax_ids, tax)
        self.assertEqual(self.cart.amount_total, 100_000.0)

    def test_combos_and_options_are_checked_against_the_stock(self):
        part, option = self.lamp, self._create_product(name="Tray", is_storable=True)
        self._add_product_qty_to_wh(option.id, 3, self.warehouse.lot_stock_id.id)
        combo = self.env["product.combo"].create(
            {"name": "Seat", "combo_item_ids": [Command.create({"product_id": part.id})]}
        )
        product = self._create_product(
            name="Office set", type="combo", combo_ids=[Command.link(combo.id)], list_price=50.0
        )
        (product + option).website_published = True
        self.cart.order_line = [Command.create({"product_id": product.id, "product_uom_qty": 1500})]
        line = self.cart.order_line[-1]
        item = {"product_id": part.id, "combo_item_id": combo.combo_item_ids.id}
        self.cart.order_line = [
            Command.create(values | {"linked_line_id": line.id})
            for values in (
                item | {"product_uom_qty": 1500},
                {"product_id": option.id, "product_uom_qty": 5},
            )
        ]
        self.env.flush_all()
        self.assertEqual(self._follow().status_code, 200)
        self.assertEqual(
            {line.product_id: line.product_uom_qty for line in self.cart.order_line},
            {self.desk: 1, product: 1000, part: 1000, option: 3},
        )

    def test_a_combo_with_a_part_that_is_sold_out_leaves_the_cart(self):
        part = self._create_product(name="Cushion", is_storable=True)
        combo = self.env["product.combo"].create(
            {"name": "Seat", "combo_item_ids": [Command.create({"product_id": part.id})]}
        )
        product = self._create_product(
            name="Soft set", type="combo", combo_ids=[Command.link(combo.id)], list_price=50.0
        )
        product.website_published = True
        self.cart.order_line = [Command.create({"product_id": product.id})]
        item = {"product_id": part.id, "combo_item_id": combo.combo_item_ids.id}
        linked = {"linked_line_id": self.cart.order_line[-1].id}
        self.cart.order_line = [Command.create(item | linked)]
        self.env.flush_all()
        self.assertIn("became unavailable", self._follow().text)
        self.assertEqual(self.cart.order_line.product_id, self.desk)

    def test_the_delivery_is_chosen_anew(self):
        carrier = self.env["delivery.carrier"].create(
            {
                "name": "Van",
                "product_id": self._create_product(name="Van", type="service").id,
                "website_published": True,
            }
        )
        self.cart.set_delivery_line(carrier, 7.0)
        self.env.flush_all()
        self._follow()
        self.assertFalse(self.cart.order_line.filtered("is_delivery"))

    def test_merged_with_the_visitors_own(self):
        """The same product is one line, at most what is in stock; the other cart is closed."""
        own = self._add_to_own_cart(self.desk, 999)
        self._add_to_own_cart(self.lamp, 3)
        self.cart.order_line.product_uom_qty = 2
        self.lamp.list_price = 25.0
        self.env.flush_all()
        self._follow(revive_method="merge")
        self.assertEqual(
            {line.product_id: line.product_uom_qty for line in self.cart.order_line},
            {self.desk: 1000, self.lamp: 3},
        )
        self.assertEqual(self.cart.amount_total, 1000 * 100.0 + 3 * 25.0)
        self.assertEqual(own.state, "cancel")
        self.assertEqual(self.cart.state, "draft")
        self.assertFalse(self.cart.is_abandoned_cart, "The customer is back")
        self.assertIn("Lamp", self.url_open("/shop/cart").text)
