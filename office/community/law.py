"""Matters of law: a case made of one that dunning handed over, and reminders of court dates (S16)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field

from models.actor import SYSTEM, Actor, Source
from models.errors import Refused
from models.jobs import JobResult, job
from models.operations import Outcome, Selection, operation
from models.people.inbox import Telling
from models.query import Condition, Query
from schema.text import Text
from schema.written import Part

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

ROLES = ("director", "assistant", "supervisor")

COMING = Text("{at} {kind}：{case}", "{at}, {kind}: {case}")
REMINDED = Text("{n} 个法律日程在提醒期内。", "{n} court dates are near.")
MATTER = Text("追缴物业费 {unit}", "Recovery of fees, {unit}")
THERE = Text("已有法律事务 {case}。", "There is a legal case of it: {case}.")
OPENED = Text("已建法律事务 {case}。", "The legal case {case} was opened.")


class Reminding(Part):
    """So many days before a court date everyone concerned is told."""

    days: int = Field(default=7, ge=1, le=60)


@job("remind_court_dates", shape=Reminding)
def remind_court_dates(registry: Registry, actor: Actor, now: datetime, with_: Reminding) -> JobResult:
    """Tell those who see matters of law, and who goes there, of each date that is near; once for each moment."""
    near = (
        Condition("state", "equals", "planned"), Condition("at", "from", now),
        Condition("at", "to", now + timedelta(days=with_.days)),
    )  # fmt: skip
    query = Query(conditions=near, columns=("legal_case", "kind", "at", "goes"), sort="id")
    found = [_telling(registry, row) for row in registry.scope.stream(actor, "court_date", query)]
    registry.inbox.tell_each(found)
    return JobResult(len(found), REMINDED.with_(n=len(found)))


@operation("open_legal_case")
def open_legal_case(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """A legal case of a dunning case that is with the lawyers, once: parties and what is owed are taken over (S16)."""

    def one(id: int) -> Text:
        there = registry.scope.ids(
            SYSTEM, "legal_case", Query(conditions=(Condition("dunning_case", "equals", id),)), 1
        )
        if there:
            raise Refused(THERE.with_(case=registry.scope.titles(SYSTEM, "legal_case", there)[there[0]]))
        case = registry.scope.get(actor, "dunning_case", id)
        unit, payer = case.titles.get("unit") or "", case.titles.get("payer")
        values = {
            "kind": "fees", "our_side": "plaintiff", "dunning_case": id, "unit": case["unit"], "amount": case["owed"],
            "resident": case["payer"], "other_side": payer or unit, "matter": MATTER.with_(unit=unit).to(actor.locale),
        }  # fmt: skip
        made = registry.store.create(actor, "legal_case", values, Source("action", "open_legal_case"))
        return OPENED.with_(case=registry.scope.titles(SYSTEM, "legal_case", [made])[made])

    return registry.store.each(selection.ids, one)


def _telling(registry: Registry, row: Record) -> Telling:
    at = row["at"].astimezone(registry.clock.zone)
    choice = getattr(registry.schema.entities["court_date"].fields["kind"].type, "choices", {})[row["kind"]]
    said = COMING.with_(at=f"{at:%Y-%m-%d %H:%M}", kind=choice.label, case=row.titles["legal_case"])
    users = (row["goes"],) if row["goes"] else ()
    key = f"court_date:{row.id}:{at:%Y-%m-%dT%H:%M}"
    return Telling(said, roles=ROLES, users=users, about=("court_date", row.id), key=key)
