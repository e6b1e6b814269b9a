"""An expression that was understood: what it gives, and what it reads."""

from __future__ import annotations

from dataclasses import dataclass

from schema.expressions.kinds import target
from schema.expressions.nodes import Node
from schema.expressions.reads import Dependency, dependencies, reads_actor, reads_clock
from schema.types.base import Kind


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression that was understood: what it gives (``kind``, decimal ``places``) about which ``entity``."""

    source: str
    node: Node
    kind: Kind
    places: int
    entity: str | None

    @property
    def to(self) -> str | None:
        """The entity of the record it gives, where its kind is 'ref'."""
        return target(self.node)

    @property
    def depends_on(self) -> tuple[Dependency, ...]:
        """Every field it reads, with the way there from the record it is about."""
        return dependencies(self.node, self.entity)

    @property
    def paths(self) -> tuple[str, ...]:
        """What it reads of its own record, as written: 'area', 'building.steward'."""
        own = [d for d in self.depends_on if all(s.kind == "ref" for s in d.path)]
        return tuple(dict.fromkeys(".".join((*(s.field for s in d.path), d.field)) for d in own))

    @property
    def reads_clock(self) -> bool:
        """Whether the answer changes with the day."""
        return reads_clock(self.node)

    @property
    def reads_actor(self) -> bool:
        """Whether the answer depends on who asks."""
        return reads_actor(self.node)

    def __str__(self) -> str:
        return self.source
