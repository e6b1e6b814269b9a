"""Fields that are blank in nearly all records: lists are found by their index, whatever else narrows them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from models.actor import SYSTEM
from models.query import Condition, Query
from models.reads.narrowing import conjuncts, filter_finds_few, finds_few
from schema import load
from schema.naming import parse_for
from tests.models.conftest import FORM

SCHEMA = """
office: {name: Tasks, timezone: Asia/Shanghai}
roles: {clerk: {label: Clerk}}
entities:
  task:
    label: Task
    title: "{name}"
    deadlines:
      do: {label: Do it, from: given_at, within: 2 h, until: done_at}
    fields:
      name:     {type: text, required: true, label: Name}
      given_at: {type: datetime, label: Given at}
      done_at:  {type: datetime, label: Done at}
      who:      {type: ref, to: user, label: Who}
      kind:     {type: choice, of: kind, label: Kind}
      points:   {type: integer, label: Points}
      prize:    {type: integer, sparse: true, label: Prize}
      holder:   {type: formula, gives: ref, to: user, stored: true, sparse: true, label: Holder,
                 is: "if_(done_at == null, who, null)"}
    show: {list: [name], filter: [who, kind, given_at, points, done_at]}
    filters:
      mine_late: {label: Mine are late, where: "due_at < now and (who == actor or kind == 'big')"}
      held:      {label: Held, where: "holder != null and kind == 'big'"}
    access: {read: {clerk: all}}
choices:
  kind: {big: {zh: 大, en: Big}, small: {zh: 小, en: Small}}
"""
LATE, EARLY = timedelta(hours=3), timedelta(hours=1)


@pytest.fixture
def schema(tmp_path: Path) -> Any:
    (tmp_path / "tasks.yaml").write_text(SCHEMA)
    return load(tmp_path / "tasks.yaml")


@pytest.fixture
def tasks(opened: Any, schema: Any, person: Any, clock: Any) -> Any:
    """Twelve tasks: by kind and who, late or not, done or not, three with a prize."""
    registry = opened(schema)
    people = [person(registry, "clerk", username=name) for name in ("ann", "bob")]
    for n in range(12):
        values = {
            "name": f"Task {n}", "given_at": clock.at - (LATE if n % 2 else EARLY), "kind": "big" if n % 3 else "small",
            "who": people[n % 2].id, "points": n, "done_at": clock.at if n > 7 else None, "prize": n if n < 3 else None,
        }  # fmt: skip
        registry.store.create(SYSTEM, "task", values, FORM)
    return registry


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("due_at < now", True),
        ("now >= due_at", True),
        ("prize == 3", True),
        ("prize in [1, 2]", True),
        ("prize != null", True),
        ("holder == actor", True),
        ("holder == null", False),
        ("prize != 3", False),
        ("prize not in [1, 2]", False),
        ("prize == null", False),
        ("prize < points", True),
        ("points == 3", False),
        ("given_at < now", False),
        ("prize == 3 or points == 3", False),
        ("not prize == 3", False),
    ],
)
def test_which_conditions_find_few(schema: Any, source: str, expected: bool) -> None:
    where = parse_for(schema, "task", source)
    assert [finds_few(schema.entities["task"], one) for one in conjuncts(where)] == [expected]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Condition("prize", "from", 1), True),
        (Condition("prize", "filled"), True),
        (Condition("prize", "empty"), False),
        (Condition("prize", "not_equals", 1), False),
        (Condition("holder", "in", (1, 2)), True),
        (Condition("due_light", "equals", "late"), True),
        (Condition("do_light", "in", ("late", "soon")), False),
        (Condition("due_light", "in", ("late", "paused")), False),
        (Condition("given_at", "equals", date(2026, 3, 16)), True),
        (Condition("given_at", "from", date(2026, 3, 16)), False),
        (Condition("points", "equals", 1), False),
        (Condition("who", "equals", 1), False),
        (Condition("nowhere", "equals", 1), False),
    ],
)
def test_which_filters_find_few(schema: Any, condition: Condition, expected: bool) -> None:
    assert filter_finds_few(schema.entities["task"].fields, condition) is expected


def test_what_is_joined_by_and_stands_alone(schema: Any) -> None:
    where = parse_for(schema, "task", "due_at < now and (points == 1 or prize == 2) and (kind == 'big' and prize > 1)")
    assert [finds_few(schema.entities["task"], one) for one in conjuncts(where)] == [True, False, False, True]


CASES = [
    (Query(saved="mine_late"), {1, 3, 5, 7}),
    (Query(saved="held"), {1, 2, 4, 5, 7}),
    (Query(where="prize != null and points > 0"), {1, 2}),
    (Query(where="prize > 0 and prize < points + 1"), {1, 2}),
    (Query(conditions=(Condition("prize", "filled"), Condition("kind", "equals", "big"))), {1, 2}),
    (Query(conditions=(Condition("prize", "filled"),), search="Task 2"), {2}),
    (Query(conditions=(Condition("holder", "filled"),), where="prize != null"), {0, 1, 2}),
]


@pytest.mark.both_engines
@pytest.mark.parametrize(("query", "expected"), CASES)
def test_they_find_what_they_say(tasks: Any, query: Query, expected: set[int]) -> None:
    """Bob has the odd ones, which are late; those after 7 are done."""
    bob = tasks.accounts.actor(tasks.accounts.id_of("bob"))
    for sort in ("id", "-points", "due_at"):
        asked = Query(query.search, query.conditions, query.saved, query.where, sort=sort, columns=("points",))
        page = tasks.scope.page(bob, "task", asked)
        assert {row["points"] for row in page.rows} == expected, sort
        assert page.count == len(expected)


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (Query(saved="mine_late"), "ix_task_due_at"),
        (Query(saved="held"), "ix_task_holder"),
        (Query(conditions=(Condition("who", "equals", 1), Condition("prize", "filled"))), "ix_task_prize"),
        (Query(conditions=(Condition("who", "equals", 1), Condition("prize", "from", 1))), "ix_task_prize"),
        (Query(conditions=(Condition("who", "equals", 1), Condition("given_at", "equals", date(2026, 3, 16)))),
         "ix_task_given_at"),
        (Query(conditions=(Condition("who", "equals", 1), Condition("points", "from", 1))), "ix_task_who_id"),
    ],
)  # fmt: skip
def test_they_are_found_by_that_index(tasks: Any, query: Query, index: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, Any]] = []
    execute = tasks.db.execute_sql
    monkeypatch.setattr(
        tasks.db, "execute_sql", lambda sql, values=None: asked.append((sql, values)) or execute(sql, values)
    )
    tasks.scope.count(tasks.accounts.actor(1), "task", query, 100)
    monkeypatch.undo()
    ((sql, values),) = [one for one in asked if "COUNT" in one[0]]
    plan = " ".join(str(row[3]) for row in tasks.db.execute_sql(f"EXPLAIN QUERY PLAN {sql}", values))
    assert index in plan, plan


def test_a_first_page_that_is_whole_does_not_look_among_the_blank(tasks: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    execute = tasks.db.execute_sql

    def listen(sql: str, values: Any = None) -> Any:
        asked.append(sql)
        return execute(sql, values)

    monkeypatch.setattr(tasks.db, "execute_sql", listen)
    page = tasks.scope.page(tasks.accounts.actor(1), "task", Query(saved="mine_late", sort="due_at"))
    assert page.rows and not page.has_next
    assert len([sql for sql in asked if "ORDER BY" in sql]) == 1


def test_moments_and_texts_are_found_alike(tasks: Any) -> None:
    found = tasks.scope.page(SYSTEM, "task", Query(where="due_at != null and points < 3", columns=("due_at", "points")))
    assert {row["points"] for row in found.rows} == {0, 1, 2}
    assert all(isinstance(row["due_at"], datetime) for row in found.rows)
