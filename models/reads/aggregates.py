"""Counts and sums over many records as one GROUP BY, within what the actor may see: what reports are made of."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import peewee

from models.actor import Actor
from models.errors import NotAllowed
from models.query import Condition, Drill, Query, Ref
from models.reads.expression_sql import from_sql
from models.reads.formulas import expression_of
from models.reads.periods import PERIODS, bounds, period_of
from models.storage.natural_order import order_key
from schema.expressions import Expression, parse
from schema.naming import naming_of
from schema.spec import Field
from schema.text import Text, same

if TYPE_CHECKING:
    from models.reads.scope import Scope

BLANK = Text("未填写", "Not given")
_YES, _NO = Text("是", "Yes"), Text("否", "No")
_CLOSED = Text("您无权统计“{field}”。", "You may not have figures of “{field}”.")
_PATH = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)*(:[a-z]+)?")


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of a number, a field or an expression ('amount - paid'), of the records for which ``where`` holds."""

    of: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Count:
    """How many records, or with ``of`` how many different values of a field ('unit': households), where ``where``."""

    of: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class Least:
    """The smallest number or earliest day; None where there is none."""

    of: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Greatest:
    """The largest number or latest day; None where there is none."""

    of: str
    where: str = ""


Measure = Total | Count | Least | Greatest
Measures = Mapping[str, Measure | str]
"""By the name the answer has; a plain text means its Total."""


@dataclass(frozen=True, slots=True)
class Grouped:
    """One group: its ``count`` of records and the measures by name, an int or a Decimal, exact.

    ``keys`` are by the words of ``by``: an id, a code, '2026-03', a bool …, None for blank. ``labels`` say them to
    people.
    """

    keys: Mapping[str, Any]
    labels: Mapping[str, Text]
    count: int
    values: Mapping[str, Any]
    _made: _Reader = field(repr=False, compare=False)

    def __getitem__(self, name: str) -> Any:
        """A measure by its name."""
        return self.values[name]

    @property
    def key(self) -> Any:
        """The key of the first group."""
        return next(iter(self.keys.values()))

    @property
    def label(self) -> Text:
        """The words for the first group."""
        return next(iter(self.labels.values()))

    @property
    def drill(self) -> Drill | None:
        """The list of its records; None where a list cannot be narrowed so (a ``where`` text, an expression)."""
        return self._made.drill(self.keys)

    @property
    def refs(self) -> Mapping[str, Ref]:
        """The records that groups by links are about, by the words of ``by``; absent where the link is blank."""
        return self._made.refs(self.keys, self.labels)


@dataclass(frozen=True, slots=True)
class _Key:
    """One column to group by: its SQL, the value of a raw one, the field it shows, and the period it is cut into."""

    by: str
    node: Any
    read: Callable[[Any], Any]
    field: Field | None = None
    period: str = ""


@dataclass(frozen=True, slots=True)
class _Figure:
    """One measure: its SQL and the value of a raw one."""

    name: str
    node: Any
    read: Callable[[Any], Any]


class Aggregates:
    """Makes aggregations for a scope, and remembers how expressions read."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.naming = lru_cache(maxsize=200)(lambda entity: naming_of(scope.schema, entity))
        self.parsed = lru_cache(maxsize=1000)(self._parse)

    def rows(
        self, actor: Actor, entity: str, measures: Measures, by: Sequence[str], where: str, query: Query, condition: Any
    ) -> list[Grouped]:
        """The groups among the records for which the SQL ``condition`` holds, in the order people expect."""
        return _Aggregation(self, actor, entity).rows(measures, by, where, query, condition)

    def _parse(self, entity: str, source: str, is_condition: bool) -> Expression:
        return parse(source, self.naming(entity), expect="boolean" if is_condition else None)


class _Aggregation:
    """One statement for one actor."""

    def __init__(self, aggregates: Aggregates, actor: Actor, entity: str) -> None:
        self.scope, self.parsed = aggregates.scope, aggregates.parsed
        self.actor, self.entity = actor, entity
        self.schema, self.access = self.scope.schema, self.scope.access
        self.model = self.scope.models[entity]
        self.joins: dict[str, tuple[Any, Any]] = {}

    def rows(self, measures: Measures, by: Sequence[str], where: str, query: Query, condition: Any) -> list[Grouped]:
        for one in query.conditions:
            self._open(one.field)
        keys = [self._key(one) for one in by]
        figures = [self._figure(name, Total(one) if isinstance(one, str) else one) for name, one in measures.items()]
        asked = self._select(keys, figures, condition, where)
        sql, values = asked.sql()
        raw = self.scope.search.db.execute_sql(sql, values).fetchall()
        sayable = not (where or query.where or query.ids is not None)
        base = Drill(self.entity, query.conditions, query.saved, query.search) if sayable else None
        return _Reader(self, keys, figures, base).rows(raw)

    def _select(self, keys: Sequence[_Key], figures: Sequence[_Figure], condition: Any, where: str) -> Any:
        count = peewee.fn.COUNT(peewee.SQL("*"))
        found = self.model.select(*(key.node for key in keys), count, *(figure.node for figure in figures))
        for other, on in self.joins.values():
            found = found.join_from(self.model, other, peewee.JOIN.LEFT_OUTER, on=on)
        if condition is not None:
            found = found.where(condition)
        if where:
            found = found.where(self._condition(where))
        return found.group_by(*(peewee.SQL(str(n)) for n in range(1, len(keys) + 1))) if keys else found

    # -- what to group by ----------------------------------------------------------------------------

    def _key(self, by: str) -> _Key:
        if not _PATH.fullmatch(by):
            expression = self._value(by)
            return _Key(by, self.scope.sql(self.actor, expression, self.model), lambda raw: from_sql(expression, raw))
        path, _, period = by.partition(":")
        *hops, last = path.split(".")
        entity, model = self.entity, self.model
        for number in range(len(hops)):
            entity, model = self._joined(".".join(hops[: number + 1]), entity, model, hops[number])
        field = self._clear(entity, last)
        if period:
            return self._period(by, field, self._node(field, model), period)
        if field.target and self._is_narrow(field.target):
            _, other = self._joined(path, entity, model, last)
            return _Key(by, other.id, _same, field)
        return _Key(by, self._node(field, model), self._reader(field, model), field)

    def _joined(self, path: str, entity: str, model: Any, name: str) -> tuple[str, Any]:
        """The records that link ``name`` points at, joined as far as the actor may read them."""
        field = self._clear(entity, name)
        target = field.target
        if not target or field.type.multiple:
            raise ValueError(f"{self.entity}: {path} is no link to one record")
        self.scope.require(self.actor, target, "read")
        if path not in self.joins:
            other = self.scope.models[target].alias()
            visible = self.scope.condition(self.actor, target, "read", other)
            on = getattr(model, name) == other.id
            self.joins[path] = (other, on if visible is None else on & visible)
        return target, self.joins[path][0]

    def _is_narrow(self, target: str) -> bool:
        """Whether the actor sees only some of the records a link may point at; colleagues' names are no secret."""
        if self.schema.entities[target].builtin:
            return False
        return not self.access.verdict(self.actor, target, "read").everything

    def _period(self, by: str, field: Field, node: Any, period: str) -> _Key:
        kind = field.type.kind
        is_month = getattr(field.type, "gives", field.type).name == "month"
        if period not in PERIODS or not (kind in ("date", "datetime") or (is_month and period in PERIODS[2:])):
            raise ValueError(f"{self.entity}: {by} cannot be cut into periods")
        sql = period_of(period, kind, node, self.scope.clock.zone, self.scope.sqlite)
        return _Key(by, sql, _same, field, period)

    def _node(self, field: Field, model: Any) -> Any:
        if field.type.multiple or field.type.kind in ("list", "json"):
            raise ValueError(f"{field.entity}.{field.name} has no single value to group by")
        if field.type.stored:
            return getattr(model, field.name)
        return self.scope.sql(self.actor, expression_of(field), model)

    def _reader(self, field: Field, model: Any) -> Callable[[Any], Any]:
        if field.type.stored:
            python_value: Callable[[Any], Any] = getattr(self.scope.models[field.entity], field.name).python_value
            return python_value
        expression = expression_of(field)
        return lambda raw: from_sql(expression, raw)

    def _clear(self, entity: str, name: str) -> Field:
        """A field whose values the actor sees. Raises NotAllowed, KeyError."""
        field = self.schema.entities[entity].fields[name]
        if not self.access.is_clear(self.actor, entity, name):
            raise NotAllowed(_CLOSED.with_(field=field.label))
        return field

    def _open(self, path: str) -> None:
        """Raises NotAllowed where a filter asks what the actor does not see: a figure of nothing would mislead."""
        entity = self.entity
        for name in path.split("."):
            entity = self._clear(entity, name).target

    # -- what to count and add up --------------------------------------------------------------------

    def _figure(self, name: str, measure: Measure) -> _Figure:
        if isinstance(measure, Count) and not measure.of:
            if not measure.where:
                return _Figure(name, peewee.fn.COUNT(peewee.SQL("*")), int)
            return _Figure(name, peewee.fn.COUNT(self._where(measure.where, peewee.SQL("1"))), int)
        expression = self._value(measure.of)
        node = self.scope.sql(self.actor, expression, self.model)
        node = self._where(measure.where, node) if measure.where else node
        if isinstance(measure, Count):
            return _Figure(name, peewee.fn.COUNT(peewee.NodeList((peewee.SQL("DISTINCT"), node))), int)
        if isinstance(measure, Total):
            if expression.kind != "number":
                raise ValueError(f"{self.entity}: {measure.of!r} is no number to add up")
            return _Figure(name, peewee.fn.COALESCE(peewee.fn.SUM(node), 0), lambda raw: from_sql(expression, raw))
        if expression.kind not in ("number", "date", "datetime"):
            raise ValueError(f"{self.entity}: {measure.of!r} has no least and greatest")
        function = peewee.fn.MIN if isinstance(measure, Least) else peewee.fn.MAX
        return _Figure(name, function(node), lambda raw: from_sql(expression, raw))

    def _where(self, where: str, node: Any) -> Any:
        return peewee.Case(None, [(self._condition(where), node)])

    def _condition(self, source: str) -> Any:
        """A condition of the report's own; which records elsewhere it looks at is its word, which fields is not."""
        expression = self.parsed(self.entity, source, True)
        for read in expression.depends_on:
            self._clear(read.entity, read.field)
        return self.scope.sql_condition(self.actor, expression, self.model)

    def _value(self, source: str) -> Expression:
        """An expression whose values come out: nothing of it may lie beyond what the actor reads."""
        expression = self.parsed(self.entity, source, False)
        for read in expression.depends_on:
            self._clear(read.entity, read.field)
            if read.path and not self.access.verdict(self.actor, read.entity, "read").everything:
                raise NotAllowed(_CLOSED.with_(field=self.schema.entities[read.entity].fields[read.field].label))
        return expression


class _Reader:
    """Turns raw rows into groups with their words, in order."""

    def __init__(
        self, made: _Aggregation, keys: Sequence[_Key], figures: Sequence[_Figure], base: Drill | None
    ) -> None:
        self.made, self.keys, self.figures, self.base = made, keys, figures, base

    def rows(self, raw: Sequence[tuple[Any, ...]]) -> list[Grouped]:
        width = len(self.keys)
        read = [tuple(_read(key, value) for key, value in zip(self.keys, row[:width], strict=True)) for row in raw]
        words = [self._words(key, {row[i] for row in read}) for i, key in enumerate(self.keys)]
        order = [{value: n for n, value in enumerate(said)} for said in words]
        pairs = sorted(zip(read, raw, strict=True), key=lambda p: [order[i][v] for i, v in enumerate(p[0])])
        return [self._group(found, row[width:], words) for found, row in pairs]

    def _group(self, found: tuple[Any, ...], raw: Sequence[Any], words: Sequence[Mapping[Any, Text]]) -> Grouped:
        keys = {key.by: value for key, value in zip(self.keys, found, strict=True)}
        labels = {key.by: said[value] for key, said, value in zip(self.keys, words, found, strict=True)}
        values = {
            one.name: one.read(value) if value is not None else None
            for one, value in zip(self.figures, raw[1:], strict=True)
        }
        return Grouped(keys, labels, int(raw[0]), values, self)

    def refs(self, keys: Mapping[str, Any], labels: Mapping[str, Text]) -> dict[str, Ref]:
        """The records that links among ``keys`` name."""
        return {
            key.by: Ref(key.field.target, keys[key.by], labels[key.by].zh)
            for key in self.keys if key.field and key.field.target and not key.period and keys[key.by] is not None
        }  # fmt: skip

    def drill(self, keys: Mapping[str, Any]) -> Drill | None:
        """The list of the records of the group with these keys."""
        if self.base is None or any(key.field is None for key in self.keys):
            return None
        return self.base.and_(*(one for key in self.keys for one in _conditions(key, keys[key.by])))

    def _words(self, key: _Key, values: set[Any]) -> dict[Any, Text]:
        """What each of ``values`` is called, in order; blank is last."""
        known = values - {None}
        field = None if key.period else key.field
        kind = getattr(field.type, "gives", field.type) if field else None
        choices = getattr(kind, "choices", None)
        if field is not None and field.target:
            titles = self.made.scope.titles(self.made.actor, field.target, known)
            said = {id: titles.get(id, f"#{id}") for id in known}
            ordered = {id: same(said[id]) for id in sorted(known, key=lambda one: (order_key(said[one]), one))}
        elif choices:
            place = {code: n for n, code in enumerate(choices)}
            ordered = {
                code: choices[code].label if code in choices else same(str(code))
                for code in sorted(known, key=lambda code: (place.get(code, len(place)), code))
            }
        else:
            ordered = {value: _said(value) for value in sorted(known)}
        return {**ordered, **({None: BLANK} if None in values else {})}


def _read(key: _Key, raw: Any) -> Any:
    return None if raw is None else key.read(raw)


def _said(value: Any) -> Text:
    if isinstance(value, bool):
        return _YES if value else _NO
    if isinstance(value, datetime):
        return same(f"{value:%Y-%m-%d %H:%M}")
    if isinstance(value, date):
        return same(value.isoformat())
    return same(f"{value:,}" if isinstance(value, Decimal) else str(value))


def _conditions(key: _Key, value: Any) -> list[Condition]:
    """What narrows a list to one group."""
    path = key.by.partition(":")[0]
    if value is None:
        return [Condition(path, "empty")]
    if not key.period:
        return [Condition(path, "equals", value)]
    first, last = bounds(key.period, value)
    if key.field is not None and key.field.type.kind == "text":
        return [Condition(path, "from", f"{first:%Y-%m}"), Condition(path, "to", f"{last:%Y-%m}")]
    return [Condition(path, "from", first), Condition(path, "to", last)]


def _same(raw: Any) -> Any:
    return raw
