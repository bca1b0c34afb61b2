"""The withdrawal function in the languages that it is told in."""

import re

import polib
from lxml import html

from odoo.tests import HttpCase, tagged
from odoo.tools import file_path

from .refund_common import RefundCommon
from .test_withdrawal_http import LABELS
from .withdrawal_common import CRON, WithdrawalCommon

PAGE = "/shop/withdrawal"
TELL_RETURNS_CRON = "website_sale_order_mgmt.ir_cron_tell_returns"
TELL_REFUNDS_CRON = "website_sale_order_mgmt.ir_cron_tell_refunds"
WORDS = {  # the page, the statement, the acknowledgement
    "de_DE": ("Bestellnummer", "Die ganze Bestellung.", "Wir haben Ihren Widerruf"),
    "fr_FR": ("Numéro de commande", "Pour toute la commande.", "Nous avons reçu"),
    "es_ES": ("Número de pedido", "De todo el pedido.", "Hemos recibido"),
    "it_IT": ("Numero d'ordine", "Per l'intero ordine.", "Abbiamo ricevuto"),
}
FOLLOWS = {  # what is to be sent, what has come, the money
    "de_DE": ("Bitte senden Sie uns dies", "ist bei uns bearbeitet", "Wir erstatten Ihnen"),
    "fr_FR": ("Veuillez nous renvoyer", "est traité de notre côté", "Nous vous remboursons"),
    "es_ES": ("Envíenos esto", "está tramitada", "Le reembolsamos"),
    "it_IT": ("Ci rispedisca questo", "è stato trattato", "Le rimborsiamo"),
    "sv_SE": ("Skicka oss det här", "är klar hos oss", "Vi återbetalar"),
}


PAGE_OF_RETURN = {  # to be sent back, the money is on its way
    "de_DE": ("Bitte senden Sie uns die Waren.", "Ihre Erstattung"),
    "fr_FR": ("Veuillez nous envoyer les articles.", "Votre remboursement"),
    "es_ES": ("Envíenos los productos.", "Su reembolso"),
    "it_IT": ("Ci spedisca gli articoli.", "Il Suo rimborso"),
    "sv_SE": ("Skicka varorna till oss.", "Din återbetalning"),
}
VIEWS = (  # All that a consumer sees from the statement until the money is back.
    "withdrawal",
    "withdrawal_confirm",
    "withdrawal_field",
    "withdrawal_hidden",
    "withdrawal_lines",
    "withdrawal_next",
    "withdrawal_statement",
    "footer_withdrawal",
    "order_timeline_inherit_withdrawal",
    "report_withdrawal_instruction_document",
    "return_page",
    "return_account",
    "sale_order_refund_account",
    "sale_order_portal_template_inherit_refunds",
    "portal_breadcrumbs_inherit_returns",
    "portal_my_home_inherit_returns",
    "portal_my_returns",
)
MAILS = (
    "mail_template_withdrawal",
    "mail_template_withdrawal_instruction",
    "mail_template_return_approved",
    "mail_template_return_received",
    "mail_template_return_refused",
    "mail_template_refund",
)


@tagged("post_install", "-at_install")
class TestWithdrawalLanguages(WithdrawalCommon, RefundCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        module = cls.env.ref("base.module_website_sale_order_mgmt")
        for code in FOLLOWS:
            lang = cls.env["res.lang"]._activate_lang(code)
            cls.website.language_ids += lang
        module._update_translations(list(FOLLOWS))
        cls.website.domain = cls.base_url()

    def _get_page(self, request, code):
        """Return the page of a return as its customer opens it in a language."""
        prefix = self.env["res.lang"]._lang_get(code).url_code
        return self.url_open(f"/{prefix}{request.get_portal_url()}").text

    def test_labels_page_statement_and_mail(self):
        self.authenticate(None, None)
        for code, (field, whole, got) in WORDS.items():
            withdraw, confirm = LABELS[code]
            lang = self.env["res.lang"]._lang_get(code)
            self.env.flush_all()
            page = html.fromstring(self.url_open(f"/{lang.url_code}{PAGE}").text)
            self.assertEqual(page.find(".//main").find(".//h1").text_content(), withdraw)
            self.assertIn(field, page.find(".//main").text_content())
            website = self.website.with_context(lang=code)
            self.assertEqual(website._get_withdrawal_label("confirm"), confirm)
            self.statements = self.statements.with_context(lang=code)
            statement = self._submit(name=code)
            self.assertEqual(statement.lang, code)
            self.assertIn(whole, statement.text)
            self._run_cron(CRON)
            self.assertIn(got, statement.mail_mail_id.subject)
            self.assertIn(got, statement.mail_mail_id.body_html)

    def test_no_term_of_its_pages_and_mails_is_left_out(self):
        terms = set()
        for name in VIEWS:
            view = self.env.ref(f"website_sale_order_mgmt.{name}").with_context(lang=None)
            terms |= set(view._fields["arch_db"].get_trans_terms(view.arch_db))
        for name in MAILS:
            mail = self.env.ref(f"website_sale_order_mgmt.{name}").with_context(lang=None)
            terms |= {mail.subject, *mail._fields["body_html"].get_trans_terms(mail.body_html)}
        states = self.env["sale.order.return"]._fields["state"].selection
        terms |= {words for _state, words in states}
        terms = {term for term in terms if re.search("[a-z]", term)}
        self.assertIn("Your refund", terms)
        for code in FOLLOWS:
            path = file_path(f"website_sale_order_mgmt/i18n/{code[:2]}.po")
            known = {entry.msgid for entry in polib.pofile(path) if entry.msgstr}
            self.assertFalse(terms - known, code)

    def test_pages_and_mails_that_follow_until_the_money_is_back(self):
        self.authenticate(None, None)
        for code, (send, received, refunded) in FOLLOWS.items():
            with self.subTest(code=code):
                self.customer.lang = code
                order = self._paid_order()
                self._ship(order)
                statement = self._submit(order_reference=order.name, name=code)
                self._run_cron(CRON)
                request = statement.return_id
                self._run_cron(TELL_RETURNS_CRON)
                self.assertIn(send, request.message_ids[0].body)
                asked, refund = PAGE_OF_RETURN[code]
                self.assertIn(asked, self._get_page(request, code))
                self._ship(order)
                self._run_cron(TELL_RETURNS_CRON)
                self.assertIn(received, "".join(request.message_ids.mapped("body")))
                request.with_user(self.refunder).action_refund()
                self.assertIn(refund, self._get_page(request, code))
                self._run_cron(TELL_REFUNDS_CRON)
                bodies = order.message_ids + request.refund_statement_ids.message_ids
                self.assertIn(refunded, "".join(bodies.mapped("body")))
