"""What becomes of the values: set aside, converted, rounded, recoded, filled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from models.migrations.aside import Aside
from models.migrations.convert import Converter, Records, context_of, default_of, meanings, plain_of, recoded
from models.migrations.engine import BATCH, Engine, quote
from models.migrations.match import PARKED, ColumnChange, TableChange
from models.migrations.moves import table_moves
from models.migrations.plan import Plan
from models.migrations.survey import Survey, links
from models.storage.tables import ColumnSpec, TableSpec
from schema.spec import Field
from schema.text import BadValue


class Values:
    """Moves values within the transaction, once tables and columns have their new names."""

    def __init__(self, engine: Engine, plan: Plan, aside: Aside) -> None:
        self.engine, self.plan, self.aside, self.survey = engine, plan, aside, Survey(engine)
        moved = table_moves(plan.changes)
        titles = {c.before.name: moved.get(c.before.name, c.before.name) for c in plan.changes if c.before}
        self.records = Records(engine, titles, {c.name: c.name for c in plan.changes if c.after})
        self.context = context_of(plan.schema, self.records, plan.hooks.now())

    def move(self) -> set[tuple[str, str]]:
        """Move everything; returns (entity, field) of the required fields that are still blank somewhere."""
        for change in self.plan.changes:
            if change.before is not None and change.after is None:
                self._entity_aside(change.before)
        living = [c for c in self.plan.changes if c.before is not None and c.after is not None]
        for change in living:
            for column in change.columns:
                self._column(change, column)
        self.aside.flush()
        return {(c.name, name) for c in living for name in self._blank(c)}

    def _column(self, change: TableChange, column: ColumnChange) -> None:
        if column.fate == "drop" and column.before is not None and not column.before.derived:
            self.aside.add_all(change.name, column.before.field, self._plain(change, column), "drop")
        elif column.fate == "convert":
            self._convert(change, column)
        elif column.fate == "places":
            self._places(change, column)
        elif column.fate == "keep" and column.before and column.before.codes:
            self._recode(change, column)
        if column.after is not None and _may_fill(column):
            self._fill(change, column.after)

    def _plain(self, change: TableChange, column: ColumnChange) -> Iterator[tuple[int, Any]]:
        assert column.before is not None
        return ((record, plain_of(column.before, raw)) for record, raw in self._parked(change, column))

    def _parked(self, change: TableChange, column: ColumnChange) -> Iterator[tuple[int, Any]]:
        """(record id, stored value) of a column or link table that is about to go."""
        assert column.before is not None
        if column.before.link:
            return links(self.engine, column.parked)
        return self.engine.walk(change.name, [column.parked], f"{quote(column.parked)} IS NOT NULL")

    def _entity_aside(self, table: TableSpec) -> None:
        """Set every record of an entity that goes aside, whole, its links too."""
        columns = [c for c in table.columns if not c.link and not c.derived]
        linked = {c.field: dict(links(self.engine, PARKED + c.link)) for c in table.columns if c.link}
        names = ["title_text", *(c.name for c in columns)]
        for id, title, *raws in self.engine.walk(PARKED + table.name, names, "1 = 1"):
            values = {c.field: plain_of(c, raw) for c, raw in zip(columns, raws, strict=True) if raw is not None}
            values |= {field: list(ids[id]) for field, ids in linked.items() if id in ids}
            self.aside.add(table.name, id, "", {"title": title, "values": values}, "drop")

    def _convert(self, change: TableChange, column: ColumnChange) -> None:
        assert column.before is not None and column.after is not None
        converter = Converter(column.before, self._field(change, column.after), self.records, self.context)
        done: list[tuple[Any, int]] = []
        for record, raw in self._parked(change, column):
            kept = not converter.narrows
            try:
                done.append((converter.stored(raw), record))
            except BadValue:
                kept = False
            if not kept:
                self.aside.add(change.name, record, column.before.field, plain_of(column.before, raw), "convert")
            if len(done) >= BATCH:
                self._write(change, column.after, done)
                done = []
        self._write(change, column.after, done)

    def _write(self, change: TableChange, column: ColumnSpec, rows: Iterable[tuple[Any, int]]) -> None:
        """Write new values: (value, record id)."""
        if column.link:
            pairs = [(record, id) for ids, record in rows for id in ids]
            self.engine.many(f"INSERT INTO {quote(column.link)} (owner_id, target_id) VALUES (?, ?)", pairs)
        else:
            self.engine.many(f"UPDATE {quote(change.name)} SET {quote(column.name)} = ? WHERE id = ?", rows)

    def _places(self, change: TableChange, column: ColumnChange) -> None:
        """Scale whole numbers to other places, half-up; what is rounded is set aside as it was."""
        old, new = column.before, column.after
        assert old is not None and new is not None
        table, name = quote(change.name), quote(new.name)
        if new.places > old.places:
            self.engine.run(f"UPDATE {table} SET {name} = {name} * ?", (10 ** (new.places - old.places),))
            return
        factor = 10 ** (old.places - new.places)
        uneven = f"{name} - {name} / {factor} * {factor} <> 0"
        for record, raw in self.engine.walk(change.name, [new.name], uneven):
            self.aside.add(change.name, record, new.field, plain_of(old, raw), "places")
        half = factor // 2
        self.engine.run(
            f"UPDATE {table} SET {name} = CASE WHEN {name} < 0 THEN -((-{name} + {half}) / {factor})"
            f" ELSE ({name} + {half}) / {factor} END"
        )

    def _recode(self, change: TableChange, column: ColumnChange) -> None:
        """Put values right that hold options which left the list."""
        old, new = column.before, column.after
        assert old is not None and new is not None
        gone = set(old.codes) - set(new.codes)
        if not gone:
            return
        field = self._field(change, new)
        known = meanings(field, old.codes, self.context)
        default = self._default(change, new)
        for raw, _ in list(self.survey.values(change.name, new)):
            value, lost = recoded(old, raw, known, default)
            if lost:
                where = f"{quote(new.name)} = ?"
                found = self.engine.rows(f"SELECT id FROM {quote(change.name)} WHERE {where}", (raw,))
                self.aside.add_all(change.name, new.field, ((id, plain_of(old, raw)) for (id,) in found), "choice")
            if value != raw:
                self.engine.run(
                    f"UPDATE {quote(change.name)} SET {quote(new.name)} = ? WHERE {quote(new.name)} = ?", (value, raw)
                )

    def _fill(self, change: TableChange, column: ColumnSpec) -> None:
        default = self._default(change, column)
        if default is not None:
            name = quote(column.name)
            self.engine.run(f"UPDATE {quote(change.name)} SET {name} = ? WHERE {name} IS NULL", (default,))

    def _default(self, change: TableChange, column: ColumnSpec) -> Any:
        entity, field = self.plan.schema.entities[change.name], self._field(change, column)
        return default_of(entity, field, self.plan.hooks.default(field), self.context)

    def _field(self, change: TableChange, column: ColumnSpec) -> Field:
        return self.plan.schema.entities[change.name].fields[column.field]

    def _blank(self, change: TableChange) -> Iterator[str]:
        """The required fields of an entity that some record has no value in."""
        for column in change.columns:
            new = column.after
            if new is not None and not new.null and _may_blank(column) and self.survey.blank(change.name, new.name):
                yield new.field


def _may_fill(column: ColumnChange) -> bool:
    """Whether records that were there get the default: in a new field, and in one that must not be blank."""
    new = column.after
    return new is not None and not new.link and not new.derived and (column.fate == "add" or _may_blank(column))


def _may_blank(column: ColumnChange) -> bool:
    """Whether a required field may be blank after all that was done."""
    old, new = column.before, column.after
    if new is None or new.null or new.link:
        return False
    return old is None or old.null or column.fate == "convert" or bool(set(old.codes) - set(new.codes))
