"""What follows from a record is done after every write of it: one, many, changed, deleted, restored, taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from models import followups
from models.actor import SYSTEM, Actor, Source
from models.errors import Invalid, NotAllowed, NotFound, Refused
from models.followups import Change, absent, follow_up
from models.query import Query
from models.writes.bulk import Doubt
from schema.spec import FollowSpec
from schema.text import Text
from tests.models.conftest import FORM, Shelves, furnished

CALLS: list[list[Change]] = []
DEEDS: list[Callable[..., None]] = []
"""What the follow-up of copies does in a test, beside writing down that it was called."""
FINES = frozenset({("fine", name) for name in ("*", "member", "amount", "reason", "loan")})
Ids = list[int]


@follow_up("after_copy")
def after_copy(registry: Any, actor: Actor, changes: Sequence[Change], source: Source) -> None:
    CALLS.append(list(changes))
    for deed in DEEDS:
        deed(registry, actor, changes, source)


@pytest.fixture
def followed(
    library_schema: Any, opened: Callable[..., Any], engine: Any, person: Callable[..., Actor]
) -> Iterator[Callable[..., Shelves]]:
    """A library whose copies are followed up, by a function that may write what is given."""
    CALLS.clear()
    DEEDS.clear()

    def make(*writes: tuple[str, str]) -> Shelves:
        follow = (FollowSpec("after_copy", frozenset(writes)),)
        copy = replace(library_schema.entities["copy"], follow=follow)
        schema = replace(library_schema, entities={**library_schema.entities, "copy": copy})
        return furnished(opened(schema, engine.blank()), person)

    yield make
    DEEDS.clear()


def notes(shelves: Shelves, ids: Sequence[int]) -> list[Any]:
    return [shelves.raw("copy", id)["note"] for id in ids]


def refuse_bad(registry: Any, actor: Actor, changes: Sequence[Change], source: Source) -> None:
    if any(one.row["note"] == "bad" for one in changes):
        raise Refused(Text("不行", "not this one"))


# -- on every way --------------------------------------------------------------------------------------


@pytest.mark.both_engines
def test_one_record_comes_by_as_it_was_and_as_it_stands(followed: Callable[..., Shelves]) -> None:
    shelves, store = followed(), None
    store = shelves.registry.store
    id = shelves.copy(shelves.book(), note="new")
    store.update(SYSTEM, "copy", id, {"note": "changed", "cost": "3.00"}, FORM)
    store.step(SYSTEM, "copy", id, "put_up", {}, "", FORM)
    entry = store.delete(SYSTEM, "copy", id, FORM)
    store.restore(SYSTEM, "copy", entry, FORM)
    assert {one.entity for call in CALLS for one in call} == {"copy"}
    assert [[(c.old and c.old["note"], c.new and c.new["note"]) for c in call] for call in CALLS] == [
        [(None, "new")], [("new", "changed")], [("changed", "changed")], [("changed", None)], [(None, "changed")],
    ]  # fmt: skip
    assert {call[0].id for call in CALLS} == {id}
    assert CALLS[2][0].became("state", "shelved") and not CALLS[1][0].became("note", "new")
    assert (CALLS[1][0].differs("note"), CALLS[1][0].differs("state"), CALLS[3][0].differs("state")) == (1, 0, 1)


def test_what_changes_nothing_is_no_write(followed: Callable[..., Shelves]) -> None:
    shelves = followed()
    id = shelves.copy(shelves.book(), note="same")
    CALLS.clear()
    shelves.registry.store.update(SYSTEM, "copy", id, {"note": "same"}, FORM)
    assert CALLS == []


def test_what_is_worked_out_has_come_to_pass(followed: Callable[..., Shelves]) -> None:
    """A follow-up is told the stored values that were worked out after the record was written."""
    shelves = followed()
    book = shelves.book()
    DEEDS.append(lambda registry, actor, changes, source: seen.append(registry.rows.one("book", book)["worth"]))
    seen: list[Any] = []
    shelves.copy(book, cost="4.00")
    assert [str(one) for one in seen] == ["4.00"]


@pytest.mark.both_engines
def test_many_come_by_together(followed: Callable[..., Shelves]) -> None:
    shelves = followed()
    store, book = shelves.registry.store, shelves.book()
    rows = [{"book": book, "shelf": shelves.shelves["north"], "note": f"n{n}"} for n in range(120)]
    ids = store.create_many(SYSTEM, "copy", rows, FORM)
    assert [len(call) for call in CALLS] == [120]
    assert CALLS[0][7].id == ids[7] and CALLS[0][7].old is None and CALLS[0][7].row["note"] == "n7"
    CALLS.clear()
    store.update_many(SYSTEM, "copy", {id: {"bought_on": "2026-01-05"} for id in ids[:60]}, FORM)
    assert [len(call) for call in CALLS] == [60]
    assert all(one.differs("bought_on") and not one.differs("note") for one in CALLS[0])
    CALLS.clear()
    store.delete_together(SYSTEM, "copy", ids[:50], FORM)
    assert [len(call) for call in CALLS] == [50]
    assert all(one.new is None and one.old is not None for one in CALLS[0])


@pytest.mark.both_engines
def test_many_that_are_saved_one_by_one_still_come_by_together(followed: Callable[..., Shelves]) -> None:
    """A note is searched for, so that it is changed record by record; what nothing came of does not come by."""
    shelves = followed()
    store, book = shelves.registry.store, shelves.book()
    rows = [{"book": book, "shelf": shelves.shelves["north"], "note": f"n{n}"} for n in range(30)]
    ids = store.create_many(SYSTEM, "copy", rows, FORM)
    CALLS.clear()
    store.update_many(SYSTEM, "copy", {id: {"note": "n3"} for id in ids}, FORM)
    with store.gathered(SYSTEM, FORM):
        for id in ids[:4]:
            store.update(SYSTEM, "copy", id, {"cost": "7.00"}, FORM)
        store.update(SYSTEM, "copy", ids[0], {"cost": "8.00"}, FORM)
        with pytest.raises(ZeroDivisionError), store.transaction():
            store.update(SYSTEM, "copy", ids[9], {"cost": "9.00"}, FORM)
            shelves.copy(book)
            1 / 0  # noqa: B018
    assert [len(call) for call in CALLS] == [29, 4]
    assert {one.id: str(one.row["cost"]) for one in CALLS[1]} == {
        ids[0]: "8.00", ids[1]: "7.00", ids[2]: "7.00", ids[3]: "7.00",
    }  # fmt: skip
    assert all(one.old["cost"] is None for one in CALLS[1])


def test_undoing_a_change_is_followed_up_too(followed: Callable[..., Shelves]) -> None:
    shelves = followed()
    id = shelves.copy(shelves.book(), note="first")
    shelves.registry.store.update(SYSTEM, "copy", id, {"note": "second"}, FORM)
    newest = shelves.registry.history.of(SYSTEM, "copy", id)[0]
    CALLS.clear()
    shelves.registry.store.undo(SYSTEM, newest.id, FORM)
    assert [(one.old["note"], one.new["note"]) for call in CALLS for one in call] == [("second", "first")]


def test_what_is_not_followed_costs_no_question(
    followed: Callable[..., Shelves], library: Any, person: Callable[..., Actor]
) -> None:
    """A record that nothing follows from is written with the questions it always took; one more where there is."""
    asked = []
    for shelves in (followed(), furnished(library, person)):
        id = shelves.copy(shelves.book(), note="a")
        asked.append(statements(shelves.registry, lambda: change(shelves, id)))  # noqa: B023
    assert asked[0] == asked[1] + 1


def change(shelves: Shelves, id: int) -> None:
    shelves.registry.store.update(SYSTEM, "copy", id, {"note": "b"}, FORM)


def statements(registry: Any, do: Callable[[], Any]) -> int:
    """How many times the database is asked, savepoints left out."""
    seen: list[str] = []
    plain = registry.db.execute_sql

    def counted(sql: str, *rest: Any, **more: Any) -> Any:
        seen.append(sql)
        return plain(sql, *rest, **more)

    registry.db.execute_sql = counted
    try:
        do()
    finally:
        registry.db.execute_sql = plain
    return len([sql for sql in seen if "SAVEPOINT" not in sql])


# -- what it may do ------------------------------------------------------------------------------------


def fined(registry: Any, actor: Actor, changes: Sequence[Change], source: Source) -> None:
    """A fine for the first member, for every copy that was taken off."""
    away = [one for one in changes if one.became("state", "away")]
    member = registry.scope.ids(actor, "member", Query(), 1)
    values = [{"member": member[0], "amount": "5.00", "reason": str(one.id)} for one in away]
    if values:
        registry.store.create_many(actor, "fine", values, source)


def lost(shelves: Shelves, who: str) -> int:
    """A copy that ``who`` takes off."""
    shelves.make("member", name="Ann")
    id = shelves.copy(shelves.book(), cost="1.00")
    shelves.registry.store.step(shelves.people[who], "copy", id, "put_up", {}, "", FORM)
    shelves.registry.store.step(shelves.people[who], "copy", id, "take_off", {}, "torn", Source("import", "7"))
    return id


@pytest.mark.both_engines
def test_it_writes_what_the_one_who_acts_may_neither_write_nor_see(followed: Callable[..., Shelves]) -> None:
    """A librarian sees no fines and makes none; the follow-up does, in their name and by the way they came."""
    shelves = followed(*FINES)
    DEEDS.append(fined)
    north = shelves.people["north"]
    id = lost(shelves, "north")
    (fine,) = shelves.registry.scope.ids(SYSTEM, "fine", Query(), 10)
    assert shelves.raw("fine", fine)["reason"] == str(id)
    (made,) = shelves.registry.history.of(SYSTEM, "fine", fine)
    assert (made.actor_id, made.source, made.detail) == (north.id, "import", "7")
    with pytest.raises(NotAllowed):
        shelves.registry.scope.get(north, "fine", fine)
    with pytest.raises(NotAllowed):
        shelves.registry.store.create(north, "fine", {"member": 1, "amount": "1"}, FORM)


def test_what_it_was_not_given_it_may_not_do(followed: Callable[..., Shelves]) -> None:
    shelves = followed(("fine", "amount"))
    DEEDS.append(fined)
    with pytest.raises(Invalid, match=r"What follows from “.*” could not be done, so it was not saved"):
        lost(shelves, "north")
    assert shelves.registry.scope.count(SYSTEM, "fine") == 0


def test_it_links_to_what_the_one_who_acts_may_not_see_only_in_what_it_writes(
    followed: Callable[..., Shelves],
) -> None:
    shelves = followed(("copy", "shelf"))
    south, north = shelves.shelves["south"], shelves.people["north"]
    id, other = shelves.copy(shelves.book()), shelves.copy(shelves.book(), shelf="south")

    def move(registry: Any, actor: Actor, changes: Sequence[Change], source: Source) -> None:
        if changes[0].row["note"] == "go south":
            registry.store.update(actor, "copy", changes[0].id, {"shelf": south}, source)

    DEEDS.append(move)
    store = shelves.registry.store
    store.update(north, "copy", id, {"note": "go south"}, FORM)
    assert shelves.raw("copy", id)["shelf"] == south
    with pytest.raises(NotFound):
        store.update(north, "copy", other, {"note": "not mine"}, FORM)
    with pytest.raises(Invalid, match="no such Shelf"):
        store.create(north, "copy", {"book": shelves.book(), "shelf": south}, FORM)


def test_a_refusal_of_its_own_is_said_as_it_is_and_nothing_is_written(followed: Callable[..., Shelves]) -> None:
    shelves = followed()
    id = shelves.copy(shelves.book(), note="good")
    DEEDS.append(refuse_bad)
    with pytest.raises(Invalid) as refused:
        shelves.registry.store.update(SYSTEM, "copy", id, {"note": "bad"}, FORM)
    assert (refused.value.problems[""][0].to("en"), notes(shelves, [id])) == ("not this one", ["good"])
    assert len(shelves.registry.history.of(SYSTEM, "copy", id)) == 1


@pytest.mark.both_engines
def test_of_many_only_the_refused_ones_are_left_out(followed: Callable[..., Shelves]) -> None:
    shelves = followed()
    DEEDS.append(refuse_bad)
    book, store = shelves.book(), shelves.registry.store
    rows = [{"book": book, "shelf": shelves.shelves["north"], "note": "bad" if n == 9 else "good"} for n in range(60)]
    with store.transaction():
        found = list(store.create_each(SYSTEM, "copy", rows, FORM))
    assert [n for n, one in enumerate(found) if isinstance(one, Refused)] == [9]
    assert shelves.registry.scope.count(SYSTEM, "copy") == 59
    ids: Ids = [id for id in found if not isinstance(id, Refused)]
    with pytest.raises(Invalid, match="not this one"):
        store.update_many(SYSTEM, "copy", {id: {"note": "bad" if id == ids[3] else "fine"} for id in ids}, FORM)
    assert set(notes(shelves, ids)) == {"good"}
    shelves.registry.models["copy"].update(note="bad").where(shelves.registry.models["copy"].id == ids[0]).execute()
    with pytest.raises(Doubt):
        store.delete_together(SYSTEM, "copy", ids, FORM)
    assert shelves.registry.scope.count(SYSTEM, "copy") == 59


def test_a_refusal_names_no_record_that_the_person_may_not_see(followed: Callable[..., Shelves]) -> None:
    """A branch of this name is there, but not for this librarian."""
    shelves = followed(("branch", "*"), ("branch", "name"))

    def another(registry: Any, actor: Actor, changes: Sequence[Change], source: Source) -> None:
        registry.store.create(actor, "branch", {"name": "South"}, source)

    DEEDS.append(another)
    with pytest.raises(Invalid) as refused:
        shelves.registry.store.create(
            shelves.people["north"], "copy", {"book": shelves.book(), "shelf": shelves.shelves["north"]}, FORM
        )
    said = refused.value.text.to("en")
    assert "The same Name as another Branch." in said and "South" not in said


# -- one after another ---------------------------------------------------------------------------------


def test_it_may_write_the_record_itself_and_comes_by_again(followed: Callable[..., Shelves]) -> None:
    shelves = followed(("copy", "note"))

    def count_up(registry: Any, actor: Actor, changes: Sequence[Change], source: Source) -> None:
        wanted = {one.id: {"note": one.row["note"] + "!"} for one in changes if not one.row["note"].endswith("!!!")}
        registry.store.update_many(actor, "copy", wanted, source)

    DEEDS.append(count_up)
    id = shelves.copy(shelves.book(), note="a")
    assert (notes(shelves, [id]), len(CALLS)) == (["a!!!"], 4)


def test_a_circle_is_told_and_nothing_is_written(followed: Callable[..., Shelves]) -> None:
    shelves = followed(("copy", "note"))
    id = shelves.copy(shelves.book(), note="a")

    def go_round(registry: Any, actor: Actor, changes: Sequence[Change], source: Source) -> None:
        registry.store.update(actor, "copy", id, {"note": changes[0].row["note"] + "!"}, source)

    DEEDS.append(go_round)
    with pytest.raises(Invalid) as refused:
        shelves.registry.store.update(SYSTEM, "copy", id, {"note": "b"}, FORM)
    said = refused.value.text.to("en")
    assert said.startswith("What follows from one another goes round in a circle") and "Copy → Copy" in said
    assert (notes(shelves, [id]), len(CALLS)) == (["a"], 1 + followups.DEEPEST)
    DEEDS.clear()
    shelves.registry.store.update(SYSTEM, "copy", id, {"note": "c"}, FORM)
    assert notes(shelves, [id]) == ["c"]


def test_a_refused_write_leaves_nothing_to_follow_up_later(
    followed: Callable[..., Shelves], person: Callable[..., Actor]
) -> None:
    """Saved, found to lie where one may not change anything, and rolled back: nothing follows from it."""
    shelves = followed()
    both = person(shelves.registry, "desk", "librarian", username="both")
    branch = shelves.make("branch", name="Both", librarian=both.id)
    shelf = shelves.make("shelf", branch=branch, code="B1")
    id = shelves.make("copy", book=shelves.book(), shelf=shelf)
    CALLS.clear()
    with pytest.raises(NotAllowed, match="outside your own area"):
        shelves.registry.store.update(both, "copy", id, {"shelf": shelves.shelves["south"]}, FORM)
    assert CALLS == []


# -- at the start --------------------------------------------------------------------------------------


def test_one_that_nobody_wrote_is_told_at_the_start(library_schema: Any) -> None:
    book = replace(library_schema.entities["book"], follow=(FollowSpec("after_copy"), FollowSpec("no_such")))
    assert list(absent(replace(library_schema, entities={"book": book}))) == ["book.no_such"]


def test_two_of_one_name_are_refused() -> None:
    def other(registry: Any, actor: Actor, changes: Sequence[Change], source: Source) -> None: ...

    other.__module__ = "elsewhere"
    with pytest.raises(ValueError, match="after_copy"):
        follow_up("after_copy")(other)
