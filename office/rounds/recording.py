"""Writing down what was seen at a point, and what every record of a round is given and refused by (P1, P2, P4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM, Actor, Source
from models.preparations import Draft, Prepared, preparation
from models.query import Condition, Query
from office.raw_rows import raw_rows
from office.rounds.day import may_walk
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

FIRST, SECOND = "patrol", "second_patrol"
MANAGERS = frozenset({"supervisor", "director"})
"""Who makes the manager's round."""

NOT_A_MANAGER = Text("经理巡查由主管或主任做。", "The manager's patrol is made by the supervisor or the director.")
NOT_IN_USE = Text("这个巡查点已停用。", "This point is not in use any more.")
NOT_YOURS = Text("发现由做这次巡查的人补充。", "What was found is added by the one who made the round.")
WAS_USED = Text(
    "这个点位已经用过，删除会改变过去的应做和漏查；请改为停用。",
    "This point was in use, and what was due there stays; take it out of use instead of deleting it.",
)
STAYS = Text(
    "空置登记的房屋和起始日期由主管更正，以免漏查记录改变。",
    "Unit and first day of a vacancy are put right by the supervisor, so that what was missed stays.",
)
NOT_VACANT = Text(
    "这套房屋不在空置房登记里，没有空置房巡查。", "This unit is not registered as vacant; there is no such round of it."
)
OTHER_BUILDING = Text(
    "点位的楼栋与路线的楼栋不一致；请留空，或换一条路线。",
    "The route is in another building; leave the building empty, or choose another route.",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not fine: a subject ('' for none of the list), what, and the keys of its photos."""

    subject: str
    what: str
    photos: tuple[str, ...] = ()


def kind_of(actor: Actor) -> str:
    """The round that a person makes unless they say otherwise: managers the second one."""
    return SECOND if actor.roles & MANAGERS else FIRST


def record_patrol(
    registry: Registry, actor: Actor, point: int, kind: str, findings: Sequence[Finding],
    at: datetime | None = None, scanned: bool = False,
) -> int:  # fmt: skip
    """Write down a point that was looked at, with what was found there; returns the patrol's id.

    ``at`` is the moment on the person's phone where it comes later. Each finding becomes a request by what follows from
    it. All of it is one transaction. Raises NotAllowed, Invalid.
    """
    finder, writer = actor, replace(actor, writes=actor.writes | {("patrol", "scanned"), ("patrol", "done_at")})
    if not registry.scope.visible_ids(actor, "patrol_point", [point]) and may_walk(registry, actor, point):
        writer, finder = (_elsewhere(one, name) for one, name in ((writer, "patrol"), (actor, "patrol_finding")))
    values: dict[str, Any] = {"point": point, "kind": kind, "scanned": scanned}
    if at is not None:
        values["done_at"] = at
    with registry.store.transaction():
        id = registry.store.create(writer, "patrol", values, Source("form"))
        for one in findings:
            given = {"patrol": id, "subject": one.subject or None, "what": one.what, "photos": one.photos or None}
            registry.store.create(finder, "patrol_finding", given, Source("form"))
    return id


def _elsewhere(actor: Actor, entity: str) -> Actor:
    """A stand-in, who writes down what is where they see nothing else."""
    links = {(entity, "point"), (entity, "building")}
    return replace(actor, writes=actor.writes | links, reach=actor.reach | {entity})


# -- preparations ----------------------------------------------------------------------------------


@preparation("patrol_point")
def prepare_points(registry: Registry, actor: Actor, drafts: Sequence[Draft]) -> Sequence[Prepared]:
    """A point lies in the building of its route; one that was in use before today is not deleted (P5)."""
    buildings = _values(registry, "patrol_route", ("building",), _linked(drafts, "route"))

    def one(draft: Draft) -> Prepared:
        row, old = draft.values or {}, draft.old or {}
        if draft.values is None and old.get("starts_on") is not None and old["starts_on"] < registry.clock.today():
            return Prepared(problems={"": [WAS_USED]})
        (of_route,) = buildings.get(row.get("route") or 0, (None,))
        if of_route is None or draft.values is None:
            return Prepared()
        if row.get("building") not in (None, of_route):
            return Prepared(problems={"building": [OTHER_BUILDING]})
        return Prepared(values={"building": of_route})

    return [one(draft) for draft in drafts]


@preparation("patrol")
def prepare_patrols(registry: Registry, actor: Actor, drafts: Sequence[Draft]) -> Sequence[Prepared]:
    """A patrol is where its point is; the second round is the managers'; points out of use are not patrolled."""
    points = _values(registry, "patrol_point", ("building", "is_used"), _linked(drafts, "point"))

    def one(draft: Draft) -> Prepared:
        row = draft.values or {}
        building, is_used = points.get(row.get("point") or 0, (None, True))
        problems: dict[str, list[Text]] = {}
        if draft.old is None and draft.values is not None:
            if row.get("kind") == SECOND and not actor.system and not actor.roles & MANAGERS:
                problems["kind"] = [NOT_A_MANAGER]
            if is_used is False:
                problems["point"] = [NOT_IN_USE]
        return Prepared(problems=problems) if problems else Prepared(values={"building": building})

    return [one(draft) for draft in drafts]


@preparation("patrol_finding")
def prepare_findings(registry: Registry, actor: Actor, drafts: Sequence[Draft]) -> Sequence[Prepared]:
    """A finding is where its patrol was, and is written down by the one who made that."""
    patrols = _values(registry, "patrol", ("building", "by"), _linked(drafts, "patrol"))

    def one(draft: Draft) -> Prepared:
        building, by = patrols.get((draft.values or {}).get("patrol") or 0, (None, None))
        if draft.old is not None and draft.old["building"] == building:
            return Prepared()
        if draft.old is None and not actor.system and by not in (None, actor.id):
            return Prepared(problems={"patrol": [NOT_YOURS]})
        return Prepared(values={"building": building})

    return [one(draft) for draft in drafts]


@preparation("vacancy")
def prepare_vacancies(registry: Registry, actor: Actor, drafts: Sequence[Draft]) -> Sequence[Prepared]:
    """Since when which unit is vacant is put right by a manager: else what was missed there would be gone (P5)."""

    def one(draft: Draft) -> Prepared:
        old, new = draft.old, draft.values
        if old is None or new is None or actor.system or actor.roles & MANAGERS:
            return Prepared()
        return Prepared(problems={name: [STAYS] for name in ("unit", "since_on") if old[name] != new.get(name)})

    return [one(draft) for draft in drafts]


@preparation("vacancy_round")
def prepare_vacancy_rounds(registry: Registry, actor: Actor, drafts: Sequence[Draft]) -> Sequence[Prepared]:
    """The round of a vacant unit belongs to the vacancy that ran when it was made; others have none (P4)."""
    units = tuple(_linked(drafts, "unit"))
    query = Query(conditions=(Condition("unit", "in", units or (0,)),), sort="id")
    rows = list(raw_rows(registry, SYSTEM, "vacancy", query, ("unit", "ended_on")))

    def one(draft: Draft) -> Prepared:
        row = draft.values or {}
        if row.get("vacancy") is not None or not row.get("unit"):
            return Prepared()
        day = (row.get("done_at") or registry.clock.now()).astimezone(registry.clock.zone).date()
        ran = [id for id, unit, ended_on in rows if unit == row["unit"] and (ended_on is None or day <= ended_on)]
        if not ran and draft.old is None and not actor.system:
            return Prepared(problems={"unit": [NOT_VACANT]})
        return Prepared(values={"vacancy": ran[-1]}) if ran else Prepared()

    return [one(draft) for draft in drafts]


# -- parts -----------------------------------------------------------------------------------------


def _linked(drafts: Iterable[Draft], name: str) -> set[int]:
    """The records that drafts point at by a field."""
    return {draft.values[name] for draft in drafts if draft.values and draft.values.get(name)}


def _values(
    registry: Registry, entity: str, names: Sequence[str], ids: Iterable[int]
) -> Mapping[int, tuple[Any, ...]]:  # fmt: skip
    """The values of some fields by record. Read as the program: only to fill in and to refuse."""
    wanted = tuple(ids)
    if not wanted:
        return {}
    rows = raw_rows(registry, SYSTEM, entity, Query(ids=wanted, sort="id"), names)
    return {row[0]: tuple(row[1:]) for row in rows}
