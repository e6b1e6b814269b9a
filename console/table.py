"""Tables for a terminal, in which a Chinese character is two columns wide."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence


def width(text: str) -> int:
    """The columns ``text`` takes in a terminal."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The rows under their headers, in columns two spaces apart."""
    lines = [tuple(headers), *(tuple(row) for row in rows)]
    widths = [max(width(line[i]) for line in lines) for i in range(len(headers))]
    return "\n".join(
        "  ".join(cell + " " * (widths[i] - width(cell)) for i, cell in enumerate(line)).rstrip() for line in lines
    )
