"""Sending invoices: in the website's name, sent when it was sent, and not for ever."""

import subprocess
import sys
import time
from unittest.mock import patch

from odoo.tests import BaseCase, tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_mail_server import IrMail_Server

from ..models.account_move_shop_send import SENDING_CRON
from ..tools import work_queue
from ..tools.process_limit import ended_after
from .common import INVOICING_CRON, ShopCommon

QUEUE_LOGGER = "odoo.addons.website_sale_order_mgmt.tools.work_queue"
MAIL_CRON = work_queue.MAIL_QUEUE_CRON


@tagged("post_install", "-at_install")
class TestProcessLimit(BaseCase):
    def _sleep(self, *marks):
        return subprocess.run(
            [sys.executable, "-c", "import time; time.sleep(60)", *marks], check=False
        ).returncode

    def test_a_program_that_hangs_is_ended(self):
        begun = time.monotonic()
        with ended_after(0.5, "mark-1") as ended:
            self.assertEqual(self._sleep("mark-1"), -9)
        self.assertTrue(ended.is_set())
        self.assertLess(time.monotonic() - begun, 30)

    def test_other_programs_and_those_in_time_are_left_alone(self):
        with subprocess.Popen(
            [sys.executable, "-c", "import time; time.sleep(60)", "else"]
        ) as other:
            with ended_after(0.5, "mark-2") as ended:
                self._sleep("mark-2")
            self.assertTrue(ended.is_set())
            self.assertIsNone(other.poll(), "It has another mark")
            other.kill()
        with ended_after(30, "mark-3") as ended:
            subprocess.run([sys.executable, "-c", "pass", "mark-3"], check=True)
        self.assertFalse(ended.is_set())


@tagged("post_install", "-at_install")
class TestInvoicingSend(ShopCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].sudo().set_param("sale.automatic_invoice", True)
        cls.website.domain = "https://shop.example.com"

    def _new_template(self, text, **values):
        return self.env["mail.template"].create(
            {
                "name": text,
                "model_id": self.env["ir.model"]._get_id("account.move"),
                "subject": f"{text} {{{{ object.name }}}}",
                "use_default_to": True,
                "lang": "{{ object.partner_id.lang }}",
                "body_html": f"<p>{text}</p>",
                **values,
            }
        )

    def _invoiced(self, **values):
        order = self._new_order(**values)
        self._pay(order)
        self._run_cron(INVOICING_CRON)
        return order

    def _deliver(self):
        """Let the mail server take what waits; return what brought invoices to the customer."""
        with self.mock_mail_gateway():
            self._run_cron(MAIL_CRON)
        return [
            mail
            for mail in self._mails
            if mail["object_id"].endswith("-account.move") and "anna@" in mail["email_to"][0]
        ]

    # === IN THE WEBSITE'S NAME === #

    def test_each_website_has_its_template(self):
        self.website.invoice_mail_template_id = self._new_template("From the shop")
        other = self.env["website"].create(
            {"name": "Other", "company_id": self.env.company.id, "salesteam_id": self.team.id}
        )
        general = self._new_template("General")
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("sale.default_invoice_email_template", general.id)
        first, second = self._new_order(), self._new_order(website=other)
        for order in (first, second):
            self._pay(order)
        self._run_cron(INVOICING_CRON)
        for order, text in ((first, "From the shop"), (second, "General")):
            [subject] = order.invoice_ids.message_ids.filtered("subject").mapped("subject")
            self.assertEqual(subject, f"{text} {order.invoice_ids.name}")

    def test_staff_begin_with_the_websites_template(self):
        template = self.website.invoice_mail_template_id = self._new_template("From the shop")
        order = self._new_order()
        order.action_confirm()
        invoice = order._create_invoices()
        invoice.action_post()
        wizard = self.env["account.move.send.wizard"].create({"move_id": invoice.id})
        self.assertEqual(wizard.template_id, template)
        note = invoice._reverse_moves()
        note.action_post()
        wizard = self.env["account.move.send.wizard"].create({"move_id": note.id})
        self.assertEqual(wizard.template_id, self.env.ref("account.email_template_edi_credit_note"))

    def test_the_mail_looks_like_the_website_and_leads_to_the_invoice(self):
        order = self._invoiced()
        [mail] = self._deliver()
        self.assertIn(self.website.name, mail["body"])
        self.assertIn("https://shop.example.com/", mail["body"])
        self.assertIn(order.invoice_ids.access_token, mail["body"])
        self.assertIn("already paid", mail["body"])
        self.assertEqual(mail["email_to"], ['"Anna Lind" <anna@example.com>'])

    def test_the_mail_speaks_the_websites_language(self):
        lang = self.env["res.lang"]._activate_lang("fr_BE")
        self.website.language_ids |= lang
        self.website.default_lang_id = lang
        template = self._new_template("Hello", lang="{{ object.partner_id.lang }}")
        template.with_context(lang=lang.code).body_html = "<p>Bonjour</p>"
        self.website.invoice_mail_template_id = template
        self.customer.lang = False
        self._invoiced()
        [mail] = self._deliver()
        self.assertIn("Bonjour", mail["body"])
        self.assertIn("shop@example.com", mail["email_from"])
        self.assertIn(self.website.name, mail["email_from"])

    # === SENT WHEN IT WAS SENT === #

    def test_what_a_colleague_is_told_is_not_the_invoice(self):
        invoice = self._invoiced().invoice_ids
        self.assertEqual(invoice.shop_send_state, "leaving")
        colleague = self.env["res.partner"].create(
            {"name": "Colleague", "email": "colleague@example.com"}
        )
        mails = self.env["mail.mail"].search([])
        invoice.message_notify(partner_ids=colleague.ids, subject="Yours", body="Yours")
        told = self.env["mail.mail"].search([]) - mails
        with self.mock_mail_gateway():
            told.send()
        self.assertTrue([mail for mail in self._mails if "colleague@" in mail["email_to"][0]])
        self.assertEqual((invoice.shop_send_state, invoice.is_move_sent), ("leaving", False))

    def test_sent_when_the_server_took_it(self):
        order = self._invoiced()
        invoice = order.invoice_ids
        self.assertEqual(order.shop_invoicing_state, "done")
        self.assertEqual((invoice.shop_send_state, invoice.is_move_sent), ("leaving", False))
        # Neither core's cron nor ours makes the mail again while it waits.
        self._run_cron(INVOICING_CRON)
        order._queue_shop_invoicing()
        self._run_cron(INVOICING_CRON)
        self.assertEqual(len(self._deliver()), 1)
        self.assertEqual((invoice.shop_send_state, invoice.is_move_sent), ("sent", True))

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_a_refused_address_is_on_the_invoice_and_the_order(self):
        order = self._invoiced()
        invoice = order.invoice_ids
        refused = ConnectionRefusedError("550 No such user")
        with patch.object(IrMail_Server, "_connect__", side_effect=refused):
            self._run_cron(MAIL_CRON)
        self.assertEqual((invoice.shop_send_state, invoice.is_move_sent), ("refused", False))
        self.assertIn("No such user", invoice.shop_send_error)
        self.assertIn("No such user", order.shop_mail_error)
        self.assertEqual(invoice.state, "posted")
        self._run_cron(INVOICING_CRON)
        self.assertEqual(invoice.shop_send_state, "refused", "No second mail beside the first")
        invoice.action_send_shop_again()
        [mail] = self._deliver()
        self.assertIn(invoice.name, mail["subject"])
        self.assertEqual((invoice.shop_send_state, invoice.is_move_sent), ("sent", True))
        self.assertFalse(invoice.shop_send_error)

    def test_a_followers_mail_does_not_count(self):
        order = self._new_order()
        self._pay(order)
        order._make_shop_invoices()
        invoice = order.invoice_ids
        invoice.message_subscribe(self.other_customer.ids)
        self._run_cron(INVOICING_CRON)
        mails = (
            self.env["mail.mail"]
            .sudo()
            .search([("model", "=", "account.move"), ("res_id", "=", invoice.id)])
        )
        follower = mails.filtered(lambda mail: self.other_customer in mail.recipient_ids)
        with self.mock_mail_gateway():
            (follower.filtered(lambda mail: self.customer not in mail.recipient_ids)).send()
        self.assertFalse(invoice.is_move_sent)

    @mute_logger(QUEUE_LOGGER)
    def test_without_an_address_the_invoice_waits_and_holds_up_nobody(self):
        self.customer.email = False
        silent, good = self._new_order(), self._new_order(self.other_customer)
        for order in (silent, good):
            self._pay(order)
        self._run_cron(INVOICING_CRON)
        self.assertEqual(good.invoice_ids.shop_send_state, "leaving")
        invoice = silent.invoice_ids
        self.assertEqual((invoice.state, invoice.shop_send_state), ("posted", "failed"))
        for record, field in ((invoice, "shop_send_error"), (silent, "shop_invoicing_error")):
            self.assertIn("Anna Lind has no e-mail address", record[field])
        self.customer.email = "anna@example.com"
        invoice.action_send_shop_again()
        self._run_cron(SENDING_CRON)
        self.assertEqual(invoice.shop_send_state, "leaving")
        self._run_cron(INVOICING_CRON)
        self.assertEqual(len(invoice.message_ids.filtered("partner_ids")), 1)
        self.assertFalse(invoice.shop_send_error)

    def test_who_wants_no_mail_gets_none_as_in_core(self):
        self.customer.invoice_sending_method = "manual"
        order = self._invoiced()
        self.assertTrue(order.invoice_ids.is_move_sent)
        self.assertFalse(self._deliver())

    def test_money_that_came_after_the_invoice_is_not_asked_for(self):
        order = self._new_order()
        order.action_confirm()
        invoice = order._create_invoices()
        invoice.action_post()
        transaction = self._pay(order)
        transaction.payment_id.move_id.line_ids.remove_move_reconcile()
        self.assertTrue(invoice.amount_residual)
        self._run_cron(INVOICING_CRON)
        self.assertFalse(invoice.amount_residual)
        [mail] = self._deliver()
        self.assertIn("already paid", mail["body"])

    @mute_logger(QUEUE_LOGGER)
    def test_what_is_sent_again_and_fails_is_said_on_the_order_in_the_end(self):
        self.customer.email = False
        order = self._new_order()
        self._pay(order)
        for _try in range(4):
            self._run_cron(INVOICING_CRON)
            order.shop_invoicing_next_try = False
        self.assertEqual(order.shop_invoicing_state, "failed")
        invoice = order.invoice_ids
        invoice.action_send_shop_again()
        for _try in range(4):
            self.assertEqual(invoice.shop_send_state, "queued")
            self._run_cron(SENDING_CRON)
            invoice.shop_send_next_try = False
        self.assertEqual(
            (invoice.shop_send_state, order.shop_attention), ("failed", "invoice_failed")
        )
        self.customer.email = "anna@example.com"
        invoice.action_send_shop_again()
        self._run_cron(SENDING_CRON)
        self.assertEqual(invoice.shop_send_state, "leaving")
        self.assertEqual((order.shop_invoicing_state, order.shop_attention), ("done", False))

    # === PDFS === #

    @mute_logger(QUEUE_LOGGER)
    def test_a_batch_that_hangs_is_tried_one_by_one_later(self):
        """Neither is anything lost, nor do the good ones wait for more than one more run."""
        report = self.env.registry["ir.actions.report"]
        render = report._pre_render_qweb_pdf
        bad, good = self._new_order(), self._new_order(self.other_customer)
        for order in (bad, good):
            self._pay(order)
        calls = []

        def hang(model, report_ref, res_ids=None, data=None):
            calls.append(len(res_ids))
            if bad.invoice_ids.id in res_ids:
                raise work_queue.TooSlow("The PDF was not ready")
            return render(model, report_ref, res_ids=res_ids, data=data)

        with patch.object(report, "_pre_render_qweb_pdf", hang):
            self._run_cron(INVOICING_CRON)
            self.assertEqual(calls, [2], "Nobody waits for the same limit again at once")
            for order in (bad, good):
                self.assertEqual(order.shop_invoicing_state, "queued")
                self.assertIn("not ready", order.shop_invoicing_error)
                self.assertEqual(order.invoice_ids.state, "posted")
                order.shop_invoicing_next_try = False
            self._run_cron(INVOICING_CRON)
        self.assertEqual(calls, [2, 1, 1])
        self.assertEqual(good.invoice_ids.shop_send_state, "leaving")
        self.assertFalse(good.shop_invoicing_error)
        self.assertIn("not ready", bad.invoice_ids.shop_send_error)
