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
        for line in self._get_cart_goods():
            if line.exists():  # An option goes with what it belongs to.
                cart._cart_update_line_quantity(line.id, cart._get_quantity_there(line))
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

    def _get_quantity_there(self, line):
        """Return how much of a line is asked for; of a combo, not more than there is of its parts.

        Core's cart looks at the stock of everything else by itself.

        :param sale.order.line line: a line of this cart
        :rtype: float
        """
        quantity = line.product_uom_qty
        for part in line.linked_line_ids.filtered("combo_item_id"):
            there, warning = self._verify_updated_quantity(
                part, part.product_id.id, quantity, uom_id=part.product_uom_id.id
            )
            if there < quantity:
                quantity = max(there, 0.0)
                (line if quantity else self).shop_warning = warning
        return quantity

    def _get_cart_goods(self):
        """Return the lines of what the customer has chosen: no delivery, discounts, combos' parts.

        :rtype: sale.order.line
        """
        return self.website_order_line.filtered(
            lambda line: (
                line.product_id
                and not line.is_delivery
                and not line.combo_item_id
                and not line._is_discount_line()
            )
        )

    def _get_simple_cart_lines(self):
        """Return the lines that stand for themselves: of the goods, no combos or options.

        :rtype: sale.order.line
        """
        return self._get_cart_goods().filtered(
            lambda line: (
                line.product_id.type != "combo"
                and not line.linked_line_id
                and not line.linked_line_ids
                and not line.product_custom_attribute_value_ids
            )
        )
