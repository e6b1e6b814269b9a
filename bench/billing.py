"""Measures money: a bill run beside one INSERT … SELECT of the same arithmetic, late fees beside one SELECT."""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from bench import data
from models import Registry, open_office
from models.actor import SYSTEM, Source
from models.jobs import perform
from models.query import Query
from models.storage.database import PRAGMAS
from models.storage.natural_order import order_key
from office.billing.late_fee import late_fees
from schema import load

SCHEMA = data.HERE.parent / "schema.yaml"
NAMES = ("bill_run", "late_fees")
ROUNDS = 3
PER_BUILDING = 200
ISSUED = date(2026, 10, 5)
ON = date(2027, 3, 1)
"""The day on which late fees are counted."""
PART = 3_000
"""Fen that every third bill was paid in part."""
STAMP = datetime(2026, 1, 2, 3, 4, 5)


def figures(units: int, bills: int, rounds: int = ROUNDS) -> list[dict[str, Any]]:
    """Two entries: the bill run over ``units``, and the late fees of ``bills``."""
    found = []
    for name, rows in zip(NAMES, (units, bills), strict=True):
        runs = [_apart(name, rows) for _ in range(rounds)]
        ours, floor = (median(run[n] for run in runs) for n in range(2))
        found.append({
            "name": name, "rows": rows, "ours_ms": round(ours, 1), "floor_ms": round(floor, 1),
            "ratio": round(ours / floor, 2), "growth": 1.0, "rows_a_second": round(rows / ours * 1000),
        })  # fmt: skip
    return found


def words(one: dict[str, Any]) -> str:
    """What stands behind the line in the table."""
    return f"  {one['rows_a_second']} bills a second"


def _apart(name: str, rows: int) -> tuple[float, ...]:
    """One round in a process of its own: ours and the floor (ms)."""
    run = subprocess.run(
        [sys.executable, "-m", "bench.billing", name, str(rows)], check=True, capture_output=True, text=True,
        cwd=data.HERE.parent,
    )  # fmt: skip
    return tuple(float(part) for part in run.stdout.splitlines()[-1].split())


# -- the office ------------------------------------------------------------------------------------


def office(units: int, bills: int) -> Path:
    """The folder of an office with so many units that are charged by area, and bills that are owed."""
    schema = load(SCHEMA)
    recipe = hashlib.sha256(schema.digest.encode() + Path(__file__).read_bytes()).hexdigest()[:8]
    folder = data.HERE / "data" / f"money-{units}-{bills}-{recipe}"
    if not (folder / "filled").exists():
        shutil.rmtree(folder, ignore_errors=True)
        registry = open_office(schema, folder)
        with registry.connection():
            _fill(registry, units, bills)
            registry.db.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        registry.close()
        (folder / "filled").touch()
    return folder


def _fill(registry: Registry, units: int, bills: int) -> None:
    create = registry.store.create
    fee = create(SYSTEM, "fee_type", {"name": "物业费", "basis": "per_m2", "cycle": "quarter"}, Source("demo"))
    tariff = create(SYSTEM, "tariff", {"fee_type": fee, "name": "高层"}, Source("demo"))
    create(SYSTEM, "tariff_price", {"tariff": tariff, "starts_on": date(2020, 1, 1), "price": "1.80"}, Source("demo"))
    rule = {"fee_type": fee, "starts_on": date(2016, 1, 1), "daily_rate": "0.05", "cap_percent": "50"}
    create(SYSTEM, "late_fee_rule", rule, Source("demo"))
    buildings = max(1, units // PER_BUILDING)
    with registry.db.atomic():
        registry.db.execute_sql("PRAGMA foreign_keys = 0")
        _insert(registry, "building", ({"number": str(n), "title": str(n)} for n in range(1, buildings + 1)))
        _insert(registry, "unit", _units(units, buildings))
        _insert(registry, "resident", ({"name": data.person(n), "title": data.person(n)} for n in range(1, units + 1)))
        _insert(registry, "occupancy", _owners(units))
        _insert(registry, "charge", _charges(units, tariff))
        _insert(registry, "bill", _bills(bills, units, fee))
        if bills:
            _insert(registry, "receipt", iter([{"title": "SJ00000001", "number": "SJ00000001", "taken_on": ISSUED}]))
            paid = {"receipt_id": 1, "method": "opening", "amount": bills // 3 * PART, "paid_on": ISSUED}
            _insert(registry, "payment", iter([{"title": "SJ00000001", **paid}]))
            _insert(registry, "allocation", _parts_paid(bills))
        registry.db.execute_sql("ANALYZE")


def _insert(registry: Registry, table: str, records: Iterable[dict[str, Any]]) -> None:
    """Records as the store would leave them, ids from 1; what is not given stays empty."""
    model = registry.models[table]
    fields = registry.schema.entities[table].fields
    blank = {
        field.column_name: fields[name].default if name in fields and not callable(fields[name].default) else None
        for name, field in model._meta.fields.items()
    }  # fmt: skip
    plain = {name: value for name, value in blank.items() if isinstance(value, str | int | bool | None)}
    cursor, first = registry.db.cursor(), True
    for batch in data._batches(_whole(records, plain)):
        if first:
            names, marks = ", ".join(f'"{c}"' for c in batch[0]), ", ".join("?" for _ in batch[0])
            sql, first = f'INSERT INTO "{table}" ({names}) VALUES ({marks})', False
        cursor.executemany(sql, [tuple(one.values()) for one in batch])


def _whole(records: Iterable[dict[str, Any]], blank: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for id, given in enumerate(records, 1):
        title = given.pop("title")
        kept = {"id": id, "version": 1, "title_text": title, "title_order": order_key(title), "created_at": STAMP,
                "changed_at": STAMP}  # fmt: skip
        yield {**blank, **given, **kept}


def _room(n: int, buildings: int) -> tuple[int, str]:
    place = (n - 1) // buildings
    return (n - 1) % buildings + 1, f"{place // 4 + 1}{place % 4 + 1:02}"


def _units(units: int, buildings: int) -> Iterator[dict[str, Any]]:
    for n in range(1, units + 1):
        building, room = _room(n, buildings)
        yield {"title": f"{building}-1-{room}", "building_id": building, "section": "1", "room": room,
               "area": 5000 + n * 37 % 12000, "state": "occupied", "handed_over_on": date(2020, 1, 1)}  # fmt: skip


def _owners(units: int) -> Iterator[dict[str, Any]]:
    for n in range(1, units + 1):
        yield {"title": f"{n} {data.person(n)}", "unit_id": n, "resident_id": n, "role": "owner", "is_head": True,
               "started_on": date(2020, 1, 1)}  # fmt: skip


def _charges(units: int, tariff: int) -> Iterator[dict[str, Any]]:
    for n in range(1, units + 1):
        yield {"title": f"{n} 高层", "unit_id": n, "tariff_id": tariff, "starts_on": date(2020, 1, 1), "factor": 10000,
               "payer": "owner"}  # fmt: skip


def _bills(bills: int, units: int, fee: int) -> Iterator[dict[str, Any]]:
    """Bills of the past, all owed; a third is owed in part."""
    for n in range(1, bills + 1):
        period = 2000 + (n - 1) // units
        due = _due(n, bills)
        amount, unit = 10_000 + n * 7919 % 90_000, (n - 1) % units + 1
        paid = PART if n % 3 == 0 else 0
        yield {"title": f"{n} 物业费 {period}", "unit_id": unit, "fee_type_id": fee, "period": str(period),
               "starts_on": due, "ends_on": due, "amount": amount, "payer_id": unit, "issued_on": due,
               "due_on": due, "state": "published", "voided": 0, "origin": "opening", "paid": paid, "waived": 0,
               "owed": amount - paid}  # fmt: skip


def _parts_paid(bills: int) -> Iterator[dict[str, Any]]:
    for n in range(3, bills + 1, 3):
        yield {"title": str(n), "payment_id": 1, "bill_id": n, "amount": PART, "late_fee": 0, "total": PART,
               "on": _due(n, bills) + timedelta(days=40)}  # fmt: skip


def _due(n: int, bills: int) -> date:
    return date(2016, 1, 31) + timedelta(days=n * 3600 // max(1, bills))


# -- the bill run ----------------------------------------------------------------------------------


def bill_run(units: int) -> tuple[float, float]:
    """Milliseconds of publishing a run over all units, and of one INSERT … SELECT of the same bills."""
    folder = office(units, 0)
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        shutil.copytree(folder, Path(temporary) / "ours")
        shutil.copytree(folder, Path(temporary) / "floor")
        return _publish(Path(temporary) / "ours", units), _insert_select(Path(temporary) / "floor", units)


def _publish(var: Path, units: int) -> float:
    registry = open_office(load(SCHEMA), var)
    with registry.connection():
        asked = {"month": "2026-10", "fee_types": [], "buildings": [], "issued_on": ISSUED.isoformat(), "due_on": None}
        begun = {"asked": asked, "begun": 0, "count": units}
        values = {"month": "2026-10", "issued_on": ISSUED, "state": "running", "preview": begun}
        registry.store.create(SYSTEM, "bill_run", values, Source("demo"))
        started = time.perf_counter()
        perform(registry, registry.schema.schedules["bill_runs"], registry.clock.now())
        took = (time.perf_counter() - started) * 1000
        assert registry.scope.count(SYSTEM, "bill") == units
    registry.close()
    return took


def _insert_select(var: Path, units: int) -> float:
    """The same bills by one statement into the same table with the same indexes; no history, search or checks."""
    with closing(_connected(var)) as sql:
        known = {row[1] for row in sql.execute("PRAGMA table_info(bill)")}
        assert {"lines", "owed"} <= known
        started = time.perf_counter()
        sql.execute(_BILLS)
        sql.commit()
        took = (time.perf_counter() - started) * 1000
        assert sql.execute("SELECT count(*), sum(amount) FROM bill").fetchone()[0] == units
    return took


_BILLS = """
INSERT INTO bill (version, title_text, title_order, unit_id, fee_type_id, period, starts_on, ends_on, amount, lines,
    payer_id, origin, issued_on, due_on, state, voided, paid, waived, owed, created_at, changed_at)
SELECT 1, u.title_text || ' 物业费 2026Q4', u.title_order || ' 物业费 2026Q4', u.id, t.fee_type_id, '2026Q4',
    '2026-10-01', '2026-12-31', (u.area * p.price * 3 + 5000) / 10000,
    json_array(json_object('tariff', t.name, 'from', '2026-10-01', 'to', '2026-12-31', 'months', 3, 'days', 92,
        'of_days', 92, 'quantity', printf('%.2f', u.area / 100.0), 'price', printf('%.2f', p.price / 10000.0),
        'percent', '100', 'amount', printf('%.2f', (u.area * p.price * 3 + 5000) / 10000 / 100.0),
        'said', printf('%.2f × %.2f × 3 = %.2f', u.area / 100.0, p.price / 10000.0,
                       (u.area * p.price * 3 + 5000) / 10000 / 100.0))),
    (SELECT o.resident_id FROM occupancy o WHERE o.unit_id = u.id AND o.role = 'owner' AND o.ended_on IS NULL
     ORDER BY o.is_head DESC, o.id LIMIT 1),
    'run', '2026-10-05', '2026-11-04', 'published', 0, 0, 0, (u.area * p.price * 3 + 5000) / 10000,
    '2026-10-05 01:30:00', '2026-10-05 01:30:00'
FROM charge c JOIN unit u ON u.id = c.unit_id JOIN tariff t ON t.id = c.tariff_id
JOIN tariff_price p ON p.tariff_id = t.id AND p.starts_on =
    (SELECT max(q.starts_on) FROM tariff_price q WHERE q.tariff_id = t.id AND q.starts_on <= '2026-10-01')
WHERE c.starts_on <= '2026-10-01' AND (c.ends_on IS NULL OR c.ends_on >= '2026-12-31')
    AND NOT EXISTS (SELECT 1 FROM bill b WHERE b.unit_id = u.id AND b.fee_type_id = t.fee_type_id
                    AND b.period = '2026Q4' AND b.voided = 0)
"""


# -- late fees -------------------------------------------------------------------------------------


def late_fee(bills: int) -> tuple[float, float]:
    """Milliseconds of the late fees of all bills, and of one SELECT that works out the same."""
    folder = office(max(1, bills // 10), bills)
    registry = open_office(load(SCHEMA), folder)
    with registry.connection():
        ids = registry.scope.ids(SYSTEM, "bill", Query(), bills)
        started = time.perf_counter()
        found = late_fees(registry, SYSTEM, ids, ON)
        took = (time.perf_counter() - started) * 1000
        total = sum(fee.fen for fee in found.values())
    registry.close()
    with closing(_connected(folder)) as sql:
        started = time.perf_counter()
        rows = sql.execute(_LATE_FEES, (ON.isoformat(), ON.isoformat(), ON.isoformat(), ON.isoformat())).fetchall()
        floor = (time.perf_counter() - started) * 1000
    theirs = sum(row[1] for row in rows)
    assert len(rows) == len(found) and theirs == total, f"{theirs} and {total}"
    return took, floor


_LATE_FEES = """
SELECT b.id, min((b.amount * r.cap_percent + 5000) / 10000,
    ((b.amount * CAST(julianday(?) - julianday(b.due_on) - 1 AS INTEGER)
      - coalesce((SELECT sum(a.amount * CAST(julianday(?) - max(julianday(a."on"), julianday(b.due_on) + 1) AS INTEGER))
                  FROM allocation a WHERE a.bill_id = b.id AND a."on" < ?), 0)
      - coalesce((SELECT sum(w.amount) FROM waiver w WHERE w.bill_id = b.id AND w.state = 'approved'
                  AND w.kind = 'principal' AND w.waived_on < ?), 0)) * r.daily_rate + 500000) / 1000000) AS fee
FROM bill b JOIN late_fee_rule r ON r.fee_type_id = b.fee_type_id AND r.starts_on =
    (SELECT max(q.starts_on) FROM late_fee_rule q WHERE q.fee_type_id = b.fee_type_id AND q.starts_on <= b.due_on)
WHERE b.state = 'published'
"""


def _connected(var: Path) -> sqlite3.Connection:
    sql = sqlite3.connect(var / "office.db")
    for name, value in PRAGMAS.items():
        sql.execute(f"PRAGMA {name} = {value}")
    return sql


def main() -> None:
    """Measure one of the two once and print milliseconds: ours, and the floor."""
    parser = argparse.ArgumentParser(prog="python -m bench.billing", description=__doc__)
    parser.add_argument("name", choices=(*NAMES, "all"))
    parser.add_argument("rows", type=int, nargs="?", default=100_000)
    options = parser.parse_args()
    if options.name == "all":
        print(json.dumps(figures(options.rows, options.rows * 10), indent=1))
        return
    measured = bill_run(options.rows) if options.name == "bill_run" else late_fee(options.rows)
    print(*measured)


if __name__ == "__main__":
    main()
