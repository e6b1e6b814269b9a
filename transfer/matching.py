"""Which existing record each part of a row means: read in bulk, a stretch of rows at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from models.actor import Actor
from schema.expressions import evaluate
from schema.spec import Layout, LayoutMatch, LayoutPart
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
        """(entity, id) of every record the import has created: nothing in the database points at it yet."""

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

    def keys(self, part: str, values: Values, ids: dict[str, int]) -> list[tuple[int, Key]]:
        """Every key by which a row's record could be found: two rows that share one mean the same record."""
        found = ((number, self._key(part, match, values, ids)) for number, match in self.usable[part])
        return [(number, key) for number, key in found if key is not None]

    def can_tell(self, part: str, values: Values, present: Iterable[str]) -> bool:
        """Whether the row says enough for at least one way to match, as far as it must."""
        if not must_tell(self.registry.schema, self.layout, self.layout.parts[part]):
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
        """The key of a row under one way to match; None where the row does not say enough.

        Beside a link, a field that may be blank agrees with a blank: the link already says where to look.
        """
        links = self.layout.parts[part].links
        around = [ids.get(other) for other in match.via_where.values()]
        own = [ids.get(links[name]) if name in links else values.get(name) for name in match.by]
        needed = around + [
            v for name, v in zip(match.by, own, strict=True) if name not in self._optional[part, match.by, match.via]
        ]
        said = not own or any(v is not None for v in own)
        return (*around, *own) if said and None not in needed else None

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
        for column, wanted in zip(columns, zip(*keys, strict=True), strict=True):
            values = set(wanted)
            among = column.in_([v for v in values if v is not None])
            conditions.append(among | column.is_null() if None in values else among)
        for condition in conditions:
            query = query if condition is None else query.where(condition)
        for row in query.tuples():
            known.add(tuple(row[1:]), row[0])
        known.asked.update(keys)
