"""Which existing record each part of a row means: read in bulk, a stretch of rows at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from models.actor import Actor
from models.storage.rows import among_keys
from schema.expressions import evaluate
from schema.spec_layouts import Layout, LayoutMatch, LayoutPart
from transfer.filled import Filled
from transfer.layout import must_tell
from transfer.rows import Parsed

if TYPE_CHECKING:
    from models import Registry

Key = tuple[Any, ...]
Values = dict[str, Any]


class Ambiguous(LookupError):
    """More than one record answers to the values of a row."""


@dataclass(slots=True)
class Known:
    """What is known of one way to match: the ids by key, and every key that has been asked for."""

    ids: dict[Key, list[int]] = field(default_factory=dict)
    asked: set[Key] = field(default_factory=set)

    def add(self, key: Key, id: int) -> None:
        found = self.ids.setdefault(key, [])
        if id not in found:
            found.append(id)


class Way:
    """One way to match a part: how a row's key is made of its values and of the ids of its other parts."""

    def __init__(self, number: int, match: LayoutMatch, part: LayoutPart, optional: frozenset[str]) -> None:
        """``optional`` are the fields that may be blank: beside a link, which already says where to look, a field that
        may be blank agrees with a blank."""
        self.number, self.match = number, match
        self.around = tuple(match.via_where.values())
        """The parts whose records the key holds first."""
        self._own = tuple((name, part.links.get(name), name in optional) for name in match.by)
        self._is_plain = bool(match.by) and not (self.around or optional or set(match.by) & set(part.links))
        self.around += tuple(other for _name, other, _ in self._own if other is not None)

    def key(self, values: Values, ids: Mapping[str, int]) -> Key | None:
        """The key of a row; None where it does not say enough."""
        if self._is_plain:
            key: Key = tuple(map(values.get, self.match.by))
            return key if key and None not in key else None
        around = [ids.get(other) for other in self.match.via_where.values()]
        own = [values.get(name) if other is None else ids.get(other) for name, other, _ in self._own]
        needed = [v for v, (_name, _other, is_optional) in zip(own, self._own, strict=True) if not is_optional]
        said = not own or any(v is not None for v in own)
        return (*around, *own) if said and None not in (*around, *needed) else None


class Matcher:
    """Finds records for one import and one actor; knows also those that the import itself has made."""

    def __init__(self, registry: Registry, actor: Actor, layout: Layout) -> None:
        self.registry, self.actor, self.layout = registry, actor, layout
        self.filled = Filled(registry, actor, layout)
        self.usable = {name: self._usable(part) for name, part in layout.parts.items()}
        self._optional = {
            (name, match.by, match.via): self._may_be_blank(part, match)
            for name, part in layout.parts.items()
            for match in part.match
        }
        self._known: dict[tuple[str, int], Known] = {}
        self._made: list[tuple[Known, Key, int]] = []
        self._fresh: set[tuple[str, int]] = set()
        self._new: set[tuple[str, int]] = set()
        """(entity, id) of records the import has created: nothing in the database points at them yet."""
        self._ways = {
            name: [Way(n, match, part, self._optional[name, match.by, match.via]) for n, match in self.usable[name]]
            for name, part in layout.parts.items()
        }
        self.must_tell = {name: must_tell(registry.schema, layout, part) for name, part in layout.parts.items()}
        """Whether a row has to say which record of a part it means."""
        self.sees_all = all(self._reads_all(entity) for entity in self._entities())

    def forget_all(self) -> None:
        """Ask the database anew from now on, so that a million rows need no more memory than a few.

        Not for those who make records that they may not read: nobody could tell them again.
        """
        if self.sees_all:
            self._known.clear()
            self._new.clear()

    def find(self, part: str, values: Values, ids: dict[str, int]) -> int | None:
        """The record that ``values`` and the ids of the other parts mean, or None. Raises Ambiguous."""
        for number, match in self.usable[part]:
            key = self._key(part, match, values, ids)
            if key is None:
                continue
            known = self._known.setdefault((part, number), Known())
            if key not in known.asked and not self._around_new(part, match, ids):
                self._fetch(part, match, known, [key])
            found = known.ids.get(key, ())
            if len(found) > 1:
                raise Ambiguous
            if found:
                return found[0]
        return None

    def look_up(
        self, part: str, values: Sequence[Values], ids: Sequence[dict[str, int]]
    ) -> tuple[list[int | None], list[list[tuple[int, Key]]]]:
        """``find`` and ``keys`` for many rows, in one query for each way to match. Raises Ambiguous."""
        found: list[int | None] = [None] * len(values)
        keys: list[list[tuple[int, Key]]] = [[] for _ in values]
        for way in self._ways[part]:
            known = self._known.setdefault((part, way.number), Known())
            mine = [way.key(said, here) for said, here in zip(values, ids, strict=True)]
            self._ask(part, way, known, mine, ids)
            for at, key in enumerate(mine):
                if key is None:
                    continue
                keys[at].append((way.number, key))
                there = known.ids.get(key)
                if there and found[at] is None:
                    if len(there) > 1:
                        raise Ambiguous
                    found[at] = there[0]
        return found, keys

    def _ask(
        self, part: str, way: Way, known: Known, keys: Sequence[Key | None], ids: Sequence[dict[str, int]]
    ) -> None:
        """Ask for those of ``keys`` that were not asked for, and about which the database may know something."""
        wanted = {key for key in keys if key is not None}
        if way.around and (self._new or self._fresh):
            wanted = {
                key for key, here in zip(keys, ids, strict=True)
                if key is not None and not self._around_new(part, way.match, here)
            }  # fmt: skip
        if missing := list(wanted - known.asked):
            self._fetch(part, way.match, known, missing)

    def keys(self, part: str, values: Values, ids: dict[str, int]) -> list[tuple[int, Key]]:
        """Every key by which a row's record could be found: two rows that share one mean the same record."""
        found = ((number, self._key(part, match, values, ids)) for number, match in self.usable[part])
        return [(number, key) for number, key in found if key is not None]

    def can_tell(self, part: str, values: Values, present: Iterable[str]) -> bool:
        """Whether the row says enough for at least one way to match, as far as it must."""
        if not self.must_tell[part]:
            return True
        ids = dict.fromkeys(present, 0)
        return any(self._key(part, match, values, ids) is not None for _, match in self.usable[part])

    def prefetch(self, rows: Sequence[Parsed], active: Iterable[str]) -> dict[str, set[int]]:
        """Asks for everything that these rows will look for, a few queries a part; the ids found, by part."""
        ids: list[dict[str, int]] = [{} for _ in rows]
        for part in active:
            for number, match in self.usable[part]:
                known = self._known.setdefault((part, number), Known())
                keys = {
                    key for row, mine in zip(rows, ids, strict=True)
                    if (key := self._key(part, match, self.values(part, row), mine)) is not None
                }  # fmt: skip
                missing = [key for key in keys if key not in known.asked]
                if missing:
                    self._fetch(part, match, known, missing)
            for row, mine in zip(rows, ids, strict=True):
                try:
                    found = self.find(part, self.values(part, row), mine)
                except Ambiguous:
                    continue
                if found is not None:
                    mine[part] = found
        return {part: {mine[part] for mine in ids if part in mine} for part in active}

    def values(self, part: str, row: Parsed) -> Values:
        """What the row and the layout's constants say of a part, links left out."""
        said, given = row.parts.get(part, {}), self.filled.of(part, row)
        return {**given, **said} if given else said

    def remember(self, ids: dict[str, int], values: dict[str, Values]) -> None:
        """The records of a row just written answer from now on; ``forget`` takes back those since ``settle``."""
        for part, id in ids.items():
            for number, match in self.usable[part]:
                key = self._key(part, match, values[part], ids)
                if key is None or (match.via and not self._joined(part, match, ids)):
                    continue
                if not self._holds(part, match, values):
                    continue
                known = self._known.setdefault((part, number), Known())
                if id not in known.ids.get(key, ()):
                    known.add(key, id)
                    self._made.append((known, key, id))

    def created(self, part: str, id: int) -> None:
        """The row made this record."""
        self._fresh.add((self.layout.parts[part].entity, id))

    def settle(self) -> None:
        """The row stays: what was remembered stays."""
        self._made.clear()
        self._new |= self._fresh
        self._fresh.clear()

    def forget(self) -> None:
        """The row was taken back: what it made is not there."""
        for known, key, id in self._made:
            known.ids[key].remove(id)
        self._made.clear()
        self._fresh.clear()

    def _usable(self, part: LayoutPart) -> list[tuple[int, LayoutMatch]]:
        """The ways to match that ask only for fields the actor may see: a hidden value answers no question."""
        is_clear = self.registry.access.is_clear
        return [
            (number, match) for number, match in enumerate(part.match)
            if all(is_clear(self.actor, part.entity, name) for name in match.by)
            and (not match.via or self.registry.access.may(self.actor, match.via, "read"))
        ]  # fmt: skip

    def _may_be_blank(self, part: LayoutPart, match: LayoutMatch) -> frozenset[str]:
        """The fields of a way to match that need no value: those not required, where a link narrows it too."""
        if match.via or not set(match.by) & set(part.links):
            return frozenset()
        fields = self.registry.schema.entities[part.entity].fields
        return frozenset(name for name in match.by if name not in part.links and not fields[name].required)

    def _key(self, part: str, match: LayoutMatch, values: Values, ids: dict[str, int]) -> Key | None:
        """The key of a row under one way to match; None where the row does not say enough."""
        return next(way for way in self._ways[part] if way.match is match).key(values, ids)

    def _entities(self) -> set[str]:
        """The entities in which records are looked for."""
        parts = self.layout.parts.values()
        return {part.entity for part in parts} | {match.via for part in parts for match in part.match if match.via}

    def _reads_all(self, entity: str) -> bool:
        return self.registry.access.verdict(self.actor, entity, "read").everything

    def _around_new(self, part: str, match: LayoutMatch, ids: dict[str, int]) -> bool:
        """Whether the key holds a record that this import made, so that only what it remembers can answer."""
        links = self.layout.parts[part].links
        others = {*match.via_where.values(), *(links[name] for name in match.by if name in links)}
        around = {(self.layout.parts[other].entity, ids[other]) for other in others if other in ids}
        return not around.isdisjoint(self._new) or not around.isdisjoint(self._fresh)

    def _joined(self, part: str, match: LayoutMatch, ids: dict[str, int]) -> bool:
        """Whether the row itself made or found the record through which ``match`` goes."""
        for name, other in self.layout.parts.items():
            if name in ids and other.entity == match.via and other.links.get(match.via_link) == part:
                return all(other.links.get(f) == p for f, p in match.via_where.items())
        return False

    def _holds(self, part: str, match: LayoutMatch, values: dict[str, Values]) -> bool:
        """Whether what the row says leaves ``that`` of a way to match true; what it does not say stands open."""
        if match.that is None:
            return True
        at = next((n for n, p in self.layout.parts.items() if p.entity == match.via), part) if match.via else part
        said = values.get(at, {})
        if not any(path in said for path in match.that.paths):
            return True
        record = {path: said.get(path) for path in match.that.paths}
        return evaluate(match.that, record, self.registry.store.environments.of(self.actor)) is True

    def _fetch(self, part: str, match: LayoutMatch, known: Known, keys: Sequence[Key]) -> None:
        """Ask the database for ``keys``: every field among the values wanted, which is a little more than needed."""
        entity = self.layout.parts[part].entity
        scope = self.registry.scope
        model: Any = self.registry.models[entity]
        columns = [getattr(model, name) for name in match.by]
        conditions = [scope.condition(self.actor, entity)]
        if match.via:
            through: Any = self.registry.models[match.via]
            columns = [getattr(through, name) for name in match.via_where] + columns
            conditions.append(scope.condition(self.actor, match.via))
            if match.that is not None:
                conditions.append(scope.sql_condition(self.actor, match.that, through))
            query = through.select(model.id, *columns).join_from(
                through,
                model,
                on=getattr(through, match.via_link) == model.id,
            )
        else:
            query = model.select(model.id, *columns)
            if match.that is not None:
                conditions.append(scope.sql_condition(self.actor, match.that, model))
        conditions.append(self._among(columns, keys))
        for condition in conditions:
            query = query if condition is None else query.where(condition)
        for row in query.tuples():
            known.add(tuple(row[1:]), row[0])
        known.asked.update(keys)

    def _among(self, columns: Sequence[Any], keys: Sequence[Key]) -> Any:
        """That ``columns`` are one of ``keys``; with blanks in them, that each is one of its values, which is more."""
        if all(None not in key for key in keys):
            return among_keys(columns, keys, sqlite=self.registry.scope.sqlite)
        found = None
        for column, wanted in zip(columns, zip(*keys, strict=True), strict=True):
            values = set(wanted)
            among = column.in_([v for v in values if v is not None])
            among = among | column.is_null() if None in values else among
            found = among if found is None else found & among
        return found
