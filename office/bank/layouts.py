"""The layouts of direct-debit files as ``settings: bank_layouts`` describes them, and files written by them (F8)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, RootModel, model_validator

from schema.settings import claim, setting
from schema.text import BadValue, Text
from schema.written import Names, Part, Words, say

if TYPE_CHECKING:
    from schema.spec import Schema

SENT = ("row", "account", "holder", "amount", "memo", "remark", "unit", "batch", "date", "empty")
RETURNED = ("row", "account", "holder", "amount", "memo", "remark", "unit", "batch", "date", "code", "reason", "empty")
NEEDED_SENT = ("row", "account", "holder", "amount")
NEEDED_BACK = (*NEEDED_SENT, "code")
LITERAL = "="
LINE_ENDS = {"crlf": "\r\n", "lf": "\n"}
FEN = 100
LABELS: Mapping[str, Text] = {
    "row": Text("序号", "row"), "account": Text("账号", "account"), "holder": Text("户名", "name"),
    "amount": Text("金额", "amount"), "memo": Text("摘要", "memo"), "remark": Text("备注", "remark"),
    "unit": Text("房屋", "unit"), "batch": Text("批次", "batch"), "date": Text("日期", "date"),
    "code": Text("返回码", "code"), "reason": Text("说明", "reason"), "empty": Text("空列", "blank"),
}  # fmt: skip

NO_COLUMN = Text(
    "没有“{name}”这一列；可用 {known}，或以 = 开头的固定文字",
    "there is no column '{name}'; known are {known}, and fixed words after =",
)
LACKS = Text("缺少“{name}”列，否则对不上账", "the column '{name}' is missing, without which nothing can be matched")
TWICE = Text("“{name}”列写了两次", "the column '{name}' is there twice")
BAD_GAP = Text(
    "“{words}”中的 {{gap}} 不认识；可用 {{number}} {{count}} {{total}} {{date}} {{part}}",
    "'{words}' has a gap that is not known; known are {{number}} {{count}} {{total}} {{date}} {{part}}",
)
NO_PART = Text(
    "拆成多个文件（most_rows）时，文件名要含 {part}", "with most_rows the file name needs {part}, or the files overlay"
)

_GAPS = frozenset({"number", "count", "total", "date", "part"})
_GAP = re.compile(r"\{(\w*)\}")


class ResultLayout(Part):
    """The file that comes back."""

    columns: Names = ("row", "account", "holder", "amount", "memo", "code", "reason")
    """Its columns in order."""
    success: Names = ("00",)
    """The codes that mean that the money was debited; every other one means that it was not."""
    skip: int = Field(0, ge=0, le=100)
    """Lines before the first row."""
    skip_end: int = Field(0, ge=0, le=100)
    """Lines after the last row."""
    encoding: Literal["utf-8", "gb18030"] | None = None
    """Where it is not that of the file that was sent."""
    separator: str | None = Field(None, min_length=1, max_length=4)
    """Where it is not that of the file that was sent."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        _check_columns(self.columns, RETURNED, NEEDED_BACK)
        return self


class BankLayout(Part):
    """One kind of file: what is sent, and what comes back."""

    label: Words | None = None
    """What people call it."""
    bank: Words | None = None
    """The bank that collects, as the deposit slip names it."""
    account: str = ""
    """The office's own account, as the deposit slip shows it (masked)."""
    file: str = "{number}.txt"
    """The name of a file; {number} is the batch, {part} counts the files of a batch from 1, {date} is its day."""
    columns: Names = ("row", "account", "holder", "amount", "memo", "remark")
    """The columns in order: row account holder amount memo remark unit batch date empty, or fixed words after =."""
    separator: str = Field("|", min_length=1, max_length=4)
    """Stands between the columns."""
    trailing: bool = False
    """Whether it stands behind the last column too."""
    money: Literal["yuan", "fen"] = "yuan"
    """Whether amounts are written 455.97 or 45597."""
    encoding: Literal["utf-8", "gb18030"] = "gb18030"
    """How text becomes bytes (gb18030 holds GBK)."""
    line_end: Literal["crlf", "lf"] = "crlf"
    """What ends a line."""
    most_rows: int | None = Field(None, ge=1, le=1_000_000)
    """Rows of a file; a longer batch becomes several."""
    header: str = ""
    """A line before the rows, with the gaps {number} {count} {total} {date} {part}."""
    total: str = ""
    """A line after the rows, with the same gaps."""
    result: ResultLayout = Field(default_factory=lambda: ResultLayout.model_validate({}))
    """The file that comes back."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        _check_columns(self.columns, SENT, NEEDED_SENT)
        for words in (self.file, self.header, self.total):
            if not set(_GAP.findall(words)) <= _GAPS:
                raise BadValue(BAD_GAP.with_(words=words))
        if self.most_rows and "{part}" not in self.file:
            raise BadValue(NO_PART)
        return self

    def named(self, name: str) -> Text:
        """What people call it; its name in the YAML where it has no label."""
        return say(self.label) if self.label else Text(name, name)

    def unfit(self, words: str) -> str:
        """The signs of ``words`` that the file cannot carry: its separator, ends of lines, what the encoding lacks."""
        odd = [sign for sign in words if not sign.isprintable() or not _fits(sign, self.encoding)]
        return "".join(dict.fromkeys([*odd, *([self.separator] if self.separator in words else [])]))


@setting("bank_layouts")
class BankLayouts(RootModel[dict[str, BankLayout]]):
    """The layouts by name."""

    root: dict[str, BankLayout] = {}


def layouts_of(schema: Schema) -> Mapping[str, BankLayout]:
    """The layouts of an office, by name."""
    return claim(schema, "bank_layouts", BankLayouts).root


def written(layout: BankLayout, rows: Sequence[Mapping[str, object]], about: Mapping[str, object]) -> bytes:
    """A file of these rows: column → value, the amount in yuan as Decimal. ``about`` fills header and total line."""
    lines = [_line(layout, row) for row in rows]
    gaps = {**about, "count": len(rows), "total": _money(layout, sum((_amount(row) for row in rows), Decimal(0)))}
    head = [_filled(words, gaps) for words in (layout.header,) if words]
    foot = [_filled(words, gaps) for words in (layout.total,) if words]
    end = LINE_ENDS[layout.line_end]
    return "".join(line + end for line in (*head, *lines, *foot)).encode(layout.encoding)


def file_name(layout: BankLayout, number: str, day: date, part: int) -> str:
    """The name of one file of a batch."""
    return _filled(layout.file, {"number": number, "date": f"{day:%Y%m%d}", "part": part})


def parts_of(layout: BankLayout, count: int) -> list[range]:
    """Which of ``count`` rows go to which file, by their places from 0."""
    size = layout.most_rows or max(count, 1)
    return [range(start, min(start + size, count)) for start in range(0, count, size)]


def _line(layout: BankLayout, row: Mapping[str, object]) -> str:
    cells = [_cell(layout, name, row) for name in layout.columns]
    return layout.separator.join(cells) + (layout.separator if layout.trailing else "")


def _cell(layout: BankLayout, name: str, row: Mapping[str, object]) -> str:
    if name.startswith(LITERAL):
        return name[len(LITERAL) :]
    if name == "amount":
        return _money(layout, _amount(row))
    value = row.get(name)
    if name == "date" and isinstance(value, date):
        return f"{value:%Y%m%d}"
    return "" if value is None else str(value)


def _amount(row: Mapping[str, object]) -> Decimal:
    amount = row["amount"]
    assert isinstance(amount, Decimal)
    return amount


def _money(layout: BankLayout, amount: Decimal) -> str:
    return f"{amount * FEN:.0f}" if layout.money == "fen" else f"{amount:.2f}"


def _filled(words: str, gaps: Mapping[str, object]) -> str:
    return _GAP.sub(lambda gap: str(gaps.get(gap[1], "")), words)


def _fits(sign: str, encoding: str) -> bool:
    try:
        sign.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _check_columns(columns: Sequence[str], known: Sequence[str], needed: Sequence[str]) -> None:
    """Raises BadValue for a column nobody knows, one that is there twice, and one that is missing."""
    for name in columns:
        if name not in known and not name.startswith(LITERAL):
            raise BadValue(NO_COLUMN.with_(name=name, known=", ".join(known)))
        if name != "empty" and not name.startswith(LITERAL) and columns.count(name) > 1:
            raise BadValue(TWICE.with_(name=name))
    for name in needed:
        if name not in columns:
            raise BadValue(LACKS.with_(name=name))
