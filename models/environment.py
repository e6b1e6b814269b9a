"""What an expression needs to be worked out on a record: the day, the actor, and the records it leads to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.actor import Actor
from models.clock import Clock
from models.reads.formulas import plain_formulas
from models.storage.rows import Rows
from schema.expressions import Environment


class Environments:
    """Makes the Environment of an actor; what it leads to is read from the tables, unscoped."""

    def __init__(self, rows: Rows, clock: Clock) -> None:
        self.rows, self.clock = rows, clock
        self.formulas = plain_formulas(rows.schema)

    def of(self, actor: Actor) -> Environment:
        """The environment in which ``actor`` asks, now."""
        return Environment(
            today=self.clock.today(),
            now=self.clock.now(),
            actor=None if actor.id is None else {"id": actor.id, "name": actor.name},
            roles=actor.roles,
            follow=self.rows.one,
            children=self._children,
            formulas=self.formulas,
        )

    def _children(self, entity: str, via: str, id: int) -> list[Mapping[str, Any]]:
        model: Any = self.rows.models[entity]
        ids = [row[0] for row in model.select(model.id).where(getattr(model, via) == id).tuples()]
        return list(self.rows.read(entity, ids).values())
