"""What a line of a web order was paid with: the basis of all its refunds."""

from fractions import Fraction

from odoo import fields, models

from ..const import STAFF
from ..tools import refund


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    # === FIELDS === #

    refund_is_frozen = fields.Boolean(readonly=True, copy=False, groups=STAFF)
    refund_sold_quantity = fields.Float(
        string="Quantity Paid",
        help="The quantity when the first refund of the order was made.",
        digits="Product Unit",
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    refund_paid_amount = fields.Monetary(
        string="Price Paid",
        help="What the customer paid for the line, with taxes and its share of all discounts.",
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    refund_gross_amount = fields.Monetary(
        string="Price Before Order Discounts",
        help="The price of the line with taxes, before its share of the discounts on the order.",
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    refund_statement_id = fields.Many2one(
        comodel_name="sale.order.refund.statement",
        string="Refund",
        help="The refund that this line corrects the order for.",
        ondelete="set null",
        index="btree_not_null",
        readonly=True,
        copy=False,
        groups=STAFF,
    )

    # === BUSINESS METHODS === #

    def _prepare_invoice_line(self, **optional_values):
        """Override of `sale`: a refund has so much of the line credited."""
        quantities = self.env.context.get("refund_invoice_quantities") or {}
        if self.id in quantities:
            optional_values = {"quantity": quantities[self.id]} | optional_values
        return super()._prepare_invoice_line(**optional_values)

    def _get_refund_quantity_to_invoice(self):
        """Return how much of the line is to be invoiced or, below zero, credited.

        Core says nothing of cancelled orders; of them, what they still have counts.

        :return: in the line's unit
        :rtype: float
        """
        self.ensure_one()
        if self.display_type:
            return 0.0
        if self.state != "cancel":
            return self.qty_to_invoice
        return float(self._get_refund_quantity(self.product_uom_qty - self.qty_invoiced))

    def _is_refund_means(self):
        """Return whether the line is a payment in other clothes: a gift card or an eWallet.

        :rtype: bool
        """
        self.ensure_one()
        if "reward_id" not in self._fields:
            return False
        return self.reward_id.program_id.program_type in ("gift_card", "ewallet")

    def _prepare_refund_item(self):
        """Return the line as `tools/refund.py` knows it; a line without any price is none.

        :rtype: refund.Item | None
        """
        self.ensure_one()
        total = refund.to_cents(self.price_total, self.currency_id.rounding)
        if self.display_type or self.is_downpayment or self.refund_statement_id or not total:
            return None
        kind = "delivery" if self.is_delivery else "goods"
        return refund.Item(
            self.id,
            "discount" if total < 0 else kind,
            total,
            self._get_refund_quantity(self.product_uom_qty),
            tuple(self.tax_ids.ids),
            self._get_refund_scope() if total < 0 else None,
        )

    def _get_refund_gross(self, quantity):
        """Return the price of a part of the line, before its share of the order's discounts.

        :param fractions.Fraction quantity: in the line's unit
        :return: in whole cents; 0 where it is not known
        :rtype: int
        """
        self.ensure_one()
        frozen = self.refund_is_frozen
        gross = self.refund_gross_amount if frozen else self.price_total
        sold = self._get_refund_quantity(
            self.refund_sold_quantity if frozen else self.product_uom_qty
        )
        cents = refund.to_cents(gross, self.currency_id.rounding)
        return refund.half_up(cents * quantity / sold) if sold else 0

    def _get_refund_scope(self):
        """Return which lines a discount was given on, where that is known.

        :return: ids of lines, or None
        :rtype: frozenset[int] | None
        """
        self.ensure_one()
        if "reward_id" not in self._fields or not self.reward_id:
            return None
        lines = self.order_id.order_line - self
        if self.reward_id.reward_type == "shipping":
            lines = lines.filtered("is_delivery")
        elif self.reward_id.discount_applicability == "specific":
            # As core finds them: the field with the products is empty, unless a parameter is set.
            domain = self.reward_id._get_discount_product_domain()
            products = lines.product_id.filtered_domain(domain)
            lines = lines.filtered(
                lambda line: line.product_id in products and line.tax_ids == self.tax_ids
            )
        elif self.reward_id.discount_applicability == "cheapest":
            lines = self.order_id._cheapest_line(self.reward_id) or lines.browse()
        else:
            return None
        return frozenset(lines.ids) or None

    def _get_refund_quantity(self, quantity):
        """Return a quantity without the noise of binary fractions.

        :param float quantity: in the line's unit
        :rtype: fractions.Fraction
        """
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        return Fraction(str(round(quantity, digits)))
