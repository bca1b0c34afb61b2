"""How a refund is made up and by which ways it goes back: pure arithmetic, no database.

Amounts are whole numbers of the currency's smallest amount ("cents", whatever the currency), so
that nothing is lost or won by rounding. Whatever is divided is divided by *cumulative rounding*:
the parts of a whole always sum up to it, and the last one takes the remainder.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from hashlib import sha256
from typing import Literal

Kind = Literal["goods", "delivery", "discount"]
RowKind = Literal[
    "goods", "delivery", "supplement", "amount", "fee", "earlier", "rounding", "kept", "surplus"
]
NO_VALUE = ("rounding", "kept", "surplus")  # Rows of money that make no order cheaper.
Support = Literal["partial", "full_only", "none"]


def to_cents(amount: float, rounding: float) -> int:
    """Return an amount in whole cents, rounded half up (away from zero).

    :param amount: in the currency
    :param rounding: the smallest amount of the currency, such as 0.01
    """
    exact = Decimal(repr(round(amount, 9))) / Decimal(repr(rounding))
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def to_amount(cents: int, rounding: float) -> float:
    """Return whole cents as an amount in the currency."""
    return float(cents * Decimal(repr(rounding)))


def half_up(value: Fraction) -> int:
    """Return the nearest whole number; a half is rounded away from zero."""
    whole = int(abs(value) + Fraction(1, 2))
    return whole if value >= 0 else -whole


def divide(total: int, weights: Sequence[int]) -> list[int]:
    """Divide an amount in proportion to some weights, to the cent.

    :param total: what is divided
    :param weights: none negative, not all zero
    :return: as many parts as weights; their sum is the total
    """
    whole, seen, given, parts = sum(weights), 0, 0, []
    for weight in weights:
        seen += weight
        upto = half_up(Fraction(total * seen, whole))
        parts.append(upto - given)
        given = upto
    return parts


# === WHAT WAS PAID FOR WHAT === #


@dataclass(frozen=True)
class Item:
    """A line of an order as it was sold.

    A discount takes from the lines in its `scope`, from those with the same taxes (`group`) where
    it has none, and from what else there is for the rest.
    """

    key: int
    kind: Kind
    total: int
    quantity: Fraction = Fraction(1)
    group: Hashable = None
    scope: frozenset[int] | None = None


def prices_paid(items: Iterable[Item], total: int) -> dict[int, int]:
    """Return what was paid for each line that can be refunded, after all discounts, with taxes.

    :param items: the order's lines
    :param total: the order's total; what rounding makes of the sum of the lines is shared out, too
    :return: key of an item -> cents, none negative; the sum is the total where that is possible
    """
    items = list(items)
    sold = [item for item in items if item.kind != "discount" and item.total >= 0]
    goods = [item for item in sold if item.kind == "goods"]
    paid = {item.key: item.total for item in sold}
    rest = [item for item in items if item not in sold]
    # Those that know best what they are for come first.
    for item in sorted(rest, key=lambda item: (item.scope is None, item.key)):
        left = -item.total
        same = [other for other in goods if other.group == item.group]
        scoped = [other for other in sold if item.scope and other.key in item.scope]
        for candidates in (scoped, same, goods, sold):
            left -= _take(paid, [other.key for other in candidates], left)
    left = sum(paid.values()) - total
    if left > 0:
        for candidates in (goods, sold):
            left -= _take(paid, [item.key for item in candidates], left)
    elif left < 0 and sold:
        paid[max(sold, key=lambda item: (item.kind == "goods", item.total, -item.key)).key] -= left
    return paid


def _take(paid: dict[int, int], keys: list[int], amount: int) -> int:
    """Take an amount from some prices in proportion to them; return how much there was to take.

    A negative amount (a surcharge) is added to them.
    """
    there = sum(paid[key] for key in keys)
    taken = min(amount, there)
    if there:
        parts = divide(taken, [paid[key] for key in keys])
        for key, part in zip(keys, parts, strict=True):
            paid[key] -= part
        return taken
    return 0


def price_of(paid: int, sold: Fraction, before: Fraction, now: Fraction) -> int:
    """Return what goes back for a quantity of a line, given what went back before.

    :param paid: what was paid for the whole line
    :param sold: the quantity sold
    :param before: the quantity refunded before
    :param now: the quantity to refund, at most what is left
    """
    if not sold:
        return 0
    upto = min(before + now, sold)
    return half_up(paid * upto / sold) - half_up(paid * min(before, sold) / sold)


# === HOW A REFUND IS MADE UP === #


@dataclass(frozen=True)
class Line:
    """What can be refunded of a line of the order: its price paid, and what went back before."""

    key: int
    kind: Literal["goods", "delivery"]
    paid: int
    quantity: Fraction
    refunded_quantity: Fraction = Fraction(0)
    refunded: int = 0  # Of a delivery, whose parts are amounts.

    @property
    def left(self) -> Fraction:
        """The quantity that did not go back yet."""
        return max(self.quantity - self.refunded_quantity, Fraction(0))


def fingerprint(lines: Iterable[Line], kept: int, due: int) -> str:
    """Return what stands for all that a refund is made up from: another one, once it has changed.

    :param lines: what can be refunded
    :param kept: see `make_account`
    :param due: see `make_account`
    """
    return sha256(repr((list(lines), kept, due)).encode()).hexdigest()


@dataclass(frozen=True)
class Row:
    """A row of the account: `amount` in cents, what is deducted is negative."""

    kind: RowKind
    amount: int
    key: int | None = None
    quantity: Fraction = Fraction(0)


@dataclass(frozen=True)
class Account:
    """How a refund is made up.

    `value` is by how much the order becomes cheaper, `amount` the money that goes back: less where
    the customer has not paid it all. The row `earlier` is what refunds of sums took off before.
    """

    rows: list[Row] = field(default_factory=list)

    @property
    def value(self) -> int:
        """What the order becomes cheaper."""
        return sum(row.amount for row in self.rows if row.kind not in NO_VALUE)

    @property
    def amount(self) -> int:
        """What goes back to the customer."""
        return sum(row.amount for row in self.rows)


def make_account(
    lines: Sequence[Line],
    wanted: Mapping[int, Fraction],
    kept: int,
    due: int,
    delivery_cap: int | None = 0,
    fee_percent: Fraction = Fraction(0),
    owes: bool = True,
    fees: Mapping[int, Fraction] | None = None,
    rounding: int = 0,
) -> Account:
    """Return how the refund of some quantities is made up.

    :param lines: the order's lines
    :param wanted: key of a line -> quantity that is refunded; more than is left counts as the rest
    :param kept: the customer's money that the shop has and does not give back yet
    :param due: what the order costs now, after earlier refunds
    :param delivery_cap: how much of the delivery goes back at most: 0 nothing, None all of it
    :param fee_percent: what is kept of the price of the goods (0 to 100)
    :param owes: whether the customer owes what the order costs: not when it is cancelled
    :param fees: key of a line -> its own percentage, instead of the one for all
    :param rounding: what the cash rounding of invoices has added to the order's price: it goes
        back with the last of it
    """
    rows = []
    for line in lines:
        quantity = min(wanted.get(line.key, Fraction(0)), line.left)
        if line.kind == "goods" and quantity > 0:
            price = price_of(line.paid, line.quantity, line.refunded_quantity, quantity)
            rows.append(Row("goods", price, line.key, quantity))
    percents = {row.key: fee_percent if fees is None else fees.get(row.key, 0) for row in rows}
    fee = half_up(
        sum((row.amount * Fraction(percents[row.key]) for row in rows), Fraction(0)) / 100
    )
    rows += _delivery_rows(lines, delivery_cap)
    if fee:
        rows.append(Row("fee", -fee))
    earlier = sum(row.amount for row in rows) - due
    if earlier > 0:
        rows.append(Row("earlier", -earlier))
    return _with_kept(rows, kept, due, owes, rounding)


def make_amount_account(
    amount: int, kept: int, due: int, owes: bool = True, rounding: int = 0
) -> Account:
    """Return the account of a refund of a sum, without any lines.

    :param amount: what is refunded
    :param kept: see `make_account`
    :param due: see `make_account`; the order cannot become cheaper than nothing
    :param owes: see `make_account`
    :param rounding: see `make_account`
    """
    return _with_kept([Row("amount", min(amount, due))], kept, due, owes, rounding)


def add_surplus(account: Account, kept: int, due: int, owes: bool = True) -> Account:
    """Add to an account what the customer has paid too much.

    :param account: what goes back besides; may be empty
    :param kept: see `make_account`
    :param due: see `make_account`
    :param owes: see `make_account`
    """
    stays = max(due - account.value, 0) if owes else 0
    surplus = kept - account.amount - stays
    return (
        replace(account, rows=[*account.rows, Row("surplus", surplus)]) if surplus > 0 else account
    )


def _delivery_rows(lines: Sequence[Line], cap: int | None) -> list[Row]:
    """Return what goes back of the delivery; the cap holds for all refunds of an order together.

    Where the customer chose more than the cap, a row of its own says how much stays.
    """
    rows = []
    deliveries = [line for line in lines if line.kind == "delivery"]
    left = None if cap is None else cap - sum(line.refunded for line in deliveries)
    for line in deliveries:
        amount = max(line.paid - line.refunded, 0)
        if not amount or (left is not None and left <= 0):
            continue
        rows.append(Row("delivery", amount, line.key, Fraction(1)))
        if left is not None:
            if amount > left:
                rows.append(Row("supplement", left - amount, line.key))
            left -= min(amount, left)
    return rows


def _with_kept(rows: list[Row], kept: int, due: int, owes: bool, rounding: int) -> Account:
    """Add the rounding of what is refunded to the end, deduct what was not paid or went back."""
    account = Account(rows)
    if rounding and 0 < account.value >= due:
        account = Account([*rows, Row("rounding", max(rounding, -account.value))])
    # What the customer must have paid after this refund stays with the shop.
    stays = max(due - account.value + min(rounding, 0), 0) if owes else 0
    there = max(kept - stays, 0)
    missing = account.amount - min(account.amount, there)
    return replace(account, rows=[*account.rows, Row("kept", -missing)]) if missing else account


# === BY WHICH WAYS IT GOES BACK === #


@dataclass(frozen=True)
class Way:
    """A payment of the customer: `given_back` counts what is pending, too."""

    key: Hashable
    paid: int
    given_back: int = 0
    support: Support = "partial"

    @property
    def left(self) -> int:
        """What can still go back."""
        return max(self.paid - self.given_back, 0)


@dataclass(frozen=True)
class Portion:
    """What goes back by one way: through its provider, or by hand because of `reason`."""

    key: Hashable
    amount: int
    reason: Literal["full_only", "none"] | None = None


def spread(amount: int, ways: Iterable[Way]) -> tuple[list[Portion], int]:
    """Spread a refund over the ways by which the money came.

    :param amount: what goes back
    :param ways: the customer's payments, the first to be used first
    :return: the portions, and what none of the ways has left
    """
    portions, skipped, left = [], [], amount
    for way in ways:
        part = min(left, way.left)
        if part <= 0:
            continue
        in_part = way.given_back or part < way.paid
        if way.support == "none" or (way.support == "full_only" and in_part):
            skipped.append(way)
            continue
        portions.append(Portion(way.key, part))
        left -= part
    for way in skipped:
        part = min(left, way.left)
        if part > 0:
            reason = "none" if way.support == "none" else "full_only"
            portions.append(Portion(way.key, part, reason))
            left -= part
    return portions, left
