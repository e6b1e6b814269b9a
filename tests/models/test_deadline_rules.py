"""How a deadline moves when its record is written: a table of histories."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from models.deadline_rules import NOTHING, Facts, Standing, raised_next, turn, warned_from
from models.service_clock import Calendar, round_the_clock
from schema.expressions import Expression, parse
from schema.expressions.naming import Naming
from schema.spec_clocks import DeadlineSpec, EscalationSpec, Span, WithinSpec
from schema.text import same

ZONE = ZoneInfo("Asia/Shanghai")
DAY = ((510, 720), (810, 1050))
OFFICE = Calendar(ZONE, dict.fromkeys(range(5), DAY) | {5: ((540, 720),)}, "CN", DAY)
ALWAYS = round_the_clock(ZONE)
TRUE: Expression = parse("true", Naming({}))


def at(words: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=ZONE)


def spec(reopen: str = "restart", warn: Span | None = None, steps: tuple[EscalationSpec, ...] = ()) -> DeadlineSpec:
    return DeadlineSpec(
        "answer", same("Answer"), TRUE, (WithinSpec(Span(4, "h")),), TRUE, warn=warn, escalate=steps,
        reopen=reopen,  # type: ignore[arg-type]
    )  # fmt: skip


class Case:
    """A record that is written again and again; each line says when, and what it says from then on."""

    def __init__(self, calendar: Calendar = OFFICE, reopen: str = "restart") -> None:
        self.calendar, self.spec = calendar, spec(reopen)
        self.facts, self.standing = Facts(None, None, False, False), NOTHING

    def write(self, moment: str, start: str = "", span: Span | None = None, **said: object) -> Case:
        facts = Facts(
            at(start) if start else self.facts.start, span or self.facts.span,
            said.get("met", self.facts.met), bool(said.get("paused", self.facts.paused)),
        )  # type: ignore[arg-type]  # fmt: skip
        was = None if self.standing == NOTHING else self.facts
        self.standing = turn(self.spec, self.calendar, was, self.standing, facts, at(moment))
        self.facts = facts
        return self

    @property
    def due(self) -> str:
        return f"{self.standing.due_at.astimezone(ZONE):%m-%d %H:%M}" if self.standing.due_at else ""


FOUR_HOURS, SAME_DAY = Span(4, "h"), Span(0, "d")


def begun(calendar: Calendar = OFFICE, reopen: str = "restart", span: Span = FOUR_HOURS) -> Case:
    """Taken on Monday at ten; four hours are due at 15:30."""
    return Case(calendar, reopen).write("2026-03-02 10:00", "2026-03-02 10:00", span)


def test_it_is_due_a_span_after_its_start() -> None:
    assert begun().due == "03-02 15:30"
    assert begun(ALWAYS).due == "03-02 14:00"
    assert begun(span=SAME_DAY).due == "03-02 17:30"


def test_what_is_left_when_the_clock_stops_is_left_when_it_goes_on() -> None:
    """Paused at eleven with three hours left, over the lunch break and two nights."""
    case = begun().write("2026-03-02 11:00", paused=True)
    assert (case.due, case.standing.left) == ("", 180)
    assert case.write("2026-03-04 11:00", paused=False).due == "03-04 15:30"
    assert case.standing.left is None


def test_a_pause_outside_the_hours_costs_and_gives_nothing() -> None:
    case = begun().write("2026-03-02 12:10", paused=True).write("2026-03-02 13:20", paused=False)
    assert case.due == "03-02 15:30"


def test_many_short_pauses_take_nothing_away() -> None:
    case = begun()
    for minute in range(10, 20):
        case.write(f"2026-03-02 10:{minute}:20", paused=True).write(f"2026-03-02 10:{minute}:40", paused=False)
    assert "03-02 15:33" <= case.due <= "03-02 15:44"


def test_a_pause_after_it_was_due_keeps_how_late_it_was() -> None:
    """Due at 15:30; paused at 16:00 it was half an hour late, and is that again when it goes on."""
    case = begun().write("2026-03-02 16:00", paused=True)
    assert case.standing.left == -30
    assert case.write("2026-03-03 09:00", paused=False).due == "03-03 08:30"


def test_it_is_met_at_the_moment_the_record_tells_or_when_it_is_seen() -> None:
    told = begun().write("2026-03-02 15:00", met=at("2026-03-02 14:30"))
    assert (told.standing.met_at, told.due) == (at("2026-03-02 14:30"), "03-02 15:30")
    seen = begun().write("2026-03-02 15:00", met=True).write("2026-03-03 15:00", met=True)
    assert seen.standing.met_at == at("2026-03-02 15:00")


def test_reopened_it_starts_again_with_all_its_time() -> None:
    case = begun().write("2026-03-02 11:00", met=True).write("2026-03-05 10:00", met=False)
    assert (case.standing.met_at, case.due, case.standing.raised) == (None, "03-05 15:30", None)


def test_reopened_to_go_on_it_has_what_was_left() -> None:
    case = begun(reopen="resume").write("2026-03-02 11:00", met=True).write("2026-03-05 14:00", met=False)
    assert case.due == "03-05 17:00"


def test_met_while_paused_and_reopened() -> None:
    case = begun().write("2026-03-02 11:00", paused=True).write("2026-03-02 14:00", met=True)
    assert (case.standing.left, case.due) == (180, "")
    assert case.write("2026-03-04 09:00", met=False).standing.left == 240
    assert case.write("2026-03-04 11:00", paused=False).due == "03-04 16:30"


def test_a_corrected_start_moves_it_and_pauses_keep_counting() -> None:
    case = begun().write("2026-03-02 11:00", paused=True).write("2026-03-02 14:00", paused=False)
    assert case.due == "03-02 17:00"
    assert case.write("2026-03-02 14:10", start="2026-03-02 09:00").due == "03-02 16:00"
    assert case.write("2026-03-02 14:20", span=Span(5, "h")).due == "03-02 17:00"


def test_a_corrected_span_counts_while_paused() -> None:
    case = begun().write("2026-03-02 11:00", paused=True).write("2026-03-02 12:00", span=Span(6, "h"))
    assert case.standing.left == 300


def test_another_rule_without_a_pause_counts_from_the_start() -> None:
    assert begun().write("2026-03-02 11:00", span=SAME_DAY).due == "03-02 17:30"
    assert begun(span=SAME_DAY).write("2026-03-02 11:00", span=FOUR_HOURS).due == "03-02 15:30"


def test_what_no_longer_applies_is_gone() -> None:
    case = begun()
    assert (
        turn(
            case.spec, OFFICE, case.facts, case.standing, Facts(None, FOUR_HOURS, False, False), at("2026-03-02 11:00")
        )
        == NOTHING
    )
    assert (
        turn(
            case.spec,
            OFFICE,
            case.facts,
            case.standing,
            Facts(at("2026-03-02 10:00"), None, False, False),
            at("2026-03-02 11:00"),
        )
        == NOTHING
    )


def test_a_clock_that_starts_later_does_not_run_before() -> None:
    """An appointment on Thursday, put on hold on Monday: nothing of it has gone."""
    case = Case().write("2026-03-02 10:00", "2026-03-05 10:00", FOUR_HOURS, paused=True)
    assert case.standing.left == 240
    assert case.write("2026-03-03 10:00", paused=False).due == "03-05 15:30"


def test_it_turns_amber_and_is_raised_in_time_of_the_calendar() -> None:
    steps = tuple(EscalationSpec(span, ("desk",), ()) for span in (Span(0, "h"), Span(3, "h"), Span(1, "d")))
    case = begun()
    rule = spec(warn=Span(4, "h"), steps=steps)
    assert warned_from(rule, OFFICE, case.standing) == at("2026-03-02 10:00")
    found = [raised_next(steps, OFFICE, Standing(case.standing.due_at, raised=n)) for n in (None, 1, 2, 3)]
    assert found == [at("2026-03-02 15:30"), at("2026-03-03 09:30"), at("2026-03-03 17:30"), None]
    assert warned_from(spec(warn=Span(0, "d")), OFFICE, case.standing) == at("2026-03-02 08:30")
    assert raised_next(steps, OFFICE, Standing(left=5)) is None


@pytest.mark.parametrize("met", [True, at("2026-03-02 11:00")])
def test_what_is_met_is_not_raised(met: object) -> None:
    steps = (EscalationSpec(Span(0, "h"), ("desk",), ()),)
    case = begun().write("2026-03-02 11:00", met=met)
    assert raised_next(steps, OFFICE, case.standing) is None
    assert warned_from(spec(warn=Span(1, "h")), OFFICE, case.standing) is None
