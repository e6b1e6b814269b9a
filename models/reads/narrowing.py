"""Which of several conditions a list is found by: those on fields that few records have, before all others.

A database without statistics prefers an equality on any index (all that one person ever did) to a range on another
(the few that are due). The schema knows better: fields that are ``sparse`` are blank in nearly all records.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import peewee

from models.query import Condition
from models.reads.paging import both, checked
from schema.expressions import Expression
from schema.expressions.nodes import Compare, Constant, In, IsNull, Logic, Node, Read
from schema.spec import Entity, Field
from schema.types.lights import LightType

Part = tuple[Any, bool]
"""The SQL of a condition, and whether its records are found by an index that holds few."""

SEEKS = ("equals", "in", "from", "to", "filled")
OPEN_LIGHTS = frozenset({"late", "soon", "ahead"})
"""How a deadline stands that is open: its moment is not blank."""
LOWEST = peewee.SQL("> -9e999")
"""True of whatever is not null, and an index is walked by it; SQLite walks none for IS NOT NULL."""


def conjuncts(where: Expression) -> Iterator[Expression]:
    """The conditions that all must hold for ``where``."""
    if isinstance(where.node, Logic) and where.node.op == "and":
        for item in where.node.items:
            yield from conjuncts(replace(where, node=item))
    else:
        yield where


def finds_few(spec: Entity, where: Expression) -> bool:
    """Whether a condition is about a sparse field of the record, and never holds where that is blank."""
    node: Node = where.node
    match node:
        case Compare(op="==" | "<" | "<=" | ">" | ">=", left=left, right=right):
            return _is_sparse(spec, left) != _is_sparse(spec, right) and not _is_blank(left) and not _is_blank(right)
        case In(value=value, negated=False):
            return _is_sparse(spec, value)
        case IsNull(value=value, negated=True):
            return _is_sparse(spec, value)
    return False


def filter_finds_few(fields: Mapping[str, Field], one: Condition) -> bool:
    """The same of a filter; one day of moments is few, too."""
    field = fields.get(one.field)
    if field is None:
        return False
    if isinstance(field.type, LightType):
        wanted = one.value if isinstance(one.value, tuple | list) else (one.value,)
        return one.op in ("equals", "in") and fields[field.type.moment].sparse and OPEN_LIGHTS.issuperset(wanted)
    if field.sparse:
        return one.op in SEEKS
    is_day = isinstance(one.value, date) and not isinstance(one.value, datetime)
    return one.op == "equals" and field.type.kind == "datetime" and field.type.stored and is_day


def walked(field: Field, model: Any, condition: Any, sqlite: bool) -> Any:
    """That a sparse field is not blank, in the form in which its index is used."""
    if not sqlite or field.type.kind == "text":
        return condition
    return condition & peewee.NodeList((getattr(model, field.name), LOWEST))


def asked_filled(spec: Entity, where: Expression) -> Field | None:
    """The field of which ``where`` only says that it is not blank."""
    node: Node = where.node
    if isinstance(node, IsNull) and node.negated and isinstance(node.value, Read) and _is_sparse(spec, node.value):
        return spec.fields[node.value.field]
    return None


def together(parts: Sequence[Part], sqlite: bool) -> Any:
    """All conditions as one; where some find few records, the others are only checked of those. None for none."""
    checks = sqlite and any(few for _, few in parts)
    whole = None
    for part, few in parts:
        whole = both(whole, checked(part) if checks and not few and part is not None else part)
    return whole


def _is_sparse(spec: Entity, node: Node) -> bool:
    own = isinstance(node, Read) and node.depth == 0 and not node.hops and node.entity == spec.name
    return own and isinstance(node, Read) and node.field in spec.fields and spec.fields[node.field].sparse


def _is_blank(node: Node) -> bool:
    return isinstance(node, Constant) and node.value is None
