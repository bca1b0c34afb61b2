"""The box in the checkout, as a guest meets it: not ticked, and kept word for word once it is."""

from datetime import timedelta

from lxml import html

from odoo import fields
from odoo.tests import HttpCase, tagged

from .cart_common import CartCommon


@tagged("post_install", "-at_install")
class TestCartConsentHttp(CartCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website.write(
            {
                "send_abandoned_cart_email": True,
                "cart_recovery_consent": "consent",
                "domain": cls.base_url(),
            }
        )
        cls.lamp.write({"website_published": True, "allow_out_of_stock_order": True})

    def _go_to_the_address(self):
        """Put something into a guest's cart; return the form of the address."""
        self.make_jsonrpc_request(
            "/shop/cart/add",
            {
                "product_template_id": self.lamp.product_tmpl_id.id,
                "product_id": self.lamp.id,
                "quantity": 1,
            },
        )
        page = html.fromstring(self.url_open("/shop/address").text)
        [form] = page.xpath("//form[@name='address_form']")
        return form

    def _submit(self, form, **values):
        """Submit the form as the browser does, with what is ticked in it."""
        country = self.env.ref("base.be")
        data = dict(form.form_values()) | {
            "name": "Guest",
            "email": "guest@example.com",
            "phone": "+32 455 55 55 55",
            "street": "Street 1",
            "city": "Brussels",
            "zip": "1000",
            "country_id": country.id,
        }
        self.url_open("/shop/address/submit", data=data | values)
        return self.consents.search([("partner_id.email", "=", "guest@example.com")])

    def test_the_box_is_not_ticked_and_who_leaves_it_has_not_agreed(self):
        form = self._go_to_the_address()
        [box] = form.xpath(".//input[@name='cart_recovery_consent']")
        self.assertEqual(box.get("type"), "checkbox")
        self.assertIsNone(box.get("checked"))
        self.assertFalse(self._submit(form))

    def test_who_ticks_it_has_agreed_to_what_it_says(self):
        form = self._go_to_the_address()
        [label] = form.xpath(".//label[@for='cart_recovery_consent']")
        consent = self._submit(form, cart_recovery_consent="1")
        self.assertEqual(len(consent), 1)
        self.assertEqual(consent.text, label.text_content().strip())
        self.assertEqual((consent.website_id, consent.lang), (self.website, "en_US"))
        now = fields.Datetime.now()
        self.assertAlmostEqual(consent.create_date, now, delta=timedelta(minutes=1))
