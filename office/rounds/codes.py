"""The codes at patrol points and on sheets of vacant units: signed, so that nobody guesses the next one (P1, P4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.actor import SYSTEM, Actor
from office.rounds.day import may_walk

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

POINT = "patrol_point"
"""What the codes of points are signed as."""
VACANT = "vacant_unit"
"""What the codes on the sheets of vacant units are signed as; what they name is the unit."""


def point_path(registry: Registry, point: int) -> str:
    """The address that the code at a point opens."""
    return f"/rounds/p/{registry.codes.sign(POINT, point)}/"


def vacant_path(registry: Registry, unit: int) -> str:
    """The address that the code on the sheet of a vacant unit opens."""
    return f"/rounds/v/{registry.codes.sign(VACANT, unit)}/"


def point_of(registry: Registry, actor: Actor, token: str) -> Record | None:
    """The point behind a code, for those who may see it; None for a forged code and for a point of another area, which
    look alike."""
    return _behind(registry, actor, POINT, "patrol_point", token)


def point_owed(registry: Registry, actor: Actor, token: str) -> Record | None:
    """The point behind a code where the person owes it today in another area, as a stand-in."""
    id = registry.codes.read(POINT, token)
    if id is None or not may_walk(registry, actor, id):
        return None
    return next(iter(registry.scope.records(SYSTEM, "patrol_point", [id])), None)


def vacant_of(registry: Registry, actor: Actor, token: str) -> Record | None:
    """The unit behind the code of a sheet, for those who may see it."""
    return _behind(registry, actor, VACANT, "unit", token)


def _behind(registry: Registry, actor: Actor, kind: str, entity: str, token: str) -> Record | None:
    id = registry.codes.read(kind, token)
    found = registry.scope.records(actor, entity, [id]) if id is not None else []
    return found[0] if found else None
