"""Mails: a refusing server is noted on the web order that the mail is about."""

from smtplib import SMTPServerDisconnected

from markupsafe import Markup

from odoo import api, models
from odoo.exceptions import UserError


class MailMail(models.Model):
    _inherit = "mail.mail"

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `mail`: a cart's messages name the reminder instead of repeating it whole."""
        if note := self.env.context.get("cart_reminder_note"):
            for vals in vals_list:
                vals["body"] = Markup("<p>%s</p><p>%s</p>") % (note, vals.get("subject") or "")
        return super().create(vals_list)

    def _send(self, *args, **kwargs):
        """Override of `mail`: a mail during which the server hangs up is one that failed.

        Core leaves it behind as an exception, of which nobody is told and that nobody tries again.
        """
        try:
            return super()._send(*args, **kwargs)
        except SMTPServerDisconnected as error:
            # The last one begun: those after it still wait, those before it are looked after.
            begun = self.exists().filtered(lambda mail: mail.state == "exception")[-1:]
            begun.failure_reason = str(error)
            begun._postprocess_sent_message(
                [], [], failure_reason=str(error), failure_type="mail_smtp"
            )
            raise

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        """Override of `mail`: tell the web orders whose customers could not be reached."""
        if failure_type:
            self._note_failure_on_web_orders(failure_reason)
        else:
            self._get_shop_invoices()._note_shop_sent()
        return super()._postprocess_sent_message(
            success_pids, success_emails, failure_reason=failure_reason, failure_type=failure_type
        )

    def _note_failure_on_web_orders(self, reason):
        """Note the failure on the orders that these mails to customers are about.

        :param str reason: what the mail server said; the mails' own reason when empty
        """
        for mail in self.filtered(lambda mail: mail.model and mail.res_id):
            orders = self._get_web_orders(mail.model, mail.res_id)
            customers = orders.partner_id + orders.partner_invoice_id + orders.partner_shipping_id
            if mail.email_to or mail.recipient_ids & customers:
                said = reason or mail.failure_reason or self.env._("The server refused it.")
                said = " ".join(str(said).split())
                orders._shop_mail_failed(UserError(said))
                mail._get_shop_invoices()._note_shop_refused(said)

    def _get_shop_invoices(self):
        """Return the invoices that these mails bring to those for whom they are meant.

        Followers get mails of their own, and colleagues are told of what is theirs; whether these
        leave does not matter.

        :rtype: account.move
        """
        mails = self.filtered(
            lambda mail: (
                mail.model == "account.move"
                and mail.message_type != "user_notification"
                and (mail.email_to or mail.recipient_ids & mail.mail_message_id.partner_ids)
            )
        )
        # sudo: whoever sends the mail may not read the invoice; only its sending is noted.
        return self.env["account.move"].sudo().browse(mails.mapped("res_id")).exists()

    def _get_web_orders(self, model, record_id):
        """Return the web orders that a document belongs to.

        :param str model: the document's model
        :param int record_id: its id
        :rtype: sale.order
        """
        if model not in ("sale.order", "sale.order.return", "stock.picking", "account.move"):
            return self.env["sale.order"]
        # sudo: whoever sends the mail may not read the order; only its failure is noted.
        record = self.env[model].sudo().browse(record_id).exists()
        if model == "stock.picking":
            record = record.sale_id
        elif model == "sale.order.return":
            record = record.order_id
        elif model == "account.move":
            record = record.line_ids.sale_line_ids.order_id
        return record.filtered("website_id")
