"""A line of materials or labour as a phone sends it: kept once, however often the form arrives (S4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from models.actor import Source
from models.errors import Duplicate

if TYPE_CHECKING:
    from models.actor import Actor
    from models.registry import Registry

TOKEN = ("work_line", "token")


def put_line(registry: Registry, actor: Actor, values: Mapping[str, Any], token: str | None) -> bool:
    """Write a line as ``actor``; False where the form of this token was written before. Raises what the store does.

    The token is the program's own field, which nobody fills in by hand.
    """
    deputy = replace(actor, writes=actor.writes | {TOKEN})
    try:
        registry.store.create(deputy, "work_line", {**values, "token": token}, Source("form"))
    except Duplicate as same:
        if "token" not in same.problems:
            raise
        return False
    return True
