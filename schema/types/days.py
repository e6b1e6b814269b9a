"""Types of time: date, datetime, time of day, month."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import peewee
from wtforms.fields.core import UnboundField

from schema.spec import Field
from schema.text import Locale, Text
from schema.types.base import Context, FieldType, Operator
from schema.types.cleaning import halfwidth, quoted, refuse
from schema.types.columns import UtcDateTime, column
from schema.types.form_fields import TextWidget, typed

FIRST_DAY, LAST_DAY = date(1800, 1, 1), date(2999, 12, 31)
"""The days a date may be."""

_DATE = (
    r"(?:(\d{4})\s*(?:[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{1,2})|年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]?)"
    r"|(\d{4})(\d\d)(\d\d))"
)
_TIME = r"(\d{1,2})(?::(\d{2})(?::(\d{2})(?:\.\d+)?)?|[时点](?:(\d{1,2})分?(?:(\d{1,2})秒)?)?)"
_MIDNIGHT = re.compile(r"[T\s]+0?0:00(:00(\.0+)?)?")
_DATE_RE, _TIME_RE = re.compile(_DATE), re.compile(_TIME)
_MOMENT_RE = re.compile(rf"({_DATE})(?:\s*T?\s*({_TIME}))?\s*(Z|[+-]\d\d:?\d\d)?")
_MONTH_RE = re.compile(r"(\d{4})\s*(?:[-/.]\s*(\d{1,2})|年\s*(\d{1,2})\s*月?|(\d\d))")


def read_date(words: str) -> date | None:
    """The day in 2026-03-01, 2026/3/1, 2026.3.1, 2026年3月1日 or 20260301; None where it is none of these."""
    match = _DATE_RE.fullmatch(words)
    return _date(match.groups()) if match else None


def _date(groups: tuple[str | None, ...]) -> date | None:
    year, month, day = (int(g) for g in groups if g is not None)
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _time(words: str) -> time | None:
    match = _TIME_RE.fullmatch(words)
    if not match:
        return None
    hour, minute, second = ([int(g) for g in match.groups() if g is not None] + [0, 0])[:3]
    try:
        return time(hour, minute, second)
    except ValueError:
        return None


class DateType(FieldType):
    name = "date"
    label = Text("日期", "Date")
    doc = "A day. Read: 2026-03-01, 2026/3/1, 2026.3.1, 2026年3月1日, 20260301; from 1800 to 2999."
    kind = "date"
    filters: tuple[Operator, ...] = ("from", "to", "equals", "empty", "filled")

    def column(self, *, null: bool) -> peewee.Field | None:
        return column(peewee.DateField, null)

    def parse(self, text: str, context: Context) -> date | None:
        words = _MIDNIGHT.sub("", halfwidth(text))
        if not words:
            return None
        day = read_date(words)
        if day is None:
            raise refuse("“{text}”不是日期，例如 2026-03-01", "“{text}” is not a date, e.g. 2026-03-01",
                         text=quoted(text.strip()))  # fmt: skip
        return self.check(day, context)

    def check(self, value: Any, context: Context) -> date | None:
        if isinstance(value, str):
            return self.parse(value, context)
        if value is not None and (not isinstance(value, date) or isinstance(value, datetime)):
            raise refuse("“{text}”不是日期", "“{text}” is not a date", text=quoted(value))
        if value is not None and not FIRST_DAY <= value <= LAST_DAY:
            raise refuse("{day} 不在 1800-01-01 至 2999-12-31 之间",
                         "{day} is not between 1800-01-01 and 2999-12-31", day=value.isoformat())  # fmt: skip
        return value

    def display(self, value: Any, context: Context) -> str:
        return "" if value is None else str(value.isoformat())

    def cell(self, value: Any, context: Context) -> date | None:
        return value if isinstance(value, date) else None

    def to_json(self, value: Any) -> Any:
        return None if value is None else value.isoformat()

    def from_json(self, value: Any) -> Any:
        return None if value is None else date.fromisoformat(value)

    def example(self, locale: Locale) -> str:
        return "2026-03-01"

    def form_field(self, field: Field, context: Context) -> UnboundField:
        return typed(field, context, TextWidget(type="date", min=FIRST_DAY.isoformat(), max=LAST_DAY.isoformat()))


class DateTimeType(FieldType):
    name = "datetime"
    label = Text("日期时间", "Date and time")
    doc = (
        "A moment, read and shown in the office's timezone, kept in UTC to the second. "
        "Read: a date and 10:30 or 10:30:15 or 10时30分; a date alone means its first minute."
    )
    kind = "datetime"
    filters = ("from", "to", "empty", "filled")

    def column(self, *, null: bool) -> peewee.Field | None:
        return column(UtcDateTime, null)

    def parse(self, text: str, context: Context) -> datetime | None:
        words = halfwidth(text)
        if not words:
            return None
        moment = self._read(words, context)
        if moment is None:
            raise refuse("“{text}”不是日期时间，例如 2026-03-01 10:30",
                         "“{text}” is not a date and time, e.g. 2026-03-01 10:30", text=quoted(words))  # fmt: skip
        return self.check(moment, context)

    def _read(self, words: str, context: Context) -> datetime | None:
        match = _MOMENT_RE.fullmatch(words)
        if not match:
            return None
        groups = match.groups()
        day, at, zone = read_date(groups[0]), _time(groups[9]) if groups[9] else time(0), groups[-1]
        if day is None or at is None:
            return None
        local = datetime.combine(day, at)
        if zone:
            return datetime.fromisoformat(local.isoformat() + zone)
        return local.replace(tzinfo=context.timezone)

    def check(self, value: Any, context: Context) -> datetime | None:
        """An aware moment in UTC, to the second; a naive one is taken to be in the office's timezone."""
        if isinstance(value, str):
            return self.parse(value, context)
        if value is None:
            return None
        if not isinstance(value, datetime):
            raise refuse("“{text}”不是日期时间", "“{text}” is not a date and time", text=quoted(value))
        moment = value if value.tzinfo else value.replace(tzinfo=context.timezone)
        if not FIRST_DAY <= moment.date() <= LAST_DAY - timedelta(days=1):
            raise refuse("{day} 不在 1800 至 2999 年之间", "{day} is not between the years 1800 and 2999",
                         day=moment.date().isoformat())  # fmt: skip
        return moment.astimezone(UTC).replace(microsecond=0)

    def _local(self, value: datetime, context: Context) -> datetime:
        return value.astimezone(context.timezone).replace(tzinfo=None)

    def display(self, value: Any, context: Context) -> str:
        return "" if value is None else f"{self._local(value, context):%Y-%m-%d %H:%M}"

    def edit_text(self, value: Any, context: Context) -> str:
        if value is None:
            return ""
        value = value.replace(microsecond=0)
        local = self._local(value, context)
        unfolded = local.replace(tzinfo=context.timezone, fold=0)
        if unfolded.astimezone(UTC) != value:
            return str(value.astimezone(context.timezone).isoformat())
        return local.isoformat("T", "seconds" if local.second else "minutes")

    def cell(self, value: Any, context: Context) -> datetime | None:
        return None if value is None else self._local(value, context)

    def to_json(self, value: Any) -> Any:
        return None if value is None else value.astimezone(UTC).isoformat()

    def from_json(self, value: Any) -> Any:
        return None if value is None else datetime.fromisoformat(value)

    def example(self, locale: Locale) -> str:
        return "2026-03-01 10:30"

    def form_field(self, field: Field, context: Context) -> UnboundField:
        return typed(field, context, TextWidget(type="datetime-local"))


class TimeType(FieldType):
    name = "time"
    label = Text("时间", "Time of day")
    doc = "A time of day to the second: 9:30, 09:30:15, 9时30分."
    kind = "time"
    filters = ("from", "to", "empty", "filled")

    def column(self, *, null: bool) -> peewee.Field | None:
        return column(peewee.TimeField, null)

    def parse(self, text: str, context: Context) -> time | None:
        words = halfwidth(text)
        if not words:
            return None
        at = _time(words)
        if at is None:
            raise refuse("“{text}”不是时间，例如 09:30", "“{text}” is not a time, e.g. 09:30", text=quoted(words))
        return at

    def check(self, value: Any, context: Context) -> time | None:
        if isinstance(value, str):
            return self.parse(value, context)
        if value is not None and not isinstance(value, time):
            raise refuse("“{text}”不是时间", "“{text}” is not a time", text=quoted(value))
        return None if value is None else value.replace(microsecond=0, tzinfo=None)

    def display(self, value: Any, context: Context) -> str:
        return "" if value is None else value.isoformat("seconds" if value.second else "minutes")

    def to_json(self, value: Any) -> Any:
        return None if value is None else value.isoformat()

    def from_json(self, value: Any) -> Any:
        return None if value is None else time.fromisoformat(value)

    def example(self, locale: Locale) -> str:
        return "09:30"

    def form_field(self, field: Field, context: Context) -> UnboundField:
        return typed(field, context, TextWidget(type="time"))


class MonthType(FieldType):
    name = "month"
    label = Text("月份", "Month")
    doc = "A month such as a billing period, kept as 2026-03. Read: 2026-03, 2026/3, 202603, 2026年3月."
    kind = "text"
    filters = ("equals", "from", "to", "empty", "filled")

    def column(self, *, null: bool) -> peewee.Field | None:
        return column(peewee.TextField, null)

    def parse(self, text: str, context: Context) -> str | None:
        words = halfwidth(text)
        if not words:
            return None
        match = _MONTH_RE.fullmatch(words)
        year, month = (int(g) for g in match.groups() if g) if match else (0, 0)
        day = read_date(_MIDNIGHT.sub("", words))
        if day is not None and day.day == 1 and not match:
            year, month = day.year, day.month
        if not (1800 <= year <= 2999 and 1 <= month <= 12):
            raise refuse("“{text}”不是月份，例如 2026-03", "“{text}” is not a month, e.g. 2026-03", text=quoted(words))
        return f"{year:04}-{month:02}"

    def check(self, value: Any, context: Context) -> str | None:
        if isinstance(value, date):
            value = f"{value:%Y-%m}"
        if value is not None and not isinstance(value, str):
            raise refuse("“{text}”不是月份，例如 2026-03", "“{text}” is not a month, e.g. 2026-03", text=quoted(value))
        return None if value is None else self.parse(value, context)

    def example(self, locale: Locale) -> str:
        return "2026-03"

    def form_field(self, field: Field, context: Context) -> UnboundField:
        return typed(field, context, TextWidget(type="month", placeholder="2026-03"))
