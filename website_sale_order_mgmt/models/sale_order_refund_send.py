"""Sending refunds to the providers: each request once, whatever is clicked or killed.

1. What is to be sent is a row, committed with the refund.
2. A cron makes the refund's transaction and notes on the row that it is being sent; committed.
3. It asks the provider, under the lock of the row; the answer is committed.

A process that dies between 2 and 3 leaves a row that is being sent by nobody. Nobody knows whether
the provider got the request, so it is never sent again by itself: a person looks it up.
"""

from datetime import timedelta

from psycopg2 import OperationalError
from requests.exceptions import ConnectionError as NoConnection
from requests.exceptions import HTTPError, Timeout

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command, Domain

from ..tools import work_queue
from .sale_order_refund_payment import REFUND_CRON

UNSURE_STATUSES = (408, 409, 425)  # Too slow, at it already, too early: no refusals.
LOST_MINUTES = 10  # No provider takes so long to answer: core waits ten seconds.


class SaleOrderRefundPayment(models.Model):
    _inherit = "sale.order.refund.payment"

    # === BUSINESS METHODS === #

    @api.model
    def _cron_send_refunds(self):
        """Ask the providers for the refunds that wait, and find those that were lost."""
        self._find_lost()
        work_queue.commit_progress(self.env)
        waiting = Domain("state", "=", "to_do")
        work_queue.commit_progress(self.env, remaining=self.search_count(waiting))
        last_id = 0
        while payment := self.search(waiting & Domain("id", ">", last_id), limit=1, order="id"):
            last_id = payment.id
            try:
                payment._send_locked()
            except OperationalError:
                # In use elsewhere, or the answer could not be written: the row says how far it got.
                self.env.cr.rollback()
                in_a_minute = fields.Datetime.now() + timedelta(minutes=1)
                work_queue.trigger(self.env, REFUND_CRON, at=in_a_minute)
            if not work_queue.commit_progress(self.env, 1):
                return

    def _send_locked(self):
        """Send one refund, with a commit before the provider is asked.

        :raise psycopg2.OperationalError: another transaction was in the way
        """
        self.ensure_one()
        payment = self.try_lock_for_update().filtered(lambda one: one.state == "to_do")
        payment = work_queue.isolate(payment, "_prepare_request", "_prepare_failed")
        work_queue.commit_progress(self.env)
        payment = payment.try_lock_for_update().filtered(lambda one: one.state == "sending")
        work_queue.isolate(payment, "_send_request", "_send_failed")

    def _prepare_request(self):
        """Make the transaction of a refund, which is sent after the commit."""
        self.ensure_one()
        self._follow()
        if self.state != "to_do":  # The provider has changed its mind about an earlier request.
            return
        source = self.source_transaction_id.with_context(payment_backend_action=True)
        source._ensure_provider_is_not_disabled()
        request = source._create_child_transaction(
            self.amount,
            is_refund=True,
            refund_payment_id=self.id,
            # Core reconciles the payment with them when it is booked.
            invoice_ids=[Command.set(self.statement_id.credit_note_ids.ids)],
        )
        request._log_sent_message()
        self.write({"state": "sending", "date_sent": fields.Datetime.now()})

    def _send_request(self):
        """Ask the provider, as core's `_refund` does."""
        self.ensure_one()
        request = self._get_last_attempt().with_context(payment_backend_action=True)
        if request.state != "draft":
            return
        try:
            request._send_refund_request()
        except ValidationError as error:
            # Core raises the same when the request may have come to something.
            if self._may_have_refunded(error.__context__):
                self._set_failed(str(error), unknown=True)
                return
            request._set_error(str(error))
        if self.state == "sending":
            self.state = "pending"

    @api.model
    def _may_have_refunded(self, cause):
        """Return whether a provider may have refunded although it was not heard to say so.

        Without an answer, or when its server or what stands before it did not know how it went, it
        may; when it says that the request is wrong, it has not.

        :param cause: what core's error was raised for, if anything
        :rtype: bool
        """
        if isinstance(cause, HTTPError):
            status = cause.response.status_code if cause.response is not None else 0
            return status >= 500 or status in UNSURE_STATUSES
        return isinstance(cause, (NoConnection, Timeout))

    def _prepare_failed(self, error):
        """Note why the provider could not even be asked.

        :param Exception error: what went wrong
        """
        self._set_failed(work_queue.error_message(error, self.env))

    def _send_failed(self, error):
        """Note that something went wrong when the provider was asked: it may have got the request.

        :param Exception error: what went wrong
        """
        self._set_failed(work_queue.error_message(error, self.env), unknown=True)

    @api.model
    def _find_lost(self):
        """Find refunds whose process died while the provider was asked."""
        lost = Domain("state", "=", "sending")
        lost &= Domain("date_sent", "<", f"now -{LOST_MINUTES}M")
        payments = self.search(lost).try_lock_for_update().filtered_domain(lost)
        payments._follow()
        for payment in payments.filtered(lambda one: one.state == "sending"):
            payment._set_failed(
                self.env._("The server stopped while the provider was being asked."), unknown=True
            )
