"""Due today and missed: what each person owes on a day, and what became of what was due, with its words (P5).

for one in my_dues(registry, actor, today):
    one.kind, one.what, one.id, one.title, one.times, len(one.done), one.is_open, one.instead_of
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from models.actor import SYSTEM
from office.rounds.dues import AREA, BUILDING, Due, dues_between
from office.rounds.facts import done_for, open_days, places_between, plans_between, presence_between
from office.rounds.missed import Done, Settled, settle
from schema.text import Text

if TYPE_CHECKING:
    from models.actor import Actor
    from models.registry import Registry

OVERSEE = frozenset({"director", "assistant", "supervisor", "auditor"})
"""Who sees what everybody owes, and what nobody does; others see their own."""
_AREA_OF = Text("{name}的片区", "Area of {name}")
_PLAIN, _BUILDING = Text("{name}", "{name}"), Text("{name} 号楼", "Building {name}")
_NO_AREA = Text("没有管理员的楼栋", "Buildings without a steward")


@dataclass(frozen=True, slots=True)
class Owed:
    """A due of one person with the words of its place; ``done`` are the rounds of the day that count for it.

    ``what`` is the entity of the place ('patrol_point', 'building', 'renovation_permit', 'unit') or 'area';
    ``instead_of`` is the name of who is away where it is owed by a stand-in, else ''.
    """

    kind: str
    what: str
    id: int
    title: str
    times: int
    done: tuple[Done, ...]
    instead_of: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return len(self.done) < self.times


@dataclass(frozen=True, slots=True)
class Asking:
    """What of the dues is asked about; None is everything."""

    kind: str | None = None
    person: int | None = None
    building: int | None = None

    def fits(self, due: Due) -> bool:
        """Whether a due is asked about."""
        return (
            self.kind in (None, due.kind)
            and self.person in (None, due.person)
            and self.building in (None, due.building)
        )


def sees_all(actor: Actor) -> bool:
    """Whether what everybody owes is shown to this person."""
    return actor.system or bool(actor.roles & OVERSEE)


def settled_between(
    registry: Registry, actor: Actor, first: date, last: date, asking: Asking = Asking()
) -> list[Settled]:  # fmt: skip
    """What was due from ``first`` to ``last`` and what became of it, of what this person may see.

    By day, kind and place. A fixed number of queries.
    """
    plans = [one for one in plans_between(registry, first, last) if asking.kind in (None, one.kind)]
    if not plans:
        return []
    places = places_between(registry, {one.kind for one in plans}, first, last)
    presence = presence_between(registry, first, last)
    found = dues_between(plans, places, presence, open_days(registry), first, last)
    every = sees_all(actor)
    wanted = {id(due) for due in found if asking.fits(due) and (every or due.person == actor.id)}
    # Settled with all that is due at the same places: several may owe one, and a round counts once.
    keys = {(due.kind, due.place) for due in found if id(due) in wanted}
    found = [due for due in found if (due.kind, due.place) in keys]
    settled = settle(found, done_for(registry, found, places, registry.clock.today()))
    shown = [one for one in settled if id(one.due) in wanted]
    return sorted(shown, key=lambda one: (one.due.day, one.due.plan))


def my_dues(registry: Registry, actor: Actor, day: date) -> list[Owed]:
    """What this person owes on ``day``, what is open first, by plan and place.

    It holds what they owe as a stand-in too, and never what is owed by others. A fixed number of queries.
    """
    mine = settled_between(registry, actor, day, day, Asking(person=actor.id))
    named = place_titles(registry, actor, (one.due for one in mine))
    away = person_names(registry, (one.due.owner for one in mine if one.due.owner != actor.id))
    owed = [
        Owed(due.kind, *due.place, named[due.place], due.times, one.done, away.get(due.owner or 0, ""))
        for one in mine
        for due in (one.due,)
    ]
    return sorted(owed, key=lambda one: not one.is_open)


def place_titles(registry: Registry, actor: Actor, dues: Iterable[Due]) -> Mapping[tuple[str, int], str]:
    """The words of each place that is due. Read as the program: who owes a round may know where it is."""
    ids: dict[str, set[int]] = defaultdict(set)
    for due in dues:
        ids[due.place[0]].add(due.place[1])
    found: dict[tuple[str, int], str] = {}
    for what, some in ids.items():
        if what == AREA:
            found |= {(AREA, id): words for id, words in _areas(registry, actor, some).items()}
        else:
            said = _BUILDING if what == BUILDING else _PLAIN
            titles = registry.scope.titles(SYSTEM, what, some)
            found |= {(what, id): said.with_(name=titles.get(id, "–")).to(actor.locale) for id in some}
    return found


def person_names(registry: Registry, ids: Iterable[int | None]) -> Mapping[int, str]:
    """What people are called, by account."""
    wanted = {id for id in ids if id is not None}
    return registry.scope.titles(SYSTEM, "user", wanted) if wanted else {}


def _areas(registry: Registry, actor: Actor, ids: Iterable[int]) -> dict[int, str]:
    names = person_names(registry, ids)
    return {id: (_AREA_OF.with_(name=names[id]) if id in names else _NO_AREA).to(actor.locale) for id in ids}
