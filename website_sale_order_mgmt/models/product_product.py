"""Products: what orders that wait, or are being paid, take of the stock that the shop offers."""

from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain


class ProductProduct(models.Model):
    _inherit = "product.product"

    # === FIELDS === #

    shop_taken_qty = fields.Float(
        string="Taken by Web Orders",
        help="In orders that are being paid, or wait for their money, and have not reserved it.",
        digits="Product Unit",
        compute="_compute_shop_taken_qty",
        compute_sudo=True,
    )

    # === COMPUTE METHODS === #

    @api.depends_context("warehouse_id", "shop_taken_except")
    def _compute_shop_taken_qty(self):
        """One query for all the products of a page.

        Only what core promises nobody twice counts: storable products that are not to be sold when
        they are out of stock.
        """
        self.shop_taken_qty = 0.0
        scarce = self.filtered(
            lambda product: product.is_storable and not product.allow_out_of_stock_order
        )
        if not scarce:
            return
        lines = self.env["sale.order.line"]._read_group(
            Domain("product_id", "in", scarce.ids)
            & Domain("order_id", "any", self._get_shop_taking_domain()),
            ["product_id", "product_uom_id"],
            ["product_uom_qty:sum"],
        )
        taken = defaultdict(float)
        for product, uom, quantity in lines:
            taken[product.id] += uom._compute_quantity(
                quantity, product.uom_id, rounding_method="HALF-UP"
            )
        for product in scarce:
            product.shop_taken_qty = taken[product._origin.id]

    # === BUSINESS METHODS === #

    @api.model
    def _get_shop_taking_domain(self):
        """Return the domain of the orders that take stock without having reserved it.

        The context names the warehouse (all of the shop's if none), and an order to leave out.

        :rtype: Domain
        """
        paying = Domain("state", "in", ("draft", "sent")) & Domain("shop_paying_until", ">", "now")
        waiting = Domain(
            [("state", "=", "sent"), ("website_id.shop_waiting_takes_stock", "=", True)]
        ) & (Domain("unpaid_expiry_date", "=", False) | Domain("unpaid_expiry_date", ">", "now"))
        taking = Domain("website_id", "!=", False) & (paying | waiting)
        if warehouse_id := self.env.context.get("warehouse_id"):
            taking &= Domain("warehouse_id", "=", warehouse_id)
        if order_id := self.env.context.get("shop_taken_except"):
            taking &= Domain("id", "!=", order_id)
        return taking
