"""The list of calls on paper: whom to call, about what, with room to write down what they said (S6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from models.actor import Actor
from models.operations import Selection
from models.printing import Printing, Sheet, document
from office.callbacks.policy import name_of
from office.callbacks.queue import GROUPS, order_of
from schema.text import Text

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

OVER = Text("回访已结束", "The call is over")
COLUMNS = (
    "rule", "name", "phone", "about", "unit", "request", "state", "due_on", "not_before", "question", "promised_on",
    "tries",
)  # fmt: skip


@document("call_list")
def call_list(
    registry: Registry, actor: Actor, selection: Selection, now: datetime, answers: Mapping[str, Any]
) -> Printing:
    """One list of the calls to make, in the order of the queue; names and numbers as who prints may see them."""
    printing = Printing()
    calls = registry.scope.records(actor, "callback", selection.ids, COLUMNS)
    printing.skipped = [(one.id, OVER) for one in calls if one["state"] not in GROUPS]
    open_ones = [one for one in calls if one["state"] in GROUPS]
    ordered = sorted(open_ones, key=lambda one: order_of({**one.values, "id": one.id}))
    if ordered:
        rows = [_row(one, name_of(registry.schema, one["rule"])) for one in ordered]
        data = {"issued_on": now.astimezone(registry.clock.zone).date(), "by": actor.name, "rows": rows}
        printing.sheets.append(Sheet(ordered[0].id, data))
    return printing


def _row(call: Record, rule: Text) -> dict[str, Any]:
    phone = call.get("phone")
    matter = call["question"] or call["about"]
    return {
        "unit": call.titles.get("unit"), "name": call["name"], "phone": str(phone) if phone else None, "rule": rule,
        "number": call.titles.get("request", "").partition(" ")[0], "matter": matter, "due_on": call["due_on"],
        "tries": call["tries"] or None, "promised": call["state"] == "promised",
    }  # fmt: skip
