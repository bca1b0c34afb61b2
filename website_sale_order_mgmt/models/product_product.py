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

    @api.depends_context("warehouse_id", "shop_taken_except", "allowed_company_ids")
    def _compute_shop_taken_qty(self):
        """One query for all the products of a page.

        Only what core promises nobody twice counts: storable products that are not to be sold when
        they are out of stock. Of kits, as many are taken as cannot be put together any more.
        """
        self.shop_taken_qty = 0.0
        scarce = self.filtered(
            lambda product: product.is_storable and not product.allow_out_of_stock_order
        )
        if not scarce:
            return
        kits = scarce._origin._get_shop_parts()
        parts = [part for kit in kits.values() for part in kit]
        taken = scarce._origin.union(*parts)._get_shop_taken_goods()
        for product in scarce:
            if consists_of := kits.get(product._origin):
                left = min(
                    (part.free_qty - taken[part]) // of_it for part, of_it in consists_of.items()
                )
                product.shop_taken_qty = max(product.free_qty - max(left, 0.0), 0.0)
            else:
                product.shop_taken_qty = taken[product._origin]

    # === BUSINESS METHODS === #

    def _get_shop_taken_goods(self):
        """Return what orders that have not reserved it take of these products, kits opened.

        :return: product -> quantity, in its unit
        :rtype: dict[product.product, float]
        """
        wanted = Domain("product_id", "in", self.ids)
        if "mrp.bom" in self.env:
            wanted |= Domain("product_id.is_kits", "=", True)
        lines = self.env["sale.order.line"]._read_group(
            wanted & Domain("order_id", "any", self._get_shop_taking_domain()),
            ["product_id", "product_uom_id"],
            ["product_uom_qty:sum"],
        )
        ordered = defaultdict(float)
        for product, uom, quantity in lines:
            ordered[product] += uom._compute_quantity(
                quantity, product.uom_id, rounding_method="HALF-UP"
            )
        return defaultdict(float, self._take_kits_apart(ordered))

    @api.model
    def _get_shop_taking_domain(self):
        """Return the domain of the orders that take stock without having reserved it.

        The context names the warehouse, and an order to leave out. Without a warehouse all of the
        companies at work count, as in core's `free_qty`.

        :rtype: Domain
        """
        paying = Domain("state", "in", ("draft", "sent")) & Domain("shop_paying_until", ">", "now")
        waiting = Domain(
            [("state", "=", "sent"), ("website_id.shop_waiting_takes_stock", "=", True)]
        ) & (Domain("unpaid_expiry_date", "=", False) | Domain("unpaid_expiry_date", ">", "now"))
        taking = Domain("website_id", "!=", False) & (paying | waiting)
        taking &= Domain("company_id", "in", self.env.companies.ids)
        if warehouse_id := self.env.context.get("warehouse_id"):
            taking &= Domain("warehouse_id", "=", warehouse_id)
        if order_id := self.env.context.get("shop_taken_except"):
            taking &= Domain("id", "!=", order_id)
        return taking
