"""Measures figures over all bills, as reports ask for them, each beside the bare GROUP BY."""

from __future__ import annotations

import sqlite3
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.data import CLERK
from models import Registry
from models.query import Condition, Query
from models.reads.aggregates import Measures, Total

ROUNDS = 5
ALL = Query()
MARCH = Query(conditions=(Condition("period", "equals", "2020-03"),))
SUMS: Measures = {"amount": "amount", "paid": "paid"}
SELECT = "COUNT(*), SUM(b.amount), SUM(b.paid) FROM bill b"
JOINED = f"{SELECT} LEFT JOIN unit u ON u.id = b.unit_id"
EARLY, LATE = "b.due_on < '2020-01-01'", "b.due_on >= '2020-01-01'"


@dataclass(frozen=True)
class Figures:
    """One question: its groups and measures, and the statement that is its floor."""

    name: str
    by: tuple[str, ...]
    floor: str
    measures: Measures
    query: Query = ALL


QUESTIONS = (
    Figures("figures_total", (), f"SELECT {SELECT}", SUMS),
    Figures("figures_state", ("state",), f"SELECT b.state, {SELECT} GROUP BY 1", SUMS),
    Figures("figures_month", ("due_on:month",), f"SELECT substr(b.due_on, 1, 7), {SELECT} GROUP BY 1", SUMS),
    Figures("figures_over_link", ("unit.building",), f"SELECT u.building_id, {JOINED} GROUP BY 1", SUMS),
    Figures(
        "figures_one_month", ("unit.building",),
        f"SELECT u.building_id, {JOINED} WHERE b.period = '2020-03' GROUP BY 1", SUMS, MARCH,
    ),
    Figures(
        "figures_by_age", ("state",),
        f"SELECT b.state, COUNT(*), SUM(CASE WHEN {EARLY} THEN b.amount - b.paid END),"
        f" SUM(CASE WHEN {LATE} THEN b.amount - b.paid END) FROM bill b GROUP BY 1",
        {
            "early": Total("amount - paid", "due_on < '2020-01-01'"),
            "late": Total("amount - paid", "due_on >= '2020-01-01'"),
        },
    ),
)  # fmt: skip


def figures(registry: Registry, sql: sqlite3.Connection, rows: int, rounds: int = ROUNDS) -> list[dict[str, Any]]:
    """One entry a question: the median of ours and of the bare statement, asked in turns."""
    with registry.connection():
        actor = registry.accounts.actor(registry.accounts.id_of(CLERK))
        assert actor is not None, "the clerk of the bench has no account"
        return [_measured(registry, sql, actor, one, rows, rounds) for one in QUESTIONS]


def _measured(
    registry: Registry, sql: sqlite3.Connection, actor: Any, one: Figures, rows: int, rounds: int
) -> dict[str, Any]:
    def ours() -> object:
        return registry.scope.aggregate(actor, "bill", one.measures, one.by, query=one.query)

    def floor() -> object:
        return sql.execute(one.floor).fetchall()

    times = [(_took(ours), _took(floor)) for _ in range(rounds + 1)][1:]
    mine, bare = (statistics.median(column) for column in zip(*times, strict=True))
    return {
        "name": one.name, "rows": rows, "ours_ms": round(mine, 2), "floor_ms": round(bare, 3),
        "ratio": round(mine / bare, 2), "growth": 1.0,
    }  # fmt: skip


def _took(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000
