"""Invoices of web orders: whether they have really been sent, and a queue of what is to be."""

import logging

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import STAFF
from ..tools import work_queue

_logger = logging.getLogger(__name__)

BATCH_SIZE = 20
MAILED = {"email", "manual"}  # Methods that leave nothing outside of the transaction.
SENDING_CRON = "website_sale_order_mgmt.ir_cron_send_requested_invoices"

PDF_SECONDS = 30  # For one document, with the start of the program.
PDF_SECONDS_MORE = 3  # For each further one; a batch stays below Odoo's own limit of 120 seconds.


class AccountMove(models.Model):
    _inherit = "account.move"

    # === FIELDS === #

    shop_send_state = fields.Selection(
        string="Sent by the Shop",
        selection=[
            ("queued", "To be sent"),
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

    shop_send_attempts = fields.Integer(
        string="Failed Sending Tries", readonly=True, copy=False, groups=STAFF
    )
    shop_send_next_try = fields.Datetime(
        string="Next Sending Try", readonly=True, copy=False, groups=STAFF
    )

    # === CONSTRAINTS AND INDEXES === #

    _shop_send_queue_idx = models.Index("(id) WHERE shop_send_state = 'queued'")

    # === ACTION METHODS === #

    def action_send_shop_again(self):
        """Send again, now, what could not be made or was refused.

        :raise UserError: none of these is a web order's that waits
        """
        self.check_access("write")
        waiting = self.filtered(
            lambda move: move.shop_send_state in ("queued", "refused", "failed")
        )
        # sudo: an accountant need not be allowed to change orders; these are the invoices' own.
        orders = waiting.sudo().line_ids.sale_line_ids.order_id
        if not orders:
            raise UserError(self.env._("There is nothing to send again."))
        refused = waiting.filtered(lambda move: move.shop_send_state == "refused")
        # sudo: see above.
        refused.sudo().line_ids.sale_line_ids.order_id._send_shop_mails_again()
        # sudo: see above; what an accountant may change is sent again.
        (waiting - refused).sudo()._queue_shop_send()

    # === BUSINESS METHODS - QUEUE === #

    def _queue_shop_send(self):
        """Have these documents sent by themselves, as soon as the transaction commits."""
        if self:
            self.write(work_queue.queued_vals("shop_send"))
            work_queue.trigger(self.env, SENDING_CRON)

    @api.model
    def _cron_send_requested(self):
        """Send what customers asked for, and what somebody wants to be sent again.

        Automatic invoices are sent by the queue of their orders.
        """
        work_queue.process_queue(
            self.browse(),
            "shop_send",
            ["_send_requested"],
            "_shop_send_failed",
            SENDING_CRON,
            BATCH_SIZE,
            last_alone="_send_requested_alone",
        )

    def _send_requested(self):
        """Send those documents of the queue that are mailed, all together."""
        (self - self._filtered_sent_alone())._send_queued()

    def _send_requested_alone(self):
        """Send a document by whatever way it takes, in a transaction of its own.

        What a network such as Peppol has taken is committed at once, by core.
        """
        self.ensure_one()
        self._send_queued()

    def _send_queued(self):
        """Send documents of the queue, and end what their orders said of the failure.

        :raise UserError: a document cannot be made, or its customer has no address
        """
        waiting = self.filtered(
            lambda move: (
                move.state == "posted" and not move.is_move_sent and not move.shop_changed_by_ids
            )
        )
        waiting._reconcile_shop_payments()
        silent = waiting._filtered_without_shop_address()
        for move in silent:
            move._shop_send_failed(move._get_shop_address_error())
        (waiting - silent)._send_shop_invoices()
        # What has been sent otherwise, or is not posted any more, waits no longer.
        (self - waiting).shop_send_state = False
        orders = (self - silent).line_ids.sale_line_ids.order_id
        mended = orders.filtered(
            lambda order: (
                order.shop_invoicing_state == "failed"
                and order.invoice_ids
                and not order._get_shop_invoices_to_send()
            )
        )
        mended.write(work_queue.done_vals("shop_invoicing"))
        work_queue.trigger(self.env, work_queue.MAIL_QUEUE_CRON)

    def _shop_send_failed(self, error):
        """Note why the document could not be sent, and when it is tried again.

        After the last try the order says it, too.

        :param Exception error: what went wrong
        """
        self.ensure_one()
        message = work_queue.error_message(error, self.env)
        now = fields.Datetime.now()
        self.write(work_queue.failed_vals("shop_send", self.shop_send_attempts, message, now))
        if self.shop_send_state == "failed":
            orders = self.line_ids.sale_line_ids.order_id
            orders.filtered(lambda order: order.shop_invoicing_state != "queued").write(
                {"shop_invoicing_state": "failed", "shop_invoicing_error": message}
            )

    # === BUSINESS METHODS - SENDING === #

    def _get_shop_address_error(self):
        """Return what to say of a document that cannot be sent for want of an address."""
        return UserError(
            self.env._(
                "%(customer)s has no e-mail address to send the invoice to.",
                customer=self.partner_id.display_name,
            )
        )

    def _is_ready_to_be_sent(self):
        """Override of `account`: an e-mail that is on its way or was refused is not made again.

        Nor is one for an invoice that was replaced: it would ask for money that is there.
        """
        if self.shop_changed_by_ids:
            return False
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
                and sender._get_default_sending_methods(move) == {"email"}
            )
        )

    def _filtered_sent_alone(self):
        """Return the documents that leave by other ways than e-mail, such as Peppol.

        :rtype: account.move
        """
        sender = self.env["account.move.send"]
        return self.filtered(
            lambda move: (
                sender._get_default_sending_methods(move) - MAILED
                or sender._get_default_extra_edis(move)
            )
        )

    def _send_shop_invoices(self):
        """Send these invoices by core's pipeline, with their websites' templates.

        :raise UserError: a document or a mail cannot be made
        """
        self.write({"shop_send_state": "queued", "shop_send_error": False})
        # Each leaves through the queue: a slow mail server holds up no further invoices.
        queued = self.with_context(mail_notify_force_send=False)
        for company, moves in queued.grouped("company_id").items():
            sender = moves._get_shop_sender(company)
            for template, mails in moves.grouped(
                lambda move: move._get_shop_mail_template()
            ).items():
                settings = {"mail_template": template} if template else {}
                sender._generate_and_send_invoices(mails, **settings)
        # What has left without an e-mail, or is not to be mailed.
        self.filtered(lambda move: move.shop_send_state == "queued")._note_shop_sent()

    def _make_shop_pdf(self):
        """Make the PDF of an invoice that waits to be sent, for a customer who wants it now.

        The one that is sent later is the same. Where a document needs more than a PDF, such as an
        answer of the tax office, nobody waits for it on a page.

        :return: whether there is a document to be had, now
        :rtype: bool
        """
        self.ensure_one()
        if self.shop_send_state not in ("queued", "failed") or self.invoice_pdf_report_id:
            return True
        sender = self._get_shop_sender(self.company_id).with_context(shop_pdf_only=True)
        if sender._get_default_extra_edis(self):
            return False
        work_queue.take_turn(self)
        try:
            with self.env.cr.savepoint():
                sender._generate_and_send_invoices(self, sending_methods=[])
        except OperationalError:
            raise
        except Exception:
            # The queue makes it next, and notes on the invoice what hinders it.
            _logger.warning("The PDF of %s could not be made at once", self, exc_info=True)
        return bool(self.invoice_pdf_report_id)

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
        waiting.write(work_queue.done_vals("shop_send", "sent") | {"is_move_sent": True})

    def _note_shop_refused(self, reason):
        """Note that a mail server has refused the e-mail of these invoices.

        :param str reason: in the server's words
        """
        waiting = self.filtered(lambda move: move.shop_send_state in ("leaving", "refused"))
        waiting.write({"shop_send_state": "refused", "shop_send_error": reason})
