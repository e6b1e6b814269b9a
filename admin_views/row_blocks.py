"""List rows as HTML: one function per column made once, so that a row costs microseconds; everything is escaped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from html import escape
from typing import Any

from markupsafe import Markup

from admin_views.screen import Screen
from models.record import Masked, Record
from schema.spec import Choice, Field
from schema.types.base import Context
from schema.types.days import DateTimeType
from schema.types.lights import LIGHT_CHOICES, LightType

Cell = Callable[[Record], str]
"""The inner HTML of one cell, with every value escaped."""
Writer = Callable[[Record, Any], str]
RowBlock = Callable[[Iterable[Record]], Markup]

UNBROKEN = frozenset({"date", "datetime", "time", "month", "phone", "id_number", "plate", "created_at", "changed_at"})
"""Types whose short values are no good in two lines."""
SHORT = 20
"""Texts of at most so many characters are no good in two lines either: periods, numbers, codes."""
LONGEST = 80
"""Characters of a text that a list shows; the whole is in the cell's tooltip."""


MOST_KEPT = 1000


class RowBlocks:
    """Makes row blocks and keeps them by what they depend on: entity, columns, roles, language and mount path."""

    def __init__(self) -> None:
        self._made: dict[tuple[object, ...], RowBlock] = {}

    def block(self, screen: Screen, columns: Sequence[str], words: RowWords, *, pick: bool = True) -> RowBlock:
        """The function that writes the rows of this list for actors like this one (roles, language)."""
        roles = screen.actor.roles
        key = (screen.entity.name, tuple(columns), roles, screen.actor.system, screen.locale, screen.root, pick)
        made = self._made.get(key)
        if made is None:
            # People choose columns as they like; what nobody asked for lately is soon made again.
            if len(self._made) >= MOST_KEPT:
                self._made.clear()
            made = self._made[key] = row_block(screen, columns, words, pick=pick)
        return made


class RowWords:
    """The words that rows repeat, in the reader's language."""

    def __init__(self, select: str, yes: str, no: str, masked: str) -> None:
        self.select, self.yes, self.no, self.masked = select, yes, no, masked


def row_block(screen: Screen, columns: Sequence[str], words: RowWords, *, pick: bool = True) -> RowBlock:
    """A function from records to their ``<tr>`` elements; ``pick`` puts a checkbox first."""
    details = escape(f"{screen.base}details/?id=")
    lead = lead_column(screen, columns)
    cells = [
        _linked(cell_for(screen, name, words), f"{screen.base}details/?id=")
        if name == lead and name != "title"
        else cell_for(screen, name, words)
        for name in columns
    ]
    opening = f'<tr data-id="%s" data-href="{details}%s">'.replace("%s", "\0")
    picked = ""
    if pick:
        picked = (
            f'<td class="pick"><label><input type="checkbox" name="rowid" value="\0" data-pick'
            f' aria-label="{escape(words.select)} \0"></label></td>'
        )
    inner = "".join(f"<td{_cell_attributes(screen, name, lead)}>\0</td>" for name in columns)
    template = (opening + picked + inner + "</tr>").replace("%", "%%").replace("\0", "%s")

    def rows(records: Iterable[Record]) -> Markup:
        written = []
        for record in records:
            id = record.id
            head = (id, id, id, escape(record.title)) if pick else (id, id)
            written.append(template % (*head, *[cell(record) for cell in cells]))
        return Markup("\n".join(written))  # noqa: S704 - every value in it was escaped by its cell

    return rows


def _cell_attributes(screen: Screen, name: str, lead: str) -> str:
    if name == "title":
        return f' data-label="{escape(screen.say(screen.entity.label))}" class="title"'
    field = screen.entity.fields[name]
    kinds = (("title", name == lead), ("num", field.type.align_end), ("nowrap", _is_unbroken(field)))
    styles = [style for style, holds in kinds if holds]
    label = f' data-label="{escape(screen.say(field.label))}"'
    return f'{label} class="{" ".join(styles)}"' if styles else label


def _is_unbroken(field: Field) -> bool:
    kind = field.type
    return kind.name in UNBROKEN or (kind.name == "text" and 0 < (getattr(kind.options, "max", None) or 0) <= SHORT)


def cell_for(screen: Screen, name: str, words: RowWords) -> Cell:
    """The function that writes one column; 'title' is the record's own title, linked to its page."""
    if name == "title":
        return _title_cell(f"{screen.base}details/?id=")
    return _field_cell(name, _writer(screen, screen.entity.fields[name], words), words)


def full_cell(screen: Screen, field: Field, words: RowWords) -> Cell:
    """The function that writes a field's value with nothing cut off, as a record's page shows it."""
    return _field_cell(field.name, _writer(screen, field, words, longest=0), words)


def _field_cell(name: str, write: Writer, words: RowWords) -> Cell:
    def cell(record: Record) -> str:
        value = record.values.get(name)
        if value is None or value == "" or value == ():
            return ""
        if type(value) is Masked:
            return f'<span class="masked" title="{escape(words.masked)}">{escape(value.text)}</span>'
        return write(record, value)

    return cell


def _writer(screen: Screen, field: Field, words: RowWords, longest: int = LONGEST) -> Writer:
    kind = field.type.name
    if kind in ("ref", "created_by", "changed_by"):
        return _ref_writer(screen, field)
    if kind == "refs":
        return _refs_writer(field)
    if isinstance(field.type, LightType):
        return _light_writer(screen, field.type)
    if kind in ("choice", "choices") or (kind == "formula" and choices_of(screen, field)):
        return _choice_writer(screen, field)
    if field.type.kind == "boolean":
        return lambda record, value: (
            f'<span class="tick tick-yes">{escape(words.yes)}</span>'
            if value
            else f'<span class="tick tick-no">{escape(words.no)}</span>'
        )
    if kind in ("phone", "email", "url"):
        return _contact_writer(screen, field)
    return _plain_writer(screen, field, longest)


def _title_cell(details: str) -> Cell:
    before = f'<a href="{escape(details)}'

    def cell(record: Record) -> str:
        return f'{before}{record.id}">{escape(record.title) or "#" + str(record.id)}</a>'

    return cell


def _linked(cell: Cell, details: str) -> Cell:
    before = f'<a href="{escape(details)}'
    return lambda record: f'{before}{record.id}">{cell(record) or "#" + str(record.id)}</a>'


def lead_column(screen: Screen, columns: Sequence[str]) -> str:
    """The column that leads to the record: its title, or the one field that the title consists of."""
    parts = [part.field for part in screen.entity.title if part.field]
    alone = parts[0] if len(parts) == 1 and len(screen.entity.title) == 1 else ""
    return alone if "title" not in columns and alone in columns else "title"


def _ref_writer(screen: Screen, field: Field) -> Writer:
    name, target = field.name, field.target
    before = f'<a class="ref" href="{escape(f"{screen.root}/{target}/details/?id=")}'
    linked = screen.may_at(target, "read")

    def write(record: Record, value: Any) -> str:
        title = record.titles.get(name)
        if not title:
            return ""
        return f'{before}{value}">{escape(title)}</a>' if linked else escape(title)

    return write


def _refs_writer(field: Field) -> Writer:
    name = field.name

    def write(record: Record, value: Any) -> str:
        titles = record.titles.get(name) or ()
        return " ".join(f'<span class="chip chip-grey">{escape(title)}</span>' for _, title in titles)

    return write


def choice_chip(screen: Screen, choice: Choice) -> str:
    """A choice as a coloured chip."""
    return f'<span class="chip chip-{escape(choice.color)}">{escape(screen.say(choice.label))}</span>'


def choices_of(screen: Screen, field: Field) -> dict[str, Choice]:
    """The options of a choice or choices field, by code; {} for any other."""
    name = getattr(field.type.options, "of", None)
    return dict(screen.registry.schema.choices.get(name, {})) if name else {}


def _choice_writer(screen: Screen, field: Field) -> Writer:
    chips = {code: choice_chip(screen, choice) for code, choice in choices_of(screen, field).items()}

    def chip(code: str) -> str:
        return chips.get(code) or f'<span class="chip chip-grey">{escape(str(code))}</span>'

    if field.type.multiple:
        return lambda record, value: " ".join(map(chip, value))
    return lambda record, value: chip(value)


def _light_writer(screen: Screen, kind: LightType) -> Writer:
    clock, context = screen.registry.clock, plain_context(screen)
    shown = DateTimeType().display

    def write(record: Record, value: Any) -> str:
        if value not in LIGHT_CHOICES:
            return ""
        words = screen.say(kind.words(value, record.values, clock.now()))
        due = record.values.get(kind.moment)
        title = f' title="{escape(shown(due, context))}"' if isinstance(due, datetime) else ""
        color = escape(LIGHT_CHOICES[value].color)
        return f'<span class="chip light light-{value} chip-{color}"{title}>{escape(words)}</span>'

    return write


def _contact_writer(screen: Screen, field: Field) -> Writer:
    scheme = {"phone": "tel:", "email": "mailto:", "url": ""}[field.type.name]
    context = plain_context(screen)

    def write(record: Record, value: Any) -> str:
        shown = escape(field.type.display(value, context))
        target = str(value).replace(" ", "")
        if not scheme and not target.startswith(("http://", "https://")):
            return shown
        return f'<a href="{scheme}{escape(target)}" rel="noopener noreferrer">{shown}</a>'

    return write


def _plain_writer(screen: Screen, field: Field, longest: int) -> Writer:
    display, context = field.type.display, plain_context(screen)

    def write(record: Record, value: Any) -> str:
        shown = display(value, context)
        if longest and len(shown) > longest:
            return f'<span title="{escape(shown[:1000])}">{escape(shown[:longest])}…</span>'
        return escape(shown)

    return write


def plain_context(screen: Screen) -> Context:
    """The reader's language and timezone alone: what may be kept between requests."""
    return Context(locale=screen.locale, timezone=screen.context.timezone)
