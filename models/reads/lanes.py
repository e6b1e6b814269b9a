"""Records in lanes: of each value of a field the first few that match, and how many there are, up to a bound."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from models.actor import Actor
from models.query import Condition, PageRef, Query
from models.reads.paging import Chain
from models.reads.reading import Reading
from models.record import Record

if TYPE_CHECKING:
    from models.reads.scope import Scope
    from schema.expressions import Expression

BOUND = 999
"""A lane is counted so far."""


@dataclass(frozen=True, slots=True)
class Lane:
    """The records of one value. ``count`` is BOUND + 1 where there are more than BOUND."""

    value: str
    records: tuple[Record, ...]
    count: int


def lanes(scope: Scope, actor: Actor, entity: str, query: Query, field: str, values: Sequence[str]) -> list[Lane]:
    """For each of ``values`` of ``field`` the first ``query.size`` records that match, in the order of the query.

    Two statements a lane, each a walk along the index that keeps lanes in order, and one for all records. Raises
    NotAllowed.
    """
    scope.require(actor, entity, "read")
    spec = scope.schema.entities[entity]
    order = scope.order(actor, spec, query.sort)
    found: dict[str, list[int]] = {}
    counts: dict[str, int] = {}
    for value in values:
        mine = replace(query, conditions=(*query.conditions, Condition(field, "equals", value)))
        condition, matches = scope.narrowed(actor, spec, mine)
        chain = Chain(scope.models[entity], order, condition, scope.sqlite, matches)
        found[value] = [position[-1] for position in chain.page(PageRef(), query.size)[0]]
        is_whole = len(found[value]) < query.size
        counts[value] = len(found[value]) if is_whole else scope.count(actor, entity, mine, bound=BOUND)
    ids = [id for some in found.values() for id in some]
    records = {record.id: record for record in Reading(scope, actor, entity, query.columns).by_ids(ids)}
    return [Lane(v, tuple(records[id] for id in found[v] if id in records), counts[v]) for v in values]


def ready(
    scope: Scope, actor: Actor, entity: str, ids: Iterable[int], action: str, when: Expression | None
) -> set[int]:
    """Those of ``ids`` on which the actor holds ``action`` and for which ``when`` is true: one statement, or none
    where that leaves nothing to ask."""
    wanted = set(ids)
    if not wanted or not scope.access.may(actor, entity, action):
        return set()
    everywhere = scope.access.verdict(actor, entity, action).everything
    if when is None:
        return wanted if everywhere else scope.visible_ids(actor, entity, wanted, action)
    model = scope.models[entity]
    query = model.select(model.id).where(model.id.in_(sorted(wanted)) & scope.sql_condition(actor, when, model))
    opened = scope.condition(actor, entity, action)
    return {row[0] for row in (query if opened is None else query.where(opened)).tuples()}
