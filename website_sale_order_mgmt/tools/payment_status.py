"""Where the money of an order stands: pure arithmetic, no database."""

from typing import Literal, NamedTuple

PaymentStatus = Literal[
    "unpaid",
    "pending",
    "authorized",
    "partial",
    "paid",
    "overpaid",
    "partly_refunded",
    "refunded",
    "free",
]
Status = Literal[
    "cart",
    "awaiting_payment",
    "reserved",
    "to_confirm",
    "confirmed",
    "to_ship",
    "partly_shipped",
    "shipped",
    "cancelled",
]

Attention = Literal[
    "paid_not_confirmed",
    "refund_failed",
    "paid_cancelled",
    "amount_mismatch",
    "overpaid",
    "stock_short",
    "mail_failed",
    "invoice_failed",
]

UNDER_WAY = ("pending", "authorized", "partial")  # The checkout is done with these.


class Amounts(NamedTuple):
    """The amounts of an order in its currency, rounded; none is negative."""

    total: float
    received: float = 0.0
    refunded: float = 0.0
    authorized: float = 0.0
    pending: float = 0.0


def get_payment_status(amounts: Amounts, rounding: float = 0.01) -> PaymentStatus:
    """Return the payment status of an order.

    What was received counts first: a surplus that was given back leaves the order paid. Money that
    is only promised (authorized, pending) counts where the money received does not suffice.

    :param amounts: the order's amounts
    :param rounding: the smallest amount of the currency; less than half of it is nothing
    """

    def compare(left: float, right: float) -> int:
        difference = left - right
        return 0 if abs(difference) < rounding / 2 else (1 if difference > 0 else -1)

    total, received, refunded, authorized, pending = amounts
    kept = received - refunded
    if compare(refunded, 0) > 0:
        if compare(kept, 0) <= 0:
            return "refunded"
        return {1: "overpaid", 0: "paid", -1: "partly_refunded"}[compare(kept, total)]
    if compare(received, 0) > 0:
        if compare(received, total) >= 0:
            return "overpaid" if compare(received, total) > 0 else "paid"
        if compare(authorized, 0) > 0 and compare(received + authorized, total) >= 0:
            return "authorized"
        return "partial"
    if compare(total, 0) <= 0:
        return "free"
    if compare(authorized, 0) > 0:
        return "authorized"
    return "pending" if compare(pending, 0) > 0 else "unpaid"


def is_covered(amounts: Amounts, required: float, rounding: float = 0.01) -> bool:
    """Return whether the money that an order is confirmed with is there, or reserved.

    :param amounts: the order's amounts
    :param required: how much of the total that is: less than it where a down payment suffices
    :param rounding: the smallest amount of the currency; less than half of it is nothing
    """
    there = amounts.received - amounts.refunded + amounts.authorized
    return there >= rounding / 2 and there > required - rounding / 2


def get_status(
    state: str,
    delivery_status: str | None,
    payment: PaymentStatus,
    covered: bool,
    reserved: bool = False,
) -> Status:
    """Return where a web order stands.

    :param state: `sale.order.state`
    :param delivery_status: `sale.order.delivery_status`, empty when there is nothing to deliver
    :param payment: the order's payment status
    :param covered: whether the money that the order is confirmed with is there
    :param reserved: whether its goods are reserved before the payment, and on hold
    """
    if state == "cancel":
        return "cancelled"
    if state == "sale" and reserved and not covered:
        return "reserved"
    if state == "sale":
        stations = {"pending": "to_ship", "started": "to_ship", "partial": "partly_shipped"}
        stations["full"] = "shipped"
        return stations.get(delivery_status, "confirmed")
    if covered:
        return "to_confirm"
    if state == "sent" or payment in UNDER_WAY:
        return "awaiting_payment"
    return "cart"


def get_attention(
    status: Status,
    payment: PaymentStatus,
    held: float,
    confirm_error: bool,
    mail_failed: bool,
    invoice_failed: bool,
    stock_short: bool = False,
    refund_failed: bool = False,
    underpaid: bool = False,
) -> Attention | None:
    """Return the most urgent reason why somebody must look after an order, if there is one.

    :param status: where the order stands
    :param payment: its payment status
    :param held: what was received and does not go back yet, or is reserved, rounded
    :param confirm_error: whether it is known why the paid order was not confirmed
    :param mail_failed: whether a mail to the customer failed for good
    :param invoice_failed: whether the automatic invoice failed for good
    :param stock_short: whether goods that were sold are not there
    :param refund_failed: whether money that should go back does not
    :param underpaid: whether the order was confirmed by a payment of less than its total
    """
    reasons = {
        "paid_not_confirmed": status == "to_confirm" and confirm_error,
        "refund_failed": refund_failed,
        "paid_cancelled": status == "cancelled" and held > 0,
        "amount_mismatch": (
            status in ("awaiting_payment", "reserved") and payment in ("partial", "authorized")
        )
        or (underpaid and status != "cancelled" and payment == "partial"),
        "overpaid": payment == "overpaid",
        "stock_short": stock_short and status in ("reserved", "to_ship", "partly_shipped"),
        "mail_failed": mail_failed,
        "invoice_failed": invoice_failed,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)
