"""On real orders: no sequence of returns and refunds pays back too much, or leaves a cent."""

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .refund_common import RefundCommon
from .return_common import ReturnCommon

LINE = st.tuples(
    st.integers(1, 4),  # quantity
    st.integers(1, 9999),  # price in cents
    st.sampled_from([None, "excluded", "included"]),  # tax
)
STEP = st.tuples(
    st.sampled_from(["return", "lines", "amount"]),
    st.integers(0, 2),  # which line
    st.integers(1, 4),  # how many of it
    st.integers(1, 9999),  # how much, in cents
)
FEW = settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # To look for a smaller example would take minutes.
    suppress_health_check=list(HealthCheck),
)


@tagged("post_install", "-at_install")
class TestRefundSequences(RefundCommon, ReturnCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.taxes = {
            kind: cls.env["account.tax"].create(
                {"name": kind, "amount": 7.7, "price_include_override": f"tax_{kind}"}
            )
            for kind in ("excluded", "included")
        }
        cls.products = [
            cls._create_product(name=f"Part {number}", invoice_policy="order", taxes_id=False)
            for number in range(3)
        ]
        for product in cls.products:
            cls._add_product_qty_to_wh(product.id, 10000, cls.warehouse.lot_stock_id.id)

    def _sell(self, lines, discount):
        order = self._new_order()
        order.order_line = [Command.clear()] + [
            Command.create(
                {
                    "product_id": product.id,
                    "product_uom_qty": quantity,
                    "price_unit": cents / 100,
                    "tax_ids": self.taxes[tax].ids if tax else False,
                }
            )
            for product, (quantity, cents, tax) in zip(self.products, lines, strict=False)
        ]
        if discount:
            self.env["sale.order.discount"].create(
                {
                    "sale_order_id": order.id,
                    "discount_type": "so_discount",
                    "discount_percentage": discount / 100,
                }
            ).action_apply_discount()
        self._pay(order)
        return order

    def _take_step(self, order, step):
        """Give something back, as long as there is something of it left."""
        kind, number, quantity, cents = step
        goods = order.order_line.filtered(lambda line: line.product_id in self.products)
        line = goods[number % len(goods)]
        if kind == "amount":
            self._refund(order, kind="amount", amount=cents / 100, reason="Sorry")
        elif kind == "lines":
            self._refund(order, quantities={line.product_id: quantity})
        elif left := line._get_returnable_quantities()[line]:
            asked = Command.create(
                {
                    "sale_line_id": line.id,
                    "quantity": min(quantity, left),
                    "reason_id": self.changed_mind.id,
                }
            )
            request = self.env["sale.order.return"].create(
                {"order_id": order.id, "line_ids": [asked]}
            )
            request._approve()
            self._deliver(order)
            request.with_user(self.refunder).action_refund()

    def _assert_all_is_back(self, order, paid, invoices):
        """Check that not a cent is left with the shop, nor open in its books."""
        refunds = order.refund_statement_ids
        self.assertAlmostEqual(sum(refunds.mapped("amount")), paid)
        self.assertAlmostEqual(order.amount_total, 0)
        if invoices:
            notes = refunds.credit_note_ids
            self.assertAlmostEqual(sum(notes.mapped("amount_total")), paid)
        for refund in refunds:
            self._finish(refund)
        self.assertEqual(order.shop_payment_status, "refunded")
        self.assertAlmostEqual(order.shop_amount_refunded, paid)
        booked = (invoices + refunds.credit_note_ids).line_ids
        booked += order.transaction_ids.payment_id.move_id.line_ids
        booked += refunds.payment_ids.attempt_ids.payment_id.move_id.line_ids
        open_lines = booked.filtered(
            lambda line: line.account_type == "asset_receivable" and not line.reconciled
        )
        self.assertFalse(open_lines)

    @FEW
    @given(
        lines=st.lists(LINE, min_size=1, max_size=3),
        discount=st.sampled_from([0, 10, 33]),
        delivered=st.booleans(),
        invoiced=st.booleans(),
        steps=st.lists(STEP, max_size=3),
    )
    def test_never_more_than_was_paid_and_not_a_cent_left(
        self, lines, discount, delivered, invoiced, steps
    ):
        with self.env.cr.savepoint() as savepoint:
            order = self._sell(lines, discount)
            paid = order.amount_total
            if delivered:
                self._deliver(order)
            invoices = self._invoice(order) if invoiced else self.env["account.move"]
            for step in steps:
                try:
                    with self.env.cr.savepoint():
                        self._take_step(order, step)
                except UserError:
                    self.env.invalidate_all(flush=False)  # Nothing of this is left.
                back = sum(order.refund_statement_ids.mapped("amount"))
                self.assertLessEqual(back, paid + 0.001, "Never more than was paid")
            if order._get_refund_kept():
                self._refund(order, cancel_order=False)
            self._assert_all_is_back(order, paid, invoices)
            savepoint.rollback()
        self.env.invalidate_all(flush=False)
