"""Keeps the fields of deadlines: works out with every write of a record what is to be done, and by when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from models.actor import SYSTEM
from models.calendars import Calendars
from models.deadline_rules import NOTHING, Facts, Standing, raised_next, turn, warned_from
from models.environment import Environments
from models.service_clock import Calendar
from models.storage.lots import Lot
from schema.expressions import Environment, Expression, evaluate
from schema.spec import Entity
from schema.spec_clocks import DUE_AT, DeadlineSpec

Values = Mapping[str, Any]
NONE_UNDONE: Values = {}


class Deadlines:
    """The deadlines of one office's records. It writes nothing itself: the store does, with the rest of the row."""

    def __init__(self, environments: Environments, calendars: Calendars) -> None:
        self.environments, self.calendars = environments, calendars

    def of(
        self, spec: Entity, old: Values | None, row: Values, now: datetime, undone: Values = NONE_UNDONE
    ) -> dict[str, Any]:
        """The values of the deadlines' fields of ``row``, which was ``old`` before (None of a new one).

        ``undone`` are fields of deadlines that go back to what they were, because what moved them is taken back.
        """
        return self._round(spec).of(old, row, now, undone) if spec.deadlines else {}

    def changes(self, spec: Entity, rows: Mapping[int, tuple[Values, Values]], now: datetime) -> dict[int, Values]:
        """Those fields of deadlines that differ once records are as (before, after) says, by id."""
        if not spec.deadlines:
            return {}
        round = self._round(spec)
        found = {id: round.of(old, {**old, **new}, now) for id, (old, new) in rows.items()}
        return {id: {n: v for n, v in values.items() if v != rows[id][0].get(n)} for id, values in found.items()}

    def fill(self, spec: Entity, lot: Lot, now: datetime) -> None:
        """Give many new records, column by column, the fields of their deadlines."""
        if not spec.deadlines:
            return
        round = self._round(spec)
        read = sorted({name for deadline in spec.deadlines.values() for name in deadline.reads if name in lot.columns})
        found = [round.of(None, row, now) for row in lot.rows(read)]
        for name in found[0] if found else ():
            lot.columns[name] = [values[name] for values in found]

    def _round(self, spec: Entity) -> _Round:
        names = {deadline.calendar for deadline in spec.deadlines.values()}
        calendars = {"": self.calendars.always, **{name: self.calendars[name] for name in names}}
        return _Round(spec, self.environments.of(SYSTEM), calendars)


@dataclass(frozen=True, slots=True)
class _Round:
    """What the deadlines of an entity go by while some of its records are written."""

    spec: Entity
    environment: Environment
    calendars: Mapping[str, Calendar]

    def of(self, old: Values | None, row: Values, now: datetime, undone: Values = NONE_UNDONE) -> dict[str, Any]:
        found: dict[str, Any] = {}
        due: list[datetime] = []
        for deadline in self.spec.deadlines.values():
            if any(name in undone for name in deadline.kept):
                standing = _standing(deadline, {**(old or {}), **undone})
            else:
                standing = self._turned(deadline, old, row, now)
            found |= self._values(deadline, standing)
            if standing.is_open and standing.due_at is not None:
                due.append(standing.due_at)
        return {**found, DUE_AT: min(due, default=None)}

    def _turned(self, deadline: DeadlineSpec, old: Values | None, row: Values, now: datetime) -> Standing:
        before = _standing(deadline, old or {})
        is_begun = before != NOTHING
        if old is not None and is_begun and all(old.get(name) == row.get(name) for name in deadline.reads):
            return before
        was = self._facts(deadline, old) if old is not None and is_begun else None
        return turn(deadline, self.calendars[deadline.calendar], was, before, self._facts(deadline, row), now)

    def _facts(self, deadline: DeadlineSpec, row: Values) -> Facts:
        start = evaluate(deadline.from_, row, self.environment) if self._holds(deadline.when, row) else None
        if isinstance(start, date) and not isinstance(start, datetime):
            start = self.calendars[""].start_of(start)
        met = evaluate(deadline.until, row, self.environment)
        return Facts(
            start=start and start.astimezone(UTC).replace(microsecond=0),
            span=next((rule.span for rule in deadline.within if self._holds(rule.when, row)), None),
            met=met if isinstance(met, datetime) else met is True,
            paused=deadline.paused is not None and self._holds(deadline.paused, row),
        )

    def _holds(self, condition: Expression | None, row: Values) -> bool:
        return condition is None or evaluate(condition, row, self.environment) is True

    def _values(self, deadline: DeadlineSpec, standing: Standing) -> dict[str, Any]:
        calendar = self.calendars[deadline.calendar]
        return {
            deadline.due_at: standing.due_at,
            deadline.left: standing.left,
            deadline.met_at: standing.met_at,
            deadline.raised: standing.raised,
            deadline.warn_at: warned_from(deadline, calendar, standing),
            deadline.raise_at: raised_next(deadline.escalate, calendar, standing),
        }


def _standing(deadline: DeadlineSpec, row: Values) -> Standing:
    return Standing(
        due_at=row.get(deadline.due_at),
        left=row.get(deadline.left),
        met_at=row.get(deadline.met_at),
        raised=row.get(deadline.raised),
    )


def undone_clocks(spec: Entity, kept: Mapping[str, Sequence[Any]], row: Values) -> dict[str, Any]:
    """The fields of deadlines that go back to what they were, where the changes ``kept`` (name → old and new, as JSON)
    are taken back and nothing has moved that deadline since."""
    found: dict[str, Any] = {}
    for deadline in spec.deadlines.values():
        read = {name: spec.fields[name].type.from_json for name in deadline.kept if name in kept}
        if all(
            row.get(name) == (None if kept[name][1] is None else json(kept[name][1])) for name, json in read.items()
        ):
            found |= {name: None if kept[name][0] is None else json(kept[name][0]) for name, json in read.items()}
    return found


def moved_in_all(changes: Iterable[Mapping[str, Sequence[Any]]]) -> dict[str, tuple[Any, Any]]:
    """Several changes of a record, the oldest first, as one: what each field was before, and what it is after them."""
    found: dict[str, tuple[Any, Any]] = {}
    for change in changes:
        for name, (old, new) in change.items():
            found[name] = (found[name][0] if name in found else old, new)
    return found
