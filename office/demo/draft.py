"""The demo office before it is written: records by entity that may point at one another."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from models.actor import SYSTEM, Source
from models.registry import Registry

ORDER = (
    "building", "unit", "resident", "occupancy", "lease", "parking_space", "vehicle", "vehicle_pass", "parking_fee",
    "pet", "temporary_residence", "key_item", "key_loan", "handover", "defect", "vacancy", "move_out", "letting",
    "viewing", "fee_type", "late_fee_rule", "tariff", "tariff_price", "tariff_tier", "charge", "meter", "meter_reading",
)  # fmt: skip
"""What is pointed at comes before what points at it."""


@dataclass(frozen=True, slots=True)
class Ref:
    """A record of the draft: the ``index``-th of its entity."""

    entity: str
    index: int


@dataclass
class Draft:
    """Records to be, drawn with ``random`` as of ``today``; ``users`` are account ids by username."""

    random: random.Random
    today: date
    zone: ZoneInfo
    users: Mapping[str, int] = field(default_factory=dict)
    records: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {name: [] for name in ORDER})

    def add(self, entity: str, **values: Any) -> Ref:
        """One more record; None is left out."""
        self.records[entity].append({name: value for name, value in values.items() if value is not None})
        return Ref(entity, len(self.records[entity]) - 1)

    def all(self, entity: str) -> list[tuple[Ref, dict[str, Any]]]:
        """Every record of an entity so far."""
        return [(Ref(entity, n), values) for n, values in enumerate(self.records[entity])]

    def __getitem__(self, ref: Ref) -> dict[str, Any]:
        return self.records[ref.entity][ref.index]

    def ago(self, least: int, most: int) -> date:
        """A day between ``least`` and ``most`` days before today."""
        return self.today - timedelta(days=self.random.randint(least, most))

    def ahead(self, least: int, most: int) -> date:
        """A day between ``least`` and ``most`` days after today."""
        return self.today + timedelta(days=self.random.randint(least, most))

    def at(self, day: date, hour: int) -> datetime:
        """A moment of office time in that hour, in UTC."""
        minute = self.random.randrange(0, 60, 5)
        return datetime.combine(day, time(hour, minute), self.zone).astimezone(UTC)

    def chance(self, share: float) -> bool:
        """True in that share of cases."""
        return self.random.random() < share

    def user(self, *usernames: str) -> int | None:
        """One of these accounts, None where it is not there; the draw is the same either way."""
        return self.users.get(self.random.choice(usernames))

    def write(self, registry: Registry) -> dict[str, int]:
        """Create everything in the office, all or nothing; returns the number of records by entity."""
        ids: dict[str, list[int]] = {}
        with registry.store.transaction():
            for entity in ORDER:
                rows = [_linked(values, ids) for values in self.records[entity]]
                ids[entity] = registry.store.create_many(SYSTEM, entity, rows, Source("demo"))
        return {entity: len(made) for entity, made in ids.items()}


def _linked(values: Mapping[str, Any], ids: Mapping[str, list[int]]) -> dict[str, Any]:
    return {n: ids[v.entity][v.index] if isinstance(v, Ref) else v for n, v in values.items()}
