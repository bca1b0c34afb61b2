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
    st.sampled_from(["order", "delivery"]),  # invoicing policy of the product
)
ROUNDING = st.sampled_from(["round_per_line", "round_globally"])
FEW = settings(
    max_examples=12,
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

    def _new_order_of(self, lines, rounding):
        self.env.company.tax_calculation_rounding_method = rounding
        for product, (*_line, policy) in zip(self.products, lines, strict=False):
            product.invoice_policy = policy
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
            for product, (quantity, cents, discount, rate, included, _policy) in zip(
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

    def _ship_and_make(self, order, parcels):
        """Let parcels leave, each with some pieces of each product that waits, then all the rest.

        :param list parcels: how many pieces of each product at the most
        """
        for pieces in (*parcels, (9, 9, 9)):
            waiting = order.picking_ids.move_ids.filtered(
                lambda move: move.state not in ("done", "cancel")
            )
            parcel = {
                move.product_id: min(count, move.product_uom_qty)
                for move, count in zip(waiting, pieces, strict=False)
                if count
            }
            if parcel:
                self._ship(order, parcel)
                self._make(order)
        self.assertEqual(order.delivery_status, "full")

    def _ship_in_pieces(self, cents, included, rounding, pieces):
        """Pay three pieces less 10 % with 25 % tax, and let them leave, so many at a time."""
        self._set_policy("on_delivery")
        order = self._new_order_of([(3, cents, 10.0, 25.0, included, "order")], rounding)
        self._pay(order)
        for count in pieces:
            self._ship(order, {self.products[0]: count})
            self._make(order)
        self._assert_adds_up(order)
        return order

    def test_the_last_cents_have_taxes_and_the_customers_language(self):
        """Electronic invoices are refused where a line has no tax."""
        self.env["res.lang"]._activate_lang("sv_SE")
        self.customer.lang = "sv_SE"
        for cents, included in ((2995, False), (895, True)):
            with self.subTest(included=included):
                order = self._ship_in_pieces(cents, included, "round_globally", (1, 1, 1))
                invoices = order.invoice_ids.sorted("id")
                products = invoices.invoice_line_ids.filtered("product_id")
                cents_line = invoices.invoice_line_ids - products
                self.assertEqual(cents_line.move_id, invoices[-1])
                self.assertEqual(cents_line.name, "Avrundning")
                self.assertEqual(cents_line.tax_ids, self.taxes[25.0, included])
                self.assertEqual(len(invoices[-1].line_ids.filtered("tax_line_id")), 1)
                for name in ("amount_untaxed", "amount_tax"):
                    total = order.currency_id.round(sum(invoices.mapped(name)))
                    self.assertEqual(total, order[name])

    def test_an_invoice_that_is_made_out_anew_costs_the_same(self):
        order = self._ship_in_pieces(999, False, "round_per_line", (1, 2))
        before = order.invoice_ids.sorted("id")
        details = order._get_shop_billing_details() | {"company_name": "Lind AB"}
        new = order._change_shop_invoices(details).sorted("id")
        for name in ("amount_untaxed", "amount_tax", "amount_total", "amount_residual"):
            self.assertEqual(new.mapped(name), before.mapped(name), name)

    @FEW
    @given(
        lines=st.lists(LINE, min_size=1, max_size=3),
        parcels=st.lists(st.tuples(*[st.integers(0, 3)] * 3), max_size=3),
        rounding=ROUNDING,
        is_paid=st.booleans(),
    )
    def test_partial_deliveries(self, lines, parcels, rounding, is_paid):
        """Paid before the first parcel or after the last one."""
        with self.env.cr.savepoint() as savepoint:
            self._set_policy("on_delivery")
            order = self._new_order_of(lines, rounding)
            if is_paid:
                self._pay(order)
            else:
                order.action_confirm()
            self._ship_and_make(order, parcels)
            if not is_paid:
                self._pay(order)
                order.invoice_ids._reconcile_shop_payments()
            self._assert_adds_up(order)
            savepoint.rollback()
        self.env.invalidate_all(flush=False)

    @FEW
    @given(
        lines=st.lists(LINE, min_size=1, max_size=3),
        shares=st.lists(st.integers(5, 40), min_size=1, max_size=3),
        parcels=st.lists(st.tuples(*[st.integers(0, 3)] * 3), max_size=2),
        rounding=ROUNDING,
        prepaid=st.sampled_from(["delivered", "down_payment", "order"]),
    )
    def test_down_payments(self, lines, shares, parcels, rounding, prepaid):
        """Instalments, then the parcels: what is invoiced on delivered quantities waits or not."""
        with self.env.cr.savepoint() as savepoint:
            self._set_policy("on_payment", invoicing_prepaid=prepaid)
            order = self._new_order_of(lines, rounding)
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
            self._ship_and_make(order, parcels)
            self._assert_adds_up(order)
            savepoint.rollback()
        self.env.invalidate_all(flush=False)
