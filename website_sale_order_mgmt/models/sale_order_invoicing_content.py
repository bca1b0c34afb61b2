"""What an automatic invoice contains: lines of the order, or a down payment on them."""

from odoo import models
from odoo.tools import float_compare

from ..tools.invoicing import get_down_payment, get_quantity


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # === BUSINESS METHODS === #

    def _get_shop_invoice_content(self, policy):
        """Return what is to be invoiced of the order now.

        - What is paid in full gives an invoice of the lines that may be invoiced, the down payments
          deducted; what is paid in part gives a down payment.
        - What is delivered gives an invoice of what has left, paid or not.
        - No invoice is less than the down payments that it deducts, unless it is the last one.

        :param str policy: the policy to invoice by
        :return: line -> quantity, of down payments to deduct -1; and the amount of a down payment,
            in the order's currency. Empty and 0.0 if there is nothing to invoice.
        :rtype: tuple[dict[sale.order.line, float], float]
        """
        self.ensure_one()
        paid = self._get_shop_amount_kept(policy)
        is_paid = self.currency_id.compare_amounts(paid, self.amount_total) >= 0
        prepaid = "order" if policy == "core" else self.website_id.invoicing_prepaid
        by_delivery = policy == "on_delivery" or not (is_paid or policy in ("core", "on_payment"))
        # Where nothing is shipped, the payment counts in place of the delivery.
        if by_delivery and self._get_shop_shipped_lines():
            due = policy != "on_delivery" or self._is_shop_delivery_due()
            quantities = self._get_shop_quantities(by_delivery=True) if due else {}
            if quantities or policy == "on_delivery":
                return quantities, 0.0
        if prepaid == "order":
            quantities, limit = self._get_shop_quantities(whole=True), self.amount_total
        else:
            quantities = self._get_shop_quantities()
            limit = self._get_shop_limit(quantities)
            if prepaid == "down_payment":
                limit = self.amount_total
                is_paid &= self._is_last_shop_invoice(quantities)
        if is_paid:
            return quantities, 0.0
        invoiced = self._get_shop_amount_on_invoices(self.order_line)
        return {}, self.currency_id.round(get_down_payment(paid, limit, invoiced))

    def _get_shop_amount_kept(self, policy):
        """Return what the customer has paid of the order; with core's switch, as core counts it.

        :rtype: float
        """
        self.ensure_one()
        if policy == "core":
            return self.amount_paid
        return self.currency_id.round(self.shop_amount_received - self.shop_amount_refunded)

    def _get_shop_quantities(self, whole=False, by_delivery=False):
        """Return what of the order's lines may be invoiced now.

        :param bool whole: all that was ordered, delivered or not
        :param bool by_delivery: only what has left of what is shipped
        :return: line -> quantity, of down payments to deduct -1; empty for none
        :rtype: dict[sale.order.line, float]
        """
        self.ensure_one()
        quantities = {}
        shipped = self._get_shop_shipped_lines() if by_delivery else self.order_line.browse()
        for line in self.order_line.filtered(
            lambda line: not line.display_type and not line.is_downpayment
        ):
            ordered, invoiced = line.product_uom_qty, line.qty_invoiced
            core = ordered - invoiced if whole else line.qty_to_invoice
            quantity = get_quantity(
                core, ordered, line.qty_delivered, invoiced, by_delivery=line in shipped
            )
            if quantity:
                quantities[line] = quantity
        for line in [line for line in quantities if line.product_id.type == "combo"]:
            if not any(item in quantities for item in line.linked_line_ids):
                del quantities[line]
        return self._limit_shop_quantities(quantities)

    def _limit_shop_quantities(self, quantities):
        """Return the quantities, less what makes no invoice yet, with the down payments to deduct.

        Core, too, sends no invoice of nothing but fees and discounts while the goods wait. A
        discount that is greater than the goods beside it waits for more of them.

        :rtype: dict[sale.order.line, float]
        """
        is_last = self._is_last_shop_invoice(quantities)
        if not is_last:
            if self._get_shop_amount_of(quantities) < 0:
                quantities = {
                    line: quantity
                    for line, quantity in quantities.items()
                    if line.price_total * quantity >= 0
                }
            if not any(line._can_be_invoiced_alone() for line in quantities):
                return {}
        down_payments = self.order_line.filtered(
            lambda line: line.is_downpayment and not line.display_type and line.qty_invoiced > 0
        )
        left = self._get_shop_amount_of(quantities)
        left -= self._get_shop_amount_on_invoices(down_payments)
        if not quantities or (not is_last and self.currency_id.compare_amounts(left, 0) < 0):
            return {}
        return quantities | dict.fromkeys(down_payments, -1.0)

    def _is_last_shop_invoice(self, quantities):
        """Return whether nothing is left to invoice after these quantities.

        :rtype: bool
        """
        precision = self.env["decimal.precision"].precision_get("Product Unit")
        return all(
            float_compare(
                abs(line.qty_invoiced + quantities.get(line, 0.0)),
                abs(line.product_uom_qty),
                precision_digits=precision,
            )
            >= 0
            for line in self.order_line
            if not line.display_type and not line.is_downpayment
        )

    def _get_shop_limit(self, quantities):
        """Return how much of the order is or may be invoiced, by the products' policies.

        :rtype: float
        """
        lines = self.order_line.filtered(lambda line: not line.is_downpayment)
        goods = {line: quantity for line, quantity in quantities.items() if line in lines}
        return self._get_shop_amount_on_invoices(lines) + self._get_shop_amount_of(goods)

    def _get_shop_amount_of(self, quantities):
        """Return what quantities of the order's lines cost, taxes included, not rounded.

        :rtype: float
        """
        return sum(
            line.price_total / line.product_uom_qty * quantity
            for line, quantity in quantities.items()
            if line.product_uom_qty
        )

    def _get_shop_amount_on_invoices(self, lines):
        """Return what is on invoices of these lines, drafts included, less what was credited.

        :param sale.order.line lines: lines of the order
        :return: an amount in the order's currency, taxes included
        :rtype: float
        """
        # sudo: whoever has the invoice made may not read all that was invoiced before.
        invoice_lines = lines.sudo().invoice_lines.filtered(
            lambda line: line.move_id.state != "cancel"
        )
        return sum(-line.move_id.direction_sign * line.price_total for line in invoice_lines)
