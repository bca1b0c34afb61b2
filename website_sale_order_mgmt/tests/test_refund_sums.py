"""Refunds in whole cents: no sequence of them pays back more than was paid, or leaves a cent."""

from dataclasses import replace
from fractions import Fraction

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..tools.refund import (
    Account,
    Item,
    Line,
    Portion,
    Way,
    add_surplus,
    divide,
    make_account,
    make_amount_account,
    price_of,
    prices_paid,
    spread,
    to_amount,
    to_cents,
)

RELAXED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
CENTS = st.integers(0, 2_000_00)
QUANTITY = st.one_of(
    st.integers(1, 12).map(Fraction), st.fractions(Fraction(1, 100), 30, max_denominator=100)
)


@st.composite
def orders(draw):
    """Lines of an order, and its total, which rounding may have moved by some cents."""
    goods = [
        Item(key, "goods", draw(CENTS), draw(QUANTITY), draw(st.sampled_from(["a", "b"])))
        for key in range(draw(st.integers(1, 4)))
    ]
    delivery = [Item(50, "delivery", draw(CENTS))] if draw(st.booleans()) else []
    there = sum(item.total for item in goods)
    discounts = []
    for key in range(60, 60 + draw(st.integers(0, 2))):
        amount = draw(st.integers(0, there))
        there -= amount
        scope = draw(st.sampled_from([None, frozenset({0}), frozenset({0, 1})]))
        group = draw(st.sampled_from(["a", "b", "c"]))
        discounts.append(Item(key, "discount", -amount, group=group, scope=scope))
    items = goods + delivery + discounts
    total = sum(item.total for item in items)
    return items, max(total + draw(st.integers(-2, 2)), 0)


@tagged("post_install", "-at_install")
class TestRefundSums(BaseCase):
    def test_cents_of_amounts(self):
        for amount, rounding, cents in (
            (12.34, 0.01, 1234),
            (1.005, 0.01, 101),
            (-1.005, 0.01, -101),
            (0.1 + 0.2, 0.01, 30),
            (12.35, 0.05, 247),
            (1500.0, 1.0, 1500),
            (1.234, 0.001, 1234),
        ):
            with self.subTest(amount=amount, rounding=rounding):
                self.assertEqual(to_cents(amount, rounding), cents)
        self.assertEqual(to_amount(1234, 0.01), 12.34)
        self.assertEqual(to_amount(247, 0.05), 12.35)

    @RELAXED
    @given(CENTS, st.lists(st.integers(0, 999), min_size=1).filter(any))
    def test_parts_make_the_whole(self, total, weights):
        parts = divide(total, weights)
        self.assertEqual(sum(parts), total)
        self.assertTrue(all(part >= 0 for part in parts))

    # === WHAT WAS PAID FOR WHAT === #

    def test_a_discount_is_shared_by_the_lines_with_its_taxes(self):
        items = [
            Item(1, "goods", 10000, group="25"),
            Item(2, "goods", 5000, group="25"),
            Item(3, "goods", 2000, group="6"),
            Item(4, "delivery", 500, group="25"),
            Item(5, "discount", -1500, group="25"),
        ]
        self.assertEqual(prices_paid(items, 16000), {1: 9000, 2: 4500, 3: 2000, 4: 500})

    def test_a_discount_on_some_lines_takes_from_them(self):
        items = [
            Item(1, "goods", 10000),
            Item(2, "goods", 5000),
            Item(3, "discount", -1000, scope=frozenset({2})),
        ]
        self.assertEqual(prices_paid(items, 14000), {1: 10000, 2: 4000})

    def test_free_shipping_was_not_paid(self):
        items = [
            Item(1, "goods", 10000),
            Item(2, "delivery", 700),
            Item(3, "discount", -700, scope=frozenset({2})),
        ]
        self.assertEqual(prices_paid(items, 10000), {1: 10000, 2: 0})

    @RELAXED
    @given(orders())
    def test_prices_paid_make_the_total(self, order):
        items, total = order
        paid = prices_paid(items, total)
        self.assertEqual(sum(paid.values()), total)
        self.assertTrue(all(price >= 0 for price in paid.values()))

    def test_three_for_ten(self):
        prices = [price_of(1000, Fraction(3), Fraction(n), Fraction(1)) for n in range(3)]
        self.assertEqual(sorted(prices), [333, 333, 334])

    # === SEQUENCES === #

    @RELAXED
    @given(orders(), st.data())
    def test_no_sequence_pays_back_more_or_leaves_a_cent(self, order, data):
        items, total = order
        paid = prices_paid(items, total)
        kinds = {item.key: item for item in items}
        rounding = max(data.draw(st.integers(-4, 4)), -total) if total else 0  # for cash
        owed = total + rounding
        kept = received = data.draw(st.one_of(st.just(owed), st.integers(0, owed)))
        due = total
        quantities, delivered = {}, {}
        given_back = fees = 0
        turns = data.draw(st.integers(1, 5))
        for turn in range(turns):
            last = turn == turns - 1
            lines = [
                Line(
                    key,
                    kinds[key].kind,
                    price,
                    kinds[key].quantity,
                    quantities.get(key, Fraction(0)),
                    delivered.get(key, 0),
                )
                for key, price in paid.items()
            ]
            wanted = {
                line.key: line.left
                if last
                else data.draw(st.sampled_from([line.left, Fraction(1)]))
                for line in lines
            }
            if not last and data.draw(st.integers(0, 4)) == 0:
                account = make_amount_account(data.draw(CENTS), kept, due, rounding=rounding)
            else:
                cap = None if last else data.draw(st.one_of(st.none(), CENTS))
                fee = Fraction(0) if last else data.draw(st.integers(0, 100).map(Fraction))
                account = make_account(lines, wanted, kept, due, cap, fee, rounding=rounding)
            rounded = sum(row.amount for row in account.rows if row.kind == "rounding")
            self.assertGreaterEqual(account.amount, 0)
            self.assertLessEqual(account.amount, account.value + rounded)
            rounding -= rounded
            for row in account.rows:
                if row.kind == "goods":
                    quantities[row.key] = quantities.get(row.key, Fraction(0)) + row.quantity
                elif row.kind in ("delivery", "supplement"):
                    delivered[row.key] = delivered.get(row.key, 0) + row.amount
            due -= account.value
            kept -= account.amount
            fees -= sum(row.amount for row in account.rows if row.kind == "fee")
            given_back += account.amount
            self.assertLessEqual(given_back, received, "Never more than was paid")
            if last:
                self.assertLessEqual(due, fees, "All of the order went back but the fees")
                stays = due + max(rounding, 0) if due else 0
                self.assertLessEqual(kept, stays, "Not a cent more is left")
                self.assertEqual(given_back + kept, received)

    # === HOW A REFUND IS MADE UP === #

    def _lines(self):
        return [
            Line(1, "goods", 10000, Fraction(2)),
            Line(2, "goods", 999, Fraction(3)),
            Line(9, "delivery", 900, Fraction(1)),
        ]

    def _rows(self, account):
        return [(row.kind, row.key, row.amount) for row in account.rows]

    def test_all_of_it(self):
        wanted = {1: Fraction(2), 2: Fraction(3)}
        account = make_account(self._lines(), wanted, 11899, 11899, None)
        self.assertEqual(account.amount, 11899)
        self.assertEqual(
            self._rows(account),
            [("goods", 1, 10000), ("goods", 2, 999), ("delivery", 9, 900)],
        )

    def test_the_cheapest_delivery_is_the_most_that_goes_back_of_it(self):
        wanted = {1: Fraction(2), 2: Fraction(3)}
        account = make_account(self._lines(), wanted, 11899, 11899, 490)
        self.assertEqual(self._rows(account)[-2:], [("delivery", 9, 900), ("supplement", 9, -410)])
        self.assertEqual((account.value, account.amount), (11489, 11489))
        self.assertEqual(make_account(self._lines(), {}, 11899, 11899, 900).amount, 900)
        self.assertEqual(make_account(self._lines(), {}, 11899, 11899, 0).rows, [])

    def test_the_supplement_that_stayed_can_go_back_later(self):
        lines = [Line(9, "delivery", 900, Fraction(1), refunded=490)]
        self.assertEqual(make_account(lines, {}, 410, 410, 490).rows, [])
        self.assertEqual(
            self._rows(make_account(lines, {}, 410, 410, None)), [("delivery", 9, 410)]
        )

    def test_the_cap_on_the_delivery_holds_for_all_refunds_together(self):
        lines = [Line(9, "delivery", 900, Fraction(1), refunded=400)]
        self.assertEqual(make_account(lines, {}, 900, 900, 490).amount, 90)
        self.assertEqual(make_account(lines, {}, 900, 900, 300).amount, 0)

    def test_goods_that_went_back_before_are_no_delivery(self):
        lines = [
            Line(1, "goods", 10000, Fraction(2), Fraction(1), refunded=5000),
            Line(9, "delivery", 900, Fraction(1)),
        ]
        self.assertEqual(make_account(lines, {1: Fraction(1)}, 5900, 5900, 490).amount, 5490)

    def test_a_fee_is_kept_of_the_goods_only(self):
        account = make_account(
            self._lines(), {2: Fraction(1)}, 11899, 11899, None, fee_percent=Fraction(10)
        )
        self.assertEqual(
            self._rows(account), [("goods", 2, 333), ("delivery", 9, 900), ("fee", None, -33)]
        )

    def test_no_more_than_is_left_of_a_line(self):
        lines = [Line(1, "goods", 10000, Fraction(2), Fraction(1))]
        self.assertEqual(make_account(lines, {1: Fraction(5)}, 5000, 5000).amount, 5000)

    def test_what_was_not_paid_does_not_go_back(self):
        account = make_account(self._lines(), {1: Fraction(1)}, 8000, 11899)
        self.assertEqual(self._rows(account), [("goods", 1, 5000), ("kept", None, -3899)])
        self.assertEqual(account.value, 5000)
        self.assertEqual(account.amount, 1101, "6899 of the order stay, 8000 were paid")

    def test_a_sum_that_went_back_before_is_not_paid_again(self):
        account = make_account(self._lines()[:1], {1: Fraction(2)}, 9000, 9000)
        self.assertEqual(self._rows(account), [("goods", 1, 10000), ("earlier", None, -1000)])
        self.assertEqual((account.value, account.amount), (9000, 9000))

    def test_a_cancelled_order_is_not_owed(self):
        account = make_account(self._lines(), {1: Fraction(1)}, 6000, 11899, owes=False)
        self.assertEqual(account.amount, 5000)

    def test_what_was_paid_too_much_makes_no_order_cheaper(self):
        account = add_surplus(Account(), 13000, 10000)
        self.assertEqual((account.amount, account.value), (3000, 0))
        self.assertEqual(add_surplus(Account(), 9000, 10000), Account())
        full = make_account(self._lines(), {1: Fraction(2)}, 13000, 11899, owes=False)
        cancelled = add_surplus(full, 13000, 11899, owes=False)
        self.assertEqual((cancelled.amount, cancelled.value), (13000, 10000))

    def test_the_rounding_of_invoices_goes_back_with_the_last_of_it(self):
        half, rest = {1: Fraction(1)}, {1: Fraction(1), 2: Fraction(3)}
        first = make_account(self._lines(), half, 11901, 11899, rounding=2)
        self.assertEqual(first.amount, 5000)
        lines = [replace(self._lines()[0], refunded_quantity=Fraction(1)), *self._lines()[1:]]
        last = make_account(lines, rest, 6901, 6899, None, rounding=2)
        self.assertEqual((last.amount, last.value), (6901, 6899))
        down = make_account(lines, rest, 6897, 6899, None, rounding=-2)
        self.assertEqual((down.amount, down.value), (6897, 6899))
        self.assertNotIn("kept", [row.kind for row in down.rows])
        self.assertEqual(make_amount_account(9999, 6901, 6899, rounding=2).amount, 6901)

    def test_a_sum_is_at_most_what_the_order_costs(self):
        self.assertEqual(make_amount_account(500, 11899, 11899).amount, 500)
        self.assertEqual(make_amount_account(20000, 11899, 11899).amount, 11899)
        self.assertEqual(make_amount_account(500, 0, 11899).amount, 0)

    # === BY WHICH WAYS === #

    def test_the_first_way_comes_first(self):
        ways = [Way("new", 3000), Way("old", 10000)]
        self.assertEqual(spread(2000, ways), ([Portion("new", 2000)], 0))
        self.assertEqual(spread(5000, ways), ([Portion("new", 3000), Portion("old", 2000)], 0))

    def test_what_was_given_back_or_is_pending_is_not_there(self):
        portions = spread(2000, [Way("new", 3000, 2500), Way("old", 10000)])
        self.assertEqual(portions, ([Portion("new", 500), Portion("old", 1500)], 0))

    def test_in_full_or_not_at_all(self):
        full, none = Way("full", 3000, support="full_only"), Way("none", 500, support="none")
        self.assertEqual(spread(3000, [full]), ([Portion("full", 3000)], 0))
        self.assertEqual(spread(2999, [full]), ([Portion("full", 2999, "full_only")], 0))
        self.assertEqual(
            spread(3500, [none, full]), ([Portion("full", 3000), Portion("none", 500, "none")], 0)
        )
        self.assertEqual(
            spread(100, [full, Way("old", 100)]),
            ([Portion("old", 100)], 0),
            "What a provider can do is no task for people",
        )

    @RELAXED
    @given(
        CENTS,
        st.lists(
            st.builds(
                Way,
                st.uuids(),
                CENTS,
                st.integers(0, 500_00),
                st.sampled_from(["partial", "full_only", "none"]),
            ),
            max_size=5,
        ),
    )
    def test_no_way_gives_back_more_than_it_has(self, amount, ways):
        portions, short = spread(amount, ways)
        left = {way.key: way.left for way in ways}
        self.assertEqual(sum(portion.amount for portion in portions) + short, amount)
        self.assertEqual(short, max(amount - sum(left.values()), 0))
        for portion in portions:
            self.assertLessEqual(portion.amount > 0, portion.amount <= left[portion.key])
            way = next(way for way in ways if way.key == portion.key)
            if portion.reason is None and way.support == "full_only":
                self.assertEqual((portion.amount, way.given_back), (way.paid, 0))
        self.assertEqual(len({portion.key for portion in portions}), len(portions))
