"""A field as written: the keys that every type takes."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict

from schema.problems import closest
from schema.written import Formula, Names, Part, Words


class FieldPart(Part):
    """Keys that every field takes; its type takes more."""

    model_config = ConfigDict(extra="allow", frozen=True, coerce_numbers_to_str=True, use_attribute_docstrings=True)

    @classmethod
    def strange(cls, data: dict[str, Any]) -> list[str]:
        """The type says which further keys there are; without one, a key that was meant to be `type`."""
        known = cls.key_names()
        return [] if "type" in data else [key for key in data if key not in known and closest(key, ["type"])]

    type: str
    """The field type."""
    label: Words | None = None
    """What people call the field."""
    help: Words | None = None
    """A sentence under the input."""
    required: bool | Formula = False
    """true, false, or an expression: required where it holds."""
    default: Any = None
    """The value of a new record: a plain value, `today`, `now`, `actor`, or {is: expression}."""
    aliases: Names = ()
    """Other headers that files use for it."""
    unique: bool = False
    """No two records have the same value."""
    was: Names = ()
    """Earlier names; data moves along."""
    shown: Formula | None = None
    """An expression: the field is shown where it holds."""
    readonly: bool = False
    """Shown, but never written by people."""
    internal: bool = False
    """The program's own: it stands on no page and in no form, list, filter or file. Rules and functions read it, only
    functions write it, and the history keeps it."""
    sparse: bool = False
    """Blank in nearly all records, such as the one who has an open task in hand: it has an index, and whatever else
    narrows a list, its records are found by that. Lists then cost the same over any number of records."""
    sort: bool = True
    """false: lists cannot be sorted by it."""
    filter: bool = True
    """false: lists cannot be filtered by it."""
