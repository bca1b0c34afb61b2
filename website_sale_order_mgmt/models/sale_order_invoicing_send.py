"""Invoices of web orders: sent through core's pipeline, once they are posted and paid."""

from odoo import models

from ..tools import work_queue


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # === BUSINESS METHODS === #

    def _send_shop_invoices(self):
        """Make the PDFs of the orders' invoices and write their e-mails; these leave by the queue.

        All PDFs of a batch are made by one process, as core's pipeline does it. An invoice whose
        customer has no address holds up nobody. What leaves by other ways has a queue of its own.
        """
        # Whoever sends one of them at this moment, at a customer's request, goes on with it.
        invoices = self._get_shop_invoices_to_send().try_lock_for_update()
        invoices._reconcile_shop_payments()
        silent = invoices._filtered_without_shop_address()
        orders = silent.line_ids.sale_line_ids.order_id & self
        for order in orders:
            order._shop_invoicing_failed((silent & order.invoice_ids)[0]._get_shop_address_error())
        alone = (invoices - silent)._filtered_sent_alone()
        alone._queue_shop_send()
        (invoices - silent - alone)._send_shop_invoices()
        (self - orders).write(work_queue.done_vals("shop_invoicing"))
        work_queue.trigger(self.env, work_queue.MAIL_QUEUE_CRON)

    def _get_shop_invoices_to_send(self):
        """Return the posted invoices of these orders that were not sent, and what waits to be.

        Credit notes are sent by themselves only when they say so. What has a queue of its own is
        left to it.

        :rtype: account.move
        """
        return self.invoice_ids.filtered(
            lambda move: (
                move.state == "posted"
                and not move.is_move_sent
                and move.shop_send_state in (False, "failed")
                and (move.move_type == "out_invoice" or move.shop_send_state)
                and move._is_ready_to_be_sent()
            )
        )

    def _shop_invoicing_failed(self, error):
        """Note it on the invoices, too, that were made and could not be sent.

        :param Exception error: what went wrong
        """
        super()._shop_invoicing_failed(error)
        self._get_shop_invoices_to_send().write(
            {"shop_send_state": "failed", "shop_send_error": self.shop_invoicing_error}
        )
