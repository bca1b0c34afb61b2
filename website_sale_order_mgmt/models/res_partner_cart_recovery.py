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
