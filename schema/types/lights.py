"""The fields that deadlines make: moments, minutes and counts that the store keeps, and lights worked out when read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from wtforms.fields.core import UnboundField

from schema.spec import Choice, Field
from schema.text import Text
from schema.types.base import Context, Options
from schema.types.computed import FormulaOptions, FormulaType
from schema.types.days import DateTimeType
from schema.types.form_fields import ReadOnlyWidget, typed
from schema.types.numbers import IntegerType

LIGHT_LIST = "deadline_light"
LIGHT_CHOICES: Mapping[str, Choice] = {
    "ahead": Choice("ahead", Text("未到期", "In time"), "green"),
    "soon": Choice("soon", Text("快到期", "Due soon"), "amber"),
    "late": Choice("late", Text("已超时", "Late"), "red"),
    "paused": Choice("paused", Text("暂停", "Paused"), "grey"),
    "kept": Choice("kept", Text("按时完成", "Met in time"), "green"),
    "missed": Choice("missed", Text("超时完成", "Met late"), "red"),
}


LEFT, LATE = Text("还剩 {length}", "{length} left"), Text("超时 {length}", "{length} late")
PAUSED = Text("暂停，还剩 {length}", "Paused, {length} left")
PAUSED_LATE = Text("暂停，已超时 {length}", "Paused, {length} late")
MISSED = Text("超时 {length}完成", "Met {length} late")


class ClockOptions(Options):
    rule: str = ""


class ClockMoment(DateTimeType):
    """A moment that the store keeps for a deadline.

    ``follows``: it follows from the other fields that are kept of it, by ``rule``; where the schema has another one, it
    is worked out again. ``sought``: records are found and sorted by it, so that it has an index.
    """

    computed = True
    Options = ClockOptions

    def __init__(self, rule: str = "", *, follows: bool = False, sought: bool = False) -> None:
        super().__init__(ClockOptions(rule=rule))
        self.follows, self.sought = follows, sought

    def form_field(self, field: Field, context: Context) -> UnboundField:
        return typed(field, context, ReadOnlyWidget())


class ClockCount(IntegerType):
    """A number that the store keeps for a deadline."""

    computed = True

    def form_field(self, field: Field, context: Context) -> UnboundField:
        return typed(field, context, ReadOnlyWidget())


class LightType(FormulaType):
    """How a deadline stands, or with no ``left`` all open deadlines of a record together.

    ``moment``, ``met`` and ``left`` name the fields it is told by.
    """

    def __init__(self, source: str, moment: str, met: str = "", left: str = "") -> None:
        super().__init__(FormulaOptions.model_validate({"is": source, "gives": "choice", "of": LIGHT_LIST}))
        self.bind(LIGHT_CHOICES)
        self.moment, self.met, self.left = moment, met, left

    @property
    def told_by(self) -> tuple[str, ...]:
        """The fields whose values its words take."""
        return tuple(name for name in (self.moment, self.met, self.left) if name)

    def words(self, light: str, values: Mapping[str, Any], now: datetime) -> Text:
        """How long is left, or how late it is, by the clock; ``values`` are the record's, those that may be seen."""
        due, met, left = values.get(self.moment), values.get(self.met), values.get(self.left)
        if light == "paused" and isinstance(left, int):
            length = length_words(timedelta(minutes=abs(left)), days=False)
            return (PAUSED_LATE if left < 0 else PAUSED).with_(length=length)
        if not isinstance(due, datetime):
            return LIGHT_CHOICES[light].label
        if light in ("ahead", "soon"):
            return LEFT.with_(length=length_words(due - now))
        if light == "late":
            return LATE.with_(length=length_words(now - due))
        if light == "missed" and isinstance(met, datetime):
            return MISSED.with_(length=length_words(met - due))
        return LIGHT_CHOICES[light].label


def length_words(length: timedelta, *, days: bool = True) -> Text:
    """A length of time in the one unit that suits it, rounded down: 45 minutes, 26 hours, 3 days."""
    minutes = max(0, int(length.total_seconds() // 60))
    if minutes < 60:
        return Text("{n} 分钟", "{n} min").with_(n=minutes) if minutes else Text("不到 1 分钟", "less than 1 min")
    if minutes < 48 * 60 or not days:
        return Text("{n} 小时", "{n} h").with_(n=minutes // 60)
    return Text("{n} 天", "{n} d").with_(n=minutes // 1440)
