"""What whoever calls should know: what was reported, done and said before, and the words to say (S6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from models.actor import Actor
from models.query import Condition, Query
from office.callbacks.policy import CALLBACK, CallRule, callbacks_of
from schema.text import Locale
from schema.written import say

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

LAST = 5
"""Earlier calls that are shown."""
BEFORE = ("rule", "done_at", "done_by", "state", "satisfaction", "words", "request", "opened_request")
TRIED = ("at", "by", "part", "outcome", "words")
DONE = ("number", "matter", "state", "worker", "done_at", "result", "quality", "attitude")


@dataclass(frozen=True, slots=True)
class CallFacts:
    """A call with everything around it, as far as the reader may see it."""

    call: Record
    rule: CallRule | None
    request: Record | None = None
    orders: Sequence[Record] = ()
    step: Record | None = None
    attempts: Sequence[Record] = ()
    earlier: Sequence[Record] = ()
    resident: Record | None = None
    script: Sequence[str] = field(default_factory=tuple)


def call_facts(registry: Registry, actor: Actor, id: int) -> CallFacts:
    """Everything for one call. Raises NotFound, NotAllowed."""
    call = registry.scope.get(actor, CALLBACK, id)
    rule = callbacks_of(registry.schema).rules.get(call["rule"])
    request = _one(registry, actor, "service_request", call.get("request"))
    return CallFacts(
        call, rule, request,
        orders=_orders(registry, actor, call),
        step=_one(registry, actor, "dunning_step", call.get("dunning_step")),
        attempts=_of(registry, actor, "callback_attempt", Condition("callback", "equals", id), TRIED, "id"),
        earlier=_earlier(registry, actor, call),
        resident=_one(registry, actor, "resident", call.get("resident")),
        script=script_of(registry, actor.locale, call, rule),
    )  # fmt: skip


def script_of(
    registry: Registry, locale: Locale, call: Record, rule: CallRule | None
) -> list[str]:  # fmt: skip
    """The words to say, a line each, with what is known of the call filled in."""
    if rule is None:
        return []
    filled = {
        "name": call["name"] or "", "unit": call.titles.get("unit") or "",
        "matter": call["about"] or "", "order": call.titles.get("work_order", "").partition(" ")[0],
        "office": registry.schema.office.name.to(locale),
    }  # fmt: skip
    unknown = [f"{{{name}}}" for name in ("matter", "order") if not filled[name]]
    lines = say(rule.script).to(locale).splitlines()
    return [fill(line, filled) for line in lines if line.strip() and not any(one in line for one in unknown)]


def fill(line: str, values: Mapping[str, str]) -> str:
    """A line with {name} and the like filled in; braces that mean nothing stay."""
    for name, value in values.items():
        line = line.replace(f"{{{name}}}", value)
    return line.strip()


# -- parts -------------------------------------------------------------------------------------------


def _one(registry: Registry, actor: Actor, entity: str, id: Any) -> Record | None:
    """A linked record, where the reader may see it."""
    if not id or entity not in registry.schema.entities or not registry.access.may(actor, entity, "read"):
        return None
    return next(iter(registry.scope.records(actor, entity, [id])), None)


def _of(
    registry: Registry, actor: Actor, entity: str, condition: Condition, columns: Sequence[str], sort: str,
    size: int = 50,
) -> Sequence[Record]:  # fmt: skip
    if not registry.access.may(actor, entity, "read"):
        return ()
    query = Query(conditions=(condition,), columns=tuple(columns), sort=sort, size=size)
    return registry.scope.page(actor, entity, query).rows


def _orders(registry: Registry, actor: Actor, call: Record) -> Sequence[Record]:
    """The work orders of its request, the last first."""
    if not call.get("request"):
        return ()
    return _of(registry, actor, "work_order", Condition("request", "equals", call["request"]), DONE, "-id", 10)


def _earlier(registry: Registry, actor: Actor, call: Record) -> Sequence[Record]:
    """The calls that were made to this home, or to this person, before; the last first."""
    by = "unit" if call.get("unit") else "resident"
    if not call.get(by):
        return ()
    about = (Condition(by, "equals", call[by]), Condition("done_at", "filled"))
    return registry.scope.page(
        actor, CALLBACK, Query(conditions=about, columns=BEFORE, sort="-done_at", size=LAST)
    ).rows
