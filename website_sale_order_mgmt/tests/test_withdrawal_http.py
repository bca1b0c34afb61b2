"""The withdrawal function's pages, with real requests."""

import re

from lxml import html

from odoo import http
from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from ..models.sale_order_withdrawal_limit import MAX_PER_CLIENT, MAX_PER_EMAIL
from .withdrawal_common import CRON, WithdrawalCommon

PAGE = "/shop/withdrawal"
# CRD Art. 11a(1) and (3), as each language says it.
LABELS = {
    "en_US": ("Withdraw from contract here", "Confirm withdrawal"),
    "sv_SE": ("Ångra avtalet här", "Bekräfta ånger"),
    "de_DE": ("Vertrag widerrufen", "Widerruf bestätigen"),
    "fr_FR": ("Renoncer au contrat ici", "Confirmer la rétractation"),
    "es_ES": ("Desistir del contrato aquí", "Confirmar desistimiento"),
    "it_IT": ("Recedere dal contratto qui", "Conferma recesso"),
}


@tagged("post_install", "-at_install")
class TestWithdrawalHttp(WithdrawalCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order._portal_ensure_token()

    def setUp(self):
        super().setUp()
        self.website.domain = self.base_url()
        self.authenticate(None, None)

    def _page(self, path, status=200):
        self.env.flush_all()
        response = self.url_open(path)
        self.assertEqual(response.status_code, status, path)
        return html.fromstring(response.text)

    def _post(self, step, status=200, **values):
        data = {
            "name": "Anna Lind",
            "email": "anna@example.com",
            "csrf_token": http.Request.csrf_token(self),
            **values,
        }
        self.env.flush_all()
        response = self.url_open(f"{PAGE}/{step}", data=data)
        self.assertEqual(response.status_code, status)
        return html.fromstring(response.text)

    def _submit_form(self, page, xpath="//main//form", **values):
        """Send a form as a browser does: what it holds, with what was typed into it."""
        [form] = page.xpath(xpath)
        data = dict(form.fields) | values
        self.env.flush_all()
        return html.fromstring(self.url_open(form.get("action"), data=data).text)

    def _as_customer(self):
        user = self.env["res.users"].create(
            {
                "login": "anna",
                "password": "anna-anna-anna",
                "partner_id": self.customer.id,
                "group_ids": [Command.set(self.env.ref("base.group_portal").ids)],
            }
        )
        self.authenticate("anna", "anna-anna-anna")
        return user

    def _text_of(self, page):
        """Return what is on a page, without what differs between any two statements."""
        text = page.find(".//main").text_content()
        return re.sub(r"W\d{5}|S\d{5}|\d{1,2}:\d\d:\d\d( [AP]M)?|\s+", " ", text)

    # === THE FUNCTION === #

    def test_crd_11a_1_reachable_from_every_page_without_login(self):
        for path in ("/", "/shop", "/shop/cart", "/contactus", PAGE):
            page = self._page(path)
            [link] = page.xpath("//footer/nav[contains(@class, 'o_shop_footer_withdrawal')]//a")
            self.assertEqual(link.get("href"), PAGE)
            self.assertEqual(link.text_content(), LABELS["en_US"][0])
            self.assertEqual(link.get("translate"), "no")

    def test_crd_11a_2_asks_for_name_contract_and_address_only(self):
        page = self._page(PAGE)
        [form] = page.xpath("//form[contains(@class, 'o_shop_withdrawal_form')]")
        required = form.xpath(".//*[@required]/@name")
        self.assertEqual(sorted(required), ["email", "name", "order_reference"])
        self.assertEqual(
            sorted(set(form.fields)),
            ["csrf_token", "email", "name", "order_reference", "words"],
        )
        for field in form.xpath(".//input[not(@type='hidden')] | .//textarea"):
            self.assertTrue(form.xpath(f".//label[@for='{field.get('id')}']"), field.get("name"))

    def test_crd_11a_3_confirmed_by_a_button_of_its_own(self):
        page = self._submit_form(
            self._page(PAGE),
            "//form[contains(@class, 'o_shop_withdrawal_form')]",
            name="Anna Lind",
            email="anna@example.com",
            order_reference=self.order.name,
        )
        self.assertFalse(self.statements.search([]), "nothing is declared before the button")
        [button] = page.xpath("//main//form//button")
        self.assertEqual(button.text_content(), LABELS["en_US"][1])
        self.assertEqual(button.get("translate"), "no")
        self.assertFalse(page.xpath("//main//form//*[@type != 'hidden'][not(self::button)]"))

        receipt = self._submit_form(page)
        [statement] = self.statements.search([])
        self.assertEqual(statement.identified_by, "typed")
        self.assertEqual(statement.consumer_name, "Anna Lind")
        [said] = page.xpath("//*[contains(@class, 'o_shop_withdrawal_text')]")
        self.assertEqual(said.text_content().strip(), statement.text)
        self.assertIn(statement._format_submitted_at(), receipt.text_content())

    def test_what_lacks_is_said_beside_its_field(self):
        for step in ("check", "confirm"):
            page = self._post(step, 400, email="no address", order_reference="")
            wrong = page.xpath("//*[@aria-invalid='true']/@name")
            self.assertEqual(sorted(wrong), ["email", "order_reference"])
            [name] = page.xpath("//input[@name='name']/@value")
            self.assertEqual(name, "Anna Lind")
        self.assertFalse(self.statements.search([]))

    def test_needs_the_token_of_the_form(self):
        response = self.url_open(f"{PAGE}/confirm", data={"name": "Anna", "email": "a@b.example"})
        self.assertEqual(response.status_code, 400)
        self.assertFalse(self.statements.search([]))

    def test_answer_never_tells_whether_an_order_exists(self):
        texts = set()
        for values in (
            {"order_reference": self.order.name},
            {"order_reference": "S99999"},
            {"order_reference": self.order.name, "email": "fred@example.com"},
        ):
            page = self._post("confirm", **values)
            texts.add(self._text_of(page).replace("fred@", "anna@"))
        self._run_cron(CRON)
        self.assertEqual(len(texts), 1)
        statements = self.statements.search([])
        self.assertEqual(len(statements), 3)
        pages = {self._text_of(self._page(each._get_page_path())) for each in statements}
        self.assertEqual(len({text.replace("fred@", "anna@") for text in pages}), 1)

    def test_sent_twice_counts_once(self):
        for _time in range(2):
            self._post("confirm", order_reference=self.order.name)
        self.assertEqual(len(self.statements.search([])), 1)

    def test_one_piece_and_later_another_are_two(self):
        url = f"{PAGE}?order_id={self.order.id}&access_token={self.order.access_token}"
        quantity = f"quantity_{self.order.order_line.id}"
        form = "//form[contains(@class, 'o_shop_withdrawal_form')]"
        self._ship(self.order)
        for number in (1, 2):
            check = self._submit_form(self._page(url), form, **{quantity: "1"})
            for _click in range(2):
                self._submit_form(check)
            self.assertEqual(len(self.statements.search([])), number, "Two clicks are one")
            self._run_cron(CRON)
        self.assertEqual(sum(self.order.return_ids.line_ids.mapped("quantity")), 2)

    # === ORDERS OFFERED === #

    def test_logged_in_the_only_open_order_is_there_at_once(self):
        self._as_customer()
        page = self._page(PAGE)
        self.assertIn(self.order.name, page.find(".//main").text_content())
        [quantity] = page.xpath("//main//input[@type='number']")
        self.assertEqual(quantity.get("value"), "3")
        self.assertEqual(page.xpath("//input[@name='name']/@value"), ["Anna Lind"])
        self.assertEqual(page.xpath("//input[@name='email']/@value"), ["anna@example.com"])
        form = "//form[contains(@class, 'o_shop_withdrawal_form')]"
        check = self._submit_form(page, form, email="anna.new@example.com")
        self._submit_form(check)
        [statement] = self.statements.search([])
        self.assertEqual(statement.order_id, self.order)
        self.assertEqual(statement.identified_by, "account")
        self.assertEqual(statement.email, "anna.new@example.com")
        self.assertIn("From the whole order.", statement.text)

    def test_logged_in_several_open_orders_are_offered(self):
        other, foreign = self._new_order(), self._new_order(partner=self.other_customer)
        ended, cancelled = self._new_order(), self._new_order()
        (other + foreign + ended + cancelled).action_confirm()
        ended.withdrawal_until = "2020-01-01"
        cancelled._action_cancel()
        self._as_customer()
        offered = self._page(PAGE).xpath("//*[contains(@class, 'o_shop_withdrawal_orders')]//a")
        names = {link.text_content() for link in offered}
        self.assertEqual(names, {self.order.name, other.name})
        for link in offered:
            page = self._page(link.get("href"))
            self.assertIn(link.text_content(), page.find(".//main").text_content())
        foreign_page = self._page(f"{PAGE}?order_id={foreign.id}")
        self.assertNotIn(foreign.name, foreign_page.text_content())

    def test_guest_with_the_orders_link(self):
        url = f"{PAGE}?order_id={self.order.id}&access_token={self.order.access_token}"
        page = self._page(url)
        [quantity] = page.xpath("//main//input[@type='number']")
        form = "//form[contains(@class, 'o_shop_withdrawal_form')]"
        check = self._submit_form(page, form, **{quantity.get("name"): "1"})
        self._submit_form(check)
        [statement] = self.statements.search([])
        self.assertEqual(statement.identified_by, "link")
        self.assertEqual(statement.order_id, self.order)
        self.assertEqual([part["quantity"] for part in statement.lines], [1.0])

    def test_more_than_was_bought_is_no_part(self):
        line = self.order.order_line
        for typed in ("4", "-1", "many", "0"):
            self._post(
                "confirm",
                400,
                order_id=self.order.id,
                access_token=self.order.access_token,
                **{f"quantity_{line.id}": typed},
            )
        self.assertFalse(self.statements.search([]))

    def test_no_order_by_another_id_or_token(self):
        other = self._new_order(partner=self.other_customer)
        other.action_confirm()
        other._portal_ensure_token()
        website = self.website.create({"name": "Other", "company_id": self.env.company.id})
        elsewhere = self._new_order(website=website)
        elsewhere.action_confirm()
        elsewhere._portal_ensure_token()
        for query in (
            f"order_id={other.id}",
            f"order_id={other.id}&access_token=",
            f"order_id={other.id}&access_token={self.order.access_token}",
            f"order_id={other.id}&access_token=åäö",
            f"order_id={elsewhere.id}&access_token={elsewhere.access_token}",
            "order_id=999999999&access_token=x",
            "order_id=x' OR 1=1",
        ):
            page = self._page(f"{PAGE}?{query}")
            self.assertFalse(page.xpath("//input[@name='order_id']"), query)
            self.assertNotIn(other.name, page.text_content())
        # a line of another's order does not count either
        self._post(
            "confirm",
            order_reference=self.order.name,
            order_id=other.id,
            access_token=self.order.access_token,
            **{f"quantity_{other.order_line.id}": "1"},
        )
        [statement] = self.statements.search([])
        self.assertFalse(statement.order_id or statement.lines)

    def test_no_statement_by_another_id_or_token(self):
        mine = self._submit()
        other = self._submit(email="bo@example.com")
        self._page(mine._get_page_path())
        for query in ("", "?access_token=", f"?access_token={other.access_token}"):
            self._page(f"{PAGE}/statement/{mine.id}{query}", 404)
        self._page(f"{PAGE}/statement/999999999?access_token=x", 404)

    # === LIMITS, AND OFF === #

    def test_too_many_are_told_another_way(self):
        for number in range(MAX_PER_EMAIL):
            self._post("confirm", order_reference=f"S9{number}")
        page = self._post("confirm", 429, order_reference=self.order.name)
        self.assertIn("shop@example.com", page.find(".//main").text_content())
        # whoever has the order's link is not kept out by what others typed
        self._post(
            "confirm",
            order_id=self.order.id,
            access_token=self.order.access_token,
            **{f"quantity_{self.order.order_line.id}": "3"},
        )
        self.assertEqual(self.statements.search_count([]), MAX_PER_EMAIL + 1)

    def test_one_visitor_cannot_flood(self):
        for number in range(MAX_PER_CLIENT):
            self._submit(ip="127.0.0.1", email=f"a{number}@example.com")
        self._post("confirm", 429, order_reference="S1", email="b@example.com")

    def test_off_leaves_nothing(self):
        self.website.withdrawal_function = False
        self.assertFalse(self._page("/shop").xpath(f"//a[contains(@href, '{PAGE}')]"))
        self.assertNotIn(PAGE, html.tostring(self._page(self.order.get_portal_url())).decode())
        self._page(PAGE, 404)
        for step in ("check", "confirm"):
            self._post(step, 404)

    # === THE ORDER'S PAGE === #

    def test_link_on_the_orders_page_with_the_last_day(self):
        self.order.withdrawal_until = "2099-11-16 22:59:59"
        page = self._page(self.order.get_portal_url())
        [link] = page.xpath("//section[@id='order_timeline']//a[contains(@href, 'withdrawal')]")
        self.assertEqual(link.text_content(), LABELS["en_US"][0])
        self.assertEqual(link.get("translate"), "no")
        self.assertIn("November 16, 2099", link.getparent().text_content())
        form = self._page(link.get("href").replace(self.base_url(), ""))
        self.assertIn(self.order.name, form.find(".//main").text_content())
        self.order.withdrawal_until = "2020-11-16 22:59:59"
        page = self._page(self.order.get_portal_url())
        self.assertFalse(page.xpath("//section//a[contains(@href, 'withdrawal')]"))
