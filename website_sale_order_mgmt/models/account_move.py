"""Invoices: what has been paid on them, and what waited for it."""

from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def _post(self, soft=True):
        """Override of `sale`: money on the bank statement, or captured by hand, pays it, too.

        Core reconciles an order's payments with its invoice only as long as they are in process,
        and looks for them on the order's own transactions, not on their captures.
        """
        posted = super()._post(soft)
        for invoice in posted.filtered(lambda move: move.move_type == "out_invoice"):
            # sudo: whoever posts the invoice may not read transactions; these are its own.
            payments = invoice.sudo().transaction_ids._get_shop_received_payments()
            lines = payments.move_id.line_ids.filtered(
                lambda line: line.account_type == "asset_receivable" and not line.reconciled
            )
            for line in lines:
                invoice.js_assign_outstanding_line(line.id)
        return posted

    def _invoice_paid_hook(self):
        """Override of `account`: what waited for this money goes on."""
        result = super()._invoice_paid_hook()
        # sudo: whoever registers the payment need not be allowed to change orders and transfers.
        self.sudo().invoice_line_ids.sale_line_ids.order_id._end_unpaid_wait()
        return result

    def _get_shop_payments(self):
        """Return the payments that an invoice or a credit note is reconciled with.

        Invoices and credit notes that settle one another are no payments. A payment without a
        journal entry (its journal has no outstanding account) is one that core matches directly.

        :return: (currency, amount, date, the payment's transaction) of each
        :rtype: list[tuple]
        """
        self.ensure_one()
        payments = []
        is_refund = self.move_type == "out_refund"
        lines = self.line_ids.filtered(lambda line: line.display_type == "payment_term")
        for partial in lines.matched_debit_ids if is_refund else lines.matched_credit_ids:
            other = (partial.debit_move_id if is_refund else partial.credit_move_id).move_id
            if other.is_invoice():
                continue
            amount = partial.credit_amount_currency if is_refund else partial.debit_amount_currency
            transaction = other.origin_payment_id.payment_transaction_id
            payments.append((self.currency_id, amount, partial.max_date, transaction))
        for payment in self.matched_payment_ids.filtered(lambda payment: not payment.move_id):
            if payment.state in ("in_process", "paid"):
                transaction = payment.payment_transaction_id
                payments.append((payment.currency_id, payment.amount, payment.date, transaction))
        return payments

    def _get_shop_rate(self, currency, date):
        """Return the factor from a currency into the invoice's, on a day."""
        if currency == self.currency_id:
            return 1.0
        return self.env["res.currency"]._get_conversion_rate(
            currency, self.currency_id, self.company_id, date
        )
