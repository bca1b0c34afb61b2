from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import ShopCommon

HERE = "We already have your payment for order"
UNDER_WAY = "is still being processed"


@tagged("post_install", "-at_install")
class TestDoublePaymentHttp(ShopCommon, HttpCase):
    def _ask_to_pay(self, route, order, token=None):
        """Ask for a payment as the page's form does; return the answer."""
        params = {
            "access_token": token or order._portal_ensure_token(),
            "provider_id": self.provider.id,
            "payment_method_id": self.payment_method_id,
            "token_id": None,
            "amount": order.amount_total,
            "flow": "redirect",
            "tokenization_requested": False,
            "landing_route": "/my",
        }
        call = {"jsonrpc": "2.0", "method": "call", "params": params}
        return self.opener.post(self.base_url() + route, json=call).json()

    def _pay_from_the_orders_page(self, order, token=None):
        return self._ask_to_pay(f"/my/orders/{order.id}/transaction", order, token)

    def _pay_from_the_shop(self, order):
        return self._ask_to_pay(f"/shop/payment/transaction/{order.id}", order)

    def _new_service_order(self):
        """Return a guest's order that needs no delivery method."""
        order = self._new_order(product=self.service_product)
        order.order_line.write({"price_unit": 100, "tax_ids": False})
        return order

    def _transfer(self):
        return self.env["payment.provider"].search([("code", "=", "custom")], limit=1)

    @mute_logger("odoo.http")
    def test_payment_page_refuses_in_friendly_words(self):
        """A guest's order of a service, from the shop and from its own page."""
        for pay in (self._pay_from_the_shop, self._pay_from_the_orders_page):
            for amount, state, words in (
                (100, "done", HERE),
                (130, "done", HERE),
                (100, "authorized", HERE),
                (100, "pending", UNDER_WAY),
            ):
                with self.subTest(pay=pay.__name__, amount=amount, state=state):
                    self.provider.support_manual_capture = "partial"
                    order = self._new_service_order()
                    self._new_payment(order, amount, state=state)
                    error = pay(order)["error"]["data"]["message"]
                    self.assertIn(words, error)
                    self.assertIn(order.name, error)
                    self.assertEqual(len(order.transaction_ids), 1)

    @mute_logger("odoo.http")
    def test_wire_transfer_may_be_replaced_by_a_card_in_the_shop(self):
        order = self._new_service_order()
        transfer = self._transfer()
        self.assertTrue(transfer, "The test databases have payment_custom")
        self._new_payment(order, state="pending", provider_id=transfer.id)
        self.assertIn("result", self._pay_from_the_shop(order))
        self.assertEqual(len(order.transaction_ids), 2)

    @mute_logger("odoo.http")
    def test_who_comes_second_for_the_last_piece_is_told_before_paying(self):
        self.website.domain = self.base_url()
        for pay, words in (
            (self._pay_from_the_shop, "You ask for 1.0 Vase but only 0.0 is available"),
            (self._pay_from_the_orders_page, "You have not paid anything"),
        ):
            with self.subTest(pay=pay.__name__):
                vase = self._create_product(
                    name="Vase", is_storable=True, allow_out_of_stock_order=False, taxes_id=False
                )
                self._add_product_qty_to_wh(vase.id, 1, self.warehouse.lot_stock_id.id)
                first, second = (
                    self._new_order(product=vase, carrier_id=self.free_delivery.id)
                    for _each in range(2)
                )
                self.assertIn("result", pay(first))
                error = pay(second)["error"]["data"]["message"]
                self.assertIn(words, error)
                self.assertFalse(second.transaction_ids)

    @mute_logger("odoo.http")
    def test_a_wrong_token_learns_nothing(self):
        order = self._new_order()
        self._new_payment(order)
        answer = self._pay_from_the_orders_page(order, token="wrong")
        self.assertNotIn(order.name, str(answer))
        self.assertIn("error", answer)
        self.assertEqual(len(order.transaction_ids), 1)

    def test_an_unpaid_order_is_paid_from_its_page(self):
        order = self._new_order()
        order.action_quotation_sent()
        self._pay_from_the_orders_page(order)
        self.assertEqual(order.transaction_ids.amount, 100)
