"""A person's filters turned into SQL conditions, one operator at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import peewee

from models.query import Condition
from models.storage.build import Models
from schema.spec import Entity

Column = Any


def filter_condition(entity: Entity, condition: Condition, column: Column, models: Models, zone: ZoneInfo) -> Any:
    """The SQL condition of one filter on ``column`` (a peewee column or expression).

    Datetimes are compared by the office's days. Raises KeyError for an operator that is not known.
    """
    field = entity.fields[condition.field]
    if field.type.name == "refs":
        return _linked(entity, condition, models)
    value = condition.value
    if field.type.kind == "datetime" and isinstance(value, date) and not isinstance(value, datetime):
        return _on_days(condition.op, column, value, zone)
    return OPERATORS[condition.op](column, value)


def lit_condition(condition: Condition, column: Column, moment: Column, now: datetime) -> Any:
    """The SQL condition that a deadline's light (``column``) is one of some, with what that says of its moment: there
    may be an index on that, and none can be on a light."""
    bounds: dict[str, Any] = {
        "late": moment < now, "soon": moment >= now, "ahead": moment >= now, "paused": moment.is_null(),
    }  # fmt: skip
    wanted = condition.value if isinstance(condition.value, tuple | list) else (condition.value,)
    either: Any = None
    for light in wanted:
        one = bounds[light] & (column == light) if light in bounds else column == light
        either = one if either is None else either | one
    return peewee.SQL("1 = 0") if either is None else either


def like(text: str) -> str:
    """``text`` with LIKE's own signs made plain (escape character ``\\``)."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _like(column: Column, pattern: str) -> Any:
    return peewee.NodeList((peewee.fn.LOWER(column), peewee.SQL("LIKE"), pattern.lower(), peewee.SQL("ESCAPE '\\'")))


def _has(column: Column, value: Any) -> Any:
    wanted = value if isinstance(value, tuple) else (value,)
    either = None
    for code in wanted:
        one = _like(column, f"%|{like(str(code))}|%")
        either = one if either is None else either | one
    return either


def _in(column: Column, value: Any) -> Any:
    return column.in_(list(value))


OPERATORS: dict[str, Callable[[Column, Any], Any]] = {
    "equals": lambda column, value: column == value,
    "not_equals": lambda column, value: (column != value) | column.is_null(),
    "contains": lambda column, value: _like(column, f"%{like(str(value))}%"),
    "starts": lambda column, value: _like(column, f"{like(str(value))}%"),
    "in": _in,
    "not_in": lambda column, value: column.not_in(list(value)) | column.is_null(),
    "from": lambda column, value: column >= value,
    "to": lambda column, value: column <= value,
    "empty": lambda column, _: column.is_null(),
    "filled": lambda column, _: column.is_null(False),
    "has": _has,
}


def _on_days(op: str, column: Column, day: date, zone: ZoneInfo) -> Any:
    starts = datetime.combine(day, time(), zone)
    ends = datetime.combine(day + timedelta(days=1), time(), zone)
    if op == "from":
        return column >= starts
    if op == "to":
        return column < ends
    return (column >= starts) & (column < ends)


def _linked(entity: Entity, condition: Condition, models: Models) -> Any:
    link = models.link[entity.name, condition.field]
    owner = models[entity.name].id
    owners = link.select(link.owner_id)
    if condition.op == "empty":
        return owner.not_in(owners)
    if condition.op == "filled":
        return owner.in_(owners)
    value = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    return owner.in_(owners.where(link.target_id.in_(list(value))))
