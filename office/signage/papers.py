"""The register of signs on paper: what stands in a building, floor by floor (G1)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from models.actor import Actor
from models.operations import Selection
from models.printing import Printing, Sheet, document
from models.query import Condition, Query
from models.storage.rows import batches
from office.signage.policy import OUT
from office.signage.today import by_floor, floor_name
from schema.text import Text

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

AT_ONCE = 100
COLUMNS = ("number", "building", "category", "floor", "place", "text", "quantity", "state", "installed_on", "ends_on")

NO_SIGNS = Text("这栋楼没有在册标识。", "No signs stand in this building.")


@document("sign_register")
def sign_register(
    registry: Registry, actor: Actor, selection: Selection, now: datetime, answers: Mapping[str, Any]
) -> Printing:
    """The signs of each building that stand, as far as ``actor`` sees them."""
    printing, signs = Printing(), _signs(registry, actor, selection.ids)
    categories, states = _labels(registry, "category"), _labels(registry, "state")
    today = now.astimezone(registry.clock.zone).date()
    for building in registry.scope.records(actor, "building", selection.ids, ("number", "name", "steward")):
        here = signs[building.id]
        if not here:
            printing.skipped.append((building.id, NO_SIGNS))
            continue
        kinds = Counter(one["category"] for one in here)
        data = {
            "building": building["number"], "name": building["name"], "steward": building.titles.get("steward"),
            "printed_on": today, "signs": len(here), "pieces": sum(one["quantity"] for one in here),
            "damaged": sum(one["state"] in OUT for one in here),
            "categories": [
                {"label": label, "signs": kinds[code]}
                for code, label in categories.items() if kinds[code]
            ],
            "floors": [
                {"floor": floor_name(floor.number), "signs": [_line(one, categories, states) for one in floor.signs]}
                for floor in by_floor(here)
            ],
        }  # fmt: skip
        printing.sheets.append(Sheet(building.id, data))
    return printing


def _signs(registry: Registry, actor: Actor, buildings: Sequence[int]) -> defaultdict[int, list[Record]]:
    """The signs that stand, by building."""
    found: defaultdict[int, list[Record]] = defaultdict(list)
    for some in batches(list(buildings), AT_ONCE):
        asked = (Condition("building", "in", tuple(some)),)
        query = Query(conditions=asked, where="state != 'removed'", sort="id", columns=COLUMNS)
        for row in registry.scope.stream(actor, "sign", query):
            found[row["building"]].append(row)
    return found


def _line(sign: Record, categories: Mapping[str, Text], states: Mapping[str, Text]) -> Mapping[str, Any]:
    return {
        "number": sign["number"], "category": categories[sign["category"]], "text": sign["text"],
        "place": sign["place"], "quantity": sign["quantity"], "state": states[sign["state"]],
        "is_out": sign["state"] in OUT, "installed_on": sign["installed_on"], "ends_on": sign["ends_on"],
    }  # fmt: skip


def _labels(registry: Registry, name: str) -> Mapping[str, Text]:
    choices = getattr(registry.schema.entities["sign"].fields[name].type, "choices", {})
    return {code: choice.label for code, choice in choices.items()}
