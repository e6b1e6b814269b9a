"""The grammar of expressions: Python's own, read as text and never run, with offsets into what people wrote."""

from __future__ import annotations

import ast
import re

from schema.expressions.kinds import error


def syntax(text: str) -> ast.expr:
    """Python's syntax tree of ``text``; raises ExpressionError."""
    if not text.strip():
        raise error("表达式是空的", "the expression is empty", 0)
    try:
        return ast.parse(f"({text}\n)", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as bad:
        offset = _syntax_offset(text, bad)
        if (equals := _lone_equals(text)) is not None:
            raise error("比较相等请写 ==", "write == to compare", equals) from None
        raise error("看不懂这里：{near}", "cannot be understood here: {near}", offset,
                    near=text[offset : offset + 20] or text[-20:]) from None  # fmt: skip


def _syntax_offset(text: str, bad: BaseException) -> int:
    if not isinstance(bad, SyntaxError) or not bad.lineno or not bad.offset:
        return 0
    lines = text.splitlines(keepends=True)
    before = sum(len(line) for line in lines[: bad.lineno - 1])
    return max(0, min(before + bad.offset - 1 - (bad.lineno == 1), len(text)))


_EQUALS = re.compile(r"'[^']*'|\"[^\"]*\"|[=!<>]=|via\s*=|(=)")


def _lone_equals(text: str) -> int | None:
    """Where a single = stands outside quotes, or None."""
    return next((m.start() for m in _EQUALS.finditer(text) if m.group(1)), None)


class Source:
    """The text of an expression; tells where a piece of its tree stands and how it was written."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.wrapped = f"({text}\n)"
        self.lines = self.wrapped.splitlines(keepends=True)

    def at(self, tree: ast.expr) -> int:
        """The offset of ``tree`` in the text (Python counts bytes in a line)."""
        line = self.lines[tree.lineno - 1].encode()[: tree.col_offset].decode()
        before = sum(len(earlier) for earlier in self.lines[: tree.lineno - 1])
        return max(0, before + len(line) - 1)

    def written(self, tree: ast.expr) -> str:
        """``tree`` as it stands in the text."""
        return ast.get_source_segment(self.wrapped, tree) or type(tree).__name__

    def dotted(self, tree: ast.expr) -> list[tuple[str, int]]:
        """The names of a dotted path with their offsets; raises ExpressionError where it is none."""
        names: list[tuple[str, int]] = []
        while isinstance(tree, ast.Attribute):
            start = self.at(tree.value)
            names.append((tree.attr, max(start, self.text.find(tree.attr, start + 1))))
            tree = tree.value
        if not isinstance(tree, ast.Name):
            raise error("点号只能跟在字段名后面", "a dot stands behind a field name only", self.at(tree))
        return [(tree.id, self.at(tree)), *names[::-1]]
