"""What the one door for writes lets through, and the sentence it says when it does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from models.actor import SYSTEM, Source
from models.errors import Duplicate, Invalid, NotAllowed, NotFound, Refused, Stale, StillReferred
from models.query import Query
from models.record import Masked
from schema import load
from schema.text import Text
from tests.conftest import ROOT
from tests.models.conftest import FORM, Shelves, furnished

pytestmark = pytest.mark.both_engines


def said(refused: pytest.ExceptionInfo[Any]) -> str:
    assert isinstance(refused.value, Refused)
    return refused.value.text.to("en")


def test_everything_wrong_is_said_at_once_under_its_field(shelves: Shelves) -> None:
    with pytest.raises(Invalid) as refused:
        shelves.make("book", isbn="short", price="-1", discount="180", lendable=False)
    assert set(refused.value.problems) == {"name", "isbn", "price", "discount", "why_not"}


def test_a_check_is_said_in_its_own_words(shelves: Shelves) -> None:
    with pytest.raises(Invalid) as refused:
        shelves.make("author", name="Li", born=1900, died=1800)
    assert "Nobody dies before being born" in said(refused)
    assert shelves.make("author", name="Li", born=1900)


def test_a_field_that_is_not_shown_is_emptied(shelves: Shelves) -> None:
    book = shelves.book(lendable=False, why_not="torn")
    shelves.registry.store.update(SYSTEM, "book", book, {"lendable": True}, FORM)
    assert shelves.raw("book", book)["why_not"] is None


def test_a_duplicate_names_the_other_record_to_those_who_may_see_it(shelves: Shelves) -> None:
    shelves.registry.store.create(SYSTEM, "shelf", {"branch": shelves.branches["south"], "code": "B2"}, FORM)
    for who, named in (("head", True), ("north", False)):
        with pytest.raises((Duplicate, Invalid)) as refused:
            shelves.registry.store.create(
                shelves.people[who], "shelf", {"branch": shelves.branches["south"], "code": "B2"}, FORM
            )
        assert ("South/B2" in said(refused)) == named


def test_nobody_writes_into_another_s_area(shelves: Shelves) -> None:
    mine, theirs = (shelves.make("shelf", branch=shelves.branches[n], code="C3") for n in ("north", "south"))
    store, north = shelves.registry.store, shelves.people["north"]
    with pytest.raises(NotFound):
        store.update(north, "shelf", theirs, {"code": "D4"}, FORM)
    with pytest.raises(NotFound):
        store.delete(north, "shelf", theirs, FORM)
    with pytest.raises(Refused):
        store.update(north, "shelf", mine, {"branch": shelves.branches["south"]}, FORM)
    assert shelves.raw("shelf", mine)["branch"] == shelves.branches["north"]


def test_a_refused_write_leaves_nothing_behind(shelves: Shelves) -> None:
    before = shelves.registry.scope.count(SYSTEM, "shelf")
    with pytest.raises(Refused):
        shelves.registry.store.create(
            shelves.people["north"], "shelf", {"branch": shelves.branches["south"], "code": "E5"}, FORM
        )
    assert shelves.registry.scope.count(SYSTEM, "shelf") == before
    assert shelves.registry.scope.count(SYSTEM, "shelf", Query(search="E5")) == 0


def test_a_save_from_an_older_version_shows_theirs_and_keeps_mine(shelves: Shelves) -> None:
    store, head = shelves.registry.store, shelves.people["head"]
    book = shelves.book("First")
    store.update(head, "book", book, {"name": "Theirs", "price": "5"}, FORM, version=1)
    with pytest.raises(Stale) as stale:
        store.update(head, "book", book, {"name": "Mine"}, FORM, version=1)
    assert (stale.value.theirs["name"], stale.value.mine["name"], stale.value.fields) == ("Theirs", "Mine", ("name",))
    assert shelves.raw("book", book)["name"] == "Theirs"
    assert not store.update(head, "book", book, {"name": "Theirs"}, FORM, version=1), "no change is no conflict"


def test_a_record_in_use_is_not_deleted_and_the_refusal_says_by_what(shelves: Shelves) -> None:
    book = shelves.book()
    copy = shelves.copy(book)
    with pytest.raises(StillReferred) as refused:
        shelves.registry.store.delete(shelves.people["head"], "book", book, FORM)
    assert shelves.raw("copy", copy)["title_text"] in said(refused)
    author = shelves.make("author", name="Kept")
    shelves.book(authors=(author,))
    with pytest.raises(StillReferred):
        shelves.registry.store.delete(shelves.people["head"], "author", author, FORM)


def test_the_trash_gives_a_record_back_whole(shelves: Shelves) -> None:
    authors = tuple(shelves.make("author", name=n) for n in ("A", "B"))
    book = shelves.book("Whole", authors=authors, topics=("local", "travel"), price="9.90", published="2020-05")
    before = shelves.raw("book", book)
    kept = shelves.registry.store.delete(shelves.people["head"], "book", book, FORM)
    with pytest.raises(NotFound):
        shelves.see("head", "book", book)
    assert shelves.registry.scope.count(SYSTEM, "book", Query(search="Whole")) == 0
    assert shelves.registry.store.restore(shelves.people["head"], "book", kept, FORM) == book
    after = shelves.raw("book", book)
    moved = {"version", "changed_at", "changed_by"}
    assert {k: v for k, v in after.items() if k not in moved} == {k: v for k, v in before.items() if k not in moved}
    assert shelves.registry.scope.count(SYSTEM, "book", Query(search="Whole")) == 1


def test_a_key_taken_meanwhile_keeps_a_record_in_the_trash(shelves: Shelves) -> None:
    first = shelves.make("author", name="Twice")
    kept = shelves.registry.store.delete(SYSTEM, "author", first, FORM)
    shelves.make("author", name="Twice")
    with pytest.raises(Duplicate):
        shelves.registry.store.restore(SYSTEM, "author", kept, FORM)
    assert shelves.registry.trash.take(kept)


def test_a_step_asks_for_what_it_needs_and_only_from_its_state(shelves: Shelves) -> None:
    copy = shelves.copy(shelves.book())
    store, north = shelves.registry.store, shelves.people["north"]
    with pytest.raises(Invalid) as refused:
        store.step(north, "copy", copy, "put_up", {}, "", FORM)
    assert set(refused.value.problems) == {"cost"}
    store.step(north, "copy", copy, "put_up", {"cost": "12.50"}, "", FORM)
    with pytest.raises(Invalid) as refused:
        store.step(north, "copy", copy, "take_off", {}, " ", FORM)
    assert set(refused.value.problems) == {"comment"}
    with pytest.raises(Refused) as wrong:
        store.step(north, "copy", copy, "put_up", {}, "", FORM)
    assert "On the shelf" in said(wrong)
    with pytest.raises(NotAllowed):
        store.step(north, "copy", copy, "write_off", {}, "old", FORM)
    with pytest.raises(Refused):
        store.update(north, "copy", copy, {"state": "gone"}, FORM)
    assert shelves.raw("copy", copy)["state"] == "shelved"


def test_a_step_is_offered_only_where_its_when_holds(
    tmp_path: Path, opened: Callable[..., Any], person: Callable[..., Any]
) -> None:
    text = (ROOT / "tests" / "library.yaml").read_text("utf-8")
    step = '        lend_far:  {from: shelved, to: away, by: head, when: "cost > 10"}\n'
    file = tmp_path / "library.yaml"
    file.write_text(text.replace("        take_off:  {label", f"{step}        take_off:  {{label", 1), "utf-8")
    shelves = furnished(opened(load(file)), person)
    store, head = shelves.registry.store, shelves.people["head"]
    dear, cheap = (shelves.copy(shelves.book(), cost=cost, state="shelved") for cost in ("12", "3"))
    names = [[step.name for step in store.steps(head, "copy", copy)] for copy in (dear, cheap)]
    assert names == [["lend_far", "take_off", "write_off"], ["take_off", "write_off"]]
    with pytest.raises(Refused):
        store.step(head, "copy", cheap, "lend_far", {}, "", FORM)
    store.step(head, "copy", dear, "lend_far", {}, "", FORM)
    assert [shelves.raw("copy", copy)["state"] for copy in (dear, cheap)] == ["away", "shelved"]


def test_many_steps_at_once_report_each_record(shelves: Shelves) -> None:
    ready, bare = shelves.copy(shelves.book(), cost="3"), shelves.copy(shelves.book())
    head, store = shelves.people["head"], shelves.registry.store

    def put_up(id: int) -> Text:
        store.step(head, "copy", id, "put_up", {}, "", Source("bulk"))
        return Text("已上架", "put up")

    outcome = store.each([ready, bare, 99999], put_up)
    assert [id for id, _ in outcome.done] == [ready]
    assert [id for id, _ in outcome.skipped] == [bare, 99999]
    assert shelves.raw("copy", bare)["state"] == "ordered"


def test_history_says_who_when_from_what_to_what_and_undo_takes_it_back(shelves: Shelves) -> None:
    head, store = shelves.people["head"], shelves.registry.store
    book = shelves.book("Old", price="5")
    store.update(head, "book", book, {"name": "New", "price": "6.50"}, FORM)
    change = shelves.registry.history.of(head, "book", book)[0]
    assert (change.actor_name, change.verb, change.source) == (head.name, "update", "form")
    assert change.changes == {"name": ("Old", "New"), "price": (Decimal("5.00"), Decimal("6.50"))}
    assert change.at == shelves.registry.clock.now()
    store.undo(head, change.id, FORM)
    assert (shelves.raw("book", book)["name"], shelves.raw("book", book)["price"]) == ("Old", Decimal("5.00"))


def test_undo_is_refused_where_it_would_take_back_later_work(shelves: Shelves) -> None:
    head, store = shelves.people["head"], shelves.registry.store
    book = shelves.book("One")
    store.update(head, "book", book, {"name": "Two"}, FORM)
    change = shelves.registry.history.of(head, "book", book)[0]
    store.update(head, "book", book, {"name": "Three"}, FORM)
    with pytest.raises(Refused, match="changed again"):
        store.undo(head, change.id, FORM)
    with pytest.raises((NotAllowed, NotFound)):
        store.undo(shelves.people["auditor"], shelves.registry.history.of(head, "book", book)[0].id, FORM)
    assert shelves.raw("book", book)["name"] == "Three"


def test_history_is_masked_like_the_record(shelves: Shelves) -> None:
    member = shelves.make("member", name="Qi", phone="13900001234", email="qi@example.org", birthday=date(1990, 1, 2))
    shelves.registry.store.update(SYSTEM, "member", member, {"phone": "13900005678"}, FORM)
    changes = shelves.registry.history.of(shelves.people["auditor"], "member", member)
    assert all("email" not in c.changes and "birthday" not in c.changes for c in changes)
    old, new = changes[0].changes["phone"]
    assert isinstance(old, Masked) and str(old) == "139****1234" and str(new) == "139****5678"
    assert "0000" not in str(changes).replace("1000000", "")


def test_who_may_not_see_a_value_may_still_take_it_down(shelves: Shelves) -> None:
    desk, store = shelves.people["desk"], shelves.registry.store
    member = store.create(desk, "member", {"name": "Qi", "id_number": "11010519491231002X"}, FORM)
    assert isinstance(shelves.see("desk", "member", member)["id_number"], Masked)
    with pytest.raises(NotAllowed):
        store.update(desk, "member", member, {"id_number": "E12345678"}, FORM)


@pytest.mark.parametrize("who", ["auditor", "admin"])
def test_who_only_reads_writes_nowhere(shelves: Shelves, who: str) -> None:
    actor, store = shelves.people[who], shelves.registry.store
    book = shelves.book()
    for entity in shelves.registry.schema.entities.values():
        if entity.builtin:
            continue
        with pytest.raises((NotAllowed, NotFound)):
            store.create(actor, entity.name, {}, FORM)
    for attempt in (
        lambda: store.update(actor, "book", book, {"name": "x"}, FORM),
        lambda: store.delete(actor, "book", book, FORM),
    ):
        with pytest.raises((NotAllowed, NotFound)):
            attempt()


def test_a_title_follows_the_titles_it_is_made_of(shelves: Shelves) -> None:
    shelf = shelves.make("shelf", branch=shelves.branches["north"], code="Z9")
    shelves.registry.store.update(SYSTEM, "branch", shelves.branches["north"], {"name": "River"}, FORM)
    assert shelves.raw("shelf", shelf)["title_text"] == "River/Z9"
    assert shelves.registry.scope.find(SYSTEM, "shelf", "river Z9".title()) == shelf


def test_numbers_start_again_with_their_period(shelves: Shelves) -> None:
    clock = shelves.registry.clock
    cards = []
    for year in (2026, 2026, 2027):
        clock.at = clock.at.replace(year=year)
        cards.append(shelves.raw("member", shelves.make("member", name="N"))["card"])
    assert cards == ["M260001", "M260002", "M270001"]


def test_a_number_taken_by_a_refused_record_is_given_to_the_next(shelves: Shelves) -> None:
    copy = shelves.copy(shelves.book(), cost="1")
    member = shelves.make("member", name="N")
    with pytest.raises(Invalid):
        shelves.make("loan", book_copy=copy, member=424242)
    with pytest.raises(NotAllowed):
        shelves.registry.store.create(shelves.people["north"], "loan", {"book_copy": copy, "member": member}, FORM)
    assert shelves.raw("loan", shelves.make("loan", book_copy=copy, member=member))["number"].endswith("-001")
