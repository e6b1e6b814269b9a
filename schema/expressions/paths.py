"""What a dotted name stands for: a constant word, the actor, or a field over links."""

from __future__ import annotations

from collections.abc import Sequence

from schema.expressions.kinds import error
from schema.expressions.naming import USER, WORDS, ExpressionError, FieldNaming, Naming, did_you_mean
from schema.expressions.nodes import ACTOR, Clock, Constant, Hop, Node, Read

Names = Sequence[tuple[str, int]]
"""The names of a path with their offsets."""

_CONSTANTS = {"true": True, "false": False, "null": None}


def resolve(naming: Naming, names: Names) -> Node:
    """The node a dotted name stands for; ``names`` come with their offsets."""
    first, at = names[0]
    if first in _CONSTANTS and len(names) == 1:
        value = _CONSTANTS[first]
        return Constant(value, "null" if value is None else "boolean")
    if first in ("today", "now") and len(names) == 1:
        return Clock("date" if first == "today" else "datetime")
    if first == "actor":
        return walk(naming, ACTOR, USER, names[1:] or [("id", at)])
    depth, rest = 0, names
    while rest[0][0] == "parent":
        if naming.parent is None:
            raise error(
                "parent 只能用在子记录的条件里", "parent stands only in a condition on child records", rest[0][1]
            )
        depth, naming, rest = depth + 1, naming.parent, rest[1:] or [("id", at)]
    if naming.entity is None:
        raise _unknown(first, at, WORDS)
    return walk(naming, depth, naming.entity, rest)


def walk(naming: Naming, depth: int, entity: str, names: Names) -> Read:
    """The Read over the ref fields ``names`` (all but the last), beginning at ``entity``."""
    hops: list[Hop] = []
    here = entity
    for i, (name, at) in enumerate(names):
        found = naming.find(here, name)
        if found is None:
            words = WORDS if i == 0 and depth == 0 else ()
            raise _unknown(name, at, (*naming.fields.get(here, {}), *words), here)
        if i == len(names) - 1:
            return Read(depth, tuple(hops), here, name, found.kind, found.places, found.to, found.options)
        here = _hop(hops, here, name, found, at)
    raise AssertionError("a path has at least one name")


def _hop(hops: list[Hop], here: str, name: str, found: FieldNaming, at: int) -> str:
    if found.kind != "ref" or found.to is None:
        raise error(
            "{field} 不是关联，后面不能再加点号",
            "{field} is no link, so nothing can follow its dot",
            at,
            field=name,
        )
    if name != "id":
        hops.append(Hop(here, name, found.to))
    return found.to


def _unknown(name: str, at: int, known: tuple[str, ...], entity: str | None = None) -> ExpressionError:
    if entity is None:
        return error("不认识 '{name}'{guess}", "unknown name '{name}'{guess}", at,
                     name=name, guess=did_you_mean(name, known))  # fmt: skip
    return error("{entity} 没有字段 '{name}'{guess}", "{entity} has no field '{name}'{guess}", at,
                 entity=entity, name=name, guess=did_you_mean(name, known))  # fmt: skip
