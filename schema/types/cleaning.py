"""What is done to text before a type reads it: full-width forms, control characters, digits spoilt by a spreadsheet."""

from __future__ import annotations

import re
from typing import Any

from schema.text import BadValue, Text

_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3000: " ",
    0xFFE5: "¥",
    0x2212: "-",
    0x2013: "-",
    0x2014: "-",
    0x2010: "-",
    0x2011: "-",
    0x00A0: " ",
}
_CONTROLS = dict.fromkeys([*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F, *range(0xD800, 0xE000)])
_SCIENTIFIC = re.compile(r"[+-]?\d+(\.\d*)?[eE][+-]?\d+")
_FLOAT_TAIL = re.compile(r"(\d+)\.0+")


def halfwidth(text: str) -> str:
    """``text`` with full-width letters, digits, punctuation and spaces made plain, trimmed."""
    return text.strip() if text.isascii() else text.translate(_HALF).strip()


def printable(text: str) -> str:
    """``text`` trimmed, without control characters (line break and tab stay) and lone surrogates; CRLF becomes LF."""
    if text.isprintable():
        return text.strip()
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROLS).strip()


def quoted(value: Any) -> str:
    """``value`` short enough to stand in a message."""
    words = str(value)
    return words if len(words) <= 40 else words[:39] + "…"


def refuse(zh: str, en: str, **values: Any) -> BadValue:
    """A BadValue with its gaps filled; braces in a value are safe."""
    return BadValue(Text(zh, en).with_(**values))


def is_scientific(text: str) -> bool:
    """Whether ``text`` is a number in scientific notation, as a spreadsheet writes long digits."""
    return _SCIENTIFIC.fullmatch(text) is not None


def spoilt(text: str, example: str) -> BadValue:
    """Says that a spreadsheet turned digits into a number and lost some."""
    return refuse(
        "“{text}”是电子表格改成的科学计数法，末尾的数字已经丢失；请把该列设为文本后重新填写完整号码，例如 {example}",
        "“{text}” was turned into scientific notation by a spreadsheet and digits are lost;"
        " format the column as text and write all digits, e.g. {example}",
        text=quoted(text),
        example=example,
    )


def plain_digits(text: str) -> str:
    """A number-like text without separators: '138 1234-5678' → '13812345678', '7001.0' → '7001'."""
    return text.partition(".")[0] if _FLOAT_TAIL.fullmatch(text) else re.sub(r"[\s\-·.']", "", text)


def text_of(value: Any) -> str:
    """The text of a value that should be text; raises BadValue for what has none."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise refuse("“{text}”应为文字", "“{text}” should be text", text=quoted(value))
