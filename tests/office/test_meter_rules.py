"""What a reading means, by tables: consumption, the usual, what is stopped, what is asked about (F2); balance (F11)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from models.errors import Refused
from office.metering.actions import refuse_bad_change
from office.metering.balance import Used, balances
from office.metering.books import last_day, months_on
from office.metering.rules import Before, Dial, Metering, Said, consumption, judged, usual
from office.metering.sheet import usual_period

TODAY = date(2026, 11, 2)
METERING = Metering()


def d(text: str) -> Decimal:
    return Decimal(text)


@pytest.mark.parametrize(
    ("dial", "before", "value", "rolled", "used"),
    [
        ({}, "595", "600", False, "5.00"),
        ({}, "0", "0", False, "0.00"),
        ({"multiplier": d("40")}, "12.5", "13.25", False, "30.00"),
        ({"multiplier": d("0.3333")}, "0", "0.5", False, "0.17"),
        ({"digits": 4}, "9990", "15", True, "25.00"),
        ({"digits": 5, "multiplier": d("2")}, "99999.5", "0.5", True, "2.00"),
    ],
)
def test_consumption(dial: dict[str, Any], before: str, value: str, rolled: bool, used: str) -> None:
    assert str(consumption(Dial("water", **dial), Before(d(before)), d(value), rolled)) == used


def test_what_the_old_meter_counted_is_added_once_and_not_multiplied_again() -> None:
    assert consumption(Dial("water", d("10")), Before(d("2"), carried=d("7.5")), d("3"), False) == d("17.50")


@pytest.mark.parametrize(
    ("history", "mean"), [([], None), ([4], "4.00"), ([1, 2, 2], "1.67"), ([1000, 1, 2, 3, 4, 5, 6], "3.50")]
)
def test_what_is_usual_is_the_mean_of_the_last_six(history: list[int], mean: str | None) -> None:
    found = usual(Before(history=[Decimal(n) for n in history]))
    assert (found if found is None else str(found)) == mean


STOPS: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any], dict[str, str]]] = [
    ("fine", {}, {}, {}, {}),
    ("equal is fine", {}, {}, {"value": d("100")}, {}),
    ("lower", {}, {}, {"value": d("99.99")}, {"value": "99.99 is lower than last time (100)"}),
    ("rolled over", {"digits": 3}, {"value": d("990")}, {"value": d("5"), "rolled_over": True}, {}),
    ("no turn", {}, {}, {"value": d("100"), "rolled_over": True}, {"rolled_over": "not lower than last time (100)"}),
    ("too long", {"digits": 3}, {}, {"value": d("1000")}, {"value": "more than the 3 digits"}),
    ("longest", {"digits": 3}, {"value": d("998")}, {"value": d("999.99")}, {}),
    ("tomorrow", {}, {}, {"read_on": date(2026, 11, 3)}, {"read_on": "lies in the future"}),
    ("today", {}, {}, {"read_on": TODAY}, {}),
    ("before the last", {}, {}, {"read_on": date(2026, 9, 29)}, {"read_on": "is before the last one, 2026-09-30"}),
    ("the same day", {}, {}, {"read_on": date(2026, 9, 30)}, {}),
    ("removed", {"removed_on": date(2026, 10, 30)}, {}, {}, {"meter": "taken out on 2026-10-30"}),
    ("removed that day", {"removed_on": date(2026, 10, 31)}, {}, {}, {}),
    ("sheet agrees", {}, {}, {"stated": d("100.00")}, {}),
    ("sheet differs", {}, {}, {"stated": d("98")}, {"stated": "says 98 was read last time, the books say 100"}),
    ("several", {}, {}, {"value": d("9"), "read_on": date(2027, 1, 1)}, {"value": "lower", "read_on": "future"}),
]


@pytest.mark.parametrize(("dial", "before", "said", "wrong"), [case[1:] for case in STOPS], ids=[c[0] for c in STOPS])
def test_what_is_stopped(
    dial: dict[str, Any], before: dict[str, Any], said: dict[str, Any], wrong: dict[str, str]
) -> None:
    earlier = Before(**{"value": d("100"), "read_on": date(2026, 9, 30), **before})
    entered = Said(**{"value": d("105"), "read_on": date(2026, 10, 31), **said})
    found = judged(Dial("water", **dial), earlier, entered, TODAY, METERING)
    assert set(found.problems) == set(wrong)
    for name, words in wrong.items():
        assert words in found.problems[name].to("en")
    assert not (found.problems and found.question)


QUESTIONS: list[tuple[str, str, list[int], list[int], str, str]] = [
    ("usual", "water", [12, 12], [], "36", ""),
    ("above three times", "water", [12, 12], [], "36.01", "far above the usual 12"),
    ("three times of little is little", "water", [1, 1], [], "10", ""),
    ("but no more", "water", [1, 1], [], "10.01", "far above the usual 1"),
    ("its own history comes first", "water", [100], [1] * 9, "250", ""),
    ("nothing used", "water", [12, 12], [], "0", "Usually 12 is used"),
    ("never much used", "water", [2, 1], [], "0", ""),
    ("ten times the others", "water", [], [14, 15, 16, 15, 15], "150", ""),
    ("more than that", "water", [], [14, 15, 16, 15, 15], "150.01", "far above the usual 15"),
    ("too few others", "water", [], [1, 1, 1, 1], "200", ""),
    ("unlikely", "water", [], [1, 1, 1, 1], "200.01", "unlikely (more than 200)"),
    ("electricity is counted in other numbers", "electricity", [], [], "2999", ""),
]


@pytest.mark.parametrize(("kind", "history", "others", "used", "asked"), [q[1:] for q in QUESTIONS],
                         ids=[q[0] for q in QUESTIONS])  # fmt: skip
def test_what_is_asked_about(kind: str, history: list[int], others: list[int], used: str, asked: str) -> None:
    before = Before(d("0"), None, history=[Decimal(n) for n in history], others=[Decimal(n) for n in others])
    found = judged(Dial(kind), before, Said(d(used), TODAY), TODAY, METERING)
    assert found.problems == {}
    assert (found.question is not None) == bool(asked)
    assert asked in (found.question.to("en") if found.question else "")


@pytest.mark.parametrize(
    ("changed_on", "end", "said"),
    [
        (date(2026, 10, 31), "100", ""),
        (date(2026, 11, 3), "100", "lies in the future"),
        (date(2026, 10, 30), "100", "was read on 2026-10-31"),
        (TODAY, "99", "99 is lower than 100"),
    ],
)
def test_when_a_meter_may_be_changed(changed_on: date, end: str, said: str) -> None:
    try:
        refuse_bad_change(changed_on, d(end), (date(2026, 10, 31), d("100")), TODAY)
    except Refused as refused:
        assert said in refused.text.to("en") and said
    else:
        assert said == ""


def test_months_and_their_last_days() -> None:
    assert [months_on("2026-01", n) for n in (-13, -1, 0, 11, 12)] == [
        "2024-12", "2025-12", "2026-01", "2026-12", "2027-01",
    ]  # fmt: skip
    assert [last_day(date(2028, 2, 1)), last_day(date(2026, 12, 1))] == [date(2028, 2, 29), date(2026, 12, 31)]


def test_the_balance_of_a_building_and_of_the_estate() -> None:
    used = [
        Used(d("120"), 1, building=1), Used(d("90"), 8, unit_building=1), Used(d("10"), 1, building=1, is_shared=True),
        Used(d("50"), 5, unit_building=2),
        Used(d("200"), 1), Used(d("6"), 1, is_shared=True),
    ]  # fmt: skip
    found = balances(used, {1: 10, 2: 5, 3: 4})
    said = {place: (b.main, b.units, b.public, b.loss, b.rate, b.unread) for place, b in found.items()}
    assert said == {
        1: (d("120"), d("90"), d("10"), d("20"), d("16.7"), 2),
        2: (None, d("50"), d("0"), None, None, 0),
        3: (None, d("0"), d("0"), None, None, 4),
        None: (d("200"), d("140"), d("16"), d("44"), d("22.0"), 6),
    }


def test_units_may_count_more_than_came_in_and_nothing_has_no_rate() -> None:
    assert balances([Used(d("5"), 1), Used(d("6"), 1, unit_building=1)], {})[None].rate == d("-20.0")
    assert balances([Used(d("0"), 1)], {})[None].rate is None


@pytest.mark.parametrize(
    ("day", "period"), [("2026-11-10", "2026-10"), ("2026-11-11", "2026-11"), ("2027-01-02", "2026-12")]
)
def test_the_month_that_is_read_for(day: str, period: str) -> None:
    assert usual_period(date.fromisoformat(day)) == period
