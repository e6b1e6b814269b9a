"""Records in the trash follow their entity: fields renamed, values converted, so that they can come back."""

from __future__ import annotations

import json
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from models.migrations.aside import Aside
from models.migrations.convert import Records, coarser, context_of, local, meanings
from models.migrations.engine import Engine
from models.migrations.match import ColumnChange, TableChange
from models.migrations.plan import Plan
from models.storage.tables import ColumnSpec
from schema.spec import Field
from schema.text import BadValue

TRASH_TABLE = "_trash"


class Trashed:
    """Rewrites the kept rows of ``_trash`` (JSON by field name), whose entities have their new names already."""

    def __init__(self, engine: Engine, plan: Plan, aside: Aside, records: Records) -> None:
        self.engine, self.plan, self.aside, self.records = engine, plan, aside, records
        self.context = context_of(plan.schema, records, plan.hooks.now())

    def move(self) -> None:
        """Bring every kept row to the new fields; what does not convert is set aside."""
        if TRASH_TABLE not in self.engine.tables():
            return
        for change in self.plan.changes:
            columns = [c for c in change.columns if c.before is not None and c.after is not None and _matters(c)]
            if change.before is None or not columns:
                continue
            rows = self.engine.rows(f"SELECT id, record_id, row FROM {TRASH_TABLE} WHERE entity = ?", (change.name,))
            fresh = [(self._row(change, columns, int(record), packed), id) for id, record, packed in rows]
            self.engine.many(f"UPDATE {TRASH_TABLE} SET row = ? WHERE id = ?", fresh)
        self.aside.flush()

    def _row(self, change: TableChange, columns: list[ColumnChange], record: int, packed: str) -> str:
        kept: dict[str, Any] = json.loads(packed)
        taken = {c.before.field: kept.pop(c.before.field) for c in columns if c.before and c.before.field in kept}
        for column in columns:
            old, new = column.before, column.after
            if old is None or new is None or taken.get(old.field) is None:
                continue
            value = self._value(
                column, old, new, self.plan.schema.entities[change.name].fields[new.field], taken[old.field]
            )
            if value is not None:
                kept[new.field] = value
            if value is None or (column.fate == "places" and value != taken[old.field]):
                self.aside.add(change.name, record, old.field, taken[old.field], f"trash:{column.fate}")
        return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))

    def _value(self, column: ColumnChange, old: ColumnSpec, new: ColumnSpec, field: Field, value: Any) -> Any:
        """The value as the new field keeps it in JSON, or None where it cannot."""
        if column.fate == "places":
            unit = Decimal(1).scaleb(-new.places)
            return field.type.to_json(Decimal(str(value)).quantize(unit, ROUND_HALF_UP))
        if column.fate == "convert":
            return self._converted(old, field, value)
        gone = set(old.codes) - set(new.codes)
        return self._recoded(field, sorted(gone), value) if gone else value

    def _converted(self, old: ColumnSpec, field: Field, value: Any) -> Any:
        try:
            text = coarser(old, field, self._text(old, value))
            found = field.type.check(field.type.parse(text, self.context), self.context)
        except BadValue:
            return None
        return None if found is None else field.type.to_json(found)

    def _text(self, old: ColumnSpec, value: Any) -> str:
        parts = value if isinstance(value, list) else [value]
        if old.storage == "DATETIME":
            return local(str(value), self.context.timezone)
        if old.to:
            return "; ".join(self.records.title(old.to, id) or str(id) for id in parts)
        return ", ".join(("true" if part else "false") if isinstance(part, bool) else str(part) for part in parts)

    def _recoded(self, field: Field, gone: list[str], value: Any) -> Any:
        known = meanings(field, gone, self.context)
        left = [known.get(code, code) for code in (value if isinstance(value, list) else [value])]
        left = [code for code in dict.fromkeys(left) if code not in gone]
        if isinstance(value, list):
            return left or None
        return left[0] if left else None


def _matters(column: ColumnChange) -> bool:
    assert column.before is not None and column.after is not None
    gone = set(column.before.codes) - set(column.after.codes)
    return not column.before.derived and (column.renamed or column.fate in ("convert", "places") or bool(gone))
