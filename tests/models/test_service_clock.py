"""Working time: a table of cases, and every answer against a reference that looks at each minute by itself."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.service_clock import (
    ALL_DAY,
    Calendar,
    Closed,
    add_working_time,
    end_of_working_day,
    round_the_clock,
    start_of_working_day,
    working_time_between,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = ((510, 720), (810, 1050))
"""08:30–12:00 and 13:30–17:30: 7.5 hours."""
WEEK = dict.fromkeys(range(5), DAY) | {5: ((540, 720),)}
OFFICE = Calendar(SHANGHAI, WEEK, "CN", DAY)
FIVE_DAYS = Calendar(SHANGHAI, dict.fromkeys(range(5), DAY), "CN", DAY)
OWN_DAYS = Calendar(SHANGHAI, WEEK, "CN", DAY, {date(2026, 3, 3): (), date(2026, 3, 8): ((600, 660),)})
ALWAYS = round_the_clock(SHANGHAI)


def at(words: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=zone)


def said(moment: datetime, zone: ZoneInfo = SHANGHAI) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


# 2026-03-02 is a Monday. Of 2026: New Year 1–3 January (4 worked); Spring Festival 15–23 February (14 and 28 worked);
# National Day 1–7 October (20 September and 10 October worked).
ADDED = [
    pytest.param(OFFICE, "2026-03-02 09:00", 60, "2026-03-02 10:00", id="within the morning"),
    pytest.param(OFFICE, "2026-03-02 11:30", 60, "2026-03-02 14:00", id="over the lunch break"),
    pytest.param(OFFICE, "2026-03-02 11:00", 60, "2026-03-02 12:00", id="to the very end of the morning"),
    pytest.param(OFFICE, "2026-03-02 12:40", 30, "2026-03-02 14:00", id="from within the lunch break"),
    pytest.param(OFFICE, "2026-03-02 06:00", 30, "2026-03-02 09:00", id="from before the doors open"),
    pytest.param(OFFICE, "2026-03-02 17:00", 60, "2026-03-03 09:00", id="over the night"),
    pytest.param(OFFICE, "2026-03-02 20:00", 60, "2026-03-03 09:30", id="from the evening"),
    pytest.param(OFFICE, "2026-03-02 16:30", 60, "2026-03-02 17:30", id="to the very end of the day"),
    pytest.param(OFFICE, "2026-03-06 17:00", 60, "2026-03-07 09:30", id="into Saturday morning"),
    pytest.param(OFFICE, "2026-03-07 11:30", 60, "2026-03-09 09:00", id="over Sunday"),
    pytest.param(FIVE_DAYS, "2026-03-06 17:00", 60, "2026-03-09 09:00", id="over a whole weekend"),
    pytest.param(OFFICE, "2026-03-02 09:00", 24 * 60, "2026-03-05 10:30", id="24 hours are three days and more"),
    pytest.param(OFFICE, "2026-09-30 17:00", 60, "2026-10-08 09:00", id="over National Day with its weekend"),
    pytest.param(OFFICE, "2026-10-09 17:00", 60, "2026-10-10 09:00", id="a make-up Saturday has a Monday's hours"),
    pytest.param(OFFICE, "2026-10-10 15:00", 60, "2026-10-10 16:00", id="also in the afternoon"),
    pytest.param(OFFICE, "2026-09-19 11:30", 60, "2026-09-20 09:00", id="a make-up Sunday is worked"),
    pytest.param(FIVE_DAYS, "2026-02-13 17:00", 60, "2026-02-14 09:00", id="a make-up day where Saturdays are free"),
    pytest.param(OFFICE, "2026-01-02 10:00", 60, "2026-01-04 09:30", id="the Saturday beside a holiday is free"),
    pytest.param(OFFICE, "2026-02-14 17:30", 1, "2026-02-24 08:31", id="Spring Festival"),
    pytest.param(OWN_DAYS, "2026-03-02 17:00", 60, "2026-03-04 09:00", id="a day that the office is closed"),
    pytest.param(OWN_DAYS, "2026-03-07 11:30", 60, "2026-03-08 10:30", id="a Sunday with hours of its own"),
    pytest.param(ALWAYS, "2026-10-03 23:30", 60, "2026-10-04 00:30", id="without a calendar"),
    pytest.param(OFFICE, "2026-03-01 10:00", 0, "2026-03-01 10:00", id="no time at all"),
    pytest.param(OFFICE, "2026-03-03 09:00", -60, "2026-03-02 17:00", id="back over the night"),
    pytest.param(OFFICE, "2026-03-02 14:00", -60, "2026-03-02 11:30", id="back over the lunch break"),
    pytest.param(OFFICE, "2026-03-09 08:30", -180, "2026-03-07 09:00", id="back over Sunday"),
]


@pytest.mark.parametrize(("calendar", "start", "minutes", "due"), ADDED)
def test_working_time_is_added(calendar, start, minutes, due):
    assert said(add_working_time(calendar, at(start), timedelta(minutes=minutes))) == due
    assert working_time_between(calendar, at(start), at(due)) == timedelta(minutes=minutes)


ENDS = [
    pytest.param(OFFICE, "2026-03-02 09:00", 0, "2026-03-02 17:30", id="the same day"),
    pytest.param(OFFICE, "2026-03-02 12:30", 0, "2026-03-02 17:30", id="from within the lunch break"),
    pytest.param(OFFICE, "2026-03-02 17:30", 0, "2026-03-03 17:30", id="the day is over"),
    pytest.param(OFFICE, "2026-03-07 10:00", 0, "2026-03-07 12:00", id="Saturday ends at noon"),
    pytest.param(OFFICE, "2026-03-08 10:00", 0, "2026-03-09 17:30", id="taken on a Sunday"),
    pytest.param(OFFICE, "2026-03-02 09:00", 3, "2026-03-05 17:30", id="three days after"),
    pytest.param(OFFICE, "2026-03-05 09:00", 3, "2026-03-09 17:30", id="Sunday does not count"),
    pytest.param(OFFICE, "2026-03-02 20:00", 1, "2026-03-03 17:30", id="one day after, from the evening"),
    pytest.param(OFFICE, "2026-03-08 10:00", 1, "2026-03-09 17:30", id="one day after a Sunday"),
    pytest.param(OFFICE, "2026-09-30 09:00", 1, "2026-10-08 17:30", id="National Day does not count"),
    pytest.param(OFFICE, "2026-10-08 09:00", 2, "2026-10-10 17:30", id="a make-up Saturday counts"),
    pytest.param(OWN_DAYS, "2026-03-02 18:00", 0, "2026-03-04 17:30", id="a day that the office is closed"),
    pytest.param(
        ALWAYS, "2026-03-02 09:00", 0, "2026-03-02 23:59", id="without a calendar a day ends with its last second"
    ),
    pytest.param(ALWAYS, "2026-03-02 09:00", 2, "2026-03-04 23:59", id="two days after"),
]


@pytest.mark.parametrize(("calendar", "start", "days", "due"), ENDS)
def test_a_working_day_ends(calendar, start, days, due):
    assert said(end_of_working_day(calendar, at(start), days)) == due


@pytest.mark.parametrize(
    ("moment", "days", "start"),
    [
        ("2026-03-04 17:30", 0, "2026-03-04 08:30"),
        ("2026-03-04 17:30", 1, "2026-03-03 08:30"),
        ("2026-03-09 10:00", 1, "2026-03-07 09:00"),
        ("2026-10-08 10:00", 1, "2026-09-30 08:30"),
        ("2026-03-08 10:00", 0, "2026-03-07 09:00"),
    ],
)
def test_a_working_day_begins(moment, days, start):
    assert said(start_of_working_day(OFFICE, at(moment), days)) == start


def test_years_without_a_decree_keep_their_holidays():
    """Make-up days of 2060 are not known: its weekends are weekends, its statutory days are free."""
    assert OFFICE.periods(date(2060, 10, 1)) == ()
    assert OFFICE.periods(date(2060, 9, 25)) == WEEK[5]


def test_a_calendar_that_never_opens_says_so():
    with pytest.raises(Closed):
        add_working_time(Calendar(SHANGHAI, {}), at("2026-03-02 09:00"), timedelta(minutes=1))


LISBON, NEW_YORK = ZoneInfo("Europe/Lisbon"), ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("zone", "start", "minutes", "due"),
    [
        # Lisbon's clocks go forward on 2026-03-29 at 01:00 and back on 2026-10-25 at 02:00.
        (LISBON, "2026-03-28 23:00", 180, "2026-03-29 03:00"),
        (LISBON, "2026-10-24 23:00", 180, "2026-10-25 01:00"),
        (NEW_YORK, "2026-03-07 23:00", 300, "2026-03-08 05:00"),
    ],
)
def test_an_hour_is_an_hour_where_clocks_change(zone, start, minutes, due):
    assert said(add_working_time(round_the_clock(zone), at(start, zone), timedelta(minutes=minutes)), zone) == due
    shop = Calendar(zone, dict.fromkeys(range(7), ALL_DAY), days={date(2020, 1, 1): ()})
    assert said(add_working_time(shop, at(start, zone), timedelta(minutes=minutes)), zone) == due


# -- against a reference that looks at each minute ---------------------------------------------------


def is_open(calendar: Calendar, minute: datetime) -> bool:
    """Whether the office works in the minute that begins now, told from the wall clock alone."""
    here = minute.astimezone(calendar.zone)
    return any(start <= here.hour * 60 + here.minute < end for start, end in calendar.periods(here.date()))


def counted(calendar: Calendar, one: datetime, minutes: int) -> int:
    """Open minutes among so many from ``one`` on."""
    return sum(is_open(calendar, one + timedelta(minutes=n)) for n in range(minutes))


@st.composite
def calendars(draw):
    """Weeks of up to three periods a day between 04:00 and midnight, where no zone here changes its clocks."""
    edge = st.integers(min_value=16, max_value=96)
    hours = {}
    for weekday in draw(st.sets(st.integers(0, 6), min_size=1)):
        cuts = sorted(draw(st.sets(edge, min_size=2, max_size=6)))
        hours[weekday] = tuple((15 * a, 15 * b) for a, b in zip(cuts[::2], cuts[1::2], strict=False))
    zone = draw(st.sampled_from([SHANGHAI, LISBON, NEW_YORK]))
    country = draw(st.sampled_from(["", "CN", "PT", "US"]))
    own = draw(st.dictionaries(st.dates(date(2026, 2, 10), date(2026, 3, 10)), st.sampled_from([(), DAY]), max_size=3))
    return Calendar(zone, hours, country, hours[min(hours)], own)


moments = st.one_of(
    *(
        st.integers(0, 21 * 24 * 60).map(
            lambda n, first=first: datetime.combine(first, time(), UTC) + timedelta(minutes=n)
        )
        for first in (date(2026, 2, 8), date(2026, 3, 20), date(2026, 9, 18))
    )
)


@given(calendars(), moments, st.integers(0, 6 * 24 * 60))
def test_time_between_is_the_open_minutes(calendar, one, minutes):
    found = working_time_between(calendar, one, one + timedelta(minutes=minutes))
    assert found == timedelta(minutes=counted(calendar, one, minutes))


@given(calendars(), moments, st.integers(1, 30 * 60))
def test_time_added_is_the_first_moment_with_so_many_open_minutes(calendar, one, length):
    due = add_working_time(calendar, one, timedelta(minutes=length))
    last = due - timedelta(minutes=1)
    assert is_open(calendar, last)
    if due - one < timedelta(days=12):
        assert counted(calendar, one, int((due - one).total_seconds() // 60)) == length


@given(calendars(), moments, st.integers(1, 30 * 60))
def test_time_taken_off_is_the_last_moment_with_so_many_open_minutes(calendar, one, length):
    since = add_working_time(calendar, one, timedelta(minutes=-length))
    assert is_open(calendar, since)
    if one - since < timedelta(days=12):
        assert counted(calendar, since, int((one - since).total_seconds() // 60)) == length


@given(calendars(), moments, st.integers(0, 5))
def test_a_day_ends_with_its_last_open_minute(calendar, one, days):
    """Nothing is open between the end and midnight, and so many open days lie before it."""
    due = end_of_working_day(calendar, one, days)
    assert due > one
    day = calendar.day_of(due)
    assert is_open(calendar, due.replace(second=0) - timedelta(minutes=0 if due.second else 1))
    rest = int((calendar.start_of(day + timedelta(days=1)) - due).total_seconds() // 60)
    assert counted(calendar, due + timedelta(seconds=due.second % 2), rest) == 0
    first = calendar.day_of(one)
    between = [first + timedelta(days=n) for n in range(1, (day - first).days + 1)]
    worked = sum(bool(calendar.periods(one_day)) for one_day in between)
    assert worked == days if days else worked <= 1
