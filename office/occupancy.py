"""Who holds a unit from when to when: change of owner, move-out and change of name (domain A4, A13)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from models.actor import Actor, Source
from models.errors import Duplicate, Refused
from models.operations import Outcome, Selection, operation
from models.query import Condition, Query
from schema.text import Text

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

OWNERS = frozenset({"owner", "joint_owner"})
NEW_FILE = ("name", "phone", "id_number")
OPEN_SLIP = ("draft", "settled", "waived")
DAY = timedelta(days=1)

FUTURE = Text(
    "日期 {day} 在今天之后；请在变更发生后登记。", "{day} lies in the future; register it once it has happened."
)
TOO_EARLY = Text(
    "日期 {day} 不晚于现任关系的起始日期 {start}；请填 {start} 之后的日期。",
    "{day} is not after {start}, when a present occupancy began; give a later day.",
)
SAME_OWNER = Text("新业主已是该房屋唯一的业主。", "The new owner is the only owner already.")
ONE_OWNER = Text(
    "请只选择已有档案，或只填写新业主的姓名、电话和证件号。",
    "Either choose an owner on file or write down the new one, not both.",
)
WHICH_OWNER = Text("请选择新业主，或填写新业主的姓名。", "Choose the new owner, or give the new owner's name.")
ID_ON_FILE = Text(
    "该证件号已有住户档案；请在“新业主（已有档案）”中选择。",
    "A resident with this ID number is on file; choose that one.",
)
CHANGED = Text(
    "自 {day} 起业主为{owner}；结束了 {n} 条入住关系，最后一天为 {last}。",
    "{owner} is the owner from {day}; {n} occupancies ended, their last day being {last}.",
)
SLIP_OPEN = Text("已有办理中的退场更名单 {slip}。", "A move-out is in progress already: {slip}.")
REGISTERED = Text("已登记 {slip}，待费用结清或豁免。", "Registered as {slip}; the bills are to be settled or waived.")
LIVES_HERE = Text("该租户已在此房屋入住。", "This tenant lives in the unit already.")
MOVED_IN = Text("{tenant}自 {day} 起入住。", "{tenant} lives there from {day}.")
HAS_ENDED = Text("入住关系已于 {day} 结束。", "The occupancy ended on {day}.")
BILLS_OPEN = Text("费用尚未结清或豁免，不能办结。", "The bills are neither settled nor waived yet.")
ENDED = Text(
    "入住关系已结束，最后一天为 {day}；请住户签确认单。", "Ended, the last day being {day}; have the slip signed."
)


@dataclass(frozen=True, slots=True)
class Term:
    """One present occupancy of a unit."""

    id: int
    resident: int
    role: str
    started_on: date | None = None
    is_head: bool = False


@dataclass(frozen=True, slots=True)
class Succession:
    """Which occupancies end, their last day, and the day on which the new owner's begins."""

    ending: tuple[Term, ...]
    last_day: date
    first_day: date

    @property
    def head(self) -> bool:
        """Whether the head of household is among those who leave, so that the new owner takes the place."""
        return any(term.is_head for term in self.ending)


def succession(
    terms: Iterable[Term], changed_on: date, today: date, *, new_owner: int | None, family_leaves: bool
) -> Succession:
    """What a change of owner on ``changed_on`` ends and begins. Source: domain A4.

    All present owners end on the day before, with their family if ``family_leaves``; tenants stay, unless
    the tenant is the new owner. Raises Refused for a day in the future, a day not after the start of
    something that would end, or a new owner who is the only owner already.
    """
    present = list(terms)
    owners = {term.resident for term in present if term.role in OWNERS}
    if changed_on > today:
        raise Refused(FUTURE.with_(day=changed_on))
    if owners == {new_owner}:
        raise Refused(SAME_OWNER)
    ending = tuple(
        term for term in present
        if term.role in OWNERS or term.resident == new_owner or (family_leaves and term.role == "family")
    )  # fmt: skip
    starts = [term.started_on for term in ending if term.started_on is not None]
    if starts and changed_on <= max(starts):
        raise Refused(TOO_EARLY.with_(day=changed_on, start=max(starts)))
    return Succession(ending, changed_on - DAY, changed_on)


def state_after(state: str | None, left: Collection[str]) -> str | None:
    """The state of a unit in which only the roles ``left`` remain: a let one without tenants stands empty, as does
    an occupied one without anybody; others stay as they are. Source: domain A2, A13."""
    if state == "let" and "tenant" not in left:
        return "vacant"
    if state == "occupied" and not left:
        return "vacant"
    return state


@operation("change_owner")
def change_owner(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """End the present owners' occupancies of the units and begin the new owner's (domain A4)."""
    today = now.astimezone(registry.clock.zone).date()
    return registry.store.each(selection.ids, lambda unit: _change(registry, actor, unit, today, answers))


@operation("move_out")
def move_out(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Open a move-out slip for each occupancy; it ends once the bills are settled or waived (domain A13)."""
    values = {"kind": "move_out", "moves_on": answers["moves_on"], "reason": answers.get("reason")}
    return registry.store.each(selection.ids, lambda occupancy: _open_slip(registry, actor, occupancy, values))


@operation("change_name")
def change_name(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Open a change-of-name slip for each occupancy (domain A13)."""
    values = {"kind": "name_change", **{n: answers.get(n) for n in ("moves_on", "new_holder", "reason")}}
    return registry.store.each(selection.ids, lambda occupancy: _open_slip(registry, actor, occupancy, values))


@operation("end_occupancy")
def end_occupancy(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """End the occupancies of settled or waived slips, and begin the successor's on a change of name (domain A13)."""
    today = now.astimezone(registry.clock.zone).date()
    return registry.store.each(selection.ids, lambda slip: _end(registry, actor, slip, today))


@operation("move_in")
def move_in(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Begin the tenants' occupancies of these leases; beside another tenant it is an added one (domain A5, A13)."""
    today = now.astimezone(registry.clock.zone).date()
    return registry.store.each(
        selection.ids, lambda lease: _move_in(registry, actor, lease, answers["moves_on"], today)
    )


def _change(registry: Registry, actor: Actor, unit: int, today: date, answers: Mapping[str, Any]) -> Text:
    _refuse_unclear(answers)
    plan = succession(
        _terms(registry, actor, unit), answers["changed_on"], today,
        new_owner=answers.get("new_owner"), family_leaves=bool(answers.get("family_leaves")),
    )  # fmt: skip
    source = Source("action", "change_owner")
    owner = _new_owner(registry, actor, answers, source)
    for term in plan.ending:
        registry.store.update(actor, "occupancy", term.id, {"ended_on": plan.last_day}, source)
    began = {
        "unit": unit, "resident": owner, "role": "owner", "share": answers.get("share"), "is_head": plan.head,
        "started_on": plan.first_day, "entry": "change_owner",
    }  # fmt: skip
    registry.store.create(actor, "occupancy", began, source)
    name = registry.scope.titles(actor, "resident", [owner])[owner]
    return CHANGED.with_(day=plan.first_day, owner=name, n=len(plan.ending), last=plan.last_day)


def _refuse_unclear(answers: Mapping[str, Any]) -> None:
    """Raises Refused unless the new owner is either chosen or written down."""
    chosen, written = answers.get("new_owner"), [name for name in NEW_FILE if answers.get(name)]
    if chosen and written:
        raise Refused(ONE_OWNER)
    if not chosen and "name" not in written:
        raise Refused(WHICH_OWNER)


def _new_owner(registry: Registry, actor: Actor, answers: Mapping[str, Any], source: Source) -> int:
    """The id of the chosen resident, or of one made from what was written down."""
    if answers.get("new_owner"):
        return int(answers["new_owner"])
    written = {name: answers[name] for name in NEW_FILE if answers.get(name)}
    id_number = written.pop("id_number", None)
    owner = registry.store.create(actor, "resident", written, source)
    if id_number:
        try:
            registry.store.update(actor, "resident", owner, {"id_number": id_number}, source)
        except Duplicate as duplicate:
            raise Refused(ID_ON_FILE) from duplicate
    return owner


def _open_slip(registry: Registry, actor: Actor, occupancy: int, values: Mapping[str, Any]) -> Text:
    record = registry.scope.get(actor, "occupancy", occupancy)
    _refuse_ended(record)
    open_ones = Query(
        conditions=(Condition("occupancy", "equals", occupancy), Condition("state", "in", OPEN_SLIP)), size=1
    )
    for slip in registry.scope.page(actor, "move_out", open_ones).rows:
        raise Refused(SLIP_OPEN.with_(slip=slip.title))
    source = Source("action", str(values["kind"]))
    id = registry.store.create(actor, "move_out", {"occupancy": occupancy, **values}, source)
    return REGISTERED.with_(slip=registry.scope.get(actor, "move_out", id).title)


def _end(registry: Registry, actor: Actor, slip_id: int, today: date) -> Text:
    slip = registry.scope.get(actor, "move_out", slip_id)
    occupancy = registry.scope.get(actor, "occupancy", slip["occupancy"])
    last_day: date = slip["moves_on"]
    if slip["state"] not in ("settled", "waived"):
        raise Refused(BILLS_OPEN)
    _refuse_ended(occupancy)
    if last_day > today:
        raise Refused(FUTURE.with_(day=last_day))
    source = Source("action", "end_occupancy")
    registry.store.update(actor, "occupancy", occupancy.id, {"ended_on": last_day}, source)
    if slip["kind"] == "name_change":
        kept = {name: occupancy[name] for name in ("unit", "role", "relation", "share", "is_head")}
        began = {**kept, "resident": slip["new_holder"], "started_on": last_day + DAY, "entry": "name_change"}
        registry.store.create(actor, "occupancy", began, source)
    _empty(registry, actor, occupancy["unit"], source)
    return ENDED.with_(day=last_day)


def _move_in(registry: Registry, actor: Actor, lease_id: int, first_day: date, today: date) -> Text:
    lease = registry.scope.get(actor, "lease", lease_id)
    tenants = [term for term in _terms(registry, actor, lease["unit"]) if term.role == "tenant"]
    if first_day > today:
        raise Refused(FUTURE.with_(day=first_day))
    if any(term.resident == lease["tenant"] for term in tenants):
        raise Refused(LIVES_HERE)
    began = {"unit": lease["unit"], "resident": lease["tenant"], "role": "tenant", "started_on": first_day}
    source = Source("action", "move_in")
    registry.store.create(actor, "occupancy", {**began, "entry": "added_tenant" if tenants else "rented"}, source)
    if registry.scope.get(actor, "unit", lease["unit"])["state"] in ("vacant", "occupied"):
        registry.store.update(actor, "unit", lease["unit"], {"state": "let"}, source)
    return MOVED_IN.with_(tenant=lease.titles.get("tenant", ""), day=first_day)


def _refuse_ended(occupancy: Record) -> None:
    if occupancy["ended_on"] is not None:
        raise Refused(HAS_ENDED.with_(day=occupancy["ended_on"]))


def _empty(registry: Registry, actor: Actor, unit: int, source: Source) -> None:
    """Mark the unit vacant when those who made it otherwise have left."""
    state = registry.scope.get(actor, "unit", unit)["state"]
    after = state_after(state, {term.role for term in _terms(registry, actor, unit)})
    if after != state:
        registry.store.update(actor, "unit", unit, {"state": after}, source)


def _terms(registry: Registry, actor: Actor, unit: int) -> list[Term]:
    present = (Condition("unit", "equals", unit), Condition("ended_on", "empty"))
    columns = ("resident", "role", "started_on", "is_head")
    found = registry.scope.stream(actor, "occupancy", Query(conditions=present, columns=columns))
    return [Term(r.id, r["resident"], r["role"], r["started_on"], bool(r["is_head"])) for r in found]
