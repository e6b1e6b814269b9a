"""The rows of a file made for editing: each means the record it came from, unless others changed that meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from models.actor import Actor
from models.record import Record
from models.storage.rows import batches
from schema.spec_layouts import Layout
from schema.text import Text
from transfer import editing
from transfer.export_columns import BETWEEN
from transfer.rows import Parsed, Problem
from transfer.sheet import Column, Row, Sheet

if TYPE_CHECKING:
    from models import Registry

SYSTEM_NAME = Text("系统", "the system")


def marks_of(layout: Layout, columns: Sequence[Column]) -> editing.Marks | None:
    """Where the file says which record and version each row is; None in an ordinary file or one of several parts."""
    if len(layout.parts) != 1:
        return None
    headers = [""] * (max((c.index for c in columns), default=-1) + 1)
    for column in columns:
        headers[column.index] = column.header
    return editing.find_marks(headers)


def _written(titles: Any) -> str:
    """What an export writes for a link or several."""
    return BETWEEN.join(title for _, title in titles) if isinstance(titles, tuple) else (titles or "").strip()


class Versions:
    """Compares rows with the records they came from, a stretch at a time."""

    def __init__(self, registry: Registry, actor: Actor, layout: Layout, sheet: Sheet) -> None:
        self.registry, self.actor = registry, actor
        self.marks = marks_of(layout, sheet.columns)
        self.part, spec = next(iter(layout.parts.items()))
        self.entity = spec.entity
        fields = registry.schema.entities[self.entity].fields
        self._links = tuple(name for name in spec.columns if fields[name].type.name in ("ref", "refs"))
        self._now: dict[int, tuple[int, str, int | None]] = {}
        self._linked: dict[int, Record] = {}

    def prefetch(self, rows: Sequence[Row]) -> None:
        """Ask for the present versions of the records that these rows mean."""
        if self.marks is None:
            return
        self._now.clear()
        ids = [mark[0] for row in rows if isinstance(mark := self._mark(row), tuple)]
        seen = self.registry.scope.visible_ids(self.actor, self.entity, ids)
        table: Any = self.registry.models[self.entity]
        for some in batches(sorted(seen)):
            rows_now = table.select(table.id, table.version, table.title_text, table.changed_by)
            for id, *rest in rows_now.where(table.id.in_(list(some))).tuples():
                self._now[id] = (rest[0], rest[1], rest[2])
        if self._links:
            found = self.registry.scope.records(self.actor, self.entity, sorted(seen), self._links)
            self._linked = {record.id: record for record in found}

    def apply(self, row: Row, parsed: Parsed) -> None:
        """Say which record the row means, or what is wrong with it."""
        mark = self._mark(row) if self.marks is not None else None
        if mark is None:
            return
        if isinstance(mark, str):
            parsed.problems.append(Problem(None, mark, editing.SPOILT.with_(text=mark)))
            return
        id, version = mark
        now = self._now.get(id)
        if now is None:
            parsed.problems.append(Problem(None, str(id), editing.GONE.with_(id=id)))
        elif now[0] != version:
            parsed.problems.append(Problem(None, now[1], editing.changed_since(now[1], self._name(now[2]))))
        else:
            parsed.same = {self.part: id, **parsed.same}
            self._keep_links(self._linked.get(id), parsed)

    def _keep_links(self, record: Record | None, parsed: Parsed) -> None:
        """A link that still says what the export wrote stays as it is, though others have the same title."""
        for problem in tuple(parsed.problems) if record is not None and parsed.links_failed else ():
            name = problem.target.field.name if problem.target is not None else ""
            if record is None or name not in self._links or problem.value != _written(record.titles.get(name)):
                continue
            parsed.problems.remove(problem)
            parsed.parts.setdefault(self.part, {})[name] = record.values[name]
        parsed.links_failed = parsed.links_failed and any(problem.is_unread for problem in parsed.problems)

    def _mark(self, row: Row) -> tuple[int, int] | str | None:
        assert self.marks is not None
        try:
            return editing.mark_of(row.cells, self.marks)
        except ValueError as spoilt:
            return str(spoilt)

    def _name(self, user: int | None) -> str:
        """Who that is; changes nobody signed are the system's."""
        name = self.registry.scope.titles(self.actor, "user", [user]).get(user, "") if user is not None else ""
        return name or SYSTEM_NAME.to(self.actor.locale)
