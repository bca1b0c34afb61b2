"""Refunds that no provider makes: somebody transfers the money, and confirms a payment."""

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from ..tools import work_queue

TRANSFER_ACTIVITY = "website_sale_order_mgmt.mail_activity_type_refund_transfer"


class SaleOrderRefundPayment(models.Model):
    _inherit = "sale.order.refund.payment"

    # === FIELDS === #

    account_payment_id = fields.Many2one(
        comodel_name="account.payment",
        string="Transfer",
        help="The payment to confirm when the money was transferred.",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    # === ACTION METHODS === #

    def action_transferred(self):
        """Confirm that the money was transferred, which books it.

        :raise AccessError: the user does not refund web orders
        :raise UserError: the company has no bank to book it in
        """
        for payment in self._take("manual"):
            if payment.account_payment_id.state not in ("draft", "in_process", "paid"):
                payment._plan_transfer()
            if not payment.account_payment_id:
                raise UserError(self.env._("Make a bank journal first: it books the transfer."))
            if payment.account_payment_id.state == "draft":
                payment.account_payment_id.action_post()
            else:
                payment._transferred()

    def action_by_hand(self):
        """Leave it to people to transfer what a provider has refused to refund.

        :raise AccessError: the user does not refund web orders
        :raise UserError: the provider may have refunded it
        """
        payments = self._take("failed")
        if payments.filtered("is_unknown"):
            raise UserError(self.env._("Look first whether the provider has refunded it."))
        payments.write({"state": "manual", "by_hand_reason": "failed", "error": False})
        payments._plan_transfers()

    # === BUSINESS METHODS === #

    def _plan_transfers(self):
        """Give somebody the task to transfer the money, with a payment to confirm."""
        for payment in self:  # Each is a task of its own.
            payment._plan_transfer()
            payment.order_id.activity_schedule(
                TRANSFER_ACTIVITY,
                summary=self.env._(
                    "Transfer %(amount)s to %(partner)s",
                    amount=payment.currency_id.format(payment.amount),
                    partner=payment.partner_id.name,
                ),
                note=payment.statement_id.name,
                user_id=(payment.statement_id.user_id or self.env.user).id,
            )

    def _plan_transfer(self):
        """Make the draft of the payment that books the transfer."""
        self.ensure_one()
        journals = self.env["account.journal"]
        domain = Domain(journals._check_company_domain(self.company_id))
        domain &= Domain("type", "=", "bank")
        domain &= Domain("outbound_payment_method_line_ids", "!=", False)
        journal = journals.search(domain, limit=1)
        if not journal:
            return
        payments = self.env["account.payment"].with_company(self.company_id)
        self.account_payment_id = payments.create(
            {
                "payment_type": "outbound",
                "partner_type": "customer",
                "partner_id": self.order_id.partner_invoice_id.commercial_partner_id.id,
                "amount": self.amount,
                "currency_id": self.currency_id.id,
                "journal_id": journal.id,
                "payment_method_line_id": journal.outbound_payment_method_line_ids[:1].id,
                "memo": f"{self.order_id.name} {self.statement_id.name}",
                "invoice_ids": [Command.set(self.statement_id.credit_note_ids.ids)],
            }
        )

    def _transferred(self):
        """Note that the money was transferred: its payment is booked."""
        for payment in self.filtered(lambda one: one.state == "manual"):
            booked, source = payment.account_payment_id, payment.source_transaction_id
            notes = payment.statement_id.credit_note_ids
            if source:
                # It counts as given back by the way it came, and is not asked of it again.
                refund = source._create_child_transaction(
                    payment.amount,
                    is_refund=True,
                    refund_payment_id=payment.id,
                    payment_id=booked.id,
                    invoice_ids=[Command.set(notes.ids)],
                )
                booked.payment_transaction_id = refund
                refund._set_done()
            else:
                payment._set_done()
            # Without a credit note it is the customer's own payment that went back.
            payment.statement_id._reconcile(booked.move_id | (notes or source.payment_id.move_id))

    def _set_done(self):
        """Override: nobody transfers any more what is back, also where the provider made it."""
        by_hand = self.filtered(lambda one: one.state == "manual")
        super()._set_done()
        drafts = by_hand.account_payment_id.filtered(lambda one: one.state == "draft")
        drafts.action_cancel()
        for payment in by_hand:  # Each has a task of its own.
            tasks = payment.order_id.activity_search([TRANSFER_ACTIVITY])
            tasks.filtered(
                lambda task, payment=payment: payment.statement_id.name in (task.note or "")
            )[:1].action_feedback()

    def _give_back_to_cards(self):
        """Give back to gift cards and eWallets what was paid with them."""
        for payment in self.filtered("means_line_id"):
            line = payment.means_line_id
            left = -line.price_total - sum(
                payment.order_id.refund_payment_ids.filtered(
                    lambda one, line=line: one.means_line_id == line and one.state == "done"
                ).mapped("order_amount")
            )
            # Core gives the card what its line costs less, with an entry in its history.
            line.points_cost -= line.points_cost * payment.order_amount / left if left else 0.0
            payment._set_done()


class AccountPayment(models.Model):
    _inherit = "account.payment"

    refund_payment_ids = fields.One2many(
        comodel_name="sale.order.refund.payment",
        inverse_name="account_payment_id",
        string="Refunds of Web Orders",
        readonly=True,
    )

    def action_post(self):
        """Override of `account`: a confirmed transfer is a refund that was made."""
        # sudo: whoever confirms the payment need not see refunds; it is its own.
        waiting = self.sudo().refund_payment_ids.filtered(lambda one: one.state == "manual")
        ours = waiting.account_payment_id.with_env(self.env)
        result = super(AccountPayment, self - ours).action_post()
        if ours:
            # An entry to reconcile the credit note with, also where the journal has no account.
            super(AccountPayment, ours.with_context(force_payment_move=True)).action_post()
            waiting._transferred()
            work_queue.trigger(self.env, "payment.cron_post_process_payment_tx")
        return result
