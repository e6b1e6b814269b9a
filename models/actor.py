"""Who is asking, and through what."""

from __future__ import annotations

from dataclasses import dataclass

from schema.text import Locale


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person, a job, or the command line. ``system`` holds every grant."""

    id: int | None
    name: str
    roles: frozenset[str] = frozenset()
    locale: Locale = "zh"
    system: bool = False


SYSTEM = Actor(None, "system", system=True, locale="en")
"""The command line without ``--as``, and the program's own upkeep."""


@dataclass(frozen=True, slots=True)
class Source:
    """The way a change came in: ``form inline bulk import action step job cli undo demo``, with a detail
    such as the number of the import."""

    kind: str
    detail: str = ""
