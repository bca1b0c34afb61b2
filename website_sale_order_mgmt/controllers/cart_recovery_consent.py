"""The box in the checkout by which customers agree to reminders."""

from odoo.http import request, route

from odoo.addons.website_sale.controllers.main import WebsiteSale


class CheckoutConsent(WebsiteSale):
    @route()
    def shop_address_submit(self, *args, cart_recovery_consent=None, **kwargs):
        """Override of `website_sale`: keep what the customer has agreed to, word for word."""
        result = super().shop_address_submit(*args, **kwargs)
        cart_sudo = request.cart
        if cart_recovery_consent and cart_sudo and not cart_sudo._is_anonymous_cart():
            cart_sudo._give_cart_recovery_consent()
        return result
