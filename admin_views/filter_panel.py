"""The panel in which a person narrows a list, and the words of a filter in force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from admin_views.list_query import RESERVED, ActiveFilter, ListRequest, filterable, read_list
from admin_views.row_blocks import choices_of
from admin_views.screen import Screen
from schema.spec import Field


@dataclass(frozen=True, slots=True)
class Control:
    """One field of the panel. ``shape`` is choices, link, range or text; ``options`` are (value, label, chosen)."""

    field: Field
    label: str
    shape: str
    param: str
    input: str = "text"
    unit: str = ""
    options: tuple[tuple[str, str, bool], ...] = ()
    text: str = ""
    low: str = ""
    high: str = ""
    blank: str = ""
    """'empty', 'filled' or ''."""
    lookup: str = ""

    @property
    def links(self) -> list[tuple[str, str]]:
        """The records chosen now, as (id, title)."""
        return [(value, label) for value, label, _chosen in self.options]


def filter_panel(screen: Screen, args: Any) -> dict[str, Any]:
    """What the filter template shows."""
    request = read_list(args, screen)
    kept = [(n, v) for n, v in request.params() if n in ("search", "saved", "sort", "size")]
    return {
        "screen": screen,
        "entity": screen.entity,
        "asked": request,
        "kept": kept,
        "target": screen.url("board" if args.get("tab") == "board" else ""),
        "controls": [control(screen, field, request) for field in filterable(screen)],
    }


def control(screen: Screen, field: Field, request: ListRequest) -> Control:
    """The control of one field, with what is chosen now."""
    mine = {item.op: item for item in request.filters if item.field.name == field.name}
    blank = "empty" if "empty" in mine else "filled" if "filled" in mine else ""
    param = f"{field.name}_is" if field.name in RESERVED else field.name
    common: dict[str, Any] = {
        "field": field,
        "label": screen.say(field.label),
        "param": param,
        "blank": blank,
        "unit": screen.unit_of(field),
    }
    chosen = mine.get("equals") or mine.get("has")
    if options := _options(screen, field, chosen):
        return Control(shape="choices", options=options, **common)
    if is_link(field):
        titles = _titles(screen, field, chosen)
        lookup = screen.url("ajax/lookup", field=field.name)
        return Control(shape="link", options=titles, lookup=lookup, **common)
    if "from" in field.type.filters:
        kind = {"date": "date", "datetime": "date", "time": "time"}.get(field.type.kind, "text")
        common |= {"input": kind, "low": _text(mine.get("from")), "high": _text(mine.get("to"))}
        return Control(shape="range", **common)
    return Control(shape="text", text=_text(mine.get("contains") or mine.get("starts") or chosen), **common)


def is_link(field: Field) -> bool:
    """Whether the field's value is one or more records."""
    return bool(field.target)


def _options(screen: Screen, field: Field, chosen: ActiveFilter | None) -> tuple[tuple[str, str, bool], ...]:
    values = chosen.values if chosen else ()
    if field.type.kind == "boolean":
        return (("true", _("Yes"), True in values), ("false", _("No"), False in values))
    return tuple((code, screen.say(choice.label), code in values) for code, choice in choices_of(screen, field).items())


def _titles(screen: Screen, field: Field, chosen: ActiveFilter | None) -> tuple[tuple[str, str, bool], ...]:
    if chosen is None:
        return ()
    titles = screen.registry.scope.titles(screen.actor, field.target, chosen.values)
    return tuple((str(id), title, True) for id, title in titles.items())


def _text(item: ActiveFilter | None) -> str:
    return item.texts[0] if item else ""


def filter_words(screen: Screen, item: ActiveFilter) -> str:
    """A filter in force, in words: “State: Vacant or Let”, “Area ≥ 90”."""
    label = screen.say(item.field.label)
    match item.op:
        case "empty":
            return _("%(field)s is blank", field=label)
        case "filled":
            return _("%(field)s is filled in", field=label)
        case "from":
            return f"{label} ≥ {_shown(screen, item)}"
        case "to":
            return f"{label} ≤ {_shown(screen, item)}"
        case "not_equals":
            return f"{label} ≠ {_shown(screen, item)}"
        case "contains" | "starts":
            return _("%(field)s contains “%(text)s”", field=label, text=_shown(screen, item))
        case _:
            return f"{label}: {_shown(screen, item)}"


def _shown(screen: Screen, item: ActiveFilter) -> str:
    if item.op in ("contains", "starts"):
        return item.texts[0]
    if is_link(item.field):
        titles = screen.registry.scope.titles(screen.actor, item.field.target, item.values)
        return _(" or ").join(titles.values()) or _("a record you may not see")
    if item.field.type.multiple:
        return _(" or ").join(item.field.type.display((value,), screen.context) for value in item.values)
    if item.field.type.kind == "datetime":
        return _(" or ").join(item.texts)
    return _(" or ").join(item.field.type.display(value, screen.context) for value in item.values)
