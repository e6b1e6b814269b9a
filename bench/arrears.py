"""Measures the arrears page over all bills beside the bare statement that adds the same up."""

from __future__ import annotations

import sqlite3
import statistics
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from typing import Any

from bench.estate import DIRECTOR, TODAY, estate
from models import reports
from models.storage.database import PRAGMAS

ROUNDS = 5


def figures(rows: int, rounds: int = ROUNDS) -> list[dict[str, Any]]:
    """The arrears by building and by unit, and the collection rate, at that many bills."""
    registry = estate(rows)
    with registry.connection(), closing(sqlite3.connect(registry.var / "office.db")) as sql:
        for name in ("cache_size", "mmap_size"):
            sql.execute(f"PRAGMA {name} = {PRAGMAS[name]}")
        return [
            _measured(
                "arrears_page", rows, rounds, lambda: reports.run(registry, DIRECTOR, "arrears"), lambda: _bare(sql)
            ),
            _measured(
                "arrears_by_unit", rows, rounds, lambda: reports.run(registry, DIRECTOR, "arrears", {"group": "unit"}),
                lambda: _bare(sql, "b.unit_id"),
            ),
            _measured(
                "collection_rate", rows, rounds, lambda: reports.run(registry, DIRECTOR, "collection_rate"),
                lambda: _bare_rate(sql),
            ),
        ]  # fmt: skip


def _bare(sql: sqlite3.Connection, by: str = "u.building_id") -> object:
    ages = ", ".join(
        f"SUM(CASE WHEN b.due_on BETWEEN '{TODAY - timedelta(days=last)}' AND '{TODAY - timedelta(days=first)}'"
        " THEN b.owed END)"
        for first, last in ((1, 30), (31, 90), (91, 365), (366, 99_999))
    )
    return sql.execute(
        f"SELECT {by}, COUNT(*), COUNT(DISTINCT b.unit_id), SUM(b.owed), {ages} FROM bill b"
        f" JOIN unit u ON u.id = b.unit_id WHERE b.owed > 0 AND b.due_on < '{TODAY}' GROUP BY 1"
    ).fetchall()


def _bare_rate(sql: sqlite3.Connection) -> object:
    first, last = TODAY.replace(day=1), TODAY.replace(day=30)
    return sql.execute(
        "SELECT fee_type_id, SUM(amount), SUM(paid), SUM(waived), SUM(owed), COUNT(DISTINCT unit_id) FROM bill"
        f" WHERE state = 'published' AND starts_on >= '{first - timedelta(days=366)}' AND starts_on <= '{last}'"
        f" AND ends_on >= '{first}' GROUP BY 1"
    ).fetchall()


def _measured(
    name: str, rows: int, rounds: int, ours: Callable[[], object], floor: Callable[[], object]
) -> dict[str, Any]:
    times = [(_took(ours), _took(floor)) for _ in range(rounds + 1)][1:]
    mine, bare = (statistics.median(column) for column in zip(*times, strict=True))
    return {"name": name, "rows": rows, "ours_ms": round(mine, 2), "floor_ms": round(bare, 3),
            "ratio": round(mine / bare, 2), "growth": 1.0}  # fmt: skip


def _took(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000
