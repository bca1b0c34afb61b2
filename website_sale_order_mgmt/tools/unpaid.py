"""When an order that waits for its money is reminded and cancelled: pure functions, no database."""

from datetime import date, datetime, time, timedelta, tzinfo

import pytz


def end_of_day(moment: datetime, days: int, tz: tzinfo) -> datetime:
    """Return the end of the day in the shop's time zone, some days after a moment.

    Whoever is told "until 7 May" has all of that day.

    :param moment: naive, UTC
    :param days: how many days later
    :param tz: the shop's time zone, of pytz
    :return: naive, UTC
    """
    day = pytz.utc.localize(moment).astimezone(tz).date() + timedelta(days=days + 1)
    midnight = tz.localize(datetime.combine(day, time.min))
    return midnight.astimezone(pytz.utc).replace(tzinfo=None)


def last_day(moment: datetime, tz: tzinfo) -> date:
    """Return the last day before a moment that ends a day.

    :param moment: naive, UTC
    :param tz: the shop's time zone, of pytz
    """
    return pytz.utc.localize(moment - timedelta(seconds=1)).astimezone(tz).date()
