"""Files made for editing: two more columns say which record a row is, and which version of it the person saw.

The contract, for whoever reads such a file: ``find_marks(headers)`` says where the two columns stand (None in an
ordinary file); they name no field and are never written. ``mark_of(cells, marks)`` gives (id, version) of a row, or
None for a row that was added by hand (both cells blank) and so means a new record. A row whose record has another
version by now was changed by somebody else since the file was made: it is refused with ``changed_since``, which
names who; one whose record is gone with ``GONE``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from schema.text import Text

ID = Text("#编号", "#id")
VERSION = Text("#版本", "#version")
"""The headers; both languages are read whatever language the reader has."""

CHANGED = Text(
    "“{title}”在导出之后已被{name}修改过：请重新导出，或去掉 #版本 一列以覆盖。",
    "“{title}” was changed by {name} since the file was made: export it again, or take the column #version out.",
)
GONE = Text("编号 {id} 的记录已不存在。", "The record {id} is no longer there.")
SPOILT = Text(
    "“{text}”不是导出时写下的编号或版本：请不要改动 # 开头的列。",
    "“{text}” is not what the export wrote there: leave the columns that begin with # as they are.",
)


@dataclass(frozen=True, slots=True)
class Marks:
    """The positions of the two columns in the file."""

    id: int
    version: int


def is_mark(header: str) -> bool:
    """Whether a column with this header names no field but marks the rows of a file made for editing."""
    return header.strip() in (ID.zh, ID.en, VERSION.zh, VERSION.en)


def find_marks(headers: Sequence[str]) -> Marks | None:
    """Where the columns stand; None unless both are there."""
    names = [header.strip() for header in headers]
    id = next((i for i, name in enumerate(names) if name in (ID.zh, ID.en)), None)
    version = next((i for i, name in enumerate(names) if name in (VERSION.zh, VERSION.en)), None)
    return None if id is None or version is None else Marks(id, version)


def mark_of(cells: Sequence[str], marks: Marks) -> tuple[int, int] | None:
    """(id, version) of a row; None for one without. Raises ValueError holding the text that is neither."""
    texts = [cells[index].strip() if index < len(cells) else "" for index in (marks.id, marks.version)]
    if not any(texts):
        return None
    for text in texts:
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            raise ValueError(text)
    return int(texts[0]), int(texts[1])


def changed_since(title: str, name: str) -> Text:
    """What is said of a row whose record ``name`` has changed meanwhile."""
    return CHANGED.with_(title=title, name=name or "?")
