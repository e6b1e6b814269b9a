"""The fields that deadlines make: moments, minutes and counts that the store keeps, and lights worked out when read."""

from __future__ import annotations

from collections.abc import Mapping

from wtforms.fields.core import UnboundField

from schema.spec import Choice, Field
from schema.text import Text
from schema.types.base import Context
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


class ClockMoment(DateTimeType):
    """A moment that the store keeps for a deadline. ``follows``: it follows from the other fields that are kept of it.
    ``sought``: records are found and sorted by it, so that it has an index."""

    computed = True

    def __init__(self, *, follows: bool = False, sought: bool = False) -> None:
        super().__init__()
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
