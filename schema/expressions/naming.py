"""What the names in an expression stand for, and the error that says where one stands for nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from schema.text import Text
from schema.types.base import Kind

USER = "user"
"""The entity ``actor`` is a record of."""

WORDS = ("today", "now", "actor", "parent", "true", "false", "null")
"""Names with a meaning of their own: no field may be called so."""


class ExpressionError(ValueError):
    """An expression that cannot be understood; ``offset`` is the character of the source where it goes wrong."""

    def __init__(self, message: Text, offset: int = 0) -> None:
        super().__init__(message.to("en"))
        self.message = message
        self.offset = offset


@dataclass(frozen=True, slots=True)
class FieldNaming:
    """A field as an expression sees it.

    ``to`` is the entity of a ref or refs field, ``options`` the codes of a choice or choices field;
    choices and refs are of kind 'list'.
    """

    kind: Kind
    places: int = 0
    to: str | None = None
    options: tuple[str, ...] = ()
    multiple: bool = False


@dataclass(frozen=True, slots=True)
class Naming:
    """The names an expression may use: the fields of every entity, the entity it is about, the roles.

    ``fields[entity][field]``; 'id' need not be in it. ``entity`` None: the expression is about no record
    (only literals, today, now, actor). ``parent`` is the naming outside a ``where`` of child records.
    An empty ``roles`` lets has_role take any name.
    """

    fields: Mapping[str, Mapping[str, FieldNaming]]
    entity: str | None = None
    parent: Naming | None = None
    roles: frozenset[str] = field(default=frozenset())

    def about(self, entity: str) -> Naming:
        """The same names for an expression about ``entity``."""
        return Naming(self.fields, entity, None, self.roles)

    def inside(self, child: str) -> Naming:
        """The names inside a ``where`` about ``child`` records of this entity."""
        return Naming(self.fields, child, self, self.roles)

    def find(self, entity: str, name: str) -> FieldNaming | None:
        """The field ``name`` of ``entity``; every record has an 'id', which is a ref to itself."""
        if name == "id":
            return FieldNaming("ref", to=entity)
        return self.fields.get(entity, {}).get(name)

    def links(self, child: str, to: str) -> list[str]:
        """The ref fields of ``child`` that point at ``to``."""
        return [name for name, f in self.fields.get(child, {}).items() if f.kind == "ref" and f.to == to]


def did_you_mean(word: str, known: Iterable[str]) -> Text:
    """', did you mean …?' for the nearest of ``known``, else what is known when it is little, else ''."""
    names = sorted(set(known))
    close = get_close_matches(word, names, n=1, cutoff=0.6)
    if close:
        return Text(f"，是不是 '{close[0]}'？", f", did you mean '{close[0]}'?")
    if 0 < len(names) <= 12:
        listed = ", ".join(names)
        return Text(f"；已有：{listed}", f"; known: {listed}")
    return Text("", "")
