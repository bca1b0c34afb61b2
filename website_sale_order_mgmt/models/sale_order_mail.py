"""Order mails: one that cannot be made or sent never rolls back a payment, and is tried again."""

import logging

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.tools import str2bool

from ..const import STAFF
from ..tools import work_queue

_logger = logging.getLogger(__name__)


class SaleOrder(models.Model):
    _inherit = "sale.order"

    shop_mail_state = fields.Selection(
        string="E-mail to the Customer",
        selection=[("queued", "To be sent again"), ("sent", "Sent"), ("failed", "Failed")],
        help="Set when an e-mail about this order, its deliveries or invoices failed.",
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    shop_mail_error = fields.Text(
        string="E-mail Error",
        help="Why an e-mail to the customer could not be made or sent.",
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    shop_mail_template_id = fields.Many2one(
        comodel_name="mail.template",
        string="E-mail to Make Again",
        ondelete="set null",
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    shop_mail_attempts = fields.Integer(
        string="Failed E-mail Tries", readonly=True, copy=False, groups=STAFF
    )
    shop_mail_next_try = fields.Datetime(
        string="Next E-mail Try", readonly=True, copy=False, groups=STAFF
    )

    # === ACTION METHODS === #

    def action_retry_shop_mails(self):
        """Send again what failed, now; what fails once more is tried as often as at first."""
        self.check_access("write")
        self.shop_mail_attempts = 0
        self._send_shop_mails_again()
        self._sync_shop_attention_activities()

    # === BUSINESS METHODS === #

    def _send_order_notification_mail(self, mail_template, allow_deferred_sending=True):
        """Override of `sale`: what goes wrong with a web order's mail is noted, not raised.

        Core renders and sends in the payment's post-processing: a broken template or a missing
        wkhtmltopdf rolls the confirmation back, and the customer pays again.
        """
        # Called as core calls it, for those who override it with the template alone.
        options = {} if allow_deferred_sending else {"allow_deferred_sending": False}
        deferred = allow_deferred_sending and self._are_order_mails_deferred()
        if not self.website_id or not mail_template or deferred:
            return super()._send_order_notification_mail(mail_template, **options)
        try:
            with self.env.cr.savepoint():
                super()._send_order_notification_mail(mail_template, **options)
        except OperationalError:
            raise
        except Exception as error:
            _logger.warning("The mail of %s failed", self, exc_info=True)
            self.shop_mail_template_id = mail_template
            self._shop_mail_failed(error)

    @api.model
    def _cron_send_pending_emails(self):
        """Override of `sale`: an order that somebody changes meanwhile does not end the run.

        Core's cron fails then, and comes back a day later. Its invoice is made at the same time,
        so this is common. What was not committed has not been sent either; as mails remain, the
        scheduler calls again at once.
        """
        try:
            super()._cron_send_pending_emails()
        except OperationalError:
            _logger.info("An order was in use elsewhere, its mail is left for the next run")
            self.env.cr.rollback()

    @api.model
    def _are_order_mails_deferred(self):
        """Return whether core only notes the mail now, and sends it by its cron.

        :rtype: bool
        """
        # sudo: everybody's request depends on this parameter and on whether the cron is active.
        parameters = self.env["ir.config_parameter"].sudo()
        if not str2bool(parameters.get_param("sale.async_emails"), False):
            return False
        cron_id = self.env["ir.model.data"]._xmlid_to_res_id("sale.send_pending_emails_cron")
        # sudo: only whether the cron is active.
        return self.env["ir.cron"].sudo().browse(cron_id).active

    def _shop_mail_failed(self, error):
        """Note why a mail about these orders failed, and when it is tried again.

        :param Exception error: what went wrong
        """
        now = fields.Datetime.now()
        message = work_queue.error_message(error, self.env)
        for order in self:
            attempts = order.shop_mail_attempts
            order.write(work_queue.failed_vals("shop_mail", attempts, message, now))

    def _send_shop_mails_again(self):
        """Make the mail that could not be made, and put those that were refused back in the queue.

        Failing once more is noted as before, with the next try later.
        """
        attempts = {order: order.shop_mail_attempts for order in self}
        self.write(work_queue.done_vals("shop_mail", "sent"))
        for order, count in attempts.items():
            order.shop_mail_attempts = count
            if template := order.shop_mail_template_id:
                order.shop_mail_template_id = False
                order._send_order_notification_mail(template, allow_deferred_sending=False)
        # sudo: mails are readable to administrators only; these are the orders' own.
        refused = self.env["mail.mail"].sudo().search(self._get_refused_mails_domain())
        refused.mark_outgoing()
        if refused:
            work_queue.trigger(self.env, work_queue.MAIL_QUEUE_CRON)

    def _get_refused_mails_domain(self):
        """Return the domain of the failed mails of these orders and their documents."""
        # sudo: only ids are taken, of the orders' own documents.
        orders = self.sudo()
        documents = (orders, orders.picking_ids, orders.invoice_ids, orders.return_ids)
        return fields.Domain("state", "=", "exception") & fields.Domain.OR(
            fields.Domain("model", "=", records._name) & fields.Domain("res_id", "in", records.ids)
            for records in documents
        )
