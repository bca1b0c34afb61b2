"""An order that waits for a transfer is paid by card instead, from its page."""

from lxml import html

from odoo.tests import HttpCase, tagged

from .common import ShopCommon


@tagged("post_install", "-at_install")
class TestPaidInsteadHttp(ShopCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.transfer = cls._new_transfer_provider(
            unpaid_order_policy="reserve", unpaid_expiry_days=7, is_published=True
        )
        cls.provider.is_published = True

    def _page(self, order):
        return html.fromstring(self.url_open(order.get_portal_url()).text)

    def _get_offer(self, order):
        """Return the amount and the providers of the page's payment dialog; None without one."""
        page = self._page(order)
        forms = page.xpath("//*[@id='modalaccept']//form[@id='o_payment_form']")
        links = page.xpath("//section[@id='order_timeline']//a[@data-bs-target='#modalaccept']")
        self.assertEqual(len(forms), len(links), "A way to the dialog")
        if not forms:
            return None
        providers = forms[0].xpath(".//input[@name='o_payment_radio']/@data-provider-id")
        return float(forms[0].get("data-amount")), {int(provider) for provider in providers}

    def _pay_from_page(self, order):
        """Pay what the page offers, as its form does; return the transaction, not done yet."""
        amount, _providers = self._get_offer(order)
        params = {
            "access_token": order._portal_ensure_token(),
            "provider_id": self.provider.id,
            "payment_method_id": self.payment_method_id,
            "token_id": None,
            "amount": amount,
            "flow": "redirect",
            "tokenization_requested": False,
            "landing_route": "/my",
        }
        call = {"jsonrpc": "2.0", "method": "call", "params": params}
        url = f"{self.base_url()}/my/orders/{order.id}/transaction"
        self.assertIn("result", self.opener.post(url, json=call).json())
        return order.transaction_ids.filtered(lambda tx: tx.provider_id == self.provider)

    def test_a_reserved_order_is_paid_by_card_and_the_transfer_is_replaced(self):
        order = self._order_by_transfer(self.transfer)
        promised = order.transaction_ids
        self.assertEqual(self._get_offer(order), (100.0, {self.provider.id}))
        card = self._pay_from_page(order)
        self.assertEqual(order.picking_ids.hold_reason, "payment", "Nothing is paid yet")
        card._set_done()
        card._post_process()
        self.assertFalse(order.picking_ids.hold_reason)
        self.assertEqual((order.shop_status, order.shop_payment_status), ("to_ship", "paid"))
        self.assertEqual(promised.state, "cancel", "Nobody waits for it")
        self.assertTrue(promised.is_post_processed)
        self.assertFalse(order.shop_attention)
        mails = order.message_ids.filtered(lambda mail: self.customer in mail.partner_ids)
        self.assertEqual(len(mails), 2, "We wait for your money; your order is confirmed")
        self.assertIn("has been confirmed", mails[0].body)
        self.assertIsNone(self._get_offer(order))

    def test_an_order_that_reserved_nothing_is_paid_by_card_too(self):
        self.transfer.unpaid_order_policy = "wait"
        order = self._order_by_transfer(self.transfer)
        card = self._pay_from_page(order)
        card._set_done()
        card._post_process()
        self.assertEqual((order.shop_status, order.shop_payment_status), ("to_ship", "paid"))
        self.assertEqual((order.transaction_ids - card).mapped("state"), ["cancel"])

    def test_what_is_missing_is_offered(self):
        order = self._order_by_transfer(self.transfer)
        order.transaction_ids.amount = 60
        order.transaction_ids._set_done()
        order.transaction_ids._post_process()
        self.assertEqual(self._get_offer(order), (40.0, {self.provider.id}))
        card = self._pay_from_page(order)
        card._set_done()
        card._post_process()
        self.assertEqual((order.shop_status, order.shop_payment_status), ("to_ship", "paid"))

    def test_a_part_by_card_leaves_the_transfer_promised(self):
        order = self._order_by_transfer(self.transfer)
        self._pay(order, 30)
        promised = order.transaction_ids.filtered(lambda tx: tx.provider_id == self.transfer)
        self.assertEqual(promised.state, "pending")
        self.assertEqual(order.picking_ids.hold_reason, "payment")

    def test_nothing_is_offered_where_it_would_be_one_too_many(self):
        paid, processed, invoiced, expired = (
            self._order_by_transfer(self.transfer) for _each in range(4)
        )
        paid.transaction_ids._set_done()
        paid.transaction_ids._post_process()
        self._new_payment(processed, state="pending")
        invoiced._create_invoices().action_post()
        expired._expire_unpaid()
        for order in (paid, processed, invoiced, expired):
            self.assertIsNone(self._get_offer(order))

    def test_nothing_is_offered_without_a_provider_that_pays_at_once(self):
        order = self._order_by_transfer(self.transfer)
        providers = self.env["payment.provider"].search([("code", "!=", "custom")])
        providers.is_published = False
        self.assertIsNone(self._get_offer(order))

    def test_only_whoever_has_the_link_is_offered_to_pay(self):
        order = self._order_by_transfer(self.transfer)
        page = self.url_open(f"/my/orders/{order.id}?access_token=wrong").text
        self.assertNotIn(order.name, page)
        self.assertNotIn("o_payment_form", page)
