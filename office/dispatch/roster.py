"""The duty roster: who is on duty today, a week as a sheet, and the week before copied into it (O1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM, Source
from models.query import Condition, Query
from models.reports import Column, Drill, Figure, Row, Table, headline, report
from office.gate.duty import roster_day
from office.gate.policy import gate_policy
from schema.text import Text

if TYPE_CHECKING:
    from models.actor import Actor
    from models.registry import Registry

DAY = timedelta(days=1)
MANAGER = "manager"
NOBODY = Text("未安排", "nobody")
EMPTY = Text("今天没有排班。", "Nobody is on the roster today.")
TONIGHT = Text("值班经理", "Duty manager")


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody on duty: the record of the roster, and whether they are away that day."""

    duty: int
    staff: int
    name: str
    is_away: bool = False


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days from a Monday; ``cells`` by day and shift."""

    monday: date
    shifts: tuple[str, ...]
    cells: Mapping[tuple[date, str], Sequence[Entry]]

    @property
    def days(self) -> list[date]:
        return [self.monday + n * DAY for n in range(7)]

    def at(self, day: date, shift: str) -> Sequence[Entry]:
        """Who is on duty then."""
        return self.cells.get((day, shift), ())


def monday_of(day: date) -> date:
    """The Monday of the week that ``day`` lies in."""
    return day - day.weekday() * DAY


def week(registry: Registry, actor: Actor, day: date) -> Week:
    """The roster of the week that ``day`` lies in, as the actor sees it."""
    monday = monday_of(day)
    cells: dict[tuple[date, str], list[Entry]] = {}
    absent = absences(registry, monday, monday + 6 * DAY)
    for row in registry.scope.stream(actor, "duty", _days(monday, monday + 6 * DAY)):
        away = any(first <= row["day"] <= last for first, last in absent.get(row["staff"], ()))
        entry = Entry(row.id, row["staff"], row.titles.get("staff", ""), away)
        cells.setdefault((row["day"], row["shift"]), []).append(entry)
    return Week(monday, tuple(registry.schema.choices["shift"]), cells)


def copy_week(registry: Registry, actor: Actor, day: date) -> tuple[int, int]:
    """Put the roster of the week before into that of ``day``; returns how many were put in, and how many left out.

    Left out are those who are away that day or have left; what stands there already stays. Raises NotAllowed.
    """
    monday = monday_of(day)
    before, now = week(registry, actor, monday - DAY), week(registry, actor, monday)
    staff = registry.scope.stream(SYSTEM, "staff", Query(columns=("left_on",), sort="id"))
    left = {one.id: one["left_on"] for one in staff}
    absent = absences(registry, monday, monday + 6 * DAY)
    rows: list[dict[str, Any]] = []
    skipped = 0
    for (on, shift), entries in before.cells.items():
        target = on + 7 * DAY
        there = {entry.staff for entry in now.at(target, shift)}
        for entry in entries:
            if entry.staff in there:
                continue
            away = any(first <= target <= last for first, last in absent.get(entry.staff, ()))
            gone = left.get(entry.staff)
            if away or (gone is not None and gone < target):
                skipped += 1
            else:
                rows.append({"day": target, "shift": shift, "staff": entry.staff})
    registry.store.create_many(actor, "duty", rows, Source("form"))
    return len(rows), skipped


def absences(registry: Registry, first: date, last: date) -> dict[int, list[tuple[date, date]]]:
    """The absences that touch these days, by member of staff. That somebody is away is known to all who plan."""
    touching = (Condition("starts_on", "to", last), Condition("ends_on", "from", first))
    query = Query(conditions=touching, columns=("staff", "starts_on", "ends_on"), sort="id")
    found: dict[int, list[tuple[date, date]]] = {}
    for row in registry.scope.stream(SYSTEM, "absence", query):
        found.setdefault(row["staff"], []).append((row["starts_on"], row["ends_on"]))
    return found


# -- who is on duty today --------------------------------------------------------------------------


@report("on_duty")
def on_duty(registry: Registry, actor: Actor, now: datetime, answers: Mapping[str, Any]) -> Table:
    """Everybody on duty today, by shift, and how to reach them (O1)."""
    today = now.astimezone(registry.clock.zone).date()
    shifts = registry.schema.choices["shift"]
    entries = sorted(
        registry.scope.stream(actor, "duty", _days(today, today)), key=lambda row: list(shifts).index(row["shift"])
    )
    people = _people(registry, actor, [row["staff"] for row in entries])
    rows = []
    for row in entries:
        name, department, phone = people.get(row["staff"], ("", "", ""))
        values = {"shift": shifts[row["shift"]].label, "name": name, "department": department, "phone": phone}
        rows.append(Row(values))
    columns = (
        Column("shift", Text("班次", "Shift")), Column("name", Text("姓名", "Name")),
        Column("department", Text("部门", "Department")), Column("phone", Text("电话", "Phone")),
    )  # fmt: skip
    return Table(columns, rows, headline=(_manager(registry, actor, now),), empty=EMPTY)


@headline("on_duty")
def duty_manager(registry: Registry, actor: Actor, now: datetime, answers: Mapping[str, Any]) -> Figure:
    """Who is the duty manager now, and the phone: until the night ends, the one of the evening before (O1, S9)."""
    return _manager(registry, actor, now)


def _manager(registry: Registry, actor: Actor, now: datetime) -> Figure:
    day = roster_day(now.astimezone(registry.clock.zone), gate_policy(registry.schema).night_ends)
    query = _days(day, day, (Condition("shift", "equals", MANAGER),))
    staff = [row["staff"] for row in registry.scope.stream(actor, "duty", query)]
    people = _people(registry, actor, staff)
    names = "、".join(people[one][0] for one in staff if one in people)
    phones = " · ".join(people[one][2] for one in staff if one in people and people[one][2])
    drill = Drill("duty", (Condition("day", "from", day), Condition("day", "to", day)))
    said = Text(phones, phones) if phones else None
    return Figure(TONIGHT, names or NOBODY, kind="text", said=said, drill=drill)


def _people(registry: Registry, actor: Actor, staff: Sequence[int]) -> dict[int, tuple[str, str, str]]:
    """(name, department, phone) of members of staff."""
    found = registry.scope.records(actor, "staff", list(dict.fromkeys(staff)), ("name", "department", "phone"))
    return {one.id: (one["name"], one.titles.get("department") or "", str(one["phone"] or "")) for one in found}


def _days(first: date, last: date, more: tuple[Condition, ...] = ()) -> Query:
    conditions = (Condition("day", "from", first), Condition("day", "to", last), *more)
    return Query(conditions=conditions, columns=("day", "shift", "staff"), sort="id")
