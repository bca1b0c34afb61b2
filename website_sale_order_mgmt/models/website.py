"""Websites: how each of them treats its orders."""

from odoo import fields, models


class Website(models.Model):
    _inherit = "website"

    # === FIELDS === #

    shop_own_salesperson_first = fields.Boolean(
        string="Customer's Own Salesperson First",
        help="Orders that no rule takes go to the customer's own salesperson, if there is one, and"
        " only then to the website's.",
    )
    shop_waiting_takes_stock = fields.Boolean(
        string="Count Waiting Orders as Taken",
        help="What is in orders that wait for their money is not offered to others, where products"
        " are not sold when they are out of stock. It ends when the order is paid or cancelled.",
    )

    # === BUSINESS METHODS === #

    def _get_product_available_qty(self, product, **kwargs):
        """Override of `website_sale_stock`: what others have taken is not offered."""
        free = super()._get_product_available_qty(product, **kwargs)
        return free - product.with_context(warehouse_id=self.warehouse_id.id).shop_taken_qty
