"""Whose buildings a stand-in sees today: each building says who stands in for its steward, and scopes ask it (P5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from models.actor import SYSTEM, Source
from models.followups import Change, follow_up
from models.jobs import JobResult, job
from models.query import Query
from office.raw_rows import raw_rows
from office.rounds.facts import presence_between
from schema.text import Text

if TYPE_CHECKING:
    from models.actor import Actor
    from models.registry import Registry

SETTLED = Text("{n} 栋楼的代班已更新。", "Who stands in changed for {n} buildings.")


@follow_up("stand_in_today")
def stand_in_today(registry: Registry, actor: Actor, changes: Sequence[Change], source: Source) -> None:
    """Let the buildings say who stands in today, after a stand-in or an absence was written."""
    if any(one.differs("person", "by", "staff", "starts_on", "ends_on") for one in changes):
        _settle(registry, actor, source)


@follow_up("stand_in_of_building")
def stand_in_of_building(registry: Registry, actor: Actor, changes: Sequence[Change], source: Source) -> None:
    """The same after a building got another steward."""
    if any(one.new is not None and one.differs("steward") for one in changes):
        _settle(registry, actor, source)


@job("turn_stand_ins")
def turn_stand_ins(registry: Registry, actor: Actor, now: datetime, with_: object) -> JobResult:
    """A new day: who stood in until yesterday sees the buildings no longer, who stands in from today does."""
    changed = _settle(registry, actor, Source("job"))
    return JobResult(changed, SETTLED.with_(n=changed))


def _settle(registry: Registry, actor: Actor, source: Source) -> int:
    """Write down for every building who stands in for its steward today, and that it is today; how many changed.

    A scope asks for the day as well: where this comes late, somebody sees too little and nobody too much. All of them,
    since who stands in for a stand-in stands in for the first one too; an office has a few hundred buildings.
    """
    today = registry.clock.today()
    presence = presence_between(registry, today, today)
    wanted, names = {}, ("steward", "stand_in", "stand_in_on")
    for id, steward, *now in raw_rows(registry, SYSTEM, "building", Query(sort="id"), names):
        in_charge = presence.in_charge(steward, today)
        stand_in = None if in_charge == steward else in_charge
        values = {"stand_in": stand_in, "stand_in_on": today if stand_in else None}
        if list(values.values()) != now:
            wanted[id] = values
    if wanted:
        registry.store.update_many(actor, "building", wanted, source)
    return len(wanted)
