"""Delivery: who withdraws from the whole order gets as much back as the cheapest one had cost."""

from odoo.tests import tagged

from .refund_common import RefundCommon
from .return_common import ReturnCommon


@tagged("post_install", "-at_install")
class TestRefundDelivery(RefundCommon, ReturnCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website.withdrawal_function = True
        cls.env["delivery.carrier"].search([]).website_published = False
        cls.tax = cls.env["account.tax"].create(
            {"name": "25 %", "amount": 25, "price_include_override": "tax_excluded"}
        )
        cls.standard = cls._new_carrier("Standard", 4)
        cls.express = cls._new_carrier("Express", 12)

    @classmethod
    def _new_carrier(cls, name, price, **values):
        product = cls._create_product(
            name=name, type="service", list_price=price, taxes_id=[(6, 0, cls.tax.ids)]
        )
        return cls.env["delivery.carrier"].create(
            {
                "name": name,
                "delivery_type": "fixed",
                "fixed_price": price,
                "product_id": product.id,
                "website_published": True,
                **values,
            }
        )

    def _delivered(self, carrier=None, checkout=True, **values):
        """Return an order whose desk has arrived, by Express unless another way is given."""
        order = self._new_order(**values)
        order._set_delivery_method(carrier or self.express)
        if checkout:
            order._check_cart_is_ready_to_be_paid()
        self._pay(order)
        self._deliver(order)
        return order

    def _came_back(self, order, quantity=1.0, kind="withdrawal"):
        request = self._ask(order, quantity, kind=kind)
        request._approve()
        self._deliver(order)
        return request

    def _rows(self, order):
        return [(row.kind, row.amount) for row in order.refund_statement_ids.line_ids]

    def test_crd_13_2_the_supplement_for_express_stays(self):
        order = self._delivered()
        self.assertEqual(order.amount_total, 115)
        self.assertEqual(order.cheapest_delivery_amount, 5, "With its taxes, as the line's")
        self._came_back(order).with_user(self.refunder).action_refund()
        self.assertEqual(self._rows(order), [("goods", 100), ("delivery", 15), ("supplement", -10)])
        refund = order.refund_statement_ids
        self.assertEqual((refund.amount, refund.value), (105, 105))
        self.assertEqual(refund.line_ids[-1].name, "The supplement for Express stays")
        self.assertEqual(order.amount_total, 10, "What the customer has paid for")

    def test_it_is_what_was_offered_then(self):
        order = self._delivered()
        self.standard.product_id.list_price = 8
        self.standard.website_published = False
        self._came_back(order).with_user(self.refunder).action_refund()
        self.assertEqual(order.refund_statement_ids.amount, 105)

    def test_a_shop_without_the_function_works_nothing_out(self):
        self.website.withdrawal_function = False
        self.assertFalse(self._delivered().cheapest_delivery_is_known)

    def test_what_was_not_offered_does_not_count(self):
        self.standard.website_published = False
        order = self._delivered()
        self.assertEqual(order.cheapest_delivery_amount, 15)
        self._came_back(order).with_user(self.refunder).action_refund()
        self.assertEqual(self._rows(order), [("goods", 100), ("delivery", 15)])

    def test_the_cheapest_goes_back_as_a_whole(self):
        order = self._delivered(self.standard)
        self._came_back(order).with_user(self.refunder).action_refund()
        self.assertEqual(self._rows(order), [("goods", 100), ("delivery", 5)])

    def test_free_from_a_sum_on(self):
        self.standard.write({"free_over": True, "amount": 50})
        order = self._delivered()
        self.assertTrue(order.cheapest_delivery_is_known)
        self._came_back(order).with_user(self.refunder).action_refund()
        self.assertEqual(self._rows(order), [("goods", 100)], "Standard had cost nothing")

    def test_an_order_that_does_not_know_gives_all_of_it_back(self):
        order = self._delivered(checkout=False)
        self.assertFalse(order.cheapest_delivery_is_known)
        self._came_back(order).with_user(self.refunder).action_refund()
        self.assertEqual(self._rows(order), [("goods", 100), ("delivery", 15)])

    def test_a_price_that_comes_later_is_not_known(self):
        self.express.invoice_policy = "real"
        order = self._new_order()
        order._set_delivery_method(self.standard)
        order._check_cart_is_ready_to_be_paid()
        self.assertEqual(order.cheapest_delivery_amount, 5)
        order._set_delivery_method(self.express)
        order._check_cart_is_ready_to_be_paid()
        self.assertFalse(order.cheapest_delivery_is_known)

    def test_parts_give_nothing_of_it_until_the_last(self):
        order = self._delivered(quantity=2)
        self._came_back(order).with_user(self.refunder).action_refund()
        self.assertEqual(order.refund_statement_ids.amount, 100)
        self._came_back(order).with_user(self.refunder).action_refund()
        second = order.refund_statement_ids.sorted("id")[-1]
        self.assertEqual(
            [(row.kind, row.amount) for row in second.line_ids],
            [("goods", 100), ("delivery", 15), ("supplement", -10)],
        )
        self.assertEqual(second.amount, 105)

    def test_a_return_is_no_withdrawal(self):
        order = self._delivered()
        self._came_back(order, kind="return").with_user(self.refunder).action_refund()
        self.assertEqual(self._rows(order), [("goods", 100)])

    def test_the_merchant_may_give_back_more(self):
        order = self._delivered()
        for delivery, amount in (("none", 100), ("cheapest", 105), ("all", 115)):
            with self.subTest(delivery=delivery):
                wizard = self._wizard(order, quantities={self.desk: 1}, delivery=delivery)
                self.assertEqual(wizard.refund_amount, amount)
        self._came_back(order).with_user(self.refunder).action_refund()
        refund = self._refund(order)
        self.assertEqual(refund.amount, 10)
        self.assertEqual([(row.kind, row.amount) for row in refund.line_ids], [("delivery", 10)])
