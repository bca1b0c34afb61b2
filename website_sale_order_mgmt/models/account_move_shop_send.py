"""Invoices of web orders: whether they have really been sent."""

from odoo import fields, models
from odoo.exceptions import UserError

from ..const import STAFF

PDF_SECONDS = 30  # For one document, with the start of the program.
PDF_SECONDS_MORE = 3  # For each further one; a batch stays below Odoo's own limit of 120 seconds.


class AccountMove(models.Model):
    _inherit = "account.move"

    # === FIELDS === #

    shop_send_state = fields.Selection(
        string="Sent by the Shop",
        selection=[
            ("to_send", "To be sent"),
            ("leaving", "On its way"),
            ("sent", "Sent"),
            ("refused", "Refused"),
            ("failed", "Failed"),
        ],
        help="An invoice counts as sent when a mail server has taken its e-mail.",
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    shop_send_error = fields.Text(
        string="Sending Error",
        help="Why this document could not be made as a PDF, or sent.",
        readonly=True,
        copy=False,
        groups=STAFF,
    )

    # === ACTION METHODS === #

    def action_send_shop_again(self):
        """Send again, now, what could not be made or was refused.

        :raise UserError: none of these is a web order's that waits
        """
        self.check_access("write")
        waiting = self.filtered(
            lambda move: move.shop_send_state in ("to_send", "refused", "failed")
        )
        # sudo: an accountant need not be allowed to change orders; these are the invoices' own.
        orders = waiting.sudo().line_ids.sale_line_ids.order_id
        if not orders:
            raise UserError(self.env._("There is nothing to send again."))
        refused = waiting.filtered(lambda move: move.shop_send_state == "refused")
        # sudo: see above.
        refused.sudo().line_ids.sale_line_ids.order_id._send_shop_mails_again()
        # sudo: see above.
        (waiting - refused).sudo().line_ids.sale_line_ids.order_id._queue_shop_invoicing()

    # === BUSINESS METHODS === #

    def _is_ready_to_be_sent(self):
        """Override of `account`: an e-mail that is on its way or was refused is not made again."""
        # sudo: whoever posts may not read how the shop sends.
        state = self.sudo().shop_send_state
        return super()._is_ready_to_be_sent() and state not in ("leaving", "refused")

    def _filtered_without_shop_address(self):
        """Return the invoices to be mailed whose customer has no e-mail address."""
        sender = self.env["account.move.send"]
        return self.filtered(
            lambda move: (
                not move.partner_id.email
                and not move.commercial_partner_id.email
                and "email" in sender._get_default_sending_methods(move)
            )
        )

    def _send_shop_invoices(self):
        """Send these invoices by core's pipeline, with their websites' templates.

        :raise UserError: a document or a mail cannot be made
        """
        self.shop_send_state = "to_send"
        # Each leaves through the queue: a slow mail server holds up no further invoices.
        queued = self.with_context(mail_notify_force_send=False)
        for company, moves in queued.grouped("company_id").items():
            sender = moves._get_shop_sender(company)
            for template, mails in moves.grouped(
                lambda move: move._get_shop_mail_template()
            ).items():
                settings = {"mail_template": template} if template else {}
                sender._generate_and_send_invoices(mails, **settings)

    def _get_shop_sender(self, company):
        """Return core's pipeline, with a limit of time for the PDFs of these documents."""
        # sudo: how long a PDF may take is a setting that concerns everybody.
        parameters = self.env["ir.config_parameter"].sudo()
        seconds = parameters.get_param("website_sale_order_mgmt.pdf_seconds", PDF_SECONDS)
        limit = float(seconds) + PDF_SECONDS_MORE * (len(self) - 1)
        sender = self.env["account.move.send"].with_context(shop_pdf_seconds=limit)
        return sender.with_company(company)

    def _get_shop_mail_template(self):
        """Return the template set beside core's Automatic Invoice for invoices of websites that
        have none of their own; empty for the default one.

        :rtype: mail.template
        """
        self.ensure_one()
        templates = self.env["mail.template"]
        if self.move_type != "out_invoice" or self.website_id.invoice_mail_template_id:
            return templates
        # sudo: the parameter holds an id that the settings' form shows to the administrator.
        parameters = self.env["ir.config_parameter"].sudo()
        template_id = parameters.get_param("sale.default_invoice_email_template")
        return templates.browse(int(template_id or 0)).exists()

    def _note_shop_sent(self):
        """Note that a mail server has taken the e-mail of these invoices."""
        waiting = self.filtered(lambda move: move.shop_send_state not in (False, "sent"))
        waiting.write({"is_move_sent": True, "shop_send_state": "sent", "shop_send_error": False})

    def _note_shop_refused(self, reason):
        """Note that a mail server has refused the e-mail of these invoices.

        :param str reason: in the server's words
        """
        waiting = self.filtered(lambda move: move.shop_send_state in ("leaving", "refused"))
        waiting.write({"shop_send_state": "refused", "shop_send_error": reason})
