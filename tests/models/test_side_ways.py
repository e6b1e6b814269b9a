"""What a person may not see cannot be had by a side way either: orders, cursors, saved filters, typed conditions."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import schema as language
from models.actor import SYSTEM, Actor, Source
from models.errors import Duplicate, Invalid, NotAllowed, NotFound, Refused, StillReferred
from models.query import Condition, PageRef, Query
from models.record import Masked
from schema.text import BadValue

CLUB = """
office: {name: {zh: 会, en: Club}, timezone: UTC, currency: EUR}
roles: {head: {label: {zh: 长, en: Head}}, guide: {label: {zh: 导, en: Guide}}}
accounts: {manage: [head], read: [guide]}
entities:
  donor:
    label: {zh: 捐, en: Donor}
    title: "{name}"
    fields:
      name:  {type: text, required: true, label: {zh: 名, en: Name}}
      guide: {type: ref, to: user, label: {zh: 导, en: Guide}}
      chief: {type: ref, to: donor, label: {zh: 上, en: Chief}}
      note:  {type: text, label: {zh: 注, en: Note}}
      code:  {type: text, unique: true, label: {zh: 码, en: Code}}
    access: {read: {head: all, guide: own}, create: [head, guide], update: [head, guide], delete: [head, guide],
             fields: {note: {mask: "*"}}}
    scopes: {own: "guide == actor"}
  gift:
    label: {zh: 礼, en: Gift}
    title: "{number}"
    fields:
      number: {type: integer, required: true, label: {zh: 号, en: Number}}
      donor:  {type: ref, to: donor, label: {zh: 捐, en: Donor}}
      worth:  {type: integer, label: {zh: 值, en: Worth}}
    show: {list: [title, donor, worth], sort: -worth}
    access: {read: [head, guide], create: [head], update: [head, guide], fields: {worth: {hide: [guide]}}}
    filters:
      dear: {label: {zh: 贵, en: Dear}, where: "worth > 100"}
"""


@pytest.fixture
def club(opened: Callable[..., Any], tmp_path: Path) -> Any:
    file = tmp_path / "club.yaml"
    file.write_text(CLUB, encoding="utf-8")
    return opened(language.load(file))


@pytest.fixture
def guide(club: Any, person: Callable[..., Actor]) -> Actor:
    return person(club, "guide")


def make(club: Any, entity: str, **values: Any) -> int:
    return int(club.store.create(SYSTEM, entity, values, Source("form")))


def told(cursor: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))


@pytest.mark.both_engines
def test_an_order_by_a_hidden_field_is_not_kept_even_where_it_is_the_entity_s_own(club: Any, guide: Actor) -> None:
    for number, worth in ((1, 500), (2, 700), (3, 100)):
        make(club, "gift", number=number, worth=worth)
    page = club.scope.page(guide, "gift", Query(size=2))
    assert [row.id for row in page.rows] == [3, 2]
    assert told(page.next_cursor) == [2]
    assert [row.id for row in club.scope.page(SYSTEM, "gift", Query()).rows] == [2, 1, 3]


@pytest.mark.both_engines
@pytest.mark.parametrize("sort", ["donor", "-donor"])
def test_an_order_by_links_says_nothing_of_records_that_are_closed(club: Any, guide: Actor, sort: str) -> None:
    """Links that are closed stand with those that are blank, last and by number, and every page leads on."""
    mine = [make(club, "donor", name=name, guide=guide.id) for name in ("Bea", "Dan")]
    theirs = [make(club, "donor", name=name) for name in ("Zoe", "Amy")]
    gifts = {donor: make(club, "gift", number=n, donor=donor) for n, donor in enumerate([*theirs, *mine, None], 1)}
    first = [gifts[id] for id in (mine if sort == "donor" else reversed(mine))]
    rest = [gifts[theirs[0]], gifts[theirs[1]], gifts[None]]
    wanted = [*first, *(rest if sort == "donor" else reversed(rest))]

    seen, ref, cursors = [], PageRef(), []
    while True:
        page = club.scope.page(guide, "gift", Query(sort=sort, size=1, page=ref))
        seen += [row.id for row in page.rows]
        cursors += [told(page.next_cursor), told(page.previous_cursor)]
        if not page.has_next:
            break
        ref = PageRef("after", page.next_cursor)
    assert seen == wanted
    assert "zoe" not in str(cursors).lower() and "amy" not in str(cursors).lower()

    back, ref = [], PageRef("last")
    while True:
        page = club.scope.page(guide, "gift", Query(sort=sort, size=2, page=ref))
        back = [row.id for row in page.rows] + back
        if not page.has_previous:
            break
        ref = PageRef("before", page.previous_cursor)
    assert back == wanted
    assert [r.id for r in club.scope.stream(guide, "gift", Query(sort=sort))] == wanted
    assert [
        r.id for r in club.scope.page(guide, "gift", Query(sort=sort, page=PageRef("number", number=2), size=3)).rows
    ] == wanted[3:]


@pytest.mark.both_engines
def test_a_saved_filter_that_reads_a_hidden_field_finds_nothing(club: Any, guide: Actor) -> None:
    make(club, "gift", number=1, worth=500)
    assert club.scope.count(SYSTEM, "gift", Query(saved="dear")) == 1
    assert club.scope.count(guide, "gift", Query(saved="dear")) == 0


@pytest.mark.both_engines
def test_a_typed_condition_does_not_lead_out_of_the_scope(club: Any, guide: Actor) -> None:
    chief = make(club, "donor", name="Zoe")
    make(club, "donor", name="Bea", guide=guide.id, chief=chief)
    assert club.scope.count(guide, "donor", Query(where="name == 'Bea'")) == 1
    for where in ("chief.name == 'Zoe'", "exists(donor, name == 'Zoe')", "chief.chief.name == null"):
        with pytest.raises(NotAllowed):
            club.scope.count(guide, "donor", Query(where=where))
    with pytest.raises(NotAllowed):
        club.scope.count(guide, "gift", Query(where="worth > 1"))
    with pytest.raises(NotAllowed):
        club.scope.count(guide, "donor", Query(where="sum(gift.worth) > 1"))


def test_a_filter_by_a_hidden_field_finds_nothing_and_none(club: Any, guide: Actor) -> None:
    make(club, "gift", number=1, worth=500)
    for op, value in (("from", 1), ("empty", None), ("filled", None), ("not_equals", 3), ("not_in", (1, 2))):
        assert club.scope.count(guide, "gift", Query(conditions=(Condition("worth", op, value),))) == 0


@pytest.mark.both_engines
def test_the_last_who_keeps_the_accounts_cannot_lock_everyone_out(club: Any, person: Callable[..., Actor]) -> None:
    head = person(club, "head")
    for values in ({"active": False}, {"roles": ("guide",)}):
        with pytest.raises(Refused, match="Nobody could keep the accounts"):
            club.store.update(head, "user", head.id, values, Source("form"))
    assert club.rows.one("user", head.id)["active"] is True
    assert club.store.update(head, "user", head.id, {"phone": "13800000000"}, Source("form"))
    second = person(club, "head", "guide", username="second")
    assert club.store.update(second, "user", head.id, {"active": False}, Source("form"))
    with pytest.raises(Refused, match="Nobody could keep the accounts"):
        club.store.update(second, "user", second.id, {"roles": ("guide",)}, Source("form"))
    assert club.store.update(SYSTEM, "user", second.id, {"active": False}, Source("cli"))


@pytest.mark.both_engines
def test_a_record_that_the_database_holds_on_to_is_refused_in_words(club: Any) -> None:
    id = club.accounts.add("head", "Head", ["head"], "correct horse battery")
    with pytest.raises(Refused):
        club.store.delete(SYSTEM, "user", id, Source("cli"))
    assert club.rows.one("user", id) is not None


@pytest.mark.both_engines
def test_a_refusal_names_no_record_that_is_closed(club: Any, guide: Actor) -> None:
    bea = make(club, "donor", name="Bea", guide=guide.id, code="B")
    zoe = make(club, "donor", name="Zoe", chief=bea, code="Z")
    with pytest.raises(Duplicate) as twin:
        club.store.update(guide, "donor", bea, {"code": "Z"}, Source("form"))
    assert str(twin.value) == "Code: The same Code as another Donor." and twin.value.other is None
    with pytest.raises(StillReferred) as held:
        club.store.delete(guide, "donor", bea, Source("form"))
    assert "(Donor)" in str(held.value) and "Zoe" not in str(held.value)
    club.store.update(SYSTEM, "donor", zoe, {"guide": guide.id}, Source("form"))
    with pytest.raises(Duplicate, match="“Zoe”") as twin:
        club.store.update(guide, "donor", bea, {"code": "Z"}, Source("form"))
    assert twin.value.other == zoe
    with pytest.raises(StillReferred, match="Donor Zoe"):
        club.store.delete(guide, "donor", bea, Source("form"))


@pytest.mark.both_engines
def test_nobody_gives_a_record_away_out_of_their_own_area(
    club: Any, guide: Actor, person: Callable[..., Actor]
) -> None:
    bea, other = make(club, "donor", name="Bea", guide=guide.id), person(club, "guide", username="other")
    for values in ({"guide": other.id}, {"guide": None}):
        with pytest.raises(NotAllowed, match="outside your own area"):
            club.store.update(guide, "donor", bea, values, Source("form"))
        with pytest.raises(NotAllowed, match="outside your own area"):
            club.store.create(guide, "donor", {"name": "New", **values}, Source("form"))
    change = make_change(club, bea, other, guide)
    with pytest.raises(NotAllowed, match="outside your own area"):
        club.store.undo(guide, change, Source("undo"))
    assert (club.rows.one("donor", bea) or {})["guide"] == guide.id
    assert club.scope.count(SYSTEM, "donor") == 1


def make_change(club: Any, id: int, before: Actor, after: Actor) -> int:
    """The number of the change that gave a donor from one guide to another."""
    for actor in (before, after):
        club.store.update(SYSTEM, "donor", id, {"guide": actor.id}, Source("form"))
    return int(club.history.of(SYSTEM, "donor", id)[0].id)


@pytest.mark.both_engines
def test_a_grant_to_write_everything_ends_where_reading_ends(club: Any, guide: Actor) -> None:
    zoe = make(club, "donor", name="Zoe")
    for action in ("read", "update", "delete"):
        assert club.scope.visible_ids(guide, "donor", [zoe], action) == set()
    with pytest.raises(NotFound):
        club.store.update(guide, "donor", zoe, {"name": "Mine"}, Source("form"))
    with pytest.raises(NotFound):
        club.store.delete(guide, "donor", zoe, Source("form"))


def test_a_mask_for_everyone_is_a_mask_for_each(club: Any, guide: Actor) -> None:
    bea = make(club, "donor", name="Bea", guide=guide.id, note="whole")
    assert isinstance(club.scope.get(guide, "donor", bea).get("note"), Masked)
    assert club.access.field(guide, "donor", "note") == "masked"
    assert club.scope.count(guide, "donor", Query(where="name == 'Bea'")) == 1
    with pytest.raises(NotAllowed):
        club.scope.count(guide, "donor", Query(where="note == 'whole'"))
    with pytest.raises(NotAllowed):
        club.store.update(guide, "donor", bea, {"note": "mine"}, Source("form"))


@pytest.mark.both_engines
def test_looking_for_a_closed_record_by_its_name_finds_none(club: Any, guide: Actor) -> None:
    bea, zoe = make(club, "donor", name="Bea", guide=guide.id), make(club, "donor", name="Zoe")
    assert club.scope.lookup(SYSTEM, "donor", "Zoe") == [(zoe, "Zoe")]
    assert club.scope.lookup(guide, "donor", "Zoe") == []
    assert club.scope.lookup(guide, "donor", "") == [(bea, "Bea")]
    assert club.scope.find(guide, "donor", "Bea") == bea
    with pytest.raises(BadValue):
        club.scope.find(guide, "donor", "Zoe")
    assert club.scope.find_many(guide, "donor", ["Bea", "Zoe"]) == {"Bea": bea}
    assert club.scope.titles(guide, "donor", [bea, zoe]) == {bea: "Bea"}


@pytest.mark.both_engines
def test_a_link_to_a_closed_record_is_refused_as_if_there_were_none(club: Any, guide: Actor) -> None:
    bea, zoe = make(club, "donor", name="Bea", guide=guide.id), make(club, "donor", name="Zoe")
    gift = make(club, "gift", number=1)
    said = []
    for target in (zoe, 987654):
        for write in (
            lambda target=target: club.store.update(guide, "gift", gift, {"donor": target}, Source("form")),
            lambda target=target: club.store.create(
                guide, "donor", {"name": "New", "guide": guide.id, "chief": target}, Source("form")
            ),
        ):
            with pytest.raises(Invalid, match="There is no such Donor, or you may not see it") as refused:
                write()
            said.append(str(refused.value))
    assert said[:2] == said[2:]
    assert (club.rows.one("gift", gift) or {})["donor"] is None
    assert club.store.update(guide, "gift", gift, {"donor": bea}, Source("form"))


def test_a_hidden_field_is_refused_as_if_there_were_none(club: Any, guide: Actor) -> None:
    gift = make(club, "gift", number=1, worth=500)
    for name in ("worth", "nosuch"):
        with pytest.raises(Invalid) as refused:
            club.store.update(guide, "gift", gift, {name: 1}, Source("form"))
        assert str(refused.value) == f"There is no field “{name}”."
    assert (club.rows.one("gift", gift) or {})["worth"] == 500


@pytest.mark.both_engines
def test_a_link_says_no_title_of_a_closed_record(club: Any, guide: Actor) -> None:
    bea, zoe = make(club, "donor", name="Bea", guide=guide.id), make(club, "donor", name="Zoe")
    open_one, closed_one = make(club, "gift", number=1, donor=bea), make(club, "gift", number=2, donor=zoe)
    assert club.scope.get(guide, "gift", open_one).titles["donor"] == "Bea"
    assert "donor" not in club.scope.get(guide, "gift", closed_one).titles
    listed = {row.id: row.titles.get("donor") for row in club.scope.page(guide, "gift", Query()).rows}
    assert listed == {open_one: "Bea", closed_one: None}
    assert "Zoe" not in str(list(club.scope.stream(guide, "gift", Query())))
