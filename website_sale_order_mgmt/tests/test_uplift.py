from itertools import product

from odoo.tests import BaseCase

from ..tools.uplift import uplift, wilson


class TestUplift(BaseCase):
    """What reminders bring, with its confidence interval."""

    def test_published_examples(self):
        """R. G. Newcombe, Statistics in Medicine 17 (1998), p. 873-890, table II, method 10."""
        for (ordered, carts, control, control_carts), low, high in (
            ((56, 70, 48, 80), 0.0524, 0.3339),
            ((9, 10, 3, 10), 0.1705, 0.8090),
            ((6, 7, 2, 7), 0.0582, 0.8062),
            ((5, 56, 0, 29), -0.0381, 0.1926),
            ((0, 10, 0, 20), -0.1611, 0.2775),
            ((10, 10, 0, 20), 0.6791, 1.0),
        ):
            found = uplift(ordered, carts, control, control_carts)
            self.assertAlmostEqual(found.low / carts, low, places=4)
            self.assertAlmostEqual(found.high / carts, high, places=4)

    def test_of_all_small_groups(self):
        sizes = (1, 2, 7, 30)
        for carts, control_carts in product(sizes, sizes):
            for ordered, control in product(range(carts + 1), range(control_carts + 1)):
                found = uplift(ordered, carts, control, control_carts)
                share = ordered / carts - control / control_carts
                self.assertAlmostEqual(found.orders, share * carts)
                self.assertLessEqual(found.low, found.orders + 1e-9)
                self.assertGreaterEqual(found.high, found.orders - 1e-9)
                self.assertGreaterEqual(found.low, -carts - 1e-9)
                self.assertLessEqual(found.high, carts + 1e-9)
                if ordered * control_carts == control * carts:
                    self.assertFalse(found.is_certain, "The same share is no difference")
                swapped = uplift(control, control_carts, ordered, carts)
                self.assertAlmostEqual(swapped.low / control_carts, -found.high / carts)

    def test_more_carts_give_a_narrower_interval(self):
        widths = []
        for times in (1, 10, 100, 1000):
            found = uplift(30 * times, 100 * times, 20 * times, 100 * times)
            widths.append((found.high - found.low) / times)
        self.assertEqual(widths, sorted(widths, reverse=True))
        self.assertTrue(found.is_certain)

    def test_without_a_group_there_is_no_answer(self):
        self.assertIsNone(uplift(0, 0, 1, 10))
        self.assertIsNone(uplift(1, 10, 0, 0))

    def test_wilson_stays_a_share(self):
        for carts in (1, 5, 100):
            for ordered in range(carts + 1):
                low, high = wilson(ordered, carts)
                self.assertGreaterEqual(low, -1e-12)
                self.assertLessEqual(high, 1 + 1e-12)
