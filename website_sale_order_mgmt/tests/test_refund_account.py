"""The account of a refund: the customer sees the same before, on the pages and in the e-mail."""

import re

from lxml import html

from odoo import http
from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from .refund_common import RefundCommon
from .return_common import ReturnCommon

NOTICE_CRON = "website_sale_order_mgmt.ir_cron_tell_refunds"


@tagged("post_install", "-at_install")
class TestRefundAccount(RefundCommon, ReturnCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.website.domain = self.base_url()
        self.authenticate(None, None)

    def _arrived(self):
        """Return a paid order of three desks and two lamps, 34.00 off, that has arrived."""
        self.website.return_fee_percent = 10
        self.desk.default_code = "D-1"  # the shop's own: the customer reads "Desk"
        order = self._new_order(quantity=3)
        order.order_line = [Command.create({"product_id": self.lamp.id, "product_uom_qty": 2})]
        self.env["sale.order.discount"].create(
            {"sale_order_id": order.id, "discount_type": "amount", "discount_amount": 34}
        ).action_apply_discount()
        self._pay(order)
        self._deliver(order)
        return order

    def _discounted(self, name, price, share):
        """Return the words for a product with its share of the order's discounts."""
        price, share = (self.currency.format(amount) for amount in (price, share))
        return " ".join(f"{name} ({price}, less {share} of the order's discounts)".split())

    def _read(self, text):
        """Return the rows of an account on a page or in a mail, with its total."""
        rows = []
        for row in html.fromstring(text).iter("tr"):
            cells = [" ".join(cell.text_content().split()) for cell in row.iter("td")]
            if len(cells) == 2 and re.search(r"\d\.\d\d", cells[1]):
                rows.append((cells[0], float(re.sub(r"[^-\d.]", "", cells[1]))))
        return rows

    def _get_page(self, record):
        record._portal_ensure_token()
        return self.url_open(record.get_portal_url()).text

    def _get_mail(self, refund):
        self._run_cron(NOTICE_CRON)
        return self._mails_to(self.customer.email).filtered(
            lambda mail: mail.model == refund._name and mail.res_id == refund.id
        )

    def test_the_same_before_on_the_pages_and_in_the_mail(self):
        order = self._arrived()
        line = order.order_line[0]
        token = order._portal_ensure_token()
        review = self.url_open(
            f"/my/orders/{order.id}/return",
            data={
                "csrf_token": http.Request.csrf_token(self),
                "access_token": token,
                f"quantity_{line.id}": "1",
                f"reason_{line.id}": str(self.changed_mind.id),
            },
        )
        desk = self._discounted("1 × Desk", 100, 10)
        account = [(desk, 90.0), ("Fee", -9.0), ("Refund", 81.0)]
        self.assertEqual(self._read(review.text), account, "Before it is sent")
        request = self._ask(order)
        self.assertEqual(self._read(self._get_page(request)), account)
        request._approve()
        self._deliver(order)
        self.assertEqual(self._read(self._get_page(request)), account)
        request.with_user(self.refunder).action_refund()
        refund = request.refund_statement_ids
        self.assertEqual(refund.amount, 81)
        self.assertEqual(self._read(self._get_page(request)), account)
        page = self._get_page(order)
        for row in account:
            self.assertIn(row, self._read(page))
        self.assertIn("On its way", page)
        mail = self._get_mail(refund)
        self.assertEqual(mail.subject, f"Your refund for order {order.name}")
        self.assertEqual(self._read(mail.body_html), account)
        self.assertIn(f"81.00 by {self.payment_method.name}", mail.body_html)
        self.assertFalse(self._get_mail(refund) - mail, "Once")
        self._send()
        self._answer(refund.payment_ids, "done")
        self.assertIn("Refunded", self._get_page(order))

    def test_what_went_back_before_is_in_the_account(self):
        order = self._arrived()
        self._refund(order, kind="amount", amount=20, reason="A scratch")
        request = self._ask(order, 3, self.faulty)
        request.line_ids = [
            Command.create(
                {
                    "sale_line_id": order.order_line[1].id,
                    "quantity": 2,
                    "reason_id": self.faulty.id,
                }
            )
        ]
        account = [
            (self._discounted("3 × Desk", 300, 30), 270.0),
            (self._discounted("2 × Lamp", 40, 4), 36.0),
            ("Refunded before", -20.0),
            ("Refund", 286.0),
        ]
        self.assertEqual(self._read(self._get_page(request)), account)
        request._approve()
        self._deliver(order)
        request.with_user(self.refunder).action_refund()
        self.assertEqual(
            self._read(self._get_mail(request.refund_statement_ids).body_html), account
        )

    def test_what_came_back_counts_not_what_was_announced(self):
        order = self._arrived()
        request = self._ask(order, 2, self.faulty)
        request._approve()
        request.picking_ids.move_ids.write({"quantity": 1, "picked": True})
        request.picking_ids.with_context(cancel_backorder=True)._action_done()
        account = [(self._discounted("1 × Desk", 100, 10), 90.0), ("Refund", 90.0)]
        self.assertEqual(self._read(self._get_page(request))[-2:], account)
        request.with_user(self.refunder).action_refund()
        self.assertEqual(request.refund_statement_ids.amount, 90)

    def test_a_refund_above_the_limit_is_not_told_until_it_is_confirmed(self):
        self.refunder.refund_limit = 50
        manager = self._new_refunder("manager", "group_refund_manager")
        order = self._arrived()
        refund = self._refund(order, quantities={self.desk: 1})
        self.assertFalse(self._get_mail(refund))
        self.assertNotIn(refund.name, self._get_page(order))
        refund.with_user(manager).action_confirm()
        self.assertEqual(len(self._get_mail(refund)), 1)
        self.assertIn(refund.name, self._get_page(order))

    def test_a_refused_return_brings_nothing(self):
        request = self._ask(self._arrived())
        request._refuse("Worn")
        self.assertEqual(self._read(self._get_page(request)), [])

    def test_a_broken_mail_undoes_no_refund_and_is_tried_again(self):
        template = self.env.ref("website_sale_order_mgmt.mail_template_refund")
        order = self._arrived()
        refund = self._refund(order, quantities={self.desk: 1})
        self._refund(self._paid_order())  # The one that Odoo tries a changed template with.
        working = template.body_html
        template.body_html = f'<t t-if="object.name == \'{refund.name}\'" t-out="1 / 0"/>'
        self.assertFalse(self._get_mail(refund))
        self.assertEqual((refund.state, refund.notice_state), ("open", "queued"))
        self.assertIn("cannot be rendered", refund.notice_error)
        refund.sudo().notice_state = "failed"
        template.body_html = working
        refund.with_user(self.refunder).action_retry_notice()
        self.assertEqual(len(self._get_mail(refund)), 1)
        self.assertFalse(refund.notice_error)

    def test_the_customer_reads_it_in_the_own_language(self):
        self.env["res.lang"]._activate_lang("sv_SE")
        self.customer.lang = "sv_SE"
        order = self._arrived()
        request = self._ask(order)
        request._approve()
        self._deliver(order)
        request.with_user(self.refunder).action_refund()
        mail = self._get_mail(request.refund_statement_ids)
        self.assertIn("Återbetalning", mail.body_html)
        self.assertIn("Avgift", mail.body_html)
