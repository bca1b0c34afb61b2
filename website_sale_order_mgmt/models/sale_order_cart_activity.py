"""Abandoned carts: since when a cart has been left."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain


class SaleOrder(models.Model):
    _inherit = "sale.order"

    cart_last_activity = fields.Datetime(
        string="Last Activity",
        help="When the customer last changed the cart, or moved on in the checkout. Empty for the"
        " copy of an order, which is no cart until its customer uses it.",
        compute="_compute_cart_last_activity",
        store=True,
        readonly=True,
        copy=False,
    )

    _cart_last_activity_idx = models.Index(
        "(website_id, cart_last_activity) WHERE state = 'draft' AND website_id IS NOT NULL"
    )

    # === COMPUTE METHODS === #

    @api.depends("website_id")
    def _compute_cart_last_activity(self):
        """Begin with the order's date; from then on only the customer moves it."""
        for order in self:
            order.cart_last_activity = order.website_id and (
                order.cart_last_activity or order.date_order
            )

    @api.depends("cart_last_activity", "website_id", "state", "partner_id", "order_line")
    def _compute_abandoned_cart(self):
        """Override of `website_sale`: a cart is abandoned since its customer last touched it.

        Core counts from the day when the cart was begun.
        """
        now = fields.Datetime.now()
        for order in self:
            website = order.website_id
            order.is_abandoned_cart = bool(
                website
                and order.state == "draft"
                and order.cart_last_activity
                and order.cart_last_activity <= now - website._get_cart_abandoned_delay()
                and order.partner_id != website.partner_id
                and order.order_line
            )

    # === SEARCH METHODS === #

    def _search_abandoned_cart(self, operator, value):
        """Override of `website_sale`: as the field says, by the index of the carts."""
        if operator != "in":
            return NotImplemented
        now = fields.Datetime.now()
        websites = self.env["website"].search(Domain.TRUE)
        return (
            Domain("state", "=", "draft")
            & Domain("order_line", "!=", False)
            & Domain.OR(
                Domain("website_id", "=", website.id)
                & Domain("cart_last_activity", "<=", now - website._get_cart_abandoned_delay())
                & Domain("partner_id", "!=", website.partner_id.id)
                for website in websites
            )
        )

    # === CRUD METHODS === #

    def copy(self, default=None):
        """Override of the ORM: what staff duplicate was left behind by nobody.

        As soon as its customer uses the copy in the shop, it is a cart like others.
        """
        copies = super().copy(default)
        copies.filtered("website_id").cart_last_activity = False
        return copies

    # === BUSINESS METHODS === #

    def _touch_cart(self):
        """Note that the customer has just changed these carts, or moved on in the checkout.

        The cart's reminders start anew, from this moment.
        """
        if self.env.context.get("cart_not_touched"):
            return
        carts = self.filtered(lambda order: order.website_id and order.state == "draft")
        if carts:
            carts.write(
                {
                    "cart_last_activity": fields.Datetime.now(),
                    "cart_recovery_email_sent": False,
                    "cart_recovery_skip_reason": False,
                    "cart_recovery_error": False,
                    "cart_recovery_next_try": False,
                }
            )

    def _cart_add(self, *args, **kwargs):
        """Override of `website_sale`: the customer has changed the cart."""
        values = super()._cart_add(*args, **kwargs)
        self._touch_cart()
        return values

    def _cart_update_line_quantity(self, *args, **kwargs):
        """Override of `website_sale`: the customer has changed the cart."""
        values = super()._cart_update_line_quantity(*args, **kwargs)
        self._touch_cart()
        return values

    def _update_address(self, partner_id, fnames=None):
        """Override of `website_sale`: the customer has moved on in the checkout.

        Core also writes the customer, and no address, on the cart that it finds for whoever logs
        in. Where that is the same customer as before, nobody has used the cart.
        """
        addresses = set(fnames or ()) - {"partner_id"}
        moved_on = addresses or (fnames and self.partner_id.id != partner_id)
        result = super()._update_address(partner_id, fnames)
        if moved_on:
            self._touch_cart()
        return result

    def _set_delivery_method(self, *args, **kwargs):
        """Override of `website_sale`: the customer has moved on in the checkout."""
        result = super()._set_delivery_method(*args, **kwargs)
        self._touch_cart()
        return result

    def _check_cart_is_ready_to_be_paid(self):
        """Override of `website_sale`: the customer has pressed the button that pays."""
        result = super()._check_cart_is_ready_to_be_paid()
        self._touch_cart()
        return result


class Website(models.Model):
    _inherit = "website"

    def _get_cart_abandoned_delay(self):
        """Return after what time a cart counts as abandoned: an hour where nothing is set.

        :rtype: datetime.timedelta
        """
        return timedelta(hours=self.cart_abandoned_delay or 1.0)
