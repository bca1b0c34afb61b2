"""One way by which a refund goes back: what is to be sent, was sent, failed or is to be done."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import refund, work_queue
from .payment_transaction import END_STATES

REFUND_CRON = "website_sale_order_mgmt.ir_cron_send_refunds"
POST_PROCESS_CRON = "payment.cron_post_process_payment_tx"


class SaleOrderRefundPayment(models.Model):
    _name = "sale.order.refund.payment"
    _description = "Payment of a Web Order's Refund"
    _order = "id desc"

    # === FIELDS === #

    statement_id = fields.Many2one(
        "sale.order.refund.statement",
        string="Refund",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    order_id = fields.Many2one(related="statement_id.order_id", store=True, index=True)
    company_id = fields.Many2one(related="statement_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="statement_id.partner_id")
    request_key = fields.Char(required=True, readonly=True)
    source_transaction_id = fields.Many2one(
        "payment.transaction", string="Paid With", readonly=True, index="btree_not_null"
    )
    provider_id = fields.Many2one(related="source_transaction_id.provider_id")
    attempt_ids = fields.One2many(
        "payment.transaction", "refund_payment_id", string="Requests", readonly=True
    )
    means_line_id = fields.Many2one(
        "sale.order.line",
        string="Gift Card or eWallet",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    amount = fields.Monetary(help="In the currency of the payment.", readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    order_amount = fields.Monetary(
        help="In the currency of the order.", currency_field="order_currency_id", readonly=True
    )
    order_currency_id = fields.Many2one(
        related="order_id.currency_id", string="Currency of the Order"
    )
    state = fields.Selection(
        selection=[
            ("to_do", "To send"),
            ("sending", "Being sent"),
            ("pending", "Sent"),
            ("manual", "To transfer"),
            ("failed", "Failed"),
            ("done", "Refunded"),
            ("cancelled", "Cancelled"),
        ],
        string="Status",
        default="to_do",
        required=True,
        readonly=True,
        index=True,
    )
    by_hand_reason = fields.Selection(
        selection=[
            ("full_only", "The provider refunds only in full"),
            ("none", "The provider does not refund"),
            ("failed", "The provider's refund failed"),
        ],
        string="By Hand Because",
        readonly=True,
    )
    error = fields.Text(help="Why the money did not go back.", readonly=True)
    is_unknown = fields.Boolean(
        string="Outcome Unknown",
        help="Nobody knows whether the provider got the request: look at its own pages.",
        readonly=True,
    )
    date_sent = fields.Datetime(readonly=True)
    date_done = fields.Datetime(readonly=True)

    # === CONSTRAINTS AND INDEXES === #

    _request_key_uniq = models.Constraint(
        "UNIQUE (request_key)", "This part of the refund has been made already."
    )
    _to_do_idx = models.Index("(id) WHERE state IN ('to_do', 'sending')")

    # === COMPUTE METHODS === #

    @api.depends("amount", "currency_id", "source_transaction_id")
    def _compute_display_name(self):
        for payment in self:
            name = payment.provider_id.name or self.env._("by hand")
            payment.display_name = f"{payment.currency_id.format(payment.amount)}, {name}"

    # === CRUD METHODS === #

    def write(self, vals):
        """Override: what is on its way back, and what failed, is written on the orders."""
        result = super().write(vals)
        if "state" in vals:
            self.order_id._sync_refunds()
        return result

    # === ACTION METHODS === #

    def action_retry(self):
        """Ask the provider once more for refunds that it has refused.

        :raise AccessError: the user does not refund web orders
        :raise UserError: it is not known whether the provider has refunded already
        """
        payments = self._take("failed")
        if payments.filtered("is_unknown"):
            raise UserError(
                self.env._(
                    "Nobody knows whether the provider has refunded this already. Look at the"
                    " provider's own pages and say what you find there."
                )
            )
        payments._queue()

    def action_was_refunded(self):
        """Book refunds that the provider has made, as its own pages say.

        :raise AccessError: the user does not refund web orders
        """
        for payment in self._take("failed").filtered("is_unknown"):
            # A person has looked; the provider itself did not answer.
            payment._get_last_attempt()._set_done(extra_allowed_states=END_STATES)

    def action_was_not_refunded(self):
        """Ask the provider again for refunds that never reached it, as its own pages say.

        :raise AccessError: the user does not refund web orders
        """
        payments = self._take("failed").filtered("is_unknown")
        message = self.env._("The request did not reach the provider.")
        payments.attempt_ids._set_canceled(state_message=message)
        payments._queue()

    # === BUSINESS METHODS === #

    @api.model
    def _create_for(self, statement):
        """Plan by which ways a refund goes back.

        :param sale.order.refund.statement statement: the refund
        :rtype: sale.order.refund.payment
        :raise UserError: the payments of the order have not that much left
        """
        order = statement.order_id
        portions, short = refund.spread(order._to_cents(statement.amount), order._get_refund_ways())
        if short:
            raise UserError(
                self.env._(
                    "%(amount)s of this cannot go back: the payments of order %(order)s have not"
                    " that much left.",
                    amount=order.currency_id.format(order._to_refund_amount(short)),
                    order=order.name,
                )
            )
        return self.create([self._prepare_vals(statement, portion) for portion in portions])

    @api.model
    def _prepare_vals(self, statement, portion):
        """Return the values of what goes back by one way.

        :param sale.order.refund.statement statement: the refund
        :param refund.Portion portion: what goes back by this way
        :rtype: dict
        """
        order, source = statement.order_id, portion.key
        means = order.order_line.browse()
        if source._name == "sale.order.line":
            means, source = source, order.transaction_ids.browse()
        way = f"card-{means.id}" if means else source.id or "hand"
        currency = source.currency_id or order.currency_id
        amount = order._to_refund_amount(portion.amount)
        rate = order._get_refund_rate(source) if source else 1.0
        return {
            "statement_id": statement.id,
            "request_key": f"{statement.request_key}/{way}",
            "means_line_id": means.id,
            "source_transaction_id": source.id,
            "amount": currency.round(amount / rate),
            "currency_id": currency.id,
            "order_amount": amount,
            "state": "manual" if portion.reason else "to_do",
            "by_hand_reason": portion.reason,
        }

    def _queue(self):
        """Have the provider asked, as soon as the transaction commits."""
        self.filtered(lambda payment: payment.state == "failed").write(
            {"state": "to_do", "error": False, "is_unknown": False}
        )
        work_queue.trigger(self.env, REFUND_CRON)

    def _take(self, state):
        """Return those of these payments that are in a state, for this transaction alone.

        :param str state: the state
        :return: the payments, to be written on
        :rtype: sale.order.refund.payment
        :raise AccessError: the user does not refund web orders
        """
        self.order_id._check_may_refund()
        work_queue.take_turn(self)
        # sudo: the right was checked; users have no right to write.
        return self.sudo().filtered(lambda payment: payment.state == state)

    def _get_last_attempt(self):
        """Return the newest request to the provider.

        :rtype: payment.transaction
        """
        self.ensure_one()
        return self.attempt_ids.sorted("id")[-1:]

    def _follow(self):
        """Write on the payments what their requests to the providers have come to.

        Any request that was done is a refund, also one that was given up before.
        """
        for payment in self:
            done = payment.attempt_ids.filtered(lambda tx: tx.state == "done")
            live = payment.attempt_ids.filtered(lambda tx: tx.state not in ("done", *END_STATES))
            if done:
                if payment.state != "done":
                    payment._set_done()
            elif live:
                if live[-1:].state != "draft" and payment.state != "pending":
                    payment.write({"state": "pending", "error": False, "is_unknown": False})
            elif payment.state in ("sending", "pending"):
                message = payment._get_last_attempt().state_message
                payment._set_failed(message or self.env._("The provider has not refunded it."))

    def _set_done(self):
        """Note that the money is back, and have it booked."""
        self.write(
            {
                "state": "done",
                "error": False,
                "is_unknown": False,
                "date_done": fields.Datetime.now(),
            }
        )
        work_queue.trigger(self.env, POST_PROCESS_CRON)

    def _set_failed(self, error, unknown=False):
        """Note why the money did not go back; nothing is sent again until somebody says so.

        :param str error: in words for whoever looks after it
        :param bool unknown: whether it may have gone back nevertheless
        """
        self.write({"state": "failed", "error": error, "is_unknown": unknown})

    def _describe_way(self):
        """Return in words how this part of the money goes back, for the customer.

        :rtype: str
        """
        self.ensure_one()
        amount = self.currency_id.format(self.amount)
        if self.means_line_id:
            return self.env._(
                "%(amount)s back to %(card)s", amount=amount, card=self.means_line_id.name
            )
        if self.state == "manual" or self.by_hand_reason:
            return self.env._("%(amount)s by bank transfer", amount=amount)
        method = self.source_transaction_id.payment_method_id.name or self.provider_id.name
        return self.env._("%(amount)s by %(provider)s", amount=amount, provider=method)
