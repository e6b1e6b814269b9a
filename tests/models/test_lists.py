"""A list read page by page, either way, from either end, is the whole list in order, each record once."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from models.actor import SYSTEM
from models.query import Condition, PageRef, Query, pack
from tests.models.conftest import Shelves

pytestmark = pytest.mark.both_engines

SORTS = [f"{sign}{name}" for name in ("id", "title", "book", "cost", "bought_on", "state") for sign in ("", "-")]
SIZE = 7


@pytest.fixture
def copies(shelves: Shelves) -> Shelves:
    """Sixty copies with many equal and many blank values."""
    rnd = random.Random(5)
    books = [shelves.book(name) for name in ("2 Peas", "10 Peas", "张衡", "Ü", "apples", "Bees")]
    for _ in range(60):
        shelves.copy(
            rnd.choice(books), rnd.choice(["north", "south"]),
            cost=rnd.choice([None, Decimal("1.00"), Decimal("20.00"), Decimal("3.50")]),
            bought_on=rnd.choice([None, date(2026, 1, 1) + timedelta(days=rnd.randrange(4))]),
        )  # fmt: skip
    return shelves


def walk(shelves: Shelves, who: Any, query: dict[str, Any], start: str, forth: bool) -> list[int]:
    """The ids of a list read page by page, in list order."""
    found: list[list[int]] = []
    ref = PageRef(start)  # type: ignore[arg-type]
    for _ in range(100):
        page = shelves.registry.scope.page(who, "copy", Query(page=ref, size=SIZE, **query))
        found.append([record.id for record in page.rows])
        if not (page.has_next if forth else page.has_previous):
            break
        ref = PageRef("after", page.next_cursor) if forth else PageRef("before", page.previous_cursor)
    ordered = found if forth else found[::-1]
    return [id for ids in ordered for id in ids]


def expected(shelves: Shelves, sort: str, ids: list[int] | None = None) -> list[int]:
    """The order worked out in memory: by value, blanks last, equals by id in the same direction."""
    name, down = sort.lstrip("-"), sort.startswith("-")
    rows = shelves.registry.rows.read("copy", ids or range(1, 61))
    titles = shelves.registry.rows.read("book", {row["book"] for row in rows.values()})

    def key(row: dict[str, Any]) -> Any:
        if name == "title":
            return row["title_order"]
        if name == "book":
            return titles[row["book"]]["title_order"], row["book"]
        return row[name]

    filled = [row for row in rows.values() if name == "id" or key(row) is not None]
    blank = [row for row in rows.values() if name != "id" and key(row) is None]
    filled.sort(key=lambda row: (key(row), row["id"]), reverse=down)
    blank.sort(key=lambda row: row["id"], reverse=down)
    return [row["id"] for row in (*filled, *blank)]


@pytest.mark.parametrize("sort", SORTS)
def test_every_way_of_reading_a_list_gives_the_same_order(copies: Shelves, sort: str) -> None:
    right = expected(copies, sort)
    assert walk(copies, SYSTEM, {"sort": sort}, "first", forth=True) == right
    assert walk(copies, SYSTEM, {"sort": sort}, "last", forth=False) == right


@pytest.mark.parametrize("sort", ["id", "-cost", "bought_on", "book"])
def test_a_page_by_number_is_that_stretch_of_the_list(copies: Shelves, sort: str) -> None:
    right = expected(copies, sort)
    for number in range(1, 10):
        ref = PageRef("number", number=number)
        page = copies.registry.scope.page(SYSTEM, "copy", Query(sort=sort, page=ref, size=SIZE))
        assert [r.id for r in page.rows] == right[(number - 1) * SIZE : number * SIZE]
        assert page.number == number


def test_a_list_holds_only_what_lies_in_scope(copies: Shelves) -> None:
    rows = copies.registry.rows.read("copy", range(1, 61)).values()
    mine = {r["id"] for r in rows if r["shelf"] == copies.shelves["north"]}
    for sort in ("id", "-cost", "book"):
        assert set(walk(copies, copies.people["north"], {"sort": sort}, "first", forth=True)) == mine


def test_filters_narrow_before_the_page_is_cut(copies: Shelves) -> None:
    narrow = (Condition("cost", "from", Decimal("3.50")), Condition("bought_on", "filled"))
    query = {"sort": "-cost", "conditions": narrow}
    rows = copies.registry.rows.read("copy", range(1, 61)).values()
    right = [r["id"] for r in rows if (r["cost"] or 0) >= Decimal("3.50") and r["bought_on"]]
    assert walk(copies, SYSTEM, query, "first", forth=True) == expected(copies, "-cost", right)


def test_the_sum_line_adds_up_what_matches(copies: Shelves) -> None:
    page = copies.registry.scope.page(SYSTEM, "copy", Query(size=5))
    rows = copies.registry.rows.read("copy", range(1, 61)).values()
    assert page.sums == {"cost": sum((r["cost"] or Decimal(0) for r in rows), Decimal(0))}
    assert (page.count, page.count_exact) == (60, True)


def test_a_cursor_that_is_not_ours_begins_at_the_start(copies: Shelves) -> None:
    odd = [(), (1, 2, 3, 4), ("a",), ("a", 1), (None, 1), (None, None), ({}, 1), (1, 1), (True, 1), ("9" * 30, 2)]
    for sort in ("id", "title", "cost", "bought_on", "book", "state"):
        for cursor in ("", "rubbish", "e30", *map(pack, odd)):
            query = Query(sort=sort, page=PageRef("after", cursor), size=SIZE)
            assert copies.registry.scope.page(SYSTEM, "copy", query).count == 60


def test_a_list_asks_the_database_few_times(copies: Shelves, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    execute = copies.registry.db.execute_sql

    def listen(sql: str, *rest: Any, **more: Any) -> Any:
        asked.append(sql)
        return execute(sql, *rest, **more)

    monkeypatch.setattr(copies.registry.db, "execute_sql", listen)
    copies.registry.scope.page(copies.people["north"], "copy", Query(size=50, sort="-bought_on"))
    assert len(asked) <= 5, asked
