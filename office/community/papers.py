"""The papers of activities and members: the sign-up sheet to tick at the door, and birthday cards (S14, S15)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from models.actor import Actor
from models.operations import Selection
from models.printing import Printing, Sheet, document
from models.query import Condition, Query
from models.record import Record
from models.storage.natural_order import order_key
from models.storage.rows import batches
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

AT_ONCE = 200
SPARE = 6
"""Empty lines for people who come without having signed up."""

NO_BIRTHDAY = Text("没有登记出生日期。", "There is no date of birth.")
HAS_LEFT = Text("已退会。", "They are no member any more.")


@document("signup_sheet")
def signup_sheets(
    registry: Registry, actor: Actor, selection: Selection, now: datetime, answers: Mapping[str, Any]
) -> Printing:
    """Who is expected at each activity, in the order of the doors, and who waits, in that of the list."""
    lists = _lists(registry, actor, selection.ids)
    printing = Printing()
    for one in registry.scope.records(actor, "activity", selection.ids):
        expected = [row for row in lists[one.id] if row["state"] in ("signed", "attended", "absent")]
        expected.sort(key=lambda row: (order_key(row.titles.get("unit") or ""), row.id))
        data = {
            "number": one["number"], "name": one["name"], "place": one["place"], "starts_at": one["starts_at"],
            "ends_at": one["ends_at"], "places": one["places"], "responsible": one.titles.get("responsible"),
            "signed": sum(row["people"] for row in expected), "rows": [_line(row) for row in expected],
            "waiting": [_line(row) for row in lists[one.id] if row["state"] == "waiting"], "spare": SPARE,
        }  # fmt: skip
        printing.sheets.append(Sheet(one.id, data))
    return printing


@document("birthday_card")
def birthday_cards(
    registry: Registry, actor: Actor, selection: Selection, now: datetime, answers: Mapping[str, Any]
) -> Printing:
    """A card for each member, with the day of the next birthday."""
    printing = Printing()
    for one in registry.scope.records(actor, "member", selection.ids):
        if one["state"] != "active":
            printing.skipped.append((one.id, HAS_LEFT))
        elif one["next_birthday"] is None:
            printing.skipped.append((one.id, NO_BIRTHDAY))
        else:
            data = {"name": one.titles.get("resident"), "unit": one.titles.get("unit"), "day": one["next_birthday"]}
            printing.sheets.append(Sheet(one.id, data))
    return printing


# -- parts -----------------------------------------------------------------------------------------


def _lists(registry: Registry, actor: Actor, activities: Sequence[int]) -> dict[int, list[Record]]:
    """The sign-ups of each activity that the reader may see, by when they came."""
    found: dict[int, list[Record]] = defaultdict(list)
    for some in batches(list(activities), AT_ONCE):
        query = Query(conditions=(Condition("activity", "in", tuple(some)),), sort="id",
                      columns=("activity", "unit", "resident", "people", "state"))  # fmt: skip
        for row in registry.scope.stream(actor, "activity_signup", query):
            found[row["activity"]].append(row)
    return found


def _line(row: Record) -> dict[str, Any]:
    return {"unit": row.titles.get("unit"), "name": row.titles.get("resident"), "people": row["people"],
            "is_ticked": row["state"] == "attended"}  # fmt: skip
