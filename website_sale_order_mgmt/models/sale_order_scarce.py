"""The last piece: sold once, and whoever comes second hears of it before paying."""

from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, float_compare

from ..const import STAFF

PAYING_MINUTES = 15  # So long, whoever has begun to pay is not overtaken.
LOCK = 0x5C42CE  # Sets our advisory locks apart from others'; with it goes the product's id.


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # === FIELDS === #

    shop_paying_until = fields.Datetime(
        string="Being Paid until",
        help="The customer has begun to pay: nobody else can buy the goods before this moment.",
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    shop_shortage = fields.Text(
        string="Missing in Stock",
        help="What was missing when the order was confirmed, although it is not to be sold when"
        " out of stock.",
        readonly=True,
        copy=False,
        groups=STAFF,
    )

    # === CONSTRAINTS AND INDEXES === #

    _shop_paying_idx = models.Index("(shop_paying_until) WHERE shop_paying_until IS NOT NULL")

    # === BUSINESS METHODS - BEFORE THE PAYMENT === #

    def _get_free_qty(self, product):
        """Override of `website_sale_stock`: what others have taken is not free for this order."""
        free = super()._get_free_qty(product)
        others = product.with_context(
            warehouse_id=self._get_shop_warehouse_id(), shop_taken_except=self.id
        )
        return free - others.shop_taken_qty

    def _get_scarce_products(self):
        """Return the order's products that are not sold when they are out of stock.

        :rtype: product.product
        """
        return self.order_line.product_id.filtered(
            lambda product: product.is_storable and not product.allow_out_of_stock_order
        )

    def _take_scarce_products(self):
        """Keep the order's goods for the customer who begins to pay now, or refuse the payment.

        Shoppers of the same product wait for one another here, on advisory locks that are taken
        in the order of the products' ids and that nothing else takes: neither shoppers nor the
        warehouse's work can wait for each other in a circle. Who waited must not look at the stock
        as it was before: the look goes through a transaction of its own, which begins now.

        :raise ValidationError: what is not there any more
        """
        self.ensure_one()
        if not (products := self._get_scarce_products()):
            return
        # The parts of kits, too: whoever buys a part alone competes with whoever buys the kit.
        for product_id in sorted(products._get_shop_goods().ids):
            self.env.cr.execute(SQL("SELECT pg_advisory_xact_lock(%s, %s)", LOCK, product_id))
        self.env.flush_all()
        with self.env.registry.cursor() as cr:
            now_there = self.with_env(self.env(cr=cr))
            # An order that is not committed yet is nobody's competitor but its own.
            missing = self._get_scarce_shortages(now_there.exists() or self)
        if missing:
            raise ValidationError("\n".join(missing))
        now = fields.Datetime.now()
        self.shop_paying_until = now + timedelta(minutes=PAYING_MINUTES)

    def _get_scarce_shortages(self, now_there):
        """Return a sentence for each product of which the shop has less than the order wants.

        :param sale.order now_there: the same order, in the transaction that sees the stock
        :rtype: list[str]
        """
        self.ensure_one()
        sentences = []
        for product in self._get_scarce_products():
            wanted = self._get_cart_qty(product.id)
            free = now_there._get_free_qty(product.with_env(now_there.env))
            if float_compare(wanted, free, precision_rounding=product.uom_id.rounding) > 0:
                sentences.append(
                    self.env._(
                        "Somebody else was faster: of %(product)s, %(free)g is left and you want"
                        " %(wanted)g. You have not paid anything. Please change your cart.",
                        product=product.display_name,
                        free=max(free, 0.0),
                        wanted=wanted,
                    )
                )
        return sentences

    # === BUSINESS METHODS - AFTER THE PAYMENT === #

    def _note_scarce_shortages(self):
        """Note on confirmed orders what is missing: a payment is never refused for it.

        Products that may be sold when out of stock are no surprise, and do not count.
        """
        for order in self.filtered("website_id"):
            scarce = order._get_scarce_products()._get_shop_goods()
            shortages = order._get_shortages() if scarce else {}
            missing = {
                product: quantity for product, quantity in shortages.items() if product in scarce
            }
            shortage = order._format_shortages(missing) or False
            if order.shop_shortage != shortage:
                order.shop_shortage = shortage
