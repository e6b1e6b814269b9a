"""Types the program fills in: formula, count, sum over child records, number series."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import peewee
from pydantic import ConfigDict, field_validator, model_validator
from pydantic import Field as Option
from wtforms.fields.core import UnboundField

from schema.spec import Choice, Field
from schema.text import Locale, Text
from schema.types.base import Context, FieldType, Options, SomeOptions
from schema.types.cleaning import halfwidth
from schema.types.columns import column
from schema.types.form_fields import ReadOnlyWidget, typed
from schema.types.numbers import DecimalType, IntegerType, MoneyType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schema.expressions import Expression

Gives = Literal[
    "integer", "decimal", "money", "percent", "boolean", "text", "date", "datetime", "time", "month", "choice", "ref"
]


class ComputedType(FieldType):
    """A value worked out by an expression; it behaves in every way as the type it ``gives``.

    ``source`` is the expression's text; ``expression`` and ``gives`` are put there when the schema is compiled.
    """

    computed = True
    expression: Expression | None = None
    gives: FieldType

    def give(self, gives: FieldType) -> None:
        """Makes the field behave as ``gives``."""
        self.gives = gives
        self.kind = gives.kind
        self.places = gives.places
        self.filters = gives.filters
        self.sortable = gives.sortable
        self.align_end = gives.align_end
        self.multiple = gives.multiple

    @property
    def to(self) -> str | None:
        """The entity of the record it gives, where it gives one."""
        return getattr(self.gives, "to", None)

    @property
    def choices(self) -> Mapping[str, Choice]:
        """The options of the choice it gives."""
        return getattr(self.gives, "choices", {})

    @property
    def source(self) -> str:
        """The expression as text, about a record of the field's entity."""
        raise AssertionError(f"{self.name} has no expression")

    def column(self, *, null: bool) -> peewee.Field | None:
        """The column of what it gives when stored, else None."""
        return self.gives.column(null=True) if self.stored else None

    def parse(self, text: str, context: Context) -> Any:
        return self.gives.parse(text, context)

    def check(self, value: Any, context: Context) -> Any:
        return self.gives.check(value, context)

    def display(self, value: Any, context: Context) -> str:
        return self.gives.display(value, context)

    def edit_text(self, value: Any, context: Context) -> str:
        return self.gives.edit_text(value, context)

    def cell(self, value: Any, context: Context) -> Any:
        return self.gives.cell(value, context)

    def to_json(self, value: Any) -> Any:
        return self.gives.to_json(value)

    def from_json(self, value: Any) -> Any:
        return self.gives.from_json(value)

    def mask(self, value: Any, context: Context) -> str:
        return self.gives.mask(value, context)

    def example(self, locale: Locale) -> str:
        return self.gives.example(locale)

    def form_field(self, field: Field, context: Context) -> UnboundField:
        return typed(field, context, ReadOnlyWidget())


class FormulaOptions(Options):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    is_: str = Option(alias="is", min_length=1)
    gives: Gives
    places: int | None = Option(default=None, ge=0, le=6)
    unit: str = ""
    of: str = ""
    to: str = ""
    stored: bool = False

    @model_validator(mode="after")
    def _complete(self) -> FormulaOptions:
        for key, kinds in (("of", ("choice",)), ("to", ("ref",))):
            if bool(getattr(self, key)) != (self.gives in kinds):
                raise ValueError(f"'{key}' goes with gives: {kinds[0]}")
        if self.places is not None and self.gives not in ("decimal", "percent"):
            raise ValueError("'places' goes with gives: decimal or percent")
        return self


class FormulaType(ComputedType):
    name = "formula"
    label = Text("公式", "Formula")
    doc = (
        "The value of the expression `is`, of the type it `gives` (with `places` and `unit`; `of` for a choice, `to` "
        "for a ref). Worked out when read, sorted and filtered in the database; `stored: true` keeps it in a column "
        "that the store brings up to date with every change it depends on."
    )
    Options = FormulaOptions
    options: FormulaOptions

    def __init__(self, options: SomeOptions | None = None) -> None:
        super().__init__(options)
        self.stored = self.options.stored
        keys = {"places": self.options.places, "unit": self.options.unit, "of": self.options.of, "to": self.options.to}
        kind = FieldType.registry[self.options.gives]
        known = {k: v for k, v in keys.items() if v not in (None, "") and k in kind.Options.model_fields}
        self.give(kind(kind.Options(**known)))

    @property
    def source(self) -> str:
        return self.options.is_

    def bind(self, choices: Mapping[str, Choice]) -> None:
        """Gives a formula that gives a choice the list it chooses from."""
        bind = getattr(self.gives, "bind", None)
        if bind is not None:
            bind(choices)


class CountOptions(Options):
    of: str
    where: str = ""
    via: str = ""
    stored: bool = False


def _over_children(function: str, options: CountOptions) -> str:
    where = f", {options.where}" if options.where else ""
    via = f", via={options.via!r}" if options.via else ""
    return f"{function}({options.of}{where}{via})"


class CountType(ComputedType):
    name = "count"
    label = Text("计数", "Count")
    doc = (
        "How many records of the entity `of` point here, those for which `where` holds; `via` says through which link."
    )
    Options = CountOptions
    options: CountOptions

    def __init__(self, options: SomeOptions | None = None) -> None:
        super().__init__(options)
        self.stored = self.options.stored
        self.give(IntegerType())

    @property
    def source(self) -> str:
        return _over_children("count", self.options)


class SumOptions(CountOptions):
    @field_validator("of")
    @classmethod
    def _has_field(cls, of: str) -> str:
        if not re.fullmatch(r"\w+(\.\w+)+", of):
            raise ValueError("write entity.field, such as bill.amount")
        return of


class SumType(ComputedType):
    name = "sum"
    label = Text("合计", "Sum")
    doc = (
        "The sum of the field `of` (written entity.field) over the records that point here and for which `where` "
        "holds; 0 where there are none. Behaves as the field it adds up."
    )
    Options = SumOptions
    options: SumOptions

    def __init__(self, options: SomeOptions | None = None) -> None:
        super().__init__(options)
        self.stored = self.options.stored
        self.give(MoneyType())

    @property
    def source(self) -> str:
        return _over_children("sum", self.options)

    def adds(self, added: FieldType) -> None:
        """Makes the sum look as the field it adds up (without that field's limits)."""
        if isinstance(added, ComputedType):
            added = added.gives
        if added.name == "money":
            self.give(MoneyType())
        elif added.places:
            unit = getattr(added, "unit", "")
            self.give(DecimalType(DecimalType.Options(places=added.places, unit=unit)))
        else:
            self.give(IntegerType(IntegerType.Options(unit=getattr(added, "unit", ""))))


_PART = re.compile(r"\{(\w+)(?::([^{}]*))?\}")
_NEEDED = {"day": ("%d", "%m", "%y"), "month": ("%m", "%y"), "year": ("%y",), "never": ()}
_PERIOD = {"day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y", "never": ""}


class SeriesOptions(Options):
    series: str
    restart: Literal["day", "month", "year", "never"] = "never"
    gapless: bool = False

    @model_validator(mode="after")
    def _whole(self) -> SeriesOptions:
        parts = _PART.findall(self.series)
        if [name for name, _ in parts].count("serial") != 1 or any(name not in ("serial", "date") for name, _ in parts):
            raise ValueError("a series has one {serial} and may have {date:%y%m%d}, such as ZX{date:%y%m%d}{serial:03}")
        if any(name == "serial" and not re.fullmatch(r"0?\d?", form) for name, form in parts):
            raise ValueError("write {serial}, or {serial:03} for three digits")
        dates = "".join(form or "%y%m%d" for name, form in parts if name == "date").replace("%Y", "%y")
        missing = [code for code in _NEEDED[self.restart] if code not in dates]
        if missing:
            raise ValueError(
                f"restarting every {self.restart} would give a number twice; add {{date:{''.join(missing)}}}"
            )
        return self


class NumberType(FieldType):
    """A running number; ``write`` gives its text, ``period`` the key under which its counter runs."""

    name = "number"
    label = Text("编号", "Number")
    doc = (
        "A running number given when the record is made, such as `ZX{date:%y%m%d}{serial:03}`; the serial begins "
        "again every `restart` (day, month, year, never). `gapless: true` never leaves one out."
    )
    Options = SeriesOptions
    options: SeriesOptions
    computed = True
    search = "code"
    filters = ("equals", "starts", "contains", "empty", "filled")

    def column(self, *, null: bool) -> peewee.Field | None:
        return column(peewee.TextField, null)

    def period(self, on: date) -> str:
        """The stretch of time in which serials count up: '2026-03-01', '2026-03', '2026', or '' for ever."""
        form = _PERIOD[self.options.restart]
        return on.strftime(form) if form else ""

    def write(self, serial: int, on: date) -> str:
        """The number text of ``serial`` on that day (the office's day)."""

        def part(match: re.Match[str]) -> str:
            name, form = match[1], match[2] or ""
            return format(serial, form) if name == "serial" else on.strftime(form or "%y%m%d")

        return _PART.sub(part, self.options.series)

    def parse(self, text: str, context: Context) -> str | None:
        return halfwidth(text) or None

    def example(self, locale: Locale) -> str:
        return self.write(1, date(2026, 3, 1))

    def form_field(self, field: Field, context: Context) -> UnboundField:
        return typed(field, context, ReadOnlyWidget())
