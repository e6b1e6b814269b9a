"""The rounds of one person by the day of a month: what was done, missed, is open or to come, and who stood in (P5)."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from office.rounds.dues import KINDS, Presence, days
from office.rounds.facts import open_days, presence_between
from office.rounds.missed import Settled
from office.rounds.owed import person_names, sees_all, settled_between

if TYPE_CHECKING:
    from models.actor import Actor
    from models.registry import Registry

FREE, DONE, MISSED, OPEN, AHEAD = "free", "done", "missed", "open", "ahead"
"""How a day stands: nothing due, all of it done, some of it missed, some of today's still open, or to come."""


@dataclass(frozen=True, slots=True)
class KindOfDay:
    """The rounds of one kind on a day."""

    kind: str
    due: int
    done: int


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day of a person. ``stand_in`` is who did their rounds, ``stands_in_for`` whose they did ('' for none)."""

    day: date
    is_open: bool
    is_today: bool
    state: str
    kinds: Sequence[KindOfDay]
    is_away: bool = False
    stand_in: str = ""
    stands_in_for: str = ""

    @property
    def lacking(self) -> int:
        """How much of it was not done."""
        return sum(one.due - one.done for one in self.kinds)

    @property
    def due(self) -> int:
        """How much of it there is."""
        return sum(one.due for one in self.kinds)


@dataclass(frozen=True, slots=True)
class Month:
    """A month of a person (None where nobody has anything to do); ``people`` are those who can be chosen, by name."""

    first: date
    person: int | None
    people: Mapping[int, str]
    days: Sequence[CalendarDay]


def month_of(registry: Registry, actor: Actor, first: date, person: int | None = None) -> Month:
    """The month that begins on ``first``, of ``person`` where the actor oversees the rounds, else of the actor.

    Without ``person`` it is the actor's, or that of the first who owes anything. A fixed number of queries.
    """
    last = first.replace(day=monthrange(first.year, first.month)[1])
    settled = settled_between(registry, actor, first, last)
    owing = {one.due.person for one in settled if one.due.person is not None}
    if not sees_all(actor) or (person is None and actor.id in owing):
        person = actor.id
    names = person_names(registry, owing | {person})
    people = dict(sorted(names.items(), key=lambda one: one[1]))
    if person not in names:
        person = next(iter(people), None)
    by_day = defaultdict(list)
    for one in settled:
        if one.due.person == person:
            by_day[one.due.day].append(one)
    presence, opens, today = presence_between(registry, first, last), open_days(registry), registry.clock.today()
    told = _Told(registry, presence, person)
    shown = [told.day(day, opens(day), today, by_day[day]) for day in days(first, last)]
    return Month(first, person, people, shown)


class _Told:
    """What is said of each day of one person."""

    def __init__(self, registry: Registry, presence: Presence, person: int | None) -> None:
        self.presence, self.person = presence, person
        involved = {by for some in presence.stand_ins.values() for _, _, by in some} | set(presence.stand_ins)
        self.names = person_names(registry, involved)

    def day(self, day: date, is_open: bool, today: date, settled: Sequence[Settled]) -> CalendarDay:
        """One day."""
        who = self.person or 0
        by = next((by for first, last, by in self.presence.stand_ins.get(who, ()) if first <= day <= last), 0)
        others = [self.names.get(other, "–") for other, some in self.presence.stand_ins.items()
                  if any(first <= day <= last and by == who for first, last, by in some)]  # fmt: skip
        away = any(first <= day <= last for first, last in self.presence.away.get(who, ()))
        return CalendarDay(
            day, is_open, day == today, _state(settled, day, today), _kinds(settled), away,
            self.names.get(by, ""), "、".join(others),
        )  # fmt: skip


def _state(settled: Sequence[Settled], day: date, today: date) -> str:
    if not settled:
        return FREE
    if not any(one.lacking for one in settled):
        return DONE
    return MISSED if day < today else OPEN if day == today else AHEAD


def _kinds(settled: Sequence[Settled]) -> list[KindOfDay]:
    found = []
    for kind in KINDS:
        some = [one for one in settled if one.due.kind == kind]
        if some:
            found.append(KindOfDay(kind, sum(one.due.times for one in some), sum(len(one.done) for one in some)))
    return found
