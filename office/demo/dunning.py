"""How far those who owe have been reminded in the demo estate: cases at several levels, promises, a dispute (F7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from models.actor import SYSTEM
from models.query import Condition
from office.demo.books import DEMO, Books
from office.dunning.cases import keep
from office.dunning.policy import Level, policy_of

REACHED = ((170, 3, 9), (75, 2, 24), (36, 1, 14))
"""Days overdue from which on a level was done, and how many days ago it was done at most."""
GAP = 26
"""Days between two steps."""
QUEUED = 3
"""Letters that are printed and wait to be delivered."""
VISITED = {"outcome": "met", "reason": "hardship", "words": "业主称近期失业，愿分期缴纳（演示）"}


@dataclass(frozen=True, slots=True)
class Debt:
    """What a unit owes, bill by bill (id, yuan, due on), and who pays; ``level`` was done on ``done_on``."""

    unit: int
    bills: tuple[tuple[int, Decimal, date], ...]
    payer: int | None
    level: int
    done_on: date
    queued: bool = False

    def on(self, level: int) -> date:
        """When a level was done."""
        return self.done_on - timedelta(days=GAP * (self.level - level))

    @property
    def amount(self) -> Decimal:
        return sum((owed for _, owed, _ in self.bills), Decimal(0))

    def overdue(self, day: date) -> list[tuple[int, Decimal]]:
        """(id, yuan) of the bills that were overdue on a day."""
        return [(id, owed) for id, owed, due_on in self.bills if due_on < day]


def add_dunning(books: Books) -> None:
    """The past of the cases; what is due today follows from the facts, as every morning."""
    debts = _debts(books)
    cases = books.add_many("dunning_case", [_case(debt) for debt in debts])
    steps = [step for case, debt in zip(cases, debts, strict=True) for step in _steps(books, case, debt)]
    books.add_many("dunning_step", steps)
    books.add_many("dunning_hold", _holds(books, cases, debts))
    _attach(books, cases, debts, steps)
    keep(books.registry, SYSTEM, books.today)


def _debts(books: Books) -> list[Debt]:
    """The units that have been reminded, those that have owed longest first."""
    names, late = ("unit", "owed", "due_on", "payer"), Condition("due_on", "to", books.today - timedelta(days=1))
    by_unit: dict[int, list[Any]] = defaultdict(list)
    for id, unit, owed, due_on, payer in books.rows("bill", names, Condition("owed", "from", Decimal("0.01")), late):
        by_unit[unit].append((id, owed, due_on, payer))
    oldest = sorted(by_unit.items(), key=lambda one: (min(due_on for _, _, due_on, _ in one[1]), one[0]))
    found = [debt for unit, rows in oldest if (debt := _debt(books, unit, rows)) is not None]
    return [*found[:-QUEUED], *(_queued(books, debt) for debt in found[-QUEUED:])]


def _debt(books: Books, unit: int, rows: list[Any]) -> Debt | None:
    """None where it is too small or too new to have been reminded of."""
    amount, since = sum((owed for _, owed, *_ in rows), Decimal(0)), min(due_on for _, _, due_on, _ in rows)
    days = (books.today - since).days
    for least, level, most in REACHED:
        if days >= least and amount > 100:
            done_on = books.today - timedelta(days=books.random.randint(2, min(most, days - 9)))
            return Debt(unit, tuple((id, owed, due_on) for id, owed, due_on, _ in rows), rows[-1][3], level, done_on)
    return None


def _queued(books: Books, debt: Debt) -> Debt:
    return Debt(debt.unit, debt.bills, debt.payer, 1, books.today, queued=True)


def _case(debt: Debt) -> dict[str, Any]:
    return {
        "unit": debt.unit, "payer": debt.payer, "opened_on": debt.on(1) - timedelta(days=2), "state": "open",
        "level": 0 if debt.queued else debt.level, "level_on": None if debt.queued else debt.done_on,
        "reason": "hardship" if debt.level == 3 else None,
    }  # fmt: skip


def _steps(books: Books, case: int, debt: Debt) -> list[dict[str, Any]]:
    """The steps from the first level to the one that was reached."""
    policy, stewards = policy_of(books.registry.schema), _stewards(books)
    return [
        _step(case, debt, number, policy.level(number), stewards.get(debt.unit)) for number in range(1, debt.level + 1)
    ]


def _step(case: int, debt: Debt, number: int, level: Level, steward: int | None) -> dict[str, Any]:
    letter_on = debt.on(number) - timedelta(days=1)
    owed = debt.overdue(letter_on)
    done = {"state": "queued"} if debt.queued else {"state": "sent", "done_on": debt.on(number), "doer": steward}
    return {
        "case": case, "unit": debt.unit, "level": number, "attempt": 1, "means": level.means, "due_on": letter_on,
        "letter_on": letter_on, "bills": tuple(id for id, _ in owed), **done,
        "amount": sum((yuan for _, yuan in owed), Decimal(0)),
        "deadline": letter_on + timedelta(days=level.deadline) if level.deadline else None,
        **(VISITED if level.means == "visit" else {}),
    }  # fmt: skip


def _stewards(books: Books) -> dict[int, int | None]:
    """The steward of every unit."""
    if not books.stewards:
        of = dict(books.rows("building", ("steward",)))
        books.stewards = {unit: of[building] for unit, building in books.rows("unit", ("building",))}
    return books.stewards


def _holds(books: Books, cases: Sequence[int], debts: Sequence[Debt]) -> list[dict[str, Any]]:
    """A promise for next week, one for today, one that was broken, and a dispute."""
    days = ((0, -2, 6, "promise"), (1, -2, 0, "promise"), (2, -12, -2, "promise"), (3, -2, None, "dispute"))
    return [
        {"case": cases[n], "unit": debts[n].unit, "kind": kind, "starts_on": books.today + timedelta(days=since),
         "until": None if until is None else books.today + timedelta(days=until),
         "amount": debts[n].amount if kind == "promise" else None,
         "reason": "对公摊电费有异议，要求查表（演示）" if kind == "dispute" else "电话中承诺（演示）"}
        for n, since, until, kind in days if n < len(cases)
    ]  # fmt: skip


def _attach(books: Books, cases: Sequence[int], debts: Sequence[Debt], steps: Sequence[dict[str, Any]]) -> None:
    """The bills belong to their case; those that a final notice named have its deadline."""
    deadlines = {bill: step["deadline"] for step in steps if step["level"] == 2 for bill in step["bills"]}
    for case, debt in zip(cases, debts, strict=True):
        for bill, _, _ in debt.bills:
            values = {"dunning_case": case, "noticed_until": deadlines.get(bill)}
            books.registry.store.update(SYSTEM, "bill", bill, values, DEMO)
