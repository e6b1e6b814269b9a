"""What a person chooses before an export: which records, which columns in which order, what kind of file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Response
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from admin_views.export_door import BY_HAND, download
from admin_views.ids import id_of
from admin_views.list_page import shown_columns
from admin_views.list_query import read_list
from admin_views.screen import Screen, with_query
from models.errors import Invalid
from models.query import Query
from schema.text import Text
from transfer.export import Way

KEPT = "exports"
"""Under this name a person's sets of columns are kept."""
AS_LIST = "-list"
MOST_PICKED = 2000
MOST_SETS = 12
LONGEST_NAME = 40
KINDS = {
    "xlsx": ("xlsx", "utf-8"), "csv": ("csv", "utf-8"), "csv-gb18030": ("csv", "gb18030"), "jsonl": ("jsonl", "utf-8"),
}  # fmt: skip
"""The kinds of file offered: format and encoding."""

_NAMELESS = Text("请给这组列起个名字。", "Give this set of columns a name.")
_FULL = Text("最多保存 {most} 组列，请先删掉一组。", "At most {most} sets of columns are kept; remove one first.")


@dataclass(frozen=True, slots=True)
class Choice:
    """One column on offer."""

    name: str
    label: str
    chosen: bool


def export_page(screen: Screen, query: str, picked: list[int], name: str = "") -> dict[str, Any]:
    """What the template shows for the list at ``query``; ``picked`` are ticked records, ``name`` a kept set."""
    asked = read_list(MultiDict(parse_qsl(query)), screen)
    count = screen.registry.scope.count(screen.actor, screen.entity.name, asked.query(()), 10_000 + 1)
    sets = kept_sets(screen)
    here = dict(parse_qsl(query))
    return {
        "screen": screen,
        "entity": screen.entity,
        "query": query,
        "picked": picked,
        "count": f"{count:,}" if count <= 10_000 else "10,000+",
        "narrowed": asked.narrowed,
        "columns": choices(screen, _chosen(screen, sets, name)),
        "sets": [(one, screen.url("export", **{**here, "set": one})) for one in sets],
        "list_set": screen.url("export", **{**here, "set": AS_LIST}),
        "current": name,
        "kinds": [("xlsx", "Excel"), ("csv", "CSV"), ("csv-gb18030", _("CSV for an old Excel")), ("jsonl", "JSON")],
        "can_edit": screen.may("import") and screen.may("update"),
        "back": with_query(screen.base, parse_qsl(query)),
    }


def choices(screen: Screen, chosen: list[str]) -> list[Choice]:
    """Every column the person may see: those chosen first and in their order, then the rest."""
    names = [*chosen, *(f.name for f in screen.columns if f.name not in chosen)]
    if "title" not in names:
        names.append("title")
    return [Choice(name, _label(screen, name), name in chosen) for name in names]


def _label(screen: Screen, name: str) -> str:
    return screen.say(screen.entity.label if name == "title" else screen.entity.fields[name].label)


def _chosen(screen: Screen, sets: dict[str, list[str]], name: str) -> list[str]:
    """The columns of a kept set, of the list, or every field but the bookkeeping ones."""
    if name == AS_LIST:
        preferred = screen.registry.preferences.of(screen.actor.id, screen.entity.name)
        return list(shown_columns(screen, preferred.get("columns")))
    return known(screen, sets.get(name, [])) or [field.name for field in screen.columns if not field.system]


def known(screen: Screen, names: list[str]) -> list[str]:
    """Those of ``names`` that are columns this person may see, each once."""
    return [name for name in dict.fromkeys(names) if name == "title" or name in screen.field_names]


def read_picked(screen: Screen, posted: Any) -> list[int]:
    """The ids of the ticked records that the person sees; [] where none were ticked or all that match are meant."""
    if "every" in posted:
        return []
    texts = [*posted.getlist("rowid"), *posted.get("picked", "").split(",")]
    wanted = dict.fromkeys(id for id in map(id_of, texts) if id is not None)
    ids = list(wanted)[:MOST_PICKED]
    seen = screen.registry.scope.visible_ids(screen.actor, screen.entity.name, ids, "export")
    return [id for id in ids if id in seen]


def file_of(screen: Screen, posted: Any) -> Response:
    """The file that the form asks for. Raises NotFound, NotAllowed."""
    format, encoding = KINDS.get(posted.get("kind", ""), KINDS["xlsx"])
    editing = "editing" in posted and screen.may("import") and screen.may("update")
    columns = known(screen, posted.getlist("column"))
    return download(screen, meant(screen, posted), format, columns, Way(encoding, editing, BY_HAND))


def meant(screen: Screen, posted: Any) -> Query:
    """The records the form means: the ticked ones, those of the page, or all that match."""
    asked = read_list(MultiDict(parse_qsl(posted.get("query", ""))), screen)
    query, what = asked.query(()), posted.get("what", "all")
    if what == "picked":
        return Query(sort=asked.sort, ids=tuple(read_picked(screen, posted)))
    if what == "page":
        page = screen.registry.scope.page(screen.actor, screen.entity.name, query)
        return replace(query, ids=tuple(row.id for row in page.rows))
    return query


def kept_sets(screen: Screen) -> dict[str, list[str]]:
    """The person's own sets of columns by name."""
    chosen = screen.registry.preferences.of(screen.actor.id, screen.entity.name)
    return {one["name"]: list(one["columns"]) for one in chosen.get(KEPT) or []}


def keep_set(screen: Screen, name: str, columns: list[str]) -> str:
    """Remember columns in their order under ``name`` (one of the same name is replaced). Raises Invalid."""
    name = name.strip()[:LONGEST_NAME]
    if not name or name == AS_LIST:
        raise Invalid({"": [_NAMELESS]})
    sets = kept_sets(screen)
    sets.pop(name, None)
    if len(sets) >= MOST_SETS:
        raise Invalid({"": [_FULL.with_(most=MOST_SETS)]})
    _keep(screen, {**sets, name: known(screen, columns)})
    return name


def forget_set(screen: Screen, name: str) -> None:
    """Take one of the person's own sets away."""
    _keep(screen, {one: columns for one, columns in kept_sets(screen).items() if one != name})


def _keep(screen: Screen, sets: dict[str, list[str]]) -> None:
    kept = [{"name": name, "columns": columns} for name, columns in sets.items()]
    screen.registry.preferences.keep(screen.actor.id, screen.entity.name, KEPT, kept or None)


def page_query(args: Any) -> str:
    """The address of a list as the form carries it: without the name of a set."""
    return urlencode([(name, value) for name, value in args.items(multi=True) if name != "set"])
