"""The one door for reads: what comes out is already only what the actor may see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from typing import Any

import peewee

from models.access import Access
from models.actor import Actor
from models.clock import Clock
from models.errors import NotAllowed, NotFound
from models.query import COUNT_BOUND, MAX_SIZE, SEARCH_BOUND, Condition, Page, PageRef, Query, pack, page_of
from models.reads.aggregates import Aggregates, Grouped, Measures
from models.reads.expression_sql import SqlEnvironment, to_condition, to_sql
from models.reads.filters import filter_condition, lit_condition
from models.reads.formulas import expression_of, plain_formulas
from models.reads.narrowing import Part, asked_filled, conjuncts, filter_finds_few, finds_few, together, walked
from models.reads.paging import Chain, Order, both, ids_of, order_of, select_matching, within
from models.reads.reading import Reading
from models.reads.search import Matches, SearchIndex
from models.reads.spelling import canonical
from models.record import Record
from models.storage.build import Models
from models.storage.natural_order import order_key
from models.storage.rows import among, batches
from schema.expressions import Expression
from schema.naming import parse_for
from schema.spec import Entity, Field, Schema
from schema.text import BadValue, Text
from schema.types.base import Context
from schema.types.lights import LightType

STREAM_CHUNK = 1000
EVERYTHING = Query()
NOTHING: Measures = {}
LAST_CHARACTER = "\U0010ffff"


class Scope:
    """Every read of records for an actor: one, a page, a stream, a count, a look-up."""

    def __init__(self, schema: Schema, models: Models, access: Access, search: SearchIndex, clock: Clock) -> None:
        self.schema, self.models, self.access, self.search, self.clock = schema, models, access, search, clock
        self.sqlite = search.sqlite
        self.formulas = plain_formulas(schema)
        self._aggregates = Aggregates(self)

    # -- what an actor may see, as SQL -------------------------------------------------------------

    def condition(self, actor: Actor, entity: str, action: str = "read", model: Any = None) -> Any:
        """The SQL condition of the actor's scope for ``action``; None means every record.

        Raises NotAllowed when the actor has no grant at all.
        """
        parts = [self._granted(actor, entity, name, model) for name in dict.fromkeys(("read", action))]
        parts = [part for part in parts if part is not None]
        if not parts:
            return None
        return both(parts[0], parts[1] if len(parts) > 1 else None)

    def title_condition(self, actor: Actor, entity: str, model: Any) -> Any:
        """When the title of a linked record may be shown; None is always. Colleagues' names are no secret."""
        if self.schema.entities[entity].builtin:
            return None
        if not self.access.may(actor, entity, "read"):
            return peewee.SQL("1 = 0")
        return self.condition(actor, entity, "read", model)

    def sql(self, actor: Actor, expression: Expression, model: Any) -> Any:
        """A value expression as SQL, for ``actor`` and the office's day."""
        return to_sql(expression, model, self._environment(actor))

    def sql_condition(self, actor: Actor, expression: Expression, model: Any) -> Any:
        """A boolean expression as a WHERE condition."""
        return to_condition(expression, model, self._environment(actor))

    def context(self, actor: Actor) -> Context:
        """What field types need to read and write values for this actor."""
        return Context(
            locale=actor.locale,
            timezone=self.clock.zone,
            today=self.clock.today(),
            find=lambda entity, text: self.find(actor, entity, text),
            title=lambda entity, record: self.titles(actor, entity, [record]).get(record),
        )

    # -- reads -------------------------------------------------------------------------------------

    def get(self, actor: Actor, entity: str, id: int, action: str = "read") -> Record:
        """One record with every field the actor may see. Raises NotFound, NotAllowed."""
        self.require(actor, entity, action)
        visible = self.visible_ids(actor, entity, [id], action)
        if not visible:
            raise NotFound(self.schema.entities[entity].label)
        names = tuple(self.schema.entities[entity].fields)
        return Reading(self, actor, entity, names).by_ids([id])[0]

    def records(self, actor: Actor, entity: str, ids: Sequence[int], columns: Sequence[str] = ()) -> list[Record]:
        """Those of ``ids`` the actor may see, in that order."""
        visible = self.visible_ids(actor, entity, ids)
        names = columns or tuple(self.schema.entities[entity].fields)
        return Reading(self, actor, entity, names).by_ids([id for id in ids if id in visible])

    def visible_ids(self, actor: Actor, entity: str, ids: Iterable[int], action: str = "read") -> set[int]:
        """Which of ``ids`` exist for the actor under ``action``."""
        wanted = list(dict.fromkeys(id for id in ids if isinstance(id, int) and 0 < id < 2**63))
        model = self.models[entity]
        condition = self.condition(actor, entity, action)
        found: set[int] = set()
        for some in batches(wanted):
            query = model.select(model.id).where(among(model.id, some))
            query = query if condition is None else query.where(condition)
            found.update(row[0] for row in query.tuples())
        return found

    def require(self, actor: Actor, entity: str, action: str) -> None:
        """Raises NotAllowed unless the actor may do ``action`` on some records."""
        if not self.access.may(actor, entity, action):
            label = self.schema.entities[entity].label
            raise NotAllowed(
                Text("您没有对{label}进行此操作的权限。", "You may not do this with {label}.").with_(label=label)
            )

    def page(self, actor: Actor, entity: str, query: Query) -> Page:
        """A page of a list with its bounded count. Raises NotAllowed; bad cursors begin at the start."""
        self.require(actor, entity, "read")
        spec = self.schema.entities[entity]
        size = max(1, min(query.size, MAX_SIZE))
        condition, matches = self.narrowed(actor, spec, query)
        order = self.order(actor, spec, query.sort, searching=matches is not None)
        bound = COUNT_BOUND if matches is None else SEARCH_BOUND
        count, sums = self._count(spec, condition, matches, bound, self._summed(actor, spec))
        chain = Chain(self.models[entity], order, condition, self.sqlite, matches, dense=count > bound)
        positions, more = chain.page(query.page, size, count if count <= bound else None)
        rows = Reading(self, actor, entity, query.columns or spec.show.list).by_ids([p[-1] for p in positions])
        return page_of(query.page, size, rows, positions, more, (min(count, bound), count <= bound), sums)

    def ids(self, actor: Actor, entity: str, query: Query, limit: int) -> list[int]:
        """The ids of everything that matches, newest first, up to ``limit``."""
        self.require(actor, entity, "read")
        spec = self.schema.entities[entity]
        condition, matches = self.narrowed(actor, spec, query)
        chain = Chain(self.models[entity], Order(None, descending=True), condition, self.sqlite, matches)
        return [position[-1] for position in chain.page(PageRef(), limit)[0]]

    def chain(self, actor: Actor, entity: str, query: Query, action: str = "read") -> Chain:
        """Every id that matches and on which the actor holds ``action``, in the list's order, to be fetched whole."""
        self.require(actor, entity, action)
        spec = self.schema.entities[entity]
        condition, matches = self.narrowed(actor, spec, query)
        if action != "read":
            condition = both(condition, self._granted(actor, entity, action, None))
        order = self.order(actor, spec, query.sort, searching=matches is not None)
        dense = condition is None or self._count(spec, condition, matches, COUNT_BOUND)[0] > COUNT_BOUND
        return Chain(self.models[entity], order, condition, self.sqlite, matches, dense)

    def stream(self, actor: Actor, entity: str, query: Query) -> Iterator[Record]:
        """Every record that matches, in the list's order, in constant memory."""
        chain = self.chain(actor, entity, query)
        reading = Reading(self, actor, entity, query.columns or self.schema.entities[entity].show.list)
        ref = PageRef()
        while True:
            positions, more = chain.page(ref, STREAM_CHUNK)
            yield from reading.by_ids([p[-1] for p in positions])
            if not more:
                return
            ref = PageRef("after", pack(positions[-1]))

    def count(self, actor: Actor, entity: str, query: Query = EVERYTHING, bound: int | None = None) -> int:
        """How many match, counted no further than ``bound``."""
        self.require(actor, entity, "read")
        spec = self.schema.entities[entity]
        condition, matches = self.narrowed(actor, spec, query)
        return self._count(spec, condition, matches, bound)[0]

    def aggregate(
        self, actor: Actor, entity: str, measures: Measures = NOTHING, by: Sequence[str] = (), where: str = "",
        query: Query = EVERYTHING,
    ) -> list[Grouped]:  # fmt: skip
        """Counts and sums of the records of ``query`` for which ``where`` holds, by groups, in one statement.

        ``by`` are fields ('state'), paths over links ('unit.building'), periods of a day ('due_on:month', also :day
        :week :quarter :year) or expressions; groups stand in the order people expect, blank last. With nothing to
        group by there is one row. Raises NotAllowed for a field that the actor does not see in clear.
        """
        self.require(actor, entity, "read")
        condition, matches = self.narrowed(actor, self.schema.entities[entity], query)
        if matches is not None:
            condition = both(condition, within(self.models[entity], matches))
        return self._aggregates.rows(actor, entity, measures, by, where, query, condition)

    def lookup(self, actor: Actor, entity: str, text: str, limit: int = 20) -> list[tuple[int, str]]:
        """(id, title) of records whose title begins like ``text`` or that the search finds, best first."""
        self.require(actor, entity, "read")
        spec, model = self.schema.entities[entity], self.models[entity]
        condition = self.condition(actor, entity)
        base = model.select(model.id, model.title_text)
        base = base if condition is None else base.where(condition)
        title = canonical(spec, text)
        found: dict[int, str] = {}
        steps = [self._title_starts(model, title), self._found(actor, spec, title)] if title else [None]
        for step in steps:
            query = base if step is None else base.where(step)
            for id, name in query.order_by(model.title_order).limit(limit).tuples():
                found.setdefault(id, name)
            if len(found) >= limit:
                break
        return list(found.items())[:limit]

    def find(self, actor: Actor, entity: str, text: str) -> int:
        """The id of the one record that ``text`` names by its title or a spelling of it. Raises BadValue."""
        spec, model = self.schema.entities[entity], self.models[entity]
        self.require(actor, entity, "read")
        condition = self.condition(actor, entity)
        title = canonical(spec, text)
        query = model.select(model.id, model.title_text).where(model.title_order == order_key(title))
        rows = list((query if condition is None else query.where(condition)).limit(20).tuples())
        meant = _meant(rows, title)
        if len(meant) == 1:
            return meant[0]
        raise BadValue(_not_one(spec, text, len(meant)))

    def find_many(self, actor: Actor, entity: str, texts: Iterable[str]) -> dict[str, int]:
        """``find`` for many texts in a few queries; a text that does not name exactly one record is absent."""
        spec, model = self.schema.entities[entity], self.models[entity]
        if not self.access.may(actor, entity, "read"):
            return {}
        condition = self.condition(actor, entity)
        wanted = {text: canonical(spec, text) for text in texts}
        by_order: dict[str, list[tuple[int, str]]] = {}
        for some in batches(sorted({order_key(title) for title in wanted.values()})):
            query = model.select(model.id, model.title_text, model.title_order).where(model.title_order.in_(list(some)))
            for id, words, order in (query if condition is None else query.where(condition)).tuples():
                by_order.setdefault(order, []).append((id, words))
        found: dict[str, int] = {}
        for text, title in wanted.items():
            meant = _meant(by_order.get(order_key(title), []), title)
            if len(meant) == 1:
                found[text] = meant[0]
        return found

    def titles(self, actor: Actor, entity: str, ids: Iterable[int]) -> dict[int, str]:
        """The titles of those of ``ids`` that the actor may see."""
        model = self.models[entity]
        wanted = list(dict.fromkeys(ids))
        condition = self.title_condition(actor, entity, model)
        found: dict[int, str] = {}
        for some in batches(wanted):
            query = model.select(model.id, model.title_text).where(among(model.id, some))
            found.update((query if condition is None else query.where(condition)).tuples())
        return found

    # -- parts -------------------------------------------------------------------------------------

    def _environment(self, actor: Actor) -> SqlEnvironment:
        return SqlEnvironment(
            models=self.models.record, links=self.models.link, actor_id=actor.id, roles=actor.roles,
            today=self.clock.today(), now=self.clock.now(), sqlite=self.sqlite, formulas=self.formulas,
        )  # fmt: skip

    def _granted(self, actor: Actor, entity: str, action: str, model: Any) -> Any:
        verdict = self.access.verdict(actor, entity, action)
        if verdict.everything:
            return None
        if not verdict.scopes:
            self.require(actor, entity, action)
            return peewee.SQL("1 = 0")
        target = self.models[entity] if model is None else model
        parts = [self.sql_condition(actor, expression, target) for _, expression in verdict.scopes]
        either = parts[0]
        for part in parts[1:]:
            either = either | part
        return either

    def order(self, actor: Actor, spec: Entity, sort: str, searching: bool = False) -> Order:
        """The order that ``sort`` asks for; where the actor may not see it, that of the list, else newest first."""
        if searching and not sort:
            return Order(None, descending=True)
        for wanted in (sort, spec.show.sort):
            name = wanted.lstrip("-")
            if name in ("id", "title") or (name in spec.fields and self.access.is_clear(actor, spec.name, name)):
                with suppress(KeyError):
                    return order_of(self, spec.name, wanted, actor)
        return order_of(self, spec.name, "-id", actor)

    def narrowed(self, actor: Actor, spec: Entity, query: Query) -> tuple[Any, Matches | None]:
        """Scope, filters and selection as one condition, and what the search found, where there is one.

        What the index cannot find is looked for by title.
        """
        parts: list[Part] = [(self.condition(actor, spec.name), False)]
        matches = self._matches(actor, spec, query)
        if query.search.strip() and matches is None:
            parts.append((self._title_starts(self.models[spec.name], canonical(spec, query.search)), False))
        parts += [self._filter_part(actor, spec, one) for one in query.conditions]
        if query.saved in spec.filters:
            where = spec.filters[query.saved].where
            readable = self.access.may_ask(actor, spec.name, where)
            parts += self._expression_parts(actor, spec, where) if readable else [(peewee.SQL("1 = 0"), False)]
        if query.where:
            parts += self._expression_parts(actor, spec, self._written(actor, spec, query.where))
        if query.ids is not None:
            parts.append((self.models[spec.name].id.in_(list(query.ids)), False))
        whole = together(parts, self.sqlite and matches is None and query.ids is None)
        return whole, matches

    def _filter_part(self, actor: Actor, spec: Entity, one: Condition) -> Part:
        few, condition = filter_finds_few(spec.fields, one), self._filtered(actor, spec, one)
        if few and one.op == "filled":
            field = spec.fields[one.field]
            condition = walked(field, self.models[spec.name], condition, self.sqlite)
        return condition, few

    def _expression_parts(self, actor: Actor, spec: Entity, where: Expression) -> Iterator[Part]:
        """The conditions that an expression joins by 'and'."""
        model = self.models[spec.name]
        for one in conjuncts(where):
            condition, field = self.sql_condition(actor, one, model), asked_filled(spec, one)
            if field is not None:
                condition = walked(field, model, condition, self.sqlite)
            yield condition, finds_few(spec, one)

    def _matches(self, actor: Actor, spec: Entity, query: Query) -> Matches | None:
        if not query.search.strip():
            return None
        return self.search.matches(spec.name, canonical(spec, query.search), self._searched(actor, spec))

    def _searched(self, actor: Actor, spec: Entity) -> list[str]:
        """The columns of the index that the actor may look into."""
        return [
            name for name in spec.show.search
            if name == "title" or self.access.is_clear(actor, spec.name, name)
        ]  # fmt: skip

    def _written(self, actor: Actor, spec: Entity, source: str) -> Expression:
        """A condition someone typed; it may read only what the actor may see. Raises ExpressionError, NotAllowed."""
        expression = parse_for(self.schema, spec.name, source)
        for read in expression.depends_on:
            elsewhere = read.path and not self.access.verdict(actor, read.entity, "read").everything
            if elsewhere or not self.access.is_clear(actor, read.entity, read.field):
                raise NotAllowed(
                    Text("您无权按“{field}”筛选。", "You may not filter by “{field}”.").with_(field=read.field)
                )
        return expression

    def _filtered(self, actor: Actor, spec: Entity, one: Condition) -> Any:
        if "." in one.field:
            return self._over_link(actor, spec, one)
        field = spec.fields.get(one.field)
        if field is None or not self.access.is_clear(actor, spec.name, one.field):
            return peewee.SQL("1 = 0")
        model = self.models[spec.name]
        if field.type.stored or field.type.name == "refs":
            column = getattr(model, field.name, None)
        else:
            column = self.sql(actor, expression_of(field), model)
        if isinstance(field.type, LightType) and one.op in ("equals", "in"):
            return lit_condition(one, column, getattr(model, field.type.moment), self.clock.now())
        condition = filter_condition(spec, one, column, self.models, self.clock.zone)
        if one.op in ("contains", "starts") and one.field in spec.show.search:
            maybe = self.search.containing(spec.name, str(one.value), one.field)
            return condition if maybe is None else within(model, maybe) & condition
        return condition

    def _over_link(self, actor: Actor, spec: Entity, one: Condition) -> Any:
        """A filter on a field of what a link points at: it finds only through records that the actor may read."""
        name, _, rest = one.field.partition(".")
        field = spec.fields.get(name)
        if field is None or field.type.name != "ref" or not self.access.is_clear(actor, spec.name, name):
            return peewee.SQL("1 = 0")
        if not self.access.may(actor, field.target, "read"):
            return peewee.SQL("1 = 0")
        link, target = getattr(self.models[spec.name], name), self.models[field.target]
        inner = self._filtered(actor, self.schema.entities[field.target], replace(one, field=rest))
        found = link.in_(target.select(target.id).where(both(self.condition(actor, field.target), inner)))
        return found | link.is_null() if one.op in ("empty", "not_equals", "not_in") else found

    def _found(self, actor: Actor, spec: Entity, text: str) -> Any:
        matches = self.search.matches(spec.name, text, self._searched(actor, spec))
        model = self.models[spec.name]
        return self._title_starts(model, text) if matches is None else within(model, matches)

    def _title_starts(self, model: Any, text: str) -> Any:
        key = order_key(text)
        return (model.title_order >= key) & (model.title_order < key + LAST_CHARACTER)

    def _count(
        self, spec: Entity, condition: Any, matches: Matches | None, bound: int | None, summed: Sequence[Field] = ()
    ) -> tuple[int, dict[str, Decimal]]:
        """How many there are, counted to one past ``bound``, and the sums of ``summed`` when there are no more than
        that: one statement, which adds up only what it has counted to the end."""
        model = self.models[spec.name]
        inner = ids_of(model, matches, joined=condition is not None)
        inner = inner if condition is None else inner.where(condition)
        counted = peewee.fn.COUNT(peewee.SQL("1")).alias("n")
        bounded = peewee.Select([(inner.limit(bound + 1) if bound else inner).alias("bounded")], [counted]).alias("c")
        columns = [bounded.c.n]
        for field in summed:
            total = [peewee.fn.SUM(getattr(model, field.name)).coerce(False)]
            query = model.select(*total) if matches is None else select_matching(model, matches, total)
            query = query if condition is None else query.where(condition)
            columns.append(peewee.Case(None, [(bounded.c.n <= (bound or 2**62), query)]))
        row = peewee.Select([bounded], columns).bind(self.search.db).tuples()[0]
        if bound is not None and row[0] > bound:
            return int(row[0]), {}
        totals = zip(summed, row[1:], strict=True)
        return int(row[0]), {f.name: Decimal(int(total or 0)).scaleb(-f.type.places) for f, total in totals}

    def _summed(self, actor: Actor, spec: Entity) -> list[Field]:
        """The columns under which the actor sees a sum."""
        return [
            spec.fields[name] for name in spec.show.sums
            if spec.fields[name].type.stored and self.access.is_clear(actor, spec.name, name)
        ]  # fmt: skip


def _meant(rows: Sequence[tuple[int, str]], title: str) -> list[int]:
    """Of rows that sort as ``title`` does: those called exactly so, else all of them."""
    return [id for id, words in rows if words == title] or [id for id, _ in rows]


def _not_one(spec: Entity, text: str, found: int) -> Text:
    if found:
        return Text(
            "“{text}”对应多条{label}，请写得更完整。", "“{text}” means more than one {label}; write it in full."
        ).with_(text=text, label=spec.label)
    return Text("找不到{label}“{text}”。", "There is no {label} “{text}”.").with_(text=text, label=spec.label)
