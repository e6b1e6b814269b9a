"""Taking an import back: what it made goes, what it changed returns, what was touched since stays."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.actor import SYSTEM, Source
from models.errors import NotAllowed, Refused
from models.query import Query
from transfer import imports, undo
from transfer.jobs import undo_now
from transfer.records import ImportLog

FORM = Source("form")
HEADER = "楼号,单元,房间,建筑面积,姓名,手机号,身份证号"
THREE = f"{HEADER}\n1,1,101,80.50,王伟,13800000001,\n1,1,102,90.00,李娜,13800000002,\n1,2,201,70.00,张敏,13800000003,\n"


@pytest.fixture(autouse=True)
def connected(office):
    with office.connection():
        yield


def load(office, text=THREE, actor=SYSTEM, target="units_owners"):
    """The number of the import of this file."""
    ready = imports.prepare(office, actor, target, text.encode(), "file.csv")
    result = imports.run(office, actor, ready, dry_run=False)
    assert result.rejected == []
    return result.import_id


def take_back(office, id, actor=SYSTEM):
    """The import's entry, and what was left of it: (entity, title, reason)."""
    entry = undo_now(office, actor, id)
    return entry, [(one["entity"], one["title"], one["reason"][1]) for one in entry.result["undo"]["left"]]


def count(office, *entities):
    return [office.scope.count(SYSTEM, entity) for entity in entities]


def find(office, entity, title):
    return office.scope.find(SYSTEM, entity, title)


def area(office, title):
    return str(office.scope.get(SYSTEM, "unit", find(office, "unit", title))["area"])


@pytest.mark.both_engines
def test_everything_that_was_made_goes_to_the_trash(office):
    id = load(office)
    entry, left = take_back(office, id)
    assert (entry.state, left) == ("undone", [])
    assert entry.result["undo"]["deleted"] == 10
    assert count(office, "building", "unit", "resident", "occupancy") == [0, 0, 0, 0]
    kept = [one for one, _row in office.trash.rows("unit")]
    assert {one.title for one in kept} == {"1-1-101", "1-1-102", "1-2-201"}
    changes = office.history.of(SYSTEM, "unit", kept[0].record_id)
    assert [(c.verb, c.source, c.detail) for c in changes] == [
        ("delete", "undo", str(id)), ("create", "import", str(id))
    ]  # fmt: skip


@pytest.mark.both_engines
def test_changed_records_get_their_values_back_and_nothing_else_of_theirs(office):
    load(office)
    second = load(office, THREE.replace("80.50", "88.00").replace("90.00", "99.00"))
    unit = find(office, "unit", "1-1-102")
    office.store.update(SYSTEM, "unit", unit, {"remark": "seen"}, FORM)
    entry, left = take_back(office, second)
    assert (left, entry.result["undo"]["deleted"], entry.result["undo"]["restored"]) == ([], 0, 2)
    assert [area(office, t) for t in ("1-1-101", "1-1-102")] == ["80.50", "90.00"]
    assert office.scope.get(SYSTEM, "unit", unit)["remark"] == "seen"
    assert count(office, "unit") == [3]


@pytest.mark.both_engines
def test_what_was_edited_since_is_named_and_stays(office, person):
    wang = person(office, "supervisor", username="wang")
    load(office)
    second = load(office, THREE.replace("80.50", "88.00") + "1,2,202,60.00,赵强,13800000004,\n")
    office.store.update(wang, "unit", find(office, "unit", "1-1-101"), {"area": "91.00"}, FORM)
    office.store.update(wang, "unit", find(office, "unit", "1-2-202"), {"area": "61.00"}, FORM)
    _entry, left = take_back(office, second)
    assert left == [
        ("unit", "1-2-202", "It was changed since by Wang: Floor area."),
        ("unit", "1-1-101", "It was changed since by Wang: Floor area."),
    ]
    assert [area(office, t) for t in ("1-1-101", "1-2-202")] == ["91.00", "61.00"]
    assert count(office, "resident", "occupancy") == [3, 3], "the new owner went, the room stayed"


@pytest.mark.both_engines
def test_what_later_records_refer_to_is_named_and_stays(office):
    first = load(office)
    second = load(office, f"{HEADER}\n1,1,101,80.50,孙丽,13800000009,\n")
    assert count(office, "resident") == [4]
    entry, left = take_back(office, first)
    assert entry.state == "undone"
    assert [(entity, title) for entity, title, _ in left] == [("unit", "1-1-101"), ("building", left[1][1])]
    assert "still referred to" in left[0][2]
    take_back(office, second)
    _entry, left = take_back(office, first)
    assert (left, count(office, "building", "unit", "resident")) == ([], [0, 0, 0]), "once more, and the rest goes too"


@pytest.mark.both_engines
def test_twice_changes_nothing(office):
    load(office)
    id = load(office, THREE.replace("80.50", "88.00") + "1,2,202,60.00,赵强,13800000004,\n")
    first, _ = take_back(office, id)
    unit = find(office, "unit", "1-1-101")
    office.store.update(SYSTEM, "unit", unit, {"area": "88.00"}, FORM)
    restored = office.trash.rows("resident")[0][0]
    office.store.restore(SYSTEM, "resident", restored.id, FORM)
    before = list(office.tables.history.select().dicts())
    again, left = take_back(office, id)
    assert (again.result["undo"], left) == (first.result["undo"], [])
    assert list(office.tables.history.select().dicts()) == before
    assert (area(office, "1-1-101"), count(office, "resident")) == ("88.00", [4])


def test_what_was_deleted_meanwhile_is_no_trouble(office):
    id = load(office)
    occupancy = next(iter(office.scope.stream(SYSTEM, "occupancy", Query())))
    office.store.delete(SYSTEM, "occupancy", occupancy.id, FORM)
    _entry, left = take_back(office, id)
    assert (left, count(office, "unit", "occupancy")) == ([], [0, 0])


def test_it_may_be_broken_off_and_begun_again(office, monkeypatch):
    monkeypatch.setattr(undo, "PAGE", 2)
    id = load(office)
    undoing = undo.Undoing(office, SYSTEM, ImportLog(office).entry(id))
    with office.store.transaction():
        assert undoing.step(0.001)
    assert 0 < undoing.result.deleted < 10
    entry, left = take_back(office, id)
    assert (left, count(office, "building", "unit", "resident", "occupancy")) == ([], [0, 0, 0, 0])
    assert entry.state == "undone"


def test_who_made_it_may_take_it_back_without_the_right_to_delete(office, person):
    wang, other = person(office, "supervisor", username="wang"), person(office, "frontdesk")
    id = load(office, actor=wang)
    entry = ImportLog(office).entry(id)
    assert not undo.may_undo(office, other, entry)
    with pytest.raises(NotAllowed):
        undo_now(office, other, id)
    assert undo.may_undo(office, wang, entry)
    _entry, left = take_back(office, id, wang)
    assert (left, count(office, "unit")) == ([], [0])


def test_nothing_is_said_of_what_the_person_may_not_see(office, person):
    wang = person(office, "supervisor", username="wang")
    id = load(office, actor=wang)
    entry = ImportLog(office).entry(id)
    unit = find(office, "unit", "1-1-101")
    office.store.update(SYSTEM, "unit", unit, {"remark": "secret"}, FORM)
    stranger = office.accounts.actor(wang.id)
    undoing = undo.Undoing(office, stranger.__class__(wang.id, "Wang", frozenset()), entry)
    while undoing.step(1):
        pass
    assert {one.title for one in undoing.result.left if one.entity == "unit"} == {"#1", "#2", "#3"}
    assert {one.reason for one in undoing.result.left} == {undo.OUTSIDE}
    assert "remark" not in str(undoing.result.as_json()) and "备注" not in str(undoing.result.as_json())


def test_an_import_that_wrote_nothing_cannot_be_taken_back(office):
    ready = imports.prepare(office, SYSTEM, "units_owners", f"{HEADER}\n1,1,101,-5,王伟,1,\n".encode(), "file.csv")
    result = imports.run(office, SYSTEM, ready, dry_run=False)
    with pytest.raises(Refused):
        undo_now(office, SYSTEM, result.import_id)


def test_the_same_file_is_new_again_after_it_was_taken_back(office):
    id = load(office)
    log = ImportLog(office)
    entry = log.entry(id)
    assert log.same_file("units_owners", entry.sha256).id == id
    take_back(office, id)
    assert log.same_file("units_owners", entry.sha256) is None
    load(office)
    assert count(office, "unit") == [3]
    assert log.entry(id).begun_at < office.clock.now() + timedelta(seconds=1)
