"""A file made ready: read, its columns matched, a person's choices applied; what keeps it from being run is said."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from models.actor import Actor
from models.errors import NotAllowed, NotFound
from schema.spec_layouts import Layout
from schema.text import BadValue, Text
from transfer import sheet
from transfer.layout import layout_of, must_tell, part_names, targets, with_keys
from transfer.match import Headers, Matched, Target
from transfer.meanings import Meanings
from transfer.memory import NOTHING, Recalled, recall
from transfer.reasons import listed
from transfer.rows import Constant, column_reader
from transfer.sheet import GUESS, ReadOptions, Sheet
from transfer.versions import marks_of

if TYPE_CHECKING:
    from models import Registry

NOT_YOURS = Text("您没有导入“{label}”的权限。", "You may not import “{label}”.")
NOTHING_KNOWN = Text(
    "没有一列能识别：文件中有 {headers}；可用的列名例如 {wanted}。",
    "No column is known: the file has {headers}; columns could be called {wanted}.",
)
MISSING = Text("文件缺少“{label}”一列。", "The file has no column “{label}”.")
MISSING_KEY = Text(
    "文件缺少能认出{label}的列：需要 {fields}。", "The file cannot tell which {label} is meant: it needs {fields}."
)
BAD_CONSTANT = Text("每行填“{label}”：{reason}", "For “{label}” in every row: {reason}")
NOT_WRITABLE = Text(
    "您不能修改“{label}”：请忽略“{header}”这一列。", "You may not change “{label}”: leave out the column “{header}”."
)


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """A person's choices about a file: how to read it, where columns go, and cells put right.

    ``columns`` is column index → 'part.field' or '-'; ``edits`` is (line, column index) → text.
    ``constants`` is 'part.field' → text for every row; ``keys`` is part → the unique fields that tell its record.
    ``same`` is (line, part) → the record that the row means, or 0 where it means a new one all the same.
    """

    read: ReadOptions = GUESS
    columns: Mapping[int, str] = field(default_factory=dict)
    edits: Mapping[tuple[int, int], str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    meanings: Meanings = field(default_factory=dict)
    left_out: frozenset[int] = frozenset()
    same: Mapping[tuple[int, str], int] = field(default_factory=dict)
    clears: bool = False
    """A blank cell takes away what is there; else it leaves it."""
    recalls: bool = True
    """What was chosen for earlier files of the same kind holds for this one too."""


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
    """The person's choices, with those recalled from earlier files."""
    constants: tuple[Constant, ...] = ()
    recalled: Recalled = NOTHING

    @property
    def unknown(self) -> tuple[Matched, ...]:
        """The columns that go nowhere and that nobody chose to leave out."""
        return tuple(m for m in self.matched if m.how in ("unknown", "repeated"))

    @property
    def all_new(self) -> bool:
        """Whether nothing in the file could tell which records exist already, so that each row makes a new one."""
        if marks_of(self.layout, self.sheet.columns) is not None:
            return False
        there = self.filled
        return not any(
            all(name in part.links or name in part.set or f"{part_name}.{name}" in there for name in match.by)
            for part_name, part in self.layout.parts.items()
            for match in part.match
        )

    @property
    def filled(self) -> set[str]:
        """The targets that get a value from a column or a constant."""
        return {m.target.key for m in self.matched if m.target is not None} | {c.target.key for c in self.constants}

    def may_clear(self, target: Target) -> bool:
        """Whether a blank cell of this column takes away what is there."""
        by = {name for match in self.layout.parts[target.part].match for name in match.by}
        return self.options.clears and not (target.required or target.field.required or target.field.name in by)

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
    options, recalled = recall(registry, actor, target, table.columns, known, options)
    layout = with_keys(registry.schema, layout, options.keys)
    matched = headers.match(table.columns, options.columns)
    there = {m.target.key for m in matched if m.target is not None}
    constants, wrong = _constants(registry, actor, layout, known, {
        key: text for key, text in options.constants.items() if key not in there
    })  # fmt: skip
    problems = (*_problems(registry, actor, layout, matched, known, constants), *wrong)
    digest = hashlib.sha256(data).hexdigest()
    return Preparation(
        target, layout, filename, digest, len(data), table, matched, known, problems, options, constants, recalled
    )


def _constants(
    registry: Registry, actor: Actor, layout: Layout, known: tuple[Target, ...], given: Mapping[str, str]
) -> tuple[tuple[Constant, ...], tuple[Text, ...]]:
    """The constants read, and what is wrong with those that cannot be."""
    context, found, wrong = registry.scope.context(actor), [], []
    for target in known:
        text = given.get(target.key, "").strip()
        if not text:
            continue
        try:
            value = column_reader(0, target, context, layout.aliases, {}).read(text)
        except BadValue as bad:
            wrong.append(BAD_CONSTANT.with_(label=target.label, reason=bad.text))
            continue
        found.append(Constant(target, text, value))
    return tuple(found), tuple(wrong)


def _problems(
    registry: Registry,
    actor: Actor,
    layout: Layout,
    matched: tuple[Matched, ...],
    known: tuple[Target, ...],
    constants: tuple[Constant, ...],
) -> Iterator[Text]:
    """What keeps the file from being run."""
    columns = [(m.target, m.column.header) for m in matched if m.target is not None]
    there = {target.key for target, _header in columns}
    if not there:
        headers = "、".join(m.column.header for m in matched[:8] if m.column.header)
        wanted = listed([t.label for t in known[:5]])
        yield NOTHING_KNOWN.with_(headers=headers, wanted=wanted)
        return
    for target, header in [*columns, *((c.target, c.text) for c in constants)]:
        entity = layout.parts[target.part].entity
        if registry.access.field(actor, entity, target.field.name) in ("locked", "masked"):
            yield NOT_WRITABLE.with_(label=target.label, header=header)
    there |= {c.target.key for c in constants}
    if marks_of(layout, [m.column for m in matched]) is not None:
        return
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
