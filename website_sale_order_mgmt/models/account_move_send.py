"""Core's pipeline for invoices: in the website's name, and "sent" only when it was sent."""

from odoo import api, models
from odoo.tools import formataddr

from ..tools import work_queue

LAYOUT = "website_sale_order_mgmt.mail_layout_invoice"


class AccountMoveSend(models.AbstractModel):
    _inherit = "account.move.send"

    # === BUSINESS METHODS - IN THE WEBSITE'S NAME === #

    @api.model
    def _get_default_mail_template_id(self, move):
        """Override of `account`: the invoice of a web order has its website's template, if any."""
        template = move.move_type == "out_invoice" and move.website_id.invoice_mail_template_id
        return template or super()._get_default_mail_template_id(move)

    @api.model
    def _get_default_mail_lang(self, move, mail_template):
        """Override of `account`: whose language is not known is written to in the website's."""
        lang = super()._get_default_mail_lang(move, mail_template)
        return lang or move.website_id.default_lang_id.code or lang

    @api.model
    def _send_mail(self, move, mail_template, **kwargs):
        """Override of `account`: what the shop sends looks like the shop, and comes from it."""
        website, company = move.website_id, move.company_id
        # sudo: whoever sends by hand need not read how the shop sends.
        if website and move.sudo().shop_send_state:
            self = self.with_context(shop_mail_layout=LAYOUT)
            if not mail_template.email_from and company.email:
                kwargs["email_from"] = formataddr((website.name, company.email))
        return super()._send_mail(move, mail_template, **kwargs)

    @api.model
    def _get_mail_layout(self):
        """Override of `account`: see `_send_mail`."""
        return self.env.context.get("shop_mail_layout") or super()._get_mail_layout()

    # === BUSINESS METHODS - SENT WHEN IT WAS SENT === #

    @api.model
    def _get_default_sending_methods(self, move):
        """Override of `account`: what Peppol has taken does not go there again with the e-mail."""
        methods = super()._get_default_sending_methods(move)
        # A field of `account_peppol`, which need not be installed.
        if "peppol_move_state" in move and move.peppol_move_state in ("processing", "done"):
            methods = methods - {"peppol"}
        return methods

    @api.model
    def _link_invoice_documents(self, invoices_data):
        """Override of `account`: what the shop sends by e-mail is not sent with its PDF alone."""
        pdf_only = self.env.context.get("shop_pdf_only")
        waiting = self.env["account.move"].union(
            *(
                move
                for move, data in invoices_data.items()
                if move.shop_send_state in ("queued", "failed")
                and (pdf_only or "email" in data["sending_methods"])
            )
        )
        was_sent = waiting.filtered("is_move_sent")
        result = super()._link_invoice_documents(invoices_data)
        (waiting - was_sent).is_move_sent = False
        return result

    @api.model
    def _send_mails(self, moves_data):
        """Override of `account`: note which e-mails wait in the queue."""
        result = super()._send_mails(moves_data)
        moves = self.env["account.move"].union(*moves_data)
        # sudo: mails are readable to administrators only; these are the invoices' own.
        all_mails = self.env["mail.mail"].sudo()
        domain = [
            ("model", "=", "account.move"),
            ("res_id", "in", moves.ids),
            ("state", "=", "outgoing"),
            # Not what tells a colleague that the invoice is theirs.
            ("message_type", "!=", "user_notification"),
        ]
        mailed_ids = all_mails.search(domain).mapped("res_id")
        queued = moves.filtered(lambda move: move.id in mailed_ids)
        moves = moves.filtered(lambda move: move.shop_send_state == "queued")
        (moves & queued).write(work_queue.done_vals("shop_send", "leaving"))
        # Whoever has an inbox in Odoo gets no e-mail.
        (moves - queued)._note_shop_sent()
        return result
