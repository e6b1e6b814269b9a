"""The papers of the gate: slips and passes with codes, the incident report, uncollected mail (S9, S10, S11)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from models.actor import Actor
from models.operations import Selection
from models.printing import Printing, Sheet, document, pictures
from models.query import Condition, Query
from models.record import Masked, Record
from models.storage.natural_order import order_key
from models.storage.rows import batches
from office.gate import goods, visitors
from schema.text import Text
from transfer.qr import code_picture

if TYPE_CHECKING:
    from models.registry import Registry

STEPS_AT_ONCE = 200

NOT_APPROVED = Text("还没有批准，没有出门条。", "It is not approved: there is no slip.")
NOT_VALID = Text("来访证已取消。", "The pass was cancelled.")
NOT_WAITING = Text("已领取或已退回。", "It was collected or sent back.")


@document("exit_slip")
def exit_slips(
    registry: Registry, actor: Actor, selection: Selection, now: datetime, answers: Mapping[str, Any]
) -> Printing:
    """The slip of each exit that was approved, with the code that the gate scans."""
    printing = Printing()
    for one in registry.scope.records(actor, "goods_exit", selection.ids):
        if one["state"] != "approved":
            printing.skipped.append((one.id, NOT_APPROVED))
            continue
        said = _label(registry, "goods_exit", "owner_word", one["owner_word"])
        data = {
            "number": one["number"], "unit": one.titles.get("unit"), "taken_by": one["taken_by"],
            "taker": _label(registry, "goods_exit", "taker", one["taker"]), "plate": one["plate"],
            "items": [line.strip() for line in one["items"].splitlines() if line.strip()], "pieces": one["pieces"],
            "leaves_on": one["leaves_on"], "word": said, "word_by": one["word_by"], "word_at": one["word_at"],
            "approved_by": one.titles.get("approved_by") or "", "approved_at": one["approved_at"],
            "photos": pictures(registry, one, "photos", 3),
            "code": code_picture(registry, f"/gate/g/{goods.code_of(registry, one.id)}/"),
        }  # fmt: skip
        printing.sheets.append(Sheet(one.id, data))
    return printing


@document("pass_slip")
def passes(
    registry: Registry, actor: Actor, selection: Selection, now: datetime, answers: Mapping[str, Any]
) -> Printing:
    """The pass of each announced visitor, with the code that the gate scans."""
    printing = Printing()
    for one in registry.scope.records(actor, "visitor_pass", selection.ids):
        if one["state"] != "valid":
            printing.skipped.append((one.id, NOT_VALID))
            continue
        data = {
            "number": one["number"], "name": one["name"], "people": one["people"], "unit": one.titles.get("unit"),
            "purpose": one["purpose"], "plate": one["plate"], "from_on": one["from_on"], "to_on": one["to_on"],
            "announced_by": one["announced_by"],
            "code": code_picture(registry, f"/gate/v/{visitors.code_of(registry, one.id)}/"),
        }  # fmt: skip
        printing.sheets.append(Sheet(one.id, data))
    return printing


@document("incident_report")
def incident_reports(
    registry: Registry, actor: Actor, selection: Selection, now: datetime, answers: Mapping[str, Any]
) -> Printing:
    """What happened, who was told, which step was done when and by whom, and what was said of it afterwards."""
    steps = _steps(registry, actor, selection.ids)
    printing = Printing()
    for one in registry.scope.records(actor, "incident", selection.ids):
        told = one.titles.get("told") or ()
        data = {
            **{name: one[name] for name in ("number", "place", "found_at", "found_by", "description", "duty_manager",
                                            "result", "handled_at", "review", "reviewed_at", "closed_at")},
            "kind": _label(registry, "incident", "kind", one["kind"]), "unit": one.titles.get("unit"),
            "severity": _label(registry, "incident", "severity", one["severity"]),
            "state": _label(registry, "incident", "state", one["state"]), "reported_by": _maker(registry, actor, one),
            "told": [name for _, name in told], "handled_by": one.titles.get("handled_by"),
            "reviewed_by": one.titles.get("reviewed_by"), "steps": [_step(registry, row) for row in steps[one.id]],
            "photos": pictures(registry, one, "photos", 6), "printed_at": now,
        }  # fmt: skip
        printing.sheets.append(Sheet(one.id, data))
    return printing


@document("mail_list")
def mail_lists(
    registry: Registry, actor: Actor, selection: Selection, now: datetime, answers: Mapping[str, Any]
) -> Printing:
    """A sheet a building of what waits to be collected, in the order of the doors, with room to tick off."""
    today, printing = now.astimezone(registry.clock.zone).date(), Printing()
    by_building: dict[str, list[Record]] = defaultdict(list)
    rows = registry.scope.records(actor, "mail_item", selection.ids)
    units = registry.scope.records(actor, "unit", list({row["unit"] for row in rows}), ("building",))
    building = {unit.id: unit.titles.get("building") or "" for unit in units}
    for row in rows:
        if row["state"] == "waiting":
            by_building[building.get(row["unit"], "")].append(row)
        else:
            printing.skipped.append((row.id, NOT_WAITING))
    for name in sorted(by_building, key=order_key):
        lines = sorted(by_building[name], key=lambda row: (order_key(row.titles.get("unit") or ""), row.id))
        data = {"building": name, "issued_on": today, "rows": [_item(registry, row, today) for row in lines]}
        printing.sheets.append(Sheet(lines[0].id, data))
    return printing


# -- parts -----------------------------------------------------------------------------------------


def _item(registry: Registry, row: Record, today: Any) -> dict[str, Any]:
    received = row["received_at"].astimezone(registry.clock.zone).date()
    code = row.get("code")
    return {
        "unit": row.titles.get("unit"), "addressee": row["addressee"] or row.titles.get("resident"),
        "kind": _label(registry, "mail_item", "kind", row["kind"]), "carrier": row["carrier"], "tail": row["tail"],
        "shelf": row["shelf"], "received_on": received, "days": (today - received).days,
        "code": None if code is None or isinstance(code, Masked) else code,
    }  # fmt: skip


def _steps(registry: Registry, actor: Actor, incidents: Iterable[int]) -> dict[int, list[Record]]:
    """The steps of each incident, in their order."""
    found: dict[int, list[Record]] = defaultdict(list)
    for some in batches(list(incidents), STEPS_AT_ONCE):
        query = Query(conditions=(Condition("incident", "in", tuple(some)),), sort="id",
                      columns=tuple(registry.schema.entities["incident_step"].fields))  # fmt: skip
        for row in registry.scope.stream(actor, "incident_step", query):
            found[row["incident"]].append(row)
    return {id: sorted(rows, key=lambda row: row["position"]) for id, rows in found.items()} | {
        id: [] for id in incidents if id not in found
    }


def _step(registry: Registry, row: Record) -> dict[str, Any]:
    done, due = row["done_at"], row["due_at"]
    return {
        "position": row["position"], "what": said(row["words"]), "who": said(row["tells"]), "due_at": due,
        "state": _label(registry, "incident_step", "state", row["state"]), "done_at": done,
        "by": row.titles.get("done_by"), "reason": row["reason"],
        "late": max(0, round((done - due).total_seconds() / 60)) if done and row["state"] == "done" else 0,
    }  # fmt: skip


def said(words: Any) -> Text:
    """What a json field says to people, in both languages."""
    text = words.get("said") if isinstance(words, Mapping) else None
    return Text(text.get("zh", ""), text.get("en", "")) if isinstance(text, Mapping) else Text("", "")


def _label(registry: Registry, entity: str, name: str, code: str | None) -> Text | None:
    choice = getattr(registry.schema.entities[entity].fields[name].type, "choices", {}).get(code)
    return choice.label if choice else None


def _maker(registry: Registry, actor: Actor, record: Record) -> str:
    """Who wrote the incident down."""
    maker = record.get("created_by")
    return registry.scope.titles(actor, "user", [maker]).get(maker, "") if maker else ""
