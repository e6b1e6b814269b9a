"""Rows to records: each row finds or makes what it means, through the store, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from models.actor import Actor, Source
from models.errors import Invalid, Refused
from schema.spec_layouts import Layout, LayoutPart
from schema.text import Text
from transfer.layout import is_number
from transfer.match import Target
from transfer.matching import Ambiguous, Matcher
from transfer.met import Lines
from transfer.reasons import (
    AMBIGUOUS,
    BLANK,
    CANNOT_TELL,
    EXISTS,
    NO_NUMBER,
    NO_PART,
    NOT_MADE_HERE,
    NOT_THERE,
    REPEATS,
    SAYS_NOTHING,
    Reasons,
    RowRefused,
)
from transfer.results import Change
from transfer.rows import Parsed, Problem

if TYPE_CHECKING:
    from models import Registry

Shape = tuple[tuple[str, ...], ...]
"""Which fields of which parts a row speaks of."""
MOST_SHAPES = 1000
NO_PARTS: frozenset[str] = frozenset()
Mode = Literal["insert", "update", "upsert"]


@dataclass(slots=True)
class Outcome:
    """What a row did: the records it means by part, and which of them it made or changed."""

    ids: dict[str, int] = field(default_factory=dict)
    created: frozenset[str] = NO_PARTS
    updated: frozenset[str] = NO_PARTS
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Outline:
    """The parts that a row speaks of, those of them that it is about (no other links to them), and whether nothing
    that it must say is blank."""

    present: tuple[str, ...]
    subjects: tuple[str, ...]
    is_complete: bool


class RowWriter:
    """Writes rows for one import. ``targets`` are the columns of the file by 'part.field'."""

    def __init__(
        self,
        registry: Registry,
        actor: Actor,
        layout: Layout,
        targets: Mapping[str, Target],
        mode: Mode,
        source: Source,
        clears: bool = False,
    ) -> None:
        """``clears`` says that a blank cell may take away what is there."""
        self.clears = clears
        self.registry, self.actor, self.layout = registry, actor, layout
        self.targets, self.mode, self.source = targets, mode, source
        self.matcher = Matcher(registry, actor, layout)
        in_file = {t.part for t in targets.values()}
        self.active = tuple(n for n, p in layout.parts.items() if n in in_file or _told_by_links(p) or p.is_derived)
        self.numbers = {
            name: frozenset(t.field.name for t in targets.values() if t.part == name and is_number(t.field))
            for name in layout.parts
        }
        """The columns by which the program numbers the records of each part."""
        self._needed = {
            name: tuple((field, other) for field, other in part.links.items() if self._is_required(name, field))
            for name, part in layout.parts.items()
        }
        """The links that a record of each part cannot be without, with the parts they point at."""
        self._columns = {name: self._compared(name) for name in self.active}
        self._current: dict[tuple[str, int], tuple[str, dict[str, Any]]] = {}
        self.why = Reasons(registry.schema, layout, targets, self.matcher.filled)
        self.lines = Lines()
        """The lines of the rows so far, by the records they were about."""
        self._shapes: dict[Shape, Outline] = {}

    def begin(self) -> None:
        """A new stretch of rows: what was read for the one before is read anew."""
        self._current.clear()
        self.matcher.forget_all()

    def prepare(self, rows: Sequence[Parsed]) -> None:
        """Read in bulk what these rows will be compared with, before they are taken one by one."""
        for part, ids in self.matcher.prefetch(rows, self.active).items():
            self.read(part, ids)

    def take(self, row: Parsed) -> Outcome:
        """Do what the row says, or raise RowRefused with nothing of it done."""
        outline = self.outline(row)
        present, subjects = outline.present, outline.subjects
        problems = row.problems + ([] if outline.is_complete else list(self.blanks(row, present)))
        if not present and not problems:
            problems = [Problem(next(iter(self.targets.values())), "", SAYS_NOTHING)]
        if problems:
            raise RowRefused(problems)
        outcome = Outcome()
        if self._nothing_to_write(row, present, outcome):
            self.refuse_repeat(row, subjects, outcome)
            return outcome
        outcome = Outcome()
        try:
            with self.registry.store.transaction():
                for part in present:
                    self._write(part, row, outcome)
                self.refuse_repeat(row, subjects, outcome)
        except RowRefused:
            self.take_back(outcome)
            raise
        self.settle()
        return outcome

    def settle(self) -> None:
        """What was written stays."""
        self.matcher.settle()
        self.lines.settle()

    def settle_all(self, made: Iterable[tuple[Parsed, Outcome]]) -> None:
        """What many rows wrote stays; ``made`` are those that made something new."""
        if self.matcher.sees_all:
            self.matcher.forget_all()
        else:
            for row, outcome in made:
                self.remember(row, outcome.ids)
        self.settle()

    def recall(self, line: int, outcome: Outcome) -> None:
        """A row that was written before this run began: a later one about the same records repeats it."""
        self.lines.meet([(part, outcome.ids[part]) for part in self._subjects(list(outcome.ids))], line)
        self.lines.settle()

    # -- which parts a row has -----------------------------------------------------------------------

    def outline(self, row: Parsed) -> Outline:
        """What the row speaks of."""
        if row.outline is not None:
            return row.outline
        if not row.is_whole:
            return self._outlined(row)
        shape = tuple([(part, *said) for part, said in row.parts.items()])
        known = self._shapes.get(shape)
        if known is None:
            if len(self._shapes) > MOST_SHAPES:
                self._shapes.clear()
            known = self._shapes[shape] = self._outlined(row)
        row.outline = known
        return known

    def _outlined(self, row: Parsed) -> Outline:
        present = tuple(self.present(row))
        return Outline(present, tuple(self._subjects(present)), not any(self.blanks(row, present)))

    def present(self, row: Parsed) -> list[str]:
        """The parts that the row speaks of; one all of whose columns are blank is left out, unless its links tell.

        So is one that cannot be without a part that the row leaves blank and may.
        """
        filled = {key.partition(".")[0] for key in row.raw}
        present: list[str] = []
        for name in self.active:
            part = self.layout.parts[name]
            linked = bool(part.links) and all(p in present for p in part.links.values())
            if name in filled or (_told_by_links(part) and linked) or self._is_wanted(name, row, filled):
                present.append(name)
            if name in filled and any(self._left_blank(name, f, p, present) for f, p in part.links.items()):
                present.remove(name)
        return present

    def _is_wanted(self, name: str, row: Parsed, filled: Iterable[str]) -> bool:
        """Whether a derived part is linked to by another that the row speaks of without naming that link itself."""
        return self.layout.parts[name].is_derived and any(
            p == name and f not in row.parts.get(other, {})
            for other in filled for f, p in self.layout.parts[other].links.items()
        )  # fmt: skip

    def _left_blank(self, name: str, field: str, other: str, present: Sequence[str]) -> bool:
        """Whether a part needs another that is in the file, may be blank, and is so in this row."""
        optional = not any(column.required for column in self.layout.parts[other].columns.values())
        return other not in present and other in self.active and optional and self._is_required(name, field)

    def blanks(self, row: Parsed, present: Sequence[str]) -> Iterator[Problem]:
        failed = {p.target.key for p in row.problems if p.target}
        for key, target in self.targets.items():
            if target.required and target.part in present and key not in row.raw and key not in failed:
                yield Problem(target, "", BLANK)

    def _subjects(self, present: Sequence[str]) -> list[str]:
        """The parts a row is about: those that no other part of the row links to."""
        linked = {other for name in present for other in self.layout.parts[name].links.values()}
        return [name for name in present if name not in linked]

    # -- reading ---------------------------------------------------------------------------------------

    def _compared(self, name: str) -> tuple[str, ...]:
        """The fields of a part that a row may change."""
        own = [t.field.name for t in self.targets.values() if t.part == name and not is_number(t.field)]
        return (*own, *self.layout.parts[name].links)

    def read(self, part: str, ids: Iterable[int]) -> None:
        """Read the records that rows will be compared with."""
        entity, columns = self.layout.parts[part].entity, self._columns[part]
        wanted = [id for id in ids if (part, id) not in self._current]
        if wanted and columns:
            for record in self.registry.scope.records(self.actor, entity, wanted, columns):
                self._current[part, record.id] = (record.title, dict(record.values))

    def _values(self, part: str, row: Parsed, ids: Mapping[str, int]) -> dict[str, Any]:
        said, links = row.parts.get(part, {}), self.layout.parts[part].links
        return {**{name: ids[p] for name, p in links.items() if p in ids}, **said} if links else said

    def _to_write(self, part: str, row: Parsed, ids: Mapping[str, int]) -> dict[str, Any]:
        """The values that a record gets from the row: all but the numbers that only name it."""
        values, numbers = self._values(part, row, ids), self.numbers[part]
        return {name: value for name, value in values.items() if name not in numbers} if numbers else values

    def found(self, part: str, row: Parsed, ids: dict[str, int]) -> int | None:
        """The record that the row means by a part, None for a new one. Raises RowRefused."""
        values = self.matcher.values(part, row)
        if part in row.same:
            return row.same[part]
        self._refuse_unlinked(part, row, values, ids)
        try:
            id = self.matcher.find(part, values, ids)
        except Ambiguous:
            raise RowRefused([self.why.about(part, row, AMBIGUOUS)]) from None
        if id is None:
            self._refuse_new(part, row, self.matcher.can_tell(part, values, ids))
        return id

    def confirmed(
        self, part: str, row: Parsed, values: Mapping[str, Any], ids: Mapping[str, int], id: int | None, tells: bool
    ) -> int | None:
        """``found`` for a record that was looked up already; ``tells`` says whether the row had a key for that."""
        if part in row.same:
            return row.same[part]
        self._refuse_unlinked(part, row, values, ids)
        if id is None:
            self._refuse_new(part, row, tells or not self.matcher.must_tell[part])
        return id

    def is_choosy(self, part: str) -> bool:
        """Whether a row that has a key may still not mean a new record of a part."""
        makes = self.layout.parts[part].create and self.mode != "update"
        return bool(self._needed[part] or self.numbers[part] or not makes)

    def _refuse_unlinked(self, part: str, row: Parsed, values: Mapping[str, Any], ids: Mapping[str, int]) -> None:
        """Raises RowRefused where the row lacks a part that this one cannot be without."""
        for name, other in self._needed[part]:
            if other not in ids and name not in values:
                raise RowRefused([self.why.about(other, row, NO_PART, owner=self._label(part))])

    def _refuse_new(self, part: str, row: Parsed, can_tell: bool) -> None:
        """Raises RowRefused where the row may not mean a new record."""
        if not can_tell:
            raise RowRefused([self.why.about(part, row, CANNOT_TELL)])
        if not self.numbers[part].isdisjoint(row.parts.get(part, {})):
            raise RowRefused([self.why.about(part, row, NO_NUMBER)])
        makes = self.layout.parts[part].create
        if self.mode == "update" or not makes:
            raise RowRefused([self.why.about(part, row, NOT_THERE if makes else NOT_MADE_HERE)])

    def _differences(self, part: str, id: int, row: Parsed, ids: Mapping[str, int]) -> dict[str, Any]:
        """The values of the row that the record does not have yet."""
        if not self.layout.parts[part].update or self.mode == "insert":
            return {}
        if (part, id) not in self._current:
            self.read(part, [id])
        now = self._current.get((part, id), ("", {}))[1]
        return {name: value for name, value in self._to_write(part, row, ids).items() if now.get(name) != value}

    def _nothing_to_write(self, row: Parsed, present: Sequence[str], outcome: Outcome) -> bool:
        """Whether every record of the row is there and says the same already."""
        for part in present:
            id = self.found(part, row, outcome.ids)
            if id is None or self._differences(part, id, row, outcome.ids):
                return False
            outcome.ids[part] = id
        return True

    # -- writing ---------------------------------------------------------------------------------------

    def _write(self, part: str, row: Parsed, outcome: Outcome) -> None:
        id = self.found(part, row, outcome.ids)
        try:
            if id is None:
                outcome.ids[part] = self._create(part, row, outcome.ids)
                outcome.created |= {part}
                self.matcher.created(part, outcome.ids[part])
            else:
                outcome.ids[part] = id
                self.change(part, id, row, outcome)
        except Invalid as invalid:
            raise RowRefused(list(self.why.of(part, row, invalid))) from invalid
        except Refused as refused:
            raise RowRefused([self.why.about(part, row, refused.text)]) from refused
        self.remember(row, outcome.ids)

    def remember(self, row: Parsed, ids: dict[str, int]) -> None:
        """Later rows that say the same mean the same records."""
        values = {p: {**self._values(p, row, ids), **self.matcher.values(p, row)} for p in ids}
        self.matcher.remember(ids, values)

    def to_create(self, part: str, row: Parsed, ids: Mapping[str, int]) -> dict[str, Any]:
        """The values of the new record that a row asks for."""
        said, filled = self._to_write(part, row, ids), self.matcher.filled.of(part, row)
        if self.clears and None in said.values():
            said = {name: value for name, value in said.items() if value is not None}
        return {**filled, **said} if filled else said

    def _create(self, part: str, row: Parsed, ids: Mapping[str, int]) -> int:
        entity = self.layout.parts[part].entity
        return self.registry.store.create(self.actor, entity, self.to_create(part, row, ids), self.source)

    def change(self, part: str, id: int, row: Parsed, outcome: Outcome) -> None:
        differences = self._differences(part, id, row, outcome.ids)
        entity = self.layout.parts[part].entity
        if not differences or not self.registry.store.update(self.actor, entity, id, differences, self.source):
            return
        title, now = self._current.get((part, id), ("", {}))
        outcome.updated |= {part}
        outcome.changes += tuple(
            Change(row.line, entity, id, title, name, now.get(name), value) for name, value in differences.items()
        )
        for other, spec in self.layout.parts.items():
            if spec.entity == entity:
                self._current.pop((other, id), None)

    def take_back(self, outcome: Outcome) -> None:
        """What the row wrote was rolled back: forget what was read or remembered meanwhile."""
        self.matcher.forget()
        self.lines.forget()
        for part, id in outcome.ids.items():
            self._current.pop((part, id), None)

    def refuse_repeat(self, row: Parsed, subjects: Sequence[str], outcome: Outcome) -> None:
        """Raises RowRefused where an earlier row was about the same records, or they exist and may not."""
        first = self.lines.meet([(part, outcome.ids[part]) for part in subjects], row.line)
        if first:
            raise RowRefused([self.why.about(subjects[0], row, REPEATS, line=row.line, first=first)])
        if self.mode == "insert" and outcome.created.isdisjoint(subjects):
            part = subjects[0]
            titles = self.registry.scope.titles(self.actor, self.layout.parts[part].entity, [outcome.ids[part]])
            raise RowRefused([self.why.about(part, row, EXISTS, title=titles.get(outcome.ids[part], ""))])

    # -- parts -----------------------------------------------------------------------------------------

    def _label(self, part: str) -> Text:
        return self.registry.schema.entities[self.layout.parts[part].entity].label

    def _is_required(self, part: str, name: str) -> bool:
        return self.registry.schema.entities[self.layout.parts[part].entity].fields[name].required


def _told_by_links(part: LayoutPart) -> bool:
    """Whether the records that a part links to are enough to tell which record it is."""
    return bool(part.links) and any(
        not match.via and set(match.by) <= set(part.links) | set(part.set) for match in part.match
    )
