"""Measures a file in: the whole import beside ``sqlite3 .import`` of ready rows into the same tables, and beside saving
row by row."""

from __future__ import annotations

import csv
import io
import random
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from models import Registry, open_office
from models.actor import SYSTEM, Source
from schema import load

SCHEMA = Path(__file__).resolve().parent / "import_schema.yaml"
UNITS = 5000
ALONE = 1000
"""Rows that are saved one by one, to know what that costs."""
ROUNDS = 3
HEADERS = ("编号", "姓名", "性别", "类别", "手机号", "身份证号", "生日", "房屋", "车位", "面积", "费用", "备注")
FAMILY, GIVEN = "王李张刘陈杨赵黄周吴", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def figures(rows: int, rounds: int = ROUNDS) -> list[dict[str, Any]]:
    """The import of ``rows`` rows beside ``.import`` of the same data made ready before, and beside saving row by row.

    In ``import_100k_vs_sqlite_import`` and ``import_100k_vs_row_by_row`` the ``ratio`` says how many times as many
    rows a second the import takes in: at least 0.4 and 10 are wanted.
    """
    runs = [_apart(rows) for _ in range(rounds)]
    ours, floor, alone, peak = (statistics.median(run[n] for run in runs) for n in range(4))
    to_floor, to_alone = (statistics.median(values) for values in zip(*map(_ratios(rows), runs), strict=True))
    same = {"rows": rows, "ours_ms": round(ours, 1), "growth": 1.0, "rows_a_second": round(rows / ours * 1000)}
    return [
        {
            "name": "import_csv", **same, "floor_ms": round(floor, 1), "ratio": round(ours / floor, 2),
            "times_row_by_row": round(to_alone, 1), "peak_mb": round(peak, 1),
        },
        {"name": "import_100k_vs_sqlite_import", **same, "floor_ms": round(floor, 1), "ratio": round(to_floor, 3)},
        {"name": "import_100k_vs_row_by_row", **same, "floor_ms": round(alone * rows, 1), "ratio": round(to_alone, 1)},
    ]  # fmt: skip


def _ratios(rows: int) -> Callable[[tuple[float, ...]], tuple[float, float]]:
    """Of one round: the rows a second beside those of ``.import``, and beside those saved one by one."""
    return lambda run: (run[1] / run[0], run[2] * rows / run[0])


def words(one: dict[str, Any]) -> str:
    """What stands behind the line of an import in the table."""
    return (
        f"  {one['rows_a_second']} rows a second, {one['times_row_by_row']:.0f} × row by row,"
        f" peak {one['peak_mb']:.0f} MB"
    )


def _apart(rows: int) -> tuple[float, ...]:
    """One round in a process of its own: ours, the floor, one row alone (ms), and the peak of memory (MB)."""
    run = subprocess.run(
        [sys.executable, "-m", "bench.importing", str(rows)], check=True, capture_output=True, text=True,
        cwd=Path(__file__).resolve().parent.parent,
    )  # fmt: skip
    return tuple(float(part) for part in run.stdout.split())


def main(rows: int) -> None:
    """Measure once and print milliseconds and MB."""
    with tempfile.TemporaryDirectory() as folder:
        empty, file = _office(Path(folder) / "empty"), _file(Path(folder) / "people.csv", rows)
        ours, peak = _taken_in(empty, Path(folder) / "ours", file)
        floor = _floor(Path(folder) / "ours", empty, Path(folder) / "floor")
        shutil.copytree(empty, Path(folder) / "alone")
        alone = _alone(Path(folder) / "alone", _file(Path(folder) / "few.csv", ALONE)) / ALONE
        print(ours, floor, alone, peak)


def peak_of(rows: int) -> dict[str, Any]:
    """One entry: the most memory that an import of ``rows`` rows takes, in MB, and how fast it is."""
    with tempfile.TemporaryDirectory() as folder:
        empty, file = _office(Path(folder) / "empty"), _file(Path(folder) / "people.csv", rows)
        ours, peak = _taken_in(empty, Path(folder) / "ours", file)
    return {
        "name": "import_1m_peak_mb", "rows": rows, "ours_ms": round(ours, 1), "floor_ms": 0.0,
        "ratio": round(peak, 1), "growth": 1.0, "rows_a_second": round(rows / ours * 1000), "peak_mb": round(peak, 1),
    }  # fmt: skip


def _taken_in(empty: Path, var: Path, file: Path) -> tuple[float, float]:
    """Milliseconds and the peak of memory (MB) of an import in a process that does nothing else."""
    shutil.copytree(empty, var)
    words = [sys.executable, "-m", "bench.importing", str(var), str(file)]
    done = subprocess.run(words, check=True, capture_output=True, text=True, cwd=SCHEMA.parent.parent)
    ours, peak = (float(part) for part in done.stdout.split())
    return ours, peak


def take_in(var: Path, file: Path) -> None:
    """Import a file into an office, and print milliseconds and MB."""
    ours = _timed(lambda: _import(var, file.read_bytes()))
    print(ours, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def _office(var: Path) -> Path:
    """An office that has the units, and nobody yet."""
    registry = open_office(load(SCHEMA), var)
    with registry.connection():
        registry.store.create_many(SYSTEM, "unit", [{"code": _code(n)} for n in range(UNITS)], Source("demo"))
        registry.db.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    registry.close()
    return var


def _code(n: int) -> str:
    return f"{n % 30 + 1}-{n % 4 + 1}-{n}"


def _file(path: Path, rows: int) -> Path:
    """A spreadsheet of made-up people."""
    rnd = random.Random(1)
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEADERS)
        for n in range(rows):
            name = rnd.choice(FAMILY) + rnd.choice(GIVEN) + rnd.choice(GIVEN)
            writer.writerow(
                [f"R{n:07}", name, rnd.choice("男女"), "个人", f"139{n:08}", _id_number(n), f"19{50 + n % 50}-02-03",
                 _code(n % UNITS), _code(n * 7 % UNITS), f"{50 + n % 100}.50", "120.00", f"note {n}"]
            )  # fmt: skip
    return path


def _id_number(n: int) -> str:
    body = f"110105{1950 + n % 50}0{1 + n % 9}{10 + n % 18}{n % 1000:03d}"
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11]


def _import(var: Path, data: bytes) -> None:
    from transfer.imports import prepare, run

    registry: Registry = open_office(load(SCHEMA), var)
    with registry.connection():
        prepared = prepare(registry, SYSTEM, "person", data, "people.csv")
        result = run(registry, SYSTEM, prepared, dry_run=False)
    registry.close()
    if result.rejected or not result.written:
        raise SystemExit(f"the import of the bench was refused: {result.rejected[:3]}")


def _floor(done: Path, empty: Path, var: Path) -> float:
    """``sqlite3 .import`` of all that the import wrote (people, history, search) into the same tables and indexes."""
    shutil.copytree(empty, var)
    tables = {"person": "*", "_history": "*", "person__search": "title, phone"}
    script = ".mode csv\nPRAGMA synchronous=normal;\n"
    with sqlite3.connect(done / "office.db") as source:
        for table, columns in tables.items():
            where = "WHERE entity = 'person'" if table == "_history" else ""
            with (var / f"{table}.csv").open("w", encoding="utf-8", newline="") as out:
                csv.writer(out).writerows(source.execute(f"SELECT {columns} FROM {table} {where}"))
            script += f'.import "{var / table}.csv" {table}\n'
    load_it = ["sqlite3", str(var / "office.db")]
    if shutil.which("sqlite3") is None:
        return _timed(lambda: _load(var, list(tables)))
    return _timed(lambda: subprocess.run(load_it, input=script, text=True, check=True, capture_output=True))


def _load(var: Path, tables: list[str]) -> None:
    """What ``.import`` does, where there is no sqlite3 program."""
    with sqlite3.connect(var / "office.db") as connection:
        for table in tables:
            with (var / f"{table}.csv").open(encoding="utf-8", newline="") as ready:
                first = next(rows := csv.reader(ready))
                marks = ", ".join("?" * len(first))
                into = table if table != "person__search" else f"{table} (title, phone)"
                connection.executemany(f"INSERT INTO {into} VALUES ({marks})", [first, *rows])


def _alone(var: Path, file: Path) -> float:
    """Milliseconds to save the people of a file one by one, each in a transaction of its own."""
    registry = open_office(load(SCHEMA), var)
    with registry.connection():
        lines = csv.DictReader(io.StringIO(file.read_text(encoding="utf-8")))
        fields = registry.schema.entities["person"].fields
        context = registry.scope.context(SYSTEM)
        by_label = {field.label.zh: field for field in fields.values()}

        def save() -> None:
            for line in lines:
                values = {by_label[h].name: by_label[h].type.parse(text, context) for h, text in line.items()}
                registry.store.create(SYSTEM, "person", values, Source("form"))

        took = _timed(save)
    registry.close()
    return took


if __name__ == "__main__":
    if len(sys.argv) == 2:
        main(int(sys.argv[1]))
    else:
        take_in(*map(Path, sys.argv[1:]))
