"""What reminders bring, told from a control group: pure functions, no database."""

from dataclasses import dataclass
from math import sqrt

Z = 1.959964  # 95 % of a normal distribution lie within so many standard deviations.


@dataclass(frozen=True)
class Uplift:
    """How many more of the reminded carts were ordered, with the bounds of a 95 % interval."""

    orders: float
    low: float
    high: float

    @property
    def is_certain(self) -> bool:
        """Whether the interval leaves no doubt about the direction."""
        return self.low > 0 or self.high < 0


def wilson(ordered: int, carts: int) -> tuple[float, float]:
    """Return the bounds of Wilson's score interval for a share (95 %)."""
    share, square = ordered / carts, Z * Z
    middle = (share + square / (2 * carts)) / (1 + square / carts)
    width = sqrt(share * (1 - share) / carts + square / (4 * carts * carts))
    width *= Z / (1 + square / carts)
    return middle - width, middle + width


def uplift(ordered: int, carts: int, control_ordered: int, control_carts: int) -> Uplift | None:
    """Return the orders that the reminders brought, compared with the control group.

    The interval is Newcombe's hybrid score interval for the difference of two shares (R. G.
    Newcombe, Statistics in Medicine 17, 1998, method 10), which holds for small groups, too.

    :param ordered: the reminded carts whose customers ordered
    :param carts: the reminded carts
    :param control_ordered: the carts of the control group whose customers ordered
    :param control_carts: the carts of the control group
    :return: nothing without both groups
    """
    if not carts or not control_carts:
        return None
    share, control_share = ordered / carts, control_ordered / control_carts
    low, high = wilson(ordered, carts)
    control_low, control_high = wilson(control_ordered, control_carts)
    difference = share - control_share
    below = sqrt((share - low) ** 2 + (control_high - control_share) ** 2)
    above = sqrt((high - share) ** 2 + (control_share - control_low) ** 2)
    return Uplift(difference * carts, (difference - below) * carts, (difference + above) * carts)
