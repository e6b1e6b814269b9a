"""Number types: integer, decimal, money, percent, rating; all exact, kept as scaled integers."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

import peewee
from pydantic import Field as Option
from wtforms.fields.core import UnboundField

from schema.spec import Field
from schema.text import Locale, Text
from schema.types.base import Context, FieldType, Operator, Options, SomeOptions
from schema.types.cleaning import halfwidth, is_scientific, quoted, refuse, spoilt
from schema.types.columns import Scaled
from schema.types.form_fields import NumberWidget, RatingWidget, typed

MAX_DIGITS = 15
"""Significant digits a number may have, decimals included."""

_PLAIN = re.compile(r"\d+(\.\d+)?", re.ASCII)
_NUMERAL = re.compile(r"\d+(\.\d*)?|\.\d+|\d{1,3}(,\d{3})+(\.\d*)?")
_SPELLINGS = {
    "m²": ("m²", "㎡", "平方米", "平米", "m2", "m^2", "平"),
    "m³": ("m³", "立方米", "m3", "m^3", "立方", "方", "吨"),
    "元": ("元", "元整", "块"),
    "kWh": ("kWh", "度", "千瓦时"),
}
_NOISE = Decimal("1e-9")


def unit_spellings(unit: str) -> tuple[str, ...]:
    """The ways people write ``unit`` behind a number, longest first."""
    known = next((ways for ways in _SPELLINGS.values() if unit in ways), (unit,))
    return tuple(sorted({unit, *known} - {""}, key=len, reverse=True))


def read_number(text: str, *, suffixes: tuple[str, ...] = (), example: str = "12.5") -> Decimal | None:
    """The number written in ``text``: full-width digits, 1,234.50, ¥5, (100), 100元; blank gives None."""
    words = halfwidth(text)
    if not words:
        return None
    if _PLAIN.fullmatch(words):
        return Decimal(words)
    bare = words.replace(" ", "")
    negative = bare.startswith("(") and bare.endswith(")")
    bare = bare[1:-1] if negative else bare
    bare = re.sub(r"^([+-]?)(¥|RMB|CNY)", r"\1", bare, flags=re.IGNORECASE)
    bare = re.sub(r"^¥?([+-])", r"\1", bare)
    for suffix in suffixes:
        if bare.lower().endswith(suffix.lower()):
            bare = bare[: -len(suffix)]
            break
    if is_scientific(bare) and "e-" not in bare.lower():
        raise spoilt(words, example)
    sign, digits = (bare[0], bare[1:]) if bare[:1] in ("+", "-") else ("", bare)
    if not is_scientific(bare) and (not _NUMERAL.fullmatch(digits) or not digits.isascii()):
        raise refuse(
            "“{text}”不是数字；请只填数字，例如 {example}",
            "“{text}” is not a number; write digits only, e.g. {example}",
            text=quoted(text.strip()),
            example=example,
        )
    number = Decimal(digits.replace(",", ""))
    return -number if negative != (sign == "-") else number


def as_decimal(value: Any) -> Decimal:
    """``value`` as a finite Decimal (a float by its shortest spelling); raises BadValue."""
    try:
        number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        number = Decimal("NaN")
    if isinstance(value, bool) or not number.is_finite():
        raise refuse("“{text}”不是数字", "“{text}” is not a number", text=quoted(value))
    return number


class NumberOptions(Options):
    min: Decimal | None = None
    max: Decimal | None = None
    unit: str = ""


class NumberType(FieldType):
    """What the number types share."""

    kind = "number"
    filters: tuple[Operator, ...] = ("equals", "from", "to", "empty", "filled")
    align_end = True
    options: NumberOptions
    sample = "12.5"

    @property
    def unit(self) -> str:
        """The unit shown behind the number, '' where there is none."""
        return self.options.unit

    @property
    def suffixes(self) -> tuple[str, ...]:
        ways = unit_spellings(self.unit) if self.unit else ()
        return ways if "元" in ways else (*ways, "元")

    def column(self, *, null: bool) -> peewee.Field | None:
        return Scaled(self.places, null=null)

    def parse(self, text: str, context: Context) -> Any:
        number = read_number(text, suffixes=self.suffixes, example=self.sample)
        return None if number is None else self.check(number, context)

    def check(self, value: Any, context: Context) -> int | Decimal | None:
        """An int (places 0) or a Decimal with exactly ``places``; at most 15 significant digits."""
        if value is None:
            return None
        number = as_decimal(value)
        unit = Decimal(1).scaleb(-self.places)
        if abs(number) >= Decimal(10) ** (MAX_DIGITS - self.places):
            raise refuse("“{text}”太大，最多 {n} 位数字", "“{text}” is too large; at most {n} digits",
                         text=quoted(value), n=MAX_DIGITS)  # fmt: skip
        rounded = number.quantize(unit, ROUND_HALF_UP)
        if abs(rounded - number) > _NOISE:
            raise self._too_fine(value)
        self._check_range(rounded)
        return int(rounded) if self.places == 0 else rounded + 0

    def _too_fine(self, value: Any) -> Exception:
        if self.places == 0:
            return refuse("“{text}”应为整数，例如 {example}", "“{text}” should be a whole number, e.g. {example}",
                          text=quoted(value), example=self.sample)  # fmt: skip
        return refuse(
            "“{text}”的小数最多 {n} 位，例如 {example}", "“{text}” may have at most {n} decimal places, e.g. {example}",
            text=quoted(value), n=self.places, example=self.sample)  # fmt: skip

    def _check_range(self, number: Decimal) -> None:
        low, high = self.options.min, self.options.max
        if low is not None and number < low:
            raise refuse("“{text}”太小，不能小于 {min}", "“{text}” is too small; it must be at least {min}",
                         text=f"{number:f}", min=f"{low:f}")  # fmt: skip
        if high is not None and number > high:
            raise refuse("“{text}”太大，不能大于 {max}", "“{text}” is too large; it must be at most {max}",
                         text=f"{number:f}", max=f"{high:f}")  # fmt: skip

    def display(self, value: Any, context: Context) -> str:
        return "" if value is None else f"{value:,}" if isinstance(value, Decimal) else str(value)

    def edit_text(self, value: Any, context: Context) -> str:
        return "" if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value)

    def cell(self, value: Any, context: Context) -> int | float | None:
        return value if value is None or isinstance(value, int) else float(value)

    def to_json(self, value: Any) -> Any:
        return f"{value:f}" if isinstance(value, Decimal) else value

    def from_json(self, value: Any) -> Any:
        return value if value is None or self.places == 0 else Decimal(value)

    def example(self, locale: Locale) -> str:
        low, high = self.options.min, self.options.max
        number = Decimal(self.sample.rstrip("%").replace(",", ""))
        if low is not None and number < low:
            return f"{low:f}"
        return self.sample if high is None or number <= high else f"{high:f}"

    def form_field(self, field: Field, context: Context) -> UnboundField:
        return typed(field, context, NumberWidget())


class IntegerOptions(NumberOptions):
    min: int | None = None  # type: ignore[assignment]
    max: int | None = None  # type: ignore[assignment]


class IntegerType(NumberType):
    name = "integer"
    label = Text("整数", "Whole number")
    doc = "A whole number; `min`, `max` and a `unit` shown behind it. Thousands separators and full width are read."
    Options = IntegerOptions
    sample = "12"


class DecimalOptions(NumberOptions):
    places: int = Option(default=2, ge=0, le=6)


class DecimalType(NumberType):
    name = "decimal"
    label = Text("小数", "Decimal")
    doc = "An exact number with a fixed count of decimal `places` (0 to 6, default 2); `min`, `max`, `unit`."
    Options = DecimalOptions
    options: DecimalOptions

    def __init__(self, options: SomeOptions | None = None) -> None:
        super().__init__(options)
        self.places = self.options.places
        self.sample = f"{Decimal('12.5'):.{self.places}f}"

    def display(self, value: Any, context: Context) -> str:
        return "" if value is None else f"{value:,.{self.places}f}"


class MoneyOptions(Options):
    min: Decimal | None = None
    max: Decimal | None = None

    @property
    def unit(self) -> str:
        return "元"


class MoneyType(NumberType):
    name = "money"
    label = Text("金额", "Money")
    doc = "An amount in the office's currency, exact to two places and kept as a whole number of fen."
    Options = MoneyOptions
    options: MoneyOptions  # type: ignore[assignment]
    places = 2
    sample = "1234.50"


class PercentType(DecimalType):
    name = "percent"
    label = Text("百分比", "Percent")
    doc = "A percentage: 95.00 means 95 %. `95%` and `95` read alike; `places` is 2 unless told."
    sample = "95.00"

    @property
    def suffixes(self) -> tuple[str, ...]:
        return ("%",)

    def display(self, value: Any, context: Context) -> str:
        return "" if value is None else f"{value:,.{self.places}f}%"


class RatingOptions(Options):
    max: int = Option(default=5, ge=2, le=10)


class RatingType(FieldType):
    name = "rating"
    label = Text("评分", "Rating")
    doc = "Points from 1 to `max` (5 unless told)."
    kind = "number"
    Options = RatingOptions
    options: RatingOptions
    filters = ("equals", "from", "to", "empty", "filled")
    align_end = True

    def column(self, *, null: bool) -> peewee.Field | None:
        return Scaled(0, null=null)

    def parse(self, text: str, context: Context) -> int | None:
        words = halfwidth(text)
        if words and set(words) <= {"★", "☆"}:
            return self.check(words.count("★"), context)
        number = read_number(text, suffixes=("分", "星"), example=self.example("zh"))
        return None if number is None else self.check(number, context)

    def check(self, value: Any, context: Context) -> int | None:
        if value is None:
            return None
        number = as_decimal(value)
        if number != int(number) or not 1 <= number <= self.options.max:
            raise refuse("“{text}”应为 1 到 {max} 的整数", "“{text}” should be a whole number from 1 to {max}",
                         text=quoted(value), max=self.options.max)  # fmt: skip
        return int(number)

    def display(self, value: Any, context: Context) -> str:
        return "" if value is None else "★" * value + "☆" * (self.options.max - value)

    def edit_text(self, value: Any, context: Context) -> str:
        return "" if value is None else str(value)

    def cell(self, value: Any, context: Context) -> int | None:
        return value if isinstance(value, int) else None

    def example(self, locale: Locale) -> str:
        return str(self.options.max)

    def form_field(self, field: Field, context: Context) -> UnboundField:
        return typed(field, context, RatingWidget(self.options.max))
