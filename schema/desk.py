"""What the compile steps share: the names there are, and the problems found so far."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from schema.document_fields import FieldPart
from schema.expressions import Naming
from schema.names import spelled_out
from schema.problems import Path, Problem, path_words, unknown
from schema.source import Source
from schema.spec import SYSTEM_FIELDS, Choice, Position
from schema.text import Text, same
from schema.types.base import FieldType
from schema.written import WordsPart, say

EVERYONE = "*"

ROLE = Text("角色", "role")
ENTITY = Text("实体", "entity")
FIELD = Text("字段", "field")
LIST = Text("选项表", "choice list")
MENU = Text("菜单", "menu")


@dataclass(slots=True)
class FieldDraft:
    """A field on its way: as written, and its type once that is known."""

    entity: str
    name: str
    part: FieldPart
    type: FieldType | None = None

    @property
    def path(self) -> Path:
        return self.part.path

    @property
    def system(self) -> bool:
        return self.name in SYSTEM_FIELDS

    @property
    def target(self) -> str:
        """The entity a ref or refs field points at, or ''."""
        return str(getattr(self.type.options, "to", "")) if self.type is not None else ""


@dataclass(slots=True)
class Desk:
    """Names as written (also of what is broken, so that one mistake is said once), drafts and problems."""

    source: Source
    roles: tuple[str, ...] = ()
    menus: tuple[str, ...] = ()
    calendars: tuple[str, ...] = ()
    choices: dict[str, Mapping[str, Choice]] = field(default_factory=dict)
    codes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Choice list → its codes, as written."""
    entities: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Entity → names of its fields, as written."""
    drafts: dict[str, dict[str, FieldDraft]] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    """Entity whose records are places → the ref field to what they lie within, '' for none."""
    lost: set[Text] = field(default_factory=set)
    """Sorts of names that could not be read at all, so that none of them is called unknown."""
    naming: Naming | None = None
    """The names expressions may use, once all drafts are there."""
    problems: list[tuple[Problem, tuple[str, ...]]] = field(default_factory=list)
    wrong: set[Path] = field(default_factory=set)

    def say(self, path: Path, message: Text, key: bool = False) -> None:
        """Notes a problem at the value of ``path``, or at its key."""
        place = self.source.place(path)
        self.say_at(place.key if key else place.value, path, message)

    def say_at(self, position: Position, path: Path, message: Text, about: tuple[str, ...] = ()) -> None:
        """Notes a problem; those ``about`` the same misspelt thing become one line."""
        self.wrong.add(path)
        self.problems.append((Problem(position, path_words(path), message), about))

    def sound(self, path: Path) -> bool:
        """Nothing wrong has been found in ``path``."""
        return not any(bad[: len(path)] == path for bad in self.wrong)

    def misses(
        self, path: Path, what: Text, name: str, known: Collection[str], about: tuple[str, ...] = (), key: bool = False
    ) -> bool:
        """Whether ``name`` is not among ``known``; then that is a problem."""
        if name in known or what in self.lost:
            return False
        place = self.source.place(path)
        words = unknown(what, name, known)
        self.say_at(place.key if key else place.value, path, words, (str(what), *about, name))
        return True

    def no_entity(self, path: Path, name: str) -> bool:
        """Whether there is no such entity, which is then said."""
        return self.misses(path, ENTITY, name, self.entities)

    def no_field(self, path: Path, entity: str, name: str, also: Iterable[str] = (), key: bool = False) -> bool:
        """Whether the entity has no such field, which is then said (but not of one that lost all its fields)."""
        if not self.entities[entity]:
            return False
        return self.misses(path, FIELD, name, (*self.entities[entity], *SYSTEM_FIELDS, *also), (entity,), key)

    def some_fields(self, path: Path, entity: str, names: Iterable[str], also: Iterable[str] = ()) -> tuple[str, ...]:
        """Those of ``names`` (a list at ``path``) that are fields of the entity; the others are said."""
        return tuple(n for i, n in enumerate(names) if not self.no_field((*path, i), entity, n, also))

    def some_roles(self, path: Path, names: Iterable[str]) -> frozenset[str]:
        """The roles named in a list at ``path``; ``*`` is all of them."""
        found: set[str] = set()
        for i, name in enumerate(names):
            if name == EVERYONE:
                found.update(self.roles)
            elif not self.misses((*path, i), ROLE, name, self.roles):
                found.add(name)
        return frozenset(found)

    def no_choice_list(self, path: Path, name: str) -> bool:
        """Whether there is no such choice list, which is then said."""
        return self.misses(path, LIST, name, self.choices)

    def draft(self, entity: str, name: str) -> FieldDraft | None:
        """A field with a usable type, or None where it is broken (which has been said)."""
        found = self.drafts.get(entity, {}).get(name)
        return found if found is not None and found.type is not None else None

    def found(self) -> list[Problem]:
        """All problems in the order of the files; the same misspelt name is one problem with its places."""
        order = {name: n for n, name in enumerate(self.source.files)}

        def rank(item: tuple[Problem, tuple[str, ...]]) -> tuple[int, int, int]:
            position = item[0].position
            return order.get(position.file, 0), position.line, position.column

        ranked = sorted([*((p, ()) for p in self.source.problems), *self.problems], key=rank)
        first: dict[tuple[str, ...], Problem] = {}
        also: dict[tuple[str, ...], list[Position]] = {}
        lines: list[tuple[Problem, tuple[str, ...]]] = []
        for problem, about in ranked:
            if about and about in first:
                also.setdefault(about, []).append(problem.position)
            elif (problem, about) not in lines:
                lines.append((problem, about))
                if about:
                    first[about] = problem
        return [_with_places(problem, also.get(about, [])) for problem, about in lines]


def _with_places(problem: Problem, places: list[Position]) -> Problem:
    if not places:
        return problem
    words = Text("{said}（还有 {places}）", "{said} (also at {places})")
    spots = ", ".join(f"{p.line}:{p.column}" if p.file == problem.position.file else str(p) for p in places)
    return replace(problem, message=words.with_(said=problem.message, places=spots))


def label(words: WordsPart | None, name: str) -> Text:
    """A label as written, or the name spelled out."""
    return say(words) if words is not None else same(spelled_out(name))
