"""Inspections and violations: what is written of them, and what a serious one stops (D3, D4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM, Actor, Source
from models.followups import Change, follow_up
from models.operations import Outcome, Selection, operation
from models.preparations import Draft, Prepared, preparation
from office.renovation.permits import PERMIT, suspend
from schema.text import Text

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

NOT_RUNNING = ("draft", "submitted", "refused", "cancelled", "closed")
"""States of a permit in which there is nothing to inspect."""
INSPECTABLE = ("in_progress", "suspended", "expired")
"""Those in which somebody may be at work, allowed or not."""
STOPPABLE = ("approved", "in_progress")

NOTHING_THERE = Text(
    "这份许可没有在施工（{state}），不能登记巡检。", "There is nothing to inspect: the permit is {state}."
)
NO_FINDING = Text("有问题时请选不合格项或写明情况。", "Where something is wrong, choose what or say what was found.")
CONTRARY = Text("写了问题就不是“一切正常”，请改一处。", "With a finding it is not “nothing wrong”; change one of them.")
PROHIBITED_WORK = Text(
    "“{work}”是禁止项目，必须按严重违规处理。", "“{work}” is prohibited; that is a serious violation."
)
STOPPED = Text("严重违规 {number}：{what}", "Serious violation {number}: {what}")
TELL = Text("{unit} 装修已停工，违规 {number}", "Works stopped at {unit}, violation {number}")
GIVEN = Text("整改通知已送达并签收。", "The notice was given and signed for.")


def finding_refused(all_fine: bool, wrong: Sequence[str], words: str) -> Text | None:
    """Why an inspection that says both, or nothing, is not taken; None where it is. Source: domain D3."""
    if all_fine:
        return CONTRARY if wrong or words else None
    return None if wrong or words else NO_FINDING


@preparation("renovation_inspection")
def prepare_inspection(registry: Registry, actor: Actor, drafts: Sequence[Draft]) -> Sequence[Prepared]:
    """An inspection is of works that can go on, and says either that nothing is wrong or what is (D3)."""
    permits = _permits(registry, drafts)

    def one(draft: Draft) -> Prepared:
        new = draft.values
        permit = permits.get(new["permit"]) if new and new.get("permit") else None
        if new is None or permit is None:
            return Prepared()
        if draft.old is None and permit["state"] in NOT_RUNNING:
            return Prepared(problems={"permit": [NOTHING_THERE.with_(state=_state(registry, permit["state"]))]})
        if said := finding_refused(bool(new.get("all_fine")), new.get("wrong") or (), new.get("words") or ""):
            return Prepared(problems={"words": [said]})
        return Prepared(values={"unit": permit["unit"]})

    return [one(draft) for draft in drafts]


@preparation("violation")
def prepare_violation(registry: Registry, actor: Actor, drafts: Sequence[Draft]) -> Sequence[Prepared]:
    """A violation is where its permit is; a prohibited work is serious; what was put right on the spot is settled."""
    permits = _permits(registry, drafts)
    asked = sorted({one.values["work"] for one in drafts if one.values and one.values.get("work")})
    columns = ("name", "is_prohibited")
    works = {one.id: one for one in registry.scope.records(SYSTEM, "renovation_work", asked, columns)}

    def one(draft: Draft) -> Prepared:
        new = draft.values
        permit = permits.get(new["permit"]) if new and new.get("permit") else None
        if new is None or permit is None:
            return Prepared()
        work = works.get(new.get("work") or 0)
        if work is not None and work["is_prohibited"] and new.get("weight") != "serious":
            return Prepared(problems={"weight": [PROHIBITED_WORK.with_(work=work["name"])]})
        values: dict[str, Any] = {"unit": permit["unit"]}
        if draft.old is None and new.get("on_the_spot") and new.get("weight") == "minor":
            today = registry.clock.today()
            values |= {"state": "settled", "settled_on": today, "checked_by": new.get("found_by")}
        return Prepared(values=values)

    return [one(draft) for draft in drafts]


@follow_up("violation_found")
def violation_found(registry: Registry, actor: Actor, changes: Sequence[Change], source: Source) -> None:
    """A serious violation stops the works at once, and the engineers hear of it (D4)."""
    fresh = [one.row for one in changes if one.became("weight", "serious") and one.row["state"] == "open"]
    if not fresh:
        return
    permits = {one.id: one for one in registry.scope.records(SYSTEM, PERMIT, sorted({r["permit"] for r in fresh}))}
    for row in fresh:
        permit = permits.pop(row["permit"], None)
        if permit is None or permit["state"] not in STOPPABLE:
            continue
        reason = STOPPED.with_(number=row["number"], what=row["what"][:80]).to("zh")
        suspend(registry, actor, permit, registry.clock.today(), reason, source, row["id"])
        said = TELL.with_(unit=permit.titles.get("unit") or "", number=row["number"])
        key = f"violation:{row['id']}"
        registry.inbox.tell(said, roles=("engineer", "supervisor"), about=("violation", row["id"]), key=key)


@operation("give_notice")
def give_notice(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """The notice was handed over, and signed for (D4)."""

    def give(id: int) -> Text:
        values = {"noticed_at": now, "signature": answers["signature"]}
        registry.store.update(actor, "violation", id, values, Source("action", "give_notice"))
        return GIVEN

    return registry.store.each(selection.ids, give)


# -- parts -----------------------------------------------------------------------------------------


def _permits(registry: Registry, drafts: Sequence[Draft]) -> dict[int, Record]:
    """The permits that drafts are about, read as the program to decide."""
    ids = sorted({one.values["permit"] for one in drafts if one.values and one.values.get("permit")})
    return {one.id: one for one in registry.scope.records(SYSTEM, PERMIT, ids, ("unit", "state"))}


def _state(registry: Registry, code: str) -> Text:
    return registry.schema.choices["permit_state"][code].label
