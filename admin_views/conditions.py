"""A field's condition in the plain form the browser works out while the person types."""

from __future__ import annotations

import ast
from decimal import Decimal
from typing import Any

from schema.expressions import Expression

_COMPARE = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.In: "in",
}  # fmt: skip
_WORDS = {"true": True, "false": False, "null": None, "True": True, "False": False, "None": None}
_SERVER_ONLY = frozenset({"today", "now", "actor", "parent"})


class _NotPlain(Exception):
    """The condition asks something only the server knows."""


def as_json(expression: Expression) -> Any:
    """The condition as nested lists, or None where only the server can tell."""
    try:
        return _plain(ast.parse(expression.source.strip(), mode="eval").body)
    except (_NotPlain, SyntaxError):
        return None


def _plain(node: ast.expr) -> Any:
    match node:
        case ast.Constant(value=bool() | str() | int() | None):
            return node.value
        case ast.Constant(value=float()):
            return str(Decimal(repr(node.value)))
        case ast.Name(id=name) if name in _WORDS:
            return _WORDS[name]
        case ast.Name(id=name) if name not in _SERVER_ONLY:
            return ["field", name]
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return ["list", *map(_plain, items)]
        case ast.BoolOp(op=op, values=values):
            return ["and" if isinstance(op, ast.And) else "or", *map(_plain, values)]
        case ast.UnaryOp(op=ast.Not(), operand=inside):
            return ["not", _plain(inside)]
        case ast.Compare(left=left, ops=ops, comparators=rights):
            return _comparison([left, *rights], ops)
    raise _NotPlain


def _comparison(parts: list[ast.expr], ops: list[ast.cmpop]) -> Any:
    links = [_link(op, _plain(a), _plain(b)) for op, a, b in zip(ops, parts, parts[1:], strict=False)]
    return links[0] if len(links) == 1 else ["and", *links]


def _link(op: ast.cmpop, left: Any, right: Any) -> Any:
    if isinstance(op, ast.NotIn):
        return ["not", ["in", left, right]]
    if type(op) not in _COMPARE:
        raise _NotPlain
    return [_COMPARE[type(op)], left, right]
