"""A record as one actor may see it: hidden fields are absent, masked ones hold only their mask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Masked:
    """What stands in the place of a value the actor may not know."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Record:
    """One row. ``values`` by field name (None is empty); ``titles`` gives the titles of linked records,
    by field: a string for a ref, a tuple of (id, title) for refs. A link the actor may not follow has no title.
    """

    entity: str
    id: int
    version: int
    title: str
    values: Mapping[str, Any]
    titles: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def get(self, name: str, default: Any = None) -> Any:
        return self.values.get(name, default)
