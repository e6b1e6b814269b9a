"""A bank's result file, read by its layout and compared with what was sent, line by line, column by column (F8)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from models.errors import Refused
from office.bank.layouts import FEN, LABELS, BankLayout
from schema.text import Text

NAMED = 8
"""Mismatches that are told one by one."""

EMPTY = Text("回盘文件是空的。", "The result file is empty.")
ENCODING = Text(
    "回盘文件不是 {encoding} 编码；请用银行原始文件，不要另存。",
    "The result file is not in {encoding}; take the bank's own file, not one saved again.",
)
WIDTH = Text(
    "第 {line} 行有 {has} 列，应为 {wants} 列（{columns}）",
    "line {line} has {has} columns, {wants} were expected ({columns})",
)
NO_NUMBER = Text("第 {line} 行“{column}”不是数字：{value}", "line {line}, {column}: “{value}” is no number")
NO_ROW = Text(
    "第 {line} 行“序号”{row} 不在批次 {batch} 中（共 {count} 笔）",
    "line {line}, row: {row} is not in batch {batch}, which has {count} lines",
)
REPEATED = Text("第 {line} 行“序号”{row} 与第 {first} 行重复", "line {line}, row: {row} stands in line {first} already")
DIFFERS = Text(
    "第 {line} 行“{column}”：文件中是 {has}，送盘是 {sent}",
    "line {line}, {column}: the file says {has}, sent was {sent}",
)
NO_CODE = Text("第 {line} 行没有返回码", "line {line} has no code")
OTHERWISE = Text(
    "第 {line} 行：序号 {row} 已按“{was}”入账，这个文件却是“{now}”",
    "line {line}: row {row} was taken in as “{was}” already, this file says “{now}”",
)
REFUSED = Text(
    "回盘文件与批次 {batch} 对不上，没有写入任何内容：{mismatches}。{more}",
    "The result does not fit batch {batch}; nothing was written: {mismatches}. {more}",
)
MORE = Text("共 {n} 处不符。", "{n} mismatches in all.")
SUCCEEDED, FAILED = Text("成功", "debited"), Text("失败", "failed")


@dataclass(frozen=True, slots=True)
class Sent:
    """A line as it went to the bank; ``state`` is sent, succeeded or failed, ``code`` what the bank said of it."""

    id: int
    row: int
    account: str
    holder: str
    amount: Decimal
    state: str = "sent"
    code: str = ""


@dataclass(frozen=True, slots=True)
class Returned:
    """What the bank says of one line."""

    line: int
    row: int
    account: str
    holder: str
    amount: Decimal
    code: str
    reason: str
    batch: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one sent line."""

    sent: Sent
    succeeded: bool
    code: str
    reason: str


def read_result(layout: BankLayout, data: bytes, batch: str) -> list[Returned]:
    """The lines of a result file. Raises Refused, naming line and column, where one cannot be read."""
    lines = _lines(layout, data)
    if not lines:
        raise Refused(EMPTY)
    columns, found, wrong = layout.result.columns, [], list[Text]()
    for number, line in lines:
        cells = [cell.strip() for cell in line.split(layout.result.separator or layout.separator)]
        while len(cells) > len(columns) and not cells[-1]:
            cells.pop()
        if len(cells) != len(columns):
            names = Text("、".join(LABELS[n].zh for n in columns if n in LABELS),
                         ", ".join(LABELS[n].en for n in columns if n in LABELS))  # fmt: skip
            wrong.append(WIDTH.with_(line=number, has=len(cells), wants=len(columns), columns=names))
            continue
        said = dict(zip(columns, cells, strict=True))
        one = _returned(layout, number, said, wrong)
        if one is not None:
            found.append(one)
    refuse_mismatches(batch, wrong)
    return found


def answers(layout: BankLayout, batch: str, sent: Sequence[Sent], returned: Sequence[Returned]) -> list[Answer]:
    """What the result newly says of the sent lines; those it said before already are left out.

    Raises Refused with every mismatch of row, account, name, amount and batch, and where a line was taken in
    otherwise before.
    """
    by_row, wrong, first, found = {one.row: one for one in sent}, list[Text](), dict[int, int](), list[Answer]()
    for one in returned:
        line = by_row.get(one.row)
        if one.row in first:
            wrong.append(REPEATED.with_(line=one.line, row=one.row, first=first[one.row]))
            continue
        first[one.row] = one.line
        if line is None:
            wrong.append(NO_ROW.with_(line=one.line, row=one.row, batch=batch, count=len(sent)))
            continue
        mismatches = list(_mismatches(batch, line, one))
        wrong += mismatches
        succeeded = one.code in layout.result.success
        if mismatches or line.state == "sent":
            found.append(Answer(line, succeeded, one.code, one.reason))
        elif (line.state == "succeeded") != succeeded:
            was = SUCCEEDED if line.state == "succeeded" else FAILED
            now = SUCCEEDED if succeeded else FAILED
            wrong.append(OTHERWISE.with_(line=one.line, row=one.row, was=was, now=now))
    refuse_mismatches(batch, wrong)
    return found


def refuse_mismatches(batch: str, wrong: Sequence[Text]) -> None:
    """Raises Refused with the first of the mismatches, and how many there are."""
    if not wrong:
        return
    told = wrong[:NAMED]
    listed = Text("；".join(one.to("zh") for one in told), "; ".join(one.to("en") for one in told))
    more = MORE.with_(n=len(wrong)) if len(wrong) > 1 else Text("", "")
    raise Refused(REFUSED.with_(batch=batch, mismatches=listed, more=more))


def _lines(layout: BankLayout, data: bytes) -> list[tuple[int, str]]:
    """The rows of the file with their line numbers, without the lines before and after them and blank ones."""
    encoding = layout.result.encoding or layout.encoding
    try:
        text = data.removeprefix(b"\xef\xbb\xbf").decode(encoding)
    except UnicodeDecodeError:
        raise Refused(ENCODING.with_(encoding=encoding)) from None
    numbered = [(number, line) for number, line in enumerate(re.split(r"\r\n|\r|\n", text), 1) if line.strip()]
    return numbered[layout.result.skip : len(numbered) - layout.result.skip_end]


def _returned(layout: BankLayout, number: int, said: Mapping[str, str], wrong: list[Text]) -> Returned | None:
    row, amount = _whole(said["row"]), _amount(layout, said["amount"])
    for column, value in (("row", row), ("amount", amount)):
        if value is None:
            wrong.append(NO_NUMBER.with_(line=number, column=LABELS[column], value=said[column]))
    if not said["code"]:
        wrong.append(NO_CODE.with_(line=number))
    if row is None or amount is None:
        return None
    reason = said.get("reason", "")
    return Returned(number, row, said["account"], said["holder"], amount, said["code"], reason, said.get("batch"))


def _whole(words: str) -> int | None:
    return int(words) if words.isascii() and words.isdigit() and len(words) < 12 else None


def _amount(layout: BankLayout, words: str) -> Decimal | None:
    """Yuan, whichever way the layout writes them."""
    if not re.fullmatch(r"\d{1,12}(\.\d{1,2})?", words, re.ASCII) or (layout.money == "fen" and "." in words):
        return None
    try:
        return (Decimal(words) / FEN if layout.money == "fen" else Decimal(words)).quantize(Decimal("0.01"))
    except InvalidOperation:
        return None


def _mismatches(batch: str, sent: Sent, one: Returned) -> list[Text]:
    """Where a line of the result says otherwise than what was sent; accounts are told by their last digits."""
    pairs = [
        ("account", one.account, sent.account, f"…{one.account[-4:]}", f"…{sent.account[-4:]}"),
        ("holder", _plain(one.holder), _plain(sent.holder), one.holder, sent.holder),
        ("amount", one.amount, sent.amount, one.amount, sent.amount),
    ]
    if one.batch is not None:
        pairs.append(("batch", one.batch, batch, one.batch, batch))
    return [
        DIFFERS.with_(line=one.line, column=LABELS[name], has=shown, sent=was)
        for name, said, wanted, shown, was in pairs if said != wanted
    ]  # fmt: skip


def _plain(name: str) -> str:
    """A name without what banks do to it: width of its signs, blanks."""
    return "".join(unicodedata.normalize("NFKC", name).split())
