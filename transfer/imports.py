"""A file in: prepared, tried, written. The dry run is the real thing, rolled back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Literal

from models.actor import Actor, Source
from models.storage.quiet import without_collecting
from schema.spec_layouts import Layout
from schema.text import same
from transfer import records
from transfer.alikes import Alikes
from transfer.columns import Columns
from transfer.editing import VERSION
from transfer.links import Links
from transfer.meanings import CREATE
from transfer.memory import remember
from transfer.met import Ids
from transfer.preparation import ImportOptions, Preparation, allowed_layout, may_import, prepare
from transfer.reasons import RowRefused
from transfer.refusal import FileRefused
from transfer.results import Counts, ImportResult, Rejection
from transfer.rows import Parsed, Problem, complete, readers
from transfer.same_rows import SameRows
from transfer.sheet import Row
from transfer.together import take_alone, take_rows
from transfer.totals import add_totals, sum_the_rest
from transfer.versions import Versions
from transfer.writing import Mode, Outcome, RowWriter

if TYPE_CHECKING:
    from models import Registry

__all__ = [
    "ImportOptions", "Preparation", "Taking", "allowed_layout", "may_import", "prepare", "run", "stretches",
]  # fmt: skip

BadRows = Literal["stop", "skip"]
STRETCH = 2000
"""Rows that are read, looked up and written together."""


def run(
    registry: Registry,
    actor: Actor,
    preparation: Preparation,
    *,
    dry_run: bool,
    mode: Mode = "upsert",
    bad_rows: BadRows = "stop",
    import_id: int | None = None,
    limit: int | None = None,
) -> ImportResult:
    """Take the file in, or try to. A real run is kept in the list of imports and names itself in every change.

    With ``bad_rows`` 'stop' one refused row rolls all back; with 'skip' the good rows are written.
    ``import_id`` is the entry of a file that was uploaded before; ``limit`` ends a dry run after so many rows.
    Raises FileRefused when the file is not ready, Refused when it is being written or was written already.
    """
    if preparation.problems:
        raise FileRefused(preparation.problems[0])
    if dry_run:
        result = ImportResult(dry_run=True)
        with registry.store.rehearse():
            _take_all(registry, actor, preparation, mode, Source("import"), result, limit)
        return result
    log = records.ImportLog(registry)
    import_id = log.begin(actor, preparation) if import_id is None else log.claim(import_id)
    log.running(import_id, preparation, mode, bad_rows)
    result = ImportResult(dry_run=False, import_id=import_id)
    state = "failed"
    try:
        _write(registry, actor, preparation, mode, bad_rows, result)
        state = "done" if result.written or not result.rejected else "refused"
        if state == "done":
            remember(registry, actor, preparation)
    finally:
        log.ended(import_id, result, state)
    return result


def _write(
    registry: Registry, actor: Actor, preparation: Preparation, mode: Mode, bad_rows: BadRows, result: ImportResult
) -> None:
    """Everything in one transaction; rolled back whole where a bad row stops it."""
    try:
        with registry.store.transaction():
            _take_all(registry, actor, preparation, mode, Source("import", str(result.import_id)), result)
            if result.rejected and bad_rows == "stop":
                raise _Stopped
            result.written = result.accepted > 0
    except _Stopped:
        result.nothing_written()


class _Stopped(Exception):
    """A row was refused and all is to be rolled back."""


def _take_all(
    registry: Registry,
    actor: Actor,
    preparation: Preparation,
    mode: Mode,
    source: Source,
    result: ImportResult,
    limit: int | None = None,
) -> None:
    taking = Taking(registry, actor, preparation, mode, source)
    alikes = Alikes(registry, actor, preparation, taking.counted.created) if result.dry_run else None
    rows = preparation.sheet.rows()
    for stretch in stretches(islice(rows, limit)):
        taken = taking.take(stretch, result)
        if alikes is not None:
            alikes.note(taking.parsed, dict(taken))
    if alikes is not None:
        result.alike = alikes.found()
    sum_the_rest(result.totals, taking.columns, preparation.options.edits, rows)
    result.by_entity = taking.counted.by_entity()


class Taking:
    """Takes the rows of a file in, stretch by stretch, inside the caller's transaction.

    The actor may write meanwhile what the layout may, which only those it is ``by`` were let use.
    """

    def __init__(self, registry: Registry, actor: Actor, preparation: Preparation, mode: Mode, source: Source) -> None:
        self.preparation = preparation
        layout = preparation.layout
        actor = replace(actor, writes=actor.writes | layout.writes)
        meanings = preparation.options.meanings
        missing = [
            (m.target.field.target, text)
            for m in preparation.matched if m.target is not None
            for text, what in meanings.get(m.target.key, {}).items() if what == CREATE
        ]  # fmt: skip
        self.links = Links(registry, actor, missing, source)
        self.columns = readers(preparation.matched, self.links.context, layout.aliases, meanings, preparation.may_clear)
        by_key = {t.key: t for t in (*(c.target for c in self.columns), *(c.target for c in preparation.constants))}
        self.writer = RowWriter(registry, actor, layout, by_key, mode, source, preparation.options.clears)
        self.counted = Counted(layout)
        self.versions = Versions(registry, actor, layout, preparation.sheet)
        options = preparation.options
        self._cells = Columns(self.columns, options.edits, self.links.prefetch)
        self._has_choices = bool(
            options.left_out or preparation.constants or options.same or self.versions.marks is not None
        )
        self._same = SameRows(options.same)
        self.parsed: list[Parsed] = []
        """The rows of the last stretch that were not left out."""

    @without_collecting()
    def take(self, stretch: Sequence[Row], result: ImportResult) -> list[tuple[int, Outcome]]:
        """Write these rows and count them into ``result``; what each row that was taken did, by its line."""
        self.versions.prefetch(stretch)
        self.writer.begin()
        everything = self._parsed(stretch)
        self.parsed = [one for one in everything if not one.is_left_out]
        result.left_out += len(everything) - len(self.parsed)
        ready = [row for row in self.parsed if self._is_ready(row)]
        done = {row.line: what for row, what in zip(ready, take_rows(self.writer, ready), strict=True)}
        taken: list[tuple[int, Outcome]] = []
        cells = {row.line: row for row in stretch} if len(done) < len(self.parsed) else {}
        for one in self.parsed:
            what = done.get(one.line)
            if what is None:
                one = self.parse(cells[one.line]) if one.links_failed else one
                self._same.complete(one)
                what = take_alone(self.writer, one)
            if isinstance(what, RowRefused):
                result.refuse([_rejection(self.preparation, one, p) for p in what.problems])
            else:
                self.counted.add(what, result)
                taken.append((one.line, what))
                self._same.met(one.line, what)
        add_totals(result.totals, self.columns, self.parsed, {line for line, _outcome in taken})
        return taken

    def parse(self, row: Row) -> Parsed:
        """The values of a row, with what the person chose for it."""
        return self._chosen(row, self._cells.one(row))

    def _parsed(self, stretch: Sequence[Row]) -> list[Parsed]:
        parsed = self._cells.read(stretch)
        if self._has_choices:
            for row, one in zip(stretch, parsed, strict=True):
                self._chosen(row, one)
        return parsed

    def _chosen(self, row: Row, parsed: Parsed) -> Parsed:
        """The row with what the person chose for it, and the version it came from."""
        options = self.preparation.options
        parsed.is_left_out |= row.line in options.left_out
        complete(parsed, self.preparation.constants)
        if self._same:
            parsed.same = self._same.of(row.line)
        self.versions.apply(row, parsed)
        return parsed

    def _is_ready(self, row: Parsed) -> bool:
        """Whether the row itself gives no reason to refuse it, nor to wait for another."""
        if row.problems or row.links_failed or self._same.waits(row.line):
            return False
        outline = self.writer.outline(row)
        return bool(outline.present) and outline.is_complete

    def recall(self, line: int, outcome: Outcome, result: ImportResult) -> None:
        """Count a row that was written before this run began, and refuse its repeats."""
        self.writer.recall(line, outcome)
        self._same.met(line, outcome)
        self.counted.add(outcome, result)


class Counted:
    """Which records an import has met, each counted once."""

    def __init__(self, layout: Layout) -> None:
        self._entity = {name: part.entity for name, part in layout.parts.items()}
        self.created: dict[str, Ids] = {entity: Ids() for entity in self._entity.values()}
        self.updated: dict[str, Ids] = {entity: Ids() for entity in self._entity.values()}
        self.met: dict[str, Ids] = {entity: Ids() for entity in self._entity.values()}

    def add(self, outcome: Outcome, result: ImportResult) -> None:
        for part, id in outcome.ids.items():
            entity = self._entity[part]
            if part in outcome.created:
                self.created[entity].add(id)
            elif part in outcome.updated:
                self.updated[entity].add(id)
            else:
                self.met[entity].add(id)
        for change in outcome.changes:
            result.add_change(change)
        if outcome.created:
            result.created += 1
        elif outcome.updated:
            result.updated += 1
        else:
            result.unchanged += 1

    def by_entity(self) -> dict[str, Counts]:
        return {
            name: Counts(
                created=len(self.created[name]),
                updated=self.updated[name].without(self.created[name]),
                unchanged=self.met[name].without(self.created[name], self.updated[name]),
            )
            for name in self.met
        }


def stretches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """The rows by STRETCH at a time."""
    while stretch := read_stretch(rows):
        yield stretch


@without_collecting()
def read_stretch(rows: Iterator[Row], size: int = STRETCH) -> list[Row]:
    """The next ``size`` rows, or what is left of them."""
    return list(islice(rows, size))


def _rejection(preparation: Preparation, row: Parsed, problem: Problem) -> Rejection:
    if problem.target is None:
        return Rejection(row.line, VERSION, problem.value, problem.reason)
    found = preparation.header(problem.target.key)
    column = same(found.column.header) if found and found.column.header else problem.target.label
    index = found.column.index if found else None
    return Rejection(row.line, column, problem.value, problem.reason, index, problem.target.key, problem.is_unread)
