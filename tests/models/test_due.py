"""When jobs are due: a table of office times. Moments are written in the office's own clock."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from models.schedule.due import due, moment_of, newest_slot, next_slot
from schema.spec import LAST_DAY, Schedule
from schema.text import same

SHANGHAI, BERLIN, KOLKATA = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kolkata")


def every(*names, at="06:30", day=None):
    return Schedule("j", same("j"), "j", names, day, time.fromisoformat(at), frozenset(["r"]))


def here(text, zone=SHANGHAI):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def shown(moment, zone=SHANGHAI):
    return None if moment is None else f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


# schedule, now, newest moment, next moment
TABLE = [
    (every("day"), "2026-03-16 06:29", "2026-03-15 06:30", "2026-03-16 06:30"),
    (every("day"), "2026-03-16 06:30", "2026-03-16 06:30", "2026-03-17 06:30"),
    (every("day", at="23:50"), "2026-03-16 00:10", "2026-03-15 23:50", "2026-03-16 23:50"),
    (every("hour", at="02:15"), "2026-03-16 09:14", "2026-03-16 08:15", "2026-03-16 09:15"),
    (every("hour", at="02:15"), "2026-03-16 00:05", "2026-03-15 23:15", "2026-03-16 00:15"),
    (every("hour", at="02:00"), "2026-03-16 09:00", "2026-03-16 09:00", "2026-03-16 10:00"),
    (every("monday"), "2026-03-16 06:00", "2026-03-09 06:30", "2026-03-16 06:30"),
    (every("monday", "saturday"), "2026-03-16 07:00", "2026-03-16 06:30", "2026-03-21 06:30"),
    (every("month"), "2026-03-16 07:00", "2026-03-01 06:30", "2026-04-01 06:30"),
    (every("month", day=28), "2026-03-16 07:00", "2026-02-28 06:30", "2026-03-28 06:30"),
    (every("month", day=31), "2026-03-16 07:00", "2026-02-28 06:30", "2026-03-31 06:30"),
    (every("month", day=31), "2026-04-30 07:00", "2026-04-30 06:30", "2026-05-31 06:30"),
    (every("month", day=LAST_DAY), "2028-03-01 00:00", "2028-02-29 06:30", "2028-03-31 06:30"),
    (every("quarter"), "2026-03-16 07:00", "2026-01-01 06:30", "2026-04-01 06:30"),
    (every("quarter", day=45), "2026-03-16 07:00", "2026-02-14 06:30", "2026-05-15 06:30"),
    (every("quarter", day=LAST_DAY), "2026-03-16 07:00", "2025-12-31 06:30", "2026-03-31 06:30"),
    (every("year"), "2026-03-16 07:00", "2026-01-01 06:30", "2027-01-01 06:30"),
    (every("year", day=366), "2026-03-16 07:00", "2025-12-31 06:30", "2026-12-31 06:30"),
    (every("year", day=60), "2028-02-29 06:30", "2028-02-29 06:30", "2029-03-01 06:30"),
]


@pytest.mark.parametrize(("schedule", "now", "newest", "following"), TABLE)
def test_the_moments_of_a_schedule_are_those_of_the_offices_clock(schedule, now, newest, following):
    assert shown(newest_slot(schedule, here(now), SHANGHAI)) == newest
    assert shown(next_slot(schedule, here(now), SHANGHAI)) == following


# last moment known, now, what is due
DUE = [
    (None, "2026-03-16 07:00", None),
    ("2026-03-16 06:30", "2026-03-16 07:00", None),
    ("2026-03-15 06:30", "2026-03-16 06:29", None),
    ("2026-03-15 06:30", "2026-03-16 06:30", "2026-03-16 06:30"),
    ("2026-03-01 06:30", "2026-03-16 23:59", "2026-03-16 06:30"),
    ("2026-03-16 08:00", "2026-03-16 09:00", None),
]


@pytest.mark.parametrize(("last", "now", "slot"), DUE)
def test_what_was_missed_is_due_once_for_its_newest_moment(last, now, slot):
    known = here(last) if last else None
    assert shown(due(every("day"), known, here(now), SHANGHAI)) == slot


def test_a_time_left_out_by_a_change_of_clocks_is_an_hour_later_and_comes_once():
    nightly = every("day", at="02:30")
    slot = moment_of(nightly, here("2026-03-29").date(), BERLIN)
    assert slot == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert shown(slot, BERLIN) == "2026-03-29 03:30"
    assert next_slot(nightly, slot, BERLIN) == datetime(2026, 3, 30, 0, 30, tzinfo=UTC)


def test_a_time_that_comes_twice_is_due_the_first_time_only():
    nightly = every("day", at="02:30")
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert (shown(first, BERLIN), shown(second, BERLIN)) == ("2026-10-25 02:30",) * 2
    assert newest_slot(nightly, first, BERLIN) == first
    assert due(nightly, first, second, BERLIN) is None
    assert next_slot(nightly, first, BERLIN) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


def test_hours_have_their_minute_where_the_offset_is_half_an_hour():
    assert newest_slot(every("hour", at="00:10"), datetime(2026, 3, 16, 9, 45, tzinfo=UTC), KOLKATA) == datetime(
        2026, 3, 16, 9, 40, tzinfo=UTC
    )
