"""Acknowledgements of withdrawals in the queue of mails: the statement says if one has left."""

from odoo import fields, models
from odoo.exceptions import UserError


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        """Override of `mail`: note on the statements that their acknowledgement left, or did not.

        A refused one is put back into the queue, as often as any other work that fails.
        """
        mails = self.filtered(lambda mail: mail.model == "sale.order.withdrawal")
        if mails:
            # sudo: whoever sends the mails need not see the statements; only this is noted.
            withdrawals = self.env["sale.order.withdrawal"].sudo()
            statements = withdrawals.search([("mail_mail_id", "in", mails.ids)])
            if failure_type:
                said = " ".join(str(failure_reason or "").split())
                for statement in statements:
                    reason = said or self.env._("The server refused it.")
                    statement._acknowledgement_failed(UserError(reason))
            else:
                unsent = statements.filtered(lambda statement: not statement.acknowledged_at)
                unsent.write({"acknowledged_at": fields.Datetime.now(), "mail_error": False})
        return super()._postprocess_sent_message(
            success_pids, success_emails, failure_reason=failure_reason, failure_type=failure_type
        )
