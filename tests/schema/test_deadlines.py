"""Calendars and deadlines as written: the fields they make, and what is said of mistakes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from schema.spec import Schema
from schema.spec_clocks import Span
from schema.types.lights import LIGHT_CHOICES

TEXT = """office: {name: Workshop}
roles: {smith: {label: Smith}, head: {label: Head}}
choices: {state: {open: {zh: 开, en: Open}, held: {zh: 停, en: Held}}}
calendars:
  office:
    hours: {monday: [08:30-12:00, 13:30-17:30], saturday: 09:00-24:00}
    holidays: CN
    exceptions: closing
entities:
  closing:
    fields: {day: {type: date}, is_open: {type: boolean}, hours: {type: text}}
  job:
    fields:
      name: {type: text}
      taken_at: {type: datetime}
      done_at: {type: datetime}
      state: {type: choice, of: state}
      boss: {type: ref, to: user}
      weight: {type: integer}
      heavy: {type: formula, is: weight > 9, gives: boolean}
      parts: {type: count, of: part}
    deadlines:
      finish:
        from: taken_at
        within: [{when: heavy, within: 3 d}, {within: 24 h}]
        when: weight > 0
        until: done_at
        calendar: office
        paused: state == 'held'
        warn: 30 min
        escalate: [{after: 0 h, to: [smith, boss]}, {after: 1 d, to: head}]
    show: {list: [title, finish_light, due_at, due_light], sort: due_at, filter: [due_light]}
  part:
    fields: {name: {type: text}, job: {type: ref, to: job}}
"""


@pytest.fixture
def shop(loaded: Callable[..., Schema]) -> Schema:
    return loaded(TEXT)


def test_a_deadline_makes_fields_that_nobody_writes(shop: Schema) -> None:
    fields = shop.entities["job"].fields
    kept = {name for name in fields if name.startswith("finish_")}
    assert kept == {f"finish_{end}" for end in ("due_at", "left", "met_at", "warn_at", "raised", "raise_at", "light")}
    assert all(fields[name].type.computed and fields[name].readonly for name in (*kept, "due_at", "due_light"))
    assert [fields[name].type.stored for name in ("due_at", "finish_raise_at", "finish_light")] == [True, True, False]
    assert (fields["due_at"].sortable, fields["due_light"].filterable, fields["due_light"].sortable) == (
        True,
        True,
        False,
    )
    assert fields["due_light"].type.choices == LIGHT_CHOICES
    assert {name for name in kept if fields[name].internal} == {"finish_left", "finish_warn_at", "finish_raise_at"}
    assert "due_at" not in shop.entities["part"].fields and "deadline_light" in shop.choices


def test_a_deadline_is_as_written(shop: Schema) -> None:
    finish = shop.entities["job"].deadlines["finish"]
    assert [rule.span for rule in finish.within] == [Span(3, "d"), Span(24, "h")]
    assert (finish.warn, finish.reopen, finish.calendar) == (Span(30, "min"), "restart", "office")
    assert finish.reads == {"taken_at", "done_at", "state", "weight", "heavy"}
    assert [(step.after, step.roles, step.people) for step in finish.escalate] == [
        (Span(0, "h"), ("smith",), ("boss",)),
        (Span(1, "d"), ("head",), ()),
    ]


def test_a_calendar_is_as_written(shop: Schema) -> None:
    office = shop.calendars["office"]
    assert office.hours == {0: ((510, 720), (810, 1050)), 5: ((540, 1440),)}
    assert (office.holidays, office.make_up, office.exceptions) == ("CN", ((510, 720), (810, 1050)), "closing")


@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        ("within: 24 h", "within: 24 hours", "'24 hours' is no span of time, such as 30 min, 24 h or 3 d"),
        ("warn: 30 min", "warn: soon", "'soon' is no span of time"),
        ("calendar: office", "calendar: offcie", "unknown calendar 'offcie', did you mean 'office'?"),
        ("to: head}", "to: boss_}", "'boss_' is neither a role nor a ref field that names an account"),
        ("to: head}", "to: name}", "'name' is neither a role nor a ref field that names an account"),
        ("after: 1 d", "after: 0 min", ""),
        ("after: 0 h", "after: 2 d", "the steps stand in the order of their time"),
        ("from: taken_at", "from: weight", "this should give a moment or a date, but it gives a number"),
        ("from: taken_at", "from: now", "a deadline's condition cannot use today, now, actor or has_role"),
        ("from: taken_at", "from: boss.created_at", "'created_at' is not such a field"),
        ("from: taken_at", "from: changed_at", "'changed_at' is not such a field"),
        ("from: taken_at", "from: finish_due_at", "'finish_due_at' is not such a field"),
        ("until: done_at", "until: name", "this should give a moment or be a condition, but it gives"),
        ("until: done_at", "until: parts > 0", "'parts' is not such a field"),
        ("paused: state == 'held'", "paused: weight", "this must be a condition"),
        (
            "      weight:",
            "      due_at: {type: date}\n      weight:",
            "'due_at' is a field that the deadline 'finish' brings",
        ),
        ("      weight:", "      finish_left: {type: date}\n      weight:", "the deadline 'finish' brings along"),
        ("      finish:", "      Finish:", "must be lower-case letters"),
        ("      finish:", f"      {'f' * 45}:", "the deadline's name"),
        ("08:30-12:00", "08:30-8:00", "'08:30-8:00' ends before it begins"),
        ("08:30-12:00", "08:30-12:61", "'08:30-12:61' is no period, such as 08:30-12:00"),
        ("08:30-12:00", "08:30-14:00", "'13:30-17:30' overlaps the period before it"),
        ("saturday:", "saturnday:", "unknown weekday 'saturnday', did you mean 'saturday'?"),
        ("holidays: CN", "holidays: CX2", "unknown country code 'CX2'"),
        ("holidays: CN", "make_up: sunday", "'sunday' has no hours, so a make-up workday cannot have them"),
        (
            "exceptions: closing",
            "exceptions: part",
            "'part' needs a field day (type date) to hold a calendar's exceptions",
        ),
        ("monday: [08:30-12:00, 13:30-17:30], saturday: 09:00-24:00", "", "at least one weekday needs hours"),
        ("choices: {", "choices: {deadline_light: {a: {zh: 甲, en: A}}, ", "'deadline_light' is built in"),
    ],
)
def test_mistakes_are_said(said: Callable[..., list[str]], right: str, wrong: str, words: str) -> None:
    assert right in TEXT
    lines = said(TEXT.replace(right, wrong, 1))
    assert any(words in line for line in lines) if words else lines == [], lines
    assert said(TEXT.replace(right, wrong, 1), locale="zh") != [] or not words
