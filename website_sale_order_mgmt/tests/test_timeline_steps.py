"""How an order's steps are arranged and told: arithmetic, without a database."""

from datetime import date, datetime

import pytz

from odoo.tests import BaseCase, tagged

from ..tools.timeline import Step, arrange, is_web_address, progress, what_next

STOCKHOLM = pytz.timezone("Europe/Stockholm")


@tagged("post_install", "-at_install")
class TestTimelineTools(BaseCase):
    def test_progress(self):
        for done, total, expected in (
            (0, 0, "upcoming"),
            (0, 2, "upcoming"),
            (1, 2, "current"),
            (2, 2, "done"),
        ):
            self.assertEqual(progress(done, total), expected)

    def test_what_happened_comes_first_by_day(self):
        noon = datetime(2026, 3, 2, 12, tzinfo=STOCKHOLM)
        invoiced = Step("invoiced", "done", date(2026, 3, 2))
        ordered = Step("ordered", "done", noon)
        paid = Step("paid", "done", noon)
        early = Step("invoiced", "done", date(2026, 3, 1))
        returned = Step("returned", "done", date(2026, 4, 1))
        cancelled = Step("cancelled", "done")
        shipped = Step("shipped", "upcoming")
        packed = Step("packed", "current")
        steps = [shipped, cancelled, returned, packed, invoiced, paid, ordered]
        expected = [ordered, paid, invoiced, returned, cancelled, packed, shipped]
        self.assertEqual(arrange(steps), expected)
        self.assertEqual(arrange([paid, early, ordered]), [ordered, early, paid])

    def test_what_comes_next(self):
        for states, confirmed, must_pay, expected in (
            ({"paid": "upcoming"}, False, True, "pay"),
            ({"paid": "current"}, False, True, "waiting_for_money"),
            ({"paid": "done"}, False, False, "confirming"),
            ({}, False, False, "confirming"),
            ({"paid": "done", "packed": "current", "shipped": "upcoming"}, True, False, "packing"),
            ({"paid": "done", "packed": "done", "shipped": "upcoming"}, True, False, "leaving"),
            ({"packed": "done", "picked_up": "upcoming"}, True, False, "ready"),
            ({"packed": "current", "shipped": "current"}, True, False, "rest_follows"),
            ({"paid": "current", "shipped": "done"}, True, False, "payment_due"),
            ({"paid": "done", "shipped": "done"}, True, False, "on_its_way"),
            ({"paid": "done", "picked_up": "done"}, True, False, "complete"),
            ({"paid": "done"}, True, False, "complete"),
            ({"shipped": "done", "returned": "current"}, True, False, "returning"),
            ({"shipped": "done", "returned": "done"}, True, False, "settled"),
            ({"returned": "done", "invoiced": "upcoming"}, True, False, "invoice_due"),
            ({"returned": "done", "invoiced": "done"}, True, False, "settled"),
            ({"refunded": "current", "cancelled": "done"}, False, False, "refunding"),
            ({"refunded": "done", "cancelled": "done"}, False, False, "cancelled"),
        ):
            with self.subTest(expected=expected, states=states):
                steps = [Step(kind, state) for kind, state in states.items()]
                self.assertEqual(what_next(steps, confirmed=confirmed, must_pay=must_pay), expected)

    def test_only_web_addresses_become_links(self):
        self.assertTrue(is_web_address("https://carrier.example.com/1"))
        self.assertTrue(is_web_address("HTTP://carrier.example.com/1"))
        for url in ("javascript:alert(1)", "data:text/html,x", "carrier.example.com", "", False):
            self.assertFalse(is_web_address(url))
