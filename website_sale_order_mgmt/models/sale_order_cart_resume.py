"""Abandoned carts: opened again, with what is true today."""

from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _refresh_cart(self):
        """Bring a cart that was left up to date: quantities in stock, prices and taxes of today.

        The delivery is to be chosen again. What is no longer there in the wanted quantity says so
        on its line, as ever in the cart. The reminders do not begin anew: machines open links, too.
        """
        self.ensure_one()
        self._verify_cart()
        self._remove_delivery_line()
        cart = self.with_context(skip_cart_verification=True, cart_not_touched=True)
        for line in self._get_simple_cart_lines():
            cart._cart_update_line_quantity(line.id, line.product_uom_qty)
        self._verify_cart_after_update()
        self._recompute_cart()

    def _merge_cart(self, other):
        """Add what is in another cart of the customer to this one, and close the other.

        The same product becomes one line. Delivery and discounts are worked out anew. Core moves
        the lines as they are.

        :param sale.order other: the cart that is merged into this one
        """
        self.ensure_one()
        cart = self.with_context(skip_cart_verification=True)
        simple = other._get_simple_cart_lines()
        for line in simple:
            if line.product_id._is_add_to_cart_allowed():
                cart._cart_add(
                    line.product_id.id,
                    line.product_uom_qty,
                    uom_id=line.product_uom_id.id,
                    no_variant_attribute_value_ids=line.product_no_variant_attribute_value_ids.ids,
                )
        bundled = other.website_order_line.filtered(
            lambda line: line.linked_line_id or line.linked_line_ids or line.combo_item_id
        )
        custom = (other.website_order_line - simple).filtered("product_custom_attribute_value_ids")
        (bundled | custom).write({"order_id": self.id})
        other.action_cancel()
        self._refresh_cart()
        self._touch_cart()

    def _get_simple_cart_lines(self):
        """Return the lines that stand for themselves: no delivery, discounts, combos or options.

        :rtype: sale.order.line
        """
        return self.website_order_line.filtered(
            lambda line: (
                line.product_id
                and line.product_id.type != "combo"
                and not line.is_delivery
                and not line.linked_line_id
                and not line.linked_line_ids
                and not line.combo_item_id
                and not line.product_custom_attribute_value_ids
                and not line._is_discount_line()
            )
        )
