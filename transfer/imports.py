"""A file in: prepared, tried, written. The dry run is the real thing, rolled back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Literal

from models.actor import Actor, Source
from models.errors import NotAllowed, NotFound
from schema.spec import Layout
from schema.text import Text, same
from transfer import records, sheet
from transfer.layout import layout_of, must_tell, part_names, targets
from transfer.match import Headers, Matched, Target
from transfer.refusal import FileRefused
from transfer.results import Counts, ImportResult, Rejection
from transfer.rows import Links, Parsed, Problem, parse_row, readers
from transfer.sheet import GUESS, ReadOptions, Row, Sheet
from transfer.together import take_together
from transfer.writing import Mode, Outcome, RowRefused, RowWriter, listed

if TYPE_CHECKING:
    from models import Registry

BadRows = Literal["stop", "skip"]
STRETCH = 300
"""Rows that are read, looked up and written together."""

NOT_YOURS = Text("您没有导入“{label}”的权限。", "You may not import “{label}”.")
NOTHING_KNOWN = Text(
    "没有一列能识别：文件中有 {headers}；可用的列名例如 {wanted}。",
    "No column is known: the file has {headers}; columns could be called {wanted}.",
)
MISSING = Text("文件缺少“{label}”一列。", "The file has no column “{label}”.")
MISSING_KEY = Text(
    "文件缺少能认出{label}的列：需要 {fields}。", "The file cannot tell which {label} is meant: it needs {fields}."
)
NOT_WRITABLE = Text(
    "您不能修改“{label}”：请忽略“{header}”这一列。", "You may not change “{label}”: leave out the column “{header}”."
)


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """A person's choices about a file: how to read it, where columns go, and cells put right.

    ``columns`` is column index → 'part.field' or '-'; ``edits`` is (line, column index) → text.
    """

    read: ReadOptions = GUESS
    columns: Mapping[int, str] = field(default_factory=dict)
    edits: Mapping[tuple[int, int], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Preparation:
    """A file that has been read and matched. ``problems`` must be empty before it can be run."""

    target: str
    layout: Layout
    filename: str
    sha256: str
    size: int
    sheet: Sheet
    matched: tuple[Matched, ...]
    targets: tuple[Target, ...]
    problems: tuple[Text, ...]
    options: ImportOptions

    @property
    def unknown(self) -> tuple[Matched, ...]:
        """The columns that go nowhere and that nobody chose to leave out."""
        return tuple(m for m in self.matched if m.how in ("unknown", "repeated"))

    @property
    def all_new(self) -> bool:
        """Whether nothing in the file could tell which records exist already, so that each row makes a new one."""
        there = {m.target.key for m in self.matched if m.target is not None}
        return not any(
            all(name in part.links or name in part.set or f"{part_name}.{name}" in there for name in match.by)
            for part_name, part in self.layout.parts.items()
            for match in part.match
        )

    def header(self, key: str) -> Matched | None:
        """The file's column for a target 'part.field'."""
        return next((m for m in self.matched if m.target is not None and m.target.key == key), None)


def may_import(registry: Registry, actor: Actor, layout: Layout) -> bool:
    """Whether the actor may use the layout at all; what each row may do is asked of the store."""
    if actor.system:
        return True
    may = registry.access.may
    if layout.by:
        return bool(layout.by & actor.roles)
    return all(
        may(actor, p.entity, "import") and (may(actor, p.entity, "create") or may(actor, p.entity, "update"))
        for p in layout.parts.values()
    )


def allowed_layout(registry: Registry, actor: Actor, target: str) -> Layout:
    """The layout called ``target``. Raises NotFound where the actor may not even read it, else NotAllowed."""
    if target not in registry.schema.imports and target not in registry.schema.entities:
        raise NotFound(Text("导入格式“{name}”", "import layout “{name}”").with_(name=target))
    layout = layout_of(registry.schema, target)
    if may_import(registry, actor, layout):
        return layout
    if any(not registry.access.may(actor, p.entity, "read") for p in layout.parts.values()):
        raise NotFound(layout.label)
    raise NotAllowed(NOT_YOURS.with_(label=layout.label))


def prepare(
    registry: Registry, actor: Actor, target: str, data: bytes, filename: str, options: ImportOptions = ImportOptions()
) -> Preparation:
    """The file read and its columns matched; nothing is written.

    Raises FileRefused for a file that cannot be read, NotFound or NotAllowed for what the actor may not import.
    """
    layout = allowed_layout(registry, actor, target)
    known = tuple(
        t for t in targets(registry.schema, layout)
        if registry.access.field(actor, layout.parts[t.part].entity, t.field.name) != "hidden"
    )  # fmt: skip
    headers = Headers(known, part_names(registry.schema, layout))
    table = sheet.read(data, filename, options.read, headers.knows)
    matched = headers.match(table.columns, options.columns)
    problems = tuple(_problems(registry, actor, layout, matched, known))
    digest = hashlib.sha256(data).hexdigest()
    return Preparation(target, layout, filename, digest, len(data), table, matched, known, problems, options)


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
    for stretch in stretches(islice(preparation.sheet.rows(), limit)):
        taking.take(stretch, result)
    result.by_entity = taking.counted.by_entity()


class Taking:
    """Takes the rows of a file in, stretch by stretch, inside the caller's transaction."""

    def __init__(self, registry: Registry, actor: Actor, preparation: Preparation, mode: Mode, source: Source) -> None:
        self.preparation = preparation
        layout = preparation.layout
        self.links = Links(registry, actor)
        self.columns = readers(preparation.matched, self.links.context, layout.aliases)
        by_key = {c.target.key: c.target for c in self.columns}
        self.writer = RowWriter(registry, actor, layout, by_key, mode, source)
        self.counted = Counted(layout)

    def take(self, stretch: Sequence[Row], result: ImportResult) -> list[tuple[int, Outcome]]:
        """Write these rows and count them into ``result``; what each row that was taken did, by its line."""
        edits, taken = self.preparation.options.edits, []
        self.links.prefetch(stretch, self.columns)
        parsed = [parse_row(row, self.columns, edits) for row in stretch]
        self.writer.prepare(parsed)
        ready = {row.line: row for row in parsed if self._is_ready(row)}
        together = take_together(self.writer, list(ready.values())) if len(ready) > 1 else None
        done = dict(zip(ready, together or (), strict=False))
        for row, one in zip(stretch, parsed, strict=True):
            again = parse_row(row, self.columns, edits) if one.links_failed else one
            try:
                outcome = done[row.line] if row.line in done else self.writer.take(again)
            except RowRefused as refused:
                result.rejected += [_rejection(self.preparation, again, p) for p in refused.problems]
            else:
                self.counted.add(outcome, result)
                taken.append((row.line, outcome))
        return taken

    def _is_ready(self, row: Parsed) -> bool:
        """Whether the row itself gives no reason to refuse it, nor to wait for another."""
        return not (row.problems or row.links_failed or any(self.writer.blanks(row, self.writer.present(row))))

    def recall(self, line: int, outcome: Outcome, result: ImportResult) -> None:
        """Count a row that was written before this run began, and refuse its repeats."""
        self.writer.recall(line, outcome)
        self.counted.add(outcome, result)


class Counted:
    """Which records an import has met, each counted once."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.created: dict[str, set[int]] = {p.entity: set() for p in layout.parts.values()}
        self.updated: dict[str, set[int]] = {p.entity: set() for p in layout.parts.values()}
        self.met: dict[str, set[int]] = {p.entity: set() for p in layout.parts.values()}

    def add(self, outcome: Outcome, result: ImportResult) -> None:
        for part, id in outcome.ids.items():
            entity = self.layout.parts[part].entity
            self.met[entity].add(id)
            if part in outcome.created:
                self.created[entity].add(id)
            elif part in outcome.updated:
                self.updated[entity].add(id)
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
                updated=len(self.updated[name] - self.created[name]),
                unchanged=len(self.met[name] - self.created[name] - self.updated[name]),
            )
            for name in self.met
        }


def stretches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """The rows by STRETCH at a time."""
    while stretch := list(islice(rows, STRETCH)):
        yield stretch


def _rejection(preparation: Preparation, row: Parsed, problem: Problem) -> Rejection:
    if problem.target is None:
        return Rejection(row.line, same(""), problem.value, problem.reason)
    found = preparation.header(problem.target.key)
    if found is None or not found.column.header:
        index = found.column.index if found else None
        return Rejection(row.line, problem.target.label, problem.value, problem.reason, index)
    return Rejection(row.line, same(found.column.header), problem.value, problem.reason, found.column.index)


def _problems(
    registry: Registry, actor: Actor, layout: Layout, matched: tuple[Matched, ...], known: tuple[Target, ...]
) -> Iterator[Text]:
    """What keeps the file from being run."""
    there = {m.target.key for m in matched if m.target is not None}
    if not there:
        headers = "、".join(m.column.header for m in matched[:8] if m.column.header)
        wanted = listed([t.label for t in known[:5]])
        yield NOTHING_KNOWN.with_(headers=headers, wanted=wanted)
        return
    for m in matched:
        if m.target is None:
            continue
        entity = layout.parts[m.target.part].entity
        if registry.access.field(actor, entity, m.target.field.name) in ("locked", "masked"):
            yield NOT_WRITABLE.with_(label=m.target.label, header=m.column.header)
    for name in _needed(registry, layout, {key.partition(".")[0] for key in there}):
        yield from _missing_columns(registry, layout, name, there, known)


def _needed(registry: Registry, layout: Layout, there: set[str]) -> list[str]:
    """The parts that the file speaks of, and those without which they cannot be."""
    needed = set(there)
    for name, part in reversed(list(layout.parts.items())):
        if name in needed:
            fields = registry.schema.entities[part.entity].fields
            needed |= {other for field, other in part.links.items() if fields[field].required}
    return [name for name in layout.parts if name in needed]


def _missing_columns(
    registry: Registry, layout: Layout, name: str, there: set[str], known: tuple[Target, ...]
) -> Iterator[Text]:
    """Columns without which no row of a part could be taken."""
    part = layout.parts[name]
    required = [t for t in known if t.part == name and t.required and t.key not in there]
    for target in required:
        yield MISSING.with_(label=target.label)
    if required or not must_tell(registry.schema, layout, part):
        return
    given = {key.partition(".")[2] for key in there if key.partition(".")[0] == name} | set(part.links) | set(part.set)
    if not any(set(match.by) <= given for match in part.match):
        fields = registry.schema.entities[part.entity].fields
        labels = [fields[n].label for n in part.match[0].by if n not in given]
        wanted = listed(labels)
        yield MISSING_KEY.with_(label=registry.schema.entities[part.entity].label, fields=wanted)
