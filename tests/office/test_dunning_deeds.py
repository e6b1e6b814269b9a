"""What people do with the steps of dunning, one by one and in bulk, and who may: letters, visits, promises (F7)."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from pypdf import PdfReader

from models.errors import NotAllowed, Refused
from models.query import Query
from office.dunning.cases import settle
from tests.office.dunning_desk import Desk, said, text_of
from transfer.printing import print_document


@pytest.fixture
def desk(money: Any) -> Desk:
    return Desk(money)


@pytest.mark.both_engines
def test_bills_are_escalated_in_bulk_with_reasons_for_the_rest(desk: Desk) -> None:
    """One PDF in the order of delivery, 2 before 10; and of each other bill why nothing was done."""
    money = desk.money
    rooms = {room: money.unit(room) for room in ("1001", "201", "302", "401", "501", "601")}
    old = {room: money.bill(unit, period="2026Q1", due_on="2026-01-31") for room, unit in rooms.items()}
    fresh = money.bill(money.unit("701"), period="2026Q2", due_on="2026-04-30")
    soon = money.bill(money.unit("801"), period="2026-02", fee_type="车位费", amount="150.00", due_on="2026-02-20")
    small = money.bill(money.unit("901"), period="2026Q1", amount="10.00", due_on="2026-01-31")
    desk.run("2026-02-20")
    money.act("steward1", "dunning_case", "promise", desk.case(rooms["302"]).id, until=date(2026, 3, 1))
    money.act("steward1", "dunning_case", "dispute", desk.case(rooms["401"]).id, reason="面积不符")
    desk.escalate("steward1", "bill", old["501"])
    money.pay(old["601"], "540.00")
    money.on("2026-02-22")
    done = desk.escalate("steward1", "bill", *(b for r, b in old.items() if r != "601"), fresh, soon, small)
    assert [id for id, _ in done.done] == [old["1001"], old["201"]]
    assert {id: text.to("en") for id, text in done.skipped} == {
        old["302"]: "Payment is promised by 2026-03-01; it is held until then.",
        old["401"]: "There is a dispute; it is held until that is resolved.",
        old["501"]: "“Reminder” was started and is not delivered or done yet.",
        fresh: "The bill is not overdue, or its fee is not dunned for.",
        soon: "“Reminder” is not due before 2026-02-27.",
        small: "10.00 yuan overdue is below the minimum of 50.00.",
    }
    assert len(done.files) == 1
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(done.files[0][1])).pages]
    assert ["1-1-201" in page for page in pages] == [True, False] and "1-1-1001" in pages[1]


def test_escalating_starts_what_the_job_has_not_seen_yet(desk: Desk) -> None:
    """A household is reminded although the daily job has not run since it fell due; the second click finds nothing."""
    money = desk.money
    bill = money.bill(money.unit("101"), period="2026Q1", due_on="2026-01-31")
    money.on("2026-02-10")
    assert said(desk.escalate("steward1", "bill", bill).done) == [
        "“Reminder” is printed, to be paid by 2026-02-17; deliver it."
    ]
    again = desk.escalate("steward1", "bill", bill)
    assert (again.done, again.files, len(desk.steps())) == ([], [], 1)


def test_letters_are_not_dated_in_the_past(desk: Desk) -> None:
    money = desk.money
    bill = money.bill(money.unit("101"), period="2026Q1", due_on="2026-01-31")
    money.on("2026-02-10")
    with pytest.raises(Refused, match="lies before today"):
        desk.escalate("steward1", "bill", bill, letter_on=date(2026, 2, 9))
    assert desk.steps() == []
    desk.escalate("steward1", "bill", bill, letter_on=date(2026, 2, 12))
    early = desk.deliver("steward1", desk.step(money.rows("unit")[0].id))
    assert said(early.skipped) == ["2026-02-10 lies before the date of the letter, 2026-02-12."]


def test_a_final_notice_delivered_after_its_own_deadline_is_no_notice(desk: Desk) -> None:
    money = desk.money
    unit = money.unit("101")
    bill = money.bill(unit, period="2026Q1", due_on="2026-01-31")
    desk.run("2026-02-10")
    desk.write_and_deliver(unit)
    desk.run("2026-02-25")
    desk.escalate("steward1", "dunning_step", desk.step(unit))
    money.on("2026-04-01")
    late = desk.deliver("steward1", desk.step(unit))
    assert "after its own deadline 2026-03-12" in said(late.skipped)[0]
    assert money.get("bill", bill)["noticed_until"] is None
    money.act("steward1", "dunning_step", "step_failed", desk.step(unit), why="无人签收")
    desk.run("2026-04-04")
    assert desk.steps()[-2:] == ["2/1 letter failed due 02-20", "2/2 letter proposed due 04-04"]
    desk.write_and_deliver(unit)
    assert money.get("bill", bill)["noticed_until"] == date(2026, 4, 19)


def test_no_level_is_left_out_but_by_the_director_with_a_reason(desk: Desk) -> None:
    money = desk.money
    unit = money.unit("101")
    money.bill(unit, period="2026Q1", due_on="2026-01-31")
    desk.run("2026-02-10")
    case = desk.case(unit).id
    for who in ("steward1", "supervisor", "assistant", "cashier", "billing", "frontdesk", "auditor", "admin"):
        with pytest.raises(NotAllowed):
            money.act(who, "dunning_case", "director_override", case, level=3, why="急")
    early = money.act("director", "dunning_case", "hand_to_legal", case)
    assert said(early.skipped) == ["It is not time for the lawyers yet: “Reminder” comes next."]
    done = money.act("director", "dunning_case", "director_override", case, level=3, why="已另行送达律师函")
    assert said(done.done) == ["2 levels are left out; “Home visit” is next."]
    assert desk.steps() == ["1/1 letter skipped due 02-07", "2/1 letter skipped due 02-10"]
    desk.run("2026-02-13")
    assert desk.steps()[-1] == "3/1 visit proposed due 02-13"


def test_what_is_ignored_comes_again_and_passes_no_level(desk: Desk) -> None:
    money = desk.money
    unit = money.unit("101")
    money.bill(unit, period="2026Q1", due_on="2026-01-31")
    desk.run("2026-02-10")
    with pytest.raises(NotAllowed):
        money.act("steward1", "dunning_step", "ignore_step", desk.step(unit), why="熟人")
    money.act("supervisor", "dunning_step", "ignore_step", desk.step(unit), why="核对中")
    assert desk.case(unit)["level"] == 0
    desk.run("2026-02-16")
    assert desk.steps() == ["1/1 letter ignored due 02-07"]
    desk.run("2026-02-17")
    assert desk.steps()[-1] == "1/2 letter proposed due 02-17"


def test_a_visit_form_is_printed_to_take_along(desk: Desk) -> None:
    """With what is owed now; a letter is printed once, by escalating, and kept."""
    money = desk.money
    unit = money.unit("101", owner="云一")
    bill = money.bill(unit, period="2026Q1", due_on="2026-01-31")
    desk.run("2026-02-10")
    letter = desk.step(unit)
    money.act("director", "dunning_case", "director_override", desk.case(unit).id, level=3, why="试")
    desk.run("2026-02-13")
    money.pay(bill, "40.00")
    steward, steps = money.people["steward1"], [letter, desk.step(unit)]
    done = print_document(desk.registry, steward, "home_visit", steps, {})
    assert said(done.skipped) == ["This step is no visit."]
    form = text_of(done.files[0][1])
    assert "云一" in form and "500.00" in form and "上门访问" in form and "对服务不满" in form


def test_holds_and_their_end(desk: Desk) -> None:
    """A dispute given as the reason of a visit holds the case; only the supervisor ends it, saying how."""
    money = desk.money
    unit = money.unit("101")
    money.bill(unit, period="2026Q1", due_on="2026-01-31")
    desk.run("2026-02-10")
    money.act("director", "dunning_case", "director_override", desk.case(unit).id, level=3, why="试")
    desk.run("2026-02-13")
    money.act(
        "steward1", "dunning_step", "record_visit", desk.step(unit), outcome="met", reason="dispute", words="面积"
    )
    assert (desk.case(unit)["state"], desk.case(unit)["reason"]) == ("held", "dispute")
    desk.run("2026-06-01")
    assert len(desk.steps()) == 3
    hold = money.rows("dunning_hold")[0].id
    with pytest.raises(NotAllowed):
        money.act("steward1", "dunning_hold", "resolve_hold", hold, result="算了")
    money.act("supervisor", "dunning_hold", "resolve_hold", hold, result="复测后无误")
    assert desk.case(unit)["state"] == "open"
    assert money.get("dunning_hold", hold)["reason"] == "面积；复测后无误"
    desk.run("2026-06-02")
    assert desk.steps()[-1] == "4/1 visit proposed due 02-20"


@pytest.mark.parametrize(
    ("until", "match"), [("2026-02-09", "lies in the past"), ("2026-04-12", "at 2026-04-11 at the latest")]
)
def test_a_promise_lies_ahead_but_not_far(desk: Desk, until: str, match: str) -> None:
    money = desk.money
    unit = money.unit("101")
    money.bill(unit, period="2026Q1", due_on="2026-01-31")
    desk.run("2026-02-10")
    with pytest.raises(Refused, match=match):
        money.act("steward1", "dunning_case", "promise", desk.case(unit).id, until=date.fromisoformat(until))


def test_a_new_promise_takes_the_place_of_the_old(desk: Desk) -> None:
    money = desk.money
    unit = money.unit("101")
    money.bill(unit, period="2026Q1", due_on="2026-01-31")
    desk.run("2026-02-10")
    for until in (date(2026, 3, 20), date(2026, 2, 15)):
        money.act("steward1", "dunning_case", "promise", desk.case(unit).id, until=until)
    assert [row["resolved_on"] for row in money.rows("dunning_hold", "resolved_on")] == [date(2026, 2, 10), None]
    desk.run("2026-02-16")
    assert desk.case(unit)["state"] == "open"


@pytest.mark.both_engines
def test_whose_debtors_are_whose(desk: Desk) -> None:
    """A steward has the own buildings; the front desk, security, engineers and the administrator have none."""
    money = desk.money
    mine, theirs = money.unit("101"), money.unit("101", building="2")
    bills = [money.bill(unit, period="2026Q1", due_on="2026-01-31") for unit in (mine, theirs)]
    desk.run("2026-02-10")
    scope, people = desk.registry.scope, money.people
    for entity in ("dunning_case", "dunning_step"):
        seen = [row["unit"] for row in scope.stream(people["steward1"], entity, Query(columns=("unit",)))]
        assert seen == [mine]
        for who in ("frontdesk", "security", "engineer", "admin", "sales"):
            with pytest.raises(NotAllowed):
                scope.count(people[who], entity)
    done = desk.escalate("steward1", "bill", *bills)
    assert [id for id, _ in done.done] == [bills[0]] and len(desk.steps(theirs)) == 1
    assert desk.steps(theirs) == ["1/1 letter proposed due 02-07"]
    for who in ("frontdesk", "cashier", "auditor", "engineer"):
        with pytest.raises(NotAllowed):
            desk.escalate(who, "bill", *bills)


def test_the_cashier_closes_cases_without_seeing_the_steps(desk: Desk) -> None:
    """The history names the cashier, though the YAML grants the closing to the daily job."""
    money = desk.money
    unit = money.unit("101")
    bill = money.bill(unit, period="2026Q1", due_on="2026-01-31")
    desk.run("2026-02-10")
    with pytest.raises(NotAllowed):
        desk.registry.scope.count(money.people["cashier"], "dunning_step")
    money.pay(bill, "540.00")
    settle(desk.registry, money.people["cashier"], [unit], money.today)
    case = money.get("dunning_case", desk.case(unit).id)
    assert (case["state"], case["changed_by"]) == ("closed", money.people["cashier"].id)


def test_the_job_asks_no_question_for_each_household(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A day on which nothing is new costs as many statements for thirty households as for three."""
    money = desk.money
    counted: list[str] = []
    for room in range(101, 104):
        money.bill(money.unit(str(room)), period="2026Q1", due_on="2026-01-31")
    desk.run("2026-02-10")
    plain = desk.registry.db.execute_sql

    def counting(sql: str, *args: Any, **more: Any) -> Any:
        counted.append(sql)
        return plain(sql, *args, **more)

    monkeypatch.setattr(desk.registry.db, "execute_sql", counting)
    desk.run("2026-02-11")
    few = len(counted)
    for room in range(201, 228):
        money.bill(money.unit(str(room)), period="2026Q1", due_on="2026-01-31")
    desk.run("2026-02-12")
    counted.clear()
    desk.run("2026-02-13")
    assert len(counted) == few
