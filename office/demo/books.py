"""The money of the demo estate while it is booked: the office, the day, the draws, and who did it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import Any

from models import operations
from models.actor import SYSTEM, Actor, Source
from models.errors import Refused
from models.operations import Selection
from models.query import Condition, Query
from models.registry import Registry
from office.raw_rows import raw_rows

DEMO = Source("demo")
BOOKED = (
    "bill_run", "bill", "waiver", "till_day", "receipt", "payment", "allocation", "deposit", "deposit_move",
    "month_close", "dunning_case", "dunning_step", "dunning_hold",
)  # fmt: skip
"""The entities that are filled by booking."""


@dataclass
class Books:
    """An office being booked as of ``today``; ``users`` are account ids by user name."""

    registry: Registry
    random: random.Random
    today: date
    users: Mapping[str, int]
    fee_types: dict[str, int] = field(default_factory=dict)
    """Ids by name."""
    stewards: dict[int, int | None] = field(default_factory=dict)
    """By unit, once they are asked for."""

    def __post_init__(self) -> None:
        self.fee_types = {name: id for id, name in self.rows("fee_type", ("name",))}

    def at(self, day: date, hour: int, minute: int = 0) -> datetime:
        """A moment of office time, in UTC."""
        return datetime.combine(day, time(hour, minute), self.registry.clock.zone).astimezone(UTC)

    def actor(self, username: str) -> Actor:
        """The person with that account; the program itself where there is none."""
        id = self.users.get(username)
        return SYSTEM if id is None else self.registry.accounts.actor(id) or SYSTEM

    def act(self, username: str, entity: str, name: str, id: int, now: datetime, **answers: Any) -> None:
        """Run an action on one record as that person at that moment. Raises Refused where it was not done."""
        writes = self.registry.schema.entities[entity].actions[name].writes
        actor = replace(self.actor(username), writes=writes)
        outcome = operations.find(name)(self.registry, Selection(entity, (id,)), actor, now, answers)
        for _, why in outcome.skipped:
            raise Refused(why)

    def rows(self, entity: str, names: Sequence[str], *conditions: Condition) -> Iterator[tuple[Any, ...]]:
        """(id, the value of each of ``names``) of every record that matches, by id."""
        return raw_rows(self.registry, SYSTEM, entity, Query(conditions=conditions, sort="id"), names)

    def add(self, entity: str, **values: Any) -> int:
        """One record; returns its id."""
        return self.registry.store.create(SYSTEM, entity, _given(values), DEMO)

    def add_many(self, entity: str, rows: Sequence[Mapping[str, Any]]) -> Sequence[int]:
        """Many records; returns their ids in order."""
        return self.registry.store.create_many(SYSTEM, entity, [_given(row) for row in rows], DEMO) if rows else []

    def chance(self, share: float) -> bool:
        """True in that share of cases."""
        return self.random.random() < share

    def draw(self, shares: Mapping[str, float]) -> str:
        """One of the keys, by their shares."""
        return self.random.choices(list(shares), list(shares.values()))[0]


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
