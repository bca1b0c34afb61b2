"""Transactions and refunds: what a payment can still give back, and what became of a request."""

from odoo import fields, models

from .payment_transaction import END_STATES


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    # === FIELDS === #

    refund_payment_id = fields.Many2one(
        comodel_name="sale.order.refund.payment",
        string="Part of a Refund",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    # === CONSTRAINTS AND INDEXES === #

    # Whatever happens: no second request of a refund while one may still come to something.
    _refund_payment_uniq = models.UniqueIndex(
        "(refund_payment_id) WHERE state IN ('draft', 'pending')",
        "This refund is being made already.",
    )

    # === BUSINESS METHODS === #

    def _update_state(self, allowed_states, target_state, state_message):
        """Override of `payment`: the refund that a transaction belongs to follows it."""
        changed = super()._update_state(allowed_states, target_state, state_message)
        # sudo: providers' notifications come without a user; the refund follows its own request.
        changed.sudo().refund_payment_id._follow()
        return changed

    def _create_payment(self, **extra_create_values):
        """Override of `account_payment`: without a credit note a refund settles what was paid."""
        payment = super()._create_payment(**extra_create_values)
        if self.refund_payment_id and not self.invoice_ids:
            paid = self.source_transaction_id.payment_id
            self.refund_payment_id.statement_id._reconcile(payment.move_id | paid.move_id)
        return payment

    def _get_refund_given_back(self):
        """Return what went back of a payment, or is going to: done, pending, failed or by hand.

        :return: in the transaction's currency
        :rtype: float
        """
        self.ensure_one()
        others = self.child_transaction_ids.filtered(
            lambda tx: (
                tx.operation == "refund" and tx.state not in END_STATES and not tx.refund_payment_id
            )
        )
        ours = self.env["sale.order.refund.payment"].search(
            [("source_transaction_id", "=", self.id), ("state", "!=", "cancelled")]
        )
        return sum(ours.mapped("amount")) - sum(others.mapped("amount"))

    def _get_refund_support(self):
        """Return how the provider and the method of a payment refund: the lesser of both.

        :return: `partial`, `full_only` or `none`
        :rtype: str
        """
        self.ensure_one()
        method = self.payment_method_id.primary_payment_method_id or self.payment_method_id
        supports = {self.provider_id.support_refund or "none", method.support_refund or "none"}
        if self.provider_id.state == "disabled" or self.provider_id.unpaid_orders_wait:
            return "none"
        return next(kind for kind in ("none", "full_only", "partial") if kind in supports)
