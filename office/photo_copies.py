"""Photos of one record given to another as well: the bytes are kept once, each record has keys of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from models.actor import Actor

if TYPE_CHECKING:
    from models.registry import Registry


def copies_for(
    registry: Registry, actor: Actor, entity: str, keys: Iterable[str] | None, target: str
) -> tuple[str, ...]:  # fmt: skip
    """Keys under which a record of ``target`` may hold the files that one of ``entity`` holds as ``keys``."""
    made = []
    for file in registry.files.named(entity, keys or ()):
        with registry.files.path(file).open("rb") as stream:
            made.append(registry.files.put(actor, target, None, file.name, stream))
    return tuple(made)
