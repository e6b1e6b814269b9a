"""The papers of renovation: the rectification notice (D4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from models.actor import Actor
from models.operations import Selection
from models.printing import Printing, Sheet, document, pictures
from office.renovation.permits import PERMIT
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

NOT_SERIOUS = Text("轻微违规不开整改通知单。", "A minor violation has no notice.")


@document("rectification_notice")
def rectification_notice(
    registry: Registry, actor: Actor, selection: Selection, now: datetime, answers: Mapping[str, Any]
) -> Printing:
    """The notice of each serious violation, with the photos of the inspection in which it was seen (D4)."""
    printing = Printing()
    rows = registry.scope.records(actor, "violation", selection.ids)
    scope = registry.scope
    permits = {one.id: one for one in scope.records(actor, PERMIT, sorted({row["permit"] for row in rows}))}
    works = {one.id: one for one in scope.records(actor, "renovation_work", _ids(rows, "work"), ("name", "why"))}
    seen = {one.id: one for one in scope.records(actor, "renovation_inspection", _ids(rows, "inspection"))}
    for row in rows:
        permit, work, inspection = permits.get(row["permit"]), works.get(row["work"]), seen.get(row["inspection"])
        if row["weight"] != "serious" or permit is None:
            printing.skipped.append((row.id, NOT_SERIOUS))
            continue
        shown = [*pictures(registry, row, "photos", 3)]
        if inspection is not None:
            shown += pictures(registry, inspection, "photos", 3)
        data = {
            "number": row["number"], "unit": row.titles.get("unit"), "owner": permit.titles.get("applicant"),
            "contractor": permit["contractor"], "permit": permit["number"], "found_at": row["found_at"],
            "found_by": row.titles.get("found_by"), "work": work["name"] if work else None,
            "why": work["why"] if work else None, "what": row["what"], "deadline": row["deadline"],
            "photos": shown[:3],
        }  # fmt: skip
        printing.sheets.append(Sheet(row.id, data))
    return printing


def _ids(rows: list[Any], name: str) -> list[int]:
    return sorted({row[name] for row in rows if row[name]})
