"""Measures files out: each format beside a bare cursor and csv writer that join the same two links."""

from __future__ import annotations

import csv
import io
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from models import Registry
from models.actor import SYSTEM
from transfer.export import FORMATS, export

COLUMNS = ("number", "unit", "payer", "period", "amount", "paid", "due_on", "state", "note")
FLOOR = (
    "SELECT b.number, u.title_text, r.title_text, b.period, b.amount, b.paid, b.due_on, b.state, b.note"
    " FROM bill b LEFT JOIN unit u ON u.id = b.unit_id LEFT JOIN resident r ON r.id = b.payer_id ORDER BY b.id DESC"
)
ROUNDS = 3
FIRST_BYTE = 0.5
"""Seconds within which a file is promised to begin."""


def figures(registry: Registry, rows: int, rounds: int = ROUNDS) -> list[dict[str, Any]]:
    """One entry a format: the whole file, its first byte and the memory it took; ``floor_ms`` is the bare cursor's.

    Each round runs in a process of its own, whose peak of memory is compared with one that only opened the office.
    """
    floors: list[dict[str, float]] = []
    found: dict[str, list[dict[str, float]]] = {name: [] for name in FORMATS}
    for _ in range(rounds):
        floors.append(_apart("floor", registry.var))
        for name, runs in found.items():
            runs.append(_apart(name, registry.var))
    empty = min(_apart("nothing", registry.var)["peak_mb"] for _ in range(2))
    floor = statistics.median(one["ms"] for one in floors)
    return [_entry(name, rows, runs, floor, empty) for name, runs in found.items()]


def _entry(name: str, rows: int, runs: list[dict[str, float]], floor: float, empty: float) -> dict[str, Any]:
    took = statistics.median(one["ms"] for one in runs)
    return {
        "name": f"export_{name}", "rows": rows, "ours_ms": round(took, 1), "floor_ms": round(floor, 1),
        "ratio": round(took / floor, 2), "growth": 1.0,
        "first_byte_ms": round(statistics.median(one["first_ms"] for one in runs), 1),
        "peak_mb": round(max(one["peak_mb"] for one in runs), 1),
        "over_idle_mb": round(max(one["peak_mb"] for one in runs) - empty, 1),
    }  # fmt: skip


def words(one: dict[str, Any]) -> str:
    """What stands behind the line of an export in the table."""
    return (
        f"  first byte {one['first_byte_ms']:.0f} ms, peak {one['peak_mb']:.0f} MB"
        f" ({one['over_idle_mb']:+.0f} over an idle office)"
    )


def _apart(what: str, var: Path) -> dict[str, float]:
    """Run one measurement in a process of its own."""
    run = subprocess.run(
        [sys.executable, "-m", "bench.exporting", what, str(var)], check=True, capture_output=True, text=True,
        cwd=Path(__file__).resolve().parent.parent,
    )  # fmt: skip
    took, first, peak = (float(part) for part in run.stdout.split())
    return {"ms": took, "first_ms": first, "peak_mb": peak}


def main(what: str, var: Path) -> None:
    """Measure ``what`` and print milliseconds, those to the first byte, and the peak of memory in MB."""
    print(*(_drained(_floor(var), time.perf_counter()) if what == "floor" else _ours(what, var)))


def _ours(what: str, var: Path) -> tuple[float, float, float]:
    from bench.data import SCHEMA
    from models import open_office
    from schema import load

    registry = open_office(load(SCHEMA), var)
    with registry.connection():
        started = time.perf_counter()
        blocks: Iterable[bytes] = []
        if what != "nothing":
            blocks = export(registry, SYSTEM, "bill", what, columns=COLUMNS)
        took = _drained(blocks, started)
    registry.close()
    return took


def _drained(blocks: Iterable[bytes], started: float) -> tuple[float, float, float]:
    """Milliseconds to the end and to the first byte, and the most memory of our own on the way, in MB."""
    first, peak = 0.0, own_memory()
    for number, block in enumerate(blocks):
        if not first and block:
            first = (time.perf_counter() - started) * 1000
        if number % 20 == 0:
            peak = max(peak, own_memory())
    return (time.perf_counter() - started) * 1000, first, max(peak, own_memory())


def own_memory() -> float:
    """MB that this process holds for itself now; the database's file mapped into memory is not its own."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon")) / 1024


def _floor(var: Path) -> Iterable[bytes]:
    """The same rows by a bare cursor and csv writer, row by row into a buffer that is sent when it is full."""
    from models.storage.database import PRAGMAS

    connection = sqlite3.connect(var / "office.db")
    for name in ("cache_size", "mmap_size"):
        connection.execute(f"PRAGMA {name} = {PRAGMAS[name]}")
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in connection.execute(FLOOR):
        writer.writerow(row)
        if out.tell() > 1 << 16:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
