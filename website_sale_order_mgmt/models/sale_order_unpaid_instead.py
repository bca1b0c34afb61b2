"""Orders that wait for a transfer, paid online instead from their page: it is replaced."""

from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # === BUSINESS METHODS === #

    def _get_amount_to_pay_instead(self):
        """Return what the customer can pay online now, instead of the transfer that was promised.

        Nothing where core offers a payment already, where an invoice is to be paid, or while a
        payment is being processed.

        :return: the amount, in the order's currency
        :rtype: float
        """
        self.ensure_one()
        # sudo: customers read neither payments nor invoices; the page has checked their access.
        order = self.sudo()
        offered = order._has_to_be_paid() or order._get_posted_invoices("out_invoice")
        if offered or order._is_payment_processed() or not order._is_waiting_for_money():
            return 0.0
        return order._get_unpaid_amount() if order._get_online_providers() else 0.0

    def _get_online_providers(self):
        """Return the providers by which what is missing of the order can be paid at once.

        :rtype: payment.provider
        """
        self.ensure_one()
        # sudo: as core's own page does; only which providers there are is told.
        providers = self.env["payment.provider"].sudo()
        compatible = providers._get_compatible_providers(
            self.company_id.id,
            self.partner_id.id,
            self._get_unpaid_amount(),
            currency_id=self.currency_id.id,
            sale_order_id=self.id,
            website_id=self.website_id.id,
        )
        # The page shows the order as superuser, to whom core gives unpublished ones, too.
        return compatible.filtered(
            lambda provider: provider.is_published and provider.code != "custom"
        )

    def _cancel_replaced_transfers(self):
        """Cancel the transfers that nobody waits for any more: the money came another way."""
        transfers = self.transaction_ids.filtered(
            lambda tx: tx.state == "pending" and tx.provider_id.unpaid_orders_wait
        )
        replaced = transfers.filtered(
            lambda tx: all(order._is_paid_in_full() for order in tx.sale_order_ids)
        )
        if replaced:
            message = self.env._("The order was paid by other means.")
            replaced._set_canceled(state_message=message)
            replaced._post_process()
