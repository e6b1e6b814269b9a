"""What happened at a place: for each line of the schema a walk along its index, put together by moment, newest first.

Every walk goes through the reader's scope of the records, of what the way to the place goes over, and only over fields
that they see in clear; so neither a row nor a count tells of what they may not see.
"""

# ruff: noqa: S608 -- tables and columns are named by the checked schema; every value is bound

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from itertools import islice
from typing import TYPE_CHECKING, Any

import peewee

from models.actor import Actor
from models.query import pack, unpack
from models.reads.paging import both, checked
from schema.spec import Schema
from schema.spec_places import Happening, Way

if TYPE_CHECKING:
    from models.reads.scope import Scope

Cursor = tuple[datetime, str, int]
"""The place of a row in the history: its moment, its line, its id; all fall."""


@dataclass(frozen=True, slots=True)
class Happened:
    """A row of a history: record ``id`` tells ``line``. ``has_time`` is False where only the day is known.

    ``within`` is the place inside the page's own at which it happened, as (entity, id); None where that is all that is
    known.
    """

    line: Happening
    id: int
    moment: datetime
    has_time: bool
    within: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Rows of a history, newest first; ``older`` is the cursor of the next page, '' where it is the last."""

    rows: tuple[Happened, ...]
    older: str


@dataclass(frozen=True, slots=True)
class Walk:
    """One line over one way: rows of ``model`` for which ``condition`` holds, in the order of ``at`` and id."""

    line: Happening
    model: Any
    at: Any
    inner: tuple[tuple[str, Any], ...]
    """Places inside the one asked for: (entity, column), the nearest first."""
    condition: Any

    @property
    def is_daily(self) -> bool:
        return isinstance(self.at, peewee.DateField)


class Happenings:
    """The history of places, for an actor."""

    def __init__(self, scope: Scope) -> None:
        self.scope, self.schema, self.clock = scope, scope.schema, scope.clock
        self._lines = lines_by_place(scope.schema)

    def lines(self, actor: Actor, place: str) -> list[Happening]:
        """What may be told of a place of this entity to the actor, in the schema's order."""
        return [line for line in self._lines.get(place, ()) if self._ways(actor, line, place)]

    def page(
        self, actor: Actor, place: str, id: int, lines: Sequence[Happening], size: int, cursor: str = "", year: int = 0
    ) -> HistoryPage:  # fmt: skip
        """The newest ``size`` rows of ``lines`` behind ``cursor`` (a bad one begins at the start), of a year or all.

        The place itself has been read through the scope. One statement a line and way, whatever their number of rows.
        """
        behind = self._cursor(cursor)
        low, high = self._bounds(year)
        found: list[Happened] = []
        for walk in self._walks(actor, place, id, lines):
            found += self._rows(walk, size + 1, behind, low, high)
        found.sort(key=_position, reverse=True)
        more = len(found) > size
        return HistoryPage(tuple(found[:size]), _packed(found[size - 1]) if more else "")

    def firsts(self, actor: Actor, place: str, id: int) -> dict[Happening, int]:
        """The lines that tell the actor anything of this place, each with the year of its first row."""
        found: dict[Happening, int] = {}
        _low, high = self._bounds(0)
        for walk in self._walks(actor, place, id, self.lines(actor, place)):
            query = _select(walk).where(self._until(walk, high)).order_by(walk.at.asc(), walk.model.id.asc()).limit(1)
            for row in query.tuples():
                year = self._moment(row[1])[0].astimezone(self.clock.zone).year
                found[walk.line] = min(year, found.get(walk.line, year))
        return found

    # -- walks -------------------------------------------------------------------------------------

    def _walks(self, actor: Actor, place: str, id: int, lines: Iterable[Happening]) -> Iterator[Walk]:
        """A walk for each line and way; of several ways to one place, each leaves out what those before it tell.

        Lines of which no record is at the place are passed over, so that a page costs what happens there.
        """
        wanted = list(lines)
        there = self._found_at(place, id, {(line.entity, way.column) for line in wanted for way in line.ways
                                           if way.place == place})  # fmt: skip
        for line in wanted:
            if not any((line.entity, way.column) in there for way in line.ways):
                continue
            model = self.scope.models[line.entity]
            opened = self._opened(actor, line.entity, model)
            timed = self._over_links(actor, line.entity, model, line.at_path)
            told: list[Any] = []
            for way in self._ways(actor, line, place):
                if (line.entity, way.column) not in there:
                    continue
                here, over = getattr(model, way.column) == id, self._over_links(actor, line.entity, model, way.path)
                rest = [checked(part) for part in (opened, timed, over) if part is not None]
                condition = reduce(operator.and_, [*rest, *map(failing, told)], here)
                told.append(here if over is None else here & over)
                yield Walk(line, model, getattr(model, line.at), tuple(self._inner(actor, line, way, model)), condition)

    def _found_at(self, place: str, id: int, columns: set[tuple[str, str]]) -> set[tuple[str, str]]:
        """Those of these (entity, column) in which any record has the place: one statement of one seek each."""
        asked = sorted(columns)
        if not asked:
            return set()
        database = self.scope.search.db
        exists = ", ".join(self._exists(*one) for one in asked)
        row = database.execute_sql(f"SELECT {exists}".replace("?", database.param), [id] * len(asked)).fetchone()
        return {one for one, is_there in zip(asked, row, strict=True) if is_there}

    def _exists(self, entity: str, column: str) -> str:
        meta = self.scope.models[entity]._meta
        name = meta.fields[column].column_name
        return f'EXISTS(SELECT 1 FROM "{meta.table_name}" WHERE "{name}" = ?)'

    def _ways(self, actor: Actor, line: Happening, place: str) -> list[Way]:
        """The ways of ``line`` to such a place that the actor may go; none where they may not know when it was."""
        if not self._may_follow(actor, line.entity, line.at_path):
            return []
        return [way for way in line.ways if way.place == place and self._may_follow(actor, line.entity, way.path)]

    def _may_follow(self, actor: Actor, entity: str, path: Sequence[str]) -> bool:
        """Whether the actor sees every field on a way in clear, of kinds of record that they may read."""
        access = self.scope.access
        for name in path:
            if not access.may(actor, entity, "read") or not access.is_clear(actor, entity, name):
                return False
            entity = self.schema.entities[entity].fields[name].target
        return True

    def _inner(self, actor: Actor, line: Happening, way: Way, model: Any) -> Iterator[tuple[str, Any]]:
        """Where inside the place it happened: places that the way leads through, else one that the record names."""
        through = [w for w in line.ways if w != way and way.path[: len(w.path)] == w.path]
        named = [w for w in line.ways if len(w.path) == 1 and self._lies_within(w.place, way.place)]
        for other in dict.fromkeys((*through, *named)):
            if self._may_follow(actor, line.entity, other.path):
                yield other.place, getattr(model, other.column)

    def _lies_within(self, place: str, outer: str) -> bool:
        """Whether places of one kind lie in places of another."""
        for _ in self._lines:
            spec = self.schema.entities[place]
            if spec.place is None or not spec.place.within:
                return False
            place = spec.fields[spec.place.within].target
            if place == outer:
                return True
        return False

    def _opened(self, actor: Actor, entity: str, model: Any) -> Any:
        """The scope of the actor as a value of each row: what is walked in order is never gathered first."""
        verdict = self.scope.access.verdict(actor, entity, "read")
        if verdict.everything:
            return None
        whole: Any = None
        for _name, expression in verdict.scopes:
            part = self.scope.sql(actor, expression, model)
            whole = part if whole is None else whole | part
        return peewee.SQL("1 = 0") if whole is None else whole

    def _over_links(self, actor: Actor, entity: str, model: Any, path: Sequence[str]) -> Any:
        """That the actor sees each record on the way to the place, whose end they have seen; None for always."""
        if len(path) < 2:
            return None
        target = self.schema.entities[entity].fields[path[0]].target
        other = self.scope.models[target].alias()
        inner = both(self._opened(actor, target, other), self._over_links(actor, target, other, path[1:]))
        if inner is None:
            return None
        return peewee.fn.EXISTS(other.select(peewee.SQL("1")).where((other.id == getattr(model, path[0])) & inner))

    # -- rows --------------------------------------------------------------------------------------

    def _rows(
        self, walk: Walk, want: int, behind: Cursor | None, low: datetime | None, high: datetime
    ) -> list[Happened]:
        """The newest rows of a walk behind the cursor: one seek, or two where the cursor is a row of its own line."""
        found: list[Happened] = []
        for stretch in self._stretches(walk, behind):
            query = _select(walk).where(self._until(walk, high))
            if stretch is not None:
                query = query.where(stretch)
            if low is not None:
                query = query.where(walk.at >= self._asked(walk, low))
            order = (walk.at.desc(), walk.model.id.desc())
            rows = query.order_by(*order).limit(want - len(found)).tuples()
            found += [self._happened(walk, *row) for row in rows]
            if len(found) >= want:
                break
        return found

    def _stretches(self, walk: Walk, behind: Cursor | None) -> list[Any]:
        """What lies behind the cursor, in parts that are each one seek of the index; [None] is everything."""
        if behind is None:
            return [None]
        moment, key, id = behind
        if walk.is_daily and self._midnight(self._day(moment)) != moment:
            return [walk.at <= self._day(moment)]
        value = self._asked(walk, moment)
        if walk.line.key == key:
            return [(walk.at == value) & (walk.model.id < id), walk.at < value]
        return [walk.at <= value] if walk.line.key < key else [walk.at < value]

    def _happened(self, walk: Walk, id: int, at: Any, *inner: int | None) -> Happened:
        moment, has_time = self._moment(at)
        known = [(place, found) for (place, _column), found in zip(walk.inner, inner, strict=True) if found is not None]
        return Happened(walk.line, id, moment, has_time, known[0] if known else None)

    # -- moments and days --------------------------------------------------------------------------

    def _until(self, walk: Walk, high: datetime) -> Any:
        """That it happened before ``high``; of a day, that it has begun."""
        if not walk.is_daily:
            return walk.at < high
        return walk.at <= self._day(high - timedelta(microseconds=1))

    def _bounds(self, year: int) -> tuple[datetime | None, datetime]:
        """From when, and up to before when: what is still to come has not happened."""
        after_now = self.clock.now() + timedelta(seconds=1)
        if not year:
            return None, after_now
        return self._midnight(date(year, 1, 1)), min(after_now, self._midnight(date(year + 1, 1, 1)))

    def _asked(self, walk: Walk, moment: datetime) -> date | datetime:
        return self._day(moment) if walk.is_daily else moment

    def _moment(self, at: Any) -> tuple[datetime, bool]:
        """The moment of a value of a column, and whether it has a time; a day begins in the office's timezone."""
        if isinstance(at, datetime):
            return (at if at.tzinfo else at.replace(tzinfo=UTC)), True
        return self._midnight(at), False

    def _midnight(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=self.clock.zone).astimezone(UTC)

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self.clock.zone).date()

    def _cursor(self, text: str) -> Cursor | None:
        """The cursor as it was packed; None for what was not ours."""
        match unpack(text) if text else None:
            case (str(at), str(key), int(id)) if 0 < id < 2**63:
                pass
            case _:
                return None
        try:
            moment = datetime.fromisoformat(at)
            # Days at either end of the calendar have no neighbour in another timezone.
            is_ours = moment.tzinfo is not None and date.min.year < moment.year < date.max.year
        except ValueError:
            return None
        return (moment.astimezone(UTC), key, id) if is_ours else None


def failing(condition: Any) -> Any:
    """That ``condition`` is not true: false, or unknown."""
    return peewee.NodeList((peewee.SQL("CASE WHEN"), condition, peewee.SQL("THEN 0 ELSE 1 END = 1")))


def lines_by_place(schema: Schema) -> dict[str, list[Happening]]:
    """What may happen at each kind of place, in the schema's order."""
    found: dict[str, list[Happening]] = {}
    for entity in schema.entities.values():
        for line in entity.happens:
            for place in dict.fromkeys(way.place for way in line.ways):
                found.setdefault(place, []).append(line)
    return found


def year_range(firsts: Iterable[int], last: int) -> list[int]:
    """The years from the newest to the first, at most a century."""
    years = list(firsts)
    return list(islice(range(last, min(years) - 1, -1), 100)) if years else []


def _select(walk: Walk) -> Any:
    model = walk.model
    inner = [column.alias(f"p{n}") for n, (_place, column) in enumerate(walk.inner)]
    return model.select(model.id, walk.at, *inner).where(walk.condition)


def _position(row: Happened) -> Cursor:
    return row.moment, row.line.key, row.id


def _packed(row: Happened) -> str:
    return pack((row.moment.isoformat(), row.line.key, row.id))
