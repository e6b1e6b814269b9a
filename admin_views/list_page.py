"""The list of an entity: its rows, headers, tabs, chips, sums and the way to other pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from admin_views.filter_panel import filter_words
from admin_views.list_query import DEFAULT_SIZE, SIZES, ListRequest, can_sort, door_url, list_url, may_use, read_list
from admin_views.row_blocks import RowBlocks, RowWords, lead_column
from admin_views.screen import Screen, with_query
from models.printing import documents_of
from models.query import Page
from models.record import Record
from schema.spec import Field
from schema.types.lights import LightType

MOST_TABS = 8


@dataclass(frozen=True, slots=True)
class Header:
    """A column's head; ``url`` sorts by it ('' where it cannot), ``order`` is what aria-sort says."""

    name: str
    label: str
    is_number: bool
    url: str = ""
    order: str = "none"


@dataclass(frozen=True, slots=True)
class Link:
    """A tab, a chip or a step to another page."""

    label: str
    url: str
    current: bool = False
    count: int | None = None


def row_words() -> RowWords:
    """The words rows repeat, in the language of the request."""
    return RowWords(_("Select"), _("Yes"), _("No"), _("Masked: your role does not see the whole value"))


def list_page(screen: Screen, args: Any, blocks: RowBlocks, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """What the list template shows. ``chosen`` are the person's preferences at this entity."""
    request = read_list(args, screen)
    columns = shown_columns(screen, chosen.get("columns"))
    page = screen.registry.scope.page(screen.actor, screen.entity.name, request.query(_fields(columns)))
    bulk = bulk_choices(screen)
    pick = bool(bulk) or screen.may("export")
    return {
        "screen": screen,
        "entity": screen.entity,
        "asked": request,
        "page": page,
        "headers": headers(screen, request, columns),
        "rows": blocks.block(screen, columns, row_words(), pick=pick)(page.rows),
        "chips": chips(screen, request),
        "tabs": tabs(screen, request, chosen.get("views") or []),
        "sums": sum_line(screen, columns, page),
        "steps": steps(screen, request, page),
        "place": place(request, page),
        "sizes": [Link(str(n), list_url(screen, request, size=_size(n)), n == request.size) for n in SIZES],
        "doors": doors(screen, request),
        "bulk": bulk,
        "pick": pick,
    }


def _size(size: int) -> int | None:
    return None if size == DEFAULT_SIZE else size


def shown_columns(screen: Screen, wanted: Sequence[str] | None) -> tuple[str, ...]:
    """The list's columns for this person: their choice or the schema's, without what is hidden from them."""
    known = screen.field_names
    names = [name for name in wanted or screen.entity.show.list if name == "title" or name in known]
    names = names or ["title"]
    lead = lead_column(screen, names)
    return tuple(names) if lead in names else (lead, *names)


def _fields(columns: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in columns if name != "title")


def headers(screen: Screen, request: ListRequest, columns: Sequence[str]) -> list[Header]:
    """The heads of the columns; a click sorts ascending first, then descending."""
    current = request.sort or screen.entity.show.sort
    made = []
    for name in columns:
        field = screen.entity.fields.get(name)
        label = screen.say(screen.entity.label if field is None else field.label)
        is_number = bool(field and field.type.align_end)
        sort = field.type.moment if field is not None and isinstance(field.type, LightType) else name
        if not can_sort(screen, sort):
            made.append(Header(name, label, is_number))
            continue
        order = {sort: "ascending", f"-{sort}": "descending"}.get(current, "none")
        turned = f"-{sort}" if order == "ascending" else sort
        made.append(Header(name, label, is_number, list_url(screen, request, sort=turned), order))
    return made


def chips(screen: Screen, request: ListRequest, door: str = "") -> list[Link]:
    """What narrows the list (or the page ``door``) now, each with the address without it."""
    made = []
    if request.search:
        words = _("Search: %(text)s", text=request.search)
        made.append(Link(words, door_url(screen, door, request, {"search": None})))
    for item in request.filters:
        words = filter_words(screen, item)
        made.append(Link(words, door_url(screen, door, request, {item.param: None})))
    return made


def tabs(screen: Screen, request: ListRequest, views: Iterable[Mapping[str, str]], door: str = "") -> list[Link]:
    """Everything, then the schema's saved filters, then the person's own."""
    made = [Link(_("All"), screen.url(door), not request.narrowed)]
    for name, saved in screen.entity.filters.items():
        if may_use(screen, name):
            made.append(Link(screen.say(saved.label), screen.url(door, saved=name), request.saved == name))
    here = with_query("", request.params())
    for view in views:
        query = str(view.get("query", ""))
        made.append(Link(str(view.get("name", "")), f"{screen.url(door)}?{query}", here == f"?{query}"))
    return made if len(made) > 1 else []


def sum_line(screen: Screen, columns: Sequence[str], page: Page) -> dict[str, tuple[str, str]]:
    """By column: the sum of the page, and of everything that matches ('' where that is not counted)."""
    sums = {}
    for name in screen.entity.show.sums:
        field = screen.entity.fields[name]
        if name in columns and screen.is_clear(field) and page.rows:
            here = sum_of(page.rows, field)
            whole = page.sums.get(name)
            shown = "" if whole is None else field.type.display(whole, screen.context)
            sums[name] = (field.type.display(here, screen.context), shown)
    return sums


def sum_of(rows: Iterable[Record], field: Field) -> Decimal:
    """The exact sum of a numeric column over some records."""
    values = (row.get(field.name) for row in rows)
    return sum((Decimal(value) for value in values if isinstance(value, Decimal | int)), Decimal(0))


def steps(screen: Screen, request: ListRequest, page: Page) -> dict[str, str]:
    """Addresses of the first, previous, next and last page; '' where there is none."""
    number = _number(request, page)
    after = {"after": page.next_cursor, "page": number + 1 if number else None}
    before = {"before": page.previous_cursor, "page": number - 1 if number and number > 1 else None}
    return {
        "first": list_url(screen, request) if page.has_previous else "",
        "previous": list_url(screen, request, **before) if page.has_previous else "",
        "next": list_url(screen, request, **after) if page.has_next else "",
        "last": list_url(screen, request, page="last") if page.has_next else "",
    }


def _number(request: ListRequest, page: Page) -> int | None:
    return page.number or request.page_hint


def place(request: ListRequest, page: Page) -> dict[str, Any]:
    """Where in the list this page is: ``from`` and ``to`` (None when not known), ``of`` as words, page numbers."""
    number = _number(request, page)
    if number is None and page.count_exact and not page.has_next:
        number = max(1, -(-page.count // request.size))
    first = (number - 1) * request.size + 1 if number and page.rows else None
    if number and page.count_exact and not page.has_next and page.rows:
        first = page.count - len(page.rows) + 1
    return {
        "from": first,
        "to": first + len(page.rows) - 1 if first else None,
        "here": len(page.rows),
        "of": f"{page.count:,}" if page.count_exact else f"{page.count:,}+",
        "number": number,
        "pages": max(1, -(-page.count // request.size)) if page.count_exact else None,
        "again": request.params(size=None),
    }


def doors(screen: Screen, request: ListRequest) -> dict[str, str]:
    """The other pages this person may go to from the list; '' or absent where not."""
    same = request.params()
    return {
        "new": screen.url("new") if screen.may("create") else "",
        "import": screen.url("import") if screen.may("import") else "",
        "trash": screen.url("trash") if screen.may("restore") else "",
        "csv": with_query(f"{screen.base}export/csv/", same) if screen.may("export") else "",
        "xlsx": with_query(f"{screen.base}export/xlsx/", same) if screen.may("export") else "",
        "export": with_query(f"{screen.base}export/", [*same, *_here(request)]) if screen.may("export") else "",
        "templates": with_query(f"{screen.root}/templates/{screen.entity.name}/", same),
        "filters": with_query(f"{screen.base}filters/", same),
        "columns": with_query(f"{screen.base}columns/", same),
        "clear": screen.url(),
        "board": door_url(screen, "board", request, {"sort": None, "size": None}) if has_board(screen) else "",
    }


def has_board(screen: Screen) -> bool:
    """Whether this person meets the records on a board, too: only who sees the states can."""
    flow = screen.entity.workflow
    return (
        screen.entity.show.board is not None and flow is not None and screen.is_clear(screen.entity.fields[flow.field])
    )


def _here(request: ListRequest) -> list[tuple[str, Any]]:
    """The parameters that say which page of the list this is."""
    ref = request.page
    kinds = {"after": ref.cursor, "before": ref.cursor, "number": ref.number, "last": "last"}
    return [("page" if ref.kind in ("number", "last") else ref.kind, kinds.get(ref.kind))]


def bulk_choices(screen: Screen) -> list[tuple[str, str, str]]:
    """What can be done to a selection: (action, label, colour)."""
    flow, say = screen.entity.workflow, screen.say
    steps = [step for step in flow.steps.values() if screen.may(step.name)] if flow else []
    actions = [one for one in screen.entity.actions.values() if one.bulk and screen.may(one.name)]
    found = [(f"step:{step.name}", say(step.label), step.color) for step in steps]
    found += [(f"do:{action.name}", say(action.label), "") for action in actions]
    papers = documents_of(screen.registry.schema, screen.entity.name)
    found += [(f"print:{paper.name}", say(paper.label), "") for paper in papers if screen.may(paper.name)]
    if screen.may("update") and screen.writable:
        found.append(("edit", _("Change a field"), ""))
    if screen.may("delete"):
        found.append(("delete", _("Delete"), "danger"))
    return found
