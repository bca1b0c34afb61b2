"""The last piece is sold once; who comes second hears of it before paying."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import ShopCommon

WATCHDOG_CRON = "website_sale_order_mgmt.ir_cron_watch_web_orders"


@tagged("post_install", "-at_install")
class TestLastPiece(ShopCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vase = cls._create_product(name="Vase", list_price=50.0, taxes_id=False)
        cls.vase.write({"is_storable": True, "allow_out_of_stock_order": False})
        cls._add_product_qty_to_wh(cls.vase.id, 1, cls.warehouse.lot_stock_id.id)
        cls.transfer = cls._new_transfer_provider(unpaid_expiry_days=7)

    def _offered(self):
        self.env.invalidate_all()
        return self.website._get_product_available_qty(self.vase)

    def _new_vases(self):
        return [self._new_order(product=self.vase) for _each in range(2)]

    def test_the_second_hears_before_paying(self):
        first, second = self._new_vases()
        first._take_scarce_products()
        with self.assertRaisesRegex(ValidationError, "You have not paid anything"):
            second._take_scarce_products()
        self.assertEqual(self._offered(), 0)
        first._take_scarce_products()  # Trying once more is no competition.

    def test_who_gives_up_keeps_nothing(self):
        first, second = self._new_vases()
        first._take_scarce_products()
        transaction = self._new_payment(first, state="draft")
        transaction._set_error("Refused")
        transaction._post_process()
        self.env.invalidate_all()
        second._take_scarce_products()

    def test_who_walks_away_keeps_nothing_for_long(self):
        first, second = self._new_vases()
        first._take_scarce_products()
        first.shop_paying_until = fields.Datetime.now() - timedelta(seconds=1)
        self.env.invalidate_all()
        second._take_scarce_products()

    def test_an_accepted_payment_is_never_thrown_away(self):
        first, second = self._new_vases()
        self._pay(first)
        self._pay(second)
        self.assertEqual((first.state, second.state), ("sale", "sale"))
        self.assertFalse(first.shop_attention)
        self.assertEqual(second.shop_attention, "stock_short")
        self.assertIn("1 Units missing", second.shop_shortage)

    def test_goods_that_come_end_the_attention(self):
        first, second = self._new_vases()
        self._pay(first)
        self._pay(second)
        self._add_product_qty_to_wh(self.vase.id, 5, self.warehouse.lot_stock_id.id)
        second.picking_ids.action_assign()
        self._run_cron(WATCHDOG_CRON)
        self.assertFalse(second.shop_attention)
        self.assertFalse(second.activity_ids)

    def test_what_may_be_sold_out_of_stock_is_no_surprise(self):
        self.vase.allow_out_of_stock_order = True
        for order in self._new_vases():
            order._take_scarce_products()
            self._pay(order)
            self.assertFalse(order.shop_attention)

    def test_waiting_orders_take_nothing_unless_the_website_says_so(self):
        first, second = self._new_vases()
        self._order_by_transfer(self.transfer, first)
        self.assertEqual(first.state, "sent")
        self.assertEqual(self._offered(), 1, "As in core")
        self.website.shop_waiting_takes_stock = True
        self.assertEqual(self._offered(), 0)
        with self.assertRaises(ValidationError):
            second._take_scarce_products()
        self.assertFalse(second.order_line._check_availability(), "The cart says so, too")
        self.assertTrue(first.order_line._check_availability(), "Its own is its own")

    def test_they_take_it_until_they_expire(self):
        self.website.shop_waiting_takes_stock = True
        order = self._order_by_transfer(self.transfer, product=self.vase)
        self.assertEqual(self._offered(), 0)
        order.unpaid_expiry_date = fields.Datetime.now() - timedelta(seconds=1)
        self.assertEqual(self._offered(), 1)

    def test_a_confirmed_order_counts_once(self):
        self.website.shop_waiting_takes_stock = True
        self._add_product_qty_to_wh(self.vase.id, 3, self.warehouse.lot_stock_id.id)
        free = self._offered()
        order = self._new_order(product=self.vase)
        order._take_scarce_products()
        self._pay(order)
        self.assertEqual(self._offered(), free - 1)

    def test_other_warehouses_and_units(self):
        self.website.shop_waiting_takes_stock = True
        order = self._order_by_transfer(self.transfer, product=self.vase)
        order.order_line.product_uom_id = self.env.ref("uom.product_uom_dozen")
        self.env.flush_all()
        other = self.env["stock.warehouse"].create({"name": "Other", "code": "OTH"})
        self.assertEqual(self.vase.with_context(warehouse_id=other.id).shop_taken_qty, 0)
        here = self.vase.with_context(warehouse_id=order.warehouse_id.id)
        self.assertEqual(here.shop_taken_qty, 12)

    def test_orders_of_another_company_take_nothing_from_us(self):
        company = self.env["res.company"].create({"name": "North"})
        self.env.user.company_ids += company
        values = {"company_id": company.id, "shop_waiting_takes_stock": True}
        north = self.env["website"].create({"name": "North shop", **values})
        transfer = self._new_transfer_provider(company, unpaid_expiry_days=7)
        self._order_by_transfer(transfer, product=self.vase, website=north)
        self.website.warehouse_id = False  # All of the company's count.
        ours = self.vase.with_context(allowed_company_ids=self.env.company.ids)
        theirs = self.vase.with_context(allowed_company_ids=company.ids)
        self.assertEqual((ours.shop_taken_qty, theirs.shop_taken_qty), (0, 1))

    def test_a_page_of_products_costs_two_queries(self):
        products = self.vase
        for number in range(10):
            product = self._create_product(name=f"Vase {number}", list_price=1.0)
            product.write({"is_storable": True, "allow_out_of_stock_order": False})
            products += product
        self.env.flush_all()
        self.env.invalidate_all()
        products.mapped("is_storable")
        products.mapped("allow_out_of_stock_order")
        self.assertTrue(self.env.companies, "Core has looked for them, for the free quantities")
        with self.assertQueryCount(2):  # The lines, and their units.
            products.mapped("shop_taken_qty")
