"""What people are told: each once, only what they may see, only their own, and only while it came about."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from models.actor import SYSTEM
from models.errors import NotFound, Refused
from models.people.inbox import MOST, Telling
from schema.text import Text, same
from tests.models.conftest import FORM, Shelves


def told(shelves: Shelves, who: str) -> list[str]:
    return [message.text.to("en") for message in shelves.registry.inbox.waiting(shelves.people[who], 50)]


def loan(shelves: Shelves, shelf: str = "north") -> int:
    return shelves.make(
        "loan", book_copy=shelves.copy(shelves.book(), shelf), member=shelves.make("member", name="Ann")
    )


@pytest.mark.both_engines
def test_those_of_the_role_are_told_and_nobody_else(shelves: Shelves) -> None:
    shelves.registry.inbox.tell(Text("早", "Good morning"), roles=("librarian", "desk"))
    assert [told(shelves, who) for who in ("north", "south", "desk", "head", "admin")] == [
        ["Good morning"], ["Good morning"], ["Good morning"], [], [],
    ]  # fmt: skip
    assert shelves.registry.inbox.waiting(shelves.people["desk"], 5)[0].text.to("zh") == "早"


@pytest.mark.both_engines
def test_only_those_who_may_see_the_record_are_told(shelves: Shelves) -> None:
    """Librarians see the loans of their own branch; the administrator, who is named, sees none."""
    id, inbox = loan(shelves), shelves.registry.inbox
    inbox.tell(same("overdue"), roles=("librarian", "desk"), users=(shelves.people["admin"].id,), about=("loan", id))
    assert [told(shelves, who) for who in ("north", "south", "desk", "admin")] == [["overdue"], [], ["overdue"], []]
    (message,) = inbox.waiting(shelves.people["north"], 5)
    assert (message.about, message.is_read) == (("loan", id), False)


@pytest.mark.both_engines
def test_nobody_is_told_twice_under_one_key(shelves: Shelves) -> None:
    inbox, head = shelves.registry.inbox, shelves.people["head"]
    for _ in range(2):
        inbox.tell(same("late"), roles=("desk",), users=(head.id,), key="loan:1:late")
        inbox.tell(same("free"), users=(head.id, head.id))
    inbox.tell(same("late again"), roles=("desk", "head"), key="loan:1:late")
    inbox.tell(same("later"), roles=("head",), key="loan:1:later")
    assert told(shelves, "desk") == ["late"]
    assert told(shelves, "head") == ["later", "free", "free", "late"]


def test_many_things_are_told_with_a_question_for_each_person_and_kind(shelves: Shelves) -> None:
    ids = [loan(shelves, where) for where in ("north", "north", "south")]
    tellings = [Telling(same(f"loan {id}"), ("librarian",), about=("loan", id), key=f"{id}") for id in ids]
    asked: list[str] = []
    plain = shelves.registry.db.execute_sql

    def counted(sql: str, *rest: Any, **more: Any) -> Any:
        asked.append(sql)
        return plain(sql, *rest, **more)

    shelves.registry.db.execute_sql = counted
    try:
        shelves.registry.inbox.tell_each(tellings * 40)
    finally:
        shelves.registry.db.execute_sql = plain
    assert len([sql for sql in asked if sql.startswith("SELECT")]) == 3
    assert [len(told(shelves, who)) for who in ("north", "south")] == [2, 1]


@pytest.mark.both_engines
def test_what_did_not_come_about_is_not_told(shelves: Shelves) -> None:
    registry = shelves.registry
    with pytest.raises(Refused), registry.store.transaction():
        registry.inbox.tell(same("made"), roles=("desk",))
        registry.store.create(SYSTEM, "book", {"name": "no ISBN"}, FORM)
    with registry.store.rehearse():
        registry.inbox.tell(same("tried"), roles=("desk",))
    assert told(shelves, "desk") == []


def test_who_is_switched_off_is_told_nothing(shelves: Shelves) -> None:
    desk = shelves.people["desk"]
    shelves.registry.accounts.disable(desk.id)
    shelves.registry.inbox.tell(same("hello"), roles=("desk",), users=(desk.id,))
    assert told(shelves, "desk") == []


@pytest.mark.both_engines
def test_reading_counts_down_and_is_for_oneself(shelves: Shelves) -> None:
    inbox, desk, head = shelves.registry.inbox, shelves.people["desk"], shelves.people["head"]
    for n in range(3):
        inbox.tell(same(f"m{n}"), roles=("desk", "head"))
    newest, middle, oldest = inbox.waiting(desk, 10)
    assert inbox.unread(desk) == 3
    with pytest.raises(NotFound):
        inbox.read(head, middle.id)
    assert inbox.unread(desk) == 3
    assert inbox.read(desk, middle.id).text.to("en") == "m1"
    inbox.read(desk, middle.id)
    assert (inbox.unread(desk), [m.id for m in inbox.done(desk, 10)]) == (2, [middle.id])
    inbox.read_all(desk, oldest.id)
    assert [m.id for m in inbox.waiting(desk, 10)] == [newest.id]
    inbox.read_all(desk, newest.id)
    assert (inbox.unread(desk), inbox.unread(head), inbox.unread(SYSTEM)) == (0, 3, 0)
    assert [m.id for m in inbox.done(desk, 10, before=middle.id)] == [oldest.id]
    for strange in (0, -1, 2**63, 10**30):
        with pytest.raises(NotFound):
            inbox.read(desk, strange)


def test_counting_ends_at_what_can_be_shown(shelves: Shelves) -> None:
    shelves.registry.inbox.tell_each([Telling(same(str(n)), ("desk",)) for n in range(MOST + 50)])
    assert shelves.registry.inbox.unread(shelves.people["desk"]) == MOST + 1


@pytest.mark.both_engines
def test_the_count_walks_an_index(shelves: Shelves) -> None:
    inbox = shelves.registry.inbox
    inbox.unread(shelves.people["desk"])
    names = {index.name: index.columns for index in shelves.registry.db.get_indexes("_message")}
    assert ["user_id", "read_at", "id"] in names.values()
    if shelves.registry.scope.sqlite:
        plan = shelves.registry.db.execute_sql(f"EXPLAIN QUERY PLAN {inbox._unread_sql}", (1, 5)).fetchall()
        assert any("COVERING INDEX" in step[-1] and "user_id=? AND read_at=?" in step[-1] for step in plan), plan


def test_which_records_still_stand_is_told(shelves: Shelves) -> None:
    inbox, desk = shelves.registry.inbox, shelves.people["desk"]
    kept, gone = loan(shelves), loan(shelves)
    for id in (kept, gone):
        inbox.tell(same("look"), roles=("desk",), about=("loan", id))
    shelves.registry.store.delete(SYSTEM, "loan", gone, FORM)
    found = inbox.standing(desk, inbox.waiting(desk, 10))
    assert found == {("loan", kept): True, ("loan", gone): False}
    inbox.table.update(entity="no_such").execute()
    assert set(inbox.standing(desk, inbox.waiting(desk, 10)).values()) == {False}


def test_old_messages_go(shelves: Shelves, clock: Any) -> None:
    inbox = shelves.registry.inbox
    inbox.tell(same("old"), roles=("desk",), key="k")
    clock.at += timedelta(days=2)
    inbox.tell(same("new"), roles=("desk",))
    assert inbox.forget(clock.now() - timedelta(days=1)) == 1
    assert told(shelves, "desk") == ["new"]
