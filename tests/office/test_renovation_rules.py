"""The rules of renovation as tables: days in progress, passes, other ends, acceptance (D1, D2, D3, D5)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from models.errors import Refused
from office.renovation import rules
from office.renovation.checking import Tick, result_refused, ticked
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
    ("ticks", "signed", "says"),
    [
        ([(True, True)], "es", None),
        ([(True, True), (None, True)], "es", "by the engineer"),
        ([(True, None)], "es", "by the steward"),
        ([(True, False)], "es", "1 items are not fine"),
        ([(False, False), (True, True)], "es", "1 items are not fine"),
        ([(True, True)], "s", "engineer has not signed"),
        ([(True, True)], "e", "steward has not signed"),
    ],
)
def test_works_pass_when_both_find_every_item_fine_and_sign(
    ticks: list[tuple[Any, Any]], signed: str, says: str | None
) -> None:
    signatures = {f"{part}_signature": ("k",) if part[0] in signed else None for part in ("engineer", "steward")}
    said = result_refused([{"engineer_fine": a, "steward_fine": b} for a, b in ticks], signatures)
    assert said is None if says is None else said is not None and says in said.to("en")


FRESH: dict[str, Any] = {"item": "Gas", "engineer_fine": None, "steward_fine": None, "words": None, "photos": None}


@pytest.mark.parametrize(
    ("before", "tick", "words", "photos"),
    [
        ({}, (True, "", ()), None, None),
        ({}, (False, "Leak", ("a",)), "Leak", ("a",)),
        ({}, (False, "", ("a",)), "见照片", ("a",)),
        ({"engineer_fine": False, "words": "Old", "photos": ("o",)}, (False, "New", ()), "New", ("o",)),
        ({"engineer_fine": False, "words": "Old", "photos": ("o",)}, (True, "", ()), None, None),
        ({"steward_fine": False, "words": "Crack", "photos": ("s",)}, (True, "", ()), "Crack", ("s",)),
        ({"steward_fine": False, "words": "Crack", "photos": ("s",)}, (False, "Leak", ("e",)),
         "Crack；Leak", ("s", "e")),
        ({"steward_fine": False, "words": "Crack"}, (False, "Crack", ()), "Crack", None),
        ({"steward_fine": False, "words": "Crack"}, (False, "Crack and leak", ()), "Crack and leak", None),
    ],
)  # fmt: skip
def test_what_the_other_found_wrong_stays_beside_it(
    before: dict[str, Any], tick: tuple[bool, str, tuple[str, ...]], words: str | None, photos: tuple[str, ...] | None
) -> None:
    found = ticked({**FRESH, **before}, "engineer", Tick(1, *tick))
    assert found == {"engineer_fine": tick[0], "words": words, "photos": photos}


def test_what_is_not_fine_is_said_or_shown() -> None:
    with pytest.raises(Refused, match="“Gas” is not fine"):
        ticked(FRESH, "steward", Tick(1, False))
