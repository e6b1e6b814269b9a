"""The papers of the rounds: codes of the points of a route, and the sign-in sheet of a vacant unit (P1, P4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from models.actor import Actor
from models.operations import Selection
from models.printing import Printing, Sheet, document
from models.query import Condition, Query
from models.storage.rows import batches
from office.rounds.codes import point_path, vacant_path
from schema.text import Text
from transfer.qr import code_picture

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

AT_ONCE = 200
LAST_ROUNDS = 4
"""Rounds that stand on a new sheet already."""

NO_POINTS = Text("这条路线还没有启用的巡查点。", "The route has no point in use yet.")
ENDED = Text("这套房屋已不空置。", "The unit is not vacant any more.")
HELD, NOT_HELD = Text("在物业", "with us"), Text("不在物业", "not with us")


@document("patrol_points")
def patrol_points(
    registry: Registry, actor: Actor, selection: Selection, now: datetime, answers: Mapping[str, Any]
) -> Printing:
    """The codes of each route's points in use, in their order."""
    printing, points = Printing(), _by(registry, actor, "patrol_point", "route", selection.ids)
    for route in registry.scope.records(actor, "patrol_route", selection.ids):
        rows = sorted((row for row in points[route.id] if row["is_used"]), key=lambda row: (row["position"], row.id))
        if not rows:
            printing.skipped.append((route.id, NO_POINTS))
            continue
        cards = [
            {
                "position": row["position"], "name": row["name"], "place": row["place"],
                "subjects": [_label(registry, "patrol_point", "subjects", code) for code in row["subjects"] or ()],
                "code": code_picture(registry, point_path(registry, row.id)),
            }
            for row in rows
        ]  # fmt: skip
        data = {"route": route["name"], "building": route.titles.get("building"), "points": cards}
        printing.sheets.append(Sheet(route.id, data))
    return printing


@document("vacancy_sheet")
def vacancy_sheets(
    registry: Registry, actor: Actor, selection: Selection, now: datetime, answers: Mapping[str, Any]
) -> Printing:
    """The sheet that hangs in each vacant unit, with the last rounds on it."""
    printing, vacancies = Printing(), registry.scope.records(actor, "vacancy", selection.ids)
    rounds = _by(registry, actor, "vacancy_round", "unit", [one["unit"] for one in vacancies])
    for one in vacancies:
        if one["ended_on"] is not None:
            printing.skipped.append((one.id, ENDED))
            continue
        last = sorted(rounds[one["unit"]], key=lambda row: row["done_at"])[-LAST_ROUNDS:]
        data = {
            "unit": one.titles.get("unit"), "since_on": one["since_on"], "keys": HELD if one["keys_held"] else NOT_HELD,
            "reason": _label(registry, "vacancy", "reason", one["reason"]),
            "condition": _label(registry, "vacancy", "condition", one["condition"]),
            **{name: bool(one[name]) for name in ("water_off", "power_off", "gas_off")},
            "rounds": [{"done_at": row["done_at"], "by": row.titles.get("by") or "", "fine": row["all_fine"],
                        "words": row["words"]} for row in last],
            "code": code_picture(registry, vacant_path(registry, one["unit"])),
        }  # fmt: skip
        printing.sheets.append(Sheet(one.id, data))
    return printing


def _by(
    registry: Registry, actor: Actor, entity: str, name: str, ids: Sequence[int]
) -> defaultdict[int, list[Record]]:  # fmt: skip
    """The records of an entity that point at any of ``ids``, by which."""
    found: defaultdict[int, list[Record]] = defaultdict(list)
    if not registry.access.may(actor, entity, "read"):
        return found
    for some in batches(list(ids), AT_ONCE):
        query = Query(conditions=(Condition(name, "in", tuple(some)),), sort="id",
                      columns=tuple(registry.schema.entities[entity].fields))  # fmt: skip
        for row in registry.scope.stream(actor, entity, query):
            found[row[name]].append(row)
    return found


def _label(registry: Registry, entity: str, name: str, code: str | None) -> Text | None:
    choice = getattr(registry.schema.entities[entity].fields[name].type, "choices", {}).get(code)
    return choice.label if choice else None
