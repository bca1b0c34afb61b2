"""The page of an order that waits for a transfer: it can be paid online instead."""

from odoo.exceptions import AccessError, MissingError
from odoo.http import route

from odoo.addons.sale.controllers.portal import CustomerPortal


class OrderPaidInsteadPortal(CustomerPortal):
    @route()
    def portal_order_page(self, order_id, access_token=None, payment_amount=None, **kwargs):
        """Override of `sale`: offer what is missing, as core's payment links do."""
        if not payment_amount:
            payment_amount = self._get_amount_to_pay_instead(order_id, access_token)
        return super().portal_order_page(
            order_id, access_token=access_token, payment_amount=payment_amount, **kwargs
        )

    def _get_amount_to_pay_instead(self, order_id, access_token):
        """Return what can be paid online of a waiting order, None without access or need."""
        try:
            order_sudo = self._document_check_access("sale.order", order_id, access_token)
        except (AccessError, MissingError):
            return None  # Core answers.
        return order_sudo._get_amount_to_pay_instead() or None

    def _get_payment_values(self, order_sudo, **kwargs):
        """Override of `sale`: another transfer would replace nothing."""
        values = super()._get_payment_values(order_sudo, **kwargs)
        if order_sudo._get_amount_to_pay_instead():
            online = values["providers_sudo"] & order_sudo._get_online_providers()
            values["providers_sudo"] = online
            values["payment_methods_sudo"] = values["payment_methods_sudo"].filtered(
                lambda method: method.provider_ids & online
            )
        return values
