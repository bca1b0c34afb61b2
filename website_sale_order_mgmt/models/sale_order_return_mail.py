"""What customers hear of their returns: queued, so that no mail or PDF undoes a step."""

from odoo import api, fields, models
from odoo.fields import Command

from ..const import STAFF
from ..tools import work_queue

BATCH_SIZE = 50
CRON = "website_sale_order_mgmt.ir_cron_tell_returns"
TEMPLATE = "website_sale_order_mgmt.mail_template_return_%s"
TOLD = ("requested", "approved", "received", "refused")  # States that have a mail.
SLIP = "stock.return_label_report"


class SaleOrderReturn(models.Model):
    _inherit = "sale.order.return"

    # === FIELDS === #

    notice_state = fields.Selection(
        string="E-mail",
        selection=[("queued", "Being sent"), ("sent", "Sent"), ("failed", "Failed")],
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    notice_error = fields.Text(
        string="E-mail Error",
        help="Why the customer could not be told where the return stands.",
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    notice_attempts = fields.Integer(
        string="Failed E-mail Tries", readonly=True, copy=False, groups=STAFF
    )
    notice_next_try = fields.Datetime(
        string="Next E-mail Try", readonly=True, copy=False, groups=STAFF
    )

    _notice_queue_idx = models.Index("(id) WHERE notice_state = 'queued'")

    # === ACTION METHODS === #

    def action_retry_notice(self):
        """Tell the customer again where the return stands."""
        self.check_access("write")
        # sudo: the queue's fields are written by its methods alone.
        self.sudo()._tell_customer()

    # === BUSINESS METHODS === #

    def _tell_customer(self):
        """Have the customers hear where their returns stand, once this is committed.

        What was not sent before the next step is not sent any more: the latest state counts.
        """
        # sudo: whoever takes the step need not see the queue.
        told = self.sudo().filtered(lambda request: request.state in TOLD)
        if told:
            told.write(work_queue.queued_vals("notice"))
            work_queue.trigger(self.env, CRON)

    @api.model
    def _cron_tell_customers(self):
        """Send the mails of the queued returns."""
        work_queue.process(
            self.browse(),
            work_queue.due_domain("notice"),
            ["_send_notices"],
            "_notice_failed",
            BATCH_SIZE,
        )
        work_queue.schedule(self, "notice", CRON)

    def _send_notices(self):
        """Write each return's mail into its messages, with the return slip once it is approved."""
        for state, requests in self.grouped("state").items():
            if state not in TOLD:
                continue
            template = self.env.ref(TEMPLATE % state)
            for request in requests:
                attachments = request._make_return_papers() if state == "approved" else []
                request.with_context(
                    lang=request.partner_id.lang, website_id=request.website_id.id
                ).message_post_with_source(
                    template,
                    email_layout_xmlid="mail.mail_notification_light",
                    subtype_xmlid="mail.mt_comment",
                    attachment_ids=[Command.set([paper.id for paper in attachments])],
                )
        self.write(work_queue.done_vals("notice", "sent"))
        work_queue.trigger(self.env, work_queue.MAIL_QUEUE_CRON)

    def _notice_failed(self, error):
        """Note why a customer could not be told, and when it is tried again.

        :param Exception error: what went wrong
        """
        self.ensure_one()
        message = work_queue.error_message(error, self.env)
        now = fields.Datetime.now()
        self.write(work_queue.failed_vals("notice", self.notice_attempts, message, now))

    def _make_return_papers(self):
        """Return what the customer prints: core's return slips, and the carrier's labels.

        :rtype: ir.attachment
        """
        self.ensure_one()
        papers = self.env["ir.attachment"]
        for transfer in self._get_open_return_transfers():
            content = self._render_return_slip(transfer)
            papers += papers.create(
                {
                    "name": self.env._("Return slip %(name)s.pdf", name=transfer.name),
                    "raw": content,
                    "res_model": self._name,
                    "res_id": self.id,
                }
            )
            papers += self._make_carrier_label(transfer)
        return papers

    def _render_return_slip(self, transfer):
        """Return core's return slip of a transfer as a PDF.

        :rtype: bytes
        """
        return self.env["ir.actions.report"]._render_qweb_pdf(SLIP, transfer.ids)[0]

    def _get_open_return_transfers(self):
        """Return the transfers that the warehouse waits for."""
        return self.picking_ids.filtered(lambda pick: pick.state not in ("draft", "done", "cancel"))

    def _make_carrier_label(self, transfer):
        """Return the carrier's label for a return, where the carrier makes some and the shop pays.

        :param stock.picking transfer: the return's transfer
        :rtype: ir.attachment
        """
        carrier = transfer.return_id.carrier_id
        nothing = self.env["ir.attachment"]
        if not carrier.can_generate_return or self._get_shipping_payer() != "merchant":
            return nothing
        labels = [
            ("res_model", "=", transfer._name),
            ("res_id", "=", transfer.id),
            ("name", "=like", f"{carrier.get_return_label_prefix()}%"),
        ]
        if made := nothing.search(labels):
            return made
        carrier.get_return_label(transfer)
        return nothing.search(labels)

    # === BUSINESS METHODS - WHAT THE CUSTOMER READS === #

    def _get_return_words(self):
        """Return each line in words: what was announced or, once it is here, what came.

        :rtype: list[str]
        """
        self.ensure_one()
        words = []
        for line in self.line_ids:
            quantity = line._get_settled_quantity()
            name = line.product_id.with_context(display_default_code=False).display_name
            words.append(f"{quantity:g} × {name}")
        return words

    def _get_return_address(self):
        """Return where the goods are to be sent, as it is written on a parcel; may be empty.

        :rtype: str
        """
        self.ensure_one()
        # sudo: customers do not read warehouses.
        transfer = self.sudo()._get_open_return_transfers()[:1]
        partner = transfer.picking_type_id.warehouse_id.partner_id
        if not partner and transfer:
            partner = transfer.company_id.partner_id
        return partner._display_address() if partner else ""

    def _get_shipping_sentence(self):
        """Return who pays for the parcel, in words."""
        if self._get_shipping_payer() == "merchant":
            return self.env._("We pay for the parcel.")
        return self.env._("You pay for the parcel.")

    def _get_state_words(self):
        """Return where the return stands, in the reader's language."""
        self.ensure_one()
        return dict(self._fields["state"]._description_selection(self.env))[self.state]
