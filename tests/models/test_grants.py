"""What may be written: by whom, which fields, on which records; and what is said to those who may not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import schema as language
from models.actor import SYSTEM
from models.errors import Invalid, NotAllowed, NotFound, Stale
from models.people.reveal import reveal
from tests.models.conftest import FORM, Shelves

BLIND = """
office: {name: {zh: 会, en: Club}, timezone: UTC, currency: EUR}
roles: {head: {label: {zh: 长, en: Head}}, blind: {label: {zh: 盲, en: Blind}}}
accounts: {manage: [head]}
entities:
  gift:
    label: {zh: 礼, en: Gift}
    title: "{number}"
    fields: {number: {type: integer, required: true, label: {zh: 号, en: Number}}}
    access: {read: [head], create: [blind]}
"""


def test_a_grant_without_reading_opens_nothing(opened: Callable[..., Any], tmp_path: Path, person: Any) -> None:
    (tmp_path / "blind.yaml").write_text(BLIND, encoding="utf-8")
    club = opened(language.load(tmp_path / "blind.yaml"))
    blind = person(club, "blind")
    assert not club.access.may(blind, "gift", "create")
    with pytest.raises(NotAllowed):
        club.store.create(blind, "gift", {"number": 1}, FORM)


@pytest.mark.parametrize(
    ("who", "entity", "field", "value"),
    [
        ("desk", "member", "enrolled_by", 1),
        ("desk", "loan", "lent_at", None),
        ("head", "copy", "state", "gone"),
        ("head", "book", "worth", 1),
        ("head", "book", "copies", 1),
        ("head", "book", "created_by", None),
        ("desk", "member", "id_number", "110105194912310011"),
        ("north", "book", "discount", 5),
    ],
)
def test_no_hand_writes_what_the_program_or_another_role_keeps(
    shelves: Shelves, who: str, entity: str, field: str, value: Any
) -> None:
    copy = shelves.copy(shelves.book())
    member = shelves.make("member", name="Mo")
    loan = shelves.make("loan", book_copy=copy, member=member)
    id = {"member": member, "loan": loan, "copy": copy, "book": shelves.raw("copy", copy)["book"]}[entity]
    before = shelves.raw(entity, id)
    with pytest.raises(NotAllowed):
        shelves.registry.store.update(shelves.people[who], entity, id, {field: value}, FORM)
    assert shelves.raw(entity, id) == before


@pytest.mark.both_engines
def test_a_step_from_an_older_version_is_not_taken(shelves: Shelves) -> None:
    copy = shelves.copy(shelves.book(), cost="3")
    store, head = shelves.registry.store, shelves.people["head"]
    store.update(head, "copy", copy, {"note": "torn"}, FORM)
    with pytest.raises(Stale):
        store.step(head, "copy", copy, "put_up", {}, "", FORM, version=1)
    assert shelves.raw("copy", copy)["state"] == "ordered"
    store.step(head, "copy", copy, "put_up", {}, "", FORM, version=2)
    assert shelves.raw("copy", copy)["state"] == "shelved"


@pytest.mark.both_engines
def test_undoing_takes_the_grants_that_doing_took(shelves: Shelves) -> None:
    """A librarian may change books but not their discount; and not a shelf of another branch."""
    store, north, head = shelves.registry.store, shelves.people["north"], shelves.people["head"]
    book = shelves.book(discount="5")
    store.update(head, "book", book, {"discount": "7"}, FORM)
    change = shelves.registry.history.of(head, "book", book)[0].id
    with pytest.raises(NotAllowed):
        store.undo(north, change, FORM)
    theirs = shelves.shelves["south"]
    store.update(head, "shelf", theirs, {"genre": "poetry"}, FORM)
    change = shelves.registry.history.of(head, "shelf", theirs)[0].id
    with pytest.raises(NotFound):
        store.undo(north, change, FORM)
    mine = shelves.make("shelf", branch=shelves.branches["south"], code="M1")
    store.update(head, "shelf", mine, {"branch": shelves.branches["north"]}, FORM)
    change = shelves.registry.history.of(head, "shelf", mine)[0].id
    with pytest.raises((NotAllowed, Invalid)):
        store.undo(north, change, FORM)
    assert shelves.raw("shelf", mine)["branch"] == shelves.branches["north"]


@pytest.mark.both_engines
def test_what_was_deleted_in_another_area_does_not_come_back_into_this_one(shelves: Shelves) -> None:
    store, north, south = shelves.registry.store, shelves.people["north"], shelves.people["south"]
    shelf = shelves.make("shelf", branch=shelves.branches["south"], code="Z1")
    entry = store.delete(south, "shelf", shelf, FORM)
    with pytest.raises(NotFound):
        store.restore(north, "shelf", entry, FORM)
    assert store.restore(south, "shelf", entry, FORM) == shelf


def test_a_masked_value_is_told_only_to_who_may_ask_and_that_is_written_down(shelves: Shelves) -> None:
    member = shelves.make("member", name="Mo", phone="13812345678", id_number="11010519491231002X")
    desk, north = shelves.people["desk"], shelves.people["north"]
    with pytest.raises(NotAllowed):
        reveal(shelves.registry, north, "member", member, "phone", FORM)
    assert "11010519491231002X" in reveal(shelves.registry, desk, "member", member, "id_number", FORM)
    assert [c.verb for c in shelves.registry.history.of(desk, "member", member)] == ["reveal", "create"]
    for name in ("phone", "nosuch"):
        with pytest.raises(NotFound):
            reveal(shelves.registry, desk, "member", member, name, FORM)


TWO_HATS = """
office: {name: {zh: 会, en: Club}, timezone: UTC, currency: EUR}
roles:
  keeper: {label: {zh: 管, en: Keeper}}
  porter: {label: {zh: 门, en: Porter}}
accounts: {manage: [keeper]}
entities:
  room:
    label: {zh: 室, en: Room}
    title: "{name}"
    fields: {name: {type: text, required: true, label: {zh: 名, en: Name}}}
    access: {read: [keeper, porter]}
  guest:
    label: {zh: 客, en: Guest}
    title: "{number}"
    fields:
      number: {type: integer, required: true, label: {zh: 号, en: Number}}
      keeper: {type: ref, to: user, label: {zh: 管, en: Keeper}}
      phone:  {type: phone, label: {zh: 电话, en: Phone}}
      room:   {type: ref, to: room, label: {zh: 室, en: Room}}
    access:
      read: {keeper: own, porter: all}
      update: {keeper: own}
      fields: {phone: {mask: [porter]}, room: {mask: [porter]}}
    scopes: {own: "keeper == actor"}
"""


def test_two_roles_of_one_person_open_no_more_than_both_may_know(
    opened: Callable[..., Any], tmp_path: Path, person: Any
) -> None:
    (tmp_path / "hats.yaml").write_text(TWO_HATS, encoding="utf-8")
    club = opened(language.load(tmp_path / "hats.yaml"))
    keeper, porter = person(club, "keeper"), person(club, "porter")
    both = person(club, "keeper", "porter", username="both")
    room = club.store.create(SYSTEM, "room", {"name": "Blue Room"}, FORM)
    values = {"number": 1, "keeper": keeper.id, "phone": "13900001234", "room": room}
    guest = club.store.create(SYSTEM, "guest", values, FORM)
    assert club.scope.get(keeper, "guest", guest)["phone"] == "13900001234"
    for who in (porter, both):
        seen = club.scope.get(who, "guest", guest)
        assert str(seen["phone"]) == "139****1234"
        assert "room" not in seen.titles and str(seen["room"]) != str(room)
        assert "Blue Room" not in repr(seen)
