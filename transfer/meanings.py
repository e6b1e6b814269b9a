"""What is meant by a text of a file that could not be read: other words, a record, a blank, a new record, no row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from models.actor import Actor
from schema.spec import Entity, Field

if TYPE_CHECKING:
    from models import Registry

SKIP, CLEAR, CREATE = "skip", "clear", "create"
WORDS, RECORD = "is:", "record:"
LONGEST = 2000

Meanings = Mapping[str, Mapping[str, str]]
"""'part.field' → {text of the file: SKIP, CLEAR, CREATE, WORDS + other words, RECORD + id}."""


def is_meaning(text: str) -> bool:
    """Whether ``text`` is one of the ways to put a cell right."""
    if text.startswith(RECORD):
        id = text.removeprefix(RECORD)
        return id.isascii() and id.isdigit() and len(id) < 19
    return text in (SKIP, CLEAR, CREATE) or (text.startswith(WORDS) and len(text) <= LONGEST)


def words_of(meant: Mapping[str, str]) -> dict[str, str]:
    """The texts for which other words are meant, with these."""
    return {text: what.removeprefix(WORDS) for text, what in meant.items() if what.startswith(WORDS)}


def records_of(meant: Mapping[str, str]) -> dict[str, int]:
    """The texts for which a record was chosen, with its id."""
    return {text: int(what.removeprefix(RECORD)) for text, what in meant.items() if what.startswith(RECORD)}


def naming_field(entity: Entity) -> Field | None:
    """The one field whose text alone makes a new record of the entity, if there is such a one."""
    needed = [f for f in entity.fields.values() if f.required and not f.type.computed and f.default is None]
    names = [part.field for part in entity.title]
    return needed[0] if len(needed) == 1 and needed[0].type.kind == "text" and names == [needed[0].name] else None


def may_create(registry: Registry, actor: Actor, entity: str) -> bool:
    """Whether the actor may make a missing record of the entity by its name alone."""
    field = naming_field(registry.schema.entities[entity])
    if field is None or not registry.access.may(actor, entity, "create"):
        return False
    return registry.access.field(actor, entity, field.name) == "open"
