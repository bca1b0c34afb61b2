"""The goods of a return's line: what belongs to it, and what of that has come back."""

from collections import defaultdict

from odoo import models


class SaleOrderReturnLine(models.Model):
    _inherit = "sale.order.return.line"

    # === BUSINESS METHODS === #

    def _get_needed_products(self):
        """Return what comes back for this line: its product, or the parts of the kit.

        :return: product -> quantity in the product's unit
        :rtype: dict[product.product, float]
        """
        self.ensure_one()
        sale_line, unit = self.sale_line_id, self.product_uom_id
        parts = self._get_kit_parts()
        quantity = unit._compute_quantity(
            self.quantity, self.product_id.uom_id, rounding_method="HALF-UP"
        )
        if not parts:
            return {sale_line.product_id: quantity}
        return {product: each * quantity for product, each in parts.items()}

    def _get_received_quantity(self, done):
        """Return how much of this line has come back; of kits, only those that are complete.

        :param stock.move done: the moves of the return that are done
        :return: in the unit of the order line
        :rtype: float
        """
        self.ensure_one()
        received = defaultdict(float)
        for move in done.filtered(lambda move: move.sale_line_id == self.sale_line_id):
            received[move.product_id] += move.product_uom._compute_quantity(
                move.quantity, move.product_id.uom_id, rounding_method="HALF-UP"
            )
        parts = self._get_kit_parts() or {self.product_id: 1.0}
        quantity = min(received[product] / each for product, each in parts.items())
        if self._get_kit_parts():
            quantity = float(int(quantity + 1e-6))
        return self.product_id.uom_id._compute_quantity(
            quantity, self.product_uom_id, rounding_method="HALF-UP"
        )

    def _get_kit_parts(self):
        """Return what one of the product consists of, where it was delivered as a kit.

        :return: product -> quantity in the part's unit, for one in the product's unit; empty if the
            product is none
        :rtype: dict[product.product, float]
        """
        self.ensure_one()
        moves = self.sale_line_id._get_handed_over_moves()
        # Only where Manufacturing is installed.
        if "bom_line_id" not in moves._fields or not moves.bom_line_id:
            return {}
        parts = self.sale_line_id._get_bom_component_qty(self._get_kit_bom(moves))
        products = self.env["product.product"]
        return {products.browse(product): part["qty"] for product, part in parts.items()}

    def _get_kit_bom(self, moves):
        """Return the bill of materials that the kit left by; it may be archived or replaced by now.

        As core counts what was delivered: of kits that consist of kits alone it is today's.

        :param stock.move moves: the parts that were handed over
        :rtype: mrp.bom
        """
        product, boms = self.product_id, moves.bom_line_id.bom_id
        used = boms.filtered(
            lambda bom: (
                bom.type == "phantom"
                and bom.product_tmpl_id == product.product_tmpl_id
                and bom.product_id in (product, product.browse())
            )
        )
        if used:
            return used[0]
        found = boms._bom_find(product, company_id=self.company_id.id, bom_type="phantom")
        return found[product]
