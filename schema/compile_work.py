"""What the office does by itself, works out and prints: schedules, reports, documents, and their settings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import time
from typing import Any

from schema import document as doc
from schema import document_work as work
from schema.compile_workflow import asked_fields, written_fields
from schema.desk import ENTITY, MENU, Desk, label
from schema.names import bad_word
from schema.problems import Path, listed
from schema.spec import ACTIONS, LAST_DAY, DocumentSpec, Position, Report, Schedule
from schema.text import Text
from schema.written import say

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LONGEST = {"month": 31, "quarter": 92, "year": 366}
"""Spans that ``day`` counts in, and the days of the longest."""
SPANS = ("hour", "day", *LONGEST)
MINUTES = tuple(f"{n} min" for n in (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30))
"""Spans shorter than an hour: they cut it into equal parts."""
TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")

INTERVAL = Text("间隔", "interval")
ALONE = Text("“{name}”应单独写，只有星期几可以写多个", "'{name}' stands alone; only days of the week go together")
NO_SPAN = Text("day 只用于 {spans}", "day is for {spans} only")
NO_DAY = Text("应为 1 到 {longest} 之间的整数，或 last", "should be a whole number from 1 to {longest}, or last")
NO_TIME = Text("“{at}”不是时刻，应如 06:30", "'{at}' is no time of day, such as 06:30")
NOT_OPEN = Text("“{role}”打不开这张报表，不能放到其首页；请加进 by", "'{role}' may not open the report; add it to by")
DONE_ALREADY = Text(
    "“{name}”已是 {entity} 的一种权限、步骤或操作，请换一个名称",
    "'{name}' is already a grant, a step or an action of {entity}, choose another name",
)
NOT_FILES = Text(
    "“{name}”的类型是 {type}，存档要用 files 字段", "'{name}' is of type {type}; an archive is a files field"
)


def make_schedule(desk: Desk, name: str, part: work.SchedulePart) -> Schedule:
    """The schedule; what is wrong in it is said, and left out."""
    path = part.path
    _named(desk, name, path)
    return Schedule(
        name=name,
        label=label(part.label, name),
        run=part.run or name,
        every=_every(desk, path, part.every),
        day=_day(desk, part),
        at=_at(desk, path, part.at),
        roles=desk.some_roles((*path, "as"), part.as_),
        writes=frozenset(written_fields(desk, (*path, "writes"), "", part.writes)),
        with_=plain(part.with_),
        position=desk.source.place(path).key,
    )


def _named(desk: Desk, name: str, path: Path) -> None:
    refused = bad_word(name)
    if refused is not None:
        desk.say(path, refused, key=True)


def _every(desk: Desk, path: Path, names: tuple[str, ...]) -> tuple[str, ...]:
    for n, name in enumerate(names):
        at = (*path, "every", n)
        known = not desk.misses(at, INTERVAL, name, (*SPANS, *MINUTES, *WEEKDAYS))
        if known and name not in WEEKDAYS and len(names) > 1:
            desk.say(at, ALONE.with_(name=name))
    if not names:
        desk.say((*path, "every"), Text("请写明多久一次", "say how often"))
    return names


def _day(desk: Desk, part: work.SchedulePart) -> int | None:
    if part.day is None:
        return None
    at = (*part.path, "day")
    longest = LONGEST.get(part.every[0] if part.every else "")
    if longest is None:
        if not set(part.every) - {*SPANS, *MINUTES, *WEEKDAYS}:
            desk.say(at, NO_SPAN.with_(spans=listed(LONGEST)), key=True)
        return None
    if part.day == "last":
        return LAST_DAY
    if isinstance(part.day, str) or not 1 <= part.day <= longest:
        desk.say(at, NO_DAY.with_(longest=longest))
        return None
    return part.day


def _at(desk: Desk, path: Path, written: str) -> time:
    found = TIME.fullmatch(written)
    if found is None:
        desk.say((*path, "at"), NO_TIME.with_(at=written))
        return time()
    return time(int(found[1]), int(found[2]))


def make_report(desk: Desk, name: str, part: work.ReportPart) -> Report:
    """The report; what is wrong in it is said, and left out."""
    path = part.path
    _named(desk, name, path)
    if part.menu:
        desk.misses((*path, "menu"), MENU, part.menu, desk.menus)
    by = desk.some_roles((*path, "by"), part.by)
    my_day = desk.some_roles((*path, "my_day"), part.my_day)
    for role in sorted(my_day - by) if desk.sound((*path, "by")) else ():
        desk.say((*path, "my_day"), NOT_OPEN.with_(role=role))
    return Report(
        name=name,
        label=label(part.label, name),
        help=say(part.help) if part.help is not None else None,
        menu=part.menu,
        icon=part.icon,
        by=by,
        run=part.run or name,
        ask=asked_fields(desk, "", part.ask),
        chart=part.chart,
        notes=tuple(say(words) for words in part.notes),
        my_day=my_day,
        position=desk.source.place(path).key,
    )


def make_document(desk: Desk, name: str, part: work.DocumentPart, parts: Mapping[str, doc.EntityPart]) -> DocumentSpec:
    """The document; what is wrong in it is said, and left out."""
    path = part.path
    _named(desk, name, path)
    known = not desk.misses((*path, "of"), ENTITY, part.of, desk.entities) and part.of in parts
    if known and name in _taken(parts[part.of]):
        desk.say(path, DONE_ALREADY.with_(name=name, entity=part.of), key=True)
    return DocumentSpec(
        name=name,
        label=label(part.label, name),
        entity=part.of,
        by=desk.some_roles((*path, "by"), part.by),
        template=part.template or name,
        run=part.run or name,
        ask=asked_fields(desk, part.of if known else "", part.ask),
        archive=_archive(desk, path, part) if known and part.archive else None,
        position=desk.source.place(path).key,
    )


def _taken(entity: doc.EntityPart) -> Iterator[str]:
    """What can be done to a record already: a document is one more thing of that kind."""
    yield from ACTIONS
    yield from entity.actions
    yield from entity.workflow.steps if entity.workflow is not None else ()


def _archive(desk: Desk, path: Path, part: work.DocumentPart) -> tuple[str, str] | None:
    at = (*path, "archive")
    owner, _, field = part.archive.rpartition(".")
    owner = owner or part.of
    if desk.no_entity(at, owner) or desk.no_field(at, owner, field):
        return None
    draft = desk.draft(owner, field)
    if draft is None or draft.type is None:
        return None
    if draft.type.name != "files":
        desk.say(at, NOT_FILES.with_(name=field, type=draft.type.name))
    return owner, field


def plain(value: Any) -> Any:
    """Maps and lists of the YAML as ordinary ones."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def open_places(desk: Desk) -> dict[Path, tuple[Position, Position]]:
    """Where every key and value stands whose shape the rules above know, and the beginning of the file."""
    places = desk.source.places
    ours = ((), ("settings",), ("schedules",))
    return {path: (place.key, place.value) for path, place in places.items() if path[:1] in ours}
