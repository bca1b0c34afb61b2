"""The pages of an order that waits for its money."""

import re
from html import unescape

from odoo.tests import HttpCase, tagged

from .common import ShopCommon


@tagged("post_install", "-at_install")
class TestUnpaidPages(ShopCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website.domain = cls.base_url()
        cls.transfer = cls._new_transfer_provider(
            unpaid_order_policy="reserve", unpaid_expiry_days=7
        )

    def test_the_order_s_page_says_until_when_and_what_to_transfer(self):
        order = self._order_by_transfer(self.transfer)
        page = self.url_open(order.get_portal_url()).text
        self.assertIn("keep the goods for you until", page)
        self.assertIn(order.reference, page)
        self.assertIn("BE71 0961 2345 6769", page)
        self.assertNotIn("We are packing your order", page)

    def test_the_confirmation_says_it_too(self):
        order = self._order_by_transfer(self.transfer)
        values = {"order": order.sudo(), "order_tracking_info": {}}
        template = "website_sale.payment_confirmation_status"
        page = self.env["ir.ui.view"]._render_template(template, values)
        self.assertIn("keep the goods for you until", page)
        self.assertIn("BE71 0961 2345 6769", page)
        order.transaction_ids._set_done()
        order.transaction_ids._post_process()
        page = self.env["ir.ui.view"]._render_template(template, values)
        self.assertNotIn("keep the goods", page)

    def test_the_page_of_an_expired_order_offers_to_order_again(self):
        self.desk.website_published = True
        order = self._order_by_transfer(self.transfer)
        order._expire_unpaid()
        page = self.url_open(order.get_portal_url()).text
        self.assertIn("This order has been cancelled.", page)
        self.assertIn("o_wsale_reorder_button", page)
        # As the button does, for a guest.
        access = {"order_id": order.id, "access_token": order.access_token}
        self.make_jsonrpc_request("/my/orders/reorder", access)
        cart = self.env["sale.order"].search([("website_id", "!=", False)], order="id desc")[:1]
        self.assertNotEqual(cart, order)
        self.assertEqual(cart.order_line.mapped("product_id"), self.desk)
        self.assertIn("Desk", self.url_open("/shop/cart").text)

    def test_the_expired_order_s_mail_leads_to_its_page(self):
        order = self._order_by_transfer(self.transfer)
        order._expire_unpaid()
        [mail] = order.message_ids.filtered(lambda mail: "cancelled the order" in (mail.body or ""))
        [url] = set(re.findall(r'href="([^"]+/my/orders/[^"]+)"', mail.body))
        page = self.url_open(unescape(url).replace(order.get_base_url(), "")).text
        self.assertIn(order.name, page)
