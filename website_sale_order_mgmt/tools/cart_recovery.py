"""When which reminder of an abandoned cart is due: no database."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

LATE = timedelta(days=3)  # A reminder that is later than this is not sent any more.
APART = timedelta(hours=1)  # Between two reminders of the same cart.
LOOK_AGAIN = timedelta(hours=1)  # At a cart that had a reason not to be reminded.
RETRY = timedelta(days=1)  # After a reminder that could not be made.
RECOVERY = timedelta(days=7)  # An order within this time of a reminder counts as its fruit.


def is_held_out(number: int, percent: int) -> bool:
    """Return whether a cart belongs to the control group: for the same cart always the same.

    :param number: the cart's id
    :param percent: the group's share; whoever is in a small one is in a larger one, too
    """
    digest = hashlib.sha256(f"cart-{number}".encode()).digest()
    return int.from_bytes(digest, "big") % 100 < percent


@dataclass(frozen=True)
class Step:
    """One reminder of a website: its first one, or a further step.

    `key` is the id of the `website.cart.recovery.step`, 0 for the first; `number` is its place,
    from 1; `template` is a `mail.template`, maybe empty; `min_amount` is in the company's currency.
    """

    key: int
    number: int
    delay: timedelta
    template: Any
    min_amount: float = 0.0

    def is_due(self, activity: datetime, now: datetime) -> bool:
        """Return whether a cart left at `activity` is to be reminded now."""
        return now - self.delay - LATE < activity <= now - self.delay


def next_step(
    steps: list[Step],
    activity: datetime,
    settled: set[int],
    amount: float,
    now: datetime,
    by_hand: bool = False,
) -> Step | None:
    """Return the reminder that comes next: one that is due, or else the first to come.

    :param steps: the website's reminders, in their order
    :param activity: when the customer last touched the cart
    :param settled: the keys of the reminders that this version of the cart has had
    :param amount: the cart's value, in the company's currency
    :param now: the moment that counts
    :param by_hand: somebody has decided: no cart is too old or too small
    """
    for step in steps:
        missed = activity <= now - step.delay - LATE
        fits = by_hand or (not missed and amount >= step.min_amount)
        if step.key not in settled and fits:
            return step
    return None
