"""Contacts: an address that is changed, merged or erased leaves the reminders of abandoned carts.

Only the hash of an address that has objected stays, so that the objection still counts when the
address comes back (Regulation (EU) 2016/679, Art. 17 and 21).
"""

from odoo import models
from odoo.tools import email_normalize


class ResPartner(models.Model):
    _inherit = "res.partner"

    # === CRUD METHODS === #

    def write(self, vals):
        """Override of the ORM: with the address goes what the reminders know of it."""
        leaving = self.browse()
        if "email" in vals:
            email = email_normalize(vals["email"] or "", strict=False)
            leaving = self.filtered(
                lambda partner: partner.email_normalized and partner.email_normalized != email
            )
        result = super().write(vals)
        if leaving:
            leaving._forget_address_in_cart_reminders()
        return result

    # === BUSINESS METHODS === #

    def _forget_address_in_cart_reminders(self):
        """Delete the reminders' mails to the contacts' former address, and what servers said of it.

        The book's key follows the address by itself. Consent goes with the last address.
        """
        # sudo: the book and the consents are the system's; these are about these contacts.
        rows = self.env["website.cart.recovery.mail"].sudo()
        rows = rows.search(
            [
                ("order_id.partner_id", "in", self.ids),
                "|",
                ("mail_mail_id", "!=", False),
                ("error", "!=", False),
            ]
        )
        if rows:
            rows._keep_back("changed")
            rows.mail_mail_id.unlink()
            rows.error = False
            rows.order_id.cart_recovery_error = False
        if erased := self.filtered(lambda partner: not partner.email_normalized):
            # sudo: see above.
            consents = self.env["website.cart.recovery.consent"].sudo()
            consents.search([("partner_id", "in", erased.ids)]).unlink()


class MergePartnerAutomatic(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Override of `base`: the merged contacts' addresses go, and with them their keys.

        Core moves the orders in SQL, which computes nothing.
        """
        src_partners._forget_address_in_cart_reminders()
        result = super()._update_foreign_keys(src_partners, dst_partner)
        # sudo: the book is the system's; only its keys are computed anew.
        book = self.env["website.cart.recovery.mail"].sudo()
        rows = book.search([("order_id.partner_id", "=", dst_partner.id)])
        self.env.add_to_compute(book._fields["email_key"], rows)
        return result
