"""Compiles an expression to SQL for SQLite and PostgreSQL, with the same answer as evaluating it on a record.

Numbers are scaled integers; every intermediate one has to stay below 9.2e18 (with its places), as a column does.
"""

# ruff: noqa: S608 -- tables and columns are named by the checked schema; every value is bound

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from operator import methodcaller
from typing import Any

import peewee

from models.reads.expression_links import path_of, put
from models.reads.expression_pieces import (
    Dialect,
    Piece,
    Postgres,
    as_node,
    divided,
    joined,
    quotient,
    widened,
    write,
)
from schema.expressions.evaluate import Environment, Formulas, constant
from schema.expressions.expression import Expression
from schema.expressions.nodes import (
    ACTOR,
    DIVISION_PLACES,
    Arithmetic,
    Call,
    Children,
    Compare,
    Constant,
    Has,
    Hop,
    If,
    In,
    IsNull,
    Logic,
    Negate,
    Node,
    Not,
    Read,
    Round,
)
from schema.expressions.reads import reads_record

SAFE_STRETCH = 36_600
"""Days that a date (1800 to 2999) can be moved by without leaving the calendar."""


@dataclass(frozen=True, slots=True)
class SqlEnvironment:
    """What the SQL of an expression is made for.

    ``models`` are the tables by entity, ``links`` those of refs fields by (entity, field), ``formulas`` the
    computed fields that have no column of their own.
    """

    models: Mapping[str, Any]
    actor_id: int | None
    roles: frozenset[str]
    today: date
    now: datetime
    sqlite: bool
    links: Mapping[tuple[str, str], Any] = field(default_factory=dict)
    formulas: Formulas = field(default_factory=dict)


def to_sql(expression: Expression, model: Any, env: SqlEnvironment) -> Any:
    """The value of ``expression`` for a row of ``model`` (a model or its alias); ``from_sql`` reads the result.

    Not for use in an UPDATE or DELETE: subqueries would not find the row they belong to.
    """
    compiler = _Compiler(env)
    return as_node(compiler.value(expression.node, (_outermost(expression.entity, model),)))


def to_condition(expression: Expression, model: Any, env: SqlEnvironment) -> Any:
    """``expression`` as a WHERE condition that holds exactly where its value is true.

    A comparison over a link becomes ``link IN (SELECT id …)``, so that the index of the link serves.
    """
    compiler = _Compiler(env)
    return as_node(compiler.condition(expression.node, (_outermost(expression.entity, model),)))


def from_sql(expression: Expression, raw: Any) -> Any:
    """The Python value of what ``to_sql`` selected: the same as ``evaluate`` gives."""
    if raw is None:
        return None
    match expression.kind:
        case "number":
            scaled = Decimal(int(raw))
            return int(raw) if expression.places == 0 else scaled.scaleb(-expression.places)
        case "boolean":
            return bool(raw)
        case "date":
            return date.fromisoformat(raw) if isinstance(raw, str) else raw
        case "datetime":
            moment = datetime.fromisoformat(raw) if isinstance(raw, str) else raw
            return moment.replace(tzinfo=UTC)
        case "time":
            return time.fromisoformat(raw) if isinstance(raw, str) else raw
        case "list":
            return _listed(raw)
        case _:
            return raw


def _listed(raw: Any) -> Any:
    return tuple(raw.strip("|").split("|")) if isinstance(raw, str) and raw.startswith("|") else raw


@dataclass(frozen=True, slots=True)
class _Frame:
    """A row the SQL is about: its entity and how one of its columns is written."""

    entity: str
    column: Callable[[str], Piece]


Frames = tuple[_Frame, ...]


def _outermost(entity: str | None, model: Any) -> _Frame:
    source = model if isinstance(model, peewee.ModelAlias) else getattr(model, "_meta", model)
    table = source if isinstance(model, peewee.ModelAlias) else getattr(source, "table", source)
    return _Frame(entity or "", lambda name: (peewee.Column(table, name),))


def _inner(entity: str, alias: str) -> _Frame:
    return _Frame(entity, lambda name: (f'"{alias}"."{name}"',))


_SIGNS = {"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


class _Compiler:
    """Writes one expression; aliases of inner tables are x1, x2 …"""

    def __init__(self, env: SqlEnvironment) -> None:
        self.env = env
        self.dialect: Dialect = Dialect() if env.sqlite else Postgres()
        self.count = 0
        actor = None if env.actor_id is None else {"id": env.actor_id}
        self.known = Environment(env.today, env.now, actor, env.roles)
        self.work: dict[type[Any], Callable[[Any, Frames], Piece]] = {
            Read: self.read, Arithmetic: self.arithmetic, Negate: self.negate, Compare: self.compare,
            IsNull: self.is_null, In: self.is_in, Has: self.has, Logic: self.logic, Not: self.invert,
            Call: self.call, Round: self.round, If: self.either, Children: self.children,
        }  # fmt: skip

    # -- values and conditions ---------------------------------------------------------------------

    def value(self, node: Node, frames: Frames) -> Piece:
        """``node`` as SQL; what reads no record is worked out here and now."""
        if not reads_record(node):
            return self.dialect.constant(constant(node, self.known), node.kind, node.places)
        return self.work[type(node)](node, frames)

    def number(self, node: Node, frames: Frames, places: int) -> Piece:
        """A number (or other value) with ``places`` decimal places."""
        if node.kind != "number":
            return self.value(node, frames)
        if not reads_record(node):
            return self.dialect.constant(constant(node, self.known), "number", places)
        return widened(self.value(node, frames), places - node.places)

    def condition(self, node: Node, frames: Frames) -> Piece:
        """SQL that is true exactly where ``node`` is; where it is false or unknown it may be either."""
        if not reads_record(node):
            return self.dialect.constant(constant(node, self.known) is True, "boolean", 0)
        if isinstance(node, Logic):
            return self._logic_condition(node, frames)
        path = path_of(node)
        if path is not None:
            return self._over_link(node, path, frames)
        if (
            isinstance(node, Has)
            and node.field.to
            and not (node.negated or node.field.hops or node.field.depth == ACTOR)
        ):
            return self._linked(node, frames)
        return self.value(node, frames)

    def _logic_condition(self, node: Logic, frames: Frames) -> Piece:
        kept = []
        for item in node.items:
            if reads_record(item):
                kept.append(self.condition(item, frames))
            elif (constant(item, self.known) is True) == (node.op == "or"):
                return self.dialect.constant(node.op == "or", "boolean", 0)
        if not kept:
            return self.dialect.constant(node.op == "and", "boolean", 0)
        return write("({})", joined(kept, f" {node.op.upper()} "))

    def _over_link(self, node: Node, path: Read, frames: Frames) -> Piece:
        first, rest = path.hops[0], path.hops[1:]
        frame = self.frame(first.to)
        nearer = replace(path, depth=0, hops=rest)
        inside = self.condition(put(node, path, nearer), (frame[0],))
        link = frames[path.depth].column(self.column(first.entity, first.field))
        return write(f'{{}} IN (SELECT "{frame[1]}"."id" FROM {frame[2]} WHERE {{}})', link, inside)

    def _linked(self, node: Has, frames: Frames) -> Piece:
        own = frames[node.field.depth].column("id")
        table = self.link_table(node.field)
        item = self.value(node.item, frames)
        alias = self.alias()
        head = f'{{}} IN (SELECT "{alias}"."owner_id" FROM {table} AS "{alias}" WHERE "{alias}"."target_id" = {{}})'
        return write(head, own, item)

    # -- reading -----------------------------------------------------------------------------------

    def alias(self) -> str:
        self.count += 1
        return f"x{self.count}"

    def frame(self, entity: str) -> tuple[_Frame, str, str]:
        """A new inner table of ``entity``: its frame, its alias, and the text for FROM."""
        alias = self.alias()
        table = self.env.models[entity]._meta.table_name
        return _inner(entity, alias), alias, f'"{table}" AS "{alias}"'

    def column(self, entity: str, name: str) -> str:
        return str(self.env.models[entity]._meta.fields[name].column_name)

    def link_table(self, node: Read) -> str:
        model = self.env.links.get((node.entity, node.field))
        return f'"{model._meta.table_name if model else f"{node.entity}__{node.field}"}"'

    def read(self, node: Read, frames: Frames) -> Piece:
        if not node.hops and node.depth != ACTOR:
            return self.own(node, frames[node.depth])
        start, hops = self._start(node, frames)
        for hop in hops:
            column = self.column(hop.entity, hop.field)
            start = self._scalar(hop.entity, start, methodcaller("column", column))
        if node.field == "id":
            return start
        return self._scalar(node.entity, start, lambda f: self.own(node, f))

    def _start(self, node: Read, frames: Frames) -> tuple[Piece, tuple[Hop, ...]]:
        """The id of the first record on the way, and the hops that are left."""
        if node.depth == ACTOR:
            return self.dialect.constant(self.env.actor_id, "ref", 0), node.hops
        first = node.hops[0]
        return frames[node.depth].column(self.column(first.entity, first.field)), node.hops[1:]

    def _scalar(self, entity: str, id: Piece, what: Callable[[_Frame], Piece]) -> Piece:
        frame, alias, table = self.frame(entity)
        return write(f'(SELECT {{}} FROM {table} WHERE "{alias}"."id" = {{}})', what(frame), id)

    def own(self, node: Read, frame: _Frame) -> Piece:
        """A field of the row of ``frame`` itself: its column, or the formula that stands for it."""
        if node.field == "id":
            return frame.column("id")
        if node.field in self.env.models[node.entity]._meta.fields:
            return frame.column(self.column(node.entity, node.field))
        formula = self.env.formulas.get((node.entity, node.field))
        if formula is None:
            raise LookupError(f"{node.entity}.{node.field} has neither a column nor a formula")
        return self.number(formula.node, (frame,), node.places)

    # -- the kinds of nodes ------------------------------------------------------------------------

    def arithmetic(self, node: Arithmetic, frames: Frames) -> Piece:
        if node.kind == "text":
            return write("({} || {})", self.value(node.left, frames), self.value(node.right, frames))
        if node.kind in ("date", "datetime"):
            return self._moved(node, frames)
        if node.left.kind == "date":
            return self.dialect.days_between(self.value(node.left, frames), self.value(node.right, frames))
        if node.op in ("+", "-"):
            left, right = (self.number(side, frames, node.places) for side in (node.left, node.right))
            return write(f"({{}} {node.op} {{}})", left, right)
        left, right = self.value(node.left, frames), self.value(node.right, frames)
        if node.op == "*":
            product = write("({} * {})", left, right)
            surplus = node.left.places + node.right.places - node.places
            return divided(product, surplus) if surplus else product
        shift = DIVISION_PLACES + node.right.places - node.left.places
        return quotient(widened(left, max(shift, 0)), widened(right, max(-shift, 0)))

    def _moved(self, node: Arithmetic, frames: Frames) -> Piece:
        day = self.value(node.left, frames)
        if not reads_record(node.right):
            days = constant(node.right, self.known)
            if days is None:
                return self.dialect.constant(None, node.kind, 0)
            signed = int(days) if node.op == "+" else -int(days)
            return self.dialect.moved(day, (f"{signed}",), node.kind, safe=abs(signed) <= SAFE_STRETCH)
        days_piece = self.value(node.right, frames)
        signed_piece = days_piece if node.op == "+" else write("(-{})", days_piece)
        return self.dialect.moved(day, signed_piece, node.kind, safe=False)

    def negate(self, node: Negate, frames: Frames) -> Piece:
        return write("(-{})", self.value(node.value, frames))

    def round(self, node: Round, frames: Frames) -> Piece:
        surplus = node.value.places - node.places
        if surplus <= 0:
            return self.number(node.value, frames, node.places)
        return divided(self.value(node.value, frames), surplus)

    def compare(self, node: Compare, frames: Frames) -> Piece:
        places = max(node.left.places, node.right.places)
        left, right = (self.number(side, frames, places) for side in (node.left, node.right))
        if "text" in (node.left.kind, node.right.kind) and node.op not in ("==", "!="):
            left, right = self.dialect.ordered(left), self.dialect.ordered(right)
        return write(f"({{}} {_SIGNS[node.op]} {{}})", left, right)

    def is_null(self, node: IsNull, frames: Frames) -> Piece:
        read = node.value
        if isinstance(read, Read) and read.kind == "list" and read.to:
            alias = self.alias()
            links = write(
                f'EXISTS (SELECT 1 FROM {self.link_table(read)} AS "{alias}" WHERE "{alias}"."owner_id" = {{}})',
                self.read(replace(read, field="id", kind="ref"), frames),
            )
            return links if node.negated else write("(NOT {})", links)
        return write(f"({{}} IS {'NOT ' if node.negated else ''}NULL)", self.value(read, frames))

    def is_in(self, node: In, frames: Frames) -> Piece:
        if len(node.items) == 1:  # PostgreSQL would read a subquery alone in the list as the list itself
            return self.compare(Compare("!=" if node.negated else "==", node.value, node.items[0]), frames)
        places = max(node.value.places, *(item.places for item in node.items))
        items = joined([self.number(item, frames, places) for item in node.items], ", ")
        value = self.number(node.value, frames, places)
        return write(f"({{}} {'NOT ' if node.negated else ''}IN ({{}}))", value, items)

    def has(self, node: Has, frames: Frames) -> Piece:
        item = self.value(node.item, frames)
        held = self._has_link(node.field, item, frames) if node.field.to else self._has_code(node, item, frames)
        held = write("(NOT {})", held) if node.negated else held
        if isinstance(node.item, Constant):
            return held
        return write("CASE WHEN {} IS NULL THEN NULL ELSE {} END", item, held)

    def _has_link(self, field: Read, item: Piece, frames: Frames) -> Piece:
        owner = self.read(replace(field, field="id", kind="ref"), frames)
        alias = self.alias()
        head = f'SELECT 1 FROM {self.link_table(field)} AS "{alias}" WHERE "{alias}"."owner_id" = {{}}'
        return write(f'EXISTS ({head} AND "{alias}"."target_id" = {{}})', owner, item)

    def _has_code(self, node: Has, item: Piece, frames: Frames) -> Piece:
        bar = self.dialect.constant("|", "text", 0)
        where = self.dialect.position(self.value(node.field, frames), write("({} || {} || {})", bar, item, bar))
        found = write("COALESCE({} > 0, {})", where, self.dialect.constant(False, "boolean", 0))
        if isinstance(node.item, Constant) and "|" not in str(node.item.value):
            return found
        return write("({} AND {} = 0)", found, self.dialect.position(item, bar))

    def logic(self, node: Logic, frames: Frames) -> Piece:
        return write("({})", joined([self.value(item, frames) for item in node.items], f" {node.op.upper()} "))

    def invert(self, node: Not, frames: Frames) -> Piece:
        return write("(NOT {})", self.value(node.value, frames))

    def either(self, node: If, frames: Frames) -> Piece:
        return write(
            "CASE WHEN {} THEN {} ELSE {} END",
            self.condition(node.condition, frames),
            self.number(node.then, frames, node.places),
            self.number(node.other, frames, node.places),
        )

    def call(self, node: Call, frames: Frames) -> Piece:
        args = [self.number(arg, frames, node.places) for arg in node.args]
        match node.name:
            case "coalesce":
                return write("COALESCE({})", joined(args, ", "))
            case "min" | "max":
                return self.dialect.least(node.name, args, node.kind)
            case "contains":
                return write("({} > 0)", self.dialect.position(*args))
            case "starts":
                return write("({} = 1)", self.dialect.position(*args))
            case _:
                simple: Callable[[Piece], Piece] = getattr(self.dialect, node.name)
                return simple(args[0])

    def children(self, node: Children, frames: Frames) -> Piece:
        frame, alias, table = self.frame(node.entity)
        inner: Frames = (frame, *frames)
        where = write(f'"{alias}"."{self.column(node.entity, node.via)}" = {{}}', frames[0].column("id"))
        if node.where is not None:
            where = write("{} AND {}", where, self.condition(node.where, inner))
        if node.function == "exists":
            return write(f"EXISTS (SELECT 1 FROM {table} WHERE {{}})", where)
        return write(f"(SELECT {{}} FROM {table} WHERE {{}})", self._aggregate(node, inner), where)

    def _aggregate(self, node: Children, inner: Frames) -> Piece:
        if node.value is None:
            return ("COUNT(*)",)
        value = self.value(node.value, inner)
        if node.function == "sum":
            return self.dialect.total(value)
        return write("MAX({})", self.dialect.ordered(value) if node.kind == "text" else value)
