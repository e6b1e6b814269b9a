"""The offices that are measured: filled once by plain SQL, and kept in bench/data."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from models import Registry, open_office
from models.storage.natural_order import order_key
from schema import Schema, load

HERE = Path(__file__).resolve().parent
SCHEMA = HERE / "schema.yaml"
CLERK, PASSWORD = "clerk", "a clerk of the bench"
STAMP = datetime(2026, 1, 2, 3, 4, 5)
FIRST_DUE = date(2016, 1, 31)
STATES = ("paid", "paid", "paid", "paid", "paid", "published", "published", "part_paid", "draft", "published")
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红建文"
TABLES = ("building", "unit", "resident", "bill")
BATCH = 20_000


def office(rows: int) -> Registry:
    """The open office with that many bills, made when it is not there yet."""
    schema = load(SCHEMA)
    recipe = hashlib.sha256(schema.digest.encode() + Path(__file__).read_bytes()).hexdigest()[:8]
    folder = HERE / "data" / f"{rows}-{recipe}"
    registry = open_office(schema, folder)
    done = folder / "filled"
    if not done.exists():
        started = time.perf_counter()
        print(f"filling an office with {rows:,} bills ...", flush=True)
        with registry.connection():
            fill(registry, schema, rows)
        done.touch()
        print(f"  {time.perf_counter() - started:.0f} s", flush=True)
    return registry


def fill(registry: Registry, schema: Schema, rows: int) -> None:
    """Write the records as an import of that size would leave them: titles, indexes and search included."""
    units = max(100, rows // 10)
    houses = max(5, units // 400)
    made = {
        "building": buildings(houses),
        "unit": _units(units, houses),
        "resident": _residents(units),
        "bill": _bills(rows, units),
    }
    with registry.db.atomic():
        registry.db.execute_sql("PRAGMA foreign_keys = 0")
        for table in reversed(TABLES):
            registry.db.execute_sql(f'DELETE FROM "{table}"')
        for table in TABLES:
            insert(registry, table, made[table])
        for table in TABLES:
            registry.upkeep.reindex(table, anew=True)
    if not registry.accounts.list():
        registry.accounts.add(CLERK, "Clerk", ["clerk"], PASSWORD)
    registry.db.execute_sql("ANALYZE")


def insert(registry: Registry, table: str, records: Iterable[dict[str, Any]]) -> None:
    columns: tuple[str, ...] = ()
    cursor = registry.db.cursor()
    for batch in _batches(records):
        columns = columns or tuple(batch[0])
        names, marks = ", ".join(f'"{c}"' for c in columns), ", ".join("?" for _ in columns)
        cursor.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', [tuple(r.values()) for r in batch])


def _batches(records: Iterable[dict[str, Any]]) -> Iterator[Sequence[dict[str, Any]]]:
    source = iter(records)
    while batch := list(islice(source, BATCH)):
        yield batch


def record(id: int, title: str, **values: Any) -> dict[str, Any]:
    kept = {"id": id, "version": 1, "title_text": title, "title_order": order_key(title)}
    return {**kept, **values, "created_at": STAMP, "created_by_id": None, "changed_at": STAMP, "changed_by_id": None}


def buildings(count: int) -> Iterator[dict[str, Any]]:
    for id in range(1, count + 1):
        yield record(id, str(id), number=str(id))


def _units(count: int, buildings: int) -> Iterator[dict[str, Any]]:
    for id in range(1, count + 1):
        building, place = (id - 1) % buildings + 1, (id - 1) // buildings
        room = f"{place // 4 + 1}{place % 4 + 1:02}"
        yield record(id, f"{building}-{room}", building_id=building, room=room, area=5000 + id * 37 % 12000)


def person(id: int) -> str:
    """The name of a resident; a name of two characters is shared by about one in 1,600."""
    draw = random.Random(id)
    given = draw.choice(GIVEN) + (draw.choice(GIVEN) if draw.random() < 0.6 else "")
    return draw.choice(SURNAMES) + given


def _residents(count: int) -> Iterator[dict[str, Any]]:
    for id in range(1, count + 1):
        name = person(id)
        yield record(id, name, name=name, phone=f"138{id % 100_000_000:08}")


def _bills(count: int, units: int) -> Iterator[dict[str, Any]]:
    draw = random.Random(7)
    for id in range(1, count + 1):
        unit = (id * 7919) % units + 1
        due = FIRST_DUE + timedelta(days=(id * 3600) // count)
        state = STATES[id * 31 % len(STATES)]
        amount = draw.randrange(5_000, 80_000)
        paid = amount if state == "paid" else amount // 2 if state == "part_paid" else 0
        number = f"ZD{id:08}"
        yield record(
            id, number, number=number, unit_id=unit, payer_id=unit, period=f"{due:%Y-%m}", amount=amount, paid=paid,
            due_on=due, state=state, note=f"{person(unit)} {due:%Y}年{due.month}月物业费",
        )  # fmt: skip
