"""The texts that the law asks for, on the invoices of a website's orders."""

from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    # === BUSINESS METHODS === #

    def _get_shop_invoice_texts(self):
        """Return what the website prints on this invoice or credit note; on others nothing.

        :return: in the language of the invoice
        :rtype: website.invoice.text
        """
        self.ensure_one()
        # sudo: whoever may have the invoice reads what is printed on it.
        move = self.sudo()
        texts = move.env["website.invoice.text"]
        if move.move_type not in ("out_invoice", "out_refund") or not move.website_id:
            return texts
        country = (move.partner_shipping_id or move.partner_id).country_id
        is_business = move.partner_id._is_invoiced_as_business()
        is_credit_note = move.move_type == "out_refund"
        return texts.search([("website_id", "=", move.website_id.id)]).filtered(
            lambda text: text._is_for(country, is_business, is_credit_note)
        )
