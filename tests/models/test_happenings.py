"""The history of places against a plain reference: order, pages, years, ways, and what a reader may not see."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import schema
from models.actor import SYSTEM, Source
from models.query import pack
from models.reads.happenings import Happenings

TEXT = """office: {name: Towns, timezone: Asia/Shanghai}
roles:
  {head: {label: Head}, keeper: {label: Keeper}, guard: {label: Guard}, warden: {label: Warden}, clerk: {label: Clerk}}
entities:
  town:
    fields: {name: {type: text}, keeper: {type: ref, to: user}}
    place: true
    access: {read: {head: all, guard: all, warden: all, clerk: all, keeper: own}}
    scopes: {own: keeper == actor}
  house:
    fields: {name: {type: text}, town: {type: ref, to: town}}
    place: {within: town}
    access: {read: {head: all, guard: all, warden: all, clerk: all, keeper: own}}
    scopes: {own: town.keeper == actor}
  job:
    fields: {name: {type: text}, house: {type: ref, to: house}, other: {type: ref, to: house}, day: {type: date}}
    happens: {at: day, in: [house, other]}
    access: {read: {head: all, guard: all, keeper: own, warden: public}}
    scopes: {own: house.town.keeper == actor, public: name == 'public'}
  check:
    fields: {job: {type: ref, to: job}, done_at: {type: datetime}, who: {type: ref, to: user}}
    happens: [{at: done_at, in: job.house, by: who}, {at: job.day, in: job.house, label: Begun}]
    access: {read: {head: all, guard: mine, warden: all, clerk: all, keeper: all}, fields: {done_at: {hide: [keeper]}}}
    scopes: {mine: who == actor}
  note:
    fields: {name: {type: text}, town: {type: ref, to: town}, at: {type: datetime}}
    happens: {at: at, in: town}
    access: {read: [head], fields: {at: {mask: [head]}}}
"""
FORM = Source("form")
NOON = datetime(2026, 3, 14, 16, tzinfo=UTC)
"""Midnight in the office, two days before the clock's."""


class Towns:
    """Two towns with houses, jobs in them, and checks of the jobs; many share a day, some a moment."""

    def __init__(self, registry: Any, person: Callable[..., Any], seed: int) -> None:
        self.registry, self.random = registry, random.Random(seed)
        self.people = {role: person(registry, role) for role in ("head", "keeper", "guard", "warden", "clerk")}
        keeper = self.people["keeper"].id
        self.towns = [self.make("town", name="A", keeper=keeper), self.make("town", name="B")]
        self.houses = [self.make("house", name=str(n), town=town) for town in self.towns for n in range(2)]
        for _ in range(14):
            self.job()
        for _ in range(25):
            self.check()
        self.make("note", name="unseen", town=self.towns[0], at=NOON)

    def make(self, entity: str, **values: Any) -> int:
        return int(self.registry.store.create(SYSTEM, entity, values, FORM))

    def job(self, **values: Any) -> int:
        house, other = (self.random.choice(self.houses) for _ in range(2))
        day = date(2026, 3, 15) + timedelta(days=self.random.choice((-400, -2, -1, 0, 0, 1, 2)))
        day = None if self.random.random() < 0.1 else day
        name = self.random.choice(("public", "private"))
        return self.make("job", **({"name": name, "house": house, "other": other, "day": day} | values))

    def check(self, **values: Any) -> int:
        at = NOON + timedelta(hours=self.random.choice((-9000, -24, -1, 0, 0, 1, 30, 40)))
        who = self.people[self.random.choice(("guard", "head"))].id
        return self.make("check", **({"job": self.random.randint(1, 14), "done_at": at, "who": who} | values))

    def walked(self, who: str, place: str, id: int, size: int, year: int = 0) -> list[tuple[str, int]]:
        """Every row, page by page."""
        happenings, actor = Happenings(self.registry.scope), self.people[who]
        lines, found, cursor = happenings.lines(actor, place), [], ""
        while True:
            page = happenings.page(actor, place, id, lines, size, cursor, year)
            assert len(page.rows) <= size
            found += [(row.line.key, row.id) for row in page.rows]
            if not page.older:
                return found
            assert len(page.rows) == size
            cursor = page.older

    def expected(self, who: str, place: str, id: int, year: int = 0) -> list[tuple[str, int]]:
        """The same by reading everything and looking at each record."""
        rows: list[tuple[datetime, str, int]] = []
        jobs = {job["id"]: job for job in self._all("job")}
        for job in jobs.values():
            here = {self._place(place, job["house"]), self._place(place, job["other"])}
            if id in here and self._sees(who, job):
                rows.append((midnight(job["day"]), "job.day", job["id"]))
        for check in self._all("check"):
            job = jobs[check["job"]]
            seen = who != "guard" or check["who"] == self.people["guard"].id
            if self._place(place, job["house"]) == id and seen and self._sees(who, job):
                if who != "keeper":
                    rows.append((check["done_at"], "check.done_at", check["id"]))
                rows.append((midnight(job["day"]), "check.at_job_day", check["id"]))
        now = self.registry.clock.now()
        kept = [row for row in rows if row[0] <= now and year in (0, (row[0] + timedelta(hours=8)).year)]
        return [(key, id) for _moment, key, id in sorted(kept, reverse=True)]

    def _sees(self, who: str, job: Any) -> bool:
        """Whether a person may see a job, and so the check of it."""
        kept = self._place("town", job["house"]) == self.towns[0]
        return {"head": True, "guard": True, "clerk": False, "keeper": kept, "warden": job["name"] == "public"}[who]

    def _place(self, place: str, house: int) -> int:
        return house if place == "house" else self.towns[self.houses.index(house) // 2]

    def _all(self, entity: str) -> list[dict[str, Any]]:
        model = self.registry.models[entity]
        return [self.registry.rows.one(entity, row[0]) | {"id": row[0]} for row in model.select(model.id).tuples()]


def midnight(day: date | None) -> datetime:
    """The begin of a day in the office; a day that is blank never comes."""
    if day is None:
        return datetime.max.replace(tzinfo=UTC)
    return datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=8)


@pytest.fixture
def towns(opened: Callable[..., Any], person: Callable[..., Any], tmp_path: Path) -> Callable[[int], Towns]:
    file = tmp_path / "schema.yaml"
    file.write_text(TEXT, encoding="utf-8")
    return lambda seed: Towns(opened(schema.load(file)), person, seed)


@pytest.mark.both_engines
@pytest.mark.parametrize("seed", range(2))
def test_pages_of_any_size_put_together_are_the_whole_history(towns: Callable[[int], Towns], seed: int) -> None:
    """Many rows share a moment or a day, some lie in the future, some have no day; two ways may lead to one place."""
    estate = towns(seed)
    told = 0
    for who in ("head", "keeper", "guard", "warden", "clerk"):
        for place, ids in (("town", estate.towns), ("house", estate.houses)):
            for id in ids[: len(ids) // 2] if who == "keeper" else ids:
                expected = estate.expected(who, place, id)
                told += len(expected)
                for size in (1, 3, 100):
                    assert estate.walked(who, place, id, size) == expected, (who, place, id, size)
                for year in (2025, 2026):
                    assert estate.walked(who, place, id, 2, year) == estate.expected(who, place, id, year)
    assert told > 100


def test_what_comes_meanwhile_neither_shifts_nor_repeats_an_older_page(towns: Callable[[int], Towns]) -> None:
    estate = towns(7)
    happenings, head, town = Happenings(estate.registry.scope), estate.people["head"], estate.towns[0]
    lines, before = happenings.lines(head, "town"), estate.expected("head", "town", town)
    first = happenings.page(head, "town", town, lines, 6)
    estate.check(job=1, done_at=estate.registry.clock.now())
    estate.job(house=estate.houses[0], day=date(2026, 3, 16))
    second = happenings.page(head, "town", town, lines, 6, first.older)
    assert [(row.line.key, row.id) for row in (*first.rows, *second.rows)] == before[:12]


def test_what_a_reader_does_not_see_in_clear_tells_nothing(towns: Callable[[int], Towns]) -> None:
    """A masked moment, a hidden one, and links over records of a kind that may not be read."""
    estate = towns(1)
    happenings = Happenings(estate.registry.scope)
    told = {who: {line.key for line in happenings.lines(actor, "town")} for who, actor in estate.people.items()}
    assert told == {
        "head": {"job.day", "check.done_at", "check.at_job_day"},
        "keeper": {"job.day", "check.at_job_day"},
        "guard": {"job.day", "check.done_at", "check.at_job_day"},
        "warden": {"job.day", "check.done_at", "check.at_job_day"},
        "clerk": set(),
    }
    firsts = happenings.firsts(estate.people["guard"], "house", estate.houses[0])
    seen = {key for key, _id in estate.expected("guard", "house", estate.houses[0])}
    assert {line.key for line in firsts} == seen


def test_moving_a_house_moves_its_history(towns: Callable[[int], Towns]) -> None:
    estate = towns(2)
    estate.registry.store.update(SYSTEM, "house", estate.houses[0], {"town": estate.towns[1]}, FORM)
    estate.registry.store.update(SYSTEM, "job", 1, {"day": date(2020, 1, 1), "house": estate.houses[0]}, FORM)
    estate._place = lambda place, house: (  # type: ignore[method-assign]
        house if place == "house" else estate.towns[0 if house == estate.houses[1] else 1]
    )
    for town in estate.towns:
        assert estate.walked("head", "town", town, 4) == estate.expected("head", "town", town)


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "ÿ", pack((1, 2, 3)), pack(("2026-03-15", "job.day", 1)), pack(("2026-03-15T00:00:00", "job.day", 1)),
     pack(("2026-03-15T00:00:00+00:00", "job.day", -1)), pack(("2026-03-15T00:00:00+00:00", "job.day", 2**70)),
     pack(("0001-01-01T00:00:00+14:00", "job.day", 1)), pack(("9999-12-31T23:59:59-14:00", "job.day", 1)),
     pack(("0001-01-01T00:00:00+00:00", "job.day", 1)), pack(("9999-12-31T20:00:00+00:00", "job.day", 1))],
)  # fmt: skip
def test_a_cursor_that_is_not_ours_begins_at_the_start(towns: Callable[[int], Towns], cursor: str) -> None:
    estate = towns(3)
    happenings, head = Happenings(estate.registry.scope), estate.people["head"]
    page = happenings.page(head, "town", estate.towns[0], happenings.lines(head, "town"), 500, cursor)
    assert [(row.line.key, row.id) for row in page.rows] == estate.expected("head", "town", estate.towns[0])


def test_the_number_of_statements_is_that_of_the_lines(towns: Callable[[int], Towns]) -> None:
    estate = towns(4)
    happenings, head, town = Happenings(estate.registry.scope), estate.people["head"], estate.towns[0]
    lines = happenings.lines(head, "town")

    def statements(cursor: str = "") -> int:
        asked: list[str] = []
        execute = estate.registry.db.execute_sql
        estate.registry.db.execute_sql = lambda sql, *more, **options: (
            asked.append(sql) or execute(sql, *more, **options)
        )
        try:
            happenings.page(head, "town", town, lines, 5, cursor)
        finally:
            del estate.registry.db.execute_sql
        return len(asked)

    older = happenings.page(head, "town", town, lines, 5).older
    ways = 5
    """One for each way, and one that asks which of them lead here."""
    assert statements() == ways <= statements(older) <= ways + 2, "one more for each way of the line the cursor is at"
    for _ in range(20):
        estate.check()
    assert statements() == ways
