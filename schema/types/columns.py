"""The peewee columns behind the field types: how a Python value lies in SQLite and PostgreSQL alike."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import peewee


class Scaled(peewee.BigIntegerField):
    """An exact number as BIGINT scaled by 10 ** places; int in Python when places is 0, else Decimal."""

    def __init__(self, places: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.places = places
        self.unit = Decimal(1).scaleb(-places)

    def db_value(self, value: Any) -> int | None:
        """The scaled integer; raises ValueError where ``value`` has more places than the column."""
        if value is None:
            return None
        scaled = Decimal(value).scaleb(self.places)
        if scaled != scaled.to_integral_value():
            raise ValueError(f"{value} has more than {self.places} decimal places")
        return int(scaled)

    def python_value(self, value: Any) -> int | Decimal | None:
        if value is None:
            return None
        return int(value) if self.places == 0 else (int(value) * self.unit).quantize(self.unit)


class UtcDateTime(peewee.DateTimeField):
    """A moment: naive UTC in the column, aware UTC in Python."""

    def db_value(self, value: Any) -> Any:
        if isinstance(value, datetime) and value.tzinfo is not None:
            value = value.astimezone(UTC).replace(tzinfo=None)
        return super().db_value(value)  # type: ignore[no-untyped-call]

    def python_value(self, value: Any) -> Any:
        read = super().python_value(value)  # type: ignore[no-untyped-call]
        return read.replace(tzinfo=UTC) if isinstance(read, datetime) and read.tzinfo is None else read


class Codes(peewee.TextField):
    """Several codes as '|a|b|'; a tuple in Python, None when there are none."""

    def db_value(self, value: Any) -> str | None:
        return "|" + "|".join(value) + "|" if value else None

    def python_value(self, value: Any) -> tuple[str, ...] | None:
        return tuple(value.strip("|").split("|")) if value else None


class Keys(peewee.TextField):
    """File keys as a JSON list; a tuple in Python, None when there are none."""

    def db_value(self, value: Any) -> str | None:
        return json.dumps(list(value)) if value else None

    def python_value(self, value: Any) -> tuple[str, ...] | None:
        return tuple(json.loads(value)) if value else None


class JsonText(peewee.TextField):
    """Any JSON value as text."""

    def db_value(self, value: Any) -> str | None:
        return None if value is None else _SPELT(value)

    def python_value(self, value: Any) -> Any:
        return None if value is None else json.loads(value)


_SPELT = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode


def column(kind: Any, null: bool, *args: Any, **options: Any) -> peewee.Field:
    """A column of ``kind`` (a peewee Field class)."""
    made: peewee.Field = kind(*args, null=null, **options)
    return made
