"""What schema.yaml promises about the archives: who sees what, spelled how, refused why (domain A1–A13, R1–R12)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

import schema
from models import operations
from models.actor import Source
from models.errors import Invalid, NotAllowed, NotFound, Refused
from models.query import Query
from schema.text import BadValue

FORM = Source("form")
WRITES = ("create", "update", "delete", "restore", "import")
TODAY = date(2026, 3, 16)
ARCHIVES = {
    "A1": ["building"], "A2": ["unit"], "A3": ["resident"], "A4": ["occupancy"], "A5": ["lease", "letting", "viewing"],
    "A6": ["vehicle", "parking_space", "vehicle_pass", "parking_fee"], "A7": ["pet"], "A8": ["temporary_residence"],
    "A9": ["key_item", "key_loan"], "A10": ["handover"], "A11": ["defect"], "A12": ["vacancy"], "A13": ["move_out"],
}  # fmt: skip


PRIVATE = {"absence", "survey_answer", "report_delivery"}
"""Who was ill, what a household answered, what lies in the inbox of a role: no archive is made of them."""
STAFF = {"department", "staff"}
"""Stand beside the accounts and are kept by who keeps those."""


@pytest.mark.parametrize("file", ["schema.yaml", "tests/library.yaml"])
def test_the_schemas_are_sound(file: str) -> None:
    assert [str(problem) for problem in schema.check(file)] == []


def test_every_archive_has_its_entities_and_every_action_its_operation(office_schema: Any) -> None:
    assert {name for names in ARCHIVES.values() for name in names} <= set(office_schema.entities)
    assert list(operations.absent(office_schema)) == []


def test_only_grants_open_anything(office_schema: Any) -> None:
    """The auditor reads every archive but what is private and writes none; the administrator writes who works here."""
    for entity in office_schema.entities.values():
        if entity.builtin:
            continue
        grants = entity.access.grants
        assert ("auditor" in grants["read"]) == (entity.name not in PRIVATE), entity.name
        writers = {role for action in WRITES for role in grants.get(action, {})}
        steps = {role for step in (entity.workflow.steps.values() if entity.workflow else ()) for role in step.by}
        acts = {role for action in entity.actions.values() for role in action.by}
        closed = {"auditor", "sales_desk"} if entity.name in STAFF else {"auditor", "sales_desk", "admin"}
        assert not closed & (writers | steps | acts), entity.name
    assert "admin" not in office_schema.entities["parking_fee"].access.grants["read"]


@pytest.mark.parametrize(
    ("who", "phone", "id_number"),
    [
        ("director", "13812345678", "110101199001011237"),
        ("supervisor", "13812345678", "110101199001011237"),
        ("steward1", "13812345678", "110101**********37"),
        ("frontdesk", "13812345678", "110101**********37"),
        ("cashier", "13812345678", "110101**********37"),
        ("engineer", "13812345678", "110101**********37"),
        ("security", "138****5678", "110101**********37"),
        ("auditor", "138****5678", "110101**********37"),
    ],
)
def test_who_sees_a_phone_and_an_id_number(estate: Any, who: str, phone: str, id_number: str) -> None:
    occupancy = estate.lives(estate.unit("101"), "云一", "owner")
    resident = estate.resident_of(occupancy)
    values = {"phone": "13812345678", "id_number": "110101199001011237"}
    estate.registry.store.update(estate.people["supervisor"], "resident", resident, values, FORM)
    record = estate.registry.scope.get(estate.people[who], "resident", resident)
    assert (str(record["phone"]), str(record["id_number"])) == (phone, id_number)
    linked = str(estate.registry.scope.get(estate.people[who], "occupancy", occupancy)["phone"])
    assert (linked == phone) == (phone == "13812345678")


def test_a_steward_sees_the_own_area_and_new_residents_until_they_live_elsewhere(estate: Any) -> None:
    """A resident a steward has just made has no unit yet; once placed in another area, the resident is gone."""
    steward, other = estate.people["steward1"], estate.people["steward2"]
    mine = estate.lives(estate.unit("101"), "云一", "owner")
    theirs = estate.lives(estate.unit("101", building="2"), "山二", "owner")
    assert estate.registry.scope.get(steward, "resident", estate.resident_of(mine)).title == "云一"
    hidden = {"occupancy": theirs, "resident": estate.resident_of(theirs), "building": estate.buildings["2"]}
    for entity, id in hidden.items():
        with pytest.raises(NotFound):
            estate.registry.scope.get(steward, entity, id)
    new = estate.registry.store.create(steward, "resident", {"name": "禾四"}, FORM)
    assert [row.title for row in estate.registry.scope.page(steward, "resident", Query(search="禾四")).rows] == ["禾四"]
    with pytest.raises(NotFound):
        estate.registry.scope.get(other, "resident", new)
    estate.make("occupancy", unit=estate.unit("102", building="2"), resident=new, role="owner")
    with pytest.raises(NotFound):
        estate.registry.scope.get(steward, "resident", new)


@pytest.mark.parametrize("text", ["3-2-1001", "3栋2单元1001", "3栋2单元1001室", "3#2-1001", "3号楼2单元1001"])
def test_a_unit_goes_by_many_spellings(estate: Any, text: str) -> None:
    building = estate.make("building", number="3")
    unit = estate.make("unit", building=building, section="2", room="1001")
    assert estate.registry.scope.find(estate.people["frontdesk"], "unit", text) == unit
    with pytest.raises(BadValue):
        estate.registry.scope.find(estate.people["frontdesk"], "unit", "3-2-1002")


def test_units_stand_in_the_order_of_their_numbers(estate: Any) -> None:
    for room in ("1001", "201", "102"):
        estate.unit(room)
    titles = [row.title for row in estate.registry.scope.page(estate.people["supervisor"], "unit", Query()).rows]
    assert titles == ["1-1-102", "1-1-201", "1-1-1001"]


@pytest.mark.parametrize(
    ("entity", "values", "why"),
    [
        ("unit", {"area": "80", "usable_area": "81"}, "The usable area cannot be larger"),
        ("resident", {"name": "云一", "account": "6222021234567894"}, "Tick the consent for the bank account"),
        ("resident", {"name": "云一", "birthday": date(2026, 3, 17)}, "cannot lie in the future"),
        ("vehicle_pass", {"valid_from": TODAY, "valid_to": TODAY - timedelta(days=1)}, "cannot expire before"),
        ("lease", {"starts_on": TODAY, "ends_on": TODAY}, "must end after it starts"),
        ("pet", {"name": "年糕", "licence_number": "样犬1"}, "This is required"),
        ("parking_space", {"lot": "B1", "number": "1", "kind": "temporary", "holder": "resident"}, "no holder"),
    ],
)
def test_what_is_refused(estate: Any, entity: str, values: dict[str, Any], why: str) -> None:
    given = {**_links(estate, entity), **values}
    if given.get("holder") == "resident":
        given["holder"] = estate.make("resident", name="云一")
    with pytest.raises(Invalid) as refused:
        estate.make(entity, **given)
    assert why in refused.value.text.to("en")


def test_what_is_out_cannot_be_lent_again(estate: Any) -> None:
    item = estate.make("key_item", number="T1", name="对讲机")
    first, second = (estate.make("key_loan", item=item, borrower=name) for name in ("云一", "山二"))
    desk = estate.people["frontdesk"]

    def step(loan: int, name: str) -> None:
        estate.registry.store.step(desk, "key_loan", loan, name, {}, "", FORM)

    step(first, "lend")
    with pytest.raises(Refused, match="lend it once it is back"):
        step(second, "lend")
    step(first, "give_back")
    step(second, "lend")
    assert estate.registry.scope.get(desk, "key_item", item)["out"] == 1


def test_a_parking_fee_is_reversed_never_deleted(estate: Any) -> None:
    store, people = estate.registry.store, estate.people
    fee = store.create(people["security"], "parking_fee", {"plate": "鲁B12345", "amount": "6"}, FORM)
    for who in people:
        with pytest.raises((NotAllowed, NotFound)):
            store.delete(people[who], "parking_fee", fee, FORM)
        with pytest.raises((NotAllowed, NotFound)):
            store.update(people[who], "parking_fee", fee, {"amount": "60"}, FORM)
    store.step(people["billing"], "parking_fee", fee, "reverse", {}, "收错", FORM)
    assert estate.registry.scope.get(people["director"], "parking_fee", fee)["state"] == "reversed"


def _links(estate: Any, entity: str) -> dict[str, Any]:
    """The links a record of ``entity`` cannot do without."""
    if entity == "unit":
        return {"building": estate.buildings["1"], "section": "1", "room": "999"}
    if entity == "vehicle_pass":
        unit, owner = estate.unit("999"), estate.make("resident", name="云一")
        return {"vehicle": estate.make("vehicle", plate="鲁B12345", unit=unit, owner=owner)}
    if entity in ("lease", "pet"):
        link = "tenant" if entity == "lease" else "owner"
        return {"unit": estate.unit("999"), link: estate.make("resident", name="云一")}
    return {}
