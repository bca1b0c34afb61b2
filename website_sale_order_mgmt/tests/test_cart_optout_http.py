import re
from ast import literal_eval
from base64 import urlsafe_b64decode

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger
from odoo.tools.misc import hash_sign

from odoo.addons.website_sale_order_mgmt.controllers.cart_recovery_optout import CartRecoveryOptout

from .cart_common import CartCommon

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@tagged("post_install", "-at_install")
class TestCartOptoutHttp(CartCommon, HttpCase):
    """No more reminders: the page, and the click of the mail program (RFC 8058)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website.domain = cls.base_url()
        cls.cart = cls._new_abandoned_cart()
        cls.company = cls.cart.company_id
        cls.key = cls.cart._get_cart_email_key()
        cls.url = cls.cart._get_cart_recovery_optout_url()

    def _open(self, url=None, data=None, **options):
        """Open a page as somebody without cookies, or post; follow no redirection."""
        self.opener.cookies.clear()
        return self.url_open(url or self.url, data=data, allow_redirects=False, **options)

    def _is_stopped(self):
        self.env.invalidate_all()
        return self.optouts._is_opted_out(self.key, self.company, self.customer)

    def test_the_mails_header_stops_the_reminders(self):
        """RFC 8058, section 3.1: an HTTPS POST without context, answered without redirection."""
        self._remind()
        mail = self._mails_to("anna@example.com")
        headers = literal_eval(mail.headers)
        self.assertEqual(headers["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click")
        url = re.fullmatch("<(.*)>", headers["List-Unsubscribe"]).group(1)
        self.assertIn(url, mail.body_html, "A link that people see, too")
        response = self._open(url, data=ONE_CLICK)
        self.assertEqual(response.status_code, 200)
        self.assertNotIn("session_id", response.cookies)
        self.assertTrue(self._is_stopped())
        self.assertEqual(mail.state, "cancel", "It was queued, and must not leave any more")
        self.assertEqual(self._states(self.cart), [(1, "skipped", "opted_out")])

    def test_it_can_be_posted_again(self):
        for _time in range(3):
            self.assertEqual(self._open(data=ONE_CLICK).status_code, 200)
        self.assertEqual(self.optouts.search_count([("email_key", "=", self.key)]), 1)

    def test_looking_changes_nothing(self):
        """Scanners follow links, by GET and HEAD."""
        self._remind()
        mail = self._mails_to("anna@example.com")
        for method in ("GET", "HEAD"):
            response = self._open(method=method) if method == "HEAD" else self._open()
            self.assertEqual(response.status_code, 200)
        self.assertFalse(self._is_stopped())
        self.assertEqual(mail.state, "outgoing")

    def test_the_page_has_one_button_that_undoes_the_other(self):
        [form] = re.findall(r"<form[^>]*reminders/stop.*?</form>", self._open().text, re.DOTALL)
        self.assertIn('method="post"', form.lower())
        page = self._open(data={"from": "page"}).text
        self.assertTrue(self._is_stopped())
        [form] = re.findall(r"<form[^>]*reminders/stop.*?</form>", page, re.DOTALL)
        self.assertIn('name="again"', form)
        self.assertEqual(self._open(data={"again": "1"}).status_code, 200)
        self.assertFalse(self._is_stopped())
        self._remind()
        self.assertEqual(len(self._subjects()), 1)

    def test_the_blacklist_counts_and_is_not_lifted_here(self):
        """Who wants no advertising at all has not asked for that by asking for reminders."""
        blacklisted = self.env["mail.blacklist"]._add("anna@example.com")
        for data in (None, {"again": "1"}, ONE_CLICK, {"again": "1"}):
            with self.subTest(data=data):
                page = self._open(data=data).text
                self.assertIn("unsubscribed from all advertising", page)
                self.assertFalse(re.search("<form[^>]*reminders/stop", page), "There is no button")
                self.assertTrue(self._is_stopped())
        self.assertTrue(blacklisted.active)
        self.assertFalse(self.optouts.search_count([]), "The objection itself is taken back")
        blacklisted.action_archive()
        self.env.flush_all()
        self.assertNotIn('name="again"', self._open().text)

    def test_an_objection_is_taken_back_for_one_company(self):
        company = self.env["res.company"].sudo().create({"name": "North"})
        for each in self.company + company:
            self.optouts._opt_out(self.key, each)
        self.env.flush_all()
        self._open(data={"again": "1"})
        self.env.invalidate_all()
        self.assertEqual(self.optouts.search([]).company_id, company)

    def test_it_counts_for_the_address_however_it_is_written(self):
        twin = self.customer.copy({"email": "Anna <ANNA@Example.com>"})
        cart = self._new_abandoned_cart(twin)
        self._open(data=ONE_CLICK)
        self.env.invalidate_all()
        self._remind()
        self.assertEqual(self._states(cart), [(1, "skipped", "opted_out")])
        other = self._new_abandoned_cart(self.other_customer)
        self._remind()
        self.assertEqual(self._states(other), [(1, "sent", False)], "Nobody else's")

    def test_it_counts_for_one_company(self):
        company = self.env["res.company"].create({"name": "North", "email": "north@example.com"})
        self.env.user.company_ids += company
        north = self.env["website"].create(
            {
                "name": "North",
                "company_id": company.id,
                "cart_recovery_consent": "everyone",
                "cart_recovery_mail_template_id": self.template.id,
            }
        )
        self.lamp.allow_out_of_stock_order = True
        theirs = self._new_order(self.customer, self.lamp, website=north, team_id=False)
        self._abandon(theirs, hours=12)
        self._open(data=ONE_CLICK)
        self.env.invalidate_all()
        self.cart.action_cancel()
        self._remind()
        self.assertEqual(self._states(theirs), [(1, "sent", False)])

    @mute_logger("odoo.http")
    def test_wrong_links_are_not_found(self):
        token = self.url.rsplit("/", 1)[1]
        foreign = hash_sign(self.env(su=True), "another_scope", ["key", 1, 1])
        tampered = token[:20] + ("A" if token[20] != "A" else "B") + token[21:]
        for wrong in ("tests", "x", "%C3%A9", tampered, token[:-4], foreign):
            for data in (None, ONE_CLICK):
                with self.subTest(wrong, data=data):
                    url = self.url.replace(token, wrong)
                    self.assertEqual(self._open(url, data=data).status_code, 404)
        self.assertFalse(self.optouts.search_count([]))

    def test_the_link_tells_nothing(self):
        token = self.url.rsplit("/", 1)[1]
        readable = urlsafe_b64decode(token + "===").decode(errors="replace").lower()
        for secret in ("anna", "lind", "example", self.cart.name.lower()):
            self.assertNotIn(secret, readable)
        page = self._open().text
        for secret in ("anna@example.com", "Anna Lind", self.cart.name):
            self.assertNotIn(secret, page)

    def test_reading_needs_no_writing_cursor(self):
        self.assertTrue(CartRecoveryOptout.show.original_routing["readonly"])

    def test_in_another_language_it_is_not_redirected(self):
        self.website.language_ids += self.env["res.lang"]._activate_lang("sv_SE")
        swedish = {"Accept-Language": "sv-SE,sv"}
        response = self._open(data=ONE_CLICK, headers=swedish)
        self.assertEqual(response.status_code, 200)
        self.assertTrue(self._is_stopped())
