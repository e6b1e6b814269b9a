"""Inspections and violations: what is written of them, and what a serious one stops (D3, D4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
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
TOO_EARLY = Text(
    "巡检日期早于许可批准的日期。", "The inspection is dated before the day on which the permit was approved."
)
ITS_PERMIT = Text("违规属于原来的装修许可，不能改到另一份。", "A violation stays with its permit.")
NOT_LIGHTER = Text(
    "严重违规不能改为轻微；整改后请复查了结。", "A serious violation is not made a minor one; check and settle it."
)
NOTICED = Text(
    "整改通知已签收，内容和期限不能再改；有新的问题请另行登记。",
    "The notice was signed for: what it says and its deadline stay. Write down anew what is found later.",
)
OVERDUE = Text("整改期限不能早于发现日期。", "The deadline cannot lie before the day on which it was found.")
TOLD = ("work", "what", "deadline")
"""What the notice of a violation says."""
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
        if draft.old is None and not actor.system and _is_before(registry, new["done_at"], permit["approved_at"]):
            return Prepared(problems={"permit": [TOO_EARLY]})
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
        if not actor.system and (problems := _not_any_more(registry, draft.old, new)):
            return Prepared(problems=problems)
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
    ids = sorted({row["permit"] for row in fresh})
    permits = {one.id: one for one in registry.scope.records(SYSTEM, PERMIT, ids)}
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
    return {one.id: one for one in registry.scope.records(SYSTEM, PERMIT, ids, ("unit", "state", "approved_at"))}


def _is_before(registry: Registry, moment: datetime, since: datetime | None) -> bool:
    """Whether a moment lies on a day before that of another."""
    return since is not None and _day(registry, moment) < _day(registry, since)


def _day(registry: Registry, moment: datetime) -> date:
    return moment.astimezone(registry.clock.zone).date()


def _not_any_more(
    registry: Registry, old: Mapping[str, Any] | None, new: Mapping[str, Any]
) -> dict[str, list[Text]]:  # fmt: skip
    """What a person may not say of a violation, or not any more. Source: domain D4."""
    deadline, found_at = new.get("deadline"), new.get("found_at")
    is_new = old is None or old.get("deadline") != deadline
    if is_new and deadline and found_at and deadline < _day(registry, found_at):
        return {"deadline": [OVERDUE]}
    if old is None:
        return {}
    if old["permit"] != new["permit"]:
        return {"permit": [ITS_PERMIT]}
    if old["weight"] == "serious" and new.get("weight") != "serious":
        return {"weight": [NOT_LIGHTER]}
    told = [name for name in TOLD if (old.get(name) or None) != (new.get(name) or None)]
    return {name: [NOTICED] for name in told} if old.get("noticed_at") else {}


def _state(registry: Registry, code: str) -> Text:
    return registry.schema.choices["permit_state"][code].label
