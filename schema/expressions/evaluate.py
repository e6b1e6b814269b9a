"""Works an expression out on one record in memory, with the same answer as its SQL."""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from schema.expressions.expression import Expression
from schema.expressions.naming import USER
from schema.expressions.nodes import (
    ACTOR,
    DIVISION_PLACES,
    Arithmetic,
    Call,
    Children,
    Clock,
    Compare,
    Constant,
    Has,
    HasRole,
    If,
    In,
    IsNull,
    Logic,
    Negate,
    Node,
    Not,
    Read,
    Round,
)

Record = Mapping[str, Any]
Formulas = Mapping[tuple[str, str], Expression]
"""(entity, field) → the expression of a computed field that is not stored."""


def _no_record(entity: str, id: int) -> Record | None:
    return None


def _no_children(entity: str, via: str, id: int) -> Sequence[Record]:
    return ()


@dataclass(frozen=True, slots=True)
class Environment:
    """What an expression may know beside its record.

    ``follow(entity, id)`` gives a record or None; ``children(entity, via, id)`` those whose ``via`` is that id.
    ``actor`` is the user's record with its 'id', None for the system. Records map field names to Python values:
    int and Decimal, str, date, aware datetime, bool, id of a ref, tuple of many; an absent name is null.
    ``formulas`` are worked out where a record holds no value of theirs.
    """

    today: date
    now: datetime
    actor: Record | None = None
    roles: frozenset[str] = frozenset()
    follow: Callable[[str, int], Record | None] = _no_record
    children: Callable[[str, str, int], Sequence[Record]] = _no_children
    formulas: Formulas = field(default_factory=dict)


_EXACT = Context(prec=80, rounding=ROUND_HALF_UP)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {"==": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def evaluate(expression: Expression, record: Record, environment: Environment) -> Any:
    """The value of ``expression`` for ``record``: None (unknown), bool, int (places 0), Decimal with its places,
    str, date, aware datetime, time, record id, or a tuple."""
    value = _value(expression.node, (record,), environment)
    if isinstance(value, Decimal):
        return int(value) if expression.places == 0 else rounded(value, expression.places)
    return value


def constant(node: Node, environment: Environment) -> Any:
    """The value of a node that reads no record; numbers are Decimals."""
    return _value(node, (), environment)


def rounded(number: Decimal, places: int) -> Decimal:
    """``number`` half-up (away from zero) to exactly ``places``."""
    return number.quantize(Decimal(1).scaleb(-places), context=_EXACT) + 0


Frames = tuple[Record, ...]


def _value(node: Node, frames: Frames, env: Environment) -> Any:
    return _WORK[type(node)](node, frames, env)


def _literal(node: Constant, frames: Frames, env: Environment) -> Any:
    return node.value


def _clock(node: Clock, frames: Frames, env: Environment) -> Any:
    return env.today if node.kind == "date" else env.now


def _has_role(node: HasRole, frames: Frames, env: Environment) -> bool:
    return node.role in env.roles


def _read(node: Read, frames: Frames, env: Environment) -> Any:
    record = _actor(node, env) if node.depth == ACTOR else frames[node.depth]
    for hop in node.hops:
        id = None if record is None else record.get(hop.field)
        record = None if id is None else env.follow(hop.to, id)
    if record is None:
        return None
    formula = env.formulas.get((node.entity, node.field)) if node.field not in record else None
    value = _value(formula.node, (record,), env) if formula else record.get(node.field)
    if node.kind == "number" and value is not None:
        return Decimal(value)
    return None if node.kind == "list" and not value else value


def _actor(node: Read, env: Environment) -> Record | None:
    """The actor's record; what is not at hand of it is read."""
    first = node.hops[0].field if node.hops else node.field
    if env.actor is None or first in env.actor:
        return env.actor
    return env.follow(USER, env.actor["id"])


def _arithmetic(node: Arithmetic, frames: Frames, env: Environment) -> Any:
    left, right = _value(node.left, frames, env), _value(node.right, frames, env)
    if left is None or right is None:
        return None
    if node.kind in ("date", "datetime"):
        return _moved(left, int(right) if node.op == "+" else -int(right))
    if isinstance(left, date):
        return Decimal((left - right).days)
    if isinstance(left, str):
        return left + right
    return _number(node, left, right)


def _number(node: Arithmetic, left: Decimal, right: Decimal) -> Decimal | None:
    match node.op:
        case "+":
            return _EXACT.add(left, right)
        case "-":
            return _EXACT.subtract(left, right)
        case "*":
            return rounded(_EXACT.multiply(left, right), node.places)
        case _:
            return rounded(_EXACT.divide(left, right), DIVISION_PLACES) if right else None


def _moved(day: Any, days: int) -> Any:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return None


def _negate(node: Negate, frames: Frames, env: Environment) -> Any:
    value = _value(node.value, frames, env)
    return None if value is None else -value + 0


def _compare(node: Compare, frames: Frames, env: Environment) -> bool | None:
    left, right = _value(node.left, frames, env), _value(node.right, frames, env)
    return None if left is None or right is None else bool(_COMPARE[node.op](left, right))


def _is_null(node: IsNull, frames: Frames, env: Environment) -> bool:
    return (_value(node.value, frames, env) is None) != node.negated


def _in(node: In, frames: Frames, env: Environment) -> bool | None:
    value = _value(node.value, frames, env)
    items = [_value(item, frames, env) for item in node.items]
    if value is None or (value not in items and None in items):
        return None
    return (value in items) != node.negated


def _has(node: Has, frames: Frames, env: Environment) -> bool | None:
    item, held = _value(node.item, frames, env), _value(node.field, frames, env)
    return None if item is None else (item in (held or ())) != node.negated


def _logic(node: Logic, frames: Frames, env: Environment) -> bool | None:
    decisive: bool = node.op == "or"
    unknown = False
    for item in node.items:
        value = _value(item, frames, env)
        if value is decisive:
            return bool(value)
        unknown = unknown or value is None
    return None if unknown else not decisive


def _not(node: Not, frames: Frames, env: Environment) -> bool | None:
    value = _value(node.value, frames, env)
    return None if value is None else not value


def _call(node: Call, frames: Frames, env: Environment) -> Any:
    args = [_value(arg, frames, env) for arg in node.args]
    if node.name == "coalesce":
        return next((a for a in args if a is not None), None)
    if None in args:
        return None
    return _FUNCTIONS[node.name](*args)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "year": lambda day: Decimal(day.year),
    "month": lambda day: Decimal(day.month),
    "month_text": lambda day: f"{day.year:04}-{day.month:02}",
    "lower": lambda text: text.translate(_LOWER),
    "length": lambda text: Decimal(len(text)),
    "contains": lambda text, part: part in text,
    "starts": lambda text, part: text.startswith(part),
    "min": min,
    "max": max,
}


def _round(node: Round, frames: Frames, env: Environment) -> Any:
    value = _value(node.value, frames, env)
    return None if value is None else rounded(value, node.places)


def _if(node: If, frames: Frames, env: Environment) -> Any:
    return _value(node.then if _value(node.condition, frames, env) is True else node.other, frames, env)


def _children(node: Children, frames: Frames, env: Environment) -> Any:
    id = frames[0].get("id")
    found = () if id is None else env.children(node.entity, node.via, id)
    kept = [c for c in found if node.where is None or _value(node.where, (c, *frames), env) is True]
    if node.function == "count":
        return Decimal(len(kept))
    if node.function == "exists":
        return bool(kept)
    value = node.value
    assert value is not None
    values = [v for c in kept if (v := _value(value, (c, *frames), env)) is not None]
    return sum(values, Decimal(0)) if node.function == "sum" else max(values, default=None)


_WORK: dict[type[Any], Callable[[Any, Frames, Environment], Any]] = {
    Constant: _literal,
    Clock: _clock,
    HasRole: _has_role,
    Read: _read,
    Arithmetic: _arithmetic,
    Negate: _negate,
    Compare: _compare,
    IsNull: _is_null,
    In: _in,
    Has: _has,
    Logic: _logic,
    Not: _not,
    Call: _call,
    Round: _round,
    If: _if,
    Children: _children,
}
