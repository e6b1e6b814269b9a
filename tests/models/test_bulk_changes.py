"""Many records changed at once come out exactly as one by one, the refused ones with the same reasons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from models.actor import SYSTEM, Actor
from models.errors import Invalid, NotAllowed, NotFound
from models.query import Query
from models.writes.bulk import Doubt
from tests.models.conftest import FORM, Shelves, furnished

pytestmark = pytest.mark.both_engines
Changes = Mapping[int, Mapping[str, Any]]


def stocked(shelves: Shelves, count: int = 6) -> list[int]:
    book = shelves.book()
    return [shelves.copy(book, cost="5.00", note=f"n{n}") for n in range(count)]


def together(shelves: Shelves, actor: Actor, changes: Changes) -> int:
    return int(shelves.registry.store.update_many(actor, "copy", changes, FORM))


def one_by_one(shelves: Shelves, actor: Actor, changes: Changes) -> int:
    return sum(shelves.registry.store.update(actor, "copy", id, values, FORM) for id, values in changes.items())


def everything(shelves: Shelves) -> list[Any]:
    registry = shelves.registry
    ids = sorted(registry.scope.ids(SYSTEM, "copy", Query(), 100))
    rows = [registry.rows.read("copy", ids)[id] for id in ids]
    log = [[replace(c, id=0, actor_id=0) for c in registry.history.of(SYSTEM, "copy", id)] for id in ids]
    worth = [row["worth"] for row in registry.scope.page(SYSTEM, "book", Query(columns=("worth",))).rows]
    return [rows, str(log), worth]


def test_together_is_the_same_as_one_by_one(
    opened: Callable[..., Any], library_schema: Any, person: Callable[..., Actor]
) -> None:
    """Costs that add up in the book, another shelf, a blank, and some to which nothing is new."""
    outcomes = []
    for way in (one_by_one, together):
        shelves = furnished(opened(library_schema), person)
        ids = stocked(shelves)
        changes = {id: {"cost": f"{n}.25", "bought_on": "2026-02-01"} for n, id in enumerate(ids[:3])}
        changes |= {ids[3]: {"shelf": shelves.shelves["south"]}, ids[4]: {"bought_on": None}, ids[5]: {"cost": "5.00"}}
        assert way(shelves, shelves.people["head"], changes) == 5
        outcomes.append(everything(shelves))
    assert outcomes[0] == outcomes[1]
    assert outcomes[0][2] == [Decimal("18.75")]


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"cost": "-1"}, Invalid), ({"shelf": 999}, Invalid), ({"shelf": None}, Invalid), ({"shelf": "south"}, Invalid),
        ({"state": "gone"}, NotAllowed),
    ],
)  # fmt: skip
def test_all_or_none(shelves: Shelves, values: dict[str, Any], refusal: type[Exception]) -> None:
    """The librarian of the north may not write these; then the good one before it is not written, either."""
    ids = stocked(shelves, 2)
    wrong = {name: shelves.shelves.get(value, value) if value == "south" else value for name, value in values.items()}
    with pytest.raises(refusal):
        together(shelves, shelves.people["north"], {ids[0]: {"cost": "9.00"}, ids[1]: wrong})
    assert [shelves.raw("copy", id)["cost"] for id in ids] == [Decimal("5.00")] * 2
    assert [shelves.raw("copy", id)["version"] for id in ids] == [1, 1]


def test_what_lies_out_of_scope_is_not_found(shelves: Shelves) -> None:
    mine, theirs = shelves.copy(shelves.book()), shelves.copy(shelves.book(), "south")
    with pytest.raises(NotFound):
        together(shelves, shelves.people["north"], {mine: {"cost": "9.00"}, theirs: {"cost": "9.00"}})
    assert shelves.raw("copy", mine)["cost"] is None


@pytest.mark.parametrize(
    ("entity", "values"),
    [
        ("copy", {"barcode": "B1"}), ("copy", {"note": "searched for"}), ("book", {"isbn": "9780000000001"}),
        ("book", {"lendable": False}), ("book", {"authors": ()}), ("member", {"joined_on": "2026-01-01"}),
    ],
)  # fmt: skip
def test_what_something_hangs_on_goes_one_by_one(shelves: Shelves, entity: str, values: dict[str, Any]) -> None:
    """Numbers, what is searched, keys, conditions, links to many, checks."""
    ids = {"copy": shelves.copy(shelves.book()), "book": shelves.book(), "member": shelves.make("member", name="Mo")}
    store = shelves.registry.store
    with pytest.raises(Doubt), store.transaction():
        store.changes.save(
            shelves.people["head"], shelves.registry.schema.entities[entity], {ids[entity]: values}, FORM
        )


def test_nothing_to_change_asks_nothing(shelves: Shelves) -> None:
    assert together(shelves, shelves.people["auditor"], {}) == 0
