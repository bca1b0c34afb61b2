"""When the right of withdrawal ends: pure functions, no database.

Sources: Directive 2011/83/EU (CRD) Art. 9 and 10; Regulation (EEC) 1182/71 Art. 3, which says how
the Union counts periods in days.
"""

from datetime import date, datetime, time, timedelta, tzinfo
from functools import lru_cache

import pytz
from dateutil.relativedelta import relativedelta
from holidays import HolidayBase, country_holidays
from stdnum.es import dni, nie
from stdnum.it import codicefiscale

DAYS = 14  # CRD Art. 9(1)
MONTHS_WITHOUT_INFORMATION = 12  # CRD Art. 10(1)
REFUND_DAYS = 14  # CRD Art. 13(1)
FRIDAY, SATURDAY = 4, 5
# On which days no period ends either, though they are no public holidays: country -> (month, day).
# Those of Finland (laki 150/1930, 5 §) are public holidays in `holidays`.
DAYS_OFF = {
    # Lag (1930:173) om beräkning av lagstadgad tid, 2 §; see `_is_midsummer_eve`, too.
    "SE": {(12, 24), (12, 31)},
    # Forbrugeraftaleloven § 19, stk. 6
    "DK": {(6, 5), (12, 24), (12, 31)},
}


def is_day_off(day: date, country: str, region: str = "") -> bool:
    """Return whether a day is a Saturday, a Sunday, a public holiday or what the law adds to them.

    :param country: ISO 3166 alpha-2; of one that is not known only the weekends count
    :param region: ISO 3166-2 without the country; of one that is not known only the country counts
    """
    if day.weekday() >= SATURDAY or (day.month, day.day) in DAYS_OFF.get(country, ()):
        return True
    if country == "SE" and _is_midsummer_eve(day):
        return True
    calendar = _calendar(country, region)
    return calendar is not None and day in calendar


def next_working_day(day: date, country: str, region: str = "") -> date:
    """Return the day itself or, if it is a day off, the next working day (1182/71 Art. 3(4))."""
    while is_day_off(day, country, region):
        day += timedelta(days=1)
    return day


def last_day(event: date, country: str, region: str = "") -> date:
    """Return the last day of the 14; the day of the event is not counted (1182/71 Art. 3(1)).

    :param event: when the consumer got the last of the goods, or concluded the contract
    """
    return next_working_day(event + timedelta(days=DAYS), country, region)


def last_day_informed(event: date, informed: date | None, country: str, region: str = "") -> date:
    """Return the last day where the information may have been missing (CRD Art. 10).

    :param event: as for `last_day`
    :param informed: when the consumer got the information on the right of withdrawal, if at all
    """
    initial = last_day(event, country, region)
    longest = initial + relativedelta(months=MONTHS_WITHOUT_INFORMATION)
    if informed is None or informed > event + relativedelta(months=MONTHS_WITHOUT_INFORMATION):
        return next_working_day(longest, country, region)
    return max(initial, last_day(max(event, informed), country, region))


def refund_day(submitted: date) -> date:
    """Return the last day for the refund (CRD Art. 13(1)), never moved on by a day off."""
    return submitted + timedelta(days=REFUND_DAYS)


def end_of_day(day: date, zone: tzinfo) -> datetime:
    """Return the last second of a day somewhere, in UTC and naive (1182/71 Art. 3(2)(b))."""
    # A pytz zone knows its offsets by `localize` only.
    local = zone.localize(datetime.combine(day, time(23, 59, 59)))
    return local.astimezone(pytz.utc).replace(tzinfo=None)


def local_day(moment: datetime, zone: tzinfo) -> date:
    """Return which day it is somewhere at a moment (UTC, naive)."""
    return pytz.utc.localize(moment).astimezone(zone).date()


def zone_of(country: str, own: str | None, otherwise: tzinfo) -> tzinfo:
    """Return the time zone that a customer's days end in.

    :param country: ISO 3166 alpha-2 of the customer
    :param own: the customer's own time zone, if known; it counts if it is one of that country
    :param otherwise: where the country is not known
    :return: of a country with several zones, the one where the day ends last
    """
    names = pytz.country_timezones.get(country, [])
    if own in names:
        return pytz.timezone(own)
    zones = [pytz.timezone(name) for name in names]
    winter = datetime(2026, 1, 15)
    return min(zones, key=lambda zone: zone.utcoffset(winter), default=otherwise)


def is_business(is_company: bool, tax_number: str | None, country: str) -> bool:
    """Return whether a customer is taken for a business: what is in doubt is a consumer.

    :param is_company: the contact, or the one that it belongs to, is a company
    :param tax_number: as entered; that of a natural person is no sign of a business
    :param country: ISO 3166 alpha-2
    """
    if is_company:
        return True
    number = "".join(filter(str.isalnum, tax_number or "")).upper()
    if not number:
        return False
    return not _is_of_a_person(number.removeprefix(country), country)


def _is_of_a_person(number: str, country: str) -> bool:
    if country == "ES":
        return dni.is_valid(number) or nie.is_valid(number)
    # stdnum takes companies' numbers, of 11 digits, for a codice fiscale, too
    return country == "IT" and not number.isdigit() and codicefiscale.is_valid(number)


def _is_midsummer_eve(day: date) -> bool:
    """Return whether a day is before Midsummer Day, the Saturday from 20 to 26 June (1989:253)."""
    return day.month == 6 and 19 <= day.day <= 25 and day.weekday() == FRIDAY


@lru_cache(maxsize=256)
def _calendar(country: str, region: str) -> HolidayBase | None:
    for subdivision in (region or None, None):
        try:
            return country_holidays(country, subdiv=subdivision)
        except NotImplementedError:
            continue
    return None
