"""Who is next: the arithmetic of the assignment rules, without a database."""

from collections import defaultdict, deque
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass


@dataclass
class Member:
    """Somebody who can take orders.

    :param user_id: the person
    :param open_orders: the open web orders of that person now
    :param limit: so many open web orders at most, 0 for no limit
    """

    user_id: int
    open_orders: int = 0
    limit: int = 0

    @property
    def is_free(self) -> bool:
        """Return whether the person can take one more order."""
        return not self.limit or self.open_orders < self.limit

    def take(self) -> None:
        """Count one more open order."""
        self.open_orders += 1


def capacity(members: Iterable[Member], wanted: int) -> int:
    """Return how many of the `wanted` orders the members can take together."""
    free = 0
    for member in members:
        if not member.limit:
            return wanted
        free += max(member.limit - member.open_orders, 0)
    return min(free, wanted)


def next_in_turn(members: Sequence[Member], turn: int) -> Member | None:
    """Return whose turn it is: consecutive turns go round those who are free.

    :param members: always in the same order
    :param turn: the number that was drawn, 0 or more
    """
    free = [member for member in members if member.is_free]
    return free[turn % len(free)] if free else None


def least_busy(members: Sequence[Member], turn: int) -> Member | None:
    """Return the free member with the fewest open orders; of several, whose turn it is."""
    free = [member for member in members if member.is_free]
    fewest = min((member.open_orders for member in free), default=0)
    return next_in_turn([member for member in free if member.open_orders == fewest], turn)


class ReturnedTurns:
    """Turns that were drawn by transactions which were rolled back, to be drawn again.

    They live in this process, as the retry of a request does. What is still here when a process
    ends has been skipped, which nobody notices but who counts.
    """

    def __init__(self) -> None:
        self._turns: dict[Hashable, deque[int]] = defaultdict(deque)

    def give_back(self, key: Hashable, turns: Iterable[int]) -> None:
        """Keep turns that nobody has taken."""
        self._turns[key].extend(turns)

    def draw(self, key: Hashable, count: int) -> list[int]:
        """Return at most `count` turns that were given back, the oldest first."""
        turns: list[int] = []
        while len(turns) < count:
            try:
                turns.append(self._turns[key].popleft())
            except IndexError:
                break
        return turns
