"""What one person owes today by kind, with what is done, and what of the days before can still be made up for (P5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from office.rounds.dues import DAY, KINDS, POINT
from office.rounds.missed import Settled
from office.rounds.owed import Asking, Owed, my_dues, settled_between

if TYPE_CHECKING:
    from models.actor import Actor
    from models.registry import Registry

BACK = 31
"""Days within which what was not done is still looked for."""


@dataclass(frozen=True, slots=True)
class Duty:
    """What is owed of one kind: ``done`` of ``all`` times; ``last`` is when the last of it was done. ``late`` is what
    was not done before and can still be made up for, since ``since``."""

    kind: str
    done: int
    all: int
    last: datetime | None
    late: int = 0
    since: date | None = None

    @property
    def is_done(self) -> bool:
        """Whether nothing of it is left."""
        return self.done >= self.all and not self.late


def duties(registry: Registry, actor: Actor, today: date, owed: Sequence[Owed]) -> list[Duty]:
    """The kinds of rounds of which this person owes something; ``owed`` is what they owe today."""
    before = settled_between(registry, actor, today - BACK * DAY, today - DAY, Asking(person=actor.id))
    return by_kind(owed, before, today)


def may_walk(registry: Registry, actor: Actor, point: int) -> bool:
    """Whether a person owes a point today, also one of another area: as a stand-in."""
    owed = my_dues(registry, actor, registry.clock.today())
    return any(one.what == POINT and one.id == point for one in owed)


def by_kind(owed: Iterable[Owed], before: Iterable[Settled], today: date) -> list[Duty]:
    """The same by what is owed today and what became of the days before."""
    due, late = list(owed), [one for one in before if _left(one) and today <= one.due.until]
    found = []
    for kind in KINDS:
        mine = [one for one in due if one.kind == kind]
        open_still = [one for one in late if one.due.kind == kind]
        moments = [done.at for one in mine for done in one.done]
        if mine or open_still:
            done, every = sum(min(len(one.done), one.times) for one in mine), sum(one.times for one in mine)
            last, since = max(moments, default=None), min((one.due.day for one in open_still), default=None)
            found.append(Duty(kind, done, every, last, sum(map(_left, open_still)), since))
    return found


def _left(one: Settled) -> int:
    """How often it is still to be made up for."""
    return max(one.lacking - len(one.made_up), 0)
