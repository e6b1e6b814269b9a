"""Expressions made shorter for many records at once: what is the same in all of them is worked out beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from schema.expressions import Environment, Expression
from schema.expressions.evaluate import constant
from schema.expressions.nodes import Arithmetic, Compare, Constant, If, Node, Read


def folded(expression: Expression, same: Mapping[str, Any], environment: Environment) -> Expression:
    """``expression`` for records whose fields in ``same`` all have that value: it gives what it gave of them."""
    return replace(expression, node=_folded(expression.node, same, environment))


def field_alone(expression: Expression) -> str | None:
    """The field of the record whose value, in its normal form, is all that the expression gives."""
    node = expression.node
    alone = isinstance(node, Read) and node.depth == 0 and not node.hops
    exact = node.kind == "number" and node.places == expression.places > 0
    return node.field if alone and exact and isinstance(node, Read) else None


def _folded(node: Node, same: Mapping[str, Any], environment: Environment) -> Node:
    match node:
        case Read(depth=0, hops=()) if node.field in same:
            return Constant(_read(node, same[node.field]), node.kind, node.places)
        case If():
            condition = _folded(node.condition, same, environment)
            if isinstance(condition, Constant):
                return _folded(node.then if condition.value is True else node.other, same, environment)
        case Compare() | Arithmetic():
            left, right = (_folded(part, same, environment) for part in (node.left, node.right))
            if isinstance(left, Constant) and isinstance(right, Constant):
                value = constant(replace(node, left=left, right=right), environment)
                return Constant(value, node.kind, node.places)
            if _adds_nothing(node, left, right):
                return left
            return replace(node, left=left, right=right)
    return node


def _read(node: Read, value: Any) -> Any:
    if node.kind == "number" and value is not None:
        return Decimal(value)
    return None if node.kind == "list" and not value else value


def _adds_nothing(node: Node, left: Node, right: Node) -> bool:
    """Whether a number is taken as it is: nothing is added to it or taken from it, with no more places than its own."""
    if not (isinstance(node, Arithmetic) and node.op in "+-" and node.kind == left.kind == right.kind == "number"):
        return False
    return isinstance(right, Constant) and right.value == 0 and right.places <= left.places
