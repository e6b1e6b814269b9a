"""Spreadsheets of the office's own, as written."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic import Field as Key

from schema.written import Formula, Names, Part, Words, many


class ColumnPart(Part):
    """A column of the spreadsheet."""

    headers: Names
    """The headers it goes by, beside the field's own label, name and aliases."""
    required: bool = False
    """It must be there and filled."""


def _column(value: Any) -> Any:
    return {"headers": value} if isinstance(value, (str, list, tuple)) else value


Column = Annotated[ColumnPart, BeforeValidator(_column, json_schema_input_type=str | list[str] | ColumnPart)]


class MatchPart(Part):
    """One way to find the record that a row means."""

    by: Names = ()
    """Fields whose values must agree; may be left out with `via`, where the other parts of the row tell enough."""
    via: str = ""
    """Look among those that records of this entity point at …"""
    link: str = ""
    """… through this ref field of it,"""
    where: dict[str, str] = Key(default={})
    """while its fields agree with the row's other parts,"""
    that: Formula | None = None
    """and this holds for it; without `via`, for the record itself."""


def _matches(value: Any) -> Any:
    value = many(value)
    if isinstance(value, (list, tuple)) and value and all(isinstance(v, str) for v in value):
        return [{"by": value}]
    return [value] if isinstance(value, dict) else value


Matches = Annotated[
    tuple[MatchPart, ...],
    BeforeValidator(_matches, json_schema_input_type=str | list[str] | MatchPart | list[MatchPart]),
]


class RowPart(Part):
    """What one row does to one entity."""

    entity: str = ""
    """The entity, where the part's name is another."""
    columns: dict[str, Column] = Key(default={})
    """Field → the headers it is found under."""
    links: dict[str, str] = Key(default={})
    """Ref field → the part of the same row it points at."""
    set: dict[str, Any] = Key(default={})
    """Fields of a new record that get a value by themselves: a plain one, {is: expression} over what the row says of
    this part and of those it links to, or {of: part.field}, what a column of the same row says (of a moment, its day
    where the field is a date). A column of the file comes first."""
    match: Matches = ()
    """How to find the record; default: the entity's key."""
    create: bool = True
    """Rows that match nothing make a new record."""
    update: bool = True
    """Rows that match change the record."""


class LayoutPart(Part):
    """A spreadsheet of the office's own, one row of which feeds several entities."""

    label: Words | None = None
    """What people call it."""
    by: Names = ()
    """Roles that may use it; default: those who may import and write every part."""
    writes: Names = ()
    """Fields (`entity.field`) that it may write although those who use it may not by hand; `entity.*` is all fields of
    the entity, and making new ones. Needs `by`."""
    rows: dict[str, RowPart]
    """The parts of a row, in order; a part whose columns are all blank in a row is left out of it."""
    aliases: dict[str, dict[str, str]] = Key(default={})
    """`part.field` → {what the file says: what is meant}; what means '' is left out as if the cell were blank."""
