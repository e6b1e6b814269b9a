"""What came of an import: counts, refused rows, changed cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from schema.text import Text

if TYPE_CHECKING:
    from transfer.match import Target

MOST_CHANGES = 2000
"""Changed cells kept for the preview; beyond that they are only counted."""
MOST_REJECTED = 100_000
"""Reasons of refused rows that are kept, so that a file of a million bad rows does not fill the memory."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """One reason why a row was refused. ``column`` is the file's header, or a field's label where the file has none;
    ``index`` is the column's position in the file, None for the row as a whole."""

    line: int
    column: Text
    value: str
    reason: Text
    index: int | None = None
    key: str = ""
    """The target 'part.field' that the problem stands at, if any."""
    is_unread: bool = False
    """The text itself could not be read: other words or a record may be meant by it."""

    def as_json(self, locale: str) -> dict[str, Any]:
        """The rejection as the command line prints it."""
        return {
            "line": self.line,
            "column": self.column.to(locale),
            "value": self.value,
            "reason": self.reason.to(locale),
        }


@dataclass(frozen=True, slots=True)
class Change:
    """A cell of an existing record that the file changes; values are as the actor sees them."""

    line: int
    entity: str
    id: int
    title: str
    field: str
    old: Any
    new: Any


@dataclass(slots=True)
class Total:
    """The sums of a column of numbers: over all rows of the file that could be read, and over those taken."""

    target: Target
    everything: Decimal = Decimal(0)
    taken: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Alike:
    """A row makes a new record though one with the same phone, number or a like name is there, or was made by the
    earlier line ``of_line`` (then ``id`` is 0); titles as the actor sees."""

    line: int
    part: str
    entity: str
    title: str
    id: int
    existing: str
    because: Text
    value: str
    of_line: int = 0
    is_subject: bool = False
    """The row is about this record, so that a second line about it would repeat the first."""


@dataclass(slots=True)
class Counts:
    """Records of one entity."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0

    def as_json(self) -> dict[str, int]:
        return {"created": self.created, "updated": self.updated, "unchanged": self.unchanged}


@dataclass(slots=True)
class ImportResult:
    """The outcome of a dry or real run. ``created``, ``updated`` and ``unchanged`` count rows of the file.

    A real run that was stopped by a bad row has ``written`` False and counts nothing.
    """

    dry_run: bool
    import_id: int | None = None
    written: bool = False
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    by_entity: dict[str, Counts] = field(default_factory=dict)
    rejected: list[Rejection] = field(default_factory=list)
    rejected_more: int = 0
    """Reasons beyond MOST_REJECTED."""
    changes: list[Change] = field(default_factory=list)
    change_count: int = 0
    left_out: int = 0
    """Rows that a person chose not to take."""
    totals: dict[str, Total] = field(default_factory=dict)
    """Target key → the sums of a column of numbers."""
    alike: list[Alike] = field(default_factory=list)
    """New records that may be there already; filled by a dry run."""

    @property
    def rejected_lines(self) -> list[int]:
        """The lines that were refused, each once, in the order of the file."""
        return sorted({r.line for r in self.rejected})

    @property
    def accepted(self) -> int:
        return self.created + self.updated + self.unchanged

    def refuse(self, reasons: Sequence[Rejection]) -> None:
        """A row was refused. Reasons beyond MOST_REJECTED are only counted."""
        room = max(0, MOST_REJECTED - len(self.rejected))
        self.rejected += reasons[:room]
        self.rejected_more += len(reasons[room:])

    def add_change(self, change: Change) -> None:
        self.change_count += 1
        if len(self.changes) < MOST_CHANGES:
            self.changes.append(change)

    def nothing_written(self) -> None:
        """Take back every count: the rows were rolled back."""
        self.created = self.updated = self.unchanged = self.change_count = 0
        for total in self.totals.values():
            total.taken = Decimal(0)
        self.by_entity, self.changes = {}, []

    def as_json(self, locale: str) -> dict[str, Any]:
        """The result as the command line prints it."""
        return {
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "left_out": self.left_out,
            "totals": {key: {"all": str(one.everything), "taken": str(one.taken)} for key, one in self.totals.items()},
            "rejected": [r.as_json(locale) for r in self.rejected],
            "rejected_more": self.rejected_more,
            "by_entity": {name: counts.as_json() for name, counts in self.by_entity.items()},
            "import": self.import_id,
            "dry_run": self.dry_run,
            "written": self.written,
        }
