"""One record: its values in sections, what can be done to it, its children, history, files and comments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup

from admin_views.attachments import FILE_TYPES, field_files
from admin_views.deadline_facts import deadline_lines, deadline_names
from admin_views.forms import sections
from admin_views.history_page import entry
from admin_views.list_page import row_words, shown_columns
from admin_views.place_words import place_link
from admin_views.row_blocks import RowBlocks, choice_chip, choices_of, full_cell
from admin_views.screen import Screen
from models.printing import documents_of
from models.query import Condition, Query
from models.record import Masked, Record
from models.storage.files import StoredFile
from schema.expressions import evaluate
from schema.spec import SYSTEM_FIELDS, Field, Tab
from schema.spec_clocks import DUE_LIGHT

_PICTURE = Markup('<a class="%s" href="%s"><img src="%s" alt="%s" loading="lazy"></a>')
TAB_ROWS = 10
RECENT = 5
COUNTED = 99


@dataclass(frozen=True, slots=True)
class Fact:
    """A field and its value as HTML; ``can_reveal`` where a masked value may be asked for."""

    name: str
    label: str
    value: Markup
    is_wide: bool = False
    can_reveal: bool = False


@dataclass(frozen=True, slots=True)
class Deed:
    """A button on the record: a workflow step or a named action."""

    action: str
    label: str
    color: str
    icon: str = ""


@dataclass(frozen=True, slots=True)
class TabHead:
    """A tab of child records: ``count`` is at most COUNTED + 1, None when the tab was not counted."""

    key: str
    label: str
    url: str
    current: bool
    count: int | None = None


def record_page(screen: Screen, record: Record, args: Any, blocks: RowBlocks) -> dict[str, Any]:
    """What the record template shows."""
    tabs = visible_tabs(screen)
    current = next((tab for tab in tabs if tab_key(tab) == args.get("tab", "")), tabs[0] if tabs else None)
    files = screen.registry.files.of(record)
    can_change = screen.may("update") and is_in_scope(screen, record, "update")
    groups = fact_groups(screen, record)
    return {
        "screen": screen,
        "entity": screen.entity,
        "record": record,
        "title": screen.title_of(record),
        "chip": state_chip(screen, record) + due_chip(screen, record),
        "deeds": [*step_deeds(screen, record), *action_deeds(screen, record)],
        "papers": paper_deeds(screen, record),
        "past": place_link(screen, record),
        "groups": [(label, filled) for label, facts in groups if (filled := [f for f in facts if f.value])],
        "blank": [fact for _, facts in groups for fact in facts if not fact.value],
        "system": system_facts(screen, record),
        "tab_heads": [tab_head(screen, record, tab, tab is current) for tab in tabs],
        "tab": child_tab(screen, record, current, blocks) if current else None,
        "recent": [
            entry(screen, change)
            for change in screen.registry.history.of(screen.actor, record.entity, record.id, limit=RECENT)
        ],
        "files": files,
        "comments": screen.registry.comments.of(record),
        "can_change": can_change,
        "can_delete": screen.may("delete") and is_in_scope(screen, record, "delete"),
        "can_create": screen.may("create"),
    }


def is_in_scope(screen: Screen, record: Record, action: str) -> bool:
    """Whether this record, which the actor sees, also lies in the scope of ``action``."""
    return bool(screen.registry.scope.visible_ids(screen.actor, record.entity, [record.id], action))


def state_chip(screen: Screen, record: Record) -> Markup:
    """The workflow's state (or the one field called 'state') as a chip, '' where there is none."""
    name = screen.entity.workflow.field if screen.entity.workflow else "state"
    field = screen.entity.fields.get(name)
    value = record.get(name)
    if field is None or not isinstance(value, str):
        return Markup("")
    choice = choices_of(screen, field).get(value)
    return Markup(choice_chip(screen, choice)) if choice else Markup("")  # noqa: S704 - escaped by choice_chip


def due_chip(screen: Screen, record: Record) -> Markup:
    """How the record's open deadlines stand, '' where it has none."""
    field = screen.entity.fields.get(DUE_LIGHT) if screen.entity.deadlines else None
    if field is None or field.name not in record.values:
        return Markup("")
    return Markup(full_cell(screen, field, row_words())(record))  # noqa: S704 - escaped by the row writer


def step_deeds(screen: Screen, record: Record) -> list[Deed]:
    """The steps that this actor may take from the record's state."""
    if not screen.entity.workflow:
        return []
    steps = screen.registry.store.steps(screen.actor, record.entity, record.id)
    return [Deed(f"step:{step.name}", screen.say(step.label), step.color) for step in steps]


def action_deeds(screen: Screen, record: Record) -> list[Deed]:
    """The named actions that this actor may do on the record as it stands."""
    may = [action for action in screen.entity.actions.values() if screen.may(action.name)]
    may = [action for action in may if is_in_scope(screen, record, action.name)]
    if not may:
        return []
    row = screen.registry.rows.one(record.entity, record.id) or {}
    environment = screen.registry.store.environments.of(screen.actor)
    return [
        Deed(f"do:{action.name}", screen.say(action.label), "", action.icon)
        for action in may
        if action.when is None or evaluate(action.when, row, environment) is True
    ]


def paper_deeds(screen: Screen, record: Record) -> list[Deed]:
    """The documents that this actor may print for the record."""
    papers = documents_of(screen.registry.schema, record.entity)
    may = [paper for paper in papers if screen.may(paper.name) and is_in_scope(screen, record, paper.name)]
    return [Deed(f"print:{paper.name}", screen.say(paper.label), "", "print") for paper in may]


def fact_groups(screen: Screen, record: Record) -> list[tuple[str, list[Fact]]]:
    """The record's fields in the form's sections, then what stands in no section."""
    shown = [f.name for f in screen.columns if f.name in record.values and f.name not in SYSTEM_FIELDS]
    files = field_files(screen, record)
    groups = [
        (label, [fact(screen, record, name, files) for name in names if not _is_idle(screen, record, name)])
        for label, names in sections(screen, shown)
    ]
    placed = {item.name for _, facts in groups for item in facts}
    laid = {name for part in screen.entity.show.form for name in part.fields}
    flow = screen.entity.workflow.field if screen.entity.workflow else ""
    lines = deadline_lines(screen, record, row_words())
    if lines:
        groups.insert(0, (_("Deadlines"), [Fact(name, label, value) for name, label, value in lines]))
    placed |= deadline_names(screen)
    rest = [name for name in shown if name not in placed and name not in laid and name != flow]
    if rest:
        groups.append((_("Calculated") if groups else "", [fact(screen, record, name, files) for name in rest]))
    return [(label, facts) for label, facts in groups if facts]


def _is_idle(screen: Screen, record: Record, name: str) -> bool:
    """Whether a field that is only sometimes shown has nothing to say."""
    return screen.entity.fields[name].shown_if is not None and record.get(name) in (None, ())


def system_facts(screen: Screen, record: Record) -> list[Fact]:
    """Who made and changed the record, and when."""
    return [fact(screen, record, name, {}) for name in SYSTEM_FIELDS if record.get(name) is not None]


def fact(screen: Screen, record: Record, name: str, files: Mapping[str, list[StoredFile]]) -> Fact:
    """A field's value as the record page shows it: whole, linked, masked where it must be."""
    field = screen.entity.fields[name]
    label = screen.say(field.label)
    wide = field.type.name in ("long_text", "json") or field.type.name in FILE_TYPES
    if name in files:
        shape = "thumb signed" if field.type.name == "signature" else "thumb"
        return Fact(name, label, file_links(screen, record, files[name], shape), is_wide=True)
    value = Markup(full_cell(screen, field, row_words())(record))  # noqa: S704 - escaped by the row writer
    if field.type.name == "long_text" and value:
        value = Markup('<div class="prewrap">%s</div>') % value
    unit = screen.unit_of(field)
    if unit and value and not isinstance(record.get(name), Masked):
        value += Markup(' <span class="muted">%s</span>') % unit
    can_reveal = isinstance(record.get(name), Masked) and screen.may("reveal")
    return Fact(name, label, value, wide, can_reveal)


def file_links(screen: Screen, record: Record, files: Iterable[StoredFile], shape: str) -> Markup:
    """Files in a field: pictures as pictures of that shape, others by name."""
    made = []
    for file in files:
        url = screen.url("files", id=record.id, key=file.key)
        seen = screen.url("files", id=record.id, key=file.key, show=1)
        if file.is_image:
            made.append(_PICTURE % (shape, seen, seen, file.name))
        else:
            made.append(Markup('<a class="file" href="%s">%s</a>') % (url, file.name))
    return Markup('<div class="thumbs">%s</div>') % Markup("").join(made)


# -- tabs of child records -------------------------------------------------------------------------


def tab_key(tab: Tab) -> str:
    """How the address names a tab: the entity, and the field where one entity has two."""
    return f"{tab.entity}.{tab.via}"


def visible_tabs(screen: Screen) -> list[Tab]:
    """The tabs whose records, and whose link to this one, the actor may see."""
    access = screen.registry.access
    return [
        tab
        for tab in screen.entity.show.tabs
        if access.may(screen.actor, tab.entity, "read") and access.is_clear(screen.actor, tab.entity, tab.via)
    ]


def tab_head(screen: Screen, record: Record, tab: Tab, current: bool) -> TabHead:
    """A tab's label and how many records stand behind it."""
    child = screen.at(tab.entity)
    query = Query(conditions=(Condition(tab.via, "equals", record.id),))
    count = screen.registry.scope.count(screen.actor, tab.entity, query, bound=COUNTED)
    same = [other for other in screen.entity.show.tabs if other.entity == tab.entity]
    label = screen.say(child.entity.plural)
    if len(same) > 1:
        label = f"{label} · {screen.say(child.entity.fields[tab.via].label)}"
    url = screen.url("details", id=record.id, tab=tab_key(tab))
    return TabHead(tab_key(tab), label, f"{url}#tabs", current, count)


def child_tab(screen: Screen, record: Record, tab: Tab, blocks: RowBlocks) -> dict[str, Any]:
    """The newest child records of a tab, the way to all of them, and to a new one."""
    child = screen.at(tab.entity)
    columns = child_columns(child, tab.via)
    query = Query(
        conditions=(Condition(tab.via, "equals", record.id),),
        size=TAB_ROWS,
        columns=tuple(name for name in columns if name != "title"),
    )
    page = screen.registry.scope.page(screen.actor, tab.entity, query)
    may_add = child.may("create") and tab.via in child.fillable
    here = screen.url("details", id=record.id, tab=tab_key(tab))
    return {
        "child": child,
        "labels": [head_of(child, name) for name in columns],
        "rows": blocks.block(child, columns, row_words(), pick=False)(page.rows),
        "is_empty": not page.rows,
        "count": page.count,
        "has_more": page.has_next,
        "all": child.url(**{tab.via: record.id}),
        "add": child.url("new", **{tab.via: record.id, "back": here}) if may_add else "",
    }


def child_columns(child: Screen, via: str) -> tuple[str, ...]:
    """The child's list columns without the one that says this record on every row."""
    return tuple(name for name in shown_columns(child, None) if name != via) or ("title",)


def head_of(screen: Screen, name: str) -> tuple[str, bool]:
    """A column's label, and whether it holds numbers."""
    field: Field | None = screen.entity.fields.get(name)
    if field is None:
        return screen.say(screen.entity.label), False
    return screen.say(field.label), field.type.align_end
