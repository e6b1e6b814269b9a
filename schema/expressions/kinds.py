"""Which kinds go together: the rules of comparison, arithmetic and common type, each raising a precise error."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time

from schema.expressions.naming import ExpressionError, did_you_mean
from schema.expressions.nodes import (
    DIVISION_PLACES,
    MAX_PLACES,
    Arithmetic,
    Compare,
    Constant,
    IsNull,
    Node,
    NodeKind,
    Read,
)
from schema.text import Text

KIND_WORDS: dict[NodeKind, Text] = {
    "boolean": Text("是/否", "a yes/no"),
    "number": Text("数字", "a number"),
    "text": Text("文字", "a text"),
    "date": Text("日期", "a date"),
    "datetime": Text("日期时间", "a date and time"),
    "time": Text("时间", "a time of day"),
    "ref": Text("关联记录", "a record"),
    "list": Text("多个值", "a list of values"),
    "json": Text("JSON", "JSON"),
    "null": Text("空", "null"),
}
ORDERED = frozenset({"number", "text", "date", "datetime", "time"})


def error(zh: str, en: str, at: int, **values: object) -> ExpressionError:
    """An ExpressionError with its gaps filled."""
    return ExpressionError(Text(zh, en).with_(**values), at)


def need(node: Node, kind: NodeKind, at: int, what: str) -> None:
    """Raises unless ``node`` is of ``kind`` (null fits everywhere)."""
    if node.kind not in (kind, "null"):
        raise error("{what} 需要{want}，这里是{got}", "{what} needs {want}, this is {got}", at,
                    what=what, want=KIND_WORDS[kind], got=KIND_WORDS[node.kind])  # fmt: skip


def need_boolean(node: Node, at: int, what: str) -> None:
    """Raises unless ``node`` is a condition, and says how to make one of it."""
    if node.kind not in ("boolean", "null"):
        raise error(
            "{what} 需要是/否条件，这里是{got}；要判断是否填写请写 … != null",
            "{what} needs a condition, this is {got}; to ask whether it is filled in, write … != null",
            at, what=what, got=KIND_WORDS[node.kind],
        )  # fmt: skip


def check_option(read: Node, literal: Node, at: int) -> None:
    """Raises where a choice field is compared with a text that is not one of its codes."""
    if not isinstance(read, Read) or not read.options or not isinstance(literal, Constant):
        return
    if isinstance(literal.value, str) and literal.value not in read.options:
        raise error("'{code}' 不是 {field} 的选项{guess}", "'{code}' is not an option of {field}{guess}", at,
                    code=literal.value, field=read.field, guess=did_you_mean(literal.value, read.options))  # fmt: skip


def dated(node: Node, other: Node, at: int) -> Node:
    """A text literal beside a date or time, read as one ('2026-03-01', '09:30')."""
    if not (isinstance(node, Constant) and isinstance(node.value, str) and other.kind in ("date", "time")):
        return node
    try:
        if other.kind == "date":
            return Constant(date.fromisoformat(node.value), "date")
        return Constant(time.fromisoformat(node.value), "time")
    except ValueError:
        raise error("'{text}' 不是{want}；应写成 '2026-03-01' 或 '09:30'",
                    "'{text}' is not {want}; write '2026-03-01' or '09:30'", at,
                    text=node.value, want=KIND_WORDS[other.kind]) from None  # fmt: skip


def compare(op: str, left: Node, right: Node, left_at: int, right_at: int) -> Node:
    """The node of ``left op right``."""
    if "null" in (left.kind, right.kind):
        return _null_test(op, left, right, right_at)
    left, right = dated(left, right, left_at), dated(right, left, right_at)
    _same_kind(left, right, right_at)
    if left.kind == "list":
        raise error("多值字段请写 '…' in {field}", "a field with many values is asked by '…' in {field}", left_at,
                    field=left.field if isinstance(left, Read) else "…")  # fmt: skip
    if op not in ("==", "!=") and left.kind not in ORDERED:
        raise error("{kind}不能比较大小，只能用 == 或 !=", "{kind} has no order; only == and != compare it", left_at,
                    kind=KIND_WORDS[left.kind])  # fmt: skip
    if left.kind == "json":
        raise error("JSON 只能与 null 比较", "JSON can only be compared with null", left_at)
    check_option(left, right, right_at)
    check_option(right, left, left_at)
    return Compare(op, left, right)


def _null_test(op: str, left: Node, right: Node, at: int) -> Node:
    if op not in ("==", "!="):
        raise error("null 只能用 == 或 != 比较", "null is compared with == or != only", at)
    return IsNull(right if left.kind == "null" else left, op == "!=")


def _same_kind(left: Node, right: Node, at: int) -> None:
    if left.kind != right.kind:
        hint = Text("", "")
        if {left.kind, right.kind} == {"date", "datetime"}:
            hint = Text("；日期时间请与 now 比较", "; compare a date and time with now")
        raise error("不能比较{left}和{right}{hint}", "cannot compare {left} with {right}{hint}", at,
                    left=KIND_WORDS[left.kind], right=KIND_WORDS[right.kind], hint=hint)  # fmt: skip
    one, other = target(left), target(right)
    if one and other and one != other:
        raise error(
            "不能比较 {one} 和 {other} 的记录", "a record of {one} is never one of {other}", at, one=one, other=other
        )


def target(node: Node) -> str | None:
    """The entity of the record a ref node stands for, where it is known."""
    if isinstance(node, Read):
        return node.to
    found = [target(arg) for arg in getattr(node, "args", ())] or [target(n) for n in _branches(node)]
    return next((t for t in found if t), None)


def _branches(node: Node) -> Sequence[Node]:
    return (node.then, node.other) if hasattr(node, "then") and hasattr(node, "other") else ()


def arithmetic(op: str, left: Node, right: Node, at: int) -> Node:
    """The node of ``left op right``."""
    kinds = (left.kind, right.kind)
    if kinds == ("number", "number"):
        return Arithmetic(op, left, right, "number", _places(op, left.places, right.places))
    if op == "+" and kinds in (("number", "date"), ("number", "datetime")):
        return arithmetic(op, right, left, at)
    if op in ("+", "-") and kinds in (("date", "number"), ("datetime", "number")):
        if right.places:
            raise error("日期只能加减整数天", "only whole days can be added to a date", at)
        return Arithmetic(op, left, right, left.kind)
    if kinds == ("date", "date") and op == "-":
        return Arithmetic(op, left, right, "number")
    if kinds == ("text", "text") and op == "+":
        return Arithmetic(op, left, right, "text")
    raise error("不能计算 {left} {op} {right}", "cannot work out {left} {op} {right}", at,
                left=KIND_WORDS[left.kind], op=op, right=KIND_WORDS[right.kind])  # fmt: skip


def _places(op: str, left: int, right: int) -> int:
    if op == "*":
        return min(left + right, MAX_PLACES)
    return DIVISION_PLACES if op == "/" else max(left, right)


def common(nodes: Sequence[Node], at: int, what: str) -> tuple[NodeKind, int]:
    """The kind all of ``nodes`` share (null apart) and the most places among them."""
    kinds: set[NodeKind] = {n.kind for n in nodes if n.kind != "null"}
    if len(kinds) > 1:
        first, second = sorted(kinds)[:2]
        raise error("{what} 的各项应是同一种，这里有{one}和{other}",
                    "the parts of {what} should be of one kind, here are {one} and {other}", at,
                    what=what, one=KIND_WORDS[first], other=KIND_WORDS[second])  # fmt: skip
    targets = {t for n in nodes if n.kind == "ref" and (t := target(n))}
    if len(targets) > 1:
        raise error("{what} 的各项应是同一种记录", "the parts of {what} should be records of one entity", at, what=what)
    kind: NodeKind = next(iter(kinds), "null")
    if kind in ("list", "json"):
        raise error("{what} 不能用于{kind}", "{what} does not take {kind}", at, what=what, kind=KIND_WORDS[kind])
    return kind, max(n.places for n in nodes)
