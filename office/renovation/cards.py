"""The passes of workers as cards to cut out: of a permit all that hold, or of passes that were chosen (D2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from models.actor import Actor
from models.operations import Selection
from models.printing import Printing, Sheet, document, pictures
from models.query import Condition, Query
from office.renovation import passes
from office.renovation.permits import PERMIT
from schema.text import Text
from transfer.qr import code_picture

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

ENTITY = "worker_pass"
COLUMNS = ("number", "name", "work", "photo", "permit", "starts_on", "ends_on", "state", "returned_on")
EARLY = ("draft", "submitted")

NO_PASSES = Text("没有可打印的有效出入证。", "There are no passes that hold.")
NOT_APPROVED = Text(
    "装修许可还没有批准，不打印出入证。", "The permit was not approved yet; its passes are not printed."
)


@document("pass_cards")
def pass_cards(
    registry: Registry, actor: Actor, selection: Selection, now: datetime, answers: Mapping[str, Any]
) -> Printing:
    """The cards of the passes chosen, on one sheet; those that hold no more are left out."""
    rows = registry.scope.records(actor, ENTITY, selection.ids, COLUMNS)
    permits, today, printing = _permits(registry, actor, rows), registry.clock.today(), Printing()
    cards = []
    for row in rows:
        if why := not_printed(row, permits[row["permit"]], today):
            printing.skipped.append((row.id, why))
        else:
            cards.append(row)
    if cards:
        data = {"title": None, "cards": [_card(registry, row, permits[row["permit"]]) for row in cards]}
        printing.sheets.append(Sheet(cards[0].id, data, others=tuple(row.id for row in cards[1:])))
    return printing


@document("permit_passes")
def permit_passes(
    registry: Registry, actor: Actor, selection: Selection, now: datetime, answers: Mapping[str, Any]
) -> Printing:
    """The cards of all passes of each permit that hold."""
    query = Query(conditions=(Condition("permit", "in", selection.ids),), columns=COLUMNS, sort="id")
    by_permit: dict[int, list[Record]] = defaultdict(list)
    for row in registry.scope.stream(actor, ENTITY, query):
        by_permit[row["permit"]].append(row)
    today, printing = registry.clock.today(), Printing()
    for permit in registry.scope.records(actor, PERMIT, selection.ids, ("number", "unit", "state", "ends_on")):
        reasons = {row.id: not_printed(row, permit, today) for row in by_permit[permit.id]}
        cards = [_card(registry, row, permit) for row in by_permit[permit.id] if reasons[row.id] is None]
        if cards:
            printing.sheets.append(Sheet(permit.id, {"title": permit.title, "cards": cards}))
        else:
            printing.skipped.append((permit.id, NOT_APPROVED if permit["state"] in EARLY else NO_PASSES))
    return printing


def not_printed(row: Record, permit: Record, today: date) -> Text | None:
    """Why a pass has no card; None where it has one. A card is made ahead of its first day, and while works are
    stopped: the gate tells then that it does not hold. Source: domain D2."""
    if permit["state"] in EARLY:
        return NOT_APPROVED
    found = passes.Pass(
        row["state"], min(row["starts_on"], today), row["ends_on"], "in_progress", permit["ends_on"], row["returned_on"]
    )
    return passes.ENDED if permit["state"] in passes.OVER else passes.stopped(found, today)


# -- parts -----------------------------------------------------------------------------------------


def _permits(registry: Registry, actor: Actor, rows: Iterable[Record]) -> dict[int, Record]:
    ids = sorted({row["permit"] for row in rows})
    columns = ("number", "unit", "state", "ends_on")
    return {one.id: one for one in registry.scope.records(actor, PERMIT, ids, columns)}


def _card(registry: Registry, row: Record, permit: Record) -> dict[str, Any]:
    """What stands on a card; its last day is never beyond that of the permit."""
    return {
        "number": row["number"], "name": row["name"], "work": row["work"], "unit": permit.titles.get("unit"),
        "permit": permit["number"], "starts_on": row["starts_on"], "ends_on": min(row["ends_on"], permit["ends_on"]),
        "photo": next(iter(pictures(registry, row, "photo", 1)), None),
        "code": code_picture(registry, f"/gate/p/{passes.code_of(registry, row.id)}/"),
    }  # fmt: skip
