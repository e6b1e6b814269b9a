"""Counts and sums by groups: exact, within the actor's scope, alike on both engines."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.actor import SYSTEM
from models.errors import NotAllowed
from models.query import Condition, Query
from models.reads.aggregates import Count, Greatest, Least, Total
from models.reads.periods import bounds, changes
from schema import load
from tests.models.conftest import furnished

pytestmark = pytest.mark.both_engines


@pytest.fixture
def stock(shelves: Any) -> Any:
    """Four copies in the north, two in the south; the poems cost 10.10 each, the novel 0.05."""
    poems, novel = shelves.book("Poems", genre="poetry"), shelves.book("A novel", genre="novel")
    for shelf, book, cost, day in (
        ("north", poems, "10.10", date(2026, 1, 5)), ("north", poems, "10.10", date(2026, 1, 31)),
        ("north", novel, "0.05", date(2026, 2, 1)), ("north", novel, None, None),
        ("south", poems, "10.10", date(2025, 12, 31)), ("south", novel, "0.05", date(2026, 2, 28)),
    ):  # fmt: skip
        shelves.copy(book, shelf, cost=Decimal(cost) if cost else None, bought_on=day)
    return shelves


def table(found: Any, *names: str) -> list[tuple[Any, ...]]:
    return [(*(label.to("en") for label in one.labels.values()), one.count, *(one[n] for n in names)) for one in found]


def test_it_adds_up_by_a_path_over_links(stock: Any) -> None:
    found = stock.registry.scope.aggregate(SYSTEM, "copy", {"cost": "cost"}, ["shelf.branch"])
    assert table(found, "cost") == [("North", 4, Decimal("20.25")), ("South", 2, Decimal("10.15"))]
    assert [one.key for one in found] == [stock.branches["north"], stock.branches["south"]]
    assert found[0].refs["shelf.branch"].entity == "branch"


def test_choices_stand_in_the_order_of_the_schema_and_blank_is_last(stock: Any) -> None:
    found = stock.registry.scope.aggregate(SYSTEM, "copy", {}, ["book.genre", "bought_on:month"])
    assert table(found) == [
        ("Novel", "2026-02", 2), ("Novel", "Not given", 1),
        ("Poetry", "2025-12", 1), ("Poetry", "2026-01", 2),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("period", "keys"),
    [
        ("day", ["2025-12-31", "2026-01-05", "2026-01-31", "2026-02-01", "2026-02-28", None]),
        ("week", ["2025-12-29", "2026-01-05", "2026-01-26", "2026-02-23", None]),
        ("month", ["2025-12", "2026-01", "2026-02", None]),
        ("quarter", ["2025-Q4", "2026-Q1", None]),
        ("year", ["2025", "2026", None]),
    ],
)
def test_days_are_cut_into_periods(stock: Any, period: str, keys: list[str]) -> None:
    found = stock.registry.scope.aggregate(SYSTEM, "copy", {}, [f"bought_on:{period}"])
    assert [one.key for one in found] == keys


def test_moments_are_cut_by_the_clock_of_the_office(stock: Any) -> None:
    """In Lisbon the clock moves on the last Sunday of March; half past eleven at night in UTC is then tomorrow."""
    stock.registry.clock.zone = ZoneInfo("Europe/Lisbon")
    member, id = stock.make("member", name="Ana"), stock.copy(stock.book())
    for moment in ("2026-03-28T23:30", "2026-03-29T23:30", "2025-12-31T23:59", "2026-10-24T23:30", "2026-10-25T23:30"):
        loan = stock.make("loan", book_copy=id, member=member)
        at = datetime.fromisoformat(moment)
        stock.registry.models["loan"].update(lent_at=at).where(stock.registry.models["loan"].id == loan).execute()
    found = stock.registry.scope.aggregate(SYSTEM, "loan", {}, ["lent_at:day"])
    assert [one.key for one in found] == ["2025-12-31", "2026-03-28", "2026-03-30", "2026-10-25"]
    assert found[-1].count == 2
    for one in found:
        assert stock.registry.scope.count(SYSTEM, "loan", Query(conditions=one.drill.conditions)) == one.count


def test_measures_may_have_conditions_and_formulas(stock: Any) -> None:
    measures = {
        "old": Total("cost", where="bought_on < '2026-01-15'"), "dear": Count(where="cost > 1"),
        "books": Count(of="book"), "first": Least("bought_on"), "last": Greatest("bought_on"),
        "twice": Total("cost * 2"), "lent": Total("loans"), "out": Count(where="is_out"),
    }  # fmt: skip
    [found] = stock.registry.scope.aggregate(SYSTEM, "copy", measures)
    assert found.values == {
        "old": Decimal("20.20"), "dear": 3, "books": 2, "first": date(2025, 12, 31), "last": date(2026, 2, 28),
        "twice": Decimal("60.80"), "lent": 0, "out": 0,
    }  # fmt: skip


def test_one_row_of_noughts_where_there_is_nothing(shelves: Any) -> None:
    [found] = shelves.registry.scope.aggregate(SYSTEM, "copy", {"cost": "cost", "first": Least("bought_on")})
    assert (found.count, found["cost"], found["first"]) == (0, 0, None)
    assert shelves.registry.scope.aggregate(SYSTEM, "copy", {}, ["book"]) == []


def test_a_librarian_has_figures_of_his_own_branch_alone(stock: Any) -> None:
    scope, north = stock.registry.scope, stock.people["north"]
    assert table(scope.aggregate(north, "copy", {"cost": "cost"}, ["shelf.branch"]), "cost") == [
        ("North", 4, Decimal("20.25"))
    ]
    assert table(scope.aggregate(north, "book", {}, ["genre"])) == [("Novel", 1), ("Poetry", 1)]


def test_what_a_link_leads_to_beyond_the_scope_has_no_name(opened: Any, person: Any, tmp_path: Path) -> None:
    """Librarians who read all copies, but shelves and branches of their own alone, see of the others that they are."""
    text = (Path(__file__).parents[1] / "library.yaml").read_text()
    own = "read: {head: all, librarian: own, desk: all, auditor: all}"
    before, _, after = text.partition("  copy:\n")
    (tmp_path / "library.yaml").write_text(f"{before}  copy:\n{after.replace(own, own.replace('own', 'all'), 1)}")
    stock = furnished(opened(load(tmp_path / "library.yaml")), person)
    for shelf in ("north", "north", "south"):
        stock.copy(stock.book(), shelf)
    scope, north = stock.registry.scope, stock.people["north"]
    for path in ("shelf", "shelf.branch", "shelf.branch.name", "shelf.code"):
        found = scope.aggregate(north, "copy", {}, [path])
        assert [(one.key is None, one.count) for one in found] == [(False, 2), (True, 1)], path
        assert len(scope.aggregate(SYSTEM, "copy", {}, [path])) == (1 if path == "shelf.code" else 2)
    south = Query(conditions=(Condition("shelf.branch.name", "equals", "South"),))
    assert scope.count(SYSTEM, "copy", south) == 1
    assert scope.count(north, "copy", south) == 0
    with pytest.raises(NotAllowed):
        scope.aggregate(north, "copy", {"code": Count(of="shelf.code")})


def test_groups_may_be_worked_out(stock: Any) -> None:
    scope = stock.registry.scope
    found = scope.aggregate(SYSTEM, "copy", {}, ["if_(cost > 1, 'dear', 'cheap')"])
    assert table(found) == [("cheap", 3), ("dear", 3)]
    assert found[0].drill is None
    assert table(scope.aggregate(SYSTEM, "copy", {}, ["is_out"])) == [("No", 6)]
    assert table(scope.aggregate(SYSTEM, "copy", {}, ["cost > 1", "state"])) == [
        ("No", "Ordered", 2), ("Yes", "Ordered", 3), ("Not given", "Ordered", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("who", "entity", "asked"),
    [
        ("desk", "copy", {"measures": {"cost": "cost"}}),
        ("desk", "copy", {"measures": {"n": Count(where="cost > 5")}}),
        ("desk", "copy", {"measures": {"cost": Total("cost - 1")}}),
        ("desk", "copy", {"where": "cost > 5"}),
        ("desk", "copy", {"by": ["cost"]}),
        ("desk", "copy", {"by": ["book.price"]}),
        ("desk", "copy", {"query": Query(conditions=(Condition("cost", "from", Decimal(1)),))}),
        ("desk", "loan", {"by": ["book_copy.cost"]}),
        ("desk", "copy", {"measures": {"price": "book.price"}}),
        ("auditor", "member", {"by": ["phone"]}),
        ("auditor", "member", {"measures": {"n": Count(of="id_number")}}),
        ("librarian", "fine", {}),
        ("north", "loan", {"measures": {"cost": "book_copy.cost"}}),
    ],
)
def test_what_is_closed_can_neither_be_grouped_by_nor_added_up(
    stock: Any, who: str, entity: str, asked: dict[str, Any]
) -> None:
    actor = stock.people.get(who) or stock.people["north"]
    with pytest.raises(NotAllowed):
        stock.registry.scope.aggregate(actor, entity, **asked)


def test_nonsense_is_refused(stock: Any) -> None:
    for asked in (
        {"by": ["cost:month"]},
        {"by": ["bought_on:decade"]},
        {"by": ["cost.id"]},
        {"measures": {"x": "book"}},
    ):
        with pytest.raises(ValueError, match="copy: "):
            stock.registry.scope.aggregate(SYSTEM, "copy", **asked)
    with pytest.raises(ValueError, match="no single value"):
        stock.registry.scope.aggregate(SYSTEM, "book", by=["topics"])


def test_a_group_leads_to_the_list_of_its_records(stock: Any) -> None:
    scope = stock.registry.scope
    narrowed = Query(conditions=(Condition("bought_on", "from", date(2026, 1, 1)),))
    for by in (
        ["shelf.branch"],
        ["book.genre", "bought_on:quarter"],
        ["book"],
        ["state"],
        ["shelf.branch.name"],
        ["is_out", "loans"],
        ["created_at:day"],
        ["cost", "book.price"],
    ):
        for query in (Query(), narrowed):
            for one in scope.aggregate(SYSTEM, "copy", by=by, query=query):
                behind = Query(conditions=one.drill.conditions)
                assert scope.count(SYSTEM, one.drill.entity, behind) == one.count, (by, one)
    [part] = scope.aggregate(SYSTEM, "copy", where="cost > 1")
    assert part.drill is None


def test_a_list_narrowed_over_a_link_goes_through_the_scope(stock: Any) -> None:
    scope = stock.registry.scope
    south = Query(conditions=(Condition("shelf.branch", "equals", stock.branches["south"]),))
    assert scope.count(SYSTEM, "copy", south) == 2
    assert scope.count(stock.people["north"], "copy", south) == 0
    dear = Query(conditions=(Condition("book_copy.cost", "filled"),))
    stock.make("loan", book_copy=stock.copy(stock.book(), cost=Decimal(3)), member=stock.make("member", name="Ana"))
    assert scope.count(SYSTEM, "loan", dear) == 1
    assert scope.count(stock.people["desk"], "loan", dear) == 0


def test_it_is_one_statement(stock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    execute = stock.registry.db.execute_sql

    def listen(sql: str, *rest: Any) -> Any:
        seen.append(sql)
        return execute(sql, *rest)

    monkeypatch.setattr(stock.registry.db, "execute_sql", listen)
    stock.registry.scope.aggregate(SYSTEM, "copy", {"cost": "cost"}, ["shelf.branch", "bought_on:month"])
    assert sum("GROUP BY" in sql for sql in seen) == 1
    assert len(seen) <= 2, "the groups, and the titles of the branches"


COPIES = st.lists(
    st.tuples(
        st.sampled_from(["north", "south"]), st.one_of(st.none(), st.integers(0, 10**11)),
        st.one_of(st.none(), st.dates(date(1999, 12, 1), date(2001, 2, 1))),
    ),
    max_size=12,
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(copies=COPIES)
def test_it_adds_up_like_python(shelves: Any, copies: list[tuple[str, int | None, date | None]]) -> None:
    registry = shelves.registry
    registry.models["copy"].delete().execute()
    book = shelves.book()
    for shelf, fen, day in copies:
        shelves.copy(book, shelf, cost=None if fen is None else Decimal(fen).scaleb(-2), bought_on=day)
    wanted: dict[Any, list[Any]] = defaultdict(lambda: [0, Decimal(0)])
    for shelf, fen, day in copies:
        group = wanted[shelves.branches[shelf], f"{day:%Y-%m}" if day else None]
        group[0] += 1
        group[1] += Decimal(fen or 0).scaleb(-2)
    found = registry.scope.aggregate(SYSTEM, "copy", {"cost": "cost"}, ["shelf.branch", "bought_on:month"])
    assert {tuple(one.keys.values()): [one.count, one["cost"]] for one in found} == dict(wanted)


@given(day=st.dates(date(1970, 1, 1), date(2090, 1, 1)))
def test_a_period_begins_and_ends_where_its_key_says(day: date) -> None:
    quarter = f"{day.year}-Q{(day.month + 2) // 3}"
    monday = day - timedelta(days=day.weekday())
    for period, key in (("day", f"{day}"), ("week", f"{monday}"), ("month", f"{day:%Y-%m}"), ("quarter", quarter)):
        first, last = bounds(period, key)
        assert first <= day <= last, period
    assert bounds("year", f"{day:%Y}") == (date(day.year, 1, 1), date(day.year, 12, 31))
    assert bounds("quarter", "2026-Q4") == (date(2026, 10, 1), date(2026, 12, 31))


def test_the_changes_of_a_clock_are_known_to_the_second() -> None:
    lisbon = dict(changes("Europe/Lisbon", 2026))
    assert lisbon[datetime(2026, 3, 29, 1)] == 3600
    assert lisbon[datetime(2026, 10, 25, 1)] == 0
    assert changes("Asia/Shanghai", 2026)[-1] == (datetime(1991, 9, 14, 17), 8 * 3600)
