"""The link of a reminder: it opens the cart, and counts."""

import re

from werkzeug.exceptions import NotFound

from odoo.http import request, route
from odoo.tools import consteq

from odoo.addons.website_sale.controllers.cart import Cart


class RemindedCart(Cart):
    @route()
    def cart(self, id=None, access_token=None, revive_method="", **post):
        """Override of `website_sale`: on another device the reminder's link opens the cart at once.

        Core shows an empty cart there, with a question that only makes sense beside a cart with
        something in it; and whoever merges a cart with itself has it cancelled. Both carts in one
        are checked against today's stock and prices. The link of a test opens the visitor's own
        cart: the one that the test shows is a customer's.

        :raise NotFound: the id is no number, or the link is wrong
        """
        reminder = post.pop("reminder", None)
        if reminder == "test":
            return super().cart(**post)
        if id and access_token and request.website.send_abandoned_cart_email:
            cart_sudo = self._get_reminded_cart(id, access_token)
            if cart_sudo.website_id == request.website:
                if not self._is_prefetched():
                    cart_sudo._note_cart_reminder_click(self._to_id(reminder))
                if cart_sudo.state == "draft":
                    revive_method = self._resume_cart(cart_sudo, revive_method)
        # by name: other overrides of core take keyword arguments only
        return super().cart(id=id, access_token=access_token, revive_method=revive_method, **post)

    def _get_reminded_cart(self, id_, access_token):
        """Return the cart that a link opens.

        :raise NotFound: the id is no number, or the token is not the cart's
        """
        # sudo: the token in the link is compared before anything is shown or done.
        cart_sudo = request.env["sale.order"].sudo().browse(self._to_id(id_)).exists()
        # as bytes: letters that are not ASCII are no error, but wrong
        if not consteq((cart_sudo.access_token or "").encode(), access_token.encode()):
            raise NotFound()
        return cart_sudo

    def _to_id(self, text):
        """Return the number in a part of a link; nothing if it is none that a record can have."""
        return int(text) if re.fullmatch("[0-9]{1,9}", str(text)) else None

    def _resume_cart(self, cart_sudo, revive_method):
        """Bring the cart, alone or with the visitor's own, up to date.

        :param sale.order cart_sudo: the cart in the link
        :param str revive_method: what the visitor has chosen: "", "squash" or "merge"
        :return: what is left to core: "squash" to show the cart, "" to ask
        :rtype: str
        """
        current_sudo = request.cart
        if revive_method == "merge" and current_sudo.order_line and current_sudo != cart_sudo:
            cart_sudo._merge_cart(current_sudo)
            return "squash"
        if revive_method == "squash" or not current_sudo.order_line or current_sudo == cart_sudo:
            cart_sudo._refresh_cart()
            return "squash"
        return revive_method

    def _is_prefetched(self):
        """Return whether the page is loaded by a machine that looks where the link leads."""
        headers = request.httprequest.headers
        purpose = headers.get("Sec-Purpose", "") + headers.get("Purpose", "")
        return (
            request.httprequest.method == "HEAD"
            or "prefetch" in purpose
            or "preview" in purpose
            or headers.get("Sec-Fetch-Dest", "document") != "document"
            or request.env["ir.http"].is_a_bot()
        )
