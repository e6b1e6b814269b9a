"""Preparations: decorated functions that fill in and refuse values before every write of an entity, many at a time.

    @preparation("meter_reading")
    def prepare(registry, actor, drafts):
        return [Prepared(values={"consumption": …}) if … else Prepared(problems={"value": [Text(…)]}) for one in drafts]

Its name stands in the YAML under the entity's ``prepare:``. Whoever writes (form, list, bulk, import, action, command
line) comes by here, so that a rule which needs more than the record itself has one place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from models.actor import Actor
from models.errors import Problems
from schema.spec import Entity, Schema
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry
    from models.storage.lots import Lot

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Draft:
    """A record about to be written: ``old`` is the row as it is (None for a new one), ``values`` the whole row as it
    would be, in normal form (None for one on its way to the trash). Something required may still be missing."""

    old: Values | None
    values: Values | None


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is to be done about a draft.

    ``values`` are set, readonly fields too. ``problems`` and ``confirm`` refuse it; those of ``confirm`` can be
    answered by filling in the field beside which they stand. ``after`` are (entity, id) of records whose own
    preparation goes by this one: they are saved again once it is written.
    """

    values: Values = field(default_factory=dict)
    problems: Problems = field(default_factory=dict)
    confirm: Mapping[str, Text] = field(default_factory=dict)
    after: tuple[tuple[str, int], ...] = ()

    @property
    def is_refused(self) -> bool:
        return bool(self.problems or self.confirm)


Function = Callable[["Registry", Actor, Sequence[Draft]], Sequence[Prepared]]

_known: dict[str, Function] = {}
_only: dict[str, tuple[str, Any]] = {}


def preparation(name: str, only: tuple[str, Any] | None = None) -> Callable[[Function], Function]:
    """Make a function the one that prepares the records of entities whose ``prepare`` is ``name``.

    It gives one Prepared a draft, in their order, and asks the database a fixed number of times however many there are.
    ``only`` (field, value) says that it has nothing to do about records without that value, so that many of those
    are written at once without it; it may be asked about them all the same.
    """

    def keep(function: Function) -> Function:
        if name in _known and _known[name].__module__ != function.__module__:
            raise ValueError(f"two preparations are called {name!r}")
        _known[name] = function
        if only is not None:
            _only[name] = only
        return function

    return keep


def absent(schema: Schema) -> Iterable[str]:
    """``entity.prepare`` for every entity that names a preparation nobody wrote."""
    for entity in schema.entities.values():
        if entity.prepare and entity.prepare not in _known:
            yield f"{entity.name}.{entity.prepare}"


class Preparations:
    """The preparations of one office; ``registry`` is given to it once the office is put together."""

    registry: Registry

    def of(self, actor: Actor, spec: Entity, drafts: Sequence[Draft]) -> Sequence[Prepared] | None:
        """What is to be done about each draft, in order; None where the entity has no preparation."""
        if not spec.prepare:
            return None
        return _known[spec.prepare](self.registry, actor, drafts)

    def one(self, actor: Actor, spec: Entity, old: Values | None, values: Values | None) -> Prepared:
        """What is to be done about a single draft."""
        found = self.of(actor, spec, [Draft(old, values)])
        return found[0] if found else Prepared()

    def concerns(self, spec: Entity, rows: Iterable[Values]) -> bool:
        """Whether one of these rows is such that the entity's preparation may have something to do about it."""
        field, value = _only.get(spec.prepare, ("", None))
        return bool(spec.prepare) and (not field or any(row.get(field) == value for row in rows))

    def fill(self, actor: Actor, spec: Entity, names: Sequence[str], lot: Lot) -> bool:
        """Prepare many new records column by column; False where one of them has to be looked at by itself.

        ``names`` are the columns that make up a row.
        """
        field, value = _only.get(spec.prepare, ("", None))
        if not spec.prepare or (field and value not in lot.columns[field]):
            return True
        found = self.of(actor, spec, [Draft(None, row) for row in lot.rows(names)]) or ()
        if any(one.is_refused or one.after for one in found):
            return False
        for name in dict.fromkeys(name for one in found for name in one.values):
            filled = zip(found, lot.columns[name], strict=True)
            lot.columns[name] = [one.values.get(name, value) for one, value in filled]
        return True
