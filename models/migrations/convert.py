"""Values of one field type read as another's: the old value as text, the new type's own parsing, its column."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from models.migrations.engine import Engine, quote
from models.storage.tables import ColumnSpec
from schema.spec import Entity, Field, Schema
from schema.text import BadValue, Text
from schema.types.base import Context


class Records:
    """Records by title and titles of records, from wherever their tables are at this moment.

    ``titles`` has the table of each entity of the old schema, ``finds`` that of each of the new one.
    """

    def __init__(self, engine: Engine, titles: Mapping[str, str], finds: Mapping[str, str]) -> None:
        self.engine, self.titles, self.finds = engine, titles, finds
        self._known: dict[str, dict[int, str]] = {}
        self._ids: dict[str, dict[str, int]] = {}

    def title(self, entity: str, id: int) -> str | None:
        """The title of a record of the old schema."""
        return self._table(self.titles.get(entity, "")).get(id)

    def find(self, entity: str, text: str) -> int:
        """The id of the one record titled ``text``; raises BadValue when there is none, or several."""
        if entity not in self._ids:
            self._ids[entity] = _unambiguous(self._table(self.finds.get(entity, "")))
        id = self._ids[entity].get(text)
        if id is None:
            raise BadValue(Text("没有标题为“{text}”的唯一记录", "no single record is titled “{text}”").with_(text=text))
        return id

    def _table(self, table: str) -> dict[int, str]:
        if table not in self._known:
            rows = self.engine.rows(f"SELECT id, title_text FROM {quote(table)}") if table else []
            self._known[table] = dict(rows)
        return self._known[table]


def _unambiguous(titles: Mapping[int, str]) -> dict[str, int]:
    found: dict[str, int] = {}
    twice: set[str] = set()
    for id, title in titles.items():
        twice.update({title} & found.keys())
        found[title] = id
    return {title: id for title, id in found.items() if title not in twice}


def context_of(schema: Schema, records: Records, now: datetime) -> Context:
    """How conversions read: the office's timezone and day, links by title."""
    zone = ZoneInfo(schema.office.timezone)
    return Context(locale="zh", timezone=zone, today=now.astimezone(zone).date(), find=records.find)


class Converter:
    """Turns what is stored of ``before`` into what ``field`` stores."""

    def __init__(self, before: ColumnSpec, field: Field, records: Records, context: Context) -> None:
        self.before, self.field, self.records, self.context = before, field, records, context
        self.is_same_target = bool(before.to) and before.to in _old_names(field, records)

    def text(self, raw: Any) -> str:
        """What is stored, as a person would write it."""
        if self.before.to:
            ids = raw if isinstance(raw, tuple) else (raw,)
            return "; ".join(self.records.title(self.before.to, id) or str(id) for id in ids)
        return text_of(self.before, raw, self.context.timezone)

    def value(self, raw: Any) -> Any:
        """The Python value of the new type (never None); raises BadValue when there is none."""
        kind = self.field.type
        if self.is_same_target:
            ids = raw if isinstance(raw, tuple) else (raw,)
            if kind.name == "refs":
                return ids
            if len(ids) == 1:
                return ids[0]
        text = coarser(self.before, self.field, self.text(raw))
        value = kind.check(kind.parse(text, self.context), self.context)
        if value is None:
            raise BadValue(Text("“{text}”没有可用的值", "“{text}” holds no value").with_(text=text))
        return value

    @property
    def narrows(self) -> bool:
        """Whether part of every value goes: the time of day, the day of the month."""
        return coarse(self.before, self.field) < sys.maxsize

    def stored(self, raw: Any) -> Any:
        """The new value as the database takes it (ids for a refs field); raises BadValue."""
        return stored(self.field, self.value(raw))


def _old_names(field: Field, records: Records) -> tuple[str, ...]:
    """The names that the entity a link points at went by in the old schema."""
    to = getattr(field.type, "to", "")
    table = records.finds.get(to)
    return tuple(name for name, place in records.titles.items() if place == table)


def stored(field: Field, value: Any) -> Any:
    """A Python value of ``field`` as its column takes it."""
    column: Any = field.type.column(null=True)
    return value if column is None or value is None else column.db_value(value)


def default_of(entity: Entity, field: Field, default: Any, context: Context) -> Any:
    """What existing records get in ``field`` as the database takes it: its default, or the first workflow state.

    A default that is worked out (``today``) speaks of new records; it counts only where there must be a value.
    """
    if hasattr(field.default, "source") and not field.required:
        return None
    flow = entity.workflow
    if default is None and flow is not None and flow.field == field.name:
        default = flow.start
    if default is None or field.type.name == "refs" or field.type.computed:
        return None
    return stored(field, field.type.check(default, context))


def text_of(column: ColumnSpec, raw: Any, zone: ZoneInfo) -> str:
    """A stored value that is no link as a person would write it, exactly."""
    plain = plain_of(column, raw)
    if isinstance(plain, bool):
        return "true" if plain else "false"
    if isinstance(plain, list):
        return ", ".join(str(part) for part in plain)
    if column.storage == "DATETIME":
        return local(str(plain), zone)
    return str(plain)


def plain_of(column: ColumnSpec, raw: Any) -> Any:
    """A stored value as JSON keeps it: numbers with their places as text, days in ISO form, lists as lists."""
    if raw is None or isinstance(raw, tuple):
        return list(raw) if raw else None
    if column.kind == "boolean":
        return bool(raw)
    if column.kind == "number" and isinstance(raw, int):
        return raw if not column.places else f"{Decimal(raw).scaleb(-column.places):f}"
    if isinstance(raw, datetime):
        return raw.isoformat(sep=" ")
    if isinstance(raw, date | time):
        return raw.isoformat()
    if column.kind == "list":
        return raw.strip("|").split("|") if raw.startswith("|") else json.loads(raw)
    return raw


def local(utc: str, zone: ZoneInfo) -> str:
    """A moment (naive UTC, or with its offset) as the office's clocks showed it."""
    moment = datetime.fromisoformat(utc)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(zone).replace(tzinfo=None).isoformat(sep=" ")


def coarse(column: ColumnSpec, field: Field) -> int:
    """How many characters of a day or moment the new type keeps."""
    if column.storage not in ("DATE", "DATETIME"):
        return sys.maxsize
    return {"date": 10 if column.storage == "DATETIME" else sys.maxsize, "month": 7}.get(field.type.name, sys.maxsize)


def coarser(column: ColumnSpec, field: Field, text: str) -> str:
    """The part of a day or moment that the new type has a place for."""
    return text[: coarse(column, field)]


def codes_of(column: ColumnSpec, raw: str) -> list[str]:
    """The codes in a stored choice or choices value."""
    return raw.strip("|").split("|") if column.kind == "list" else [raw]


def recoded(column: ColumnSpec, raw: str, meaning: Mapping[str, str], default: Any) -> tuple[Any, list[str]]:
    """A choice value after codes left the list, and the codes that nothing stands for any more.

    ``meaning`` maps each code that is still understood to its code now; ``default`` replaces a single
    choice that is not.
    """
    codes = codes_of(column, raw)
    lost = [code for code in codes if code not in meaning]
    left = list(dict.fromkeys(meaning[code] for code in codes if code in meaning))
    if column.kind == "list":
        return ("|" + "|".join(left) + "|" if left else None), lost
    return (left[0] if left else default), lost


def meanings(field: Field, codes: Sequence[str], context: Context) -> dict[str, str]:
    """{old code: code now} of the codes that the field's choices still understand, aliases included."""
    found = {}
    for code in codes:
        try:
            value = field.type.parse(code, context)
        except BadValue:
            continue
        if value is not None:
            found[code] = value[0] if isinstance(value, tuple) else value
    return found
