"""Merging contacts: the reminders of abandoned carts forget the addresses that go."""

from odoo import models


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
