"""Lists by key: each page starts at a row, never after counting the rows before it.

A list is a chain of stretches, each one index seek: after row (v, i) come the rows with the same value and a
higher id, then those with a higher value, then those without a value. Blank values stand last, both ways round.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import peewee

from models.query import PageRef, unpack
from models.reads.formulas import expression_of
from models.reads.reading import PLAIN_LINKS
from models.reads.search import Matches
from schema.types.base import Context

if TYPE_CHECKING:
    from models.reads.scope import Scope

Position = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """What a list is sorted by. ``node`` is None for the id alone; ``target`` is the joined model and the link when a
    link's title is the order, ``opened`` what must hold of it: links that are closed stand with the blank ones."""

    node: Any
    descending: bool
    blanks: Any = None
    target: Any = None
    convert: Any = None
    opened: Any = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the list in order: rows where ``condition`` holds; in the ``blank`` part only ids order."""

    condition: Any
    blank: bool = False


def order_of(scope: Scope, entity: str, sort: str, actor: Any) -> Order:
    """The Order for '-field'; raises KeyError when the entity cannot be sorted by it."""
    model = scope.models[entity]
    name, descending = sort.lstrip("-"), sort.startswith("-")
    if name == "id":
        return Order(None, descending)
    if name == "title":
        return Order(model.title_order, descending)
    field = scope.schema.entities[entity].fields[name]
    if not field.sortable:
        raise KeyError(name)
    if field.type.name in PLAIN_LINKS:
        return _order_by_link(scope, field, getattr(model, name), descending, actor)
    node = getattr(model, name) if field.type.stored else scope.sql(actor, expression_of(field), model)
    return Order(node, descending, None if field.required else node, convert=field.type if field.type.stored else None)


def _order_by_link(scope: Scope, field: Any, link: Any, descending: bool, actor: Any) -> Order:
    """The order by the titles of a link's targets, of those the actor may see."""
    target = scope.models[field.target].alias()
    opened = scope.title_condition(actor, field.target, target)
    if opened is None:
        return Order(target.title_order, descending, None if field.required else link, (target, link))
    other = scope.models[field.target].alias()
    seen = other.select(other.id).where(scope.title_condition(actor, field.target, other))
    blanks = peewee.Case(None, [(link.in_(seen), 1)])
    return Order(target.title_order, descending, blanks, (target, link), opened=opened)


class Chain:
    """The ids of a list in order, fetched by stretches.

    Where many rows match (``dense``), the order's index is followed and each row is checked; where few do, they are
    found first and sorted. A database that keeps no statistics of its own would guess, and guess wrong.
    """

    def __init__(
        self, model: Any, order: Order, condition: Any, sqlite: bool, matches: Matches | None = None,
        dense: bool | None = None,
    ) -> None:  # fmt: skip
        self.model, self.order, self.sqlite = model, order, sqlite
        self.condition = checked(condition) if dense and condition is not None else condition
        self.sparse = sqlite and dense is False and condition is not None
        self.matches = matches if order.node is None else None
        self.id = self.matches.id if self.matches else model.id
        if matches is not None and self.matches is None:
            self.condition = both(self.condition, within(model, matches))

    def page(self, ref: PageRef, size: int, count: int | None = None) -> tuple[list[Position], bool]:
        """Positions (…, id) of the rows of a page in list order, and whether more follow in the direction of travel.

        ``count`` is how many match, where that is known: the first page looks for no more, not even among the blank.
        """
        cursor = _sound(unpack(ref.cursor), self.order) if ref.kind in ("after", "before") else None
        back = ref.kind == "last" or (ref.kind == "before" and cursor is not None)
        skip = (max(1, ref.number) - 1) * size if ref.kind == "number" else 0
        want = size + 1 if count is None or cursor is not None or skip else min(size + 1, count)
        found = self._collect(self._stretches(cursor, back), back, want, skip)
        more = len(found) > size
        found = found[:size]
        return (found[::-1] if back else found), more

    def stretches(self, cursor: Position | None) -> list[Stretch]:
        """The parts of the list behind ``cursor``, in order; the whole list for None."""
        return self._stretches(cursor, back=False)

    def narrowed(self, query: Any, stretch: Stretch) -> Any:
        """A select of the model's rows, narrowed to a stretch and in its order; not for the order of a link's title."""
        keys = [self.id] if self.order.node is None or stretch.blank else [self.order.node, self.id]
        for part in (self.condition, stretch.condition):
            if part is not None:
                query = query.where(part)
        return query.order_by(*(self._directed(key, self.order.descending) for key in keys))

    def cursor(self, id: int, raw: Any, stretch: Stretch) -> Position:
        """The place of a row in the list, from its id and its sort value as the database gives it."""
        if self.order.node is None:
            return (id,)
        if stretch.blank:
            return (None, id)
        column: Any = self.order.node if isinstance(self.order.node, peewee.Field) else None
        value = raw if column is None else column.python_value(raw)
        return (_plain(value, self.order), id)

    def _collect(self, stretches: Sequence[Stretch], back: bool, want: int, skip: int) -> list[Position]:
        found: list[Position] = []
        for index, stretch in enumerate(stretches if want else ()):
            query = self._select(stretch, back)
            part = query.limit(want - len(found))
            rows = list((part.offset(skip) if skip else part).tuples())
            if skip and not rows and index + 1 < len(stretches):
                skip -= min(skip, query.order_by().count())
            elif rows:
                skip = 0
            found += [self._position(row, stretch.blank) for row in rows]
            if len(found) >= want:
                break
        return found

    def _position(self, row: tuple[Any, ...], blank: bool) -> Position:
        if self.order.node is None:
            return (row[0],)
        return (None, row[0]) if blank else (_plain(row[1], self.order), *row[2:], row[0])

    def _select(self, stretch: Stretch, back: bool) -> Any:
        order, id = self.order, self.id
        down = order.descending != back
        if order.node is None or stretch.blank:
            query = self._plain_ids()
            keys = [id]
        elif order.target is not None:
            target, link = order.target
            query = target.select(id, order.node, target.id)
            # CROSS JOIN keeps the target outermost on SQLite, so that its title index gives the order.
            outermost = self.sqlite and not self.sparse
            kind = peewee.JOIN.CROSS if outermost else peewee.JOIN.INNER
            query = query.join_from(target, self.model, kind, on=None if outermost else link == target.id)
            if outermost:
                query = query.where(link == target.id)
            keys = [order.node, target.id, id]
        else:
            query = self.model.select(id, order.node.alias("key"))
            keys = [order.node, id]
        opened = None if stretch.blank else order.opened
        for part in (self.condition, opened, stretch.condition):
            if part is not None:
                query = query.where(part)
        return query.order_by(*(self._directed(key, down) for key in keys))

    def _plain_ids(self) -> Any:
        return ids_of(self.model, self.matches, joined=self.condition is not None)

    def _directed(self, key: Any, down: bool) -> Any:
        if self.sparse:
            key = peewee.NodeList((peewee.SQL("+"), key), glue="")
        if self.sqlite:
            return peewee.Ordering(key, "DESC" if down else "ASC")
        return key.desc(nulls="LAST") if down else key.asc(nulls="FIRST")

    def _stretches(self, cursor: Position | None, back: bool) -> list[Stretch]:
        """The parts of the list from ``cursor`` on, in the direction of travel."""
        order = self.order
        whole = [Stretch(None)] if order.blanks is None else [
            Stretch(None if order.target is not None else order.blanks.is_null(False)),
            Stretch(order.blanks.is_null(), blank=True),
        ]  # fmt: skip
        if back:
            whole.reverse()
        if cursor is None:
            return whole
        down = order.descending != back
        ahead = _less if down else _more
        id = self.id
        if order.node is None:
            return [Stretch(ahead(id, cursor[-1]))]
        if len(cursor) == 2 and cursor[0] is None and order.blanks is not None:
            rest = Stretch(order.blanks.is_null() & ahead(id, cursor[-1]), blank=True)
            return [rest, *whole[1:]] if back else [rest]
        parts = self._after(cursor, ahead)
        return parts if back or order.blanks is None else [*parts, whole[-1]]

    def _after(self, cursor: Position, ahead: Any) -> list[Stretch]:
        order, id = self.order, self.id
        value = _value(cursor[0], order)
        if order.target is None:
            return [Stretch((order.node == value) & ahead(id, cursor[-1])), Stretch(ahead(order.node, value))]
        target_id = order.target[0].id
        return [
            Stretch((order.node == value) & (target_id == cursor[1]) & ahead(id, cursor[-1])),
            Stretch((order.node == value) & ahead(target_id, cursor[1])),
            Stretch(ahead(order.node, value)),
        ]


def ids_of(model: Any, matches: Matches | None, joined: bool) -> Any:
    """A select of ids: of the table, or of what a search found (``joined`` to the table to narrow it further)."""
    if matches is None:
        return model.select(model.id)
    if not joined:
        return matches.table.select(matches.id).where(matches.condition)
    return select_matching(model, matches, [matches.id])


def select_matching(model: Any, matches: Matches, columns: list[Any]) -> Any:
    """A select of ``columns`` over the rows that a search found."""
    # CROSS JOIN keeps the index outermost on SQLite: few rows are found, in id order.
    source = peewee.Join(matches.table, model, peewee.JOIN.CROSS)
    found = peewee.Select([source], columns).bind(model._meta.database)
    return found.where(matches.condition & (model.id == matches.id))


def within(model: Any, matches: Matches) -> Any:
    """The condition that a row is among the matches."""
    return model.id.in_(matches.table.select(matches.id).where(matches.condition))


def both(one: Any, other: Any) -> Any:
    """Two conditions, either of which may be None for none."""
    if one is None or other is None:
        return other if one is None else one
    return one & other


def checked(condition: Any) -> Any:
    """``condition`` in a form that is only ever checked row by row: no index is chosen for it."""
    return peewee.NodeList((peewee.SQL("CASE WHEN"), condition, peewee.SQL("THEN 1 END = 1")))


def _more(node: Any, value: Any) -> Any:
    return node > value


def _less(node: Any, value: Any) -> Any:
    return node < value


def _plain(value: Any, order: Order) -> Any:
    """A sort value as JSON takes it."""
    return order.convert.to_json(value) if order.convert is not None else value


def _sound(cursor: Position | None, order: Order) -> Position | None:
    """``cursor`` if it can be one of this list's rows, else None: people keep and change addresses."""
    shape: tuple[type, ...] = (int,) if order.node is None else (object, int)
    if order.target is not None and cursor and cursor[0] is not None:
        shape = (object, int, int)
    if cursor is None or len(cursor) != len(shape) or not all(map(isinstance, cursor, shape)):
        return None
    if any(_never_stored(part) for part in cursor):
        return None
    if order.node is None or cursor[0] is None:
        return cursor if order.node is None or order.blanks is not None else None
    try:
        value = _value(cursor[0], order)
        if order.convert is not None:
            order.convert.check(value, Context())
    except (ValueError, TypeError, ArithmeticError):
        return None
    return cursor if order.convert is not None or isinstance(value, str | int) else None


def _never_stored(part: Any) -> bool:
    """Whether no column holds such a value, and a database may not even take it as a question."""
    if isinstance(part, str):
        return any(sign == "\x00" or "\ud800" <= sign <= "\udfff" for sign in part)
    return isinstance(part, int) and abs(part) >= 2**63


def _value(raw: Any, order: Order) -> Any:
    """A sort value out of a cursor, as the column compares it."""
    if order.convert is None:
        return raw
    return order.convert.from_json(raw)
