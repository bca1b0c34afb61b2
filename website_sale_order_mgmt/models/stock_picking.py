"""Delivery mail: the customer hears when the goods have left, once, and never at their cost."""

from odoo import api, fields, models

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
        # sudo: the warehouse does not write on orders; what it mends is noted there.
        waiting.sudo().sale_id._note_failed_delivery_mails()

    # === BUSINESS METHODS === #

    def _send_confirmation_email(self):
        """Override of `stock`, called when transfers are validated.

        Core renders and sends one mail after the other here. What `message_post_with_source` puts
        into the context's list is queued at once for all of them.
        """
        validated = []
        pickings = self.with_context(delivery_mail_on_validation=validated)
        result = super(StockPicking, pickings)._send_confirmation_email()
        # Core announces nothing that a supplier sends to the customer.
        told = self.browse(validated) | self.filtered(
            lambda pick: pick.picking_type_code == "dropship" and pick._is_to_customer()
        )
        # Validated with others, a transfer of which nothing was picked stays where it is.
        told = told.filtered(lambda pick: pick.state == "done") | self._get_ready_for_pick_up()
        told._filter_told_by_website()._queue_delivery_mails()
        return result

    def message_post_with_source(self, source_ref, **kwargs):
        """Override of `mail`: the mail on validation of a web order's transfer is queued.

        A transfer to anybody but a customer (goods that go back to a supplier) is announced to
        nobody. All other messages are core's.
        """
        validated = self.env.context.get("delivery_mail_on_validation")
        templates = self.company_id.stock_mail_confirmation_template_id
        if validated is None or source_ref != templates:
            return super().message_post_with_source(source_ref, **kwargs)
        self = self.with_context(delivery_mail_on_validation=None)
        to_customers = self.filtered(lambda pick: pick._is_to_customer())
        of_the_shop = to_customers.filtered("website_id")
        validated += of_the_shop.ids
        if others := to_customers - of_the_shop:
            return super(StockPicking, others).message_post_with_source(source_ref, **kwargs)
        return self.env["mail.message"]

    def _is_to_customer(self):
        """Return whether the goods end with a customer."""
        self.ensure_one()
        return self.location_dest_id.usage == "customer"

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
        """Write each transfer's mail into its messages, as core does on validation.

        :raise UserError: there is no template
        """
        leaving = self.filtered(lambda pick: pick.state != "cancel")
        compiled = {}
        for picking in leaving.with_context(shop_compiled_templates=compiled):
            picking._post_delivery_mail()
        leaving.write(work_queue.done_vals("delivery_mail", "sent"))
        (self - leaving).write(work_queue.done_vals("delivery_mail", False))
        self.sale_id._note_failed_delivery_mails()
        work_queue.trigger(self.env, work_queue.MAIL_QUEUE_CRON)

    def _delivery_mail_failed(self, error):
        """Note why the customer could not be told, and when it is tried again.

        :param Exception error: what went wrong
        """
        self.ensure_one()
        message = work_queue.error_message(error, self.env)
        attempts, now = self.delivery_mail_attempts, fields.Datetime.now()
        self.write(work_queue.failed_vals("delivery_mail", attempts, message, now))
        self.sale_id._note_failed_delivery_mails()
