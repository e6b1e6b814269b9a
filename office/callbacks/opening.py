"""Opens calls after what happened, and takes back those whose reason is gone; in the write itself and at night (S6)."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM, Actor, Source
from models.followups import Change, follow_up
from models.jobs import JobResult, job
from models.query import Condition, Query
from models.storage.rows import batches
from office.callbacks.hours import CallHours
from office.callbacks.policy import CALLBACK, Callbacks, CallRule, callbacks_of, condition_of, link_of
from office.callbacks.whom import people_to_call, values_of
from office.callbacks.working import call_hours
from office.raw_rows import raw_rows
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

OPEN = ("due", "retry", "promised")
"""The states of a call that is still to be made."""
OVER = {"not_before": None, "claimed_by": None, "claimed_until": None}
"""What a call that is over has no more."""
KEPT = Text("生成 {n} 个回访，撤回 {gone} 个。", "{n} calls opened, {gone} taken back.")


@dataclass(frozen=True, slots=True)
class Event:
    """Something after which somebody is called: the record, which time it happened to it, and when."""

    rule: str
    entity: str
    id: int
    round: int
    at: datetime

    @property
    def origin(self) -> str:
        """What makes sure that it leads to one call."""
        return origin_of(self.rule, self.entity, self.id, self.round)


@dataclass(slots=True)
class Kept:
    """How many calls were opened (or stand again), and taken back."""

    opened: int = 0
    withdrawn: int = 0


def origin_of(rule: str, entity: str, id: int, round: int) -> str:
    """Where a call comes from: ``complaint:service_request:12:0``."""
    return f"{rule}:{entity}:{id}:{round}"


def is_sampled(rule: str, id: int, share: int) -> bool:
    """Whether a record is among the ``share`` of a hundred that are called: always the same answer for the same one."""
    return zlib.crc32(f"{rule}:{id}".encode()) % 100 < share


@follow_up("open_callbacks")
def follow(registry: Registry, actor: Actor, changes: Sequence[Change], source: Source) -> None:
    """Open the calls that these changes ask for, and take back those that they no longer do."""
    entity = changes[0].entity
    policy = callbacks_of(registry.schema)
    for name, rule in policy.rules.items():
        if rule.of != entity:
            continue
        read = _own_fields(registry, rule)
        ids = [change.id for change in changes if change.new is None or change.differs(*read)]
        if ids:
            keep(registry, actor, policy, name, ids, source)


@job("keep_callbacks")
def keep_callbacks(registry: Registry, actor: Actor, now: datetime, with_: object) -> JobResult:
    """Open every call that the facts ask for and nobody opened, and take back those without a reason."""
    policy, all_kept = callbacks_of(registry.schema), Kept()
    for name in policy.rules:
        with registry.store.transaction():
            kept = keep(registry, actor, policy, name, None, Source("job", "keep_callbacks"))
        all_kept.opened += kept.opened
        all_kept.withdrawn += kept.withdrawn
    return JobResult(all_kept.opened + all_kept.withdrawn, KEPT.with_(n=all_kept.opened, gone=all_kept.withdrawn))


def keep(
    registry: Registry, actor: Actor, policy: Callbacks, name: str, ids: Collection[int] | None, source: Source
) -> Kept:  # fmt: skip
    """Bring the calls of a rule into line with its records, of all or of ``ids``; twice makes no difference."""
    rule = policy.rules[name]
    events = {event.origin: event for event in events_of(registry, policy, name, ids)}
    link = link_of(registry.schema, rule.of)
    about = [event.id for event in events.values()] if ids is None else ids
    known = _known(registry, name, link, about) | (_open_ones(registry, name) if ids is None else {})
    left = _without_reason(registry, policy, name, [one for origin, one in known.items() if origin not in events])
    gone = _ended(registry, actor, rule, left)
    again = {one.id: events[origin] for origin, one in known.items() if one.was_withdrawn and origin in events}
    fresh = [event for origin, event in events.items() if origin not in known]
    hours = call_hours(registry)
    back = {id: {"state": "due", **dates(rule, hours, event.at)} for id, event in again.items()}
    registry.store.update_many(actor, CALLBACK, gone | back, source)
    if fresh:
        registry.store.create_many(actor, CALLBACK, _rows(registry, rule, hours, link, fresh), source)
    return Kept(len(fresh) + len(back), len(gone))


def events_of(
    registry: Registry, policy: Callbacks, name: str, ids: Collection[int] | None, *, ever: bool = False
) -> Iterable[Event]:  # fmt: skip
    """What happened to the records (``ids``, or all) that asks for a call, as the rules look back, or ``ever``."""
    rule = policy.rules[name]
    since = registry.clock.today() - timedelta(days=policy.look_back)
    is_day = registry.schema.entities[rule.of].fields[rule.at].type.kind == "date"
    first: Any = since if is_day else _midnight(registry, since)
    young = () if ever else (Condition(rule.at, "from", first),)
    columns = (rule.at, *((rule.round,) if rule.round else ()))
    for some in [None] if ids is None else batches(list(ids)):
        query = Query(
            where=rule.when, conditions=young, sort="id",
            ids=None if some is None else tuple(some),
        )  # fmt: skip
        for id, at, *round in raw_rows(registry, SYSTEM, rule.of, query, columns):
            if is_sampled(name, id, rule.sample):
                yield Event(
                    name, rule.of, id, (round[0] or 0) if round else 0, _midnight(registry, at) if is_day else at
                )


def dates(rule: CallRule, hours: CallHours, at: datetime) -> dict[str, Any]:
    """When the call is to be made after something happened ``at``: not before a moment, due by the end of a day."""
    day = at.astimezone(hours.zone).date()
    first = hours.start_of(hours.day_after(day, rule.wait)) if rule.wait else hours.first_from(at)
    return {"not_before": first, "due_on": hours.day_after(day, max(rule.within, rule.wait))}


# -- parts -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Call:
    id: int
    origin: str
    state: str
    why: str | None
    due_on: date

    @property
    def record(self) -> int:
        """The id of the record that it is about."""
        return int(self.origin.split(":")[2])

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def was_withdrawn(self) -> bool:
        """Whether the program took it back; what a person cancelled stays so."""
        return self.state == "cancelled" and not self.why


def _without_reason(registry: Registry, policy: Callbacks, name: str, calls: Sequence[_Call]) -> list[_Call]:
    """The open ones of ``calls`` that nothing asks for any more. One that was opened stands however long ago it
    happened; and who was promised a reply hears it, though their matter was opened again meanwhile."""
    rule, waiting = policy.rules[name], [one for one in calls if one.is_open]
    ids = sorted({one.record for one in waiting})
    stands = {event.origin for event in events_of(registry, policy, name, ids, ever=True)} if ids else set()
    if rule.round:
        promised = sorted({one.record for one in waiting if one.state == "promised"})
        for some in batches(promised):
            there = set(registry.scope.ids(SYSTEM, rule.of, Query(ids=tuple(some)), len(some)))
            stands |= {one.origin for one in waiting if one.state == "promised" and one.record in there}
    return [one for one in waiting if one.origin not in stands]


def _ended(registry: Registry, actor: Actor, rule: CallRule, left: Sequence[_Call]) -> dict[int, dict[str, Any]]:
    """What becomes of calls whose event is over, by id: made where the rule says so of the record, else taken back."""
    records = {one.id: one.record for one in left}
    made: set[int] = set()
    for some in batches(sorted(set(records.values()))) if rule.done else ():
        made.update(registry.scope.ids(SYSTEM, rule.of, Query(where=rule.done, ids=tuple(some)), len(some)))
    done, today = {"done_at": registry.clock.now(), "done_by": actor.id}, registry.clock.today()
    return {
        one.id: {**OVER, **({"state": "done", "in_time": today <= one.due_on, **done} if records[one.id] in made
                            else {"state": "cancelled"})}
        for one in left
    }  # fmt: skip


_READ = ("origin", "state", "cancelled_why", "due_on")


def _known(registry: Registry, name: str, link: str, about: Collection[int]) -> dict[str, _Call]:
    """The calls of a rule about these records, by origin."""
    found: dict[str, _Call] = {}
    for some in batches(sorted(set(about))):
        of = (Condition(link, "in", tuple(some)), Condition("rule", "equals", name))
        found |= _calls(registry, Query(conditions=of, sort="id"))
    return found


def _open_ones(registry: Registry, name: str) -> dict[str, _Call]:
    of = (Condition("not_before", "filled"), Condition("rule", "equals", name))
    return _calls(registry, Query(conditions=of, sort="id"))


def _calls(registry: Registry, query: Query) -> dict[str, _Call]:
    rows = raw_rows(registry, SYSTEM, CALLBACK, query, _READ)
    return {row[1]: _Call(*row) for row in rows}


def _rows(
    registry: Registry, rule: CallRule, hours: CallHours, link: str, events: Sequence[Event]
) -> list[Mapping[str, Any]]:  # fmt: skip
    ids = [event.id for event in events]
    people = people_to_call(registry, rule, ids)
    links = {field: values_of(registry, rule.of, ids, path) for field, path in rule.links.items()}
    orders = _last_orders(registry, ids) if rule.asks == "order" and rule.of == "service_request" else {}
    about = values_of(registry, rule.of, ids, rule.about) if rule.about else {}
    now = registry.clock.now()
    return [
        {
            "rule": event.rule, "about": about.get(event.id), "origin": event.origin, "opened_at": now, "state": "due",
            "needs_signature": bool(rule.signature), "work_order": orders.get(event.id), link: event.id,
            **{field: values.get(event.id) for field, values in links.items()},
            **people[event.id], **dates(rule, hours, event.at),
        }
        for event in events
    ]  # fmt: skip


def _last_orders(registry: Registry, requests: Collection[int]) -> dict[int, int]:
    """The order that was done last for each request: the one whose work is rated."""
    found: dict[int, int] = {}
    for some in batches(sorted(requests)):
        done = (Condition("request", "in", tuple(some)), Condition("state", "equals", "done"))
        query = Query(conditions=done, sort="id")
        found.update((request, id) for id, request in raw_rows(registry, SYSTEM, "work_order", query, ("request",)))
    return found


def _own_fields(registry: Registry, rule: CallRule) -> tuple[str, ...]:
    """The fields of the record by which the rule goes."""
    read = [one.field for one in condition_of(registry.schema, rule).depends_on if not one.path]
    return (*read, rule.at, *((rule.round,) if rule.round else ()))


def _midnight(registry: Registry, day: date) -> datetime:
    return datetime.combine(day, time(), registry.clock.zone)
