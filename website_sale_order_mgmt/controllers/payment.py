"""Payments from the order's own page: not twice, as in the shop's checkout."""

from odoo.exceptions import LockError, UserError
from odoo.http import request, route

from odoo.addons.sale.controllers.portal import PaymentPortal


class OrderPaymentPortal(PaymentPortal):
    @route()
    def portal_order_transaction(self, order_id, access_token, **kwargs):
        """Override of `sale`: lock the order and refuse a payment that would be one too many.

        The shop's checkout locks and checks through `_check_cart_is_ready_to_be_paid`.

        :raise UserError: the order is paid, or is being paid at this moment
        :raise ValidationError: its goods are not there any more
        """
        order_sudo = self._document_check_access("sale.order", order_id, access_token)
        try:
            order_sudo.lock_for_update(allow_referencing=True)
        except LockError as error:
            raise UserError(request.env._("Payment is already being processed.")) from error
        order_sudo._check_not_paid_yet()
        if order_sudo.website_id and order_sudo.state in ("draft", "sent"):
            order_sudo._take_scarce_products()
        return super().portal_order_transaction(order_id, access_token, **kwargs)
