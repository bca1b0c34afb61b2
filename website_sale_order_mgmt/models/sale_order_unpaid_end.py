"""Orders whose money does not come: reminded once, then cancelled, never while money comes."""

from odoo import SUPERUSER_ID, api, fields, models
from odoo.fields import Domain

from ..const import STAFF
from ..tools import work_queue

BATCH_SIZE = 20
PAYING_MINUTES = 60  # So long after an online payment was begun, nobody is reminded or cancelled.
REMINDER_TEMPLATE = "website_sale_order_mgmt.mail_template_order_unpaid_reminder"
EXPIRED_TEMPLATE = "website_sale_order_mgmt.mail_template_order_unpaid_expired"


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # === FIELDS === #

    unpaid_expired = fields.Boolean(
        string="Cancelled for Want of Money",
        help="The order waited for its money in vain.",
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    unpaid_expired_rewards = fields.Json(
        string="Discounts of the Cancelled Order",
        help="Ids of the rewards, coupons and codes' rules that the order has lost by that.",
        readonly=True,
        copy=False,
        groups=STAFF,
    )

    # === CONSTRAINTS AND INDEXES === #

    _unpaid_reminder_idx = models.Index(
        "(unpaid_reminder_date) WHERE unpaid_reminder_date IS NOT NULL"
    )
    _unpaid_expiry_idx = models.Index("(unpaid_expiry_date) WHERE unpaid_expiry_date IS NOT NULL")

    # === BUSINESS METHODS === #

    @api.model
    def _cron_unpaid_orders(self):
        """Cancel, or remind of, the orders whose time has come."""
        # First the end: nobody is reminded of what is cancelled at the same moment.
        work_queue.process(
            self.browse(),
            Domain("unpaid_expiry_date", "<=", "now") & self._get_unpaid_domain(),
            ["_expire_unpaid"],
            "_unpaid_expiry_failed",
            BATCH_SIZE,
        )
        work_queue.process(
            self.browse(),
            Domain("unpaid_reminder_date", "<=", "now") & self._get_unpaid_domain(),
            ["_remind_unpaid"],
            "_unpaid_reminder_failed",
            BATCH_SIZE,
        )

    @api.model
    def _get_unpaid_domain(self):
        """Return the domain of the orders for which no money has come or is under way.

        Not those of which a part is paid, which has gone back, or which is authorized: they need
        attention. Not those being paid online at this moment, with a posted invoice, or shipped.
        An order whose website was deleted has no payment status, and ends like any other.

        :rtype: Domain
        """
        promised = Domain("provider_id.code", "=", "custom")
        under_way = Domain("state", "in", ("authorized", "done")) | (
            ~promised
            & (
                Domain("state", "=", "pending")
                | (
                    Domain("state", "=", "draft")
                    & Domain("last_state_change", ">=", f"now -{PAYING_MINUTES}M")
                )
            )
        )
        return Domain(
            [
                ("unpaid_provider_id", "!=", False),
                ("state", "in", ("sent", "sale")),
                ("shop_payment_status", "in", ("unpaid", "pending", False)),
                ("delivery_status", "not in", ("partial", "full")),
                ("transaction_ids", "not any", under_way),
                ("order_line.invoice_lines", "not any", [("parent_state", "=", "posted")]),
            ]
        )

    def _remind_unpaid(self):
        """Remind the customers, once each."""
        self.unpaid_reminder_date = False
        self._queue_unpaid_mails(REMINDER_TEMPLATE)

    def _expire_unpaid(self):
        """Cancel orders whose money has not come: goods and coupons are free, customers are told.

        The promised transfers are cancelled with them; money that comes later makes a new one.
        """
        # sudo: called by a cron; transactions are readable to accountants only.
        promised = self.sudo().transaction_ids.filtered(
            lambda tx: tx.state == "pending" and tx.sale_order_ids <= self
        )
        message = self.env._("The money has not come in time.")
        promised._set_canceled(state_message=message)
        promised._post_process()
        self.unpaid_expired = True
        self._note_expired_rewards()
        self._action_cancel()
        self._message_log_batch(
            {order.id: self.env._("Cancelled: the money has not come in time.") for order in self}
        )
        self._queue_unpaid_mails(EXPIRED_TEMPLATE)

    def _note_expired_rewards(self):
        """Note the discounts and gift cards that core takes from orders that are cancelled.

        Whoever takes such an order up again finds them (`_claim_rewards_again`).
        """
        if "reward_id" in self.order_line._fields:  # Of `sale_loyalty`.
            for order in self.filtered("order_line.reward_id"):
                order.unpaid_expired_rewards = {
                    "rewards": order.order_line.reward_id.ids,
                    "coupons": order.applied_coupon_ids.ids,
                    "rules": order.code_enabled_rule_ids.ids,
                }

    def _queue_unpaid_mails(self, template_xmlid):
        """Put a mail to each customer into the mail queue; a failure is noted on the order.

        :param str template_xmlid: the external id of the template
        """
        template = self.env.ref(template_xmlid, raise_if_not_found=False)
        if not template:
            return
        # As core sends an order's mails: from the shop, not from whoever runs the cron.
        queued = self.with_user(SUPERUSER_ID).with_context(mail_notify_force_send=False)
        for order in queued:
            order._send_order_notification_mail(template, allow_deferred_sending=False)
        work_queue.trigger(self.env, work_queue.MAIL_QUEUE_CRON)

    def _unpaid_reminder_failed(self, error):
        """Give up reminding an order, and say why in its chatter.

        :param Exception error: what went wrong
        """
        self.unpaid_reminder_date = False
        message = work_queue.error_message(error, self.env)
        self._message_log(
            body=self.env._("The payment reminder could not be sent: %(error)s", error=message)
        )

    def _unpaid_expiry_failed(self, error):
        """Try again a day later to cancel an order, and say why in its chatter.

        :param Exception error: what went wrong
        """
        self.unpaid_expiry_date = fields.Datetime.add(fields.Datetime.now(), days=1)
        message = work_queue.error_message(error, self.env)
        self._message_log(
            body=self.env._(
                "The money has not come, and the order could not be cancelled: %(error)s",
                error=message,
            )
        )

    def _is_reorder_allowed(self):
        """Override of `website_sale`: what was cancelled for want of money can be ordered again."""
        # sudo: for the order's own customer, whose access the page has checked.
        order = self.sudo()
        if order.unpaid_expired and order.state == "cancel":
            return any(line._is_reorder_allowed() for line in self.order_line if line.product_id)
        return super()._is_reorder_allowed()
