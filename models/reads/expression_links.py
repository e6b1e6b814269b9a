"""Finds the one link that decides a condition, so that the database can start from the other end of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from schema.expressions.nodes import ACTOR, Children, Compare, Has, In, IsNull, Node, Read
from schema.expressions.reads import everything


def path_of(node: Node) -> Read | None:
    """The one path over a link that ``node`` tests against things no row decides, or None."""
    match node:
        case Compare():
            sides: Sequence[Node] = (node.left, node.right)
        case In():
            sides = (node.value, *node.items)
        case IsNull(negated=True):
            sides = (node.value,)
        case Has(negated=False):
            sides = (node.field, node.item)
        case Read():
            sides = (node,)
        case _:
            return None
    paths = [s for s in sides if isinstance(s, Read) and s.depth != ACTOR and s.hops]
    others = [s for s in sides if s is not paths[0]] if len(paths) == 1 else []
    if len(paths) != 1 or any(_reads_row(s) for s in others) or (isinstance(node, In) and paths[0] is not node.value):
        return None
    return paths[0]


def _reads_row(node: Node) -> bool:
    return any(isinstance(n, Children) or (isinstance(n, Read) and n.depth != ACTOR) for n in everything(node))


def put(node: Node, old: Read, new: Read) -> Node:
    """``node`` with its side ``old`` put as ``new``."""
    match node:
        case Compare():
            return replace(
                node, left=new if node.left is old else node.left, right=new if node.right is old else node.right
            )
        case In():
            return replace(node, value=new if node.value is old else node.value)
        case IsNull():
            return replace(node, value=new)
        case Has():
            return replace(node, field=new) if node.field is old else replace(node, item=new)
        case _:
            return new
