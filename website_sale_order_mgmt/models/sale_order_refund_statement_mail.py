"""What customers hear of their refunds."""

from odoo import models


class SaleOrderRefundStatement(models.Model):
    _name = "sale.order.refund.statement"
    _inherit = ["sale.order.refund.statement", "sale.order.notice.mixin"]
    _notice_cron = "website_sale_order_mgmt.ir_cron_tell_refunds"

    # === ACTION METHODS === #

    def action_retry_notice(self):
        """Tell the customers again about refunds of which they could not be told.

        :raise AccessError: the user does not refund web orders
        """
        self.order_id._check_may_refund()
        # sudo: the right was checked; users have no right to write.
        self.sudo().filtered(lambda one: one.notice_state == "failed")._tell_customer()

    # === BUSINESS METHODS === #

    def _begin(self):
        """Override: the customer is told once the refund is booked."""
        super()._begin()
        self._tell_customer()

    def _tell_customer(self):
        """Have the customers hear how their refunds are made up, once this is committed."""
        self.filtered(lambda one: not one.currency_id.is_zero(one.amount))._queue_notices()

    def _get_notice_template(self):
        """Override: the account of the refund."""
        return self.env.ref("website_sale_order_mgmt.mail_template_refund")
