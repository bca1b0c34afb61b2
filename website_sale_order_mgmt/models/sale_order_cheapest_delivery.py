"""The cheapest standard delivery that a web order could have had: what goes back of the delivery.

Who withdraws from the whole order gets the delivery back, but not what exceeded the cheapest
standard delivery offered (Art. 13(2) CRD).
"""

from odoo import fields, models

from ..const import STAFF

# Whose price is known here; to ask others again would make the customer wait for them.
PRICED_HERE = ("fixed", "base_on_rule")


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # === FIELDS === #

    cheapest_delivery_is_known = fields.Boolean(readonly=True, copy=False, groups=STAFF)
    cheapest_delivery_amount = fields.Monetary(
        string="Cheapest Standard Delivery",
        help="The cheapest standard delivery that was offered when the customer went on to pay,"
        " taxes included. Who withdraws from the whole order gets this much of the delivery back.",
        readonly=True,
        copy=False,
        groups=STAFF,
    )

    # === BUSINESS METHODS === #

    def _check_cart_is_ready_to_be_paid(self):
        """Override of `website_sale`: what was offered is fixed when the customer pays."""
        result = super()._check_cart_is_ready_to_be_paid()
        if self.website_id.withdrawal_function:
            self._freeze_cheapest_delivery()
        return result

    def _freeze_cheapest_delivery(self):
        """Write down what the cheapest standard delivery would have cost."""
        self.ensure_one()
        chosen = self.order_line.filtered("is_delivery")
        # sudo: shoppers do not read the fields of staff; it is their own cart.
        order = self.sudo()
        if not chosen or self.carrier_id.invoice_policy == "real":
            order.cheapest_delivery_is_known = False  # Its price comes later.
            return
        prices = [sum(chosen.mapped("price_total"))]
        for method in self._get_standard_deliveries() - self.carrier_id:
            rate = method.rate_shipment(self)
            if rate.get("success"):
                prices.append(self._get_delivery_price(method, rate["price"]))
        order.write({"cheapest_delivery_is_known": True, "cheapest_delivery_amount": min(prices)})

    def _get_standard_deliveries(self):
        """Return the offered ways of delivery that count; to fetch the goods in a shop is none.

        :rtype: delivery.carrier
        """
        self.ensure_one()
        return self._get_delivery_methods().filtered(
            lambda method: method.delivery_type in PRICED_HERE and method.invoice_policy != "real"
        )

    def _get_delivery_price(self, method, price):
        """Return what a delivery's line would cost on this order, with its taxes.

        :param delivery.carrier method: the way of delivery
        :param float price: as the method computes it
        :return: in the order's currency
        :rtype: float
        """
        self.ensure_one()
        values = self._prepare_delivery_line_vals(method, price)
        [(_command, _zero, tax_ids)] = values["tax_ids"]
        amounts = (
            self.env["account.tax"]
            .browse(tax_ids)
            .compute_all(
                price,
                currency=self.currency_id,
                quantity=1.0,
                product=method.product_id,
                partner=self.partner_shipping_id,
            )
        )
        return amounts["total_included"]

    def _get_delivery_cap(self):
        """Return how much of the delivery goes back to who withdraws from the whole order.

        :return: in whole cents; None where it is not known what was offered: all of it
        :rtype: int | None
        """
        self.ensure_one()
        if not self.cheapest_delivery_is_known:
            return None
        return self._to_cents(self.cheapest_delivery_amount)
