"""The page of a place: all that happened there, newest first, by month; narrowed by kind and year, a page at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup

from admin_views.place_words import place_words
from admin_views.record_page import state_chip
from admin_views.screen import Screen
from models.reads.happenings import Happened, Happenings, year_range
from models.record import Masked, Record
from schema.spec import Field, Template
from schema.spec_places import Happening
from schema.text import Text

PAGE, WHOLE = 50, 500
"""Rows of a page, and of the long page that is printed."""
LONGEST = 140
"""Characters of what is said of a row; the record has the whole."""
WEEKDAYS = Text("周一 周二 周三 周四 周五 周六 周日", "Mon Tue Wed Thu Fri Sat Sun")
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


@dataclass(frozen=True, slots=True)
class Row:
    """A row in words: what, of which kind, when, where inside the place, and who; '' for what is not known or seen."""

    icon: str
    kind: str
    words: str
    url: str
    chip: Markup
    time: str
    where: str
    where_url: str
    who: str


@dataclass(frozen=True, slots=True)
class Day:
    """The rows of one day: its number, its weekday, and the day as machines read it."""

    number: int
    weekday: str
    iso: str
    rows: list[Row] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Choice:
    """A way to narrow the page: a link, and whether it is taken."""

    label: str
    url: str
    current: bool
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for: an entity ('' for all), a year (0 for all), a cursor, and whether to print."""

    kind: str
    year: int
    before: str
    whole: bool


def place_page(screen: Screen, record: Record, args: Mapping[str, str]) -> dict[str, Any]:
    """What the template shows of a place that the actor sees."""
    happenings = Happenings(screen.registry.scope)
    firsts = happenings.firsts(screen.actor, record.entity, record.id)
    asked = read_asked(args, firsts)
    lines = [line for line in firsts if asked.kind in ("", line.entity)]
    size = WHOLE if asked.whole else PAGE
    page = happenings.page(screen.actor, record.entity, record.id, lines, size, asked.before, asked.year)
    link = _links(screen, record, asked)
    return {
        "screen": screen,
        "entity": screen.entity,
        "record": record,
        "title": screen.title_of(record),
        "heading": place_words(screen),
        "asked": asked,
        "is_bare": not firsts,
        "months": by_month(screen, page.rows),
        "kinds": _kinds(screen, firsts, asked, link),
        "years": _years(screen, firsts, asked, link),
        "older": link(before=page.older) if page.older else "",
        "newest": link(before="") if asked.before else "",
        "everything": link(kind="", year="", before=""),
        "printed": link(whole="1"),
        "whole": WHOLE,
    }


def read_asked(args: Mapping[str, str], firsts: Mapping[Happening, int]) -> Asked:
    """The address as a question; a kind that nothing here is of, and what is no year, ask for all."""
    kind = args.get("kind", "")
    year = args.get("year", "")
    number = int(year) if year.isascii() and year.isdigit() and len(year) == 4 else 0
    known = kind if any(line.entity == kind for line in firsts) else ""
    return Asked(known, number if 1800 <= number < 2999 else 0, args.get("before", ""), bool(args.get("whole")))


def by_month(screen: Screen, rows: Iterable[Happened]) -> list[tuple[str, list[Day]]]:
    """The rows in words under their months and days, in their order."""
    found: list[tuple[str, list[Day]]] = []
    seen: dict[tuple[int, int], list[Day]] = {}
    for row, words in _said(screen, list(rows)):
        day = row.moment.astimezone(screen.registry.clock.zone).date()
        if (day.year, day.month) not in seen:
            days = seen[day.year, day.month] = []
            found.append((month_words(screen, day), days))
        days = seen[day.year, day.month]
        if not days or days[-1].iso != day.isoformat():
            days.append(Day(day.day, screen.say(WEEKDAYS).split()[day.weekday()], day.isoformat()))
        days[-1].rows.append(words)
    return found


def month_words(screen: Screen, day: date) -> str:
    """A month as a heading."""
    return f"{day.year}年{day.month}月" if screen.locale == "zh" else f"{MONTHS[day.month - 1]} {day.year}"


# -- rows in words -----------------------------------------------------------------------------------


def _said(screen: Screen, rows: list[Happened]) -> list[tuple[Happened, Row]]:
    """Each row with its words; records are read once an entity, with what this reader sees of them."""
    records = _records(screen, rows)
    places = _places(screen, rows)
    found = []
    for row in rows:
        record = records.get((row.line.entity, row.id))
        if record is not None:
            found.append((row, _row(screen, row, record, places)))
    return found


def _records(screen: Screen, rows: list[Happened]) -> dict[tuple[str, int], Record]:
    wanted: dict[str, dict[int, None]] = {}
    names: dict[str, set[str]] = {}
    for row in rows:
        wanted.setdefault(row.line.entity, {})[row.id] = None
        names.setdefault(row.line.entity, set()).update(_read(screen, row.line))
    scope = screen.registry.scope
    return {
        (entity, record.id): record
        for entity, ids in wanted.items()
        for record in scope.records(screen.actor, entity, list(ids), sorted(names[entity]))
    }


def _read(screen: Screen, line: Happening) -> Iterable[str]:
    """The fields that a row of ``line`` is told by."""
    entity = screen.registry.schema.entities[line.entity]
    yield line.by
    yield entity.workflow.field if entity.workflow else "state"
    yield from (part.field for part in line.words if part.field)


def _places(screen: Screen, rows: list[Happened]) -> dict[tuple[str, int], str]:
    """The titles of the places inside, of those that the actor may see."""
    wanted: dict[str, set[int]] = {}
    for row in rows:
        if row.within is not None:
            wanted.setdefault(row.within[0], set()).add(row.within[1])
    scope = screen.registry.scope
    found = {place: scope.titles(screen.actor, place, sorted(ids)) for place, ids in wanted.items()}
    return {(place, id): title for place, titles in found.items() for id, title in titles.items()}


def _row(screen: Screen, row: Happened, record: Record, places: Mapping[tuple[str, int], str]) -> Row:
    there = screen.at(row.line.entity)
    where = places.get(row.within, "") if row.within else ""
    return Row(
        icon=there.entity.icon,
        kind=screen.say(row.line.label),
        words=template_words(there, record, row.line.words) or there.title_of(record),
        url=there.url("details", id=record.id),
        chip=state_chip(there, record),
        time=clock_time(screen, row.moment) if row.has_time else "",
        where=where,
        where_url=screen.at(row.within[0]).url("happened", id=row.within[1]) if row.within and where else "",
        who=str(record.titles.get(row.line.by) or ""),
    )


def template_words(screen: Screen, record: Record, template: Template) -> str:
    """A template filled with what the reader sees of a record; '' where that is nothing but the text between."""
    fields = screen.entity.fields
    values = {part.field: _value(screen, record, fields[part.field]) for part in template if part.field}
    if not any(values.values()):
        return ""
    words = " ".join("".join(values[part.field] if part.field else part.text for part in template).split())
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"


def _value(screen: Screen, record: Record, kind: Field) -> str:
    """A field in a sentence: what holds by its label, anything else by its value; '' for what is not shown."""
    value = record.get(kind.name)
    if kind.type.kind == "boolean" and not isinstance(value, Masked):
        return screen.say(kind.label) if value else ""
    return screen.show(record, kind) if kind.name in record.values else ""


def clock_time(screen: Screen, moment: datetime) -> str:
    """The time of day in the office."""
    return f"{moment.astimezone(screen.registry.clock.zone):%H:%M}"


# -- links -------------------------------------------------------------------------------------------


def _links(screen: Screen, record: Record, asked: Asked) -> Any:
    """A function that makes the page's address with some of it put otherwise."""
    now: dict[str, Any] = {
        "kind": asked.kind, "year": asked.year or "", "before": asked.before, "whole": "1" if asked.whole else "",
    }  # fmt: skip
    return lambda **other: screen.url("happened", id=record.id, **(now | other))


def _kinds(screen: Screen, firsts: Mapping[Happening, int], asked: Asked, link: Any) -> list[Choice]:
    """All, then each kind of record that told something here, in the schema's order."""
    found = [Choice(_("All kinds"), link(kind="", before=""), not asked.kind)]
    entities = screen.registry.schema.entities
    for name in dict.fromkeys(line.entity for line in firsts):
        label = screen.say(entities[name].label)
        found.append(Choice(label, link(kind=name, before=""), asked.kind == name, entities[name].icon))
    return found


def _years(screen: Screen, firsts: Mapping[Happening, int], asked: Asked, link: Any) -> list[Choice]:
    """All, then each year from this one to that of the first row of the kind that is asked for."""
    mine = [year for line, year in firsts.items() if asked.kind in ("", line.entity)]
    years = year_range(mine, screen.registry.clock.today().year)
    whole = Choice(_("All years"), link(year="", before=""), not asked.year)
    return [whole, *(Choice(str(year), link(year=year, before=""), asked.year == year) for year in years)]
