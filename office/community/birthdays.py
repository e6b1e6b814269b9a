"""The birthdays of members: when the next one is, kept whatever changes and turned every night (S15)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from models.actor import SYSTEM, Actor, Source
from models.followups import Change, follow_up
from models.jobs import JobResult, job
from models.preparations import Draft, Prepared, preparation
from models.query import Condition, Query
from models.storage.rows import batches
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

AT_ONCE = 300
TURNED = Text("{n} 位会员的生日已过，记到下一年。", "{n} birthdays are over; the next ones are entered.")


def birthday_in(born: date, year: int) -> date:
    """The birthday in a year; who was born on 29 February has it on the 28th in a common year."""
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def next_birthday(born: date | None, today: date) -> date | None:
    """The next birthday, today's too; None without a date of birth. Source: domain S15."""
    if born is None:
        return None
    this_year = birthday_in(born, today.year)
    return this_year if this_year >= today else birthday_in(born, today.year + 1)


@preparation("member")
def prepare(registry: Registry, actor: Actor, drafts: Sequence[Draft]) -> Sequence[Prepared]:
    """Fill in a member's next birthday and, where none is told, the unit in which they live.

    Dates of birth and homes are read as the program.
    """
    whole = [one.values for one in drafts if one.values is not None and one.values.get("resident") is not None]
    born = _born(registry, {one["resident"] for one in whole})
    homes = _homes(registry, {one["resident"] for one in whole if one.get("unit") is None})
    today = registry.clock.today()

    def one(draft: Draft) -> Prepared:
        if draft.values is None:
            return Prepared()
        resident = draft.values.get("resident")
        values = {"next_birthday": next_birthday(born.get(resident or 0), today)}
        if draft.values.get("unit") is None and resident in homes:
            values["unit"] = homes[resident]  # type: ignore[assignment]
        return Prepared(values=values)

    return [one(draft) for draft in drafts]


@follow_up("member_birthdays")
def member_birthdays(registry: Registry, actor: Actor, changes: Sequence[Change], source: Source) -> None:
    """A date of birth that is corrected moves the member's next birthday."""
    kept = [one.row for one in changes if one.old is not None and one.new is not None and one.differs("birthday")]
    _renew(registry, actor, {row["id"]: row["birthday"] for row in kept}, source)


@job("turn_birthdays")
def turn_birthdays(registry: Registry, actor: Actor, now: datetime, with_: object) -> JobResult:
    """Whose birthday is over gets the next one."""
    yesterday = now.astimezone(registry.clock.zone).date() - timedelta(days=1)
    asked = Query(conditions=(Condition("next_birthday", "to", yesterday),), columns=("resident",), sort="id")
    residents = {row["resident"] for row in registry.scope.stream(actor, "member", asked)}
    turned = _renew(registry, actor, _born(registry, residents), Source("job"))
    return JobResult(turned, TURNED.with_(n=turned))


# -- parts -----------------------------------------------------------------------------------------


def _renew(registry: Registry, actor: Actor, born: dict[int, date | None], source: Source) -> int:
    """Enter the next birthdays of the members among these residents; how many there were."""
    today, changes = registry.clock.today(), {}
    for some in batches(list(born), AT_ONCE):
        asked = Query(conditions=(Condition("resident", "in", tuple(some)),), columns=("resident",), sort="id")
        for row in registry.scope.stream(SYSTEM, "member", asked):
            changes[row.id] = {"next_birthday": next_birthday(born[row["resident"]], today)}
    if changes:
        registry.store.update_many(actor, "member", changes, source)
    return len(changes)


def _born(registry: Registry, residents: Collection[int]) -> dict[int, date | None]:
    found = registry.scope.records(SYSTEM, "resident", list(residents), ("birthday",)) if residents else []
    return {row.id: row["birthday"] for row in found}


def _homes(registry: Registry, residents: Collection[int]) -> dict[int, int]:
    """Where each of them lives now; the first where there are several."""
    homes: dict[int, int] = {}
    for some in batches(list(residents), AT_ONCE):
        asked = (Condition("resident", "in", tuple(some)), Condition("ended_on", "empty"))
        query = Query(conditions=asked, columns=("resident", "unit"), sort="id")
        for row in registry.scope.stream(SYSTEM, "occupancy", query):
            homes.setdefault(row["resident"], row["unit"])
    return homes
