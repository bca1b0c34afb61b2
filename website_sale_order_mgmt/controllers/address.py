"""The address in the checkout: whose customer somebody is who buys for the first time."""

from odoo.addons.website_sale.controllers.main import WebsiteSale


class CheckoutAddress(WebsiteSale):
    def _complete_address_values(self, address_values, *args, order_sudo=False, **kwargs):
        """Override of `website_sale`: new contacts have no salesperson of their own yet.

        Core gives each of them the website's, which cannot be told from one that a person chose.
        Where nobody asks for the customer's own salesperson, it stays.
        """
        super()._complete_address_values(address_values, *args, order_sudo=order_sudo, **kwargs)
        if order_sudo and order_sudo.website_id._asks_for_own_salesperson():
            address_values.pop("user_id", None)
