"""Delivery mail: the customer hears when the goods have left, once, and never at their cost."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import STAFF
from ..tools import work_queue

BATCH_SIZE = 50
DELIVERY_MAIL_CRON = "website_sale_order_mgmt.ir_cron_send_delivery_mails"


class StockPicking(models.Model):
    _inherit = "stock.picking"

    delivery_mail_state = fields.Selection(
        string="Delivery E-mail",
        selection=[
            ("queued", "Being sent"),
            ("sent", "Sent"),
            ("failed", "Failed"),
        ],
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    delivery_mail_error = fields.Text(
        string="Delivery E-mail Error",
        help="Why the customer could not be told that the goods have left.",
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    delivery_mail_attempts = fields.Integer(
        string="Failed Delivery E-mail Tries",
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    delivery_mail_next_try = fields.Datetime(
        string="Next Delivery E-mail Try",
        readonly=True,
        copy=False,
        groups=STAFF,
    )

    _delivery_mail_queue_idx = models.Index("(id) WHERE delivery_mail_state = 'queued'")

    # === ACTION METHODS === #

    def action_retry_delivery_mail(self):
        """Put transfers whose mail failed back into the queue."""
        self.check_access("write")
        waiting = self.filtered(lambda pick: pick.delivery_mail_state in ("queued", "failed"))
        waiting._queue_delivery_mails()

    # === BUSINESS METHODS === #

    def _send_confirmation_email(self):
        """Override of `stock`, called when transfers are validated.

        Core renders and sends the mail here. The context lets `message_post_with_source` queue it.
        """
        picking = self.with_context(delivery_mail_on_validation=True)
        return super(StockPicking, picking)._send_confirmation_email()

    def message_post_with_source(self, source_ref, **kwargs):
        """Override of `mail`: the mail on validation of a web order's transfer is queued.

        A transfer to anybody but a customer (goods that go back to a supplier) is announced to
        nobody. All other messages are core's.
        """
        templates = self.company_id.stock_mail_confirmation_template_id
        if not self.env.context.get("delivery_mail_on_validation") or source_ref != templates:
            return super().message_post_with_source(source_ref, **kwargs)
        self = self.with_context(delivery_mail_on_validation=False)
        to_customers = self.filtered(lambda pick: pick.location_dest_id.usage == "customer")
        of_the_shop = to_customers.filtered("website_id")
        of_the_shop.filtered(lambda pick: not pick.delivery_mail_state)._queue_delivery_mails()
        if others := to_customers - of_the_shop:
            return super(StockPicking, others).message_post_with_source(source_ref, **kwargs)
        return self.env["mail.message"]

    def _queue_delivery_mails(self):
        """Have the customers of these transfers told, as soon as the transaction commits."""
        if self:
            self.write(work_queue.queued_vals("delivery_mail"))
            work_queue.trigger(self.env, DELIVERY_MAIL_CRON)

    @api.model
    def _cron_send_delivery_mails(self):
        """Send the mails of the queued transfers."""
        work_queue.process(
            self.browse(),
            work_queue.due_domain("delivery_mail"),
            ["_send_delivery_mails"],
            "_delivery_mail_failed",
            BATCH_SIZE,
        )
        work_queue.schedule(self, "delivery_mail", DELIVERY_MAIL_CRON)

    def _send_delivery_mails(self):
        """Send the company's template in each transfer's chatter, as core does on validation.

        :raise UserError: a company has no template
        """
        for picking in self:
            template = picking.company_id.stock_mail_confirmation_template_id
            if not template:
                raise UserError(
                    self.env._(
                        "%(company)s has no e-mail template for deliveries. Choose one in Inventory"
                        " > Configuration > Settings, under Email Confirmation.",
                        company=picking.company_id.name,
                    )
                )
            picking.message_post_with_source(
                template,
                email_layout_xmlid="mail.mail_notification_light",
                subtype_xmlid="mail.mt_comment",
            )
        self.write(work_queue.done_vals("delivery_mail", "sent"))
        work_queue.trigger(self.env, work_queue.MAIL_QUEUE_CRON)

    def _delivery_mail_failed(self, error):
        """Note why the customer could not be told, and when it is tried again.

        :param Exception error: what went wrong
        """
        self.ensure_one()
        message = work_queue.error_message(error, self.env)
        attempts, now = self.delivery_mail_attempts, fields.Datetime.now()
        self.write(work_queue.failed_vals("delivery_mail", attempts, message, now))
