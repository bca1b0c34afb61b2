"""Payments: post-processed once, without making the customer wait for the invoice."""

from odoo import api, models
from odoo.tools import SQL

END_STATES = ("cancel", "error")  # Of a payment or refund that moves no money.


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _post_process(self):
        """Override of `payment`: each state of a transaction is post-processed once.

        The customer's page polls, the provider calls and a cron comes by, possibly at the same
        time: whoever is second waits for the first here. If the first one finished, PostgreSQL
        refuses the lock with a serialization failure and the caller rolls back and looks again.
        Core makes `is_post_processed` false again when the state changes.
        """
        if self.ids:
            # lock_for_update() would raise instead of waiting, and its error is shown to customers.
            self.env.cr.execute(
                SQL(
                    "SELECT 1 FROM payment_transaction WHERE id IN %s ORDER BY id"
                    " FOR NO KEY UPDATE",
                    tuple(self.ids),
                )
            )
        todo = self.filtered(lambda tx: not tx.is_post_processed)
        promised = todo.filtered(lambda tx: tx.state == "pending")
        for tx in promised:
            tx.sale_order_ids._begin_unpaid_wait(tx.provider_id)
        came = todo.filtered(lambda tx: tx.state in ("authorized", "done"))
        quotations = came.sale_order_ids.filtered(lambda order: order.state in ("draft", "sent"))
        result = super(PaymentTransaction, todo)._post_process()
        quotations._note_underpaid()
        promised.sale_order_ids._reserve_unpaid()
        todo.sale_order_ids._end_unpaid_wait()
        came.sale_order_ids._cancel_replaced_transfers()
        # Who has not paid keeps nothing from others.
        todo.filtered(lambda tx: tx.state in END_STATES).sale_order_ids.shop_paying_until = False
        todo.filtered(
            lambda tx: tx.state == "done"
        ).sale_order_ids._queue_shop_invoicing_of_payment()
        todo.sale_order_ids._report_shop_attention()
        return result

    def _create_payment(self, **extra_create_values):
        """Override of `account_payment`: money that came by bank is booked in its journal.

        Core has no payment method line for wire transfers, nor for what is paid on delivery or on
        site, and refuses the payment without one.
        """
        if self.provider_code == "custom":
            extra_create_values = self._prepare_received_payment_vals() | extra_create_values
            line = self.env["account.payment.method.line"].browse(
                extra_create_values["payment_method_line_id"]
            )
            # An entry to reconcile the invoice with, also where the journal has no such account.
            self = self.with_context(force_payment_move=not line.payment_account_id)
        return super()._create_payment(**extra_create_values)

    def _prepare_received_payment_vals(self):
        """Return where, when and with which memo money that came outside Odoo is booked.

        :return: values of `account.payment`; the context's `shop_payment_vals` come first
        :rtype: dict
        """
        self.ensure_one()
        given = self.env.context.get("shop_payment_vals", {})
        journal = self.env["account.journal"].browse(given.get("journal_id"))
        journal = journal or self.provider_id.journal_id or self._get_bank_journal()
        is_refund = self.amount < 0
        lines = journal[f"{'outbound' if is_refund else 'inbound'}_payment_method_line_ids"]
        return {"journal_id": journal.id, "payment_method_line_id": lines[:1].id} | given

    def _get_bank_journal(self):
        """Return the first bank journal of the transaction's company.

        :rtype: account.journal
        """
        journals = self.env["account.journal"]
        domain = [
            *journals._check_company_domain(self.company_id),
            ("type", "=", "bank"),
            ("inbound_payment_method_line_ids", "!=", False),
        ]
        return journals.search(domain, limit=1)

    def _invoice_sale_orders(self):
        """Override of `sale`: web orders are invoiced by a cron, which is triggered at once.

        Orders that have a policy of their own are left to it.
        """
        of_the_shop = self.filtered(lambda tx: tx.sale_order_ids.website_id)
        of_the_shop.sale_order_ids.filtered(
            lambda order: not order._has_shop_invoicing_policy()
        )._queue_shop_invoicing()
        return super(PaymentTransaction, self - of_the_shop)._invoice_sale_orders()

    def _send_invoice(self):
        """Override of `sale`: what waits in our queue is sent by it, too."""
        of_the_queue = self.filtered(
            lambda tx: {"queued", "failed"} & set(tx.sale_order_ids.mapped("shop_invoicing_state"))
        )
        return super(PaymentTransaction, self - of_the_queue)._send_invoice()

    @api.model
    def _cron_send_invoice(self):
        """Override of `sale`: core's cron, active while anything is invoiced by itself."""
        self.env["sale.order"]._process_shop_invoicing_queue()
        return super()._cron_send_invoice()

    def _is_transfer_awaited(self):
        """Return whether the customer is still to pay: else no page shows a code to pay by.

        :rtype: bool
        """
        self.ensure_one()
        # sudo: for the order's own customer, whose access the page has checked.
        tx = self.sudo()
        return tx.state == "pending" and "cancel" not in tx.sale_order_ids.mapped("state")

    def _get_shop_orders(self):
        """Return the orders that the customer made these payments for.

        Captures and refunds are those of the payment that they belong to.

        :rtype: sale.order
        """
        payments = self
        while sources := payments.source_transaction_id:
            payments = payments.filtered(lambda tx: not tx.source_transaction_id) + sources
        return payments.sale_order_ids

    def _get_shop_received_payments(self):
        """Return the payments of these transactions that count, booked or on their way.

        What was captured by hand is booked on the captures, not on the transaction of the order.

        :rtype: account.payment
        """
        captures = self.child_transaction_ids.filtered(lambda tx: tx.operation != "refund")
        payments = (self | captures).payment_id
        return payments.filtered(lambda payment: payment.state in ("in_process", "paid"))
