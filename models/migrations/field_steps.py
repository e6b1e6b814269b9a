"""The steps that a changed field takes, with how many values each would cost."""

from __future__ import annotations

from collections.abc import Iterator

from models.migrations.convert import Converter, Records, context_of, default_of, meanings
from models.migrations.engine import Engine
from models.migrations.match import ColumnChange, TableChange
from models.migrations.plan import Plan, Step
from models.migrations.sentences import (
    ADD,
    ADD_FILLED,
    CHOICE,
    CLEARED,
    CONVERT,
    DEFAULTED,
    DERIVE,
    DROP,
    FILL,
    LOOSEN,
    RECODE,
    RENAME,
    REQUIRE,
    ROUND,
    TIGHTEN,
    WIDEN,
    listed,
)
from models.migrations.survey import Survey
from models.storage.tables import ColumnSpec
from schema.spec import Field


class FieldSteps:
    """Writes the steps of one table after the other, counting in the database as it is before."""

    def __init__(self, engine: Engine, plan: Plan) -> None:
        self.plan, self.survey = plan, Survey(engine)
        titles = {c.before.name: c.before.name for c in plan.changes if c.before}
        finds = {c.after.name: c.before.name for c in plan.changes if c.before and c.after}
        self.records = Records(engine, titles, finds)
        self.context = context_of(plan.schema, self.records, plan.hooks.now())

    def steps(self, change: TableChange) -> Iterator[Step]:
        """The steps of the fields of one entity that lives on."""
        for column in change.columns:
            if column.after is None:
                yield self._drop(change, column)
            elif column.before is None:
                yield from self._add(change, column.after, column)
            else:
                yield from self._changed(change, column, column.before, column.after)

    def _changed(self, change: TableChange, column: ColumnChange, old: ColumnSpec, new: ColumnSpec) -> Iterator[Step]:
        name = f"{change.name}.{new.field}"
        if column.renamed:
            yield Step("rename", f"rename:{name}", RENAME.with_(name=name, old=old.field))
        if column.fate == "derive":
            yield Step("derive", f"derive:{name}", DERIVE.with_(name=name))
        elif column.fate == "convert":
            yield self._convert(change, name, old, self._field(change, new))
        elif column.fate == "places":
            yield self._places(change, name, old, new)
        if column.fate != "convert" and old.codes:
            yield from self._codes(change, name, old, new)
        if column.fate != "convert" and old.null != new.null:
            yield self._nullness(change, name, old, new)

    def _field(self, change: TableChange, new: ColumnSpec) -> Field:
        return self.plan.schema.entities[change.name].fields[new.field]

    def _drop(self, change: TableChange, column: ColumnChange) -> Step:
        assert column.before is not None and change.before is not None
        name = f"{change.name}.{column.before.field}"
        if column.before.derived:
            return Step("drop", f"drop:{name}", DROP.with_(name=name, n=0))
        lost = self.survey.filled(change.before.name, column.before)
        return Step("drop", f"drop:{name}", DROP.with_(name=name, n=lost), safe=False, lost=lost)

    def _add(self, change: TableChange, new: ColumnSpec, column: ColumnChange) -> Iterator[Step]:
        assert change.before is not None
        name = f"{change.name}.{new.field}"
        if column.fate == "derive":
            yield Step("derive", f"derive:{name}", DERIVE.with_(name=name))
            return
        records = self.survey.records(change.before.name)
        if records and self._has_default(change, new):
            yield Step("add", f"add:{name}", ADD_FILLED.with_(name=name, n=records))
            return
        yield Step("add", f"add:{name}", ADD.with_(name=name))
        if records and not new.null:
            yield self._require(name, records)

    def _has_default(self, change: TableChange, new: ColumnSpec) -> bool:
        entity, field = self.plan.schema.entities[change.name], self._field(change, new)
        return default_of(entity, field, self.plan.hooks.default(field), self.context) is not None

    def _require(self, name: str, blanks: int) -> Step:
        return Step("require", f"require:{name}", REQUIRE.with_(name=name, n=blanks), safe=False)

    def _nullness(self, change: TableChange, name: str, old: ColumnSpec, new: ColumnSpec) -> Step:
        assert change.before is not None
        if new.null:
            return Step("loosen", f"loosen:{name}", LOOSEN.with_(name=name))
        blanks = self.survey.blank(change.before.name, old.name)
        if not blanks:
            return Step("require", f"require:{name}", TIGHTEN.with_(name=name))
        if self._has_default(change, new):
            return Step("require", f"require:{name}", FILL.with_(name=name, n=blanks))
        return self._require(name, blanks)

    def _convert(self, change: TableChange, name: str, old: ColumnSpec, field: Field) -> Step:
        assert change.before is not None
        converter = Converter(old, field, self.records, self.context)
        lost = self.survey.unconvertible(change.before.name, old, converter)
        filled = self.survey.filled(change.before.name, old)
        was = f"{old.type} {old.to}".strip()
        now = f"{field.type.name} {getattr(field.type, 'to', None) or ''}".strip()
        sentence = CONVERT.with_(
            name=name, old=was, new=now, n=lost.number, filled=filled, samples=listed(lost.samples)
        )
        return Step("convert", f"convert:{name}", sentence, safe=False, lost=lost.number, samples=lost.samples)

    def _places(self, change: TableChange, name: str, old: ColumnSpec, new: ColumnSpec) -> Step:
        assert change.before is not None
        said = {"name": name, "old": old.places, "new": new.places}
        if new.places > old.places:
            return Step("places", f"places:{name}", WIDEN.with_(**said))
        lost = self.survey.rounded(change.before.name, old, new.places)
        return Step("places", f"places:{name}", ROUND.with_(**said, n=lost), safe=False, lost=lost)

    def _codes(self, change: TableChange, name: str, old: ColumnSpec, new: ColumnSpec) -> Iterator[Step]:
        """A step for each option that left the list while records hold it."""
        gone = set(old.codes) - set(new.codes)
        if not gone or change.before is None:
            return
        field, used = self._field(change, new), self.survey.codes(change.before.name, old)
        known = meanings(field, sorted(gone), self.context)
        fate = DEFAULTED if old.kind != "list" and self._has_default(change, new) else CLEARED
        for code in sorted(gone & used.keys()):
            said = {"name": name, "old": code, "n": used[code]}
            if code in known:
                yield Step("recode", f"recode:{name}.{code}", RECODE.with_(**said, new=known[code]))
            else:
                sentence = CHOICE.with_(**said, fate=fate)
                yield Step("choice", f"choice:{name}.{code}", sentence, safe=False, lost=used[code])
