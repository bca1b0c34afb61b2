"""The order's page and 'Where is my order?', with real requests."""

import re
from datetime import timedelta

from lxml import html

from odoo import fields, http
from odoo.tests import BaseCase, HttpCase, tagged

from ..models.website_order_status_request import MAX_PER_CLIENT, MAX_PER_EMAIL
from ..tools.order_status import clean_email, clean_order_number, client_group
from .common import ShopCommon

PAGE = "/shop/order-status"
CRON = "website_sale_order_mgmt.ir_cron_answer_order_status"


@tagged("post_install", "-at_install")
class TestOrderStatusTools(BaseCase):
    def test_order_numbers_are_found_as_people_write_them(self):
        for typed in ("S00012", " s00012 ", "#S00012", "# s00012"):
            self.assertEqual(clean_order_number(typed), "S00012")
        self.assertEqual(clean_order_number(" # "), "")

    def test_email(self):
        self.assertEqual(clean_email(" Anna@Example.com "), "anna@example.com")
        for typed in ("", "anna", "a@example.com, b@example.com", "a" * 250 + "@example.com"):
            self.assertEqual(clean_email(typed), "", typed)

    def test_visitors_are_counted_by_their_line(self):
        for ip, expected in (
            ("192.0.2.1", "192.0.2.1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("unknown", "unknown"),
        ):
            self.assertEqual(client_group(ip), expected)


@tagged("post_install", "-at_install")
class TestOrderStatusHttp(ShopCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._new_order()
        cls.order.action_quotation_sent()
        cls.order._portal_ensure_token()

    def setUp(self):
        super().setUp()
        self.website.domain = self.base_url()
        self.authenticate(None, None)

    def _get(self, url):
        self.env.flush_all()
        response = self.url_open(url)
        self.assertEqual(response.status_code, 200, url)
        return html.fromstring(response.text), response

    def _ask(self, order_number, email, **values):
        data = {
            "order_number": order_number,
            "email": email,
            "csrf_token": http.Request.csrf_token(self),
            **values,
        }
        return self.url_open(PAGE, data=data)

    def _answer(self):
        """Run the cron that answers, and return the mails that it made."""
        before = self.env["mail.mail"].sudo().search([])
        self._run_cron(CRON)
        return self.env["mail.mail"].sudo().search([]) - before

    def _text_of(self, response):
        """Return what is on a page, without what differs between any two requests."""
        text = re.sub(r"csrf_token[^>]*>|csrf_token: \"[^\"]*\"", "", response.text)
        return html.fromstring(text).find(".//main").text_content()

    # === THE ORDER'S PAGE === #

    def test_guest_sees_the_timeline_with_the_token_only(self):
        page, _response = self._get(self.order.get_portal_url())
        [steps] = page.xpath("//section[@id='order_timeline']/ol")
        self.assertEqual(steps.xpath("li/@data-kind"), ["ordered", "paid", "packed", "shipped"])
        self.assertIn("Ordered", steps.text_content())
        self.assertTrue(steps.xpath("li[1]//time/@datetime"))
        # Icons say nothing to a screen reader, words do.
        self.assertEqual(set(steps.xpath(".//i/@aria-hidden")), {"true"})
        self.assertEqual(steps.text_content().count("To come"), 3)

        other = self._new_order(partner=self.other_customer)
        other.action_quotation_sent()
        other._portal_ensure_token()
        for url in (
            f"/my/orders/{self.order.id}",
            f"/my/orders/{self.order.id}?access_token=wrong",
            f"/my/orders/{other.id}?access_token={self.order.access_token}",
        ):
            response = self.url_open(url)
            self.assertNotIn("order_timeline", response.text, url)
            self.assertNotIn(self.order.name, response.text)
            self.assertNotIn(other.name, response.text)

    def test_links_of_the_page_work_for_guests(self):
        self._pay(self.order)
        self.order._create_invoices().action_post()
        page, _response = self._get(self.order.get_portal_url())
        links = page.xpath("//section[@id='order_timeline']//a/@href")
        self.assertTrue([link for link in links if "/my/invoices/" in link])
        for link in links:
            if "report_type" not in link and link.startswith("/"):
                _invoice, response = self._get(link)
                self.assertRegex(response.url, "/my/invoices/|/invoice/change")

    def test_page_speaks_the_websites_language(self):
        lang = self._add_language()
        self.order.date_order = "2026-02-01 11:00:00"
        page, _response = self._get(f"/{lang.url_code}{self.order.get_portal_url()}")
        [time] = page.xpath("//section[@id='order_timeline']/ol/li[1]//time")
        self.assertIn("1 février 2026", time.text_content())

    def test_pages_of_other_documents_have_no_timeline(self):
        order = self._new_order()
        order.website_id = False
        order.action_confirm()
        _page, response = self._get(order.get_portal_url())
        self.assertIn(order.name, response.text)
        self.assertNotIn("order_timeline", response.text)

    def test_confirmation_page_leads_to_the_orders_page(self):
        self.authenticate(None, None, session_extra={"sale_last_order_id": self.order.id})
        page, _response = self._get("/shop/confirmation")
        [link] = page.xpath("//a[contains(@class, 'o_shop_follow_order')]/@href")
        self.assertEqual(link, self.order.get_portal_url())

    def test_order_mail_leads_guests_to_the_orders_page(self):
        with self.mock_mail_gateway():
            self._pay(self.order)
            self.env["mail.mail"].sudo().process_email_queue()
        links = [
            link
            for mail in self._mails
            if "anna@example.com" in mail["email_to"][0]
            for link in html.fromstring(mail["body"]).xpath("//a/@href")
            if "/mail/view" in link
        ]
        self.assertTrue(links)
        path = links[0].split("/mail/view", 1)[1]
        page, _response = self._get(f"/mail/view{path}")
        self.assertTrue(page.xpath("//section[@id='order_timeline']"))

    # === WHERE IS MY ORDER? === #

    def test_form_can_be_found_and_used_by_everybody(self):
        page, _response = self._get("/")
        self.assertTrue(page.xpath(f"//footer//nav[@aria-label]//a[@href='{PAGE}']"))
        page, _response = self._get(PAGE)
        for name in ("order_number", "email"):
            [field] = page.xpath(f"//main//input[@name='{name}']")
            self.assertTrue(page.xpath(f"//label[@for='{field.get('id')}']"))
            self.assertTrue(field.get("maxlength"))

    def test_link_goes_to_the_orders_own_address(self):
        response = self._ask(f"#{self.order.name.lower()} ", " ANNA@example.com")
        self.assertEqual(response.status_code, 200)
        mail = self._answer()
        self.assertEqual(mail.recipient_ids, self.customer)
        self.assertFalse(mail.email_to)
        self.assertIn(self.order.company_id.email, mail.email_from)
        self.assertIn(self.order.name, mail.subject)
        [link] = html.fromstring(mail.body_html).xpath("//a[contains(@href, '/my/orders/')]/@href")
        self.assertEqual(link, self.order.get_base_url() + self.order.get_portal_url())
        page, _response = self._get(link.removeprefix(self.order.get_base_url()))
        self.assertTrue(page.xpath("//section[@id='order_timeline']"))

    def test_answer_never_tells_whether_they_belong_together(self):
        cart = self._new_order(partner=self.other_customer)
        website = self.env["website"].create({"name": "Elsewhere", "domain": "https://b.example"})
        elsewhere = self._new_order(website=website)
        elsewhere.action_quotation_sent()
        backend = self._new_order(partner=self.other_customer)
        backend.write({"website_id": False, "state": "sent"})
        queries, texts = set(), set()
        for order_number, email in (
            (self.order.name, "anna@example.com"),
            (self.order.name, "bo@example.com"),
            (self.order.name, "nobody@example.com"),
            ("S99999999", "anna@example.com"),
            ("%", "a%@example.com"),
            (cart.name, "bo@example.com"),
            (elsewhere.name, "anna@example.com"),
            (backend.name, "bo@example.com"),
        ):
            response = self._ask(order_number, email)
            self.assertEqual(response.status_code, 200)
            self.assertNotIn(order_number, self._text_of(response))
            texts.add(self._text_of(response))
            queries.add(len(response.history))
        self.assertEqual((len(texts), len(queries)), (1, 1))
        asked = self.env["website.order.status.request"].sudo().search([])
        self.assertEqual(len(asked), 8)
        mail = self._answer()
        self.assertEqual(mail.recipient_ids, self.customer)
        self.assertEqual(len(mail), 1)
        self.assertEqual(set(asked.mapped("mail_state")), {"done"})
        self.assertFalse(any(asked.mapped("email") + asked.mapped("order_number")))

    def test_request_itself_looks_up_nothing(self):
        """The time of the answer cannot tell: the request does not know the orders."""
        number, domains = self.order.name, []
        search = type(self.env["sale.order"])._search

        def note(orders, domain, *args, **kwargs):
            domains.append(str(domain))
            return search(orders, domain, *args, **kwargs)

        self.patch(type(self.env["sale.order"]), "_search", note)
        self.assertEqual(self._ask(number, "anna@example.com").status_code, 200)
        self.assertFalse([domain for domain in domains if number in domain])
        self._answer()
        self.assertTrue([domain for domain in domains if number in domain])

    def test_order_of_another_company_with_the_same_number_is_not_found(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.order.flush_recordset()
        self.env.cr.execute(
            "UPDATE sale_order SET company_id = %s WHERE id = %s", (company.id, self.order.id)
        )
        self.order.invalidate_recordset()
        self._ask(self.order.name, "anna@example.com")
        self.assertFalse(self._answer())

    def test_mail_speaks_the_language_of_the_page(self):
        lang = self._add_language()
        template = self.env.ref("website_sale_order_mgmt.mail_template_order_status")
        template.with_context(lang="fr_BE").subject = "Votre commande {{ object.name }}"
        self.env.flush_all()
        data = {
            "order_number": self.order.name,
            "email": "anna@example.com",
            "csrf_token": http.Request.csrf_token(self),
        }
        self.url_open(f"/{lang.url_code}{PAGE}", data=data)
        self.assertEqual(self._answer().subject, f"Votre commande {self.order.name}")

    def test_what_is_no_number_or_no_address_is_refused(self):
        for order_number, email in (
            ("", "anna@example.com"),
            ("#", "anna@example.com"),
            ("S" * 65, "anna@example.com"),
            (self.order.name, ""),
            (self.order.name, "anna"),
            (self.order.name, "a" * 250 + "@example.com"),
            (self.order.name, "anna@example.com, bo@example.com"),
        ):
            response = self._ask(order_number, email)
            self.assertEqual(response.status_code, 400)
            self.assertIn('aria-invalid="true"', response.text)
        self.assertFalse(self.env["website.order.status.request"].sudo().search_count([]))

    def test_forged_requests_are_refused(self):
        self.assertEqual(
            self._ask(self.order.name, "anna@example.com", csrf_token="x").status_code, 400
        )
        response = self.url_open(f"{PAGE}?order_number={self.order.name}&email=anna@example.com")
        self.assertEqual(response.status_code, 200)
        self.assertFalse(self.env["website.order.status.request"].sudo().search_count([]))

    def test_address_is_mailed_a_few_times_an_hour_only(self):
        for _time in range(MAX_PER_EMAIL):
            self.assertEqual(self._ask(self.order.name, "Anna@example.com").status_code, 200)
        refused = self._ask(self.order.name, "anna@example.com")
        self.assertEqual(refused.status_code, 429)
        self.assertEqual(self._ask(self.order.name, "bo@example.com").status_code, 200)
        # It is the same for an address that has no order.
        for _time in range(MAX_PER_EMAIL):
            self._ask(self.order.name, "nobody@example.com")
        also = self._ask(self.order.name, "nobody@example.com")
        self.assertEqual(also.status_code, 429)
        alike = [self._text_of(response).replace("nobody", "anna") for response in (refused, also)]
        self.assertEqual(*alike)
        self.assertEqual(len(self._answer()), 1)

        self._age(minutes=61)
        self.assertEqual(self._ask(self.order.name, "anna@example.com").status_code, 200)

    def test_visitor_may_ask_so_often_only(self):
        for number in range(MAX_PER_CLIENT):
            response = self._ask(self.order.name, f"{number}@example.com")
            self.assertEqual(response.status_code, 200)
        self.assertEqual(self._ask(self.order.name, "last@example.com").status_code, 429)

    def test_nothing_is_kept(self):
        self._ask(self.order.name, "anna@example.com")
        asked = self.env["website.order.status.request"].sudo().search([])
        self.assertNotIn("127.0.0.1", str(asked.read()))
        asked._gc_old_requests()
        self.assertTrue(asked.exists())
        self._age(minutes=25 * 60)
        asked._gc_old_requests()
        self.assertFalse(asked.exists())

    def test_failure_is_noted_and_tried_again(self):
        self._ask(self.order.name, "anna@example.com")
        template = self.env.ref("website_sale_order_mgmt.mail_template_order_status")
        sending = type(template).send_mail_batch

        def refuse(template, *args, **kwargs):
            raise ValueError("Broken")

        self.patch(type(template), "send_mail_batch", refuse)
        with self.assertLogs("odoo.addons.website_sale_order_mgmt", "WARNING"):
            self.assertFalse(self._answer())
        asked = self.env["website.order.status.request"].sudo().search([])
        self.assertEqual((asked.mail_state, asked.mail_attempts), ("queued", 1))
        self.assertIn("Broken", asked.mail_error)
        self.patch(type(template), "send_mail_batch", sending)
        asked.mail_next_try = False
        self.assertTrue(self._answer())

    def test_visitors_cannot_read_the_questions(self):
        for user in (self.website.user_id, self.salesperson):
            questions = self.env["website.order.status.request"].with_user(user)
            for operation in ("read", "write", "create", "unlink"):
                self.assertFalse(questions.has_access(operation))

    def _add_language(self):
        """Give the website French, and return it."""
        lang = self.env["res.lang"]._activate_lang("fr_BE")
        self.website.language_ids |= lang
        return lang

    def _age(self, minutes):
        """Let what was asked have been asked some minutes earlier."""
        asked = self.env["website.order.status.request"].sudo().search([])
        made = fields.Datetime.now() - timedelta(minutes=minutes)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE website_order_status_request SET create_date = %s WHERE id = ANY(%s)",
            (made, asked.ids),
        )
        asked.invalidate_recordset()
