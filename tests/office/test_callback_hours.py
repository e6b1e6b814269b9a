"""When somebody may be called, and when again: rules over days, parts of the day and tries (S6)."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from office.callbacks.hours import CallHours, Try
from office.callbacks.opening import is_sampled
from office.callbacks.policy import DayPart

ZONE = ZoneInfo("Asia/Shanghai")
FULL, HALF = ((510, 720), (810, 1050)), ((540, 720),)
PARTS = {
    "morning": DayPart(hours="09:00-11:30"),
    "afternoon": DayPart(hours="14:00-17:30"),
    "evening": DayPart(hours="18:00-20:00", after_hours=True),
}


def periods(day: date):
    """Monday to Friday in full, Saturday until noon, and 18 March off."""
    if day == date(2026, 3, 18) or day.weekday() == 6:
        return ()
    return HALF if day.weekday() == 5 else FULL


HOURS = CallHours(PARTS, periods, ZONE)


def at(words: str) -> datetime:
    """'16 09:30' of March 2026; the 16th is a Monday."""
    return datetime.strptime(f"2026-03-{words}", "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)


def said(moment: datetime) -> str:
    return f"{moment.astimezone(ZONE):%d %H:%M}"


FIRST = [
    ("16 09:30", "16 09:30", "within the morning"),
    ("16 08:10", "16 09:00", "before the first call of the day"),
    ("16 12:15", "16 14:00", "lunch"),
    ("16 19:59", "16 19:59", "the evening is callable, though the office is closed"),
    ("16 20:00", "17 09:00", "never at night"),
    ("16 23:30", "17 09:00", "never at night"),
    ("17 21:00", "19 09:00", "the 18th is off"),
    ("21 11:45", "21 18:00", "Saturday afternoon is closed"),
    ("22 10:00", "23 09:00", "Sunday"),
]


@pytest.mark.parametrize(("moment", "first", "why"), FIRST)
def test_the_first_moment_to_call(moment: str, first: str, why: str) -> None:
    assert said(HOURS.first_from(at(moment))) == first, why


AGAIN = [
    ([("morning", "16 09:30")], "16 14:00", "another part of the same day"),
    ([("morning", "16 09:30"), ("afternoon", "16 14:20")], "16 18:00", "the third part"),
    ([("afternoon", "16 15:00")], "16 18:00", "the next that is not tried"),
    ([("evening", "16 18:30")], "17 09:00", "over night to the morning"),
    ([("afternoon", "16 15:00"), ("evening", "16 18:30")], "17 09:00", "the one that is left"),
    ([("morning", "21 09:30")], "21 18:00", "no Saturday afternoon"),
    ([("afternoon", "17 14:30"), ("evening", "17 19:00")], "19 09:00", "over a day off"),
    ([("morning", "16 09:00"), ("afternoon", "16 14:00"), ("evening", "16 18:10")], "17 09:00", "all tried"),
    ([("morning", "16 12:20")], "16 14:00", "called by hand outside the parts"),
]  # fmt: skip


@pytest.mark.parametrize(("tries", "again", "why"), AGAIN)
def test_another_try_is_made_in_another_part_of_the_day(tries: list[tuple[str, str]], again: str, why: str) -> None:
    made = [Try(part, at(moment)) for part, moment in tries]
    assert said(HOURS.next_try(made, made[-1].at)) == again, why


@pytest.mark.parametrize("hour", range(24))
def test_whenever_nobody_was_reached_the_next_call_is_not_at_night(hour: int) -> None:
    for day in range(16, 23):
        moment = at(f"{day} {hour:02}:37")
        again = HOURS.next_try([Try(HOURS.part_at(moment), moment)], moment)
        assert 9 <= again.hour < 20
        assert again > moment
        assert periods(again.date())
        assert HOURS.part_at(again) != HOURS.part_at(moment)


DAYS = [
    ("2026-03-16", 0, "2026-03-16", "the same day"),
    ("2026-03-16", 1, "2026-03-17", "the next"),
    ("2026-03-17", 1, "2026-03-19", "the 18th is off"),
    ("2026-03-16", 3, "2026-03-20", "three working days"),
    ("2026-03-20", 2, "2026-03-23", "Saturday counts, Sunday does not"),
    ("2026-03-22", 0, "2026-03-23", "solved on a Sunday: the first working day"),
    ("2026-03-22", 1, "2026-03-23", "the working day after a Sunday"),
]


@pytest.mark.parametrize(("day", "days", "due", "why"), DAYS)
def test_days_are_working_days(day: str, days: int, due: str, why: str) -> None:
    assert HOURS.day_after(date.fromisoformat(day), days).isoformat() == due, why


BY_HAND = [
    ("16 09:30", "morning"), ("16 12:40", "morning"), ("16 13:00", "afternoon"), ("16 17:44", "afternoon"),
    ("16 17:50", "evening"), ("16 23:00", "evening"),
]  # fmt: skip


@pytest.mark.parametrize(("moment", "part"), BY_HAND)
def test_a_call_made_by_hand_counts_for_the_nearest_part(moment: str, part: str) -> None:
    assert HOURS.part_at(at(moment)) == part


def test_a_calendar_that_is_always_closed_ends_the_search() -> None:
    closed = CallHours(PARTS, lambda day: (), ZONE)
    assert closed.first_from(at("16 09:30")) == at("16 09:30")
    assert closed.day_after(date(2026, 3, 16), 3) == date(2026, 3, 19)
    assert said(closed.next_try([Try("morning", at("16 09:30"))], at("16 09:30"))) == "17 09:30"


@pytest.mark.parametrize("wrong", ["9-12", "12:00-09:00", "09:00-25:00", "", "morning"])
def test_hours_that_are_none_are_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="09:00-12:00"):
        DayPart(hours=wrong)


def test_a_sample_is_always_the_same_and_about_as_large_as_asked() -> None:
    chosen = [id for id in range(2000) if is_sampled("agency", id, 30)]
    assert chosen == [id for id in range(2000) if is_sampled("agency", id, 30)]
    assert 540 <= len(chosen) <= 660
    assert set(chosen) <= {id for id in range(2000) if is_sampled("agency", id, 60)}, "a larger share keeps the smaller"
    assert all(is_sampled("agency", id, 100) for id in range(2000))
