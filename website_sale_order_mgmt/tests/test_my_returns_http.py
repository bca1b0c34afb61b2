"""The list of returns in the portal: a customer's own ones, page by page."""

from unittest.mock import patch

from odoo.tests import HttpCase, tagged

from odoo.addons.portal.controllers.portal import CustomerPortal

from .return_common import ReturnCommon


@tagged("post_install", "-at_install")
class TestMyReturnsHttp(ReturnCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal_user.password = cls.portal_user.login
        order = cls._new_delivered(3, partner=cls.portal_user.partner_id)
        cls.first, cls.second = cls._ask(order), cls._ask(order)
        cls.others = cls._ask(cls._new_delivered())

    def setUp(self):
        super().setUp()
        self.website.domain = self.base_url()

    def _log_in(self):
        self.authenticate(self.portal_user.login, self.portal_user.login)

    def _count(self):
        return self.make_jsonrpc_request("/my/counters", {"counters": ["return_count"]})

    def test_own_returns_only(self):
        self._log_in()
        page = self.url_open("/my/returns").text
        for mine in self.first + self.second:
            self.assertIn(f"/my/returns/{mine.id}", page)
            self.assertIn(mine.name, page)
        self.assertIn(self.first.order_id.name, page)
        self.assertIn("Requested", page)
        self.assertNotIn(self.others.name, page)

    def test_home_counts_them(self):
        self._log_in()
        self.assertIn("/my/returns", self.url_open("/my/home").text)
        self.assertEqual(self._count()["return_count"], 2)

    def test_page_by_page(self):
        self._log_in()
        with patch.object(CustomerPortal, "_items_per_page", 1):
            first, second = (self.url_open(f"/my/returns/page/{page}").text for page in (1, 2))
        self.assertIn(self.second.name, first, "The newest first")
        self.assertNotIn(self.first.name, first)
        self.assertIn(self.first.name, second)
        self.assertNotIn(self.second.name, second)

    def test_guests_log_in_first(self):
        self.authenticate(None, None)
        answer = self.url_open("/my/returns", allow_redirects=False)
        self.assertEqual(answer.status_code, 303)
        self.assertIn("/web/login", answer.headers["Location"])

    def test_another_customer_has_none(self):
        self.portal_user.copy({"login": "stranger", "password": "stranger"})
        self.authenticate("stranger", "stranger")
        self.assertIn("You have not returned anything.", self.url_open("/my/returns").text)
        self.assertEqual(self._count()["return_count"], 0)
