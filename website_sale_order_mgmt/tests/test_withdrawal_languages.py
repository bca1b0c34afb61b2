"""The withdrawal function in the languages that it is told in."""

from lxml import html

from odoo.tests import HttpCase, tagged

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
}


@tagged("post_install", "-at_install")
class TestWithdrawalLanguages(WithdrawalCommon, RefundCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        module = cls.env.ref("base.module_website_sale_order_mgmt")
        for code in WORDS:
            lang = cls.env["res.lang"]._activate_lang(code)
            cls.website.language_ids += lang
        module._update_translations(list(WORDS))
        cls.website.domain = cls.base_url()

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

    def test_mails_that_follow_until_the_money_is_back(self):
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
                self._ship(order)
                self._run_cron(TELL_RETURNS_CRON)
                self.assertIn(received, "".join(request.message_ids.mapped("body")))
                request.with_user(self.refunder).action_refund()
                self._run_cron(TELL_REFUNDS_CRON)
                bodies = order.message_ids + request.refund_statement_ids.message_ids
                self.assertIn(refunded, "".join(bodies.mapped("body")))
