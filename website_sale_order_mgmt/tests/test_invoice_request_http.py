"""Invoices on demand: with real requests, by guests and by others."""

from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from ..models import sale_order_invoice_limit
from .common import INVOICING_CRON
from .invoice_common import COMPANY, DETAILS, InvoiceHttpCommon


@tagged("post_install", "-at_install")
class TestInvoiceRequestHttp(InvoiceHttpCommon):
    def _url(self, order=None):
        return (order or self.order)._get_shop_invoice_url()

    # === GETTING IT === #

    def test_a_guest_confirms_the_details_and_gets_the_invoice(self):
        self._pay(self.order)
        page, _response = self._page(self.order.get_portal_url())
        [link] = page.xpath("//section[@id='order_timeline']//a[text()='Get the invoice']/@href")
        page, _response = self._page(link)
        [form] = page.forms[-1:]
        self.assertEqual(form.fields["name"], "Anna Lind")
        self.assertEqual(form.fields["city"], "Bruxelles")
        self.assertFalse(self.order.invoice_ids, "Looking makes nothing")
        page, response = self._post(self._url(), **DETAILS)
        [invoice] = self._get_invoices()
        self.assertEqual((invoice.state, invoice.amount_total), ("posted", 100.0))
        self.assertFalse(invoice.amount_residual, "What is paid is not asked for")
        self.assertEqual(invoice.partner_id, self.customer, "Nothing changed, no new contact")
        self.assertTrue(response.history, "A reload sends nothing again")
        [pdf] = page.xpath("//a[contains(@class, 'o_shop_invoice_pdf')]/@href")
        self.assertIn(f"/my/invoices/{invoice.id}", pdf)
        # At once: the document itself, not a pro forma, before the cron has run.
        document = self.url_open(pdf)
        self.env.invalidate_all()
        self.assertTrue(invoice.invoice_pdf_report_id)
        self.assertEqual(document.content, invoice.invoice_pdf_report_id.raw)
        self.assertFalse(invoice.is_move_sent)
        # And by mail, once, the same.
        [mail] = self._send_all()
        self.assertIn(invoice.name, mail["subject"])
        self.assertIn("already paid", mail["body"])
        [(_name, content, _type)] = mail["attachments"]
        self.assertEqual(content, document.content)
        self.assertTrue(invoice.is_move_sent)
        self._switch_automatic_invoice()
        self._run_cron(INVOICING_CRON)
        self.assertEqual(self._get_invoices(), invoice)

    def test_a_second_click_a_second_window_and_a_reload_give_the_same(self):
        self._pay(self.order)
        for _click in range(2):
            page, _response = self._post(self._url(), **DETAILS)
            self.assertEqual(len(page.xpath("//a[contains(@class, 'o_shop_invoice_pdf')]")), 1)
        self._page(self._url())
        [invoice] = self._get_invoices()
        self.assertIn("customer asked", invoice.invoicing_note)
        self._page(self.order.get_portal_url())
        self.assertEqual(self._get_invoices(), invoice)
        self.assertEqual(len(self._send_all()), 1)

    def test_a_company_gets_a_contact_of_its_own(self):
        self._pay(self.order)
        before = self.customer.read(["name", "street", "vat", "parent_id"])
        self._post(self._url(), **COMPANY)
        [invoice] = self._get_invoices()
        company = invoice.commercial_partner_id
        self.assertEqual((company.name, company.vat), ("Lind & Co", "BE0477472701"))
        self.assertTrue(company.is_company)
        self.assertEqual(invoice.partner_id.name, "Anna Lind")
        self.assertEqual(invoice.partner_id.email, "anna@example.com")
        self.assertEqual(invoice.partner_id.country_id, self.country_be)
        self.assertEqual(self.customer.read(["name", "street", "vat", "parent_id"]), before)
        self.assertFalse(invoice.amount_residual)
        self.assertEqual(self.order.partner_invoice_id, invoice.partner_id)
        self.assertEqual(self.order.partner_id, self.customer)

    def test_a_company_without_a_vat_number_needs_no_persons_name(self):
        self._pay(self.order)
        self._post(self._url(), **COMPANY | {"vat": "", "name": ""})
        [invoice] = self._get_invoices()
        self.assertEqual(invoice.partner_id.name, "Lind & Co")
        self.assertTrue(invoice.partner_id.is_company)

    def test_a_company_in_the_books_cannot_be_taken_by_its_number(self):
        known = self.env["res.partner"].create(
            {"name": "Lind & Co", "vat": "BE0477472701", "is_company": True}
        )
        self._pay(self.order)
        self._post(self._url(), **COMPANY)
        self.assertNotEqual(self._get_invoices().commercial_partner_id, known)

    # === REFUSED === #

    def test_incomplete_details_are_said_and_nothing_is_made(self):
        self._pay(self.order)
        contacts = self.env["res.partner"].search_count([])
        page, _response = self._post(self._url(), 400, **DETAILS | {"city": " ", "name": ""})
        for name in ("city", "name"):
            [field] = page.xpath(f"//input[@name='{name}']")
            self.assertIn("is-invalid", field.get("class"))
        self.assertEqual(page.forms[-1].fields["street"], "Rue du Marché 1", "Kept as typed")
        page, _response = self._post(self._url(), 400, **DETAILS | {"vat": "BE0477472701"})
        self.assertIn("is-invalid", page.xpath("//input[@name='company_name']")[0].get("class"))
        self._post(self._url(), 400, **DETAILS | {"street": "x" * 500})
        self.assertFalse(self.order.invoice_ids)
        self.assertEqual(self.env["res.partner"].search_count([]), contacts)

    def test_a_wrong_vat_number_is_refused_where_core_checks_it(self):
        if "vies_valid" not in self.customer._fields:  # `base_vat` is not installed here.
            checked = self.patch_vat()
        else:
            checked = None
        self._pay(self.order)
        page, _response = self._post(self._url(), 400, **COMPANY | {"vat": "BE123"})
        self.assertIn("is-invalid", page.xpath("//input[@name='vat']")[0].get("class"))
        self.assertFalse(self.order.invoice_ids)
        if checked is not None:
            self.assertEqual(checked, [("BE", "BE123")])

    def patch_vat(self):
        """Check as `base_vat` does where it is installed: by core's hook."""
        checked = []
        partners = self.env.registry["res.partner"]

        def check(model, country, vat, partner_name="", validation="error"):
            checked.append((country.code, vat))
            message = "Not a number"
            raise ValidationError(message)

        self.patch(partners, "_run_vat_checks", check)
        return checked

    def test_nothing_paid_nor_shipped(self):
        self.order.action_confirm()
        page, _response = self._page(self._url())
        self.assertIn("Nothing of your order is paid", page.text_content())
        self.assertFalse(page.xpath("//form[contains(@class, 'o_shop_billing_details')]"))
        page, _response = self._post(self._url(), 409, **DETAILS)
        self.assertIn("Nothing of your order is paid", page.text_content())
        self.assertFalse(self.order.invoice_ids)

    def test_not_confirmed_or_cancelled(self):
        self.order.action_quotation_sent()
        page, _response = self._page(self._url())
        self.assertIn("not confirmed yet", page.text_content())
        self.order._action_cancel()
        page, _response = self._page(self._url())
        self.assertIn("has been cancelled", page.text_content())
        self._post(self._url(), 409, **DETAILS)
        self.assertFalse(self.order.invoice_ids)

    def test_other_taxes_would_apply(self):
        self.env["account.fiscal.position"].create(
            {
                "name": "Businesses",
                "auto_apply": True,
                "vat_required": True,
                "country_id": self.country_be.id,
            }
        )
        self.env.company.vat = "BE0477472701"
        self._pay(self.order)
        contacts = self.env["res.partner"].search_count([])
        page, _response = self._post(self._url(), 409, **COMPANY)
        self.assertIn("other taxes apply", page.text_content())
        self.assertFalse(self.order.invoice_ids)
        self.assertEqual(self.env["res.partner"].search_count([]), contacts)

    def test_only_where_the_website_says_so(self):
        for policy in ("never", "core"):
            self._set_policy(policy)
            order = self._new_order()
            self._pay(order)
            page, _response = self._page(order.get_portal_url())
            self.assertFalse(page.xpath("//a[text()='Get the invoice']"))
            _page, response = self._page(self._url(order))
            self.assertNotIn("/invoice", response.url)
            self._post(self._url(order), 409, **DETAILS)
            self.assertFalse(order.invoice_ids)

    # === WHOSE === #

    def test_nobody_gets_anothers(self):
        self._pay(self.order)
        other = self._new_order(self.other_customer)
        other._portal_ensure_token()
        for url in (
            f"/my/orders/{self.order.id}/invoice",
            f"/my/orders/{self.order.id}/invoice?access_token=wrong",
            f"/my/orders/{self.order.id}/invoice?access_token={other.access_token}",
            f"/my/orders/{self.order.id + 99999}/invoice?access_token={other.access_token}",
        ):
            response = self.url_open(url)
            self.assertNotIn(self.order.name, response.text)
            response = self._post(url, **DETAILS)[1]
            self.assertNotIn(self.order.name, response.text)
        self.assertFalse(self.order.invoice_ids)

    def test_a_portal_user_gets_only_his_own(self):
        self._pay(self.order)
        self.env["res.users"].create(
            {
                "name": "Bo",
                "login": "bo.portal",
                "password": "bo.portal.1",
                "partner_id": self.other_customer.id,
                "group_ids": [(6, 0, self.env.ref("base.group_portal").ids)],
            }
        )
        own = self._new_order(self.other_customer)
        self.other_customer.write({"street": "Rue 2", "zip": "1000", "city": "Bruxelles"})
        self._pay(own)
        self.authenticate("bo.portal", "bo.portal.1")
        self._post(f"/my/orders/{self.order.id}/invoice", **DETAILS)
        self.assertFalse(self.order.invoice_ids)
        self._post(f"/my/orders/{own.id}/invoice", **DETAILS | {"name": "Bo Ek"})
        [invoice] = self._get_invoices(own)
        self.assertEqual(invoice.commercial_partner_id, self.other_customer)
        _page, response = self._page(f"/my/invoices/{invoice.id}")
        self.assertIn(invoice.name, response.text)

    def test_without_the_secret_of_the_form_nothing_is_made(self):
        self._pay(self.order)
        self.env.flush_all()
        response = self.url_open(self._url(), data=DETAILS)
        self.assertEqual(response.status_code, 400)
        self.env.invalidate_all()
        self.assertFalse(self.order.invoice_ids)

    def test_without_a_pdf_the_page_of_the_invoice_is_shown(self):
        self._pay(self.order)
        self._post(self._url(), **DETAILS)
        invoice = self._get_invoices()
        report = self.env.registry["ir.actions.report"]
        error = UserError("No wkhtmltopdf")
        url = invoice.get_portal_url(report_type="pdf", download=True)
        with patch.object(report, "_pre_render_qweb_pdf", side_effect=error):
            self.env.flush_all()
            response = self.url_open(url)
        self.assertEqual(response.status_code, 200)
        self.assertIn(invoice.name, response.text)
        self.env.invalidate_all()
        self.assertEqual((invoice.state, invoice.shop_send_state), ("posted", "queued"))
        self.assertEqual(len(self._send_all()), 1)

    # === TOO OFTEN === #

    def test_a_form_that_is_sent_too_often_waits(self):
        self._pay(self.order)
        with patch.object(sale_order_invoice_limit, "MAX_FORMS", 2):
            for _form in range(2):
                self._post(self._url(), 400, **DETAILS | {"street": ""})
            page, _response = self._post(self._url(), 429, **DETAILS)
            [refusal] = page.xpath("//p[contains(@class, 'o_shop_invoice_refusal')]")
            self.assertIn("wait an hour", refusal.text)
            self.assertFalse(self._get_invoices(), "Nothing is made")
            self._page(self._url())  # looking is free
            self.order.shop_invoice_forms_since -= timedelta(hours=1)
            self._post(self._url(), **DETAILS)
        self.assertEqual(len(self._get_invoices()), 1)

    def test_another_orders_forms_are_counted_apart(self):
        self._pay(self.order)
        other = self._new_order(self.other_customer)
        other._portal_ensure_token()
        other.action_confirm()
        with patch.object(sale_order_invoice_limit, "MAX_FORMS", 1):
            self._post(self._url(other), 409, **DETAILS)
            self._post(self._url(other), 429, **DETAILS)
            self._post(self._url(), **DETAILS)
        self.assertEqual(len(self._get_invoices()), 1)
