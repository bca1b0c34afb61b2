"""The withdrawal function in the languages that it is told in."""

from lxml import html

from odoo.tests import HttpCase, tagged

from .test_withdrawal_http import LABELS
from .withdrawal_common import CRON, WithdrawalCommon

PAGE = "/shop/withdrawal"
WORDS = {  # the page, the statement, the acknowledgement
    "de_DE": ("Bestellnummer", "Die ganze Bestellung.", "Wir haben Ihren Widerruf"),
    "fr_FR": ("Numéro de commande", "Pour toute la commande.", "Nous avons reçu"),
    "es_ES": ("Número de pedido", "De todo el pedido.", "Hemos recibido"),
    "it_IT": ("Numero d'ordine", "Per l'intero ordine.", "Abbiamo ricevuto"),
}


@tagged("post_install", "-at_install")
class TestWithdrawalLanguages(WithdrawalCommon, HttpCase):
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
