"""A rule of an entity fills in and refuses values before every write: one, many, changed, deleted, restored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from models import preparations
from models.actor import SYSTEM, Source
from models.errors import Invalid, Refused, Unconfirmed
from models.preparations import Draft, Prepared, absent, preparation
from schema.text import Text

FORM = Source("form")
CALLS: list[list[Draft]] = []


@preparation("shelve_neatly")
def shelve_neatly(registry: Any, actor: Any, drafts: Sequence[Draft]) -> list[Prepared]:
    """In capitals; no X; a Z wants a note; after a change of Q the branch R is saved again; K is never deleted."""
    CALLS.append(list(drafts))
    return [_neat(registry, draft) for draft in drafts]


def _neat(registry: Any, draft: Draft) -> Prepared:
    if draft.values is None:
        return Prepared(problems={"": [Text("不行", "K stays")]} if draft.old and draft.old["name"] == "K" else {})
    code = str(draft.values["name"] or "none").upper()
    values = {"name": code}
    problems = {"name": [Text("不能是 X", "not X")]} if code == "X" else {}
    confirm = {"name": Text("为什么", "say why")} if code == "Z" else {}
    after = ()
    if draft.old is not None and draft.old["name"] == "Q":
        after = tuple(("branch", id) for (id,) in registry.models["branch"].select(
            registry.models["branch"].id).where(registry.models["branch"].name << ["r", "x"]).tuples())  # fmt: skip
    return Prepared(values, problems, confirm, after)


@pytest.fixture
def shop(library_schema: Any, opened: Any, engine: Any) -> Iterator[Any]:
    schema = replace(library_schema, entities={
        **library_schema.entities, "branch": replace(library_schema.entities["branch"], prepare="shelve_neatly"),
    })  # fmt: skip
    CALLS.clear()
    yield opened(schema, engine.blank())


def put(shop: Any, code: str | None) -> int:
    with shop.store.transaction():
        return int(shop.store.create(SYSTEM, "branch", {"name": code}, FORM))


def code(shop: Any, id: int) -> Any:
    return shop.scope.get(SYSTEM, "branch", id)["name"]


def test_one_is_filled_in_before_what_is_required_is_asked_for(shop: Any) -> None:
    assert (code(shop, put(shop, "a1")), code(shop, put(shop, None))) == ("A1", "NONE")


def test_refusals_say_whether_a_reason_would_do(shop: Any) -> None:
    with pytest.raises(Invalid, match="not X"):
        put(shop, "x")
    with pytest.raises(Unconfirmed, match="say why"):
        put(shop, "z")
    assert shop.scope.count(SYSTEM, "branch") == 0


@pytest.mark.both_engines
def test_many_are_asked_about_at_once_and_the_bad_ones_named(shop: Any) -> None:
    rows = [{"name": f"c{n}"} for n in range(120)]
    ids = shop.store.create_many(SYSTEM, "branch", rows, Source("import"))
    assert [len(drafts) for drafts in CALLS] == [120]
    assert (code(shop, ids[7]), shop.scope.titles(SYSTEM, "branch", ids[7:8])[ids[7]]) == ("C7", "C7")
    CALLS.clear()
    more = [{"name": name} for name in ("d1", "x", "d2", "z")]
    with shop.store.transaction():
        found = list(shop.store.create_each(SYSTEM, "branch", more, Source("import")))
    assert [type(one).__name__ if isinstance(one, Refused) else code(shop, one) for one in found] == [
        "D1", "Invalid", "D2", "Unconfirmed",
    ]  # fmt: skip


def test_a_change_a_deletion_and_a_return_come_by_as_well(shop: Any) -> None:
    id, kept = put(shop, "a1"), put(shop, "k")
    shop.store.update(SYSTEM, "branch", id, {"name": "b2"}, FORM)
    assert code(shop, id) == "B2"
    with pytest.raises(Invalid, match="not X"):
        shop.store.update(SYSTEM, "branch", id, {"name": "x"}, FORM)
    with pytest.raises(Invalid, match="K stays"):
        shop.store.delete(SYSTEM, "branch", kept, FORM)
    entry = shop.store.delete(SYSTEM, "branch", id, FORM)
    CALLS.clear()
    assert shop.store.restore(SYSTEM, "branch", entry, FORM) == id
    assert [(draft.old, draft.values and draft.values["name"]) for draft in CALLS[0]] == [(None, "B2")]


def test_what_goes_by_a_record_is_saved_again_or_the_change_is_refused(shop: Any) -> None:
    first, second = put(shop, "q"), put(shop, "s")
    shop.models["branch"].update(name="r").where(shop.models["branch"].id == second).execute()
    shop.store.update(SYSTEM, "branch", first, {"name": "q1"}, FORM)
    assert code(shop, second) == "R"
    third = put(shop, "q")
    shop.models["branch"].update(name="x").where(shop.models["branch"].id == second).execute()
    with pytest.raises(Invalid, match=r"could not be brought up to date: .*not X"):
        shop.store.update(SYSTEM, "branch", third, {"name": "t"}, FORM)
    assert code(shop, third) == "Q"


def test_a_rule_that_nobody_wrote_is_told_at_the_start(library_schema: Any) -> None:
    schema = replace(library_schema, entities={"book": replace(library_schema.entities["book"], prepare="no_such")})
    assert list(absent(schema)) == ["book.no_such"]


def test_two_rules_of_one_name_are_refused() -> None:
    def other(registry: Any, actor: Any, drafts: Sequence[Draft]) -> list[Prepared]:
        return []

    other.__module__ = "elsewhere"
    with pytest.raises(ValueError, match="shelve_neatly"):
        preparations.preparation("shelve_neatly")(other)
