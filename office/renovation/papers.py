"""The papers of renovation: the notice of the rules, the permit for the door, the rectification notice (D1, D4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from models.actor import Actor
from models.operations import Selection
from models.printing import Picture, Printing, Sheet, document, pictures
from models.query import Condition, Query
from office.renovation.permits import PERMIT
from office.renovation.policy import renovation_policy
from schema.text import Text
from transfer.qr import code_picture

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

KIND = "renovation_permit"
"""What the codes on permits are signed as."""
POSTED = ("approved", "in_progress")
"""States of a permit in which it hangs on the door."""

NOT_SERIOUS = Text("轻微违规不开整改通知单。", "A minor violation has no notice.")
NOT_POSTED = Text(
    "{state}的许可不张贴；批准后、停工解除后再打印。",
    "A permit that is {state} does not hang on a door: print it once works may go on.",
)


@document("renovation_notice")
def renovation_notice(
    registry: Registry, actor: Actor, selection: Selection, now: datetime, answers: Mapping[str, Any]
) -> Printing:
    """The written notice of the rules for each permit: with both signatures, or with room to sign (D1)."""
    told = rules_told(registry, actor)
    permits = registry.scope.records(actor, PERMIT, selection.ids)
    return Printing([Sheet(one.id, {**told, **signed_notice(registry, one)}) for one in permits])


@document("permit_sheet")
def permit_sheet(
    registry: Registry, actor: Actor, selection: Selection, now: datetime, answers: Mapping[str, Any]
) -> Printing:
    """The permit for the door of each unit in which works may go on (D1)."""
    printing, hours = Printing(), renovation_policy(registry.schema).hours()
    for one in registry.scope.records(actor, PERMIT, selection.ids):
        if one["state"] not in POSTED:
            state = registry.schema.choices["permit_state"][one["state"]].label
            printing.skipped.append((one.id, NOT_POSTED.with_(state=state)))
            continue
        approved = one["approved_at"]
        data = {
            "number": one["number"], "unit": one.titles.get("unit"), "works": works_of(one), "hours": hours,
            "starts_on": one["starts_on"], "ends_on": one["ends_on"], "contractor": one["contractor"],
            "foreman": one["foreman"], "approved_by": one.titles.get("approved_by"),
            "approved_on": approved.astimezone(registry.clock.zone).date() if approved else None,
            "code": code_picture(registry, f"/renovation/d/{door_code(registry, one.id)}/"),
        }  # fmt: skip
        printing.sheets.append(Sheet(one.id, data))
    return printing


@document("rectification_notice")
def rectification_notice(
    registry: Registry, actor: Actor, selection: Selection, now: datetime, answers: Mapping[str, Any]
) -> Printing:
    """The notice of each serious violation, with the photos of the inspection in which it was seen (D4)."""
    printing = Printing()
    rows = registry.scope.records(actor, "violation", selection.ids)
    scope = registry.scope
    permits = {one.id: one for one in scope.records(actor, PERMIT, _ids(rows, "permit"))}
    works = {one.id: one for one in scope.records(actor, "renovation_work", _ids(rows, "work"), ("name", "why"))}
    seen = {one.id: one for one in scope.records(actor, "renovation_inspection", _ids(rows, "inspection"))}
    for row in rows:
        permit = permits.get(row["permit"])
        if row["weight"] != "serious" or permit is None:
            printing.skipped.append((row.id, NOT_SERIOUS))
            continue
        found = told_of_violation(registry, row, permit, works.get(row["work"]), seen.get(row["inspection"]))
        printing.sheets.append(Sheet(row.id, found))
    return printing


def door_code(registry: Registry, permit: int) -> str:
    """The code on the permit that hangs on a door."""
    return registry.codes.sign(KIND, permit)


def works_of(permit: Record) -> list[str]:
    """The names of the works of a permit."""
    return [name for _id, name in permit.titles.get("works") or ()]


def rules_told(registry: Registry, actor: Actor) -> dict[str, Any]:
    """What every notice of the rules says: prohibited works under the rule that prohibits them, rules, hours."""
    policy = renovation_policy(registry.schema)
    query = Query(conditions=(Condition("is_prohibited", "equals", True),), columns=("name", "why"), sort="id")
    by_rule: dict[str, list[str]] = {}
    for row in registry.scope.stream(actor, "renovation_work", query):
        by_rule.setdefault(row["why"] or "", []).append(row["name"])
    rules = [{"title": title, "text": text} for title, text in policy.told()]
    prohibited = [{"why": why or None, "names": names} for why, names in by_rule.items()]
    return {"prohibited": prohibited, "rules": rules, "hours": policy.hours()}


def signed_notice(registry: Registry, permit: Record) -> dict[str, Any]:
    """What a notice says of its permit, and the signatures where it was signed."""
    told_at = permit["rules_told_at"]
    return {
        **{name: permit[name] for name in ("number", "contractor", "foreman", "starts_on", "ends_on")},
        "unit": permit.titles.get("unit"), "owner": permit.titles.get("applicant"),
        "told_at": told_at.astimezone(registry.clock.zone).date() if told_at else None,
        **{name: signature(registry, permit, name) for name in ("owner_signature", "contractor_signature")},
    }  # fmt: skip


def told_of_violation(
    registry: Registry, row: Record, permit: Record, work: Record | None, inspection: Record | None
) -> dict[str, Any]:
    """What a rectification notice says, with three photos at most, and the signature of who was given it."""
    shown = [*pictures(registry, row, "photos", 3)]
    if inspection is not None:
        shown += pictures(registry, inspection, "photos", 3)
    return {
        "number": row["number"], "unit": row.titles.get("unit"), "owner": permit.titles.get("applicant"),
        "contractor": permit["contractor"], "permit": permit["number"], "found_at": row["found_at"],
        "found_by": row.titles.get("found_by"), "work": work["name"] if work else None,
        "why": work["why"] if work else None, "what": row["what"], "deadline": row["deadline"],
        "photos": shown[:3], "noticed_at": row["noticed_at"], "signature": signature(registry, row, "signature"),
    }  # fmt: skip


def signature(registry: Registry, record: Record, name: str) -> Picture | None:
    """The picture of a signature, where there is one."""
    return next(iter(pictures(registry, record, name, 1)), None)


def _ids(rows: Iterable[Record], name: str) -> list[int]:
    return sorted({row[name] for row in rows if row[name]})
