"""Reminders of abandoned carts in the queue of mails: kept back when out of place by now."""

from odoo import models
from odoo.tools import split_every

AT_ONCE = 50  # So many reminders leave before it is looked at again whether the next may.


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _send(self, *args, **kwargs):
        """Override of `mail`: an ordered cart's reminder, or one somebody objects to, stays here.

        Hours may lie between the making of a mail and its sending. What was decided then is checked
        again just before it leaves.
        """
        # sudo: the book of the reminders is the system's.
        book = self.env["website.cart.recovery.mail"].sudo()
        if not book.search_count([("mail_mail_id", "in", self.ids)], limit=1):
            return super()._send(*args, **kwargs)
        result = True
        for ids in split_every(AT_ONCE, self.ids):
            mails = self.browse(ids)
            rows = book.search([("mail_mail_id", "in", mails.ids)])
            rows = rows.filtered(lambda row: row.mail_mail_id.state == "outgoing")
            reasons = rows._get_reasons_to_keep_back()
            for reason, kept in rows.filtered(reasons.get).grouped(reasons.get).items():
                kept._keep_back(reason)
            result = super(MailMail, mails)._send(*args, **kwargs) and result
        return result

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        """Override of `mail`: the book says what has become of a reminder."""
        self._book_sent_cart_reminders(failure_type, failure_reason)
        return super()._postprocess_sent_message(
            success_pids, success_emails, failure_reason=failure_reason, failure_type=failure_type
        )

    def _book_sent_cart_reminders(self, failure_type, failure_reason):
        """Note in the book that these mails were refused, or that they have left after all.

        :param str failure_type: empty if they have left
        :param str failure_reason: what the mail server said
        """
        carts = self.filtered(lambda mail: mail.model == "sale.order")
        if not carts:
            return
        # sudo: the book of the reminders is the system's.
        book = self.env["website.cart.recovery.mail"].sudo()
        states = ["sent", "failed"] if failure_type else ["failed"]
        rows = book.search([("mail_mail_id", "in", carts.ids), ("state", "in", states)])
        for row in rows:
            said = failure_reason or row.mail_mail_id.failure_reason
            error = failure_type and (
                " ".join(str(said or "").split()) or self.env._("The server refused it.")
            )
            row.write({"state": "failed" if error else "sent", "error": error or False})
            row.order_id.cart_recovery_error = error or False
