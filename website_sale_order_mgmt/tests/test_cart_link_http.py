from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import ShopCommon


@tagged("post_install", "-at_install")
class TestCartLinkHttp(ShopCommon, HttpCase):
    """What happens to somebody who follows the link of a reminder."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website.write({"send_abandoned_cart_email": True, "domain": cls.base_url()})
        cls.cart = cls._new_order()
        cls.cart._portal_ensure_token()

    def _follow(self, number=None, token=None, **more):
        params = {
            "id": number or self.cart.id,
            "access_token": token or self.cart.access_token,
            **more,
        }
        return self.url_open("/shop/cart", params=params)

    def _assertShows(self, response, *texts):
        """Assert what the page says, without printing the page."""
        self.assertEqual(response.status_code, 200)
        for text in texts:
            self.assertTrue(text in response.text, f"{text!r} is not on {response.url}")

    def _fill_current_cart(self):
        self.make_jsonrpc_request(
            "/shop/cart/add",
            {
                "product_template_id": self.lamp.product_tmpl_id.id,
                "product_id": self.lamp.id,
                "quantity": 1,
            },
        )

    def test_link_opens_the_cart_in_another_browser(self):
        self._assertShows(self._follow(), self.desk.name)
        self._assertShows(self.url_open("/shop/cart"), self.desk.name)

    def test_link_asks_when_another_cart_has_something_in_it(self):
        self._fill_current_cart()
        self._assertShows(self._follow(), "This is your current cart.", self.lamp.name)

    def test_link_and_merging_in_the_same_browser_keep_the_cart(self):
        self._follow()
        for more in ({}, {"revive_method": "merge"}):
            with self.subTest(**more):
                self._assertShows(self._follow(**more), self.desk.name)
                self.assertEqual(self.cart.state, "draft")

    def test_ordered_cart_says_so(self):
        self.cart.action_quotation_sent()
        self._assertShows(self._follow(), "Your previous cart has already been completed.")

    @mute_logger("odoo.http")
    def test_wrong_links_open_nothing(self):
        for params in ({"number": "x"}, {"token": "wrong"}, {"number": 10**8}):
            with self.subTest(**params):
                self.assertEqual(self._follow(**params).status_code, 404)

    def test_without_reminders_it_is_as_in_core(self):
        self.website.send_abandoned_cart_email = False
        self._assertShows(self._follow(), "This is your current cart.")
