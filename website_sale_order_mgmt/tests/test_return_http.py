"""The form for returns, as guests and customers, honest and other, use it."""

import io
import re

from PIL import Image

from odoo import http
from odoo.tests import HttpCase, tagged

from .return_common import ReturnCommon


def picture(kind="PNG", size=(40, 30)):
    """Return the bytes of a picture."""
    data = io.BytesIO()
    Image.new("RGB", size, "red").save(data, kind)
    return data.getvalue()


@tagged("post_install", "-at_install")
class TestReturnHttp(ReturnCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._new_delivered(3)
        cls.line = cls.order.order_line
        cls.token = cls.order._portal_ensure_token()
        cls.form_url = f"/my/orders/{cls.order.id}/return"

    def setUp(self):
        super().setUp()
        self.website.domain = self.base_url()
        self.authenticate(None, None)
        self._pay(self.order)

    def _fields(self, quantity="1", reason=None, line=None, **more):
        line = line or self.line
        return {
            "access_token": self.token,
            f"quantity_{line.id}": quantity,
            f"reason_{line.id}": str((reason or self.changed_mind).id),
            f"note_{line.id}": "Too <b>brown</b>",
            **more,
        }

    def _post(self, url, values, files=None):
        data = {"csrf_token": http.Request.csrf_token(self), **values}
        return self.url_open(url, data=data, files=files)

    def _send(self, files=None, **values):
        values = self._fields(**values)
        return self._post(f"{self.form_url}/send", values, files or [("pictures", ("", b""))])

    def _get_returns(self):
        self.env.invalidate_all()
        return self.env["sale.order.return"].search([("order_id", "=", self.order.id)])

    def test_guest_returns_one_of_three(self):
        form = self.url_open(f"{self.form_url}?access_token={self.token}")
        self.assertEqual(form.status_code, 200)
        self.assertIn("Desk", form.text)
        review = self._post(self.form_url, self._fields())
        self.assertEqual(review.status_code, 200)
        self.assertIn("100.00", review.text)
        self.assertIn("You pay for the parcel.", review.text)
        self.assertIn("We look at your return", review.text)
        self.assertNotIn("<b>brown</b>", review.text)
        self.assertFalse(self._get_returns(), "Nothing is stored before it is sent")
        page = self._send()
        self.assertEqual(page.status_code, 200)
        request = self._get_returns()
        self.assertIn(request.name, page.text)
        self.assertEqual(request.state, "requested")
        self.assertEqual(request.line_ids.quantity, 1)
        self.assertEqual(request.line_ids.note, "Too <b>brown</b>")
        self.assertNotIn("<b>brown</b>", page.text)

    def test_summary_shows_the_fee_unless_the_shop_is_to_blame(self):
        self.line.return_fee_percent = 10
        review = self._post(self.form_url, self._fields())
        self.assertIn("90.00", review.text)
        review = self._post(self.form_url, self._fields(reason=self.faulty))
        self.assertNotIn("90.00", review.text)
        self.assertIn("We pay for the parcel.", review.text)

    def test_form_sent_twice_is_one_return(self):
        first = self._send(key="double-click")
        second = self._send(key="double-click")
        self.assertEqual(first.url, second.url)
        self.assertEqual(len(self._get_returns()), 1)

    def test_no_more_than_delivered_whatever_is_sent(self):
        for quantity in ("4", "1e9", "inf", "nan", "-1", "0.5", "2 desks", "1" * 400):
            with self.subTest(quantity=quantity):
                self.assertEqual(self._send(quantity=quantity).status_code, 400)
        self.assertFalse(self._get_returns())
        self.assertEqual(self._send(quantity="2").status_code, 200)
        self.assertEqual(self._send(quantity="2").status_code, 400)
        self.assertEqual(self._get_returns().line_ids.quantity, 2)

    def test_other_orders_lines_are_refused(self):
        other = self._new_delivered(3, partner=self.other_customer).order_line
        self.assertEqual(self._send(line=other).status_code, 400)
        self.assertFalse(
            self.env["sale.order.return"].search([("order_id", "=", other.order_id.id)])
        )

    def test_reasons_are_checked(self):
        archived = self.changed_mind.copy({"active": False})
        for reason in ("", "0", "999999999", "x", "1" * 30, str(archived.id)):
            with self.subTest(reason=reason):
                values = {f"reason_{self.line.id}": reason}
                self.assertEqual(
                    self._post(f"{self.form_url}/send", self._fields() | values).status_code, 400
                )
        self.assertFalse(self._get_returns())

    def test_nothing_chosen_is_said(self):
        self.assertEqual(self._post(self.form_url, self._fields(quantity="0")).status_code, 400)

    def test_nobody_opens_anothers_form_or_return(self):
        request = self._ask(self.order)
        request._portal_ensure_token()
        wrong = self._new_delivered(partner=self.other_customer)._portal_ensure_token()
        for token in ("", "x", wrong):
            for url in (self.form_url, f"/my/returns/{request.id}"):
                with self.subTest(url=url, token=token):
                    answer = self.url_open(f"{url}?access_token={token}")
                    self.assertEqual(answer.status_code, 404)
        values = self._fields() | {"access_token": wrong}
        self.assertEqual(self._post(f"{self.form_url}/send", values).status_code, 404)
        url = f"/my/returns/{request.id}/cancel"
        self.assertEqual(self._post(url, {"access_token": self.token}).status_code, 404)
        self.assertEqual(self.url_open("/my/returns/999999999").status_code, 404)
        self.assertEqual(request.state, "requested")

    def test_customer_sees_own_returns_when_logged_in_and_no_others(self):
        mine = self._new_delivered(partner=self.portal_user.partner_id)
        request, others = self._ask(mine), self._ask(self.order)
        self.portal_user.password = "portal-password"
        self.authenticate(self.portal_user.login, "portal-password")
        self.assertEqual(self.url_open(f"/my/orders/{mine.id}/return").status_code, 200)
        self.assertIn(request.name, self.url_open(f"/my/returns/{request.id}").text)
        self.assertEqual(self.url_open(f"/my/returns/{others.id}").status_code, 404)
        self.assertEqual(self.url_open(self.form_url).status_code, 404)

    def test_customer_cancels_until_the_goods_are_in(self):
        request = self._ask(self.order)
        request._approve()
        token = request._portal_ensure_token()
        page = self._post(f"/my/returns/{request.id}/cancel", {"access_token": token})
        self.assertIn("has been cancelled", page.text)
        self.env.invalidate_all()
        self.assertEqual(request.state, "cancelled")
        self.assertEqual(request.picking_ids.state, "cancel")
        received = self._ask(self.order)
        received._approve()
        self._deliver(self.order)
        token = received._portal_ensure_token()
        page = self._post(f"/my/returns/{received.id}/cancel", {"access_token": token})
        self.assertEqual(page.status_code, 409)
        self.env.invalidate_all()
        self.assertEqual(received.state, "received")

    def test_pictures_are_kept_as_pictures_only(self):
        files = [
            ("pictures", ("evil.html", picture("PNG"))),
            ("pictures", ("b.webp", picture("WEBP"))),
        ]
        page = self._send(files=files, reason=self.faulty)
        self.assertEqual(page.status_code, 200)
        request = self._get_returns()
        self.assertEqual(len(request.picture_ids), 2)
        for kept in request.picture_ids:
            self.assertEqual(kept.mimetype, "image/jpeg")
            self.assertEqual(Image.open(io.BytesIO(kept.raw)).format, "JPEG")
        url = f"/my/returns/{request.id}/picture/{request.picture_ids[0].id}"
        shown = self.url_open(f"{url}?access_token={request.access_token}")
        self.assertEqual(shown.headers["Content-Type"], "image/jpeg")
        self.assertEqual(shown.headers["X-Content-Type-Options"], "nosniff")
        self.assertEqual(shown.content, request.picture_ids[0].raw)

    def test_pictures_of_others_are_out_of_reach(self):
        self._send(files=[("pictures", ("a.png", picture()))])
        theirs = self._get_returns()
        mine = self._ask(self._new_delivered(partner=self.other_customer))
        token = mine._portal_ensure_token()
        foreign = self.env["ir.attachment"].create({"name": "Secret", "raw": b"secret"})
        for attachment in theirs.picture_ids + foreign:
            url = f"/my/returns/{mine.id}/picture/{attachment.id}?access_token={token}"
            self.assertEqual(self.url_open(url).status_code, 404)
        url = f"/my/returns/{theirs.id}/picture/{theirs.picture_ids.id}"
        self.assertEqual(self.url_open(url).status_code, 404)
        public = self.url_open(f"/web/image/{theirs.picture_ids.id}").content
        self.assertNotEqual(public, theirs.picture_ids.raw)
        self.assertNotEqual(
            self.url_open(f"/web/content/{theirs.picture_ids.id}").content, theirs.picture_ids.raw
        )

    def test_what_is_no_picture_is_refused(self):
        svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
        for name, data in (
            ("a.png", b"<html><script>alert(1)</script></html>"),
            ("a.jpg", svg),
            ("a.png", picture()[:20]),
            ("a.gif", picture("GIF")),
        ):
            with self.subTest(name=name):
                answer = self._send(files=[("pictures", (name, data))])
                self.assertEqual(answer.status_code, 400)
                self.assertIn("We can only take pictures", answer.text)
        six = [("pictures", (f"{number}.png", picture())) for number in range(6)]
        self.assertEqual(self._send(files=six).status_code, 400)
        self.assertFalse(self._get_returns())

    def test_reason_asks_for_a_picture(self):
        answer = self._send(reason=self.faulty)
        self.assertEqual(answer.status_code, 400)
        self.assertIn("Please add a picture", answer.text)

    def test_after_the_days_only_the_shops_fault_comes_back(self):
        self.line.return_window_days = 1
        self.order.picking_ids.move_ids.date = "2020-05-04 12:00:00"
        form = self.url_open(f"{self.form_url}?access_token={self.token}").text
        self.assertIn("The time to return it ended on", form)
        self.assertEqual(self._send().status_code, 400)
        files = [("pictures", ("a.png", picture()))]
        self.website.return_approval = "automatic"
        self.assertEqual(self._send(reason=self.faulty, files=files).status_code, 200)
        self.assertEqual(self._get_returns().state, "requested", "Somebody looks at it")

    def test_final_sale_says_why_not(self):
        self.line.write({"return_policy": "final_sale", "return_window_days": 0})
        form = self.url_open(f"{self.form_url}?access_token={self.token}").text
        self.assertIn("sold without a right to return it", form)
        self.assertEqual(self._send().status_code, 400)

    def test_within_the_policy_it_is_approved_at_once(self):
        self.website.return_approval = "automatic"
        review = self._post(self.form_url, self._fields())
        self.assertIn("return slip at once", review.text)
        page = self._send()
        self.assertIn("Please send us the goods", page.text)
        request = self._get_returns()
        self.assertEqual(request.state, "approved")
        slip = re.search(r'href="(/my/returns/[^"]*/slip/[^"]*)"', page.text)[1]
        pdf = self.url_open(slip.replace("&amp;", "&"))
        self.assertEqual(pdf.headers["Content-Type"], "application/pdf")

    def test_too_many_requests_are_stopped(self):
        for _number in range(10):
            self._ask(self.order)._cancel()
        answer = self._send()
        self.assertEqual(answer.status_code, 400)
        self.assertIn("You have asked too often", answer.text)

    def test_cart_has_no_form(self):
        cart = self._new_order()
        token = cart._portal_ensure_token()
        form = self.url_open(f"/my/orders/{cart.id}/return?access_token={token}")
        self.assertIn("Nothing of this order can be returned now", form.text)

    def test_orders_page_leads_to_the_form_and_to_the_return(self):
        page = self.url_open(f"/my/orders/{self.order.id}?access_token={self.token}").text
        self.assertIn(f"/my/orders/{self.order.id}/return?", page)
        request = self._ask(self.order)
        page = self.url_open(f"/my/orders/{self.order.id}?access_token={self.token}").text
        self.assertIn(request.name, page)
        self.assertIn("We look at your return", page)

    def test_footers_form_says_the_same_to_all_and_mails_the_link(self):
        for number, email in (
            (self.order.name, self.customer.email),
            (self.order.name, "stranger@example.com"),
        ):
            answer = self._post("/shop/return", {"order_number": number, "email": email})
            self.assertIn("we have sent a link to the form", answer.text)
        self._run_cron("website_sale_order_mgmt.ir_cron_answer_order_status")
        [mail] = self._mails_to(self.customer.email).filtered(
            lambda mail: "Return something" in (mail.subject or "")
        )
        self.assertIn(f"/my/orders/{self.order.id}/return?access_token=", mail.body_html)
        self.assertFalse(self._mails_to("stranger@example.com"))
        self.assertIn('href="/shop/return"', self.url_open("/shop").text)

    def test_shop_shows_the_terms_where_the_customer_decides(self):
        self.desk.write({"website_published": True, "withdrawal_exception": "c"})
        self.website.return_window_days = 21
        page = self.url_open(self.desk.website_url).text
        self.assertIn("Returns within 21 days.", page)
        self.assertIn("No right of withdrawal: Made to the customer", page)
