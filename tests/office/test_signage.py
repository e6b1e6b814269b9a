"""Signs: what is asked for, the two checks a day, what is damaged and repaired, what ends (G1–G3)."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import time, timedelta
from typing import Any

import pytest

from models.errors import Invalid, NotAllowed, NotFound, Refused
from models.operations import Selection
from models.query import Query
from office.signage import checks
from office.signage.checks import Damage, record_check
from office.signage.papers import sign_register
from office.signage.policy import AFTERNOON, MORNING, round_at
from tests.office.money import DAY, FORM, MoneyOffice
from transfer import imports
from transfer.templates import Wanted, template

JPEG = b"\xff\xd8\xff\xe0" + b"0" * 40


def new_sign(money: MoneyOffice, building: str = "1", **values: Any) -> int:
    given = {"category": "floor", "building": money.buildings[building], "floor": 3, "place": "By the lift",
             "text": "3F", "installed_on": money.today - 9 * DAY}  # fmt: skip
    return money.make("sign", **given | values)


def check(money: MoneyOffice, who: str, building: str = "1", damages: Sequence[Damage] = (), **more: Any) -> int:
    return record_check(money.registry, money.people[who], money.buildings[building], damages, **more)


def photo(money: MoneyOffice, who: str, entity: str) -> str:
    return str(money.registry.files.put(money.people[who], entity, None, "sign.jpg", io.BytesIO(JPEG)))


def saved(money: MoneyOffice, entity: str, name: str, who: str = "supervisor") -> list[int]:
    return [row.id for row in money.registry.scope.page(money.people[who], entity, Query(saved=name)).rows]


# -- what is asked for -------------------------------------------------------------------------------


def ask(money: MoneyOffice, who: str = "steward1", building: str = "1", **values: Any) -> int:
    given = {"category": "safety", "building": money.buildings[building], "place": "Garage ramp",
             "text": "Mind your head", "reason": "Two bumps this month"}  # fmt: skip
    return int(money.registry.store.create(money.people[who], "sign_request", given | values, FORM))


def test_a_sign_is_asked_for_approved_made_and_put_up(money: MoneyOffice) -> None:
    key = photo(money, "steward1", "sign_request")
    request = ask(money, photos=(key,), quantity=2, floor=-1)
    money.step("supervisor", "sign_request", "approve", request)
    money.step("engineer", "sign_request", "make", request)
    assert money.rows("sign") == []
    money.step("steward1", "sign_request", "put_up", request)
    (sign,) = money.rows("sign", "text", "state", "quantity", "floor", "installed_on", "request", "photos", "building")
    assert (sign["text"], sign["state"], sign["quantity"], sign["floor"]) == ("Mind your head", "in_use", 2, -1)
    assert (sign["installed_on"], sign["request"], sign["building"]) == (money.today, request, money.buildings["1"])
    assert len(sign["photos"]) == 1 and sign["photos"][0] != key
    found = money.get("sign_request", request)
    assert (found["sign"], found["approved_by"]) == (sign.id, money.people["supervisor"].id)
    money.set("sign_request", request, reason="Three bumps", state="made")
    money.step("steward1", "sign_request", "put_up", request)
    assert len(money.rows("sign")) == 1


def test_it_is_returned_with_a_reason_and_asked_again(money: MoneyOffice) -> None:
    request = ask(money)
    with pytest.raises(Refused):
        money.step("supervisor", "sign_request", "send_back", request)
    money.step("supervisor", "sign_request", "send_back", request, returned_why="Say it in Chinese too")
    assert saved(money, "sign_request", "returned", "steward1") == [request]
    money.registry.store.update(
        money.people["steward1"], "sign_request", request, {"text": "小心碰头 Mind your head"}, FORM
    )
    money.step("steward1", "sign_request", "ask_again", request)
    money.step("supervisor", "sign_request", "approve", request)
    with pytest.raises((NotAllowed, NotFound)):
        money.registry.store.update(money.people["steward1"], "sign_request", request, {"text": "Else"}, FORM)


@pytest.mark.parametrize(
    ("who", "step"),
    [("steward1", "approve"), ("engineer", "approve"), ("steward2", "withdraw"), ("auditor", "approve"),
     ("engineer", "send_back"), ("supervisor", "make"), ("supervisor", "put_up")],
)  # fmt: skip
def test_no_step_is_left_out_nor_taken_by_others(money: MoneyOffice, who: str, step: str) -> None:
    request = ask(money)
    with pytest.raises((NotAllowed, NotFound, Refused)):
        money.step(who, "sign_request", step, request, "because", **({"returned_why": "x"} if "back" in step else {}))
    assert money.get("sign_request", request)["state"] == "requested"


def test_nobody_approves_the_own_request(money: MoneyOffice) -> None:
    request = ask(money, "supervisor")
    with pytest.raises(Refused, match="somebody else"):
        money.step("supervisor", "sign_request", "approve", request)
    money.step("director", "sign_request", "approve", request)


def test_a_temporary_one_has_an_end_and_is_not_put_up_past_it(money: MoneyOffice) -> None:
    with pytest.raises(Invalid):
        ask(money, is_temporary=True)
    with pytest.raises(Invalid, match="Only temporary"):
        ask(money, ends_on=money.today + DAY)
    request = ask(money, is_temporary=True, ends_on=money.today + 3 * DAY)
    money.step("supervisor", "sign_request", "approve", request)
    money.step("engineer", "sign_request", "make", request)
    money.on(money.today + 4 * DAY)
    with pytest.raises(Refused, match="is over"):
        money.step("steward1", "sign_request", "put_up", request)


def test_a_steward_asks_in_the_own_area_alone(money: MoneyOffice) -> None:
    with pytest.raises((Invalid, NotAllowed)):
        ask(money, "steward1", "2")
    assert money.rows("sign_request") == []


# -- the register --------------------------------------------------------------------------------------


def test_temporary_signs_end_into_a_list_until_they_are_removed(money: MoneyOffice) -> None:
    ends = [new_sign(money, is_temporary=True, ends_on=money.today + n * DAY) for n in (-1, 0, 7, 8)]
    theirs = new_sign(money, "2", is_temporary=True, ends_on=money.today - DAY)
    assert saved(money, "sign", "expired", "steward1") == [ends[0]]
    assert saved(money, "sign", "expired") == [ends[0], theirs]
    assert saved(money, "sign", "expiring", "steward1") == ends[1:3]
    money.step("steward1", "sign", "remove", ends[0], "Works are over")
    assert saved(money, "sign", "expired", "steward1") == []
    assert money.get("sign", ends[0])["removed_on"] == money.today


@pytest.mark.parametrize(
    ("values", "said"),
    [({"is_temporary": True}, "required"), ({"is_temporary": True, "ends_on": -20}, "cannot end before"),
     ({"ends_on": 3}, "Only temporary"), ({"installed_on": 1}, "in the future"), ({"quantity": 0}, "1"),
     ({"category": "eleven"}, "eleven")],
)  # fmt: skip
def test_what_the_register_does_not_take(money: MoneyOffice, values: dict[str, Any], said: str) -> None:
    given = {name: money.today + v * DAY if name.endswith("_on") else v for name, v in values.items()}
    with pytest.raises(Invalid, match=said):
        new_sign(money, **given)


def test_the_eleven_categories_and_six_places_are_data(money: MoneyOffice) -> None:
    choices = money.registry.schema.choices
    assert list(choices["sign_category"]) == [
        "building", "floor", "door", "entrance", "lift", "mailbox", "facility", "office", "safety", "road", "other",
    ]  # fmt: skip
    assert len(choices["sign_area"]) == 6


def test_a_steward_does_not_add_reword_or_move_a_sign(money: MoneyOffice) -> None:
    sign, steward, store = new_sign(money), money.people["steward1"], money.registry.store
    store.update(steward, "sign", sign, {"place": "Left of the lift"}, FORM)
    for values in (
        {"text": "4F"},
        {"building": money.buildings["2"]},
        {"state": "removed"},
        {"quantity": 9},
        {"is_temporary": True, "ends_on": money.today},
    ):
        with pytest.raises((Invalid, NotAllowed)):
            store.update(steward, "sign", sign, values, FORM)
    with pytest.raises(NotAllowed):
        store.create(steward, "sign", {"category": "floor", "building": money.buildings["1"], "place": "x",
                                       "text": "y"}, FORM)  # fmt: skip
    with pytest.raises(NotFound):
        money.registry.scope.get(money.people["steward2"], "sign", sign)


def test_the_register_is_filled_in_and_comes_back_by_file(money: MoneyOffice) -> None:
    """The template takes new signs by the words of the office; what is exported comes back as it was."""
    supervisor, registry = money.people["supervisor"], money.registry
    new_sign(money, is_temporary=True, ends_on=money.today + DAY)
    file = "类别,区域,楼栋,所在楼层,位置,标识内容,数量,安装日期\n道路,公共区域,1号楼,,南门,限速 5 公里,2,2025-03-01\n"
    file += "警示,高层,2,-1,车库坡道,小心碰头,1,2025-03-02\n应急,会所,9,,门口,应急集合点,1,2025-03-02\n"
    done = imports.run(registry, supervisor, imports.prepare(registry, supervisor, "sign", file.encode(), "x.csv"),
                       dry_run=False, bad_rows="skip")  # fmt: skip
    assert (done.created, len(done.rejected)) == (2, 1)
    _old, road, ramp = money.rows("sign", "category", "building", "floor", "text", "quantity", "state")
    assert (road["category"], road["floor"], road["quantity"], road["state"]) == ("road", None, 2, "in_use")
    assert (ramp["category"], ramp["floor"], ramp["building"]) == ("safety", -1, money.buildings["2"])
    filled = template(registry, supervisor, "sign", "xlsx", Wanted("all", Query(sort="id")))
    again = imports.run(registry, supervisor, imports.prepare(registry, supervisor, "sign", filled, "x.xlsx"),
                        dry_run=False)  # fmt: skip
    assert (again.created, again.updated, again.unchanged, again.rejected) == (0, 0, 3, [])
    with pytest.raises(NotAllowed):
        imports.prepare(registry, money.people["steward1"], "sign", file.encode(), "x.csv")


def test_the_register_on_paper_is_by_floor_and_of_the_own_area(money: MoneyOffice) -> None:
    low, high = new_sign(money, floor=-1, quantity=3), new_sign(money, floor=12, category="lift")
    new_sign(money, floor=None, state="removed")
    new_sign(money, "2")
    money.act("steward1", "sign", "report_damage", low, what="Bent")
    buildings = Selection("building", (*money.buildings.values(), money.make("building", number="3")))
    printed = sign_register(money.registry, money.people["steward1"], buildings, money.registry.clock.now(), {})
    (sheet,) = printed.sheets
    data = sheet.data
    assert (data["building"], data["signs"], data["pieces"], data["damaged"]) == ("1", 2, 4, 1)
    assert [(floor["floor"].to("en"), [one["is_out"] for one in floor["signs"]]) for floor in data["floors"]] == [
        ("Floor 12", [False]), ("Basement 1", [True])
    ]  # fmt: skip
    assert data["floors"][0]["signs"][0]["number"] == money.get("sign", high)["number"]
    every = sign_register(money.registry, money.people["supervisor"], buildings, money.registry.clock.now(), {})
    assert [len(every.sheets), len(every.skipped)] == [2, 1]


# -- checks --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "noon", "expected"),
    [("00:00", "12:00", MORNING), ("11:59", "12:00", MORNING), ("12:00", "12:00", AFTERNOON),
     ("23:59", "12:00", AFTERNOON), ("12:30", "13:00", MORNING), ("13:00", "13:00", AFTERNOON)],
)  # fmt: skip
def test_a_round_is_told_by_the_offices_noon(money: MoneyOffice, at: str, noon: str, expected: str) -> None:
    money.on("2026-10-05", at)
    local = money.registry.clock.now().astimezone(money.registry.clock.zone)
    assert round_at(local, time.fromisoformat(noon)) == expected


@pytest.mark.both_engines
def test_two_rounds_a_day_each_once(money: MoneyOffice) -> None:
    new_sign(money)
    first = check(money, "steward1")
    with pytest.raises(Invalid, match=r"checked on 2026-10-05 \(Morning\) by .* at 09:30 already"):
        check(money, "supervisor", damages=[Damage(new_sign(money), "Broken")])
    assert money.rows("sign_fault") == [] and money.rows("service_request") == []
    check(money, "supervisor", "2")
    money.on(money.today, "14:00")
    second = check(money, "supervisor")
    assert [(money.get("sign_check", id)["round"], money.get("sign_check", id)["all_fine"])
            for id in (first, second)] == [(MORNING, True), (AFTERNOON, True)]  # fmt: skip
    late = check(money, "steward1", at=money.registry.clock.now() - timedelta(days=1))
    found = money.get("sign_check", late)
    assert (found["done_on"], found["round"]) == (money.today - DAY, AFTERNOON)
    assert len(money.rows("sign_check")) == 4


@pytest.mark.both_engines
def test_two_at_the_same_moment_are_kept_apart_by_the_database(
    money: MoneyOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither of the two sees the other when it is looked at."""
    check(money, "steward1")
    monkeypatch.setattr(checks, "_known", lambda *_: {})
    with pytest.raises(Refused, match="Somebody has just"):
        check(money, "supervisor")
    assert len(money.rows("sign_check")) == 1


def test_a_check_is_neither_of_tomorrow_nor_of_another_area(money: MoneyOffice) -> None:
    with pytest.raises(Invalid, match="in the future"):
        check(money, "steward1", at=money.registry.clock.now() + timedelta(days=1))
    for who, building in (("steward1", "2"), ("security", "1"), ("engineer", "1"), ("auditor", "1")):
        with pytest.raises((Invalid, NotAllowed)):
            check(money, who, building)
    for name, value in (("done_at", money.registry.clock.now()), ("round", MORNING), ("by", 1)):
        with pytest.raises(NotAllowed):
            money.registry.store.create(
                money.people["steward1"], "sign_check", {"building": money.buildings["1"], name: value}, FORM
            )
    assert money.rows("sign_check") == []


# -- damage --------------------------------------------------------------------------------------------


@pytest.mark.both_engines
def test_a_damaged_sign_is_one_request_until_it_is_repaired(money: MoneyOffice) -> None:
    sign = new_sign(money)
    key = photo(money, "steward1", "sign_fault")
    done = check(money, "steward1", damages=[Damage(sign, "Torn off", (key,))])
    (fault,) = money.rows("sign_fault", "check", "request", "building", "found_by", "progress")
    assert (fault["check"], fault["building"]) == (done, money.buildings["1"])
    assert money.get("sign_check", done)["all_fine"] is False
    request = money.get("service_request", fault["request"])
    assert (request["channel"], request["kind"], request["place"]) == ("patrol", "repair", "By the lift")
    assert request["matter"].endswith("Torn off") and len(request["photos"]) == 1
    assert request["owner"] == money.people["steward1"].id and request["origin"] == f"sign_fault:{fault.id}"
    assert money.get("sign", sign)["state"] == "damaged"
    money.on(money.today, "15:00")
    check(money, "supervisor", damages=[Damage(sign, "Gone altogether")])
    money.act("security", "sign", "report_damage", sign, what="Still gone")
    assert {one["request"] for one in money.rows("sign_fault", "request")} == {fault["request"]}
    assert len(money.rows("service_request")) == 1
    money.set("sign_fault", fault.id, request=None)
    assert len(money.rows("service_request")) == 1
    money.step("engineer", "sign", "repair", sign)
    money.step("engineer", "sign", "repaired", sign)
    assert money.get("sign", sign)["state"] == "in_use"
    repaired = money.rows("sign_fault", "repaired_on", "repaired_by")
    assert {(one["repaired_on"], one["repaired_by"]) for one in repaired} == {
        (money.today, money.people["engineer"].id)
    }
    money.act("steward1", "sign", "report_damage", sign, what="Torn again")
    assert len(money.rows("service_request")) == 2


def test_a_guard_reports_a_sign_with_a_photo_and_sees_the_own_report(money: MoneyOffice) -> None:
    sign = new_sign(money, "2")
    money.act("security", "sign", "report_damage", sign, what="Bent", photos=(photo(money, "security", "sign"),))
    (fault,) = money.rows("sign_fault", "photos")
    assert len(fault["photos"]) == 1
    assert saved(money, "sign_fault", "open", "security") == [fault.id]
    assert saved(money, "sign_fault", "open", "steward1") == []
    assert saved(money, "sign", "damaged", "steward2") == [sign]


def test_a_request_that_is_over_brings_the_sign_back_to_the_steward(money: MoneyOffice) -> None:
    sign = new_sign(money)
    money.act("steward1", "sign", "report_damage", sign, what="Bent")
    (fault,) = money.rows("sign_fault", "request")
    assert saved(money, "sign_fault", "to_look", "steward1") == []
    money.set("service_request", fault["request"], state="solved")
    assert saved(money, "sign_fault", "to_look", "steward1") == [fault.id]
    money.act("steward1", "sign", "report_damage", sign, what="Still bent")
    assert len(money.rows("service_request")) == 2
    money.step("steward1", "sign", "repaired", sign)
    assert saved(money, "sign_fault", "to_look", "steward1") == []


def test_what_was_taken_down_is_not_reported(money: MoneyOffice) -> None:
    sign = new_sign(money)
    money.act("steward1", "sign", "report_damage", sign, what="Bent")
    money.step("steward1", "sign", "remove", sign, "Not needed")
    assert saved(money, "sign_fault", "open") == []
    with pytest.raises(Invalid, match="taken down"):
        money.registry.store.create(money.people["steward1"], "sign_fault", {"sign": sign, "what": "Bent"}, FORM)


def test_a_check_takes_no_sign_of_another_building(money: MoneyOffice) -> None:
    other = new_sign(money, "2")
    for who in ("steward1", "supervisor"):
        with pytest.raises(Refused, match="not in this building"):
            check(money, who, damages=[Damage(other, "Torn")])
    assert (money.rows("sign_check"), money.rows("sign_fault")) == ([], [])


def test_a_steward_does_not_move_the_day_from_which_a_sign_is_checked(money: MoneyOffice) -> None:
    """Else what was missed would be gone (P5)."""
    sign = new_sign(money)
    with pytest.raises(NotAllowed):
        money.registry.store.update(money.people["steward1"], "sign", sign, {"installed_on": money.today}, FORM)
    money.registry.store.update(money.people["supervisor"], "sign", sign, {"installed_on": money.today}, FORM)
