"""Withdrawals: the acknowledgement with content, date and time, at once (CRD Art. 11a(4))."""

from odoo import api, fields, models

from ..tools import work_queue
from .sale_order_withdrawal import CRON

BATCH_SIZE = 20
TEMPLATE = "website_sale_order_mgmt.mail_template_withdrawal"


class SaleOrderWithdrawal(models.Model):
    _inherit = "sale.order.withdrawal"

    # === FIELDS === #

    mail_state = fields.Selection(
        selection=[("queued", "Waits"), ("done", "Written"), ("failed", "Failed")],
        string="Acknowledgement",
        readonly=True,
    )
    mail_error = fields.Text(
        string="Acknowledgement Error",
        readonly=True,
        help="Why the acknowledgement could not be made or sent.",
    )
    mail_attempts = fields.Integer(string="Failed Tries", readonly=True)
    mail_next_try = fields.Datetime(string="Next Try", readonly=True)
    mail_mail_id = fields.Many2one(
        "mail.mail",
        string="Acknowledgement E-mail",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    acknowledged_at = fields.Datetime(
        string="Acknowledged on", readonly=True, help="When the mail server took the e-mail."
    )

    _mail_queue_idx = models.Index("(id) WHERE mail_state = 'queued'")

    # === ACTION METHODS === #

    def action_acknowledge_again(self):
        """Put the acknowledgements that failed back into the queue.

        :raise AccessError: the user may not write on the statements
        """
        self.check_access("write")
        failed = self.filtered(lambda statement: statement.mail_state == "failed")
        # sudo: whoever looks after a statement has its mail sent again; only the queue is written.
        failed.sudo().write(work_queue.queued_vals("mail"))
        work_queue.trigger(self.env, CRON)

    # === BUSINESS METHODS === #

    @api.model
    def _cron_work(self):
        """Acknowledge what was submitted; then look whose order it is, and what follows."""
        time_left = work_queue.process(
            self.browse(),
            work_queue.due_domain("mail"),
            ["_acknowledge"],
            "_acknowledgement_failed",
            BATCH_SIZE,
        )
        if time_left:
            work_queue.process(
                self.browse(),
                work_queue.due_domain("handling"),
                ["_handle"],
                "_handling_failed",
                BATCH_SIZE,
            )
        self._end_refund_activities()
        work_queue.schedule(self, "mail", CRON)
        work_queue.schedule(self, "handling", CRON)

    def _acknowledge(self):
        """Write the acknowledgements, or put back those that a mail server refused.

        They leave through the queue of mails, once this is committed.

        :raise UserError: the template is gone
        """
        refused = self.filtered(lambda statement: statement.mail_mail_id.state == "exception")
        refused.mail_mail_id.mark_outgoing()
        template = self.env.ref(TEMPLATE)
        new = self.filtered(lambda statement: not statement.mail_mail_id)
        for company, statements in new.grouped("company_id").items():
            mails = template.with_company(company).send_mail_batch(
                statements.ids, email_layout_xmlid="website_sale_order_mgmt.mail_layout_website"
            )
            for mail in mails:
                self.browse(mail.res_id).mail_mail_id = mail
        self.write(work_queue.done_vals("mail"))
        # Core sends queued mails once an hour: the law says without undue delay.
        work_queue.trigger(self.env, work_queue.MAIL_QUEUE_CRON)

    def _acknowledgement_failed(self, error):
        """Note why a statement could not be acknowledged, and when it is tried again.

        :param Exception error: what went wrong
        """
        self.ensure_one()
        message = work_queue.error_message(error, self.env)
        now = fields.Datetime.now()
        self.write(work_queue.failed_vals("mail", self.mail_attempts, message, now))
        if self.mail_state == "failed":
            self._flag("mail_failed")
        else:
            work_queue.trigger(self.env, CRON, at=self.mail_next_try)
