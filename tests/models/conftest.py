"""A lending library with something in it, for tests of the engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest

from models.actor import SYSTEM, Actor, Source

FORM = Source("form")


@dataclass
class Shelves:
    """A library with two branches of two librarians, and the people who work in it."""

    registry: Any
    people: dict[str, Actor]
    branches: dict[str, int]
    shelves: dict[str, int]
    numbers: Any = field(default_factory=lambda: count(1))

    def make(self, entity: str, **values: Any) -> int:
        return int(self.registry.store.create(SYSTEM, entity, values, FORM))

    def book(self, name: str = "", **values: Any) -> int:
        n = next(self.numbers)
        return self.make("book", name=name or f"Book {n}", isbn=f"97800000{n:05}", **values)

    def copy(self, book: int, shelf: str = "north", **values: Any) -> int:
        return self.make("copy", book=book, shelf=self.shelves[shelf], **values)

    def see(self, who: str, entity: str, id: int) -> Any:
        return self.registry.scope.get(self.people[who], entity, id)

    def raw(self, entity: str, id: int) -> dict[str, Any]:
        return self.registry.rows.one(entity, id) or {}


@pytest.fixture
def shelves(library: Any, person: Callable[..., Actor]) -> Shelves:
    return furnished(library, person)


def furnished(library: Any, person: Callable[..., Actor]) -> Shelves:
    """The library with its people, two branches and a shelf in each."""
    people = {role: person(library, role) for role in ("head", "desk", "auditor", "admin")}
    people["north"] = person(library, "librarian", username="north")
    people["south"] = person(library, "librarian", username="south")
    found = Shelves(library, people, {}, {})
    for name in ("north", "south"):
        found.branches[name] = found.make("branch", name=name.title(), librarian=people[name].id)
        found.shelves[name] = found.make("shelf", branch=found.branches[name], code="A1")
    return found
