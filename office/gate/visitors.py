"""Visitors: who comes in and goes out, passes announced by a household, and who has stayed too long (S10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from models.actor import Actor, Source
from models.errors import Refused
from models.operations import Outcome, Selection, operation
from models.preparations import Draft, Prepared, preparation
from models.query import Condition, Query
from models.record import Masked, Record
from models.storage.database import hold
from office.gate.policy import gate_policy
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

KIND = "visitor_pass"
"""What the codes of passes are signed as."""
INSIDE = Condition("state", "equals", "inside")
COPIED = ("name", "last_four", "people", "unit", "purpose", "plate")
MOST = 200
"""Visitors that the list of who is inside shows."""

CANCELLED = Text("这张来访证已取消。", "This pass was cancelled.")
TOO_EARLY = Text("来访证要到 {day} 才有效。", "This pass is valid from {day}.")
EXPIRED = Text("来访证已过期，有效期到 {day}。", "This pass has expired: it was valid to {day}.")
IS_INSIDE = Text("持这张来访证的人已在内，{at} 进入。", "Whoever holds this pass is inside, since {at}.")
LET_IN = Text("已放行进入，{at}。", "Let in, {at}.")


@dataclass(frozen=True, slots=True)
class Pass:
    """What the gate goes by; ``inside_since`` is '' while nobody is inside by it."""

    state: str
    from_on: date
    to_on: date
    inside_since: str = ""


def stopped(found: Pass, today: date) -> Text | None:
    """Why the gate does not let in by this pass; None where it does. Source: domain S10."""
    if found.state == "cancelled":
        return CANCELLED
    if today < found.from_on:
        return TOO_EARLY.with_(day=found.from_on)
    if today > found.to_on:
        return EXPIRED.with_(day=found.to_on)
    return IS_INSIDE.with_(at=found.inside_since) if found.inside_since else None


def pass_of(registry: Registry, actor: Actor, record: Record) -> Pass:
    """What the gate goes by, of a pass that the actor sees."""
    by_it = (Condition("visitor_pass", "equals", record.id), INSIDE)
    rows = registry.scope.page(actor, "visitor", Query(conditions=by_it, size=1, columns=("in_at",), sort="-id")).rows
    since = f"{rows[0]['in_at'].astimezone(registry.clock.zone):%Y-%m-%d %H:%M}" if rows else ""
    return Pass(record["state"], record["from_on"], record["to_on"], since)


def code_of(registry: Registry, id: int) -> str:
    """The code on a pass."""
    return registry.codes.sign(KIND, id)


@preparation("visitor")
def prepare(registry: Registry, actor: Actor, drafts: Sequence[Draft]) -> Sequence[Prepared]:
    """A visitor for whom nobody said otherwise is to leave after the hours of the settings (S10)."""
    stay = timedelta(hours=gate_policy(registry.schema).stay)

    def one(values: Mapping[str, Any] | None) -> Prepared:
        if values is None or values.get("leaves_by") is not None or values.get("in_at") is None:
            return Prepared()
        return Prepared(values={"leaves_by": values["in_at"] + stay})

    return [one(draft.values) for draft in drafts]


@operation("let_visitor_in")
def let_visitor_in(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Let the holders of passes in, each once until they have left (S10)."""
    local = now.astimezone(registry.clock.zone)

    def one(id: int) -> Text:
        hold(registry.db, "gate")
        record = registry.scope.get(actor, "visitor_pass", id)
        if said := stopped(pass_of(registry, actor, record), local.date()):
            raise Refused(said)
        values = {name: record[name] for name in COPIED if not isinstance(record[name], Masked)}
        values |= {"visitor_pass": id, "confirmed": "pass", "confirmed_by": record["announced_by"], "in_at": now}
        registry.store.create(actor, "visitor", values, Source("action", "let_visitor_in"))
        return LET_IN.with_(at=f"{local:%H:%M}")

    return registry.store.each(selection.ids, one)


def come_in(registry: Registry, actor: Actor, values: Mapping[str, Any]) -> tuple[int, bool]:
    """Take down a visitor who comes in; returns (id, whether it is a new one).

    The same name at the same place who is inside already is the same visitor: a form sent twice makes one. Raises
    NotAllowed, Invalid.
    """
    registry.scope.require(actor, "visitor", "create")
    with registry.store.transaction():
        hold(registry.db, "gate")
        same = tuple(
            Condition(name, "equals", values[name]) if values.get(name) else Condition(name, "empty")
            for name in ("name", "unit", "to_whom")
        )
        before = registry.scope.ids(actor, "visitor", Query(conditions=(INSIDE, *same)), 1)
        if before:
            return before[0], False
        return registry.store.create(actor, "visitor", values, Source("form")), True


def who_is_inside(registry: Registry, actor: Actor) -> list[Record]:
    """Visitors inside now, those who should have left first; at most MOST."""
    columns = ("name", "last_four", "people", "unit", "to_whom", "purpose", "plate", "in_at", "leaves_by", "confirmed")
    query = Query(conditions=(INSIDE,), columns=columns, sort="leaves_by", size=MOST)
    return list(registry.scope.page(actor, "visitor", query).rows)


def expected_today(registry: Registry, actor: Actor) -> list[Record]:
    """Passes that are valid today and by which nobody is inside; at most MOST."""
    columns = ("number", "name", "last_four", "people", "unit", "announced_by", "purpose", "plate", "to_on", "visits")
    query = Query(saved="today", where="inside == 0", columns=columns, sort="id", size=MOST)
    return list(registry.scope.page(actor, "visitor_pass", query).rows)
