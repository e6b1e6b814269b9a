"""An expression gives the same answer in the database as on a record in memory."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.reads.expression_sql import from_sql, to_condition, to_sql
from models.storage.database import connect
from schema.expressions import evaluate, parse
from tests.expressions.sentences import sentence
from tests.expressions.tables import NAMING, Tables, build

pytestmark = pytest.mark.both_engines
ACTORS = st.sampled_from([2, 2, 1, None])
QUIET = settings(
    max_examples=250, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.large_base_example],
)  # fmt: skip


@pytest.fixture(scope="module")
def known() -> dict[str, Tables]:
    return {}


@pytest.fixture
def tables(engine: Any, known: dict[str, Tables]) -> Tables:
    """The tables on the engine of this test, made once."""
    if engine.name not in known:
        home = engine.blank()
        known[engine.name] = build(connect(home.url or home.var / "tables.db"))
    return known[engine.name]


def answers(tables: Tables, source: str, actor: int | None) -> tuple[dict[int, Any], dict[int, Any]]:
    """What ``source`` gives for every unit: in memory, and by the database."""
    expression = parse(source, NAMING)
    env, unit = tables.environment(actor), tables.models["unit"]
    own = {id: evaluate(expression, record, env) for id, record in tables.records["unit"].items()}
    node = to_sql(expression, unit, tables.sql(actor))
    rows = unit.select(unit.id, node.alias("answer")).tuples()
    return own, {id: from_sql(expression, raw) for id, raw in rows}


def agree(tables: Tables, source: str, actor: int | None) -> None:
    own, database = answers(tables, source, actor)
    assert database == own, source
    for id, value in own.items():
        assert type(value) is type(database[id]), (source, value, database[id])
        if isinstance(value, Decimal):
            assert value.as_tuple() == database[id].as_tuple(), source


@QUIET
@given(source=sentence("number", 3), actor=ACTORS)
def test_numbers_agree(tables: Tables, source: str, actor: int | None) -> None:
    agree(tables, source, actor)


@QUIET
@given(source=sentence("text", 3), actor=ACTORS)
def test_texts_agree(tables: Tables, source: str, actor: int | None) -> None:
    agree(tables, source, actor)


@QUIET
@given(source=st.one_of(sentence("date", 3), sentence("moment", 0), sentence("ref", 0)), actor=ACTORS)
def test_days_moments_and_records_agree(tables: Tables, source: str, actor: int | None) -> None:
    agree(tables, source, actor)


@QUIET
@given(source=sentence("condition", 4), actor=ACTORS)
def test_conditions_agree_and_a_filter_keeps_what_is_true(tables: Tables, source: str, actor: int | None) -> None:
    agree(tables, source, actor)
    expression = parse(source, NAMING)
    own, _ = answers(tables, source, actor)
    alias: Callable[..., Any] = tables.models["unit"].alias("u")
    for model in (tables.models["unit"], alias):
        where = to_condition(expression, model, tables.sql(actor))
        kept = {row[0] for row in model.select(model.id).where(where).tuples()}
        assert kept == {id for id, value in own.items() if value is True}, source


def test_a_comparison_over_a_link_uses_its_index(tables: Tables) -> None:
    """Scopes are such comparisons; they have to stay quick in a big table."""
    unit = tables.models["unit"]
    where = to_condition(parse("house.steward == actor", NAMING), unit, tables.sql())
    sql, _ = unit.select(unit.id).where(where).sql()
    assert '"house_id" IN (SELECT "x1"."id" FROM "house" AS "x1" WHERE ("x1"."steward_id" = ' in sql


def test_a_role_that_is_known_leaves_no_trace_in_the_query(tables: Tables) -> None:
    unit = tables.models["unit"]
    where = to_condition(parse("has_role('admin') or house.steward == actor", NAMING), unit, tables.sql())
    sql, _ = unit.select(unit.id).where(where).sql()
    assert " OR " not in sql
