"""Appointments are for a time to come (S1, S4)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from models.errors import Refused
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

LATE = timedelta(minutes=30)
"""So long ago it may be: who is at the door is written down afterwards."""
PAST = Text("预约时间 {at} 已经过了，请核对。", "The appointment, {at}, is past; look at it again.")


def refuse_past(registry: Registry, at: datetime | None, now: datetime) -> None:
    """Raises Refused for an appointment that is over already, which nobody can keep."""
    if at is not None and at < now - LATE:
        raise Refused(PAST.with_(at=f"{at.astimezone(registry.clock.zone):%Y-%m-%d %H:%M}"))
