"""Stored sums and formulas are always what working them out anew would give."""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from models.actor import SYSTEM
from models.errors import Refused
from tests.models.conftest import FORM, Shelves

pytestmark = pytest.mark.both_engines


@pytest.mark.parametrize("seed", range(3))
def test_sums_hold_through_random_work(shelves: Shelves, seed: int) -> None:
    rnd = random.Random(seed)
    books = [shelves.book() for _ in range(4)]
    copies: list[int] = []
    trash: list[int] = []
    store = shelves.registry.store
    for _ in range(60):
        deed = rnd.choice(["add", "add", "price", "move", "step", "delete", "restore"])
        try:
            if deed == "add":
                copies.append(shelves.copy(rnd.choice(books), cost=Decimal(rnd.randrange(1, 900)) / 100))
            elif deed == "restore" and trash:
                copies.append(store.restore(SYSTEM, "copy", trash.pop(), FORM))
            elif copies:
                copy = rnd.choice(copies)
                if deed == "price":
                    store.update(SYSTEM, "copy", copy, {"cost": rnd.choice([None, "7.77"])}, FORM)
                elif deed == "move":
                    store.update(SYSTEM, "copy", copy, {"book": rnd.choice(books)}, FORM)
                elif deed == "step":
                    step = rnd.choice(["put_up", "take_off", "write_off"])
                    store.step(SYSTEM, "copy", copy, step, {"cost": "2.50"}, "because", FORM)
                elif deed == "delete":
                    trash.append(store.delete(SYSTEM, "copy", copy, FORM))
                    copies.remove(copy)
        except Refused:
            continue
    rows = shelves.registry.rows.read("copy", copies).values()
    for book in books:
        worth = sum((r["cost"] or Decimal(0) for r in rows if r["book"] == book and r["state"] != "gone"), Decimal(0))
        assert shelves.raw("book", book)["worth"] == worth
    assert shelves.registry.derived.rebuild("book", "worth") == 0


def test_what_one_puts_off_does_not_hold_back_another(shelves: Shelves) -> None:
    book = shelves.book()
    shelves.registry.db.close()

    def add() -> Decimal:
        with shelves.registry.connection():
            shelves.copy(book, cost="2.50")
            return Decimal(shelves.raw("book", book)["worth"])

    with shelves.registry.derived.later(), ThreadPoolExecutor(1) as other:
        assert other.submit(add).result() == Decimal("2.50")


def test_a_sum_counts_what_two_write_at_the_same_moment(shelves: Shelves) -> None:
    book = shelves.book()
    copies = [shelves.copy(book), shelves.copy(book)]
    shelves.registry.db.close()

    def price(copy: int) -> None:
        with shelves.registry.connection(), shelves.registry.store.transaction():
            shelves.registry.store.update(SYSTEM, "copy", copy, {"cost": "2.50"}, FORM)
            time.sleep(0.2)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(price, copies))
    assert shelves.raw("book", book)["worth"] == Decimal("5.00")


def test_many_writes_work_out_a_sum_once(shelves: Shelves, monkeypatch: pytest.MonkeyPatch) -> None:
    book = shelves.book()
    derived = shelves.registry.derived
    worked: list[str] = []
    compute = derived._compute
    monkeypatch.setattr(derived, "_compute", lambda *a: (worked.append(a[1]), compute(*a))[1])
    with shelves.registry.store.transaction(), derived.later():
        for _ in range(20):
            shelves.copy(book, cost="1")
    assert worked.count("worth") == 1
    assert shelves.raw("book", book)["worth"] == Decimal("20.00")
