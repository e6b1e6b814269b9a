"""Measures what is due and missed: a month of 200 buildings, in an office that has walked for a month and for a year.

    python -m bench.rounds

Every building has three points patrolled by its steward and again by the supervisor, a sign, two vacant units and
a permit in progress. Nothing of it may grow with what is long done, and nothing is stored in advance.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import office as rules  # importing the rules makes the operations that the schema names known
from bench.data import insert, record
from bench.service_estate import DEMO, SCHEMA
from models import Registry, open_office, reports
from models.actor import SYSTEM, Actor
from models.clock import StoppedClock
from office.rounds.owed import my_dues, settled_between
from schema import load

BUILDINGS, POINTS, STEWARDS = 200, 3, 20
NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
DAY = timedelta(days=1)
TODAY = date(2026, 11, 20)
MONTH = (date(2026, 10, 1), date(2026, 10, 31))
TIMES = 5
PASSWORD = "a walk of the bench"


def office_of(folder: Path, walked: int) -> tuple[Registry, dict[str, Actor]]:
    """An office that has been walking for so many days, and its people by name."""
    assert rules.__all__
    schema = load(SCHEMA)
    registry = open_office(schema, folder, clock=StoppedClock(schema.office.timezone, NOW))
    names = [*(f"steward{n}" for n in range(STEWARDS)), "supervisor", "security"]
    with registry.connection():
        for name in names:
            registry.accounts.add(name, name, [name.rstrip("0123456789")], PASSWORD)
        people = {name: registry.accounts.actor(registry.accounts.id_of(name)) for name in names}
        known = {name: actor for name, actor in people.items() if actor is not None}
        _plan(registry, known, TODAY - walked * DAY)
        with registry.db.atomic():
            _places(registry, known, TODAY - walked * DAY)
            _walk(registry, known, walked)
    return registry, known


def _plan(registry: Registry, people: dict[str, Actor], since: date) -> None:
    supervisor, guard = people["supervisor"].id, people["security"].id
    for plan in (
        {"kind": "patrol"}, {"kind": "second_patrol", "person": supervisor}, {"kind": "sign_check", "times": 2},
        {"kind": "renovation"}, {"kind": "visit", "times": 3, "workdays_only": True},
        {"kind": "vacant_unit", "person": guard, "every": 7},
    ):  # fmt: skip
        registry.store.create(SYSTEM, "round_plan", {"name": plan["kind"], "starts_on": since, **plan}, DEMO)


def _places(registry: Registry, people: dict[str, Actor], since: date) -> None:
    stewards = [people[f"steward{n}"].id for n in range(STEWARDS)]
    houses = range(1, BUILDINGS + 1)
    insert(registry, "building", (record(n, str(n), number=str(n), steward_id=stewards[n % STEWARDS]) for n in houses))
    insert(registry, "unit", (
        record(n, f"{n}-1-101", building_id=(n - 1) % BUILDINGS + 1, section="1", room=f"{n}", state="vacant")
        for n in range(1, 2 * BUILDINGS + 1)
    ))  # fmt: skip
    insert(registry, "resident", iter([record(1, "住户", name="住户", kind="person", phone="13800000001")]))
    insert(registry, "vacancy", (record(n, f"{n}", unit_id=n, since_on=since) for n in range(1, 2 * BUILDINGS + 1)))
    insert(registry, "renovation_permit", (
        record(n, f"ZX{n}", unit_id=n, applicant_id=1, starts_on=since, began_on=since, ends_on=TODAY + 90 * DAY,
               state="in_progress") for n in houses
    ))  # fmt: skip
    insert(registry, "sign", (
        record(n, f"BS{n}", building_id=n, category="floor", area="high_rise", place="Lobby", text="1F", quantity=1,
               installed_on=since, state="in_use", is_temporary=0) for n in houses
    ))  # fmt: skip
    insert(registry, "patrol_route", (record(n, str(n), name=str(n), building_id=n, is_used=1) for n in houses))
    insert(registry, "patrol_point", (
        record(n, f"Point {n}", route_id=(n - 1) // POINTS + 1, building_id=(n - 1) // POINTS + 1, position=1,
               name=f"Point {n}", is_used=1, starts_on=since) for n in range(1, BUILDINGS * POINTS + 1)
    ))  # fmt: skip


def _walk(registry: Registry, people: dict[str, Actor], walked: int) -> None:
    """What was written down on every day: of sixteen rounds one is missing."""
    stewards = [people[f"steward{n}"].id for n in range(STEWARDS)]
    serial = iter(range(1, 10_000_000))

    def rows(places: int, hours: tuple[int, ...], by: Callable[[int], Any], name: str, **more: Any) -> Iterator[Any]:
        for back in range(walked, 0, -1):
            for place in range(1, places + 1):
                for hour in hours:
                    if (place * 7 + back + hour) % 16:
                        at = datetime.combine(TODAY - back * DAY, datetime.min.time(), UTC) + timedelta(hours=hour)
                        values = {"done_at": at, "by_id": by(place), name: place, **more}
                        if "round" in more:
                            values["done_on"] = at.date()
                        yield record(next(serial), f"{place}", **values)

    def of_building(n: int) -> Any:
        return stewards[n % STEWARDS]

    def of_point(n: int) -> Any:
        return stewards[((n - 1) // POINTS + 1) % STEWARDS]

    every = BUILDINGS * POINTS
    insert(registry, "patrol", rows(every, (1,), of_point, "point_id", kind="patrol", scanned=1))
    insert(registry, "patrol", rows(every, (6,), lambda _: people["supervisor"].id, "point_id", kind="second_patrol",
                                    scanned=1))  # fmt: skip
    for hour, of_day in ((1, "morning"), (7, "afternoon")):
        insert(registry, "sign_check", rows(BUILDINGS, (hour,), of_building, "building_id", round=of_day))
    insert(registry, "renovation_inspection", rows(BUILDINGS, (2,), of_building, "permit_id", all_fine=1))
    insert(registry, "visit", rows(60, (3,), of_building, "unit_id", reason="care", met="met"))
    insert(registry, "vacancy_round", rows(2 * BUILDINGS, (2,), of_building, "unit_id", all_fine=1))


def measured(name: str, do: Callable[[], Any]) -> None:
    """Say what something costs: milliseconds of the processor, the median of TIMES."""
    do()
    taken = []
    for _ in range(TIMES):
        started = time.process_time()
        do()
        taken.append((time.process_time() - started) * 1000)
    print(f"  {name:<34}{statistics.median(taken):>9.0f} ms", flush=True)


def measure(walked: int) -> None:
    """Fill an office, and measure what people ask of it."""
    folder = Path(tempfile.mkdtemp(prefix="bench-rounds-"))
    try:
        registry, people = office_of(folder, walked)
        steward, supervisor = people["steward1"], people["supervisor"]
        with registry.connection():
            found = settled_between(registry, supervisor, *MONTH)
            print(f"{walked} days walked; {MONTH[0]:%Y-%m}: {sum(one.due.times for one in found):,} due, "
                  f"{sum(one.lacking for one in found):,} missed")  # fmt: skip
            asked = {"day": MONTH[1], "span": "month"}
            measured("a month settled", lambda: settled_between(registry, supervisor, *MONTH))
            for name in ("rounds_missed", "rounds_coverage"):
                measured(name, lambda name=name: reports.run(registry, supervisor, name, asked))
            measured("rounds_missed of a steward", lambda: reports.run(registry, steward, "rounds_missed", asked))
            measured("rounds_due of today", lambda: reports.run(registry, supervisor, "rounds_due"))
            measured("what a steward owes today", lambda: my_dues(registry, steward, TODAY))
            for name in ("rounds_due", "rounds_missed"):
                measured(f"{name} on my day", lambda name=name: reports.first_figure(registry, supervisor, name))
        registry.close()
    finally:
        shutil.rmtree(folder)


def main() -> None:
    """Measure offices of the ages that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.rounds", description=__doc__)
    parser.add_argument("--days", default="60,365", help="days that the offices have walked, with commas between")
    for walked in parser.parse_args().days.split(","):
        measure(int(walked))


if __name__ == "__main__":
    main()
