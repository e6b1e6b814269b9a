"""Writing down that the signs of a building were looked at: which round it was, and that it is made once (G3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM, Actor, Source
from models.errors import Duplicate, Refused
from models.preparations import Draft, Prepared, preparation
from models.query import Condition, Query
from office.signage.policy import round_of
from schema.text import Text

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

CHECK, FAULT = "sign_check", "sign_fault"
FORM = Source("form")

ALREADY = Text(
    "{building} 栋 {day} {round}的标识已由{by}于 {at} 检查过，一班只登记一次；新发现的损坏请点“登记损坏”。",
    "The signs of building {building} were checked on {day} ({round}) by {by} at {at} already; a round is written down "
    "once. What is newly damaged is reported with “Report damage”.",
)
AT_ONCE = Text("这一班刚刚由别人登记过了。", "Somebody has just written this round down.")
OTHER_BUILDING = Text("这个标识不在这栋楼。", "This sign is not in this building.")


@dataclass(frozen=True, slots=True)
class Damage:
    """A sign that is not fine: its id, what is wrong, and the keys of its photos."""

    sign: int
    what: str
    photos: tuple[str, ...] = ()


def record_check(
    registry: Registry, actor: Actor, building: int, damages: Sequence[Damage], at: datetime | None = None
) -> int:
    """Write down that a building's signs were looked at, with those found damaged; returns the check's id.

    ``at`` is the moment on the person's phone where it comes later. All of it is one transaction. Raises NotAllowed,
    and Invalid where the round was made already.
    """
    writer = replace(actor, writes=actor.writes | {(CHECK, "done_at")})
    values: dict[str, Any] = {"building": building, **({"done_at": at} if at else {})}
    try:
        with registry.store.transaction():
            id = registry.store.create(writer, CHECK, values, FORM)
            report_damages(registry, actor, building, damages, at, id)
    except Duplicate as twice:
        raise Refused(AT_ONCE) from twice
    return id


def report_damages(
    registry: Registry, actor: Actor, building: int, damages: Sequence[Damage], at: datetime | None = None,
    check: int | None = None,
) -> None:  # fmt: skip
    """Write down signs of a building that are damaged; each is one request by what follows from it. Raises Refused."""
    ids = [one.sign for one in damages]
    here = {row.id for row in registry.scope.records(actor, "sign", ids, ("building",)) if row["building"] == building}
    if not here.issuperset(ids):
        raise Refused(OTHER_BUILDING)
    writer = replace(actor, writes=actor.writes | {(FAULT, "found_at"), (FAULT, "check")})
    with registry.store.transaction():
        for one in damages:
            values = {"sign": one.sign, "what": one.what, "photos": one.photos or None}
            values |= {"check": check} if check else {}
            values |= {"found_at": at} if at else {}
            registry.store.create(writer, FAULT, values, FORM)


@preparation(CHECK)
def prepare_checks(registry: Registry, actor: Actor, drafts: Sequence[Draft]) -> Sequence[Prepared]:
    """A check belongs to the round in which it was made; a building has one a round."""
    known = _known(registry, drafts)

    def one(draft: Draft) -> Prepared:
        row = draft.values
        if row is None:
            return Prepared()
        day, of_day = _when(registry, row.get("done_at"))
        before = known.get((row.get("building"), day, of_day))
        if before is not None and before.id != (draft.old or {}).get("id"):
            return Prepared(problems={"building": [_already(registry, before)]})
        return Prepared(values={"done_on": day, "round": of_day})

    return [one(draft) for draft in drafts]


# -- parts -----------------------------------------------------------------------------------------


def _when(registry: Registry, moment: datetime | None) -> tuple[date, str]:
    """The day and the round of a moment; now where there is none."""
    at = moment or registry.clock.now()
    return at.astimezone(registry.clock.zone).date(), round_of(registry, at)


def _known(registry: Registry, drafts: Sequence[Draft]) -> dict[tuple[Any, date, str], Record]:
    """The checks that stand, of the buildings and days of drafts. Read as the program: a round is made once, whoever
    made it."""
    rows = [one.values for one in drafts if one.values and one.values.get("building")]
    if not rows:
        return {}
    asked = (
        Condition("building", "in", tuple({row["building"] for row in rows})),
        Condition("done_on", "from", min(_when(registry, row.get("done_at"))[0] for row in rows)),
        Condition("done_on", "to", max(_when(registry, row.get("done_at"))[0] for row in rows)),
    )
    query = Query(conditions=asked, sort="id", columns=("building", "done_on", "round", "done_at", "by"))
    found = registry.scope.stream(SYSTEM, CHECK, query)
    return {(row["building"], row["done_on"], row["round"]): row for row in found}


def _already(registry: Registry, check: Record) -> Text:
    at = check["done_at"].astimezone(registry.clock.zone)
    return ALREADY.with_(
        building=check.titles.get("building") or "", day=check["done_on"], at=f"{at:%H:%M}",
        round=registry.schema.choices["check_round"][check["round"]].label, by=check.titles.get("by") or "–",
    )  # fmt: skip
