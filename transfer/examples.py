"""The line of examples in a template: how it is marked, and how whoever reads the file knows it again."""

from __future__ import annotations

import re
from collections.abc import Sequence

from schema.text import Text

MARK = Text("【示例】", "[Example]")
"""Stands before the text of the line's first cell."""
EXAMPLE_ROW = Text("模板中的示例行", "line of examples in the template")
"""Why such a line is no data."""

_MARKED = re.compile(r"\s*[\[【［]\s*(示例|example)\s*[\]】］]", re.IGNORECASE)


def is_example(cells: Sequence[str]) -> bool:
    """Whether a row is a template's line of examples: its first cell that is not blank begins with the mark."""
    return bool(_MARKED.match(next((cell for cell in cells if cell.strip()), "")))
