"""What an expression reads: every field with the way to it, so that a stored formula can be kept up to date."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from schema.expressions.nodes import ACTOR, Children, Clock, Has, HasRole, Node, Read, parts


@dataclass(frozen=True, slots=True)
class Link:
    """One step away from the owner of an expression.

    kind 'ref': over the owner's own ref ``field`` (of ``entity``) to what it points at.
    kind 'children': to the records of ``entity`` whose ref ``field`` points at the owner.
    """

    kind: Literal["ref", "children"]
    entity: str
    field: str


@dataclass(frozen=True, slots=True)
class Dependency:
    """``field`` of ``entity`` is read; ``path`` leads there from the owner, () being the owner itself.

    When a record of ``entity`` changes in ``field``, walk ``path`` backwards to find the owners concerned:
    a 'ref' link goes back to every record of link.entity whose link.field is the record,
    a 'children' link to the one record that link.field names (before and after the change).
    A record that comes or goes concerns the owners of every Dependency on its entity whose path is not ().
    """

    entity: str
    field: str
    path: tuple[Link, ...] = ()


Path = tuple[Link, ...]


def dependencies(node: Node, entity: str | None) -> tuple[Dependency, ...]:
    """Every field ``node`` reads of records (not of the actor), each once, in the order of reading."""
    return tuple(dict.fromkeys(_walk(node, ((),))))


def _walk(node: Node, starts: Sequence[Path]) -> Iterator[Dependency]:
    """``starts[depth]`` is the path from the owner to the record that depth means."""
    match node:
        case Read():
            yield from _read(node, starts)
        case Children():
            here = (*starts[0], Link("children", node.entity, node.via))
            yield Dependency(node.entity, node.via, here)
            for inner in (node.value, node.where):
                if inner is not None:
                    yield from _walk(inner, (here, *starts))
        case _:
            for part in parts(node):
                yield from _walk(part, starts)


def _read(node: Read, starts: Sequence[Path]) -> Iterator[Dependency]:
    if node.depth == ACTOR:
        return
    path = starts[node.depth]
    for hop in node.hops:
        yield Dependency(hop.entity, hop.field, path)
        path = (*path, Link("ref", hop.entity, hop.field))
    if node.field != "id":
        yield Dependency(node.entity, node.field, path)


def everything(node: Node) -> Iterator[Node]:
    """``node`` and all nodes below it, those about child records too."""
    yield node
    below = [n for n in (node.value, node.where) if n is not None] if isinstance(node, Children) else parts(node)
    for part in below:
        yield from everything(part)


def reads_clock(node: Node) -> bool:
    """Whether ``today`` or ``now`` stands in it."""
    return any(isinstance(n, Clock) for n in everything(node))


def reads_actor(node: Node) -> bool:
    """Whether ``actor`` or has_role() stands in it."""
    return any(isinstance(n, HasRole) or (isinstance(n, Read) and n.depth == ACTOR) for n in everything(node))


def reads_record(node: Node) -> bool:
    """Whether it needs a record at all, the actor's own included."""
    return any(isinstance(n, Children | Has) or (isinstance(n, Read) and not is_actor(n)) for n in everything(node))


def is_actor(node: Node) -> bool:
    """Whether ``node`` is the bare word ``actor``."""
    return isinstance(node, Read) and node.depth == ACTOR and not node.hops and node.field == "id"


def cycle(formulas: Mapping[tuple[str, str], Sequence[Dependency]]) -> tuple[tuple[str, str], ...]:
    """A ring of computed fields that need each other, as (entity, field) pairs; () where there is none."""
    done: set[tuple[str, str]] = set()
    way: list[tuple[str, str]] = []

    def visit(name: tuple[str, str]) -> tuple[tuple[str, str], ...]:
        if name in way:
            return (*way[way.index(name) :], name)
        if name in done or name not in formulas:
            return ()
        way.append(name)
        for dependency in formulas[name]:
            if found := visit((dependency.entity, dependency.field)):
                return found
        way.pop()
        done.add(name)
        return ()

    return next((ring for name in formulas if (ring := visit(name))), ())
