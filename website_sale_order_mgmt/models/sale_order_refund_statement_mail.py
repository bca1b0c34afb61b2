"""What customers hear of their refunds: queued, so that no mail undoes a refund."""

from odoo import api, fields, models

from ..const import STAFF
from ..tools import work_queue

BATCH_SIZE = 50
CRON = "website_sale_order_mgmt.ir_cron_tell_refunds"
TEMPLATE = "website_sale_order_mgmt.mail_template_refund"


class SaleOrderRefundStatement(models.Model):
    _inherit = "sale.order.refund.statement"

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
        help="Why the customer could not be told about the refund.",
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

    # === CONSTRAINTS AND INDEXES === #

    _notice_queue_idx = models.Index("(id) WHERE notice_state = 'queued'")

    # === ACTION METHODS === #

    def action_retry_notice(self):
        """Tell the customers again about refunds of which they could not be told.

        :raise AccessError: the user does not refund web orders
        """
        self.order_id._check_may_refund()
        # sudo: the right was checked; users have no right to write.
        self.sudo().filtered(lambda one: one.notice_state == "failed")._tell_customer()

    # === BUSINESS METHODS === #

    def _begin(self):
        """Override: the customer is told once the refund is booked."""
        super()._begin()
        self._tell_customer()

    def _tell_customer(self):
        """Have the customers hear how their refunds are made up, once this is committed."""
        told = self.filtered(lambda one: not one.currency_id.is_zero(one.amount))
        if told:
            told.write(work_queue.queued_vals("notice"))
            work_queue.trigger(self.env, CRON)

    @api.model
    def _cron_tell_customers(self):
        """Send the mails of the queued refunds."""
        work_queue.process(
            self.browse(),
            work_queue.due_domain("notice"),
            ["_send_notices"],
            "_notice_failed",
            BATCH_SIZE,
        )
        work_queue.schedule(self, "notice", CRON)

    def _send_notices(self):
        """Write each refund's mail into its messages."""
        template = self.env.ref(TEMPLATE)
        for refund in self:  # A message each: core has no way to post many.
            refund.with_context(
                lang=refund.partner_id.lang, website_id=refund.website_id.id
            ).message_post_with_source(
                template,
                email_layout_xmlid="mail.mail_notification_light",
                subtype_xmlid="mail.mt_comment",
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
