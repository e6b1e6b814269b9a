"""Reads the address of a list into a query, and writes a list's address back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from admin_views.ids import id_of
from admin_views.screen import Screen, with_query
from models.query import Condition, PageRef, Query
from schema.spec import Field
from schema.text import BadValue, Text
from schema.types.base import Operator

SIZES = (25, 50, 100, 200)
DEFAULT_SIZE = 50
MAX_SEARCH = 200
MAX_VALUES = 50
YEARS = range(1900, 3000)
"""Moments are compared by days of these years; beyond them a timezone's midnight may not exist."""
RESERVED = frozenset({"search", "sort", "page", "after", "before", "size", "saved", "tab", "csrf_token", "id"})
"""Parameters that are never a filter; a field of such a name is filtered as ``<name>_is``."""

SUFFIXES: dict[str, Operator] = {
    "_is": "equals",
    "_not": "not_equals",
    "_contains": "contains",
    "_starts": "starts",
    "_from": "from",
    "_to": "to",
    "_empty": "empty",
    "_filled": "filled",
    "_has": "has",
}

NO_CHANGE: Mapping[str, Any] = {}

_WAY = Text("{first} › {then}", "{first} › {then}")
_NO_DAY = Text("“{text}”不是日期，请写成 2024-03-01 这样", "“{text}” is no date; write it as 2024-03-01")

Args = MultiDict[str, str]


@dataclass(frozen=True, slots=True)
class ActiveFilter:
    """A filter in force: its field and operator, the parameter that says it, and its words for a chip."""

    field: Field
    op: Operator
    param: str
    texts: tuple[str, ...]
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class ListRequest:
    """What a list's address asks for; ``problems`` are sentences about parts that were not understood."""

    search: str
    sort: str
    saved: str
    size: int
    page: PageRef
    page_hint: int | None
    """The number of the page, as the link that led here knew it; for show only."""
    filters: tuple[ActiveFilter, ...]
    problems: tuple[str, ...]

    def conditions(self) -> tuple[Condition, ...]:
        """The filters as the scope takes them."""
        return tuple(Condition(*triple) for item in self.filters for triple in _triples(item))

    def query(self, columns: tuple[str, ...]) -> Query:
        """The page asked for, with these fields of each record."""
        return Query(
            search=self.search,
            conditions=self.conditions(),
            saved=self.saved,
            sort=self.sort,
            page=self.page,
            size=self.size,
            columns=columns,
        )

    def params(self, **changes: Any) -> list[tuple[str, Any]]:
        """The parameters that say this again, without the place in the list; ``changes`` replace or remove."""
        pairs: list[tuple[str, Any]] = [
            ("saved", self.saved),
            ("search", self.search),
            *((item.param, text) for item in self.filters for text in item.texts),
            ("sort", self.sort),
            ("size", self.size if self.size != DEFAULT_SIZE else None),
        ]
        kept = [(name, value) for name, value in pairs if name not in changes]
        return [*kept, *((name, value) for name, value in changes.items() if value not in (None, ""))]

    @property
    def narrowed(self) -> bool:
        """Whether anything but the scope narrows the list."""
        return bool(self.search or self.saved or self.filters)


def read_list(args: Args, screen: Screen) -> ListRequest:
    """What the address asks for; nothing in it can raise."""
    filters, problems = read_filters(args, screen)
    saved = args.get("saved", "")
    if saved and not may_use(screen, saved):
        problems.append(_("There is no saved filter “%(name)s” here.", name=saved))
        saved = ""
    return ListRequest(
        search=clean(args.get("search", "")),
        sort=_read_sort(args.get("sort", ""), screen),
        saved=saved,
        size=_read_size(args.get("size", "")),
        page=_read_page(args),
        page_hint=_read_number(args.get("page", "")),
        filters=tuple(filters),
        problems=tuple(problems),
    )


def clean(text: str) -> str:
    """What a person typed into an address, without control characters and no longer than MAX_SEARCH."""
    return "".join(sign for sign in text if sign.isprintable()).strip()[:MAX_SEARCH]


def may_use(screen: Screen, saved: str) -> bool:
    """Whether the schema has this saved filter for one of the actor's roles, who see what it asks."""
    found, access = screen.entity.filters.get(saved), screen.registry.access
    if found is None or not access.may_ask(screen.actor, screen.entity.name, found.where):
        return False
    return not found.roles or screen.actor.system or bool(found.roles & screen.actor.roles)


def filterable(screen: Screen) -> list[Field]:
    """The fields the drawer offers: those of ``show.filter`` whose values the actor sees."""
    fields = screen.entity.fields
    return [fields[name] for name in screen.entity.show.filter if name in fields and can_filter(screen, fields[name])]


def can_filter(screen: Screen, field: Field) -> bool:
    """Whether an address may filter by a field; the panel offers fewer, those the schema names."""
    return bool(field.type.filters) and not field.internal and screen.is_clear(field)


def can_sort(screen: Screen, name: str) -> bool:
    """Whether a header sorts: 'id' and 'title' always, a field if the schema made it cheap and it is in clear."""
    if name in ("id", "title"):
        return True
    field = screen.entity.fields.get(name)
    return field is not None and field.sortable and not field.internal and screen.is_clear(field)


def read_filters(args: Args, screen: Screen) -> tuple[list[ActiveFilter], list[str]]:
    """The filters an address names, and sentences about those that were not understood."""
    found: list[ActiveFilter] = []
    problems: list[str] = []
    for param in args:
        named = _named_filter(param, screen)
        texts = tuple(filter(None, map(clean, args.getlist(param))))[:MAX_VALUES]
        if named is None or not texts:
            continue
        field, op = named
        try:
            values = tuple(_each(_value(screen, field, op, text) for text in texts))
        except BadValue as error:
            label = screen.say(field.label)
            problems.append(_("Filter %(field)s: %(reason)s", field=label, reason=screen.say(error.text)))
            continue
        found.append(ActiveFilter(field, op, param, texts, values))
    return found, problems


def _named_filter(param: str, screen: Screen) -> tuple[Field, Operator] | None:
    exact = field_at(screen, param)
    if exact is not None and param not in RESERVED:
        return (exact, _plain_operator(exact)) if can_filter(screen, exact) else None
    for suffix, op in SUFFIXES.items():
        field = field_at(screen, param.removesuffix(suffix)) if param.endswith(suffix) else None
        if field is not None and can_filter(screen, field):
            op = _plain_operator(field) if op == "equals" else op
            return (field, op) if _offers(field, op) else None
    return None


def field_at(screen: Screen, path: str) -> Field | None:
    """The field an address means, also over links ('shelf.branch'): its name is then the path, its label the way."""
    name, dot, rest = path.partition(".")
    field = screen.entity.fields.get(name)
    if not dot or field is None:
        return field
    if field.type.name != "ref" or not screen.is_clear(field) or not screen.may_at(field.target, "read"):
        return None
    there = screen.at(field.target)
    found = field_at(there, rest)
    if found is None or found.type.name == "refs" or not can_filter(there, found):
        return None
    return replace(found, name=path, label=_WAY.with_(first=field.label, then=found.label))


def _plain_operator(field: Field) -> Operator:
    return "has" if "has" in field.type.filters and "equals" not in field.type.filters else "equals"


def _offers(field: Field, op: Operator) -> bool:
    offered = set(field.type.filters)
    if offered & {"equals", "in"}:
        offered |= {"equals", "in", "not_equals", "not_in"}
    return op in offered | {"empty", "filled"}


def _value(screen: Screen, field: Field, op: Operator, text: str) -> Any:
    if op in ("empty", "filled"):
        return None
    if op in ("contains", "starts"):
        return text
    if field.type.kind == "datetime" and len(text) == 10:
        return _day(text)
    is_link = field.type.kind == "ref" or field.type.name == "refs"
    if is_link and (id := id_of(text)) is not None:
        return id
    return field.type.parse(text, screen.context)


def _each(values: Iterable[Any]) -> Iterator[Any]:
    """The values, those of a type that reads several out of one text one by one."""
    for value in values:
        yield from value if isinstance(value, tuple) else (value,)


def _day(text: str) -> date:
    """A day by which moments are filtered (the office's days)."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise BadValue(_NO_DAY.with_(text=text)) from error
    if day.year not in YEARS:
        raise BadValue(_NO_DAY.with_(text=text))
    return day


def _triples(item: ActiveFilter) -> Iterator[tuple[str, Operator, Any]]:
    name, many = item.field.name, len(item.values) > 1
    if item.op in ("empty", "filled"):
        yield name, item.op, None
    elif item.op in ("equals", "not_equals") and many:
        yield name, "in" if item.op == "equals" else "not_in", item.values
    elif item.op == "has":
        yield name, item.op, item.values
    else:
        for value in item.values:
            yield name, item.op, value


def _read_sort(text: str, screen: Screen) -> str:
    return text if text and can_sort(screen, text.removeprefix("-")) else ""


def _read_size(text: str) -> int:
    return int(text) if text in {str(size) for size in SIZES} else DEFAULT_SIZE


def _read_page(args: Args) -> PageRef:
    """The place in the list: a cursor, a page number, or 'last'; the first page for anything else."""
    if args.get("after", ""):
        return PageRef("after", args.get("after", ""))
    if args.get("before", ""):
        return PageRef("before", args.get("before", ""))
    text = args.get("page", "")
    if text == "last":
        return PageRef("last")
    number = _read_number(text) or 1
    return PageRef("number", number=number) if number > 1 else PageRef()


def _read_number(text: str) -> int | None:
    return int(text) or None if text.isascii() and text.isdigit() and len(text) < 10 else None


def params_of(conditions: Iterable[Condition]) -> Iterator[tuple[str, str]]:
    """The parameters of an address that narrow a list so; the inverse of reading them."""
    suffixes = {op: suffix for suffix, op in SUFFIXES.items()} | {"in": "", "equals": "", "not_in": "_not"}
    for one in conditions:
        name = f"{one.field}_is" if one.field in RESERVED and not suffixes[one.op] else f"{one.field}{suffixes[one.op]}"
        values = one.value if isinstance(one.value, tuple | list) else (one.value,)
        for value in values:
            yield name, "1" if one.op in ("empty", "filled") else _address_text(value)


def _address_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def list_url(screen: Screen, request: ListRequest, **changes: Any) -> str:
    """The list's address with these parameters changed (None removes)."""
    return door_url(screen, "", request, changes)


def door_url(screen: Screen, door: str, request: ListRequest, changes: Mapping[str, Any] = NO_CHANGE) -> str:
    """The address of another page of the entity ('board', '' for the list) that shows the same records."""
    return with_query(screen.url(door), request.params(**changes))
