"""The nodes an expression consists of once it is understood; each knows its kind and decimal places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from schema.types.base import Kind

NodeKind = Kind | Literal["null"]
ACTOR = -1
"""The ``depth`` of a Read that starts at the person acting; 0 is the record itself, 1 its ``parent``, and so on."""

MAX_PLACES = 6
DIVISION_PLACES = 4


@dataclass(frozen=True, slots=True)
class Hop:
    """A step through the ref ``field`` of ``entity`` to the record of ``to`` that it points at."""

    entity: str
    field: str
    to: str


@dataclass(frozen=True, slots=True)
class Constant:
    """A number (Decimal), text, date, time, boolean or null written in the expression."""

    value: Any
    kind: NodeKind
    places: int = 0


@dataclass(frozen=True, slots=True)
class Clock:
    """``today`` (kind date) or ``now`` (kind datetime)."""

    kind: NodeKind
    places: int = 0


@dataclass(frozen=True, slots=True)
class HasRole:
    """Whether the person acting has the role."""

    role: str
    kind: NodeKind = "boolean"
    places: int = 0


@dataclass(frozen=True, slots=True)
class Read:
    """The value of ``field`` of ``entity``, reached from the start (``depth``) over ``hops``; field 'id' is the record.

    ``to`` is the entity a ref or refs field points at, ``options`` the codes a choice may have.
    """

    depth: int
    hops: tuple[Hop, ...]
    entity: str
    field: str
    kind: NodeKind
    places: int = 0
    to: str | None = None
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``left op right``; op is + - * / on numbers, + - of days on a date or moment, - of dates, + of texts."""

    op: str
    left: Node
    right: Node
    kind: NodeKind
    places: int = 0


@dataclass(frozen=True, slots=True)
class Negate:
    value: Node
    places: int
    kind: NodeKind = "number"


@dataclass(frozen=True, slots=True)
class Compare:
    """``left op right`` with op one of == != < <= > >=; null where either side is."""

    op: str
    left: Node
    right: Node
    kind: NodeKind = "boolean"
    places: int = 0


@dataclass(frozen=True, slots=True)
class IsNull:
    value: Node
    negated: bool
    kind: NodeKind = "boolean"
    places: int = 0


@dataclass(frozen=True, slots=True)
class In:
    """``value in [items]``; the items are never null."""

    value: Node
    items: tuple[Node, ...]
    negated: bool
    kind: NodeKind = "boolean"
    places: int = 0


@dataclass(frozen=True, slots=True)
class Has:
    """``item in field`` of a field with many values; nothing is in an empty one."""

    item: Node
    field: Read
    negated: bool
    kind: NodeKind = "boolean"
    places: int = 0


@dataclass(frozen=True, slots=True)
class Logic:
    """``and`` / ``or`` of several, three-valued as in SQL."""

    op: Literal["and", "or"]
    items: tuple[Node, ...]
    kind: NodeKind = "boolean"
    places: int = 0


@dataclass(frozen=True, slots=True)
class Not:
    value: Node
    kind: NodeKind = "boolean"
    places: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """A function of one record's values: year month month_text lower length contains starts coalesce min max."""

    name: str
    args: tuple[Node, ...]
    kind: NodeKind
    places: int = 0


@dataclass(frozen=True, slots=True)
class Round:
    """The number rounded half-up (away from zero) to ``places``, or widened to them."""

    value: Node
    places: int
    kind: NodeKind = "number"


@dataclass(frozen=True, slots=True)
class If:
    """``then`` where the condition is true, else ``other`` (also where it is unknown)."""

    condition: Node
    then: Node
    other: Node
    kind: NodeKind
    places: int = 0


@dataclass(frozen=True, slots=True)
class Children:
    """count, sum, exists or latest over the records of ``entity`` whose ref ``via`` is the record at hand.

    Inside ``value`` and ``where``, depth 0 is the child and depth 1 the record at hand.
    A sum of nothing is 0, the latest of nothing is null.
    """

    function: Literal["count", "sum", "exists", "latest"]
    entity: str
    via: str
    value: Node | None
    where: Node | None
    kind: NodeKind
    places: int = 0


Node = (
    Constant
    | Clock
    | HasRole
    | Read
    | Arithmetic
    | Negate
    | Compare
    | IsNull
    | In
    | Has
    | Logic
    | Not
    | Call
    | Round
    | If
    | Children
)


def parts(node: Node) -> tuple[Node, ...]:
    """The nodes directly below ``node`` that are about the same record (not those inside Children)."""
    match node:
        case Arithmetic() | Compare():
            return (node.left, node.right)
        case Negate() | IsNull() | Not() | Round():
            return (node.value,)
        case In():
            return (node.value, *node.items)
        case Has():
            return (node.item, node.field)
        case Logic():
            return node.items
        case Call():
            return node.args
        case If():
            return (node.condition, node.then, node.other)
        case _:
            return ()
