"""What a list asks for, and what it gets."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from models.record import Record

COUNT_BOUND = 10_000
"""A list counts this far and then says '10,000+'."""
SEARCH_BOUND = 500
"""What a search found is counted this far: nobody reads further."""
MAX_SIZE = 500


@dataclass(frozen=True, slots=True)
class Condition:
    """One filter: a field, an Operator of its type, and the value (a tuple for in / not_in)."""

    field: str
    op: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class PageRef:
    """Which page: the first, the last, the one after or before a cursor, or page ``number`` (1-based)."""

    kind: Literal["first", "last", "after", "before", "number"] = "first"
    cursor: str = ""
    number: int = 1


@dataclass(frozen=True, slots=True)
class Query:
    """A list as a person narrowed it. ``sort`` is a sortable field, 'title' or 'id', '-' in front for descending;
    '' is the entity's own. ``columns`` are field names ('title' is always fetched); () means ``show.list``.
    ``ids`` narrows to a selection.
    """

    search: str = ""
    conditions: tuple[Condition, ...] = ()
    saved: str = ""
    where: str = ""
    sort: str = ""
    page: PageRef = PageRef()
    size: int = 50
    columns: tuple[str, ...] = ()
    ids: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of a list. ``count`` is exact only when ``count_exact``; ``number`` is None when it is not known.
    ``sums`` are over everything that matches, present only when the count is exact."""

    rows: tuple[Record, ...]
    has_next: bool
    has_previous: bool
    next_cursor: str
    previous_cursor: str
    number: int | None
    count: int
    count_exact: bool
    sums: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Drill:
    """The list of the records behind a figure: the same conditions that it was worked out with.

    A condition may lie over links ('book_copy.shelf.branch'). Only who may read the entity gets a link.
    """

    entity: str
    conditions: tuple[Condition, ...] = ()
    saved: str = ""
    search: str = ""

    def and_(self, *conditions: Condition) -> Drill:
        """The same list narrowed further."""
        return Drill(self.entity, (*self.conditions, *conditions), self.saved, self.search)


@dataclass(frozen=True, slots=True)
class Ref:
    """A record with the title under which the actor sees it."""

    entity: str
    id: int
    title: str


def pack(position: tuple[Any, ...]) -> str:
    """A cursor a URL can carry, from the sort values of a row."""
    return base64.urlsafe_b64encode(json.dumps(position, ensure_ascii=False).encode()).decode().rstrip("=")


def unpack(cursor: str) -> tuple[Any, ...] | None:
    """The inverse of ``pack``; None for a cursor that was not ours."""
    try:
        found = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), parse_float=_not_ours,
                           parse_constant=_not_ours)  # fmt: skip
    except (ValueError, binascii.Error):
        return None
    return tuple(found) if isinstance(found, list) else None


def _not_ours(text: str) -> Any:
    raise ValueError(f"no cursor holds {text}")


def page_of(
    ref: PageRef,
    size: int,
    rows: list[Record],
    positions: list[tuple[Any, ...]],
    more: bool,
    count: tuple[int, bool],
    sums: Any,
) -> Page:
    """The page that ``ref`` asked for, made of its ``rows`` with their ``positions`` in the list.

    ``more`` is whether others follow in the direction of travel, ``count`` how many match and whether that is exact.
    """
    back = ref.kind in ("last", "before")
    started = (ref.kind == "first") or (ref.kind == "number" and ref.number <= 1)
    number = 1 if started else ref.number if ref.kind == "number" else None
    if ref.kind == "before" and not more:
        number = 1
    return Page(
        rows=tuple(rows),
        has_next=(ref.kind == "before") if back else more,
        has_previous=more if back else not started,
        next_cursor=pack(positions[-1]) if positions else "",
        previous_cursor=pack(positions[0]) if positions else "",
        number=number,
        count=count[0],
        count_exact=count[1],
        sums=sums,
    )
