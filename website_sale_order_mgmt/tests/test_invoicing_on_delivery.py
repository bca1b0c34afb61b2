"""Invoices with the delivery: each its own, or one when all has left."""

from odoo.fields import Command
from odoo.tests import tagged

from .common import INVOICING_CRON
from .invoicing_common import InvoicingCommon


@tagged("post_install", "-at_install")
class TestInvoicingOnDelivery(InvoicingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website.write({"invoicing_b2c": "on_delivery", "invoicing_per_delivery": True})
        cls.service = cls._create_product(
            name="Assembly", type="service", list_price=30.0, taxes_id=False, invoice_policy="order"
        )

    def _new_order(self, *args, lines=(), **values):
        order = super()._new_order(*args, **values)
        order.order_line = [
            Command.create(
                {
                    "product_id": product.id,
                    "product_uom_qty": quantity,
                    "price_unit": price,
                    "tax_ids": False,
                }
            )
            for product, quantity, price in lines
        ]
        return order

    def test_each_delivery_its_invoice(self):
        order = self._new_order(quantity=5)
        self._pay(order)
        self.assertEqual(order.shop_invoicing_state, "none", "The payment is no delivery")
        self._ship(order, {self.desk: 2})
        self.assertEqual(order.shop_invoicing_state, "queued")
        self.assertEqual(self._invoice(order).mapped("amount_total"), [200.0])
        self._ship(order, {self.desk: 3})
        invoices = self._invoice(order)
        self.assertEqual(invoices.mapped("amount_total"), [200.0, 300.0])
        self.assertEqual(set(invoices.mapped("amount_residual")), {0.0}, "Paid by one payment")
        self.assertEqual(order.invoice_status, "invoiced")

    def test_one_when_complete(self):
        self.website.invoicing_per_delivery = False
        order = self._new_order(quantity=5)
        self._pay(order)
        self._ship(order, {self.desk: 2})
        self.assertFalse(self._invoice(order))
        self._ship(order)
        self.assertEqual(self._invoice(order).mapped("amount_total"), [500.0])

    def test_complete_when_the_rest_is_cancelled(self):
        self.website.invoicing_per_delivery = False
        order = self._new_order(quantity=5)
        self._pay(order)
        self._ship(order, {self.desk: 2})
        order.picking_ids.filtered(lambda pick: pick.state != "done").action_cancel()
        self.assertEqual(self._invoice(order).mapped("amount_total"), [200.0])

    def test_nothing_that_follows_is_invoiced(self):
        order = self._new_order(quantity=5)
        self._pay(order)
        self._ship(order, {self.desk: 2}, cancel_rest=True)
        self.assertEqual(self._invoice(order).mapped("amount_total"), [200.0])

    def test_unpaid_goods_that_have_left_are_invoiced_and_ask_for_the_money(self):
        order = self._new_order()
        order.action_confirm()
        self._ship(order)
        invoice = self._invoice(order)
        self.assertEqual((invoice.amount_total, invoice.amount_residual), (100.0, 100.0))
        self._pay(order)
        self.assertEqual(len(self._invoice(order)), 1)

    def test_what_is_not_shipped_goes_with_the_first(self):
        order = self._new_order(quantity=2, lines=[(self.service, 1, 30.0)])
        self._pay(order)
        self._ship(order, {self.desk: 1})
        self._ship(order, {self.desk: 1})
        self.assertEqual(sum(self._invoice(order).mapped("amount_total")), 230.0)

    def test_an_order_without_goods_is_invoiced_when_it_is_paid(self):
        order = self._new_order(product=self.service)
        self._pay(order)
        self.assertEqual(order.shop_invoicing_state, "queued")
        self.assertEqual(self._invoice(order).mapped("amount_total"), [30.0])

    def test_a_discount_greater_than_the_first_parcel_waits(self):
        order = self._new_order(lines=[(self.lamp, 1, 20.0), (self.service, 1, -50.0)])
        self._pay(order)
        self._ship(order, {self.lamp: 1})
        self.assertEqual(self._invoice(order).mapped("amount_total"), [20.0])
        self._ship(order)
        invoices = self._invoice(order)
        self.assertEqual(invoices.mapped("amount_total"), [20.0, 50.0])
        self._assert_sound(order)

    def test_more_than_ordered_is_not_charged(self):
        order = self._new_order()
        self._pay(order)
        self._ship(order, {self.desk: 3})
        self.assertEqual(self._invoice(order).mapped("amount_total"), [100.0])

    def test_what_comes_back_is_credited_by_people(self):
        order = self._new_order(quantity=2)
        self._pay(order)
        picking = self._ship(order).sudo()
        self._invoice(order)
        wizard = self.env["stock.return.picking"].create({"picking_id": picking.id})
        wizard.product_return_moves.write({"quantity": 1.0, "to_refund": True})
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        back.move_ids.write({"quantity": 1.0, "picked": True})
        back.button_validate()
        self.assertEqual(order.order_line.qty_delivered, 1.0)
        self._run_cron(INVOICING_CRON)
        self.assertEqual(order.invoice_ids.mapped("amount_total"), [200.0])

    def test_two_steps_are_one_delivery(self):
        self.warehouse.delivery_steps = "pick_ship"
        order = self._new_order()
        self._pay(order)
        self._ship(order)
        self.assertEqual(order.shop_invoicing_state, "none", "Picked, but still here")
        self._ship(order)
        self.assertEqual(self._invoice(order).mapped("amount_total"), [100.0])

    def test_sections_and_notes(self):
        order = self._new_order(quantity=2)
        order.order_line = [
            Command.create({"display_type": "line_section", "name": "Office", "sequence": 1}),
            Command.create({"display_type": "line_note", "name": "Be careful", "sequence": 99}),
        ]
        self._pay(order)
        self._ship(order, {self.desk: 1})
        self._invoice(order)
        self._ship(order)
        invoices = self._invoice(order)
        self.assertEqual(invoices.mapped("amount_total"), [100.0, 100.0])
        for invoice in invoices:
            self.assertIn("Office", invoice.invoice_line_ids.mapped("name"))
