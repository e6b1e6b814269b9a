"""What a schema means by spreadsheets of the office's own: frozen objects, no YAML left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from schema.text import Text

if TYPE_CHECKING:
    from schema.expressions import Expression


@dataclass(frozen=True, slots=True)
class LayoutColumn:
    """A column of a layout: which headers it goes by and the field it fills."""

    field: str
    headers: tuple[str, ...]
    required: bool = False


@dataclass(frozen=True, slots=True)
class LayoutMatch:
    """One way to find the record a row means.

    ``by`` are fields whose values must agree; none where ``via`` alone tells. With ``via``, the record is looked
    for among those that records of entity ``via`` point at through ``via_link`` while agreeing with the row's other
    records in ``via_where`` ({field of via: part of the layout}). ``that`` has to hold for the record of ``via``, or
    without one for the record itself.
    """

    by: tuple[str, ...]
    via: str = ""
    via_link: str = ""
    via_where: Mapping[str, str] = field(default_factory=dict)
    that: Expression | None = None


@dataclass(frozen=True, slots=True)
class SaidOf:
    """A value that another column of the same row gives: field ``field`` of part ``part``."""

    part: str
    field: str


@dataclass(frozen=True, slots=True)
class LayoutPart:
    """What one row does to one entity: columns, links to earlier parts, constants (plain, Expression or SaidOf), and
    how to match."""

    entity: str
    columns: Mapping[str, LayoutColumn]
    links: Mapping[str, str]
    set: Mapping[str, Any]
    match: tuple[LayoutMatch, ...]
    create: bool = True
    update: bool = True

    @property
    def is_derived(self) -> bool:
        """Whether no column tells the record, only other parts of the row do."""
        return not self.columns and bool(self.match) and all(m.via and not m.by for m in self.match)


@dataclass(frozen=True, slots=True)
class Layout:
    """A spreadsheet of the office's own, one row of which feeds several entities (domain section 12).

    ``writes`` are (entity, field) pairs as in an action.
    """

    name: str
    label: Text
    by: frozenset[str]
    parts: Mapping[str, LayoutPart]
    aliases: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    writes: frozenset[tuple[str, str]] = frozenset()
