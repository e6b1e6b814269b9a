"""The entry sheet of a building: one line a meter in the order of the rooms, and what saving one line does (F2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from models.actor import Actor, Source
from models.errors import Duplicate, Invalid, Stale, Unconfirmed
from models.query import Condition, Query
from models.record import Masked
from models.storage.natural_order import order_key
from office.metering.books import Books, months_on, others_used
from office.metering.rules import Compared, Metering, compared, usual
from schema.settings import claim
from schema.text import Text

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

FORM = Source("inline")
COLUMNS = ("meter", "value", "read_on", "consumption", "reason", "rolled_over", "state", "changed_by")
THEIRS = Text(
    "{who}已录入 {value}，您的 {mine} 未保存；确认无误再保存一次，就改为您的读数。",
    "{who} has entered {value}; your {mine} is not saved. If yours is right, save it once more.",
)
TURN = 10
"""Until this day of a month people still read for the one before."""
SOMEONE = Text("别人", "Someone else")


@dataclass(frozen=True, slots=True)
class Line:
    """One meter on the sheet; ``number`` is '' where it only repeats the place. ``reading`` is what is entered for the
    period already, None where nothing is."""

    meter: int
    place: str
    number: str
    previous: Decimal
    previous_on: date | None
    usual: Decimal | None
    carried: Decimal
    multiplier: Decimal
    digits: int
    against: Compared
    reading: Record | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What a person enters on one line. ``version`` is the reading's that they saw, 0 where there was none."""

    value: Any
    read_on: date | None
    reason: str = ""
    rolled_over: bool = False
    version: int = 0


@dataclass(frozen=True, slots=True)
class Saved:
    """What came of a line: the reading as it now is (None where there is none yet), and why it was not saved.

    ``question`` is answered by a reason; ``theirs`` says that someone else was there first.
    """

    reading: Record | None
    problems: Mapping[str, Sequence[Text]]
    question: Text | None = None
    theirs: Text | None = None

    @property
    def is_saved(self) -> bool:
        return not self.problems and self.question is None and self.theirs is None


def sheet(registry: Registry, actor: Actor, building: int | None, kind: str, period: str) -> list[Line]:
    """The meters in use of a kind that the actor may read: a building's units, or the public ones (None)."""
    where = Condition("unit.building", "equals", building) if building is not None else Condition("unit", "empty")
    conditions = (where, Condition("kind", "equals", kind), Condition("removed_on", "empty"))
    query = Query(conditions=conditions, columns=("unit", "building", "place", "number"), sort="id")
    meters = list(registry.scope.stream(actor, "meter", query))
    books = Books(registry, [meter.id for meter in meters], [period])
    entered = readings(registry, actor, [meter.id for meter in meters], period)
    metering, others = claim(registry.schema, "metering", Metering), others_used(registry, kind, period)
    lines = [_line(meter, books, period, entered.get(meter.id), metering, others) for meter in meters]
    return sorted(lines, key=lambda line: (order_key(line.place), order_key(line.number)))


def readings(registry: Registry, actor: Actor, meters: Iterable[int], period: str) -> dict[int, Record]:
    """The readings of a period by meter."""
    wanted = tuple(meters)
    if not wanted:
        return {}
    conditions = (Condition("period", "equals", period), Condition("meter", "in", wanted))
    query = Query(conditions=conditions, columns=COLUMNS, sort="id")
    return {record["meter"]: record for record in registry.scope.stream(actor, "meter_reading", query)}


def _line(
    meter: Record, books: Books, period: str, reading: Record | None, metering: Metering, others: Sequence[Decimal]
) -> Line:
    before, dial = books.before(meter.id, period), books.meters[meter.id].dial
    before = before if before.history else replace(before, others=others)
    titles = [str(meter.titles.get(name) or "") for name in ("unit", "building")]
    place = next((title for title in titles if title), "")
    place = " ".join(part for part in (place, meter["place"] if not meter["unit"] else "") if part)
    number = "" if meter["unit"] and meter["number"][1:] == place else str(meter["number"])
    return Line(
        meter.id, place, number, before.value, before.read_on, usual(before), before.carried,
        dial.multiplier, dial.digits, compared(dial, before, metering), reading,
    )  # fmt: skip


def save(registry: Registry, actor: Actor, meter: int, period: str, entry: Entry) -> Saved:
    """Save one line as the actor, whole or not at all; the same said twice is saved once.

    Raises NotFound and NotAllowed where the meter is not theirs.
    """
    registry.scope.get(actor, "meter", meter)
    there = readings(registry, actor, [meter], period).get(meter)
    if there is not None and _says(there, entry):
        return Saved(there, {})
    try:
        with registry.store.transaction():
            _write(registry, actor, meter, period, entry, there)
    except (Stale, Duplicate):
        there = readings(registry, actor, [meter], period).get(meter)
        if there is not None and _says(there, entry):
            return Saved(there, {})
        return Saved(there, {}, theirs=_theirs(there, entry))
    except Unconfirmed as asked:
        return Saved(there, {}, question=next(text for texts in asked.problems.values() for text in texts))
    except Invalid as invalid:
        return Saved(there, invalid.problems)
    return Saved(readings(registry, actor, [meter], period).get(meter), {})


def _write(registry: Registry, actor: Actor, meter: int, period: str, entry: Entry, there: Record | None) -> None:
    values = {"value": entry.value, "reason": entry.reason or None, "rolled_over": entry.rolled_over}
    if there is not None:
        registry.store.update(actor, "meter_reading", there.id, values, FORM, version=entry.version)
        return
    fresh = {"meter": meter, "period": period, "read_on": entry.read_on, **values}
    registry.store.create(actor, "meter_reading", fresh, FORM)


def _says(reading: Record, entry: Entry) -> bool:
    """Whether a reading holds just what is being entered."""
    same = reading["value"] == entry.value and bool(reading["rolled_over"]) == entry.rolled_over
    return same and (reading["reason"] or "") == entry.reason


def _theirs(there: Record | None, entry: Entry) -> Text:
    who = there.titles.get("changed_by") if there is not None else None
    value = there["value"] if there is not None and not isinstance(there["value"], Masked) else ""
    return THEIRS.with_(who=who or SOMEONE, value=value, mine=entry.value)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the sheet of a building and kind of meter is: so many of its meters in use are read."""

    building: int | None
    title: str
    kind: str
    read: int
    meters: int


def progress(registry: Registry, actor: Actor, period: str) -> list[Progress]:
    """Every sheet the actor may fill in for a month, in the order of the buildings; the public meters come last."""
    scope, by = registry.scope, ["unit.building", "kind"]
    meters = scope.aggregate(actor, "meter", by=by, query=Query(saved="in_use"))
    there = (Condition("period", "equals", period), Condition("meter.removed_on", "empty"))
    query = Query(conditions=there)
    read = {
        tuple(group.keys.values()): group.count
        for group in scope.aggregate(actor, "meter_reading", by=[f"meter.{word}" for word in by], query=query)
    }
    found = []
    for group in meters:
        building, kind = group.keys["unit.building"], group.keys["kind"]
        title = group.labels["unit.building"].to(actor.locale) if building is not None else ""
        found.append(Progress(building, title, kind, read.get((building, kind), 0), group.count))
    kinds = list(registry.schema.choices["meter_kind"])
    return sorted(found, key=lambda one: (one.building is None, order_key(one.title), kinds.index(one.kind)))


def usual_period(today: date) -> str:
    """The month whose meters are read on a day: until the tenth it is the one before."""
    return f"{today:%Y-%m}" if today.day > TURN else months_on(f"{today:%Y-%m}", -1)
