"""What a migration would do, step by step, and the ways it is refused."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import peewee

from models.errors import Refused
from models.migrations.match import TableChange
from models.storage.tables import DatabaseSpec
from schema.spec import CheckSpec, Entity, Field, Schema
from schema.text import Text


@dataclass(frozen=True, slots=True)
class Step:
    """One thing a migration does.

    ``name`` is what ``--allow`` takes (``drop:unit.colour``). A ``safe`` step is applied by itself; a
    ``blocked`` one cannot be allowed, the data must be put right first. ``lost`` counts the values that
    would no longer be in their place; they are set aside.
    """

    kind: str
    name: str
    sentence: Text
    safe: bool = True
    lost: int = 0
    blocked: bool = False
    samples: tuple[str, ...] = ()


def _no_count(entity: Entity, check: CheckSpec) -> int | None:
    return None


def _plain_default(field: Field) -> Any:
    return None if hasattr(field.default, "source") else field.default


def _nothing(plan: Plan) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Hooks:
    """What a migration needs of those who know expressions, titles and search.

    ``violations`` counts the records of a migrated entity that break a check, or None where it cannot
    tell. ``default`` gives a field's default as a Python value, None for none. ``finish`` works out
    again what the plan names (``retitle``, ``rederive``, ``research``), within the transaction.
    """

    expression_indexes: Mapping[tuple[str, str], str] = field(default_factory=dict)
    violations: Callable[[Entity, CheckSpec], int | None] = _no_count
    default: Callable[[Field], Any] = _plain_default
    finish: Callable[[Plan], None] = _nothing
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Plan:
    """The way from the applied specification (``before``, None on a new database) to that of ``schema``."""

    db: peewee.Database
    schema: Schema
    hooks: Hooks
    before: DatabaseSpec | None
    after: DatabaseSpec
    changes: tuple[TableChange, ...]
    steps: tuple[Step, ...]

    @property
    def pending(self) -> bool:
        """Whether applying it would write anything at all."""
        return self.before != self.after

    def open(self, allow: Collection[str]) -> tuple[Step, ...]:
        """The steps that hold the migration up, given what is allowed."""
        return tuple(s for s in self.steps if s.blocked or not (s.safe or s.name in allow))

    def unknown(self, allow: Iterable[str]) -> tuple[str, ...]:
        """Names that were allowed but that no step goes by."""
        names = {step.name for step in self.steps}
        return tuple(name for name in allow if name not in names)

    @property
    def retitle(self) -> frozenset[str]:
        """Entities whose titles may read otherwise, those that name them in their own titles too."""
        touched = {c.name for c in self.changes if c.after is not None and _title_moves(c)}
        while True:
            more = {name for name in self.schema.entities if name not in touched and self._names(name, touched)}
            if not more:
                return frozenset(touched)
            touched |= more

    def _names(self, entity: str, touched: Collection[str]) -> bool:
        table = self.after.table(entity)
        return table is not None and any(
            c.to in touched and f"{{{c.field}}}" in table.title for c in table.columns if c.to
        )

    @property
    def rederive(self) -> frozenset[tuple[str, str]]:
        """(entity, field) of stored formulas, counts and sums that are new or defined anew."""
        return frozenset(
            (change.name, column.after.field)
            for change in self.changes
            for column in change.columns
            if column.after is not None and column.after.derived and column.fate != "keep" and change.before is not None
        )

    @property
    def research(self) -> frozenset[str]:
        """Entities whose search index must be made again."""
        return self.retitle | {c.name for c in self.changes if c.after and c.before and _search_moves(c)}


def _title_moves(change: TableChange) -> bool:
    if change.before is None or change.after is None:
        return False
    moved = [c.after.field for c in change.columns if c.after is not None and (c.fate != "keep" or _codes_go(c))]
    renamed = change.after.title
    for column in change.columns:
        if column.renamed and column.before and column.after:
            renamed = renamed.replace(f"{{{column.after.field}}}", f"{{{column.before.field}}}")
    return renamed != change.before.title or any(f"{{{name}}}" in change.after.title for name in moved)


def _codes_go(column: Any) -> bool:
    return bool(column.before and set(column.before.codes) - set(column.after.codes))


def _search_moves(change: TableChange) -> bool:
    assert change.before is not None and change.after is not None
    moved = {c.after.field for c in change.columns if c.after is not None and c.fate != "keep"}
    same = (change.before.search, change.before.search_wording) == (change.after.search, change.after.search_wording)
    return change.renamed or not same or bool(moved & set(change.after.search))


class MigrationRefused(Refused):
    """Steps that nobody allowed, or that the data does not permit; nothing was changed."""

    def __init__(self, plan: Plan, steps: Iterable[Step]) -> None:
        self.plan, self.steps = plan, tuple(steps)
        zh = [self._line(step, "zh", "允许：--allow ") for step in self.steps]
        en = [self._line(step, "en", "allow it with --allow ") for step in self.steps]
        super().__init__(
            Text(
                "数据库与 schema 不一致，以下改动需要确认，数据库未作任何修改：\n{lines}",
                "The schema differs from the database in ways that need your word; nothing was changed:\n{lines}",
            ).with_(lines=Text("{all}", "{all}").with_(all=Text("\n".join(zh), "\n".join(en))))
        )

    @staticmethod
    def _line(step: Step, locale: str, how: str) -> str:
        said = step.sentence.to(locale)
        return f"- {said}" if step.blocked else f"- {said} ({how}{step.name})"


class MigrationFailed(Refused):
    """The database refused a step half-way; everything was rolled back."""
