"""The settings of the signs: when a day's first round of checks ends (G3)."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING

from schema.settings import claim, setting
from schema.written import Part

if TYPE_CHECKING:
    from models.registry import Registry

OUT = ("damaged", "repairing")
"""States in which a sign stands but is not fine."""
MORNING, AFTERNOON = "morning", "afternoon"
ROUNDS = (MORNING, AFTERNOON)
"""The checks of a day, in their order."""


@setting("signage")
class SignagePolicy(Part):
    """How signs are looked after."""

    noon: time = time(12)
    """Before it a check is the morning's, from then on the afternoon's; office time."""


def round_at(moment: datetime, noon: time) -> str:
    """The round that a moment of office time lies in. Source: domain G3."""
    return MORNING if moment.timetz().replace(tzinfo=None) < noon else AFTERNOON


def round_of(registry: Registry, moment: datetime) -> str:
    """The round in which something was checked at ``moment``."""
    noon = claim(registry.schema, "signage", SignagePolicy).noon
    return round_at(moment.astimezone(registry.clock.zone), noon)
