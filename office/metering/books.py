"""What the books hold about meters, read for many at once: dials, timelines, successors, bills that rest on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM
from models.query import Condition, Query
from models.storage.rows import batches
from office.metering.rules import ZERO, Before, Dial, rounded

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

LOOKED_BACK = 12
"""Months of readings that are read at first; older ones only where these do not say what was read last time."""
NEIGHBOURS = 200
READ = ("meter", "period", "read_on", "value", "consumption")
DIAL = (
    "kind", "unit", "building", "number", "multiplier", "digits", "start_value", "installed_on", "removed_on",
    "end_value", "replaces", "fee_type",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mark:
    """One reading in the timeline of a meter; ``id`` is None for one that is about to be written."""

    period: str
    read_on: date
    value: Decimal
    consumption: Decimal
    id: int | None = None


@dataclass(slots=True)
class Meter:
    """A meter with its readings by period."""

    record: Record
    marks: dict[str, Mark] = field(default_factory=dict)

    @property
    def dial(self) -> Dial:
        r = self.record
        return Dial(r["kind"], Decimal(r["multiplier"]), int(r["digits"]), r["removed_on"])

    def before(self, period: str) -> list[Mark]:
        """The readings of earlier periods, oldest first."""
        return [self.marks[one] for one in sorted(self.marks) if one < period]

    def next(self, period: str) -> Mark | None:
        """The reading of the first later period."""
        return next((self.marks[one] for one in sorted(self.marks) if one > period), None)


class Books:
    """The meters with these ids and those that they replaced. Everybody's rule is the same, so it is read whole."""

    def __init__(self, registry: Registry, ids: Iterable[int], periods: Iterable[str]) -> None:
        self.registry = registry
        self.meters: dict[int, Meter] = {}
        wanted = set(ids)
        while wanted:
            found = registry.scope.records(SYSTEM, "meter", sorted(wanted), DIAL)
            self.meters.update({record.id: Meter(record) for record in found})
            wanted = {r["replaces"] for r in found if r["replaces"]} - set(self.meters)
        asked = sorted(periods)
        if asked and self.meters:
            self._read(sorted(self.meters), asked[0])

    def _read(self, ids: Sequence[int], first: str) -> None:
        since = months_on(first, -LOOKED_BACK)
        for mark, meter in self._marks(ids, Condition("period", "from", since)):
            self.meters[meter].marks[mark.period] = mark
        lost = [id for id in ids if not self.meters[id].before(first)]
        for mark, meter in self._marks(lost):
            self.meters[meter].marks[mark.period] = mark

    def _marks(self, ids: Sequence[int], *more: Condition) -> Iterator[tuple[Mark, int]]:
        for some in batches(ids):
            query = Query(conditions=(Condition("meter", "in", tuple(some)), *more), columns=READ, sort="id")
            for r in self.registry.scope.stream(SYSTEM, "meter_reading", query):
                yield Mark(r["period"], r["read_on"], r["value"], r["consumption"] or ZERO, r.id), r["meter"]

    def before(self, id: int, period: str) -> Before:
        """What there was before the reading of ``period``, without the others of its kind."""
        meter = self.meters[id]
        earlier = meter.before(period)
        history = [mark.consumption for mark in earlier]
        old = self.meters.get(meter.record["replaces"] or 0)
        if old is not None and len(history) < LOOKED_BACK:
            history = [mark.consumption for mark in old.before(period)] + history
        if earlier:
            return Before(earlier[-1].value, earlier[-1].read_on, ZERO, history)
        carried = self.carried(meter.record["replaces"]) if old is not None else ZERO
        return Before(meter.record["start_value"], meter.record["installed_on"], carried, history)

    def carried(self, id: int) -> Decimal:
        """What a meter that was taken out had counted since it was last read, and those before it that never were."""
        meter = self.meters[id]
        end = meter.record["end_value"]
        if end is None:
            return ZERO
        marks = [meter.marks[one] for one in sorted(meter.marks)]
        if marks:
            return rounded((end - marks[-1].value) * meter.dial.multiplier)
        mine = rounded((end - meter.record["start_value"]) * meter.dial.multiplier)
        older = meter.record["replaces"]
        return mine + (self.carried(older) if older in self.meters else ZERO)


def months_on(period: str, count: int) -> str:
    """The month so many months on: ``months_on('2026-01', -1)`` is '2025-12'."""
    year, month = int(period[:4]), int(period[5:])
    at = year * 12 + month - 1 + count
    return f"{at // 12:04}-{at % 12 + 1:02}"


def others_used(registry: Registry, kind: str, period: str) -> list[Decimal]:
    """What some of the other meters of a kind used in a period."""
    conditions = (Condition("meter.kind", "equals", kind), Condition("period", "equals", period))
    query = Query(conditions=conditions, columns=("consumption",), size=NEIGHBOURS, sort="-id")
    rows = registry.scope.page(SYSTEM, "meter_reading", query).rows
    return [row["consumption"] for row in rows if row["consumption"] is not None]


def successors(registry: Registry, ids: Iterable[int]) -> dict[int, int]:
    """Removed meter → the first reading of the one that took its place, where there is one."""
    wanted = tuple(ids)
    if not wanted:
        return {}
    query = Query(conditions=(Condition("meter.replaces", "in", wanted),), columns=("meter", "period"), sort="id")
    marks = sorted(registry.scope.stream(SYSTEM, "meter_reading", query), key=lambda r: r["period"])
    first: dict[int, int] = {}
    for mark in marks:
        first.setdefault(mark["meter"], mark.id)
    meters = registry.scope.records(SYSTEM, "meter", list(first), ("replaces",))
    return {meter["replaces"]: first[meter.id] for meter in meters}


def bills_resting_on(registry: Registry, meter: Record, period: str) -> list[str]:
    """The titles of the published bills worked out from the reading of a meter in a period (at most a few)."""
    first = date(int(period[:4]), int(period[5:]), 1)
    conditions = [Condition("state", "equals", "published"), Condition("starts_on", "to", last_day(first)),
                  Condition("ends_on", "from", first)]  # fmt: skip
    if meter["unit"] is None:
        if meter["fee_type"] is None:
            return []
        conditions.append(Condition("fee_type", "equals", meter["fee_type"]))
        if meter["building"] is not None:
            conditions.append(Condition("unit.building", "equals", meter["building"]))
    else:
        conditions += [Condition("unit", "equals", meter["unit"]), Condition("fee_type.basis", "equals", "per_meter"),
                       Condition("fee_type.meter_kind", "equals", meter["kind"])]  # fmt: skip
    query = Query(conditions=tuple(conditions), columns=("period",), size=3, sort="id")
    return [bill.title for bill in registry.scope.page(SYSTEM, "bill", query).rows]


def last_day(first: date) -> date:
    """The last day of the month that begins on ``first``."""
    following = months_on(f"{first:%Y-%m}", 1)
    return date.fromordinal(date(int(following[:4]), int(following[5:]), 1).toordinal() - 1)


Values = Mapping[str, Any]
