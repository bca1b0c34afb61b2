"""The link of a reminder: it opens the cart."""

from werkzeug.exceptions import NotFound

from odoo.http import request, route

from odoo.addons.website_sale.controllers.cart import Cart


class RemindedCart(Cart):
    @route()
    def cart(self, id=None, access_token=None, revive_method="", **post):
        """Override of `website_sale`: on another device the reminder's link opens the cart at once.

        Core shows an empty cart there, with a question that only makes sense beside a cart with
        something in it; and whoever merges a cart with itself has it cancelled. The link is checked
        by core as ever.

        :raise NotFound: the id is no number
        """
        if id and access_token and request.website.send_abandoned_cart_email:
            if not str(id).isdecimal():
                raise NotFound()
            current = request.cart
            if current.id == int(id) or not current.order_line:
                revive_method = "squash"
        # by name: other overrides of core take keyword arguments only
        return super().cart(id=id, access_token=access_token, revive_method=revive_method, **post)
