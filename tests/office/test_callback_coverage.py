"""Coverage of callbacks: who was reached in time of all whose day is over, as a report with its lists (S6, S7)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from models import reports
from models.query import Query, Ref
from schema.text import Text
from tests.office.callback_desk import CallDesk


@pytest.fixture
def desk(estate: Any, clock: Any) -> CallDesk:
    """
    Monday 16: five complaints (due on the 19th) and a repair (due on the 17th) are solved
    complaint 1   called on the 16th
    complaint 2   promised on the 17th, answered on the 23rd
    complaint 3   called on the 20th: late
    complaint 4   never reached
    complaint 5   still open
    repair        called on the 17th
    """
    made = CallDesk(estate, clock)
    made.at("16 09:30")
    one, two, three, four, _five = (made.complaint("1" if n < 3 else "2") for n in range(5))
    repair = made.complaint(kind="repair")
    made.reached(one)
    for moment in ("16 09:40", "16 14:05", "16 18:05"):
        made.at(moment)
        made.do("frontdesk", "call_missed", four)
    made.at("17 09:30")
    made.do("frontdesk", "call_promise", two, question="When?", promised_on=date(2026, 3, 23))
    made.reached(repair, "supervisor")
    made.at("20 10:00")
    made.reached(three, satisfaction=3)
    made.at("23 09:30")
    made.reached(two)
    made.at("24 09:30")
    return made


def table(desk: CallDesk, who: str = "supervisor", **answers: Any) -> Any:
    return reports.run(desk.registry, desk.people[who], "callback_coverage", answers)


def row(one: Any) -> list[Any]:
    return [one.values[name] for name in ("due", "in_time", "late", "not_reached", "open", "coverage")]


def test_each_call_counts_once_under_what_became_of_it(desk: CallDesk) -> None:
    found = table(desk)
    assert [(one.values["rule"].to("en"), *row(one)) for one in found.rows] == [
        ("After a complaint", 5, 2, 1, 1, 1, Decimal("40.0")),
        ("After a repair", 1, 1, 0, 0, 0, Decimal("100.0")),
    ]
    assert row(found.totals) == [6, 3, 1, 1, 1, Decimal("50.0")]
    (figure,) = found.headline
    assert (figure.value, figure.target.value, figure.said.to("en")) == (Decimal("40.0"), 100, "2 of 5 reached in time")


def test_every_number_leads_to_its_records(desk: CallDesk) -> None:
    for one in table(desk).rows:
        for name, drill in one.drills.items():
            query = Query(conditions=drill.conditions)
            assert desk.registry.scope.count(desk.people["supervisor"], "callback", query) == one.values[name], name


def test_a_day_that_is_not_over_does_not_count(desk: CallDesk) -> None:
    desk.at("19 12:00")
    assert [row(one)[0] for one in table(desk).rows] == [1], "the repair; complaints are due today"


def test_what_was_taken_back_does_not_count(desk: CallDesk) -> None:
    five = desk.calls()[4].id
    desk.do("supervisor", "cancel_callback", five, why="Moved away")
    assert row(table(desk).rows[0])[:2] == [4, 2]


@pytest.mark.parametrize(
    ("answers", "first"),
    [
        ({"group": "month"}, "2026-03"),
        ({"group": "building"}, "1"),
        ({"group": "caller"}, "Frontdesk"),
        ({"rule": "repair"}, "After a repair"),
    ],
)
def test_it_is_grouped_as_asked(desk: CallDesk, answers: dict[str, str], first: str) -> None:
    keys = [next(iter(line.values.values())) for line in table(desk, **answers).rows]
    assert first in [words_of(key) for key in keys]


def words_of(key: Any) -> str:
    """A group as people read it: a link's title, a text, a month."""
    if isinstance(key, Ref):
        return key.title
    return str(key.to("en")) if isinstance(key, Text) else str(key)


def test_nothing_due_prints_a_dash_and_is_no_success(desk: CallDesk) -> None:
    found = table(desk, month="2026-01")
    assert (found.rows, found.headline[0].value) == ([], None)


def test_the_front_page_has_this_month(desk: CallDesk) -> None:
    figure = reports.first_figure(desk.registry, desk.people["director"], "callback_coverage")
    assert figure is not None
    assert (figure.value, figure.label.to("en")) == (Decimal("40.0"), "Complaints called in time, 2026-03")
