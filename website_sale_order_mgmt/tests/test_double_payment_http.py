from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import ShopCommon


@tagged("post_install", "-at_install")
class TestDoublePaymentHttp(ShopCommon, HttpCase):
    def _pay_from_the_orders_page(self, order, token=None):
        return self.make_jsonrpc_request(
            f"/my/orders/{order.id}/transaction",
            {
                "access_token": token or order._portal_ensure_token(),
                "provider_id": self.provider.id,
                "payment_method_id": self.payment_method_id,
                "token_id": None,
                "amount": order.amount_total,
                "flow": "redirect",
                "tokenization_requested": False,
                "landing_route": "/my",
            },
        )

    @mute_logger("odoo.http")
    def test_a_paid_order_is_not_paid_again_from_its_page(self):
        order = self._new_order()
        self._new_payment(order)
        with self.assertRaisesRegex(JsonRpcException, "UserError"):
            self._pay_from_the_orders_page(order)
        self.assertEqual(len(order.transaction_ids), 1)

    @mute_logger("odoo.http")
    def test_a_wrong_token_learns_nothing(self):
        order = self._new_order()
        with self.assertRaises(JsonRpcException):
            self._pay_from_the_orders_page(order, token="wrong")
        self.assertFalse(order.transaction_ids)

    def test_an_unpaid_order_is_paid_from_its_page(self):
        order = self._new_order()
        order.action_quotation_sent()
        self._pay_from_the_orders_page(order)
        self.assertEqual(order.transaction_ids.amount, 100)
