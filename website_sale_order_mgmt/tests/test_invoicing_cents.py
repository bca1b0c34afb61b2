"""The sum of the invoices is the order, to the cent, whatever is paid and delivered when."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.fields import Command
from odoo.tests import tagged

from .invoicing_common import InvoicingCommon

LINE = st.tuples(
    st.integers(1, 5),  # quantity
    st.integers(1, 99999),  # price in cents
    st.sampled_from([0.0, 0.0, 10.0, 33.33]),  # discount
    st.sampled_from([None, 25.0, 7.7, 21.0]),  # tax
    st.booleans(),  # tax included
)
FEW = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@tagged("post_install", "-at_install")
class TestInvoicingCents(InvoicingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.taxes = {
            (rate, included): cls.env["account.tax"].create(
                {
                    "name": f"{rate} % {included}",
                    "amount": rate,
                    "price_include_override": "tax_included" if included else "tax_excluded",
                }
            )
            for rate in (25.0, 7.7, 21.0)
            for included in (False, True)
        }
        cls.products = [
            cls._create_product(name=f"Part {number}", invoice_policy="order", taxes_id=False)
            for number in range(3)
        ]
        for product in cls.products:
            cls._add_product_qty_to_wh(product.id, 10000, cls.warehouse.lot_stock_id.id)

    def _new_order_of(self, lines):
        order = self._new_order()
        order.order_line = [Command.clear()] + [
            Command.create(
                {
                    "product_id": product.id,
                    "product_uom_qty": quantity,
                    "price_unit": cents / 100,
                    "discount": discount,
                    "tax_ids": self.taxes[rate, included].ids if rate else False,
                }
            )
            for product, (quantity, cents, discount, rate, included) in zip(
                self.products, lines, strict=False
            )
        ]
        return order

    def _make(self, order):
        """Make the invoices as the queue does, without the mails."""
        order._make_shop_invoices()

    def _assert_adds_up(self, order):
        self._assert_sound(order)
        total = order.currency_id.round(sum(order.invoice_ids.mapped("amount_total")))
        self.assertEqual(total, order.amount_total)
        self.assertEqual(order.invoice_status, "invoiced")
        self.assertEqual(set(order.invoice_ids.mapped("amount_residual")), {0.0})

    @FEW
    @given(lines=st.lists(LINE, min_size=1, max_size=3), parts=st.integers(2, 4))
    def test_partial_deliveries(self, lines, parts):
        with self.env.cr.savepoint() as savepoint:
            self._set_policy("on_delivery")
            order = self._new_order_of(lines)
            self._pay(order)
            for _part in range(parts):
                open_moves = order.picking_ids.move_ids.filtered(
                    lambda move: move.state not in ("done", "cancel")
                )
                if not open_moves:
                    break
                self._ship(order, {move.product_id: 1 for move in open_moves[:2]})
                self._make(order)
            if order.delivery_status != "full":
                self._ship(order)
                self._make(order)
            self._assert_adds_up(order)
            savepoint.rollback()
        self.env.invalidate_all(flush=False)

    @FEW
    @given(
        lines=st.lists(LINE, min_size=1, max_size=3),
        shares=st.lists(st.integers(5, 40), min_size=1, max_size=3),
    )
    def test_down_payments(self, lines, shares):
        with self.env.cr.savepoint() as savepoint:
            self._set_policy("on_payment")
            order = self._new_order_of(lines)
            order.write({"require_payment": True, "prepayment_percent": 0.01})
            left = order.amount_total
            for share in shares:
                amount = min(order.currency_id.round(order.amount_total * share / 100), left)
                if amount and amount < left:
                    self._pay(order, amount)
                    left = order.currency_id.round(left - amount)
                    self._make(order)
            self._pay(order, left)
            self._make(order)
            self._assert_adds_up(order)
            savepoint.rollback()
        self.env.invalidate_all(flush=False)
