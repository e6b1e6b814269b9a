"""A person's own view of a list: which columns, and links to their saved filters."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

from werkzeug.datastructures import MultiDict

from admin_views.list_page import shown_columns
from admin_views.list_query import read_list
from admin_views.row_blocks import lead_column
from admin_views.screen import Screen
from models.errors import Invalid
from schema.text import Text

MOST_VIEWS = 12
LONGEST_NAME = 40

_NAMELESS = Text("请给这个筛选起个名字。", "Give the filter a name.")
_NOTHING = Text("列表没有筛选条件，没有可保存的。", "Nothing narrows the list, so there is nothing to save.")
_FULL = Text("最多保存 {most} 个筛选，请先删掉一个。", "At most {most} filters are kept; remove one first.")


def column_choice(screen: Screen, chosen: Any) -> dict[str, Any]:
    """What the column template shows: (name, label, shown, fixed) in the present order, then the rest."""
    now = shown_columns(screen, chosen.get("columns"))
    names = [*now, *(field.name for field in screen.columns if field.name not in now)]
    if "title" not in names:
        names.append("title")
    lead = lead_column(screen, now)
    options = []
    for name in names:
        field = screen.entity.fields.get(name)
        label = screen.say(field.label if field else screen.entity.label)
        options.append((name, label, name in now, name == lead))
    return {"screen": screen, "entity": screen.entity, "options": options, "is_own": bool(chosen.get("columns"))}


def keep_columns(screen: Screen, names: list[str]) -> None:
    """Remember which columns this person wants; none means those of the schema."""
    known = [name for name in dict.fromkeys(names) if name == "title" or name in screen.field_names]
    preferences = screen.registry.preferences
    preferences.keep(screen.actor.id, screen.entity.name, "columns", known or None)


def keep_view(screen: Screen, name: str, query: str) -> None:
    """Remember the list that ``query`` describes under ``name`` (one of the same name is replaced). Raises Invalid."""
    name = name.strip()[:LONGEST_NAME]
    asked = read_list(MultiDict(parse_qsl(query)), screen)
    if not name:
        raise Invalid({"": [_NAMELESS]})
    if not asked.narrowed and not asked.sort:
        raise Invalid({"": [_NOTHING]})
    views = [view for view in views_of(screen) if view["name"] != name]
    if len(views) >= MOST_VIEWS:
        raise Invalid({"": [_FULL.with_(most=MOST_VIEWS)]})
    views.append({"name": name, "query": urlencode([(k, v) for k, v in asked.params() if v not in (None, "")])})
    screen.registry.preferences.keep(screen.actor.id, screen.entity.name, "views", views)


def forget_view(screen: Screen, name: str) -> None:
    """Take one of the person's own filters away."""
    views = [view for view in views_of(screen) if view["name"] != name]
    screen.registry.preferences.keep(screen.actor.id, screen.entity.name, "views", views or None)


def views_of(screen: Screen) -> list[dict[str, str]]:
    """The person's own saved filters at this entity."""
    chosen = screen.registry.preferences.of(screen.actor.id, screen.entity.name)
    return list(chosen.get("views") or [])
