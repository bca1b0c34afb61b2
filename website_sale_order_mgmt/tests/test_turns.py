from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..tools import turns

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
LOADS = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=8)


def members_with(loads):
    return [turns.Member(number, load, limit) for number, (load, limit) in enumerate(loads, 1)]


@tagged("post_install", "-at_install")
class TestTurns(BaseCase):
    @UNHURRIED
    @given(st.integers(1, 9), st.integers(0, 10**9), st.integers(1, 200))
    def test_consecutive_turns_are_shared_within_one(self, people, first, count):
        members = members_with([(0, 0)] * people)
        got = Counter(
            turns.next_in_turn(members, turn).user_id for turn in range(first, first + count)
        )
        shares = [got[member.user_id] for member in members]
        self.assertLessEqual(max(shares) - min(shares), 1)

    @UNHURRIED
    @given(LOADS, st.integers(0, 50), st.integers(0, 1000))
    def test_nobody_gets_more_than_the_limit(self, loads, wanted, first):
        for choose in (turns.next_in_turn, turns.least_busy):
            members = members_with(loads)
            before = {member.user_id: member.open_orders for member in members}
            possible = turns.capacity(members, wanted)
            taken = 0
            for turn in range(first, first + wanted):
                if person := choose(members, turn):
                    person.take()
                    taken += 1
            self.assertEqual(taken, possible)
            for member in members:
                if member.limit:
                    most = max(member.limit, before[member.user_id])
                    self.assertLessEqual(member.open_orders, most)

    @UNHURRIED
    @given(LOADS, st.integers(0, 1000))
    def test_the_least_busy_has_the_fewest_of_those_who_are_free(self, loads, turn):
        members = members_with(loads)
        free = [member.open_orders for member in members if member.is_free]
        person = turns.least_busy(members, turn)
        self.assertEqual(person and person.open_orders, min(free) if free else None)

    def test_nobody_is_next_among_nobody(self):
        self.assertIsNone(turns.next_in_turn([], 3))
        self.assertIsNone(turns.least_busy([], 3))
        self.assertEqual(turns.capacity([], 3), 0)

    def test_turns_given_back_are_drawn_again_in_order(self):
        pool = turns.ReturnedTurns()
        pool.give_back(("shop", 1), [4, 5])
        self.assertEqual(pool.draw(("shop", 2), 1), [])
        self.assertEqual(pool.draw(("shop", 1), 1), [4])
        self.assertEqual(pool.draw(("shop", 1), 3), [5])
        self.assertEqual(pool.draw(("shop", 1), 1), [])
