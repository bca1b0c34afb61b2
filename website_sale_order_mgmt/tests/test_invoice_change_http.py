"""'I need it with my company's details': with real requests, once, nothing edited."""

from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .invoice_common import COMPANY, DETAILS, InvoiceHttpCommon


@tagged("post_install", "-at_install")
class TestInvoiceChangeHttp(InvoiceHttpCommon):
    def setUp(self):
        super().setUp()
        self.transaction = self._pay(self.order)
        details, _errors = self.order._clean_shop_billing_details(DETAILS)
        self.first = self.order._request_shop_invoice(details)
        self.assertFalse(self.first.amount_residual)
        self.url = self.order._get_shop_invoice_url("/change")

    def test_credited_and_made_out_anew_with_its_money(self):
        before = self.first.read(["name", "partner_id", "amount_total", "invoice_date", "state"])
        page, _response = self._page(self.order.get_portal_url())
        [link] = page.xpath("//a[contains(text(), 'my company')]/@href")
        page, _response = self._page(link)
        self.assertIn(self.first.name, page.text_content())
        page, response = self._post(link, **COMPANY)
        self.assertTrue(response.history, "A reload sends nothing again")
        first, new = self._get_invoices()
        self.assertEqual(first.read(list(before[0])), before, "Nothing is edited")
        [note] = self.order.invoice_ids - first - new
        self.assertEqual((note.move_type, note.reversed_entry_id), ("out_refund", first))
        self.assertIn(first.name, note.ref)
        self.assertEqual(
            (note.state, note.amount_total, note.partner_id), ("posted", 100.0, first.partner_id)
        )
        self.assertEqual(first.payment_state, "reversed")
        self.assertEqual((new.state, new.amount_total, new.amount_residual), ("posted", 100.0, 0.0))
        self.assertEqual(new.payment_state, new._get_invoice_in_payment_state())
        self.assertEqual(new.shop_change_of_id, first)
        self.assertEqual(new.commercial_partner_id.vat, "BE0477472701")
        self.assertEqual(new._get_reconciled_payments(), self.transaction.payment_id)
        # The order is invoiced once, and paid once.
        self.assertEqual(self.order.order_line.qty_invoiced, 1.0)
        self.assertEqual(self.order.shop_payment_status, "paid")
        [pdf] = page.xpath("//a[contains(@class, 'o_shop_invoice_pdf')]/@href")
        self.assertIn(f"/my/invoices/{new.id}", pdf)
        mails = self._send_all()
        self.assertEqual(len(mails), 2, "The first one, not sent yet, is not sent any more")
        subjects = " ".join(mail["subject"] for mail in mails)
        for document in (note, new):
            self.assertIn(document.name, subjects)
        for mail in mails:
            self.assertNotIn("Please remit", mail["body"])
        # Its page tells of the one that counts.
        page, _response = self._page(self.order.get_portal_url())
        timeline = page.xpath("//section[@id='order_timeline']")[0].text_content()
        self.assertIn(new.name, timeline)
        self.assertNotIn(note.name, timeline)

    def test_once(self):
        self._post(self.url, **COMPANY)
        page, _response = self._post(self.url, 409, **COMPANY | {"company_name": "Other"})
        self.assertIn("once already", page.text_content())
        page, _response = self._page(self.url)
        self.assertIn("once already", page.text_content())
        self.assertFalse(page.xpath("//form[contains(@class, 'o_shop_billing_details')]"))
        self.assertEqual(len(self.order.invoice_ids), 3)
        # Whatever somebody else believes to see: the database holds it.
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            self.first._replace_shop_invoices(self.other_customer)

    def test_the_time_is_limited(self):
        self.website.invoice_change_days = 5
        self.env.cr.execute(
            "UPDATE account_move SET invoice_date = %s WHERE id = %s",
            (fields.Date.today() - timedelta(days=6), self.first.id),
        )
        self.env.invalidate_all()
        page, _response = self._page(self.order.get_portal_url())
        self.assertFalse(page.xpath("//a[contains(text(), 'my company')]"))
        page, _response = self._post(self.url, 409, **COMPANY)
        self.assertIn("is over", page.text_content())
        self.assertEqual(self.order.invoice_ids, self.first)

    def test_switched_off(self):
        self.website.invoice_change_days = 0
        self._post(self.url, 409, **COMPANY)
        self.assertEqual(self.order.invoice_ids, self.first)

    def test_a_company_is_wanted(self):
        page, _response = self._post(self.url, 400, **DETAILS)
        self.assertIn("is-invalid", page.xpath("//input[@name='company_name']")[0].get("class"))
        self.assertEqual(self.order.invoice_ids, self.first)

    def test_a_closed_period_is_the_accountants_task(self):
        self.first.company_id.sudo().sale_lock_date = self.first.date
        for _twice in range(2):
            page, _response = self._post(self.url, **COMPANY)
            self.assertIn("period that is closed", page.text_content())
        self.assertEqual(self.order.invoice_ids, self.first)
        [task] = self.first.activity_ids
        self.assertIn("Lind &amp; Co", task.note)
        self.assertTrue(task.user_id.has_group("account.group_account_invoice"))

    def test_nobody_changes_anothers(self):
        other = self._new_order(self.other_customer)
        other._portal_ensure_token()
        for token in ("", "wrong", other.access_token):
            url = f"/my/orders/{self.order.id}/invoice/change?access_token={token}"
            response = self._post(url, **COMPANY)[1]
            self.assertNotIn(self.order.name, response.text)
        self.assertEqual(self.order.invoice_ids, self.first)

    def test_what_was_credited_in_part_is_for_staff(self):
        note = self.first._reverse_moves()
        note.invoice_line_ids.quantity = 0.5
        note.action_post()
        self._post(self.url, 409, **COMPANY)
        self.assertEqual(len(self.order.invoice_ids), 2)
