"""What the law asks for on a website's invoices, in the document as it is printed."""

from lxml import html

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .invoicing_common import InvoicingCommon

REPORT = "account.account_invoices"


@tagged("post_install", "-at_install")
class TestInvoiceTexts(InvoicingCommon):
    def _print(self, move):
        """Return the words of the invoice's document."""
        content, _type = self.env["ir.actions.report"]._render_qweb_html(REPORT, move.ids)
        return " ".join(html.fromstring(content).text_content().split())

    def _new_invoice(self, **values):
        self._set_policy("on_payment", b2b="on_payment")
        order = self._new_order(**values)
        self._pay(order)
        return self._invoice(order)

    def _new_text(self, text, **values):
        return self.env["website.invoice.text"].create(
            {"website_id": self.website.id, "text": f"<p>{text}</p>", **values}
        )

    def test_without_a_text_the_document_is_as_in_core(self):
        invoice = self._new_invoice()
        before = self._print(invoice)
        text = self._new_text("No VAT is charged by small businesses.")
        self.assertIn("No VAT is charged by small businesses.", self._print(invoice))
        text.active = False
        self.assertEqual(self._print(invoice), before)

    def test_each_country_and_kind_of_customer_has_its_own(self):
        self._new_text("Everywhere.")
        self._new_text("In Belgium.", country_ids=[Command.link(self.country_be.id)])
        self._new_text("In France.", country_ids=[Command.link(self.env.ref("base.fr").id)])
        self._new_text("You may withdraw within 14 days.", customers="b2c")
        self._new_text("Between businesses.", customers="b2b")
        private = self._print(self._new_invoice())
        for words in ("Everywhere.", "In Belgium.", "You may withdraw within 14 days."):
            self.assertEqual(private.count(words), 1, words)
        for words in ("In France.", "Between businesses."):
            self.assertNotIn(words, private)
        self.customer.is_company = True
        business = self._print(self._new_invoice())
        self.assertIn("Between businesses.", business)
        self.assertNotIn("You may withdraw", business)

    def test_the_country_is_where_the_goods_go(self):
        self._new_text("In France.", country_ids=[Command.link(self.env.ref("base.fr").id)])
        address = self.env["res.partner"].create(
            {
                "name": "Anna in Paris",
                "type": "delivery",
                "parent_id": self.customer.id,
                "country_id": self.env.ref("base.fr").id,
            }
        )
        invoice = self._new_invoice(partner_shipping_id=address.id)
        self.assertIn("In France.", self._print(invoice))

    def test_another_websites_are_not_printed(self):
        other = self.env["website"].create({"name": "Other shop"})
        self._new_text("Of the other shop.", website_id=other.id)
        self._new_text("Of this shop.")
        printed = self._print(self._new_invoice())
        self.assertIn("Of this shop.", printed)
        self.assertNotIn("Of the other shop.", printed)

    def test_a_credit_note_has_what_the_law_asks_for_on_it(self):
        """Why no VAT is charged belongs there as on the invoice; how to withdraw does not."""
        position = self.env["account.fiscal.position"].create(
            {"name": "Abroad", "note": "<p>Reverse charge.</p>"}
        )
        self._new_text("No VAT: small business.")
        self._new_text("You may withdraw.", customers="b2c", on_credit_notes=False)
        invoice = self._new_invoice(fiscal_position_id=position.id)
        reversal = self.env["account.move.reversal"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        wizard = reversal.create({"journal_id": invoice.journal_id.id, "reason": "wrong"})
        note = self.env["account.move"].browse(wizard.refund_moves()["res_id"])
        printed = self._print(note)
        self.assertIn("No VAT: small business.", printed)
        self.assertNotIn("You may withdraw.", printed)
        self.assertEqual(printed.count("Reverse charge."), 1)
        self.assertIn(invoice.name, printed, "It names the invoice that it corrects")

    def test_a_new_one_is_of_the_website_that_one_is_looking_at(self):
        other = self.env["website"].create({"name": "Other shop"})
        texts = self.env["website.invoice.text"].with_context(website_id=other.id)
        self.assertEqual(texts.create({"text": "<p>Mine.</p>"}).website_id, other)

    def test_in_the_language_of_the_invoice(self):
        self.env["res.lang"]._activate_lang("sv_SE")
        text = self._new_text("Small business.")
        text.with_context(lang="sv_SE").text = "<p>Litet företag.</p>"
        self.customer.lang = "sv_SE"
        printed = self._print(self._new_invoice())
        self.assertIn("Litet företag.", printed)
        self.assertNotIn("Small business.", printed)

    def test_the_note_of_the_fiscal_position_is_printed_once(self):
        """Reverse charge is core's: nothing is doubled."""
        position = self.env["account.fiscal.position"].create(
            {"name": "Abroad", "note": "<p>Reverse charge.</p>"}
        )
        self._new_text("Small business.")
        invoice = self._new_invoice(fiscal_position_id=position.id)
        printed = self._print(invoice)
        self.assertEqual(printed.count("Reverse charge."), 1)
        self.assertIn("Small business.", printed)

    def test_who_may_write_them(self):
        text = self._new_text("Mine.")
        manager = self._new_user("texts", "sales_team.group_sale_manager")
        text.with_user(manager).text = "<p>Ours.</p>"
        with self.assertRaises(AccessError):
            text.with_user(self.salesperson).text = "<p>Theirs.</p>"
