"""New records that may be there already, or twice in the file: the same phone, the same number, a like name."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from models.actor import Actor
from schema.spec import Entity, Field
from schema.text import Text
from transfer.likeness import folded, nearly, sounding
from transfer.results import Alike
from transfer.rows import Parsed
from transfer.writing import Outcome

if TYPE_CHECKING:
    from models import Registry
    from transfer.preparation import Preparation

TELLING = frozenset({"phone", "id_number"})
"""Types of field that hardly two people share."""
SAME_TITLE = Text("名称相同", "the same name")
SAME_SOUND = Text("名称同音", "a name that sounds the same")
NEARLY = Text("名称只差一个字", "a name but one character apart")
BY_NAME = (SAME_TITLE, SAME_SOUND, NEARLY)
MOST = 200
"""Likely doubles that are told, the likeliest first."""
MOST_PEOPLE = 20_000
"""New records of a kind that are held against each other and whose names are held against those there."""
MOST_THERE = 200_000
"""Records that are there with whose names they are compared: the newest. Phones and numbers are looked up among all."""
_FEW = 8
"""Of those that share a key, how many are looked at."""
Telling = tuple[Any, ...]
"""The values of the telling fields."""


@dataclass(frozen=True, slots=True)
class _New:
    """A record that a row makes: its title, its folded name, what it says in the telling fields, and as it is spelt."""

    line: int
    title: str
    name: str
    telling: Telling
    spelt: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _There:
    """A record that was there before, 0 for one of the file that line ``line`` makes."""

    id: int
    title: str
    telling: Telling
    line: int = 0


@dataclass(slots=True)
class _Kind:
    """What is gathered of one part: its telling fields, those that make up the name, and the new records."""

    part: str
    entity: Entity
    telling: list[Field]
    named: list[Field]
    people: list[_New] = field(default_factory=list)
    said: dict[tuple[int, Any], _New] = field(default_factory=dict)
    """(telling field, value) → the first line that said so."""


class Alikes:
    """Looks for the doubles of one import. ``made`` are the ids by entity that the import itself created."""

    def __init__(
        self, registry: Registry, actor: Actor, preparation: Preparation, made: Mapping[str, Container[int]]
    ) -> None:
        self.registry, self.actor, self.preparation, self.made = registry, actor, preparation, made
        self._kinds = list(self._of_layout())
        self._certain: list[Alike] = []

    @property
    def telling(self) -> dict[str, list[Field]]:
        """The fields that tell people apart, as far as the actor may see them, by part."""
        return {kind.part: kind.telling for kind in self._kinds}

    def _of_layout(self) -> Iterator[_Kind]:
        is_clear = self.registry.access.is_clear
        for name, part in self.preparation.layout.parts.items():
            spec = self.registry.schema.entities[part.entity]
            clear = [f for f in spec.fields.values() if is_clear(self.actor, spec.name, f.name)]
            telling = [f for f in clear if f.type.name in TELLING]
            in_title = {piece.field for piece in spec.title}
            if telling:
                yield _Kind(name, spec, telling, [f for f in clear if f.type.name == "text" and f.name in in_title])

    # -- while rows are tried ------------------------------------------------------------------------

    def note(self, rows: Iterable[Parsed], taken: Mapping[int, Outcome]) -> None:
        """Look at the rows that were just taken and made something new."""
        rows = [row for row in rows if row.line in taken]
        for kind in self._kinds:
            new = [row for row in rows if kind.part in taken[row.line].created]
            if new and len(self._certain) < MOST:
                self._note(kind, new, {row.line: taken[row.line].ids[kind.part] for row in new})

    def _note(self, kind: _Kind, rows: list[Parsed], ids: Mapping[int, int]) -> None:
        titles = self.registry.scope.titles(self.actor, kind.entity.name, ids.values())
        people = [_person(kind, row, titles.get(ids[row.line], "")) for row in rows]
        known = {at: self._known(kind, at, {p.telling[at] for p in people}) for at in range(len(kind.telling))}
        for person in people:
            is_open = (person.line, kind.part) not in self.preparation.options.same
            double = self._certain_double(kind, person, known) if is_open else None
            if double is not None:
                self._certain.append(double)
            elif is_open and person.name and len(kind.people) < MOST_PEOPLE:
                kind.people.append(person)
            if len(kind.said) < MOST_PEOPLE:
                for at, value in enumerate(person.telling):
                    kind.said.setdefault((at, value), person)

    def _certain_double(
        self, kind: _Kind, person: _New, known: Mapping[int, Mapping[Any, _There]]
    ) -> Alike | None:  # fmt: skip
        """The record, or the earlier line, that says the same in a telling field."""
        for at, value in enumerate(person.telling):
            there = known[at].get(value) if value else None
            earlier = kind.said.get((at, value)) if value else None
            if there is None and earlier is not None:
                there = _There(0, earlier.title, earlier.telling, earlier.line)
            if there is not None:
                return self._alike(kind, person, there, kind.telling[at].label, person.spelt[at])
        return None

    def _known(self, kind: _Kind, at: int, values: Set[Any]) -> dict[Any, _There]:
        """The records within sight that were there before and say one of ``values`` in a telling field, by it."""
        wanted = [value for value in values if value]
        if not wanted:
            return {}
        model: Any = self.registry.models[kind.entity.name]
        column = getattr(model, kind.telling[at].name)
        rows = [row for row in self._rows(kind, column.in_(wanted)) if row[0] not in self._own(kind)]
        titles = self.registry.scope.titles(self.actor, kind.entity.name, [row[0] for row in rows])
        found: dict[Any, _There] = {}
        for id, *values_of in rows:
            telling = tuple(values_of[: len(kind.telling)])
            found.setdefault(telling[at], _There(id, titles.get(id, ""), telling))
        return found

    def _rows(self, kind: _Kind, condition: Any = None, most: int | None = None) -> Iterable[tuple[Any, ...]]:
        """(id, telling values, name fields) of the records within sight, or of the ``most`` newest of them."""
        model: Any = self.registry.models[kind.entity.name]
        columns = [model.id, *(getattr(model, f.name) for f in (*kind.telling, *kind.named))]
        query = model.select(*columns)
        within = self.registry.scope.condition(self.actor, kind.entity.name)
        for part in (condition, within):
            query = query if part is None else query.where(part)
        query = query.order_by(model.id) if most is None else query.order_by(model.id.desc()).limit(most)
        found: Iterable[tuple[Any, ...]] = query.tuples().iterator()
        return found

    def _own(self, kind: _Kind) -> Container[int]:
        return self.made.get(kind.entity.name, ())

    # -- when all rows were tried --------------------------------------------------------------------

    def found(self) -> list[Alike]:
        """The likely doubles, the likeliest first, then as they stand in the file; at most MOST."""
        by_name: list[tuple[int, Alike]] = []
        for kind in self._kinds:
            if kind.named and kind.people and len(self._certain) < MOST:
                by_name += self._by_name(kind)
        by_name.sort(key=lambda one: (one[0], one[1].line))
        return (self._certain + [one for _rank, one in by_name])[:MOST]

    def _by_name(self, kind: _Kind) -> Iterator[tuple[int, Alike]]:
        found = _Names(kind.people)
        for id, *values in self._rows(kind, most=MOST_THERE):
            name = folded("".join(filter(None, values[len(kind.telling) :])))
            if name and id not in self._own(kind):
                found.hold_against(name, _There(id, "", tuple(values[: len(kind.telling)])))
        found.hold_against_each_other(kind.people)
        best = sorted(found.best.values(), key=lambda one: (one[0], one[1].line))[:MOST]
        ids = [there.id for _rank, _person, there in best if there.id]
        titles = self.registry.scope.titles(self.actor, kind.entity.name, ids)
        for rank, person, there in best:
            known = _There(there.id, titles.get(there.id, there.title), there.telling, there.line)
            yield rank, self._alike(kind, person, known, BY_NAME[rank], "")

    def _alike(self, kind: _Kind, person: _New, there: _There, because: Text, value: str) -> Alike:
        parts = self.preparation.layout.parts.values()
        alone = not any(kind.part in part.links.values() for part in parts)
        return Alike(
            person.line, kind.part, kind.entity.name, person.title, there.id, there.title, because, value, there.line,
            alone,
        )  # fmt: skip


class _Names:
    """New people by the keys of their names; ``best`` is line → (0 same, 1 sounds so, 2 nearly; who; who it may be)."""

    def __init__(self, people: Iterable[_New]) -> None:
        self.best: dict[int, tuple[int, _New, _There]] = {}
        self._sounds: dict[str, list[_New]] = {}
        self._nearly: dict[str, list[_New]] = {}
        for person in people:
            self._sounds.setdefault(sounding(person.name), []).append(person)
            for key in nearly(person.name):
                self._nearly.setdefault(key, []).append(person)

    def hold_against(self, name: str, there: _There) -> None:
        """Note the new people whose name is like ``name`` and who say nothing that ``there`` denies."""
        for person in self._sounds.get(sounding(name), ())[:_FEW]:
            self._better(0 if person.name == name else 1, person, there)
        for key in nearly(name):
            for person in self._nearly.get(key, ())[:_FEW]:
                self._better(2, person, there)

    def hold_against_each_other(self, people: Iterable[_New]) -> None:
        """Note the new people who have a like name as one of an earlier line."""
        for person in people:
            alike = self._sounds.get(sounding(person.name), ())[:_FEW]
            near = [other for key in nearly(person.name) for other in self._nearly.get(key, ())[:_FEW]]
            for rank, other in [*((0 if o.name == person.name else 1, o) for o in alike), *((2, o) for o in near)]:
                if other.line < person.line:
                    self._better(rank, person, _There(0, other.title, other.telling, other.line))

    def _better(self, rank: int, person: _New, there: _There) -> None:
        known = self.best.get(person.line)
        if (known is None or rank < known[0]) and not _differ(person.telling, there.telling):
            self.best[person.line] = (rank, person, there)


def _person(kind: _Kind, row: Parsed, title: str) -> _New:
    said = row.parts.get(kind.part, {})
    name = folded("".join(str(said.get(f.name) or "") for f in kind.named))
    spelt = tuple(row.raw.get(f"{kind.part}.{f.name}", "") for f in kind.telling)
    return _New(row.line, title, name, tuple(said.get(f.name) for f in kind.telling), spelt)


def _differ(one: Telling, other: Telling) -> bool:
    """Whether two records say different things in a telling field."""
    return any(a and b and a != b for a, b in zip(one, other, strict=True))
