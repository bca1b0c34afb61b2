"""Where an order stands, in steps: pure functions, no database."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

# How an order goes on when nothing is known about the days.
KINDS = (
    "ordered",
    "paid",
    "packed",
    "shipped",
    "picked_up",
    "invoiced",
    "returned",
    "credited",
    "refunded",
    "cancelled",
)
STATES = ("done", "current", "upcoming")


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that belongs to a step: a payment, a parcel, an invoice.

    `moment` is aware and local when it is a datetime. `url` is empty where there is no page.
    """

    text: str
    moment: date | datetime | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an order: what (see `KINDS`), how far (see `STATES`), and when."""

    kind: str
    state: str
    moment: date | datetime | None = None
    details: tuple[Detail, ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """What the customer can do now: a link, or (`dialog`) core's payment dialog of the page."""

    kind: str
    text: str
    url: str = "#"
    dialog: str = ""


def progress(done: int, total: int) -> str:
    """Return the state of a step of which `done` parts of `total` are done."""
    if total and done >= total:
        return "done"
    return "current" if done else "upcoming"


def arrange(steps: Iterable[Step]) -> list[Step]:
    """Return steps in the order to read them: what happened, what goes on, what is to come.

    What happened is sorted by the local day, and within a day as orders usually go. It begins with
    the order, also where an invoice carries the day before; a done step without a moment ends it.
    """

    def key(step: Step) -> tuple[int, date, int]:
        if step.kind == "ordered":
            day = date.min
        elif step.state != "done" or not step.moment:
            day = date.max
        else:
            day = step.moment.date() if isinstance(step.moment, datetime) else step.moment
        return STATES.index(step.state), day, KINDS.index(step.kind)

    return sorted(steps, key=key)


def what_next(steps: Iterable[Step], *, confirmed: bool, must_pay: bool) -> str:
    """Return the key of the sentence that tells the customer what comes next.

    :param steps: the order's steps, in any order
    :param confirmed: whether the shop has confirmed the order
    :param must_pay: whether the customer has to pay before the shop goes on
    """
    states = {step.kind: step.state for step in steps}
    settled = bool({"returned", "refunded"} & states.keys())
    handed_over = states.get("shipped", states.get("picked_up"))
    for key, applies in (
        ("refunding", states.get("refunded") == "current"),
        ("returning", states.get("returned") == "current"),
        ("cancelled", "cancelled" in states),
        ("pay", must_pay and states.get("paid") == "upcoming"),
        ("waiting_for_money", not confirmed and states.get("paid", "done") != "done"),
        ("confirming", not confirmed),
        ("rest_follows", handed_over == "current"),
        ("packing", handed_over == "upcoming" and states.get("packed") != "done"),
        ("ready", handed_over == "upcoming" and "picked_up" in states),
        ("leaving", handed_over == "upcoming"),
        ("invoice_due", settled and states.get("invoiced") == "upcoming"),
        ("settled", settled),
        ("payment_due", states.get("paid", "done") != "done"),
        ("on_its_way", states.get("shipped") == "done"),
    ):
        if applies:
            return key
    return "complete"


def is_web_address(url: str | None) -> bool:
    """Return whether a link may be shown to customers: http and https only."""
    return bool(url) and url.lower().startswith(("https://", "http://"))
