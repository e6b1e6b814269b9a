"""The rules of renovation as tables: days in progress, passes, other ends, acceptance (D1, D2, D3, D5)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from office.renovation import rules
from office.renovation.acceptance import result_refused
from office.renovation.inspections import finding_refused
from office.renovation.passes import Pass, stopped
from office.renovation.standing import Standing, in_progress_on


def d(day: int) -> date:
    return date(2026, 10, day)


@pytest.mark.parametrize(
    ("dates", "days"),
    [
        ({}, []),
        ({"began_on": d(3)}, [3, 4, 5, 6, 7, 8, 9, 10]),
        ({"began_on": d(3), "completed_on": d(6)}, [3, 4, 5]),
        ({"began_on": d(3), "cancelled_on": d(4)}, [3]),
        ({"began_on": d(3), "pauses": ((d(5), d(8)),)}, [3, 4, 8, 9, 10]),
        ({"began_on": d(3), "pauses": ((d(5), None),)}, [3, 4]),
        ({"began_on": d(3), "pauses": ((d(5), d(5)),)}, [3, 4, 5, 6, 7, 8, 9, 10]),
        ({"began_on": d(3), "extensions": ((d(4), d(7)),)}, [3, 4, 7, 8, 9, 10]),
        ({"began_on": d(3), "extensions": ((d(6), d(5)),)}, [3, 4, 5, 6, 7, 8, 9, 10]),
        ({"began_on": d(11)}, []),
    ],
)
def test_on_which_days_a_permit_is_in_progress(dates: dict[str, Any], days: list[int]) -> None:
    standing = Standing(1, 1, ends_on=d(10), **dates)
    assert [n for n in range(1, 15) if in_progress_on(standing, d(n))] == days


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, None),
        ({"starts_on": d(6)}, "valid from 2026-10-06"),
        ({"ends_on": d(4)}, "expired: it was valid to 2026-10-04"),
        ({"permit_ends_on": d(4)}, "expired: it was valid to 2026-10-04"),
        ({"permit_state": "suspended"}, "suspended"),
        ({"permit_state": "approved"}, "not approved yet"),
        ({"permit_state": "completed"}, "ended"),
        ({"state": "lost"}, "lost"),
        ({"state": "returned", "returned_on": d(2)}, "given back on 2026-10-02"),
    ],
)
def test_what_the_gate_says_to_a_worker(changes: dict[str, Any], says: str | None) -> None:
    facts = {"state": "issued", "starts_on": d(1), "ends_on": d(9), "permit_state": "in_progress",
             "permit_ends_on": d(9)}  # fmt: skip
    said = stopped(Pass(**{**facts, **changes}), d(5))
    assert said is None if says is None else said is not None and says in said.to("en")


@pytest.mark.parametrize(("until", "today", "ok"), [(11, 5, True), (10, 5, False), (9, 5, False), (11, 12, False)])
def test_an_extension_goes_beyond_and_not_into_the_past(until: int, today: int, ok: bool) -> None:
    assert (rules.extension_refused(d(10), d(until), d(today)) is None) is ok


@pytest.mark.parametrize(("until", "ok"), [(4, False), (5, True), (9, True), (10, False), (11, False)])
def test_a_permit_is_shortened_to_a_day_from_today_on(until: int, ok: bool) -> None:
    assert (rules.shortening_refused(d(10), d(until), d(5)) is None) is ok


@pytest.mark.parametrize(
    ("all_fine", "wrong", "words", "ok"),
    [(True, (), "", True), (True, ("waste",), "", False), (True, (), "x", False), (False, (), "", False),
     (False, ("waste",), "", True), (False, (), "x", True)],
)  # fmt: skip
def test_an_inspection_says_one_thing(all_fine: bool, wrong: tuple[str, ...], words: str, ok: bool) -> None:
    assert (finding_refused(all_fine, wrong, words) is None) is ok


@pytest.mark.parametrize(
    ("ticks", "says"),
    [([(True, True)], None), ([(True, True), (None, True)], "engineer"), ([(True, None)], "steward"),
     ([(True, False)], "1 items are not fine"), ([(False, False), (True, True)], "1 items are not fine")],
)  # fmt: skip
def test_works_pass_when_both_find_every_item_fine(ticks: list[tuple[Any, Any]], says: str | None) -> None:
    said = result_refused([{"engineer_fine": a, "steward_fine": b} for a, b in ticks])
    assert said is None if says is None else said is not None and says in said.to("en")
