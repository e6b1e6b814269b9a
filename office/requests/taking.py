"""Taking a request: whoever reports something, through whatever door, becomes one record with an owner (S1, S2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM, Actor, Source
from models.errors import Invalid
from models.query import Condition, Query
from office.requests.policy import policy_of

if TYPE_CHECKING:
    from models.registry import Registry

BY_THE_PROGRAM = (
    "taken_at", "owner", "department", "assigned_to", "came_from", "origin", "answer", "answered_at",
    "looked_into_at", "planned_at", "plan",
)  # fmt: skip
"""What a new request may be given although nobody writes it by hand."""


def take_request(registry: Registry, actor: Actor, now: datetime, values: Mapping[str, Any], source: Source) -> int:
    """Take a request; returns its id. Source: S1, S2.

    ``values`` are fields of service_request; ``kind`` and ``matter`` are needed. ``origin`` names what it came from
    ("callback:12", "dunning_step:4", "desk:…"): the same origin again gives the same request and makes nothing, so that
    twice makes one. ``came_from`` is the request that led to it. Its owner is the actor, for ever; only the program
    itself (SYSTEM) says another. Number, building, department and priority follow from the rest.

    The actor may make requests by grant, or acts for an action or follow-up that ``writes`` service_request.*.
    Raises NotAllowed, Invalid.
    """
    origin = values.get("origin")
    if origin and (before := by_origin(registry, origin)):
        return before
    rule = policy_of(registry.schema).kind(values.get("kind"))
    given = {"taken_at": now, **({"priority": rule.priority} if rule.priority else {}), **_filled(values)}
    if not actor.system:
        given["owner"] = actor.id
    taker = _deputy(actor)
    try:
        with registry.store.transaction():
            return registry.store.create(taker, "service_request", given, source)
    except Invalid:
        # Somebody sent the same at the same moment, and one of the two is refused: by the check of keys, or by the
        # database, which waits for the other to end. Theirs is the one.
        if origin and (before := by_origin(registry, origin)):
            return before
        raise


def by_origin(registry: Registry, origin: str) -> int | None:
    """The request that was made from this origin; None for none."""
    query = Query(conditions=(Condition("origin", "equals", origin),))
    return next(iter(registry.scope.ids(SYSTEM, "service_request", query, 1)), None)


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "", ())}


def _deputy(actor: Actor) -> Actor:
    """``actor`` with what the program notes of a new request; whether they may make one is for the store to say."""
    if actor.system:
        return actor
    return replace(actor, writes=actor.writes | {("service_request", name) for name in BY_THE_PROGRAM})
