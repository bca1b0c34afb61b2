"""An order whose customer, a guest, asks for its invoice on the order's page."""

from lxml import html

from odoo import http
from odoo.tests import HttpCase

from ..models.account_move_shop_send import SENDING_CRON
from .common import ShopCommon

MAIL_CRON = "mail.ir_cron_mail_scheduler_action"
DETAILS = {
    "name": "Anna Lind",
    "company_name": "",
    "vat": "",
    "street": "Rue du Marché 1",
    "street2": "",
    "zip": "1000",
    "city": "Bruxelles",
}
COMPANY = DETAILS | {"company_name": "Lind & Co", "vat": "BE0477472701"}


class InvoiceHttpCommon(ShopCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_policy("on_demand")
        cls.customer.write({"street": "Rue du Marché 1", "zip": "1000", "city": "Bruxelles"})
        cls.order = cls._new_order()
        cls.order._portal_ensure_token()

    @classmethod
    def _set_policy(cls, policy):
        cls.website.write({"invoicing_b2c": policy, "invoicing_b2b": policy})

    def setUp(self):
        super().setUp()
        self.website.domain = self.base_url()
        self.authenticate(None, None)

    def _page(self, url, status=200):
        self.env.flush_all()
        response = self.url_open(url)
        self.assertEqual(response.status_code, status, url)
        self.env.invalidate_all()
        return html.fromstring(response.text), response

    def _post(self, url, status=200, **values):
        self.env.flush_all()
        data = {"csrf_token": http.Request.csrf_token(self), **values}
        response = self.url_open(url, data=data)
        self.assertEqual(response.status_code, status, response.text[:200])
        self.env.invalidate_all()
        return html.fromstring(response.text), response

    def _get_invoices(self, order=None):
        moves = (order or self.order).invoice_ids
        return moves.filtered(lambda move: move.move_type == "out_invoice").sorted("id")

    def _send_all(self):
        """Run the queues; return the mails that brought the customer invoices and credit notes."""
        with self.mock_mail_gateway():
            self._run_cron(SENDING_CRON)
            self._run_cron(MAIL_CRON)
        return [
            mail
            for mail in self._mails
            if mail["object_id"].endswith("-account.move")
            and "web.sales" not in mail["email_to"][0]
        ]
