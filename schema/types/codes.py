"""Types of numbers that are names: phone, identity document, plate, bank account. Kept as text, never as numbers."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from operator import mul
from typing import Any, ClassVar

import peewee
from pydantic import Field as Option
from wtforms.fields.core import UnboundField

from schema.spec import Field
from schema.text import BadValue, Locale, Text
from schema.types.base import Context, FieldType, Options, Search
from schema.types.cleaning import halfwidth, is_scientific, plain_digits, quoted, refuse, spoilt, text_of
from schema.types.columns import column
from schema.types.form_fields import TextWidget, typed


class CodeType(FieldType):
    """What these share: text that is normalised, then recognised or refused."""

    search: ClassVar[Search] = "digits"
    masks = True
    filters = ("equals", "contains", "starts", "empty", "filled")
    sample = ""

    def column(self, *, null: bool) -> peewee.Field | None:
        return column(peewee.TextField, null)

    def parse(self, text: str, context: Context) -> str | None:
        return self.check(text, context)

    def check(self, value: Any, context: Context) -> str | None:
        if value is None:
            return None
        words = halfwidth(text_of(value)).lstrip("'")
        if not words:
            return None
        if is_scientific(words):
            raise spoilt(words, self.sample)
        return self.recognise(words)

    def recognise(self, words: str) -> str:
        """The normal spelling of ``words``; raises BadValue."""
        return words

    def example(self, locale: Locale) -> str:
        return self.sample

    def form_field(self, field: Field, context: Context) -> UnboundField:
        return typed(field, context, TextWidget(autocomplete="off", maxlength=60))


_PLAIN_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_MOBILE = re.compile(r"(?:(?:\+|00)?86)?(1[3-9]\d{9})")
_LANDLINE = re.compile(r"(?:(?:\+|00)86)?(0?)(10|2\d|[3-9]\d\d)([2-9]\d{6,7})(?:[转xX#](\d{1,6}))?")
_LOCAL = re.compile(r"[2-9]\d{6,7}|[48]00\d{7}|9[56]\d{3,4}|1[012]\d{1,3}")
_FOREIGN = re.compile(r"(?:\+|00)(?!86)[1-9]\d{6,14}")
_EXTENSION = re.compile(r"(?<=\d{7})-(\d{1,6})$")


class PhoneType(CodeType):
    name = "phone"
    label = Text("电话", "Phone")
    doc = (
        "A Chinese mobile or fixed-line number, or a foreign one with +; kept as 13812345678, 0532-88881234, "
        "+4930123456. Spaces, dashes, full-width digits and +86 are read. Masked as 138****5678."
    )
    sample = "13812345678"

    def check(self, value: Any, context: Context) -> str | None:
        if isinstance(value, str) and _PLAIN_MOBILE.fullmatch(value):
            return value
        return super().check(value, context)

    def recognise(self, words: str) -> str:
        bare = plain_digits(_EXTENSION.sub(r"转\1", words).replace("(", "").replace(")", "").replace("/", ""))
        if mobile := _MOBILE.fullmatch(bare):
            return mobile[1]
        if line := _LANDLINE.fullmatch(bare):
            zero, area, number, extension = line.groups()
            if zero or bare.startswith(("+", "00")):
                return f"0{area}-{number}" + (f"转{extension}" if extension else "")
        if _LOCAL.fullmatch(bare):
            return bare
        if _FOREIGN.fullmatch(bare):
            return "+" + bare.removeprefix("00").lstrip("+")
        raise self._refusal(words, bare)

    def _refusal(self, words: str, bare: str) -> BadValue:
        if bare.isdigit() and bare.startswith("1") and len(bare) != 11:
            return refuse("手机号应为 11 位，“{text}”是 {n} 位", "a mobile number has 11 digits, “{text}” has {n}",
                          text=quoted(words), n=len(bare))  # fmt: skip
        return refuse("“{text}”不是电话号码，例如 13812345678 或 0532-88881234",
                      "“{text}” is not a phone number, e.g. 13812345678 or 0532-88881234",
                      text=quoted(words))  # fmt: skip

    def mask(self, value: Any, context: Context) -> str:
        words = str(value or "").partition("转")[0]
        area, dash, number = words.rpartition("-")
        if dash:
            return f"{area}-****{number[-4:]}" if len(number) >= 8 else f"{area}-****{number[-2:]}"
        if len(words) >= 10:
            return f"{words[:3]}****{words[-4:]}"
        return "****" + words[-2:] if words else ""

    def form_field(self, field: Field, context: Context) -> UnboundField:
        return typed(field, context, TextWidget(type="tel", autocomplete="off", maxlength=30))


_RESIDENT, _OLD_RESIDENT = re.compile(r"\d{17}[\dX]"), re.compile(r"\d{15}")
_PLAIN_RESIDENT = re.compile(r"\d{17}[\dX]", re.ASCII)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_PROVINCES = frozenset(
    f"{region}{number}"
    for region, numbers in enumerate(("12345", "123", "1234567", "123456", "01234", "12345", "1", "123", "1"), 1)
    for number in numbers
)
_OTHER_DOCUMENT = re.compile(r"(?=.*[0-9])(?=.*[A-Z])[A-Z0-9]{5,15}(\([0-9A-Z]\))?|\d{7,9}")


def check_digit(first17: str) -> str:
    """The last character of a resident ID number from its first 17 digits (GB 11643)."""
    digits = first17.encode() if first17.isascii() else map(ord, str(int(first17)).zfill(17))
    total = sum(map(mul, digits, _WEIGHTS)) - ord("0") * sum(_WEIGHTS)
    return "10X98765432"[total % 11]


def birthday(number: str) -> date | None:
    """The birthday in a resident ID number of 18 or 15 digits; None where it is no day or another document."""
    if not _RESIDENT.fullmatch(number) and not _OLD_RESIDENT.fullmatch(number):
        return None
    return _day(number[6:14] if len(number) == 18 else "19" + number[6:12])


@lru_cache(maxsize=10_000)
def _day(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


class IdNumberOptions(Options):
    kind_field: str = ""
    """A choice field of the same entity that tells which document it is; for readers, not for parsing."""


class IdNumberType(CodeType):
    name = "id_number"
    label = Text("证件号码", "ID number")
    doc = (
        "A Chinese resident ID (18 digits with its check digit and a real birthday, or the old 15), or by pattern "
        "a passport, permit or other document. Masked to the first 6 and last 2. `kind_field` names the sibling "
        "choice that says which document it is."
    )
    Options = IdNumberOptions
    options: IdNumberOptions
    sample = "110101199001011237"

    def check(self, value: Any, context: Context) -> str | None:
        if isinstance(value, str) and _PLAIN_RESIDENT.fullmatch(value):
            return self._resident(value)
        return super().check(value, context)

    def recognise(self, words: str) -> str:
        number = plain_digits(words).upper().replace("Х", "X")
        if _RESIDENT.fullmatch(number):
            return self._resident(number)
        if _OLD_RESIDENT.fullmatch(number):
            return self._born(number)
        if _OTHER_DOCUMENT.fullmatch(number):
            return number
        if number.isdigit():
            raise refuse("身份证号应为 18 位，“{text}”是 {n} 位", "a resident ID has 18 digits, “{text}” has {n}",
                         text=quoted(words), n=len(number))  # fmt: skip
        raise refuse("“{text}”不是证件号码，例如 {example}", "“{text}” is not an ID number, e.g. {example}",
                     text=quoted(words), example=self.sample)  # fmt: skip

    def _resident(self, number: str) -> str:
        if check_digit(number[:17]) != number[17]:
            if number.endswith("000"):
                raise refuse(
                    "“{text}”的末尾数字被电子表格改成了 0；请把该列设为文本后重新填写完整号码",
                    "the last digits of “{text}” were rounded to 0 by a spreadsheet; format the column as text "
                    "and write all 18 digits", text=number)  # fmt: skip
            raise refuse("身份证号“{text}”的校验码不对，请核对每一位数字",
                         "the check digit of the resident ID “{text}” is wrong; compare every digit",
                         text=number)  # fmt: skip
        return self._born(number)

    def _born(self, number: str) -> str:
        born = birthday(number)
        if born is None or not 1850 <= born.year <= 2150:
            raise refuse("身份证号“{text}”里的出生日期不存在",
                         "the birthday in the resident ID “{text}” does not exist", text=number)  # fmt: skip
        if number[:2] not in _PROVINCES:
            raise refuse("身份证号“{text}”开头的地区代码 {area} 不存在",
                         "the area code {area} that the resident ID “{text}” begins with does not exist",
                         text=number, area=number[:2])  # fmt: skip
        return number

    def mask(self, value: Any, context: Context) -> str:
        return _middle_masked(str(value or ""), 6, 2)


_REGIONS = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_LETTER = "A-HJ-NP-Z"
_PLATE = re.compile(
    rf"[{_REGIONS}][A-Z](?:[{_LETTER}0-9]{{4}}[{_LETTER}0-9挂学警港澳]|[{_LETTER}][{_LETTER}0-9]\d{{4}}|\d{{5}}[{_LETTER}])"
    r"|使\d{6}|\d{6}使|WJ[\u4e00-\u9fff]?[0-9A-Z]{5}"
)


class PlateType(CodeType):
    name = "plate"
    label = Text("车牌号", "Plate number")
    doc = "A Chinese plate number, the 8-character new-energy ones too; kept without the dot: 鲁B12345, 鲁BD12345."
    search = "code"
    sample = "鲁B12345"

    def recognise(self, words: str) -> str:
        plate = re.sub(r"[\s·•.\-—]", "", words).upper()
        if not _PLATE.fullmatch(plate):
            raise refuse("“{text}”不是车牌号，例如 鲁B12345 或 鲁BD12345",
                         "“{text}” is not a plate number, e.g. 鲁B12345 or 鲁BD12345", text=quoted(words))  # fmt: skip
        return plate

    def mask(self, value: Any, context: Context) -> str:
        return _middle_masked(str(value or ""), 2, 2)


class AccountOptions(Options):
    min: int = Option(default=8, ge=4, le=30)
    max: int = Option(default=30, ge=4, le=34)


class AccountNumberType(CodeType):
    name = "account_number"
    label = Text("银行账号", "Account number")
    doc = "A bank account or card number of `min` to `max` digits (8 to 30). Masked to the first and last 4."
    Options = AccountOptions
    options: AccountOptions
    sample = "6222021234567894"

    def recognise(self, words: str) -> str:
        number = plain_digits(words)
        if not (number.isascii() and number.isdigit()):
            raise refuse("“{text}”不是银行账号，只能是数字，例如 {example}",
                         "“{text}” is not an account number; digits only, e.g. {example}",
                         text=quoted(words), example=self.sample)  # fmt: skip
        if not self.options.min <= len(number) <= self.options.max:
            raise refuse("银行账号应为 {min} 到 {max} 位，“{text}”是 {n} 位",
                         "an account number has {min} to {max} digits, “{text}” has {n}",
                         text=number, n=len(number), min=self.options.min, max=self.options.max)  # fmt: skip
        if len(number) > 16 and not number[15:].strip("0") and not luhn(number):
            raise refuse("“{text}”的末尾数字被电子表格改成了 0；请把该列设为文本后重新填写完整号码",
                         "the last digits of “{text}” were rounded to 0 by a spreadsheet; format the column as text "
                         "and write all digits", text=number)  # fmt: skip
        return number

    def mask(self, value: Any, context: Context) -> str:
        return _middle_masked(str(value or ""), 4, 4)

    def form_field(self, field: Field, context: Context) -> UnboundField:
        return typed(field, context, TextWidget(inputmode="numeric", autocomplete="off", maxlength=40))


def luhn(number: str) -> bool:
    """Whether the last digit of a card number is the check digit of the others."""
    digits = [int(d) for d in reversed(number)]
    return sum(d if i % 2 == 0 else sum(divmod(2 * d, 10)) for i, d in enumerate(digits)) % 10 == 0


def _middle_masked(words: str, first: int, last: int) -> str:
    """``words`` with stars in the middle; at least half of a short one is hidden."""
    if len(words) < 2 * (first + last):
        first, last = min(first, len(words) // 4), min(last, len(words) // 4)
    hidden = len(words) - first - last
    return words[:first] + "*" * hidden + words[len(words) - last :] if hidden > 0 else words
