"""The law that the withdrawal function keeps, article by article.

CRD is Directive 2011/83/EU. Dates are real ones: their weekdays and holidays count.
"""

from datetime import date, datetime

import pytz
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..tools import deadline

DAYS = st.dates(date(2024, 1, 1), date(2040, 1, 1))
# Odoo's imports and the calendars of a country take their time at first.
SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
COUNTRIES = st.sampled_from(["SE", "DK", "FI", "DE", "FR", "ES", "IT", "GB", "US", "XX", ""])


@tagged("post_install", "-at_install")
class TestLawOfDeadlines(BaseCase):
    def test_crd_9_1_fourteen_days_after_the_day_of_the_goods(self):
        # Monday, 2 November: day 1 is the 3rd, day 14 is Monday, the 16th.
        self.assertEqual(deadline.last_day(date(2026, 11, 2), "SE"), date(2026, 11, 16))

    def test_reg_1182_71_3_4_weekends_move_the_end_to_the_next_working_day(self):
        for day in (6, 7, 8):  # 20 November is a Friday, 21 and 22 are the weekend
            end = date(2026, 11, 20 if day == 6 else 23)
            self.assertEqual(deadline.last_day(date(2026, 11, day), "SE"), end)

    def test_reg_1182_71_3_4_holidays_of_the_customers_country_move_the_end(self):
        for country, event, end in (
            ("SE", date(2026, 5, 23), date(2026, 6, 8)),  # 6 June: national day, on a Saturday
            ("DE", date(2026, 12, 11), date(2026, 12, 28)),  # both days of Christmas, a weekend
            ("GB", date(2026, 12, 11), date(2026, 12, 29)),  # Boxing Day made good on the 28th
            ("FR", date(2026, 6, 30), date(2026, 7, 15)),  # 14 July
            ("DE", date(2026, 6, 30), date(2026, 7, 14)),
            ("XX", date(2026, 12, 11), date(2026, 12, 25)),  # not known: weekends only
            ("", date(2026, 12, 11), date(2026, 12, 25)),
        ):
            self.assertEqual(deadline.last_day(event, country), end, (country, event))

    def test_reg_1182_71_3_4_eves_are_holidays_where_the_law_says_so(self):
        for country, day, end in (
            # Lag (1930:173) om beräkning av lagstadgad tid, 2 §
            ("SE", date(2026, 12, 24), date(2026, 12, 28)),
            ("SE", date(2026, 12, 31), date(2027, 1, 4)),
            ("SE", date(2026, 6, 19), date(2026, 6, 22)),  # Midsummer Eve
            ("SE", date(2020, 6, 19), date(2020, 6, 22)),  # the earliest there is
            ("SE", date(2027, 6, 25), date(2027, 6, 28)),  # the latest there is
            # Fridays in June, the eves of Epiphany, May Day and All Saints' Day are working days.
            ("SE", date(2026, 6, 18), date(2026, 6, 18)),
            ("SE", date(2026, 6, 26), date(2026, 6, 26)),
            ("SE", date(2026, 1, 5), date(2026, 1, 5)),
            ("SE", date(2026, 4, 30), date(2026, 4, 30)),
            ("SE", date(2026, 5, 15), date(2026, 5, 15)),
            ("SE", date(2026, 10, 30), date(2026, 10, 30)),
            # Laki säädettyjen määräaikain laskemisesta (150/1930), 5 §
            ("FI", date(2026, 12, 24), date(2026, 12, 28)),
            ("FI", date(2026, 12, 31), date(2026, 12, 31)),
            ("FI", date(2026, 6, 19), date(2026, 6, 22)),
            ("FI", date(2026, 5, 1), date(2026, 5, 4)),
            # Forbrugeraftaleloven § 19, stk. 6
            ("DK", date(2026, 6, 5), date(2026, 6, 8)),
            ("DK", date(2026, 12, 24), date(2026, 12, 28)),
            ("DK", date(2026, 12, 31), date(2027, 1, 4)),
            ("DK", date(2026, 5, 1), date(2026, 5, 1)),
            # Elsewhere they are working days, unless they are public holidays.
            ("DE", date(2026, 12, 24), date(2026, 12, 24)),
            ("XX", date(2026, 12, 31), date(2026, 12, 31)),
        ):
            self.assertEqual(deadline.next_working_day(day, country), end, (country, day))
        self.assertEqual(deadline.last_day(date(2026, 12, 10), "SE"), date(2026, 12, 28))

    def test_reg_1182_71_3_4_holidays_of_the_region_count_where_it_is_known(self):
        event = date(2026, 5, 21)  # 4 June: Corpus Christi
        for region, end in (("BY", 5), ("BE", 4), ("", 4), ("ZZ", 4)):
            self.assertEqual(deadline.last_day(event, "DE", region), date(2026, 6, end), region)

    def test_reg_1182_71_3_2_the_day_ends_in_the_customers_country(self):
        day, utc = date(2026, 11, 16), pytz.utc
        for country, own, end in (
            ("SE", None, datetime(2026, 11, 16, 22, 59, 59)),
            ("FI", None, datetime(2026, 11, 16, 21, 59, 59)),
            # Spain has several: the one where the day ends last, unless the customer's is known.
            ("ES", None, datetime(2026, 11, 16, 23, 59, 59)),
            ("ES", "Europe/Madrid", datetime(2026, 11, 16, 22, 59, 59)),
            ("SE", "Asia/Tokyo", datetime(2026, 11, 16, 22, 59, 59)),
            ("", None, datetime(2026, 11, 16, 23, 59, 59)),
        ):
            zone = deadline.zone_of(country, own, utc)
            self.assertEqual(deadline.end_of_day(day, zone), end, (country, own))

    def test_summer_time_moves_the_end_of_the_day(self):
        zone = deadline.zone_of("SE", None, pytz.utc)
        for day, hour in ((date(2026, 3, 28), 22), (date(2026, 3, 29), 21)):
            self.assertEqual(deadline.end_of_day(day, zone).hour, hour)

    def test_a_parcel_at_night_came_on_the_customers_day(self):
        zone = deadline.zone_of("SE", None, pytz.utc)
        moment = datetime(2026, 11, 2, 23, 30)  # half past midnight in Stockholm
        self.assertEqual(deadline.local_day(moment, zone), date(2026, 11, 3))

    def test_crd_10_1_twelve_months_more_where_the_information_was_missing(self):
        event = date(2026, 11, 2)
        end = deadline.last_day_informed(event, None, "SE")
        self.assertEqual(end, date(2027, 11, 16))

    def test_crd_10_2_informed_later_fourteen_days_from_then(self):
        event = date(2026, 11, 2)
        for informed, end in (
            (date(2026, 10, 1), date(2026, 11, 16)),  # before the goods came
            (event, date(2026, 11, 16)),
            (date(2027, 2, 1), date(2027, 2, 15)),
            (date(2027, 12, 1), date(2027, 11, 16)),  # too late to shorten anything
        ):
            self.assertEqual(deadline.last_day_informed(event, informed, "SE"), end, informed)

    def test_crd_13_1_refund_within_fourteen_days(self):
        self.assertEqual(deadline.refund_day(date(2026, 12, 11)), date(2026, 12, 25))

    def test_crd_2_1_consumers_in_doubt_are_consumers(self):
        for is_company, number, country, business in (
            (True, "", "SE", True),
            (False, "SE556677889901", "SE", True),
            (False, "", "SE", False),
            (False, "/", "SE", False),  # Odoo's sign for none
            (False, None, "", False),
            (False, "12345678Z", "ES", False),  # the number of a person
            (False, "ES12345678Z", "ES", False),
            (False, "B58378431", "ES", True),
            (False, "RCCMNL83S18D969H", "IT", False),
            (False, "IT00743110157", "IT", True),
        ):
            found = deadline.is_business(is_company, number, country)
            self.assertEqual(found, business, (is_company, number, country))

    @SLOW
    @given(DAYS, COUNTRIES)
    def test_the_end_is_never_early_and_never_on_a_day_off(self, event, country):
        end = deadline.last_day(event, country)
        self.assertGreaterEqual((end - event).days, 14)
        self.assertLessEqual((end - event).days, 14 + 10)
        self.assertFalse(deadline.is_day_off(end, country))

    @SLOW
    @given(DAYS, COUNTRIES, st.one_of(st.none(), DAYS))
    def test_missing_information_never_shortens(self, event, country, informed):
        end = deadline.last_day_informed(event, informed, country)
        self.assertGreaterEqual(end, deadline.last_day(event, country))
        longest = deadline.last_day_informed(event, None, country)
        self.assertLessEqual(end, longest)
