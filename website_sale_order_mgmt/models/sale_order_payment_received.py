"""Money that came by bank: registered once, and post-processed like an online payment."""

from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

BOOKING_GROUP = "account.group_account_invoice"


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # === COMPUTE METHODS === #

    def _compute_gift_card_count(self):
        """Override of `sale_loyalty`, where it is installed: accountants open web orders, too."""
        # sudo: only how many gift cards were sold with an order that the user may read.
        return super(SaleOrder, self.sudo())._compute_gift_card_count()

    # === ACTION METHODS === #

    def action_payment_received(self):
        """Open the wizard that registers the money received for these orders.

        :raise AccessError: the user does not book payments
        :raise UserError: an order is still a cart, or nothing is missing
        :rtype: dict
        """
        self._check_may_book_payments()
        orders = self.filtered(lambda order: order.website_id and order.state != "draft")
        if not orders:
            raise UserError(self.env._("Choose web orders that have gone through the checkout."))
        if len(orders.company_id) > 1:
            raise UserError(self.env._("Choose orders of one company: they share a bank journal."))
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "website_sale_order_mgmt.sale_order_payment_received_action"
        )
        return action | {"context": {"default_order_ids": orders.ids}}

    # === BUSINESS METHODS === #

    def _check_may_book_payments(self):
        """Keep the money to those who book it, and who may change the orders.

        :raise AccessError: the user is not one of them
        """
        self.check_access("write")
        if not self.env.user.has_group(BOOKING_GROUP):
            raise AccessError(self.env._("Only accountants register payments of customers."))

    def _lock_for_payment(self):
        """Wait for whoever is registering money for these orders, always in the same order.

        If the other one finished, PostgreSQL refuses the lock with a serialization failure, and
        core's `retrying` begins anew with what is true then.
        """
        self.env.cr.execute(
            SQL(
                "SELECT 1 FROM sale_order WHERE id IN %s ORDER BY id FOR NO KEY UPDATE",
                tuple(self.ids),
            )
        )

    def _register_payment_received(self, amount, payment_vals):
        """Book money of the customer: what was promised is done, as if it had come online.

        The promised transaction gets the amount that came. Without one, a transaction is made, so
        that all that asks for the order's payments finds this one: core's confirmation, the pages,
        the invoice, which is reconciled with the payment when it is posted, or here if it is.

        :param float amount: what came, in the order's currency
        :param dict payment_vals: values of the `account.payment`: `date`, `journal_id`, `memo` ...
        :return: the transaction
        :rtype: payment.transaction
        """
        self.ensure_one()
        # sudo: the callers have checked the right to book this order's money.
        order = self.sudo()
        transaction = order._get_promised_transfer()
        if transaction:
            transaction.amount = amount
        else:
            transaction = order._create_received_transaction(amount)
        transaction = transaction.with_context(
            shop_payment_vals=payment_vals, payment_backend_action=True
        )
        transaction._set_done()
        transaction._post_process()
        order._get_posted_invoices("out_invoice")._reconcile_shop_payments()
        return transaction

    def _get_promised_transfer(self):
        """Return the newest transfer that the customer promised for this order alone.

        :rtype: payment.transaction
        """
        self.ensure_one()
        return self.transaction_ids.filtered(
            lambda tx: (
                tx.state == "pending"
                and tx.provider_code == "custom"
                and tx.sale_order_ids == self
                and tx.currency_id == self.currency_id
            )
        ).sorted("id")[-1:]

    def _get_unmatched_payments(self, journal):
        """Return the money of these orders that is booked and on no bank statement yet.

        :param account.journal journal: the bank's
        :rtype: account.payment
        """
        # sudo: called for a bank statement's line; these are the payments of the orders it names.
        orders = self.sudo()
        payments = orders.transaction_ids._get_shop_received_payments()
        payments |= orders.invoice_ids.reconciled_payment_ids
        return payments.filtered(
            lambda payment: (
                payment.journal_id == journal
                and payment.payment_type == "inbound"
                and payment.state in ("in_process", "paid")
                and not payment.is_matched
            )
        ).sorted("id")

    def _create_received_transaction(self, amount):
        """Create the transaction of money that nobody announced.

        :param float amount: what came, in the order's currency
        :rtype: payment.transaction
        """
        self.ensure_one()
        provider = self._get_transfer_provider()
        transactions = self.env["payment.transaction"]
        return transactions.create(
            {
                "provider_id": provider.id,
                "payment_method_id": self.env.ref("payment_custom.payment_method_wire_transfer").id,
                "reference": transactions._compute_reference(provider.code, prefix=self.name),
                "amount": amount,
                "currency_id": self.currency_id.id,
                "partner_id": self.partner_invoice_id.id,
                "operation": "offline",
                "sale_order_ids": [(6, 0, self.ids)],
            }
        )

    def _get_transfer_provider(self):
        """Return the wire transfer provider of the order's company, disabled or not.

        One that nobody sees is made where there is none: transactions need a provider.

        :rtype: payment.provider
        """
        self.ensure_one()
        used = self.unpaid_provider_id | self.transaction_ids.provider_id
        providers = self.env["payment.provider"]
        domain = [("code", "=", "custom"), ("company_id", "=", self.company_id.id)]
        return (
            used.filtered("unpaid_orders_wait")[:1]
            or providers.search([*domain, ("custom_mode", "=", "wire_transfer")], limit=1)
            or providers.create(
                {
                    "name": self.env._("Wire Transfer"),
                    "code": "custom",
                    "custom_mode": "wire_transfer",
                    "company_id": self.company_id.id,
                    "state": "disabled",
                }
            )
        )
