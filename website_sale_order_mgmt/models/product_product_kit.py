"""Kits (of `mrp`, where it is installed): what they take of the stock is their parts."""

from collections import defaultdict

from odoo import api, models
from odoo.tools import float_is_zero


class ProductProduct(models.Model):
    _inherit = "product.product"

    # === BUSINESS METHODS === #

    def _get_shop_parts(self):
        """Return what one of each kit among these products consists of, kits in kits opened.

        :return: kit -> part -> quantity, in the part's unit; storable parts only
        :rtype: dict[product.product, dict[product.product, float]]
        """
        if "mrp.bom" not in self.env or not self:
            return {}
        # sudo: quantities only; neither customers nor salespeople read bills of materials.
        boms = self.env["mrp.bom"].sudo()
        found = boms._bom_find(self, company_id=self.env.company.id, bom_type="phantom")
        kits = {}
        for kit in self:
            if not (bom := found[kit]):
                continue
            made = bom.product_uom_id._compute_quantity(bom.product_qty, kit.uom_id, round=False)
            parts = defaultdict(float)
            for line, values in bom.explode(kit, 1.0)[1]:
                part = line.product_id.sudo(self.env.su)  # Back to the caller's own rights.
                quantity = line.product_uom_id._compute_quantity(
                    values["qty"], part.uom_id, round=False
                )
                if part.is_storable and not float_is_zero(
                    quantity, precision_rounding=part.uom_id.rounding
                ):
                    parts[part] += quantity / made
            kits[kit] = dict(parts)
        return kits

    def _get_shop_goods(self):
        """Return what is in the stock of these products: themselves, and the parts of kits.

        :rtype: product.product
        """
        parts = [part for kit in self._get_shop_parts().values() for part in kit]
        return self.union(*parts)

    @api.model
    def _take_kits_apart(self, quantities):
        """Return quantities of products with each kit's parts in its place.

        :param dict quantities: product -> quantity, in its unit
        :rtype: dict[product.product, float]
        """
        kits = self.union(*quantities)._get_shop_parts()
        result = defaultdict(float)
        for product, quantity in quantities.items():
            for part, of_it in kits.get(product, {product: 1.0}).items():
                result[part] += of_it * quantity
        return result
