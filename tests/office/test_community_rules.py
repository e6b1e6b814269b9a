"""The rules of activities, points and birthdays as tables (S14, S15)."""

from __future__ import annotations

from datetime import date

import pytest

from office.community.birthdays import next_birthday
from office.community.places import CLOSED, FEW, FULL, NOT_OPEN, Standing, closed, fits, moving_up, no_room
from office.community.points import owing

TODAY = date(2026, 10, 5)
EARLY, LATE = date(2026, 10, 1), date(2026, 10, 20)


@pytest.mark.parametrize(
    ("standing", "said"),
    [
        (Standing("planned", 10, 0), NOT_OPEN),
        (Standing("archived", 10, 0), NOT_OPEN),
        (Standing("cancelled", None, 0), NOT_OPEN),
        (Standing("open", 10, 0), None),
        (Standing("open", 10, 0, until=TODAY, held_on=LATE), None),
        (Standing("open", 10, 0, until=EARLY, held_on=LATE), CLOSED),
        (Standing("open", 10, 0, until=EARLY, held_on=TODAY), None),
        (Standing("held", 10, 0, until=EARLY, held_on=EARLY), None),
    ],
)
def test_when_people_may_be_put_down(standing: Standing, said: object) -> None:
    found = closed(standing, TODAY)
    assert (found is None) if said is None else (found is not None and found.zh[:8] in said.zh)  # type: ignore[attr-defined]


def test_how_many_fit_in() -> None:
    full, few = Standing("open", 10, 10), Standing("open", 10, 8)
    assert (full.free, few.free, Standing("open", None, 500).free) == (0, 2, None)
    assert fits(500, None) and fits(2, 2) and not fits(3, 2)
    assert no_room(full, 1).to("en") == FULL.with_(places=10).to("en")
    assert no_room(few, 3).to("en") == FEW.with_(free=2, people=3).to("en")
    assert Standing("open", 10, 12).free == 0


@pytest.mark.parametrize(
    ("waiting", "free", "chosen"),
    [
        ([], 5, []),
        ([(1, 2), (2, 2), (3, 2)], 4, [1, 2]),
        ([(1, 4), (2, 1), (3, 2)], 3, [2, 3]),
        ([(1, 1), (2, 1)], 0, []),
        ([(1, 30), (2, 30)], None, [1, 2]),
    ],
)
def test_who_moves_up(waiting: list[tuple[int, int]], free: int | None, chosen: list[int]) -> None:
    assert list(moving_up(waiting, free)) == chosen


@pytest.mark.parametrize(
    ("attended", "given", "worth", "entered"),
    [
        (True, 0, 10, 10),
        (True, 10, 10, 0),
        (True, 10, 20, 0),
        (True, 0, 0, 0),
        (False, 10, 10, -10),
        (False, 10, 0, -10),
        (False, 0, 10, 0),
    ],
)
def test_points_for_being_there(attended: bool, given: int, worth: int, entered: int) -> None:
    assert owing(attended, given, worth) == entered


@pytest.mark.parametrize(
    ("born", "today", "on"),
    [
        (None, TODAY, None),
        (date(1950, 10, 5), TODAY, TODAY),
        (date(1950, 10, 4), TODAY, date(2027, 10, 4)),
        (date(1950, 10, 6), TODAY, date(2026, 10, 6)),
        (date(1960, 1, 2), date(2026, 12, 31), date(2027, 1, 2)),
        (date(1960, 2, 29), date(2026, 2, 1), date(2026, 2, 28)),
        (date(1960, 2, 29), date(2027, 3, 1), date(2028, 2, 29)),
        (date(2026, 10, 5), TODAY, TODAY),
    ],
)
def test_the_next_birthday(born: date | None, today: date, on: date | None) -> None:
    assert next_birthday(born, today) == on
