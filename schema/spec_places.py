"""What a schema means by places and what happens at them: frozen objects, no YAML left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from schema.text import Text

if TYPE_CHECKING:
    from schema.spec import Template


@dataclass(frozen=True, slots=True)
class PlaceSpec:
    """Records that are places; ``within`` is the ref field to the place in which they lie, '' for none."""

    within: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """How a record leads to a place of the entity ``place``: over the fields of ``path``; ``column`` keeps the end."""

    place: str
    path: tuple[str, ...]

    @property
    def column(self) -> str:
        """The record's own field that holds the place."""
        return kept("in", self.path)


@dataclass(frozen=True, slots=True)
class Happening:
    """A line in the history of places: what ``entity``'s records tell by the moment or day ``at_path`` leads to.

    Several ``ways`` may lead to one place; the record is told of once. ``by`` is a ref to an account. ``words`` are
    empty where the record's title says it.
    """

    entity: str
    at_path: tuple[str, ...]
    ways: tuple[Way, ...]
    by: str
    label: Text
    words: Template = ()

    @property
    def at(self) -> str:
        """The record's own field that holds when it happened."""
        return kept("at", self.at_path)

    @property
    def key(self) -> str:
        """Its name, which no other line has."""
        return f"{self.entity}.{self.at}"


def kept(prefix: str, path: Sequence[str]) -> str:
    """The field of the record itself that holds what ``path`` leads to; over links, one that the schema makes."""
    return path[0] if len(path) == 1 else "_".join((prefix, *path))
