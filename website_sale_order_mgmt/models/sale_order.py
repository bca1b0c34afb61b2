"""The way of a web order, from the cart to the invoice, in the order in which it happens.

Each hook into core is a few lines here; what it does lives in the file of its capability.
"""

from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # === 1. CART === #

    # `sale_order_cart_activity.py` notes when the customer touches the cart. One that is left is
    # reminded by the cron of `website_cart_recovery.py`: `sale_order_cart_recovery.py` decides and
    # books, `sale_order_cart_reminder.py` writes, `sale_order_cart_resume.py` opens it again.

    # === 2. CHECKOUT === #

    def action_quotation_sent(self):
        """Override of `sale`: the customer has gone through the checkout, payment to follow.

        Core calls this without tracking; the salesperson hears of the order nevertheless.
        """
        tracking_off = self.env.context.get("mail_notrack", False)
        self.with_context(tracking_disable=tracking_off)._assign_web_orders()
        self._note_recovered_carts()
        return super().action_quotation_sent()

    # === 3. PAYMENT === #

    # `payment_transaction.py` post-processes each payment once. The money that is there confirms
    # the order (core) and queues its invoice (6). Until then the order waits, with its goods if the
    # provider wants that: `sale_order_unpaid.py`. One whose money does not come ends in
    # `sale_order_unpaid_end.py`.

    def _send_payment_succeeded_for_order_mail(self):
        """Override of `website_sale`: with a part of the money, too, the checkout is done.

        Orders that wait for their money have a mail of their own.
        """
        self._assign_web_orders()
        others = self._send_unpaid_mails()
        return super(SaleOrder, others)._send_payment_succeeded_for_order_mail()

    # === 4. CONFIRMATION === #

    def action_confirm(self):
        """Override of `website_sale`: web orders are assigned, and sold under today's terms.

        What was withdrawn from before does not leave.
        """
        self._assign_web_orders()
        self._note_recovered_carts()
        self._fix_shop_invoicing_policy()
        withdrawn = self._filter_withdrawn()
        result = super().action_confirm()
        self.order_line._freeze_return_terms()
        withdrawn._begin_withdrawn_returns()
        # Confirmed with or without the money: only what was reserved for it goes on waiting.
        self.filtered(lambda order: not order.unpaid_reserved)._stop_unpaid_wait()
        self._note_scarce_shortages()
        self._queue_shop_invoicing_of_confirmation()
        return result

    def _action_cancel(self):
        """Override of `sale`: money for a cancelled order is somebody's task, withdrawals end."""
        self._stop_unpaid_wait()
        self.filtered("shop_shortage").shop_shortage = False
        result = super()._action_cancel()
        self._report_shop_attention()
        # sudo: whoever cancels need not see returns; they end where there is no money to go back.
        self.sudo().return_ids._end_refunded_withdrawals()
        return result

    # === 5. DELIVERY === #

    # The order's transfers tell the customer when they leave: `stock_picking.py`.

    # === 6. INVOICE === #

    # `sale_order_invoicing_policy.py` says when, and queues the order: with the payment, the
    # confirmation or the delivery. The cron works through the queue in `sale_order_invoicing.py`:
    # `sale_order_invoicing_content.py` says what is invoiced, `sale_order_invoicing_make.py` makes
    # it.

    # === 7. RETURN === #

    # What customers send back is a record of its own, from the request to the money:
    # `sale_order_return.py`, with its steps in `sale_order_return_steps.py`. How much can come back
    # is counted by `sale_order_line_return.py`.
