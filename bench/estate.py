"""A property office under measurement: the shipped schema with any number of bills, filled once by plain SQL."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import office as rules  # importing the rules makes the operations that the schema names known
from bench.data import HERE, buildings, insert, record
from models import Registry, open_office
from models.actor import Actor
from models.clock import StoppedClock
from schema import load

SCHEMA = HERE.parent / "schema.yaml"
TODAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)
"""The moment at which the estate stands still: noon in its own time."""
YEARS = 10
DIRECTOR = Actor(None, "director", frozenset({"director"}))
STANDING = ("paid", "paid", "paid", "paid", "paid", "paid", "paid", "unpaid", "unpaid", "part_paid")
"""How one bill in ten stands; three of ten owe something."""


def estate(bills: int) -> Registry:
    """The open office with that many bills, made when it is not there yet."""
    assert rules.__all__
    schema = load(SCHEMA)
    recipe = hashlib.sha256(schema.digest.encode() + Path(__file__).read_bytes()).hexdigest()[:8]
    folder = HERE / "data" / f"estate-{bills}-{recipe}"
    registry = open_office(schema, folder, clock=StoppedClock(schema.office.timezone, NOON))
    done = folder / "filled"
    if not done.exists():
        started = time.perf_counter()
        print(f"filling an estate with {bills:,} bills ...", flush=True)
        with registry.connection():
            _fill(registry, bills)
        done.touch()
        print(f"  {time.perf_counter() - started:.0f} s", flush=True)
    return registry


def _fill(registry: Registry, bills: int) -> None:
    units = max(100, bills // 40)
    count = max(5, units // 200)
    made = {
        "building": buildings(count), "unit": _units(units, count), "fee_type": iter(_FEE_TYPES),
        "bill": _bills(bills, units), "receipt": iter(_RECEIPT), "payment": iter(_PAYMENT),
        "allocation": _allocations(bills),
    }  # fmt: skip
    with registry.db.atomic():
        registry.db.execute_sql("PRAGMA foreign_keys = 0")
        for table, records in made.items():
            insert(registry, table, records)
    registry.db.execute_sql("ANALYZE")


_FEE_TYPES = [
    record(n, name, name=name, category=category, basis="per_m2", cycle="quarter", due_days=30,
            vacancy_percent=10000, vacancy_after_days=0, target=target, active=1)
    for n, (name, category, target) in enumerate((("物业费", "property", 9500), ("水费", "water", 10000)), 1)
]  # fmt: skip
_RECEIPT = [record(1, "SJ00000001", number="SJ00000001", kind="payment", taken_on=TODAY, state="valid", amount=0)]
_PAYMENT = [record(1, "SJ00000001", receipt_id=1, method="cash", amount=0, paid_on=TODAY, for_bills=1, settled=0,
                    credit=0)]  # fmt: skip


def _units(count: int, houses: int) -> Iterator[dict[str, Any]]:
    for id in range(1, count + 1):
        building, place = (id - 1) % houses + 1, (id - 1) // houses
        room = f"{place // 4 + 1}{place % 4 + 1:02}"
        yield record(id, f"{building}-1-{room}", building_id=building, section="1", room=room, kind="residence",
                      state="occupied", area=5000 + id * 37 % 12000)  # fmt: skip


def _bill(id: int, count: int) -> tuple[int, int, str]:
    """Amount and what of it is paid, in fen, and how it stands."""
    amount = 5000 + id * 7919 % 75_000
    standing = STANDING[id * 31 % len(STANDING)]
    return amount, amount if standing == "paid" else amount // 2 if standing == "part_paid" else 0, standing


def _bills(count: int, units: int) -> Iterator[dict[str, Any]]:
    for id in range(1, count + 1):
        amount, paid, _ = _bill(id, count)
        unit, fee_type = id % units + 1, id // units % 2 + 1
        issued = TODAY - timedelta(days=YEARS * 365 * (count - id) // count)
        yield record(
            id, f"{unit} {fee_type} {id}", unit_id=unit, fee_type_id=fee_type, period=f"{id}", starts_on=issued,
            ends_on=issued + timedelta(days=90), amount=amount, origin="run", issued_on=issued,
            due_on=issued + timedelta(days=30), state="published", voided=0, paid=paid, waived=0, owed=amount - paid,
        )  # fmt: skip


def _allocations(count: int) -> Iterator[dict[str, Any]]:
    """What was paid of the part-paid ones, ten days late."""
    for id in range(1, count + 1):
        _, paid, standing = _bill(id, count)
        if standing == "part_paid":
            issued = TODAY - timedelta(days=YEARS * 365 * (count - id) // count)
            yield record(id, f"{id}", payment_id=1, bill_id=id, amount=paid, late_fee=0, total=paid,
                          on=min(TODAY, issued + timedelta(days=40)), from_credit=0)  # fmt: skip
