"""What a customer is told of a record: queued, so that no mail undoes the step that it is about."""

from odoo import api, fields, models
from odoo.fields import Command

from ..const import STAFF
from ..tools import work_queue

BATCH_SIZE = 50


class SaleOrderNoticeMixin(models.AbstractModel):
    """The queue of a document's mails. The model that inherits it says when there is one, which."""

    _name = "sale.order.notice.mixin"
    _description = "Document of Which Its Customer Is Told"
    _notice_cron = None  # The external id of the cron that runs `_cron_tell_customers`.

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
        help="Why the customer could not be told.",
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

    # === BUSINESS METHODS === #

    def _get_notice_template(self):
        """Return the mail that is due; empty where the customer need not be told any more.

        :rtype: mail.template
        """
        raise NotImplementedError

    def _make_notice_papers(self):
        """Return what goes with the mail.

        :rtype: ir.attachment
        """
        return self.env["ir.attachment"]

    def _queue_notices(self):
        """Have the customers told, once this is committed."""
        if self:
            self.write(work_queue.queued_vals("notice"))
            work_queue.trigger(self.env, self._notice_cron)

    @api.model
    def _cron_tell_customers(self):
        """Send the mails that are queued."""
        work_queue.process(
            self.browse(),
            work_queue.due_domain("notice"),
            ["_send_notices"],
            "_notice_failed",
            BATCH_SIZE,
        )
        work_queue.schedule(self, "notice", self._notice_cron)

    def _send_notices(self):
        """Write each record's mail into its messages."""
        for record in self:  # A message each: core has no way to post many.
            if template := record._get_notice_template():
                record.with_context(
                    lang=record.partner_id.lang, website_id=record.website_id.id
                ).message_post_with_source(
                    template,
                    email_layout_xmlid="mail.mail_notification_light",
                    subtype_xmlid="mail.mt_comment",
                    attachment_ids=[Command.set(record._make_notice_papers().ids)],
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
