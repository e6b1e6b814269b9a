"""The life of a household that owes, from the first reminder to the lawyers: jobs, actions, holds (F7)."""

from __future__ import annotations

import io
import zipfile
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pypdf import PdfReader

from models import jobs
from models.actor import SYSTEM
from models.errors import NotAllowed, Refused
from models.query import Query
from office.billing.late_fee import late_fees
from office.dunning.cases import Kept, keep, settle
from office.till.receipts import Method
from office.till.reversal import reverse_receipt
from office.till.taking import take_payment
from transfer.printing import print_document

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xa75\x81\x84\x00\x00\x00\x00IEND\xaeB`\x82"
)


@pytest.fixture
def desk(money: Any) -> Desk:
    return Desk(money)


class Desk:
    """A money office whose dunning is run by the day."""

    def __init__(self, money: Any) -> None:
        self.money, self.registry = money, money.registry

    def run(self, day: str | date) -> str:
        """The daily job on a day."""
        self.money.on(day, at="06:30")
        spec = self.registry.schema.schedules["propose_dunning"]
        done = jobs.perform(self.registry, spec, self.registry.clock.now())
        self.money.on(day)
        return done.said.to("en")

    def steps(self, unit: int | None = None) -> list[str]:
        """'1/1 letter proposed due 2026-03-08' of every step."""
        given = {} if unit is None else {"unit": unit}
        rows = self.money.rows("dunning_step", "level", "attempt", "means", "state", "due_on", **given)
        return [f"{r['level']}/{r['attempt']} {r['means']} {r['state']} due {r['due_on']:%m-%d}" for r in rows]

    def case(self, unit: int) -> Any:
        return self.money.rows("dunning_case", "state", "level", "owed", "closing", "reopened_on", "reason", unit=unit)[
            -1
        ]

    def step(self, unit: int) -> int:
        """The newest step of a unit."""
        return int(self.money.rows("dunning_step", "level", unit=unit)[-1].id)

    def escalate(self, who: str, entity: str, *ids: int, **answers: Any) -> Any:
        return self.money.act(who, entity, "escalate", ids, **answers)

    def photo(self, who: str = "steward1") -> tuple[str]:
        return (self.registry.files.put(self.money.people[who], "dunning_step", None, "p.png", io.BytesIO(PNG)),)

    def deliver(self, who: str, *ids: int, **answers: Any) -> Any:
        return self.money.act(who, "dunning_step", "deliver_letter", ids, **({"signature": self.photo(who)} | answers))

    def write_and_deliver(self, unit: int, who: str = "steward1") -> None:
        """The letter that is proposed for the unit, made and delivered today."""
        step = self.step(unit)
        assert self.escalate(who, "dunning_step", step).skipped == []
        assert self.deliver(who, step).skipped == []


def said(pairs: list[tuple[int, Any]]) -> list[str]:
    return [text.to("en") for _, text in pairs]


def text_of(pdf: bytes) -> str:
    """The words of a PDF without the gaps between them."""
    return "".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


@pytest.mark.both_engines
def test_the_life_of_a_case(desk: Desk) -> None:
    """
    bill 2026Q1   due 2026-01-31   540.00
    reminder, final notice, visit (nobody home, then a promise that is broken), visit by the assistant,
    conference, legal handover, payment in full
    """
    money = desk.money
    unit = money.unit("101")
    money.late_fee_rule("物业费", "0.05", late_from="final_notice")
    bill = money.bill(unit, period="2026Q1", due_on="2026-01-31")

    assert desk.run("2026-02-06").startswith("0 cases opened") and desk.steps() == []
    assert desk.run("2026-02-07").startswith("1 cases opened")
    assert desk.steps() == ["1/1 letter proposed due 02-07"]
    assert money.get("bill", bill)["dunning_case"] == desk.case(unit).id

    money.on("2026-02-09")
    done = desk.escalate("steward1", "dunning_step", desk.step(unit))
    assert said(done.done) == ["“Reminder” is printed, to be paid by 2026-02-16; deliver it."]
    name, pdf, kind = done.files[0]
    assert kind == "application/pdf" and name.endswith(".pdf")
    assert "业主101" in text_of(pdf) and "540.00" in text_of(pdf) and "2026年2月16日" in text_of(pdf)
    assert desk.escalate("steward1", "dunning_step", desk.step(unit)).files == []
    with pytest.raises(Refused, match="needs proof"):
        money.act("steward1", "dunning_step", "deliver_letter", desk.step(unit))
    money.on("2026-02-10")
    desk.deliver("steward1", desk.step(unit))
    assert (desk.case(unit)["level"], desk.case(unit)["owed"]) == (1, Decimal("540.00"))

    desk.run("2026-02-18")
    assert desk.steps() == ["1/1 letter sent due 02-07"]
    desk.run("2026-02-19")
    assert desk.steps()[-1] == "2/1 letter proposed due 02-19"
    done = desk.escalate("steward1", "dunning_step", desk.step(unit))
    letter = text_of(done.files[0][1])
    assert "2026年3月6日" in letter and "0.05%" in letter and "2026年2月10日催缴通知" in letter
    assert late_fees(desk.registry, SYSTEM, [bill], date(2026, 6, 1))[bill].owed == 0
    money.on("2026-02-20")
    desk.deliver("steward1", desk.step(unit))
    assert money.get("bill", bill)["noticed_until"] == date(2026, 3, 6)
    fee = late_fees(desk.registry, SYSTEM, [bill], date(2026, 3, 17))[bill]
    assert (fee.days, fee.owed) == (10, Decimal("2.70"))

    desk.run("2026-03-09")
    assert desk.steps()[-1] == "3/1 visit proposed due 03-09"
    money.act("steward1", "dunning_step", "record_visit", desk.step(unit), outcome="nobody")
    desk.run("2026-03-11")
    assert desk.steps()[-2:] == ["3/1 visit failed due 03-09", "3/2 visit proposed due 03-11"]
    money.act("steward1", "dunning_step", "record_visit", desk.step(unit), outcome="met", reason="service",
              words="电梯噪音", until=date(2026, 3, 25), amount=Decimal("300.00"), proof=desk.photo())  # fmt: skip
    case = desk.case(unit)
    assert (case["state"], case["level"], case["reason"]) == ("held", 3, "service")
    for day in ("2026-03-18", "2026-03-25"):
        desk.run(day)
        assert desk.steps()[-1] == "3/2 visit sent due 03-11"
    desk.run("2026-03-26")
    assert desk.case(unit)["state"] == "open" and desk.steps()[-1] == "4/1 visit proposed due 03-18"

    refused = desk.escalate("steward1", "dunning_step", desk.step(unit))
    assert said(refused.skipped) == ["“Visit by the assistant” is done by: Assistant, Supervisor."]
    desk.escalate("assistant", "dunning_step", desk.step(unit))
    money.act("assistant", "dunning_step", "record_visit", desk.step(unit), outcome="refused")
    desk.run("2026-04-05")
    money.act("supervisor", "dunning_step", "conference", desk.step(unit), words="不欢而散")
    desk.run("2026-04-20")
    assert desk.steps()[-1] == "6/1 legal proposed due 04-20"
    with pytest.raises(NotAllowed):
        money.act("supervisor", "dunning_step", "hand_to_legal", desk.step(unit))
    handed = money.act("director", "dunning_step", "hand_to_legal", desk.step(unit))
    names = zipfile.ZipFile(io.BytesIO(handed.files[0][1])).namelist()
    assert len([n for n in names if n.endswith(".pdf")]) == 4 and len([n for n in names if n.endswith(".png")]) == 3
    assert desk.case(unit)["state"] == "legal"
    desk.run("2026-05-30")
    assert len(desk.steps()) == 7

    money.on("2026-06-01")
    money.pay(bill, "540.00")
    assert settle(desk.registry, money.people["cashier"], [unit], money.today).closed == 1
    assert (desk.case(unit)["state"], desk.case(unit)["owed"]) == ("closed", Decimal("0.00"))


def test_running_twice_or_after_days_off_changes_nothing(desk: Desk) -> None:
    """Of two households alike one is looked after every day, twice, the other on days of work alone."""
    money = desk.money
    daily, seldom = money.unit("101"), money.unit("101", building="2")
    for unit in (daily, seldom):
        money.bill(unit, period="2026Q1", due_on="2026-01-31")
    keeper = jobs.actor_of(desk.registry.schema.schedules["propose_dunning"])
    work = {date(2026, 2, 20), date(2026, 4, 1)}
    for day in (date(2026, 2, 1) + timedelta(days=n) for n in range(120)):
        money.on(day)
        keep(desk.registry, keeper, day, [daily])
        again = keep(desk.registry, keeper, day, [daily])
        assert again == Kept()
        if day in work:
            keep(desk.registry, keeper, day, [seldom])
            desk.write_and_deliver(daily)
            desk.write_and_deliver(seldom, "steward2")
    keep(desk.registry, keeper, money.today, [seldom])
    assert desk.steps(daily) == desk.steps(seldom)
    assert desk.steps(daily)[-1] == "3/1 visit proposed due 04-19"
    columns = ("level", "level_on", "state", "owed")
    one, other = ([row[c] for c in columns] for row in money.rows("dunning_case", *columns))
    assert one == other


@pytest.mark.both_engines
def test_payment_closes_and_a_reversal_opens_again(desk: Desk) -> None:
    """
    bill 2026Q1  due 2026-01-31  540.00   reminder delivered 02-10
    paid 02-12, reversed 03-01: the waits begin anew
    """
    money = desk.money
    unit = money.unit("101")
    bill = money.bill(unit, period="2026Q1", due_on="2026-01-31")
    desk.run("2026-02-10")
    desk.write_and_deliver(unit)
    money.on("2026-02-12")
    receipt = money.pay(bill, "540.00")
    closed = settle(desk.registry, money.people["cashier"], [unit], money.today)
    assert (closed.closed, desk.case(unit)["state"]) == (1, "closed")
    first = desk.case(unit).id
    money.on("2026-03-01")
    money.reverse(receipt)
    desk.run("2026-03-04")
    case = desk.case(unit)
    assert (case.id, case["state"], case["level"], case["reopened_on"]) == (first, "open", 1, date(2026, 3, 1))
    assert desk.steps() == ["1/1 letter sent due 02-07", "2/1 letter proposed due 03-04"]


def test_a_step_not_done_yet_is_withdrawn_on_payment(desk: Desk) -> None:
    """The letter is printed already when the money comes; after a reversal it is another try."""
    money = desk.money
    unit = money.unit("101")
    bill = money.bill(unit, period="2026Q1", due_on="2026-01-31")
    desk.run("2026-02-10")
    desk.escalate("steward1", "dunning_step", desk.step(unit))
    receipt = money.pay(bill, "540.00")
    assert desk.run("2026-02-11").startswith("0 cases opened, 0 opened again, 1 closed")
    assert desk.steps() == ["1/1 letter dropped due 02-07"]
    money.reverse(receipt)
    assert desk.run("2026-02-18").startswith("0 cases opened, 1 opened again, 0 closed; 1 steps")
    assert desk.steps()[-1] == "1/2 letter proposed due 02-18"


def test_the_till_closes_and_its_reversal_opens_again_at_once(desk: Desk) -> None:
    """Through the operations of the till, with no daily job between."""
    money, registry = desk.money, desk.registry
    unit = money.unit("101")
    money.bill(unit, period="2026Q1", due_on="2026-01-31")
    desk.run("2026-02-10")
    money.on("2026-02-12")
    now = registry.clock.now()
    receipt = take_payment(registry, money.people["cashier"], now, unit, [Method("cash", Decimal("540.00"))])
    assert desk.case(unit)["state"] == "closed"
    reverse_receipt(registry, money.people["billing"], now, receipt, "收错户")
    assert (desk.case(unit)["state"], desk.case(unit)["reopened_on"]) == ("open", date(2026, 2, 12))
    part = [Method("cash", Decimal("539.99"))]
    take_payment(registry, money.people["cashier"], now, unit, part)
    assert desk.case(unit)["state"] == "open"


def test_a_part_payment_leaves_the_case_at_its_level(desk: Desk) -> None:
    """
    bill 2026Q1  due 2026-01-31  540.00    bill 2026-02 (parking)  due 2026-03-31  150.00
    the first is paid: the second alone carries the case on
    """
    money = desk.money
    unit = money.unit("101")
    bill = money.bill(unit, period="2026Q1", due_on="2026-01-31")
    later = money.bill(unit, "车位费", "2026-03", "150.00", due_on="2026-03-31")
    desk.run("2026-02-10")
    desk.write_and_deliver(unit)
    desk.run("2026-04-01")
    assert money.get("bill", later)["dunning_case"] == desk.case(unit).id
    assert desk.case(unit)["owed"] == Decimal("690.00")
    money.pay(bill, "540.00")
    assert settle(desk.registry, money.people["cashier"], [unit], money.today).closed == 0
    desk.run("2026-04-02")
    assert (desk.case(unit)["level"], desk.case(unit)["owed"]) == (1, Decimal("150.00"))
    done = desk.escalate("steward1", "dunning_step", desk.step(unit))
    assert "150.00" in text_of(done.files[0][1]) and "540.00" not in text_of(done.files[0][1])


def test_bills_that_fall_due_after_the_final_notice_get_their_own(desk: Desk) -> None:
    """
    bill 2026Q1  due 2026-01-31   final notice delivered 02-20, visited 03-09
    bill 2026Q2  due 2026-04-30   its late fee waits for a notice; the case stays at its level
    """
    money = desk.money
    unit = money.unit("101")
    money.late_fee_rule("物业费", "0.05", late_from="final_notice")
    first = money.bill(unit, period="2026Q1", due_on="2026-01-31")
    for day in ("2026-02-10", "2026-02-20"):
        desk.run(day)
        desk.write_and_deliver(unit)
    desk.run("2026-03-10")
    money.act("steward1", "dunning_step", "record_visit", desk.step(unit), outcome="refused")
    later = money.bill(unit, period="2026Q2", due_on="2026-04-30")
    desk.run("2026-03-20")
    money.act("assistant", "dunning_step", "record_visit", desk.step(unit), outcome="refused")
    desk.run("2026-05-01")
    assert desk.steps()[-1] == "5/1 conference proposed due 03-30"
    money.act("director", "dunning_step", "conference", desk.step(unit), words="同意分期", until=date(2026, 5, 6))
    desk.run("2026-05-07")
    assert desk.steps()[-1] == "2/2 letter proposed due 05-07"
    desk.write_and_deliver(unit)
    assert money.get("bill", later)["noticed_until"] == date(2026, 5, 22)
    assert money.get("bill", first)["noticed_until"] == date(2026, 3, 7)
    case = desk.case(unit)
    assert (case["level"], case["state"]) == (5, "open")
    desk.run("2026-05-16")
    assert desk.steps()[-1] == "6/1 legal proposed due 05-16"


def test_a_notice_that_nothing_calls_for_any_more_is_withdrawn(desk: Desk) -> None:
    money = desk.money
    unit = money.unit("101")
    money.late_fee_rule("物业费", "0.05", late_from="final_notice")
    money.bill(unit, period="2026Q1", due_on="2026-01-31")
    desk.run("2026-02-10")
    money.act("director", "dunning_case", "director_override", desk.case(unit).id, level=6, why="已另行送达")
    later = money.bill(unit, period="2025Q4", due_on="2025-12-31")
    desk.run("2026-02-11")
    assert desk.steps()[-1] == "2/2 letter proposed due 01-07"
    money.pay(later, "540.00")
    money.set("bill", money.rows("bill", "period", period="2026Q1")[0].id, noticed_until=date(2026, 2, 1))
    desk.run("2026-02-12")
    assert desk.steps()[-1] == "2/2 letter dropped due 01-07"


@pytest.mark.parametrize(("amount", "cases"), [("49.99", 0), ("50.00", 1)])
def test_little_money_is_not_dunned_for(desk: Desk, amount: str, cases: int) -> None:
    money = desk.money
    money.bill(money.unit("101"), period="2026Q1", amount=amount, due_on="2026-01-31")
    desk.run("2026-03-01")
    assert len(desk.steps()) == cases


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
