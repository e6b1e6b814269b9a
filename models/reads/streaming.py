"""Every row of a list as the database gives it, stretch by stretch in constant memory: what an export is made of.

A record costs more to build than to fetch, so a stream gives raw rows and, for each column, how to read it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models.actor import Actor
from models.query import PageRef, Query, pack
from models.reads.reading import Reading
from models.storage.rows import batches
from schema.spec import Field

if TYPE_CHECKING:
    from models.reads.scope import Scope

FIRST_STRETCH, STRETCH = 500, 2000
"""Rows fetched at a time: a few at first, so that a file begins at once."""
TITLE = "title"
Rows = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class StreamColumn:
    """One column of the stream: where it stands in a row, and what a raw value means.

    ``field`` is None for the record's own title. ``read`` gives the Python value of a raw one; a link's column holds
    the title (None where the actor may not see it), that of a field of links a tuple of titles. Where ``is_masked``
    the value must never leave unmasked. ``is_plain`` says that the raw value is what the table keeps.
    """

    name: str
    field: Field | None
    index: int
    read: Callable[[Any], Any]
    is_masked: bool = False
    is_title: bool = False
    is_plain: bool = False


class Stream:
    """The rows of ``query`` that the actor may read and do ``action`` with; () as names are no fields.

    A row is (id, version, …); ``columns`` say where the rest stands. What the actor may not see is not in it: hidden
    fields are not selected, titles come through the scope of what they name.
    """

    def __init__(
        self, scope: Scope, actor: Actor, entity: str, query: Query, names: Sequence[str], action: str = "read", *,
        titles: bool = True,
    ) -> None:  # fmt: skip
        """``titles`` False gives the ids of links and does not fetch what they are called."""
        self.scope, self.model = scope, scope.models[entity]
        self.chain = scope.chain(actor, entity, query, action)
        self.reading = Reading(scope, actor, entity, tuple(n for n in names if n != TITLE), titles=titles)
        self.links = self.reading.links
        self._first_link = 3 + len(self.reading.columns)
        self.columns = tuple(column for name in names if (column := self._column(name)) is not None)

    def stretches(self) -> Iterator[Rows]:
        """The rows in the list's order, a couple of thousand at a time; nothing stays open between two of them."""
        direct = self.chain.order.target is None and self.chain.matches is None
        for rows in self._direct() if direct else self._by_ids():
            yield self._with_links(rows) if self.links else rows

    def _column(self, name: str) -> StreamColumn | None:
        if name == TITLE:
            return StreamColumn(TITLE, None, 2, _same, is_title=True)
        for number, field in enumerate(self.links):
            if field.name == name:
                hidden = name in self.reading.masked
                return StreamColumn(name, field, self._first_link + number, _same, hidden, not hidden)
        fetched = {(c.name, c.is_title): i for i, c in enumerate(self.reading.columns)}
        if (name, True) in fetched:
            return StreamColumn(name, self._field(name), 3 + fetched[name, True], _same, is_title=True)
        if (name, False) not in fetched:
            return None
        index, field = fetched[name, False], self._field(name)
        convert = self.reading.columns[index].convert
        read = convert or getattr(self.model, name).python_value
        return StreamColumn(name, field, 3 + index, read, name in self.reading.masked, is_plain=convert is None)

    def _field(self, name: str) -> Field:
        return self.scope.schema.entities[self.reading.entity].fields[name]

    # -- fetching ----------------------------------------------------------------------------------

    def _direct(self) -> Iterator[Rows]:
        """Ordered by id or by a column of its own: each stretch is a seek and its rows with their titles."""
        chain, size = self.chain, FIRST_STRETCH
        base = self.reading.select()
        if chain.order.node is not None:
            base = base.select_extend(chain.order.node.alias("stream_key"))
        cursor = None
        while True:
            rows: Rows = []
            for stretch in chain.stretches(cursor):
                found = self._fetch(chain.narrowed(base, stretch).limit(size - len(rows)))
                if found:
                    cursor = chain.cursor(found[-1][0], found[-1][-1], stretch)
                    rows += found
                if len(rows) >= size:
                    break
            if rows:
                yield rows
            if len(rows) < size:
                return
            size = STRETCH

    def _by_ids(self) -> Iterator[Rows]:
        """In the order of a link's title, or of what a search found: first the ids, then their rows."""
        ref, size = PageRef(), FIRST_STRETCH
        while True:
            positions, more = self.chain.page(ref, size)
            found: dict[int, tuple[Any, ...]] = {}
            for some in batches([p[-1] for p in positions]):
                rows = self._fetch(self.reading.select().where(self.model.id.in_(list(some))))
                found.update((row[0], row) for row in rows)
            yield [found[p[-1]] for p in positions if p[-1] in found]
            if not more:
                return
            ref, size = PageRef("after", pack(positions[-1])), STRETCH

    def _fetch(self, query: Any) -> Rows:
        """The rows of a query, as the driver gives them."""
        sql, values = query.sql()
        return list(self.scope.search.db.execute_sql(sql, values).fetchall())

    def _with_links(self, rows: Rows) -> Rows:
        """The rows with the titles of each field of links behind them."""
        width = self._first_link
        ids = [row[0] for row in rows]
        found = [self.reading.linked(field, ids) for field in self.links]
        masked = [field.name in self.reading.masked for field in self.links]
        return [
            (*row[:width], *(_linked(pairs.get(row[0]), hide) for pairs, hide in zip(found, masked, strict=True)))
            for row in rows
        ]


def _same(raw: Any) -> Any:
    return raw


def _linked(pairs: Sequence[tuple[int, str | None]] | None, is_masked: bool) -> Any:
    if not pairs:
        return None
    return tuple(id for id, _ in pairs) if is_masked else tuple(title for _, title in pairs if title is not None)
