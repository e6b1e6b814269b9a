"""What happens at the gate, through the store and the actions: plans, slips, passes, mail (S9, S10, S11)."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest

from models import jobs
from models.actor import SYSTEM, Source
from models.errors import Invalid, NotAllowed, NotFound, Refused
from models.query import Query
from office.dispatch.roster import duty_manager
from office.gate.duty import duty_managers
from office.gate.incidents import open_incident
from office.gate.mail import receive
from office.gate.visitors import come_in, expected_today, who_is_inside
from tests.office.money import MoneyOffice

FORM = Source("form")


def said(outcome: Any) -> list[str]:
    return [text.to("en") for _, text in (*outcome.done, *outcome.skipped)]


def incident(money: MoneyOffice, who: str = "security", **values: Any) -> int:
    found = {"kind": "leak", "place": "Cellar 2", **values}
    return int(money.registry.store.create(money.people[who], "incident", found, FORM))


def steps(money: MoneyOffice, id: int) -> list[Any]:
    return money.rows(
        "incident_step", "position", "state", "words", "due_at", "done_at", "done_by", "reason", incident=id
    )


def messages(money: MoneyOffice, who: str) -> list[str]:
    return [one.text.to("en") for one in money.registry.inbox.waiting(money.people[who], 50)]


@pytest.fixture
def duty(money: MoneyOffice) -> int:
    """The assistant has duty on the evening of 4 October; the clock stands at 02:00 of the night."""
    money.on("2026-10-05", "02:00")
    staff = money.make("staff", name="Zhou", phone="13812345678", account=money.people["assistant"].id)
    money.make("duty", day=money.today - timedelta(days=1), shift="manager", staff=staff)
    return staff


# -- incidents -------------------------------------------------------------------------------------


@pytest.mark.both_engines
def test_an_incident_brings_its_plan_and_tells_who_has_to_know(money: MoneyOffice, duty: int) -> None:
    id = incident(money)
    found = money.get("incident", id)
    assert (found["duty_manager"], found["steps_open"]) == ("Zhou", 5)
    assert {name for _, name in found.titles["told"]} == {"Supervisor", "Assistant"}
    assert [row["position"] for row in steps(money, id)] == [1, 2, 3, 4, 5]
    assert steps(money, id)[0]["words"]["said"]["en"] == "Close the valve"
    assert steps(money, id)[0]["due_at"] == found["found_at"] + timedelta(minutes=5)
    for who, told in (("supervisor", 1), ("assistant", 1), ("director", 0), ("frontdesk", 0)):
        assert len(messages(money, who)) == told, who
    assert "Minor, Water leak" in messages(money, "supervisor")[0]


@pytest.mark.parametrize(("at", "name"), [("02:00", "Zhou"), ("08:29", "Zhou"), ("08:30", "Qian"), ("20:00", "Qian")])
def test_the_gate_and_the_front_page_name_the_same_duty_manager(
    money: MoneyOffice, duty: int, at: str, name: str
) -> None:
    money.on(money.today, at)
    money.make("duty", day=money.today, shift="manager", staff=money.make("staff", name="Qian"))
    guard, now = money.people["security"], money.clock.now()
    assert [one.name for one in duty_managers(money.registry, guard, now)] == [name]
    assert duty_manager(money.registry, guard, now, {}).value == name


def test_who_is_told_of_a_severe_one_and_once(money: MoneyOffice, duty: int) -> None:
    id = incident(money)
    money.registry.store.update(money.people["security"], "incident", id, {"severity": "severe"}, FORM)
    money.registry.store.update(money.people["security"], "incident", id, {"description": "more"}, FORM)
    assert len(messages(money, "director")) == 1 and len(messages(money, "supervisor")) == 1
    assert len(steps(money, id)) == 5


def test_a_plan_that_changes_later_changes_no_incident_and_a_kind_without_one_has_that_of_others(
    money: MoneyOffice,
) -> None:
    assert len(steps(money, incident(money, kind="other"))) == 3
    assert len(steps(money, incident(money, kind="fire"))) == 7


def test_a_step_keeps_its_moment_and_person_and_a_second_tap_changes_nothing(money: MoneyOffice) -> None:
    id = incident(money)
    first, second, *_ = steps(money, id)
    assert "Step 1 is done, 09:30" in said(money.act("security", "incident_step", "tick_step", first.id))[0]
    money.on(money.today, "09:40")
    assert money.act("frontdesk", "incident_step", "tick_step", first.id).done == []
    kept = steps(money, id)[0]
    assert (kept["state"], kept["done_by"]) == ("done", money.people["security"].id)
    assert f"{kept['done_at'].astimezone(money.clock.zone):%H:%M}" == "09:30"
    with pytest.raises(Invalid):
        money.act("security", "incident_step", "skip_step", second.id)
    money.act("security", "incident_step", "skip_step", second.id, reason="dry already")
    assert steps(money, id)[1]["reason"] == "dry already"
    money.act("security", "incident_step", "untick_step", first.id)
    assert (steps(money, id)[0]["state"], steps(money, id)[0]["done_at"]) == ("open", None)


def test_nothing_is_over_while_steps_are_open_and_a_severe_one_is_signed_by_the_director(money: MoneyOffice) -> None:
    id = incident(money, severity="severe")
    with pytest.raises(Refused, match="Steps of the plan are still open"):
        money.step("security", "incident", "handle", id, result="pumped out")
    money.act("security", "incident_step", "tick_step", tuple(row.id for row in steps(money, id)))
    money.step("security", "incident", "handle", id, result="pumped out")
    assert said(money.act("security", "incident_step", "untick_step", steps(money, id)[0].id)) == [
        "The incident is over; its steps stay as they are."
    ]
    with pytest.raises(NotAllowed):
        money.step("security", "incident", "sign", id)
    with pytest.raises(Refused, match="signed by the director"):
        money.step("supervisor", "incident", "sign", id)
    money.step("director", "incident", "sign", id, review="fine")
    money.step("supervisor", "incident", "close", id)
    found = money.get("incident", id)
    assert (found["state"], found["handled_by"]) == ("closed", money.people["security"].id)
    assert found["reviewed_by"] == money.people["director"].id


def test_the_same_incident_is_opened_once_while_it_runs(money: MoneyOffice) -> None:
    values = {"kind": "leak", "place": "Cellar 2"}
    first = open_incident(money.registry, money.people["security"], values)
    assert open_incident(money.registry, money.people["frontdesk"], values) == (first[0], False)
    assert open_incident(money.registry, money.people["security"], {**values, "kind": "fire"})[1]
    with pytest.raises(NotAllowed):
        open_incident(money.registry, money.people["cashier"], values)


def test_an_incident_is_signed_by_the_end_of_the_next_working_day_or_the_director_hears_of_it(
    money: MoneyOffice,
) -> None:
    money.on("2026-10-12")
    id = incident(money)
    assert money.get("incident", id)["review_due_at"] is None
    money.act("security", "incident_step", "tick_step", tuple(row.id for row in steps(money, id)))
    money.step("security", "incident", "handle", id, result="pumped out")
    due = money.get("incident", id)["review_due_at"].astimezone(money.clock.zone)
    assert f"{due:%Y-%m-%d %H:%M}" == "2026-10-13 17:30"
    money.on("2026-10-13", "18:00")
    schedule = money.registry.schema.schedules["escalate_deadlines"]
    for _twice in range(2):
        jobs.perform(money.registry, schedule, money.registry.clock.now())
    assert len(messages(money, "director")) == 1
    money.step("supervisor", "incident", "reopen", id, comment="it leaks again")
    assert money.get("incident", id)["review_due_at"] is None
    money.step("security", "incident", "handle", id)
    money.step("supervisor", "incident", "sign", id)
    assert money.get("incident", id)["review_light"] == "kept"


# -- goods -----------------------------------------------------------------------------------------


def slip(money: MoneyOffice, unit: int, who: str = "frontdesk", **values: Any) -> int:
    word = {"owner_word": "phone", "word_by": "Zhang", "word_at": money.clock.now()}
    found = {"unit": unit, "taken_by": "Li", "taker": "tenant", "items": "table", **word, **values}
    return int(money.registry.store.create(money.people[who], "goods_exit", found, FORM))


def approved(money: MoneyOffice, id: int) -> Any:
    return money.act("frontdesk", "goods_exit", "approve_exit", id)


@pytest.mark.both_engines
def test_goods_leave_once_on_their_day(money: MoneyOffice) -> None:
    id = slip(money, money.unit("101"))
    assert said(money.act("security", "goods_exit", "let_out", id)) == ["This cannot be done in its present state."]
    assert "Approved to leave once" in said(approved(money, id))[0]
    money.on("2026-10-06")
    assert "expired" in said(money.act("security", "goods_exit", "let_out", id))[0]
    money.on("2026-10-05")
    assert said(money.act("security", "goods_exit", "let_out", id)) == ["Let out, 09:30."]
    assert money.act("security", "goods_exit", "let_out", id).done == []
    assert (money.get("goods_exit", id)["state"], money.get("goods_exit", id)["left_by"]) == (
        "left", money.people["security"].id,
    )  # fmt: skip


def test_who_moves_out_is_settled_first(money: MoneyOffice) -> None:
    unit = money.unit("101")
    tenant = money.lives(unit, "Li", "tenant", "2026-01-01")
    id = slip(money, unit, moving_out=True)
    assert "register it at the occupancy" in said(approved(money, id))[0]
    [home] = money.rows("occupancy", resident=tenant)
    money.act("frontdesk", "occupancy", "move_out", home.id, moves_on=money.today)
    [out] = money.rows("move_out", "number", "state")
    assert f"move-out {out['number']} are neither settled nor waived" in said(approved(money, id))[0]
    money.step("cashier", "move_out", "settle", out.id)
    assert "Approved" in said(approved(money, id))[0]
    other = slip(money, money.unit("102"), moving_out=True)
    assert "register it at the occupancy" in said(approved(money, other))[0]


def test_without_the_owner_s_word_nothing_is_approved(money: MoneyOffice) -> None:
    unit, clerk = money.unit("101"), money.people["frontdesk"]
    id = slip(money, unit, owner_word=None)
    assert "owner's word is missing" in said(approved(money, id))[0]
    letter = slip(money, unit, owner_word="written")
    assert "the letter is not attached" in said(approved(money, letter))[0]
    key = money.registry.files.put(clerk, "goods_exit", None, "letter.pdf", io.BytesIO(b"%PDF-1.4 a letter"))
    money.registry.store.update(clerk, "goods_exit", letter, {"papers": (key,)}, FORM)
    assert "Approved" in said(approved(money, letter))[0]


def test_what_was_approved_cannot_be_changed_any_more(money: MoneyOffice) -> None:
    id, clerk = slip(money, money.unit("101")), money.people["frontdesk"]
    approved(money, id)
    for values in ({"items": "table\nsafe"}, {"leaves_on": money.today + timedelta(days=1)}, {"taken_by": "Wang"}):
        with pytest.raises(Invalid, match="take the approval back first"):
            money.registry.store.update(clerk, "goods_exit", id, values, FORM)
    money.step("frontdesk", "goods_exit", "withdraw", id)
    money.registry.store.update(clerk, "goods_exit", id, {"items": "table\nchair"}, FORM)
    assert money.get("goods_exit", id)["approved_by"] is None
    assert "Approved" in said(approved(money, id))[0]
    money.step("frontdesk", "goods_exit", "cancel", id, why="another day")
    assert "present state" in said(money.act("security", "goods_exit", "let_out", id))[0]


def test_a_slip_that_was_used_is_not_thrown_away(money: MoneyOffice) -> None:
    supervisor, store = money.people["supervisor"], money.registry.store
    used, draft = slip(money, money.unit("101")), slip(money, money.unit("102"))
    approved(money, used)
    money.act("security", "goods_exit", "let_out", used)
    with pytest.raises(NotAllowed):
        store.delete(supervisor, "goods_exit", used, FORM)
    assert store.delete(supervisor, "goods_exit", draft, FORM)


# -- visitors --------------------------------------------------------------------------------------


@pytest.mark.both_engines
def test_visitors_come_and_go_and_one_who_stays_too_long_is_listed(money: MoneyOffice) -> None:
    guard, unit = money.people["security"], money.unit("101")
    values = {"name": "Chen", "unit": unit, "confirmed": "intercom", "last_four": "123X"}
    id, is_new = come_in(money.registry, guard, values)
    assert is_new and come_in(money.registry, guard, values) == (id, False)
    visitor = money.get("visitor", id)
    assert visitor["leaves_by"] - visitor["in_at"] == timedelta(hours=12) and visitor["in_by"] == guard.id
    come_in(money.registry, guard, {"name": "Early", "unit": unit, "leaves_by": money.clock.now() + timedelta(hours=1)})
    assert [one["name"] for one in who_is_inside(money.registry, guard)] == ["Early", "Chen"]
    late = Query(saved="overstay")
    money.on(money.today, "21:29")
    assert money.registry.scope.count(guard, "visitor", late) == 1
    money.on(money.today, "21:31")
    assert money.registry.scope.count(guard, "visitor", late) == 2
    money.step("security", "visitor", "leave", id)
    assert money.get("visitor", id)["out_by"] == guard.id
    assert come_in(money.registry, guard, values)[1]


@pytest.mark.parametrize("four", ["12345", "123", "X123", "12 4", "１２３４５"])
def test_no_more_than_the_last_four_are_kept(money: MoneyOffice, four: str) -> None:
    with pytest.raises(Invalid):
        come_in(money.registry, money.people["security"], {"name": "Chen", "to_whom": "office", "last_four": four})


def test_a_pass_lets_in_on_its_days_and_once_until_its_holder_has_left(money: MoneyOffice) -> None:
    unit, guard = money.unit("101"), money.people["security"]
    days = {"from_on": money.today, "to_on": money.today + timedelta(days=1)}
    values = {"name": "Chen", "unit": unit, "announced_by": "Zhang", "people": 2, **days}
    id = money.registry.store.create(money.people["steward1"], "visitor_pass", values, FORM)
    assert [one.id for one in expected_today(money.registry, guard)] == [id]
    assert said(money.act("security", "visitor_pass", "let_visitor_in", id)) == ["Let in, 09:30."]
    assert expected_today(money.registry, guard) == []
    assert "is inside, since" in said(money.act("security", "visitor_pass", "let_visitor_in", id))[0]
    [visitor] = money.rows("visitor", "people", "confirmed", "confirmed_by", "visitor_pass")
    assert (visitor["people"], visitor["confirmed"], visitor["confirmed_by"]) == (2, "pass", "Zhang")
    money.step("security", "visitor", "leave", visitor.id)
    money.on(days["to_on"])
    assert said(money.act("security", "visitor_pass", "let_visitor_in", id)) == ["Let in, 09:30."]
    money.step("security", "visitor", "leave", money.rows("visitor")[-1].id)
    money.on(days["to_on"] + timedelta(days=1))
    assert "has expired" in said(money.act("security", "visitor_pass", "let_visitor_in", id))[0]
    with pytest.raises(NotAllowed):
        money.act("steward1", "visitor_pass", "let_visitor_in", id)


# -- mail ------------------------------------------------------------------------------------------


def test_mail_is_handed_out_against_a_signature_or_its_code(money: MoneyOffice) -> None:
    clerk, unit = money.people["frontdesk"], money.unit("101")
    items = [receive(money.registry, clerk, {"unit": unit, "kind": "parcel"}, f"t{n}")[0] for n in range(3)]
    assert receive(money.registry, clerk, {"unit": unit}, "t0") == (items[0], False)
    money.set("mail_item", items[0], code="0471")
    money.set("mail_item", items[1], code="0472")
    assert all(len(row["code"]) == 4 for row in money.rows("mail_item", "code"))
    by = {"collected_by": "Li", "proof": "code"}
    outcome = money.act("frontdesk", "mail_item", "hand_out", tuple(items[:2]), **by, code="0471")
    assert ([id for id, _ in outcome.done], [id for id, _ in outcome.skipped]) == (items[:1], items[1:2])
    assert said(money.act("frontdesk", "mail_item", "hand_out", items[1], collected_by="Li", proof="signature")) == [
        "Have it signed, or take the code."
    ]
    picture = io.BytesIO(b"\x89PNG\r\n\x1a\n" + b"0" * 64)
    key = money.registry.files.put(clerk, "mail_item", None, "signature.png", picture)
    signed = {"collected_by": "Li", "proof": "signature", "signature": (key,)}
    assert len(money.act("frontdesk", "mail_item", "hand_out", tuple(items[1:]), **signed).done) == 2
    kept = money.get("mail_item", items[2])
    assert (kept["state"], kept["handed_by"], kept["signature"]) == ("collected", clerk.id, (key,))
    with pytest.raises(NotAllowed):
        money.act("security", "mail_item", "hand_out", items[0], **by)


@pytest.mark.parametrize(("days", "in_lists"), [(2, 0), (4, 1), (8, 2), (31, 3)])
def test_what_waits_is_listed_by_days(money: MoneyOffice, days: int, in_lists: int) -> None:
    money.make("mail_item", unit=money.unit("101"), received_at=money.clock.now() - timedelta(days=days))
    clerk = money.people["frontdesk"]
    counts = [money.registry.scope.count(clerk, "mail_item", Query(saved=f"days_{n}")) for n in (3, 7, 30)]
    assert sum(counts) == in_lists


def test_subscriptions_that_end_are_listed(money: MoneyOffice) -> None:
    unit = money.unit("101")
    for left in (-1, 0, 30, 31):
        money.make("subscription", name=f"Daily {left}", unit=unit, starts_on=money.today - timedelta(days=300),
                   ends_on=money.today + timedelta(days=left))  # fmt: skip
    found = money.registry.scope.page(money.people["frontdesk"], "subscription", Query(saved="ending")).rows
    assert [row["name"] for row in found] == ["Daily 0", "Daily 30"]


# -- who sees what ---------------------------------------------------------------------------------


def test_a_steward_sees_the_gate_of_his_own_area_only(money: MoneyOffice) -> None:
    mine, theirs = money.unit("101"), money.unit("101", building="2")
    made: dict[str, dict[int, int]] = {}
    for unit in (mine, theirs):
        rows = {
            "incident": {"kind": "leak", "place": "door", "unit": unit},
            "visitor": {"name": "Chen", "unit": unit},
            "visitor_pass": {"name": "Chen", "unit": unit, "announced_by": "Li"},
            "goods_exit": {"unit": unit, "taken_by": "Li", "items": "table"},
            "mail_item": {"unit": unit},
            "subscription": {"unit": unit, "name": "Daily", "ends_on": money.today + timedelta(days=9)},
        }
        for entity, values in rows.items():
            made.setdefault(entity, {})[unit] = money.make(entity, **values)
    steward, scope = money.people["steward1"], money.registry.scope
    for entity, ids in made.items():
        assert scope.visible_ids(steward, entity, ids.values()) == {ids[mine]}, entity
    assert {row["incident"] for row in scope.stream(steward, "incident_step", Query(columns=("incident",)))} == {
        made["incident"][mine]
    }
    for entity in ("visitor_pass", "goods_exit"):
        values = {"unit": theirs, "name": "Li", "announced_by": "Li", "taken_by": "Li", "items": "x"}
        fields = money.registry.schema.entities[entity].fields
        with pytest.raises((NotAllowed, NotFound, Invalid)):
            given = {name: value for name, value in values.items() if name in fields}
            money.registry.store.create(steward, entity, given, FORM)


def test_the_code_of_mail_is_for_those_who_hand_it_out_or_tell_of_it(money: MoneyOffice) -> None:
    id = money.make("mail_item", unit=money.unit("101"))
    for who, seen in (("frontdesk", True), ("supervisor", True), ("steward1", True), ("security", False),
                      ("auditor", False), ("director", False)):  # fmt: skip
        assert (money.registry.scope.get(money.people[who], "mail_item", id).get("code") is not None) == seen, who
    with pytest.raises(NotAllowed):
        money.registry.scope.get(money.people["cashier"], "mail_item", id)
    assert money.registry.scope.get(SYSTEM, "mail_item", id)["form_token"] is None
