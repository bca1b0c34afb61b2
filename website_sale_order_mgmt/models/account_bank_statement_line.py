"""Bank statements: what names a web order pays it, without a click."""

import re

from odoo import api, fields, models
from odoo.fields import Domain

from ..const import STAFF
from ..tools import work_queue

BATCH_SIZE = 20
MATCH_CRON = "website_sale_order_mgmt.ir_cron_match_bank_statements"
TOKEN = re.compile(r"[^\s,;:()]+")


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    # === FIELDS === #

    shop_match_state = fields.Selection(
        string="Web Order",
        selection=[
            ("queued", "Being looked up"),
            ("done", "Matched"),
            ("none", "None"),
            ("failed", "Failed"),
        ],
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    shop_match_error = fields.Text(
        string="Web Order Error",
        help="Why the money could not be registered for the web order that it names.",
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    shop_match_attempts = fields.Integer(
        string="Failed Web Order Tries", readonly=True, copy=False, groups=STAFF
    )
    shop_match_next_try = fields.Datetime(
        string="Next Web Order Try", readonly=True, copy=False, groups=STAFF
    )

    # === CONSTRAINTS AND INDEXES === #

    _shop_match_queue_idx = models.Index("(id) WHERE shop_match_state = 'queued'")

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._queue_shop_match()
        return lines

    # === BUSINESS METHODS === #

    def _queue_shop_match(self):
        """Have money that came by bank looked up among the web orders, after the import."""
        # sudo: the state is the queue's own; whoever imports statements need not see it.
        incoming = self.sudo().filtered(
            lambda line: line.amount > 0 and line.journal_id.type == "bank" and line.payment_ref
        )
        if incoming:
            incoming.write(work_queue.queued_vals("shop_match"))
            work_queue.trigger(self.env, MATCH_CRON)

    @api.model
    def _cron_match_web_orders(self):
        """Register the queued lines that name a web order as its money."""
        work_queue.process(
            self.browse(),
            work_queue.due_domain("shop_match"),
            ["_match_web_orders"],
            "_shop_match_failed",
            BATCH_SIZE,
        )
        work_queue.schedule(self, "shop_match", MATCH_CRON)

    def _match_web_orders(self):
        """Reconcile each of these lines with money of the one order that it names.

        A line that names no order, or several, or comes in another currency, is left to people.
        """
        for line in self:
            order = line._find_named_web_order()
            is_matched = bool(order) and line._match_web_order(order)
            line.write(work_queue.done_vals("shop_match", "done" if is_matched else "none"))

    def _find_named_web_order(self):
        """Return the one web order whose number or reference is in the line.

        :rtype: sale.order
        """
        self.ensure_one()
        none = self.env["sale.order"]
        if self.is_reconciled or self.foreign_currency_id:
            return none
        words = {self.payment_ref.strip(), *TOKEN.findall(self.payment_ref)}
        words |= {word.strip(".+") for word in words}
        named = Domain.OR(
            Domain(field, "in", list(words))
            for field in ("name", "reference", "transaction_ids.reference")
        )
        company = Domain("company_id", "=", self.company_id.id)
        found = none.search(named & company & Domain("state", "in", ("sent", "sale", "cancel")))
        numbered = found.filtered(
            lambda order: words & {order.name, *order.transaction_ids.mapped("reference")}
        )
        if len(found) > 1 and not numbered:
            found = self._choose_web_order_by_amount(found)
        found = numbered or found
        if len(found) != 1 or found.currency_id != self.currency_id:
            return none
        return found.filtered("website_id")

    def _choose_web_order_by_amount(self, orders):
        """Return which of the orders with the same reference of their customer the line pays.

        Core makes such references of two digits: those of several customers may be the same, and
        nobody's money pays another one's order. Of one customer's orders, it is the one of which
        exactly this amount is missing, unless the line may belong to a payment that is booked.

        :param sale.order orders: paid or not
        :rtype: sale.order
        """
        customers = orders.partner_id.commercial_partner_id
        if len(customers) > 1 or orders._get_unmatched_payments(self.journal_id):
            return orders.browse()
        return orders.filtered(
            lambda order: (
                order.currency_id.compare_amounts(order._get_unpaid_amount(), self.amount) == 0
            )
        )

    def _match_web_order(self, order):
        """Reconcile the line with the payment that a person has booked, or register its money.

        What was paid online comes in lines of its own, for many payments together.

        :param sale.order order: the order that the line names
        :return: whether it was done; people decide where nothing is missing, or where the money may
            be booked already
        :rtype: bool
        """
        self.ensure_one()
        order._lock_for_payment()
        booked = order._get_unmatched_payments(self.journal_id)
        online = booked.filtered(
            lambda payment: payment.payment_transaction_id.provider_code not in (False, "custom")
        )
        same = booked.filtered(
            lambda payment: (
                payment.currency_id == self.currency_id
                and self.currency_id.compare_amounts(payment.amount, self.amount) == 0
            )
        )
        if payment := (same - online)[:1]:
            return self._reconcile_with_payment(payment)
        if same or booked - online or not order._get_unpaid_amount():
            return False
        self._reconcile_with_payment(self._register_for_web_order(order))
        return True

    def _register_for_web_order(self, order):
        """Register the line's money for an order.

        :param sale.order order: the order that the line names
        :return: the payment
        :rtype: account.payment
        """
        self.ensure_one()
        journal = self.journal_id
        transaction = order.with_company(self.company_id)._register_payment_received(
            self.amount,
            {
                "date": self.date,
                "journal_id": journal.id,
                "payment_method_line_id": journal.inbound_payment_method_line_ids[:1].id,
                "memo": self.payment_ref,
            },
        )
        return transaction.payment_id

    def _reconcile_with_payment(self, payment):
        """Reconcile the line with a payment of the same amount.

        :param account.payment payment: one that is booked on an account between order and bank
        :return: whether it was possible
        :rtype: bool
        """
        self.ensure_one()
        if not self.partner_id:
            self.partner_id = payment.partner_id
        outstanding, _counterpart, _writeoff = payment._seek_for_lines()
        _liquidity, suspense, _other = self._seek_for_lines()
        if not suspense or not outstanding.account_id.reconcile:
            return False
        suspense.account_id = outstanding.account_id
        (suspense + outstanding).reconcile()
        return True

    def _shop_match_failed(self, error):
        """Note why a line could not be registered, and when it is tried again.

        :param Exception error: what went wrong
        """
        self.ensure_one()
        message = work_queue.error_message(error, self.env)
        attempts, now = self.shop_match_attempts, fields.Datetime.now()
        self.write(work_queue.failed_vals("shop_match", attempts, message, now))
