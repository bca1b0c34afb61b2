"""Who gets the orders of guests, whose contacts core's checkout creates."""

from odoo import http
from odoo.tests import HttpCase, tagged

from .test_assignment_rule import RuleCommon


@tagged("post_install", "-at_install")
class TestAssignmentHttp(RuleCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website.domain = cls.base_url()
        cls.lamp.write({"website_published": True, "allow_out_of_stock_order": True})

    def _enter_address(self):
        """Put something into a new guest's cart and enter an address; return the cart."""
        self.authenticate(None, None)
        self.make_jsonrpc_request(
            "/shop/cart/add",
            {
                "product_template_id": self.lamp.product_tmpl_id.id,
                "product_id": self.lamp.id,
                "quantity": 1,
            },
        )
        country = self.env.ref("base.be")
        address = {
            "name": "Guest",
            "email": "guest@example.com",
            "phone": "+32 455 55 55 55",
            "street": "Street 1",
            "city": "Brussels",
            "zip": "1000",
            "country_id": country.id,
            "csrf_token": http.Request.csrf_token(self),
        }
        self.url_open("/shop/address/submit", data=address)
        cart = self.env["sale.order"].search([], order="id desc", limit=1)
        self.assertEqual((cart.website_id, cart.partner_id.name), (self.website, "Guest"))
        return cart

    def test_guests_have_no_salesperson_of_their_own_and_go_in_turn(self):
        self._new_rule(method="contact")
        carts = [self._enter_address() for _each in range(4)]
        self.assertEqual(len({cart.partner_id for cart in carts}), 4)
        for cart in carts:
            self.assertFalse(cart.partner_id.user_id)
            self._pay(cart)
            self.assertEqual(cart.assignment_reason, "contact_in_turn")
        self.assertEqual([cart.user_id for cart in carts], [*self.people, self.people[0]])

    def test_guests_order_goes_to_the_websites_salesperson_of_now(self):
        self.website.shop_own_salesperson_first = True
        cart = self._enter_address()
        self.website.salesperson_id = self.people[0]
        self._pay(cart)
        self.assertEqual((cart.user_id, cart.assignment_reason), (self.people[0], "website"))

    def test_contacts_are_cores_where_nobody_asks_for_their_salesperson(self):
        website = self.env["website"].create({"name": "Other shop"})
        self._new_rule(method="contact", website_ids=website.ids)
        self._new_rule(method="round_robin")
        self.assertEqual(self._enter_address().partner_id.user_id, self.salesperson)
