"""Many records at once come out exactly as one by one, the refused ones with the same reasons."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from models.actor import SYSTEM, Actor, Source
from models.errors import Refused
from models.query import Query
from tests.models.conftest import FORM, Shelves

pytestmark = pytest.mark.both_engines


def members(rnd: random.Random, count: int, bad: bool) -> list[dict[str, Any]]:
    """Values for members, some of them wrong where ``bad``."""
    made: list[dict[str, Any]] = []
    for n in range(count):
        values: dict[str, Any] = {"name": rnd.choice(["张伟", "Li", "王 芳"]) + str(n), "phone": f"139{n:08}"}
        if rnd.random() < 0.3:
            values["expires_on"] = "2030-01-01" if rnd.random() < 0.8 or not bad else "2020-01-01"
        if bad and rnd.random() < 0.05:
            values |= rnd.choice([{"name": ""}, {"phone": "12"}, {"id_number": "E12345678"}, {"interests": (999,)}])
        made.append(values)
    return made


def one_by_one(shelves: Shelves, actor: Actor, entity: str, many: list[dict[str, Any]]) -> list[Any]:
    answers: list[Any] = []
    for values in many:
        try:
            answers.append(shelves.registry.store.create(actor, entity, values, FORM))
        except Refused as refused:
            answers.append(refused.text.to("en"))
    return answers


def at_once(shelves: Shelves, actor: Actor, entity: str, many: list[dict[str, Any]]) -> list[Any]:
    with shelves.registry.store.transaction():
        found = list(shelves.registry.store.create_each(actor, entity, many, FORM))
    return [answer.text.to("en") if isinstance(answer, Refused) else answer for answer in found]


def everything(shelves: Shelves, entity: str) -> list[Any]:
    """Rows, history and search of an entity, without the ids."""
    registry = shelves.registry
    ids = registry.scope.ids(SYSTEM, entity, Query(), 10_000)
    rows = sorted(str({k: v for k, v in row.items() if k != "id"}) for row in registry.rows.read(entity, ids).values())
    log = sorted(str((c.verb, c.title, c.changes)) for id in ids for c in registry.history.of(SYSTEM, entity, id))
    found = [registry.scope.count(SYSTEM, entity, Query(search=text)) for text in ("zw", "0001", "Li1", "芳")]
    return [rows, log, found]


@pytest.mark.parametrize("bad", [False, True])
def test_at_once_is_the_same_as_one_by_one(opened: Callable[..., Any], library_schema: Any, bad: bool) -> None:
    outcomes = []
    for way in (one_by_one, at_once):
        shelves = Shelves(opened(library_schema), {}, {}, {})
        with shelves.registry.connection():
            answers = way(shelves, SYSTEM, "member", members(random.Random(3), 700, bad))
            refused = [a for a in answers if isinstance(a, str)]
            outcomes.append((refused, everything(shelves, "member")))
    assert outcomes[0] == outcomes[1]
    assert bool(outcomes[0][0]) == bad


def test_a_duplicate_within_the_lot_and_one_in_the_table_are_refused(shelves: Shelves) -> None:
    shelves.make("author", name="There")
    answers = at_once(shelves, SYSTEM, "author", [{"name": n} for n in ("A", "There", "B", "A")])
    assert [isinstance(a, int) for a in answers] == [True, False, True, False]


def test_sums_hold_after_a_lot(shelves: Shelves) -> None:
    book = shelves.book()
    lot = [{"book": book, "shelf": shelves.shelves["north"], "cost": "1.25"} for _ in range(1200)]
    ids = shelves.registry.store.create_many(SYSTEM, "copy", lot, Source("import", "1"))
    assert str(shelves.raw("book", book)["worth"]) == "1500.00"
    codes = [row["barcode"] for row in shelves.registry.rows.read("copy", ids).values()]
    assert codes == [f"B{n:06}" for n in range(1, 1201)]


def test_a_lot_is_held_to_the_scope_of_who_writes_it(shelves: Shelves) -> None:
    lot = [{"branch": shelves.branches[b], "code": f"Q{n}"} for n, b in enumerate(["north", "south", "north"])]
    answers = at_once(shelves, shelves.people["north"], "shelf", lot)
    assert [isinstance(a, int) for a in answers] == [True, False, True]
    assert shelves.registry.scope.count(SYSTEM, "shelf") == 4


def test_a_good_lot_needs_no_second_way(shelves: Shelves, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any) -> None:
        raise AssertionError("went one by one")

    monkeypatch.setattr(shelves.registry.store, "create", never)
    ids = shelves.registry.store.create_many(SYSTEM, "member", members(random.Random(1), 600, bad=False), FORM)
    assert len(set(ids)) == 600
