"""Which rounds were done, made up for later, or missed: what is due set against what was written down (P5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from office.rounds.dues import DAY, Due, Place, days

SAME_ROUND = timedelta(minutes=30)
"""Two records of one person at one place that are less apart are one round: a second tap is not a second time."""

Key = tuple[str, Place]


@dataclass(frozen=True, slots=True)
class Done:
    """A round that was written down: ``day`` is the office's day of ``at``. Of those with one ``slot`` (the round of a
    sign check, the household of a visit) a day counts one."""

    kind: str
    place: Place
    day: date
    at: datetime
    by: int | None
    slot: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a due: the rounds of its day that count for it, in order, and those that made up for it later."""

    due: Due
    done: tuple[Done, ...] = ()
    made_up: tuple[Done, ...] = ()

    @property
    def lacking(self) -> int:
        """How many times it was not done on its day."""
        return self.due.times - len(self.done)


def settle(dues: Iterable[Due], done: Iterable[Done]) -> list[Settled]:
    """What became of each due, in the order given.

    A round counts for its place whoever made it, once, and on its own day; where several owe one place it counts first
    for the one who made it. What is left over makes up for what was lacking there before, up to the due's ``until``;
    that stays missed. What was done before its day counts for nothing.
    """
    dues = list(dues)
    owed: dict[Key, list[int]] = defaultdict(list)
    for n, due in enumerate(dues):
        owed[due.kind, due.place].append(n)
    records: dict[Key, list[Done]] = defaultdict(list)
    for one in done:
        if (one.kind, one.place) in owed:
            records[one.kind, one.place].append(one)
    found: dict[int, Settled] = {}
    for key, which in owed.items():
        found |= _of_place({n: dues[n] for n in which}, _distinct(records[key]))
    return [found[n] for n in range(len(dues))]


def missed(dues: Iterable[Due], done: Iterable[Done]) -> list[Settled]:
    """Those that were not done as often as they were due, on their day."""
    return [one for one in settle(dues, done) if one.lacking]


# -- parts -------------------------------------------------------------------------------------------------


def _distinct(records: Sequence[Done]) -> list[Done]:
    """The rounds of a place in order of time, without those that repeat one."""
    kept: list[Done] = []
    slots: set[tuple[date, str]] = set()
    last: dict[tuple[date, int | None], datetime] = {}
    for one in sorted(records, key=lambda record: (record.at, record.by or 0)):
        if one.slot:
            repeats = (one.day, one.slot) in slots
            slots.add((one.day, one.slot))
        else:
            before = last.get((one.day, one.by))
            repeats = before is not None and one.at - before < SAME_ROUND
        if not repeats:
            kept.append(one)
            last[one.day, one.by] = one.at
    return kept


def _of_place(dues: dict[int, Due], rounds: Sequence[Done]) -> Iterator[tuple[int, Settled]]:
    """What became of the dues of one place, by their numbers."""
    in_turn = sorted(dues, key=lambda n: (dues[n].day, dues[n].plan, n))
    free: dict[date, list[Done]] = defaultdict(list)
    for one in rounds:
        free[one.day].append(one)
    own: dict[int, list[Done]] = {n: [] for n in in_turn}
    walked = [n for n in in_turn if dues[n].day in free]
    for n in walked:
        due, of_day = dues[n], free[dues[n].day]
        mine = [one for one in of_day if one.by == due.person] if due.person is not None else []
        _move(of_day, mine, own[n], due.times)
    for n in walked:
        if free[dues[n].day]:
            _move(free[dues[n].day], list(free[dues[n].day]), own[n], dues[n].times)
    for n in in_turn:
        due, late, lacking = dues[n], list[Done](), dues[n].times - len(own[n])
        for day in days(due.day + DAY, due.until) if lacking else ():
            if day in free:
                _move(free[day], list(free[day]), late, lacking)
        yield n, Settled(due, tuple(sorted(own[n], key=lambda one: one.at)), tuple(late))


def _move(free: list[Done], chosen: Sequence[Done], into: list[Done], most: int) -> None:
    """Take the first of the chosen rounds out of those that are free, until ``most`` are taken."""
    for one in chosen[: most - len(into)]:
        into.append(one)
        free.remove(one)
