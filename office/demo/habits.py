"""How the households of the demo estate pay: most in time, some late, a few in part or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from office.demo.books import Books

SHARES = {"prompt": 0.838, "slow": 0.1, "part": 0.015, "forgot": 0.017, "never": 0.03}
DEBIT = 0.08
"""The share of those who pay in time that let the bank pay."""
LATELY, TODAY = 8, 0.3
"""The till is busy on the day the demo is made: of those who came in the last days so many come today."""


@dataclass(frozen=True, slots=True)
class Habit:
    """``kind`` is a key of SHARES; ``since``: the day from which on nothing more was paid (never), else None."""

    kind: str
    debit: bool = False
    since: date | None = None


def habits(books: Books) -> dict[int, Habit]:
    """A habit for every unit; those who stopped paying did so between two months and more than a year ago."""
    units = [id for id, _ in books.rows("unit", ("state",))]
    found: dict[int, Habit] = {}
    for unit in units:
        kind = books.draw(SHARES)
        debit = kind == "prompt" and books.chance(DEBIT)
        days = books.random.randint(60, 460)
        found[unit] = Habit(kind, debit, books.today - timedelta(days=days) if kind == "never" else None)
    _at_least_one(books, found)
    return found


def debtors(found: dict[int, Habit]) -> dict[int, date]:
    """The units that stopped paying, and since when."""
    return {unit: habit.since for unit, habit in found.items() if habit.since is not None}


def paid_on(books: Books, habit: Habit, issued_on: date, due_on: date) -> date | None:
    """The day on which a bill is paid, perhaps still to come; None for never. Some who came these days come today."""
    day = _paid_on(books, habit, issued_on, due_on)
    near = day is not None and 0 < (books.today - day).days <= LATELY and not habit.debit
    return books.today if near and books.chance(TODAY) else day


def _paid_on(books: Books, habit: Habit, issued_on: date, due_on: date) -> date | None:
    if habit.since is not None and issued_on >= habit.since:
        return None
    if habit.debit:
        return issued_on + timedelta(days=7)
    if habit.kind == "slow":
        return due_on + timedelta(days=books.random.randint(1, 34))
    most = max(2, (due_on - issued_on).days - 1)
    return issued_on + timedelta(days=books.random.randint(1, most))


def _at_least_one(books: Books, found: dict[int, Habit]) -> None:
    """Small estates have one of each kind, too."""
    units = list(found)
    for n, kind in enumerate(("part", "forgot", "never")):
        if len(units) > 3 and kind not in {habit.kind for habit in found.values()}:
            since = books.today - timedelta(days=400) if kind == "never" else None
            found[units[n]] = Habit(kind, since=since)
