"""Who is asking, and through what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from schema.text import Locale

DELETES = "-"


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person, a job, or the command line. ``system`` holds every grant."""

    id: int | None
    name: str
    roles: frozenset[str] = frozenset()
    locale: Locale = "zh"
    system: bool = False
    writes: frozenset[tuple[str, str]] = frozenset()
    """(entity, field) pairs that the action now running may write, beyond what the roles may write by hand;
    (entity, '*') says that it may make new ones, (entity, DELETES) that it may delete those that the person sees."""
    reach: frozenset[str] = frozenset()
    """Entities that a follow-up writes: it sees their records, and links to any record in what it writes, though the
    person may not."""
    job: str = ""
    """The schedule whose job acts, '' for people and the command line."""

    @property
    def alone(self) -> Actor:
        """The same, seeing nothing beyond the own grants: for what is shown to the person."""
        return replace(self, reach=frozenset()) if self.reach else self

    def through(self, source: Source) -> Source:
        """The way in which a change that this actor makes is written down: what a job does always comes by the job."""
        return Source("job", self.job) if self.job else source

    def may_write(self, entity: str, names: Iterable[str]) -> bool:
        """Whether the action now running may write all these fields."""
        return bool(self.writes) and all((entity, name) in self.writes for name in names)


SYSTEM = Actor(None, "system", system=True, locale="en")
"""The command line without ``--as``, and the program's own upkeep."""


@dataclass(frozen=True, slots=True)
class Source:
    """The way a change came in: ``form inline bulk import action step job cli undo demo``, with a detail
    such as the number of the import."""

    kind: str
    detail: str = ""
