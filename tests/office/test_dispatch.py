"""Dispatch and work orders: sent, accepted, waited, given back, done; the request moves along, the fee is billed once
(S4, S5, F14, O1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from models.actor import SYSTEM, Source
from models.errors import NotAllowed, NotFound, Refused
from models.query import Query
from office.dispatch.people import suggestions
from tests.office.orders import OrderOffice, order_office

D = Decimal
FORM = Source("form")


@pytest.fixture
def desk(office: Any, clock: Any, person: Callable[..., Any]) -> OrderOffice:
    return order_office(office, clock, person)


def test_a_request_becomes_an_order_of_whom_it_is_given_to(desk: OrderOffice) -> None:
    unit = desk.money.unit("1001")
    request = desk.request(unit=unit, phone="13800000001", caller_name="赵女士", kind="special")
    order = desk.dispatch(request, worker=desk.people["li"].id, note="带梯子")
    made, asked = desk.get("work_order", order), desk.get("service_request", request)
    assert made["number"] == "WX261005001"
    copied = [made[name] for name in ("unit", "matter", "contact", "phone", "trade", "note", "is_charged")]
    assert copied == [unit, "厨房水管漏水", "赵女士", "13800000001", "plumbing", "带梯子", True]
    assert (made["state"], made["worker"], made["department"]) == (
        "assigned", desk.people["li"].id, desk.departments["工程部"],
    )  # fmt: skip
    assert (asked["state"], asked["assigned_to"], asked["department"]) == (
        "assigned", made["worker"], made["department"],
    )  # fmt: skip


def test_with_nobody_named_the_best_of_the_trade_is_sent(desk: OrderOffice) -> None:
    desk.duty("li")
    assert desk.get("work_order", desk.dispatch(desk.request()))["worker"] == desk.people["li"].id
    desk.duty("engineer")
    assert desk.get("work_order", desk.dispatch(desk.request()))["worker"] == desk.people["engineer"].id
    desk.away("engineer", "2026-10-05", "2026-10-05")
    assert desk.get("work_order", desk.dispatch(desk.request()))["worker"] == desk.people["li"].id
    shown = suggestions(desk.registry, desk.people["frontdesk"], "plumbing", date(2026, 10, 5))
    assert [(one.name, one.load, one.shifts, one.is_away) for one in shown] == [
        ("李师傅", 2, ("day",), False), ("周师傅", 0, (), False), ("王师傅", 1, ("day",), True),
    ]  # fmt: skip


def test_a_trade_nobody_has_goes_to_its_department_and_without_one_to_nobody(desk: OrderOffice) -> None:
    desk.money.set("department", desk.departments["保洁部"], trades=("cleaning", "gardening"))
    order = desk.get("work_order", desk.dispatch(desk.request("草坪缺株", "gardening")))
    assert (order["department"], order["worker"]) == (desk.departments["保洁部"], None)
    outcome = desk.money.act("frontdesk", "service_request", "dispatch", desk.request("夜里太吵", "security"))
    assert "Nobody suitable" in outcome.skipped[0][1].to("en") and not outcome.done


@pytest.mark.parametrize(
    ("worker", "said"), [("cashier", "no staff file"), ("zhou", "not of that department"), ("li", "is away")]
)
def test_who_cannot_be_sent_is_refused_with_a_sentence(desk: OrderOffice, worker: str, said: str) -> None:
    desk.away("li", "2026-10-01", "2026-10-07")
    answers = {"worker": desk.people[worker].id, "department": desk.departments["工程部"]}
    outcome = desk.money.act("frontdesk", "service_request", "dispatch", desk.request(), **answers)
    assert said in outcome.skipped[0][1].to("en")
    assert desk.money.rows("work_order") == []


def test_nobody_is_sent_to_an_appointment_that_is_past(desk: OrderOffice) -> None:
    request, now = desk.request(), desk.registry.clock.now()
    for hours, is_sent in ((-1, False), (2, True)):
        at = now + timedelta(hours=hours)
        outcome = desk.money.act("frontdesk", "service_request", "dispatch", request, appointment_at=at)
        assert bool(outcome.done) is is_sent
        assert is_sent or "is past" in outcome.skipped[0][1].to("en")
    [order] = desk.money.rows("work_order")
    yesterday = now - timedelta(days=1)
    outcome = desk.money.act("supervisor", "work_order", "assign_order", order.id, appointment_at=yesterday)
    assert "is past" in outcome.skipped[0][1].to("en")


def test_pressing_twice_sends_one(desk: OrderOffice) -> None:
    request = desk.request()
    desk.dispatch(request)
    outcome = desk.money.act("frontdesk", "service_request", "dispatch", request)
    assert "WX261005001" in outcome.skipped[0][1].to("en")
    desk.dispatch(request, trade="electrical")
    assert len(desk.money.rows("work_order")) == 2


def test_the_request_moves_with_its_order_and_every_moment_is_kept(desk: OrderOffice) -> None:
    request = desk.request()
    order = desk.dispatch(request, worker=desk.people["engineer"].id)
    seen = []
    for at, name, values in (
        ("09:40", "accept", {}), ("10:00", "arrive", {}), ("10:20", "wait", {"waiting_for": "等配件"}),
        ("11:00", "arrive", {}), ("11:20", "wait", {"waiting_for": "住户外出", "for_resident": True}),
        ("14:00", "arrive", {}), ("14:30", "finish", {"result": "换了角阀", "hours": D("1.5")}),
    ):  # fmt: skip
        desk.money.on("2026-10-05", at)
        desk.step("engineer", order, name, **values)
        row = desk.get("service_request", request)
        seen.append((name, row["state"], row["waiting_for"]))
    assert seen == [
        ("accept", "in_progress", None), ("arrive", "in_progress", None), ("wait", "in_progress", None),
        ("arrive", "in_progress", None), ("wait", "waiting", "住户外出"),
        ("arrive", "in_progress", None), ("finish", "solved", None),
    ]  # fmt: skip
    done, asked = desk.get("work_order", order), desk.get("service_request", request)
    zone = desk.registry.clock.zone
    names = ("assigned_at", "accepted_at", "arrived_at", "done_at")
    assert [f"{done[name].astimezone(zone):%H:%M}" for name in names] == ["09:30", "09:40", "10:00", "14:30"]
    assert (asked["solution"], asked["solved_by"]) == ("换了角阀", desk.people["engineer"].id)
    assert asked["solved_at"] == done["done_at"]
    verbs = [one.verb for one in desk.registry.history.of(SYSTEM, "work_order", order)]
    assert verbs[::-1] == ["create", "step:accept", *["step:arrive", "step:wait"] * 2, "step:arrive", "step:finish"]


def test_a_request_is_solved_when_the_last_of_its_orders_is_done(desk: OrderOffice) -> None:
    request = desk.request()
    pipe = desk.dispatch(request, worker=desk.people["engineer"].id)
    light = desk.dispatch(request, trade="electrical", worker=desk.people["engineer"].id)
    desk.finish(pipe)
    assert desk.state("service_request", request) == "assigned"
    desk.finish(light)
    assert desk.state("service_request", request) == "solved"


def test_giving_back_takes_a_reason_and_leaves_it_to_be_assigned(desk: OrderOffice) -> None:
    request = desk.request()
    order = desk.dispatch(request, worker=desk.people["engineer"].id)
    desk.step("engineer", order, "accept")
    with pytest.raises(Refused):
        desk.step("engineer", order, "give_back")
    desk.step("engineer", order, "give_back", given_back_why="缺少工具")
    row = desk.get("work_order", order)
    assert (row["state"], row["worker"], row["given_back"], row["given_back_why"], row["accepted_at"]) == (
        "new", None, 1, "缺少工具", None,
    )  # fmt: skip
    assert row["given_back_by"] == desk.people["engineer"].id
    messages = desk.registry.inbox.waiting(desk.people["frontdesk"], 5)
    assert [one.about for one in messages if "缺少工具" in one.text.zh] == [("work_order", order)]
    assert desk.state("service_request", request) == "assigned"
    desk.money.act("supervisor", "work_order", "assign_order", order, worker=desk.people["li"].id)
    assert desk.get("service_request", request)["assigned_to"] == desk.people["li"].id
    with pytest.raises(Refused):
        desk.step("engineer", order, "accept")


def test_one_of_the_department_takes_what_was_given_to_all_of_it(desk: OrderOffice) -> None:
    request = desk.request()
    order = desk.dispatch(request, department=desk.departments["工程部"])
    assert desk.get("work_order", order)["worker"] is None
    with pytest.raises(NotFound):
        desk.step("zhou", order, "accept")
    desk.step("li", order, "accept")
    assert desk.get("service_request", request)["assigned_to"] == desk.people["li"].id
    with pytest.raises(Refused):
        desk.step("engineer", order, "arrive")


def test_a_cancelled_order_leaves_its_request_to_be_dispatched_again(desk: OrderOffice) -> None:
    request = desk.request()
    order = desk.dispatch(request, worker=desk.people["li"].id)
    desk.step("frontdesk", order, "cancel")
    assert (desk.state("work_order", order), desk.state("service_request", request)) == ("cancelled", "new")
    desk.dispatch(request, worker=desk.people["engineer"].id)
    assert desk.state("service_request", request) == "assigned"


# -- who sees what ---------------------------------------------------------------------------------


@pytest.mark.both_engines
def test_what_was_done_before_it_was_opened_again_does_not_solve_it(desk: OrderOffice) -> None:
    request, supervisor = desk.request(), desk.people["supervisor"]
    desk.finish(desk.dispatch(request, worker=desk.people["engineer"].id))
    desk.registry.store.step(supervisor, "service_request", request, "reopen", {}, "又漏了", Source("step"))
    desk.step("frontdesk", desk.dispatch(request, worker=desk.people["li"].id), "cancel")
    asked = desk.get("service_request", request)
    assert (asked["state"], asked["solved_at"], asked["reopened"]) == ("new", None, 1)


@pytest.mark.parametrize("step", ["solve", "cancel"])
def test_a_request_does_not_end_while_somebody_is_sent(desk: OrderOffice, step: str) -> None:
    request, supervisor = desk.request(), desk.people["supervisor"]
    order = desk.dispatch(request)
    values = {"solution": "不用去了"} if step == "solve" else {}
    ends = ("service_request", request, step, values, "住户来电", Source("step"))
    with pytest.raises(Refused, match="work order is still open"):
        desk.registry.store.step(supervisor, *ends)
    desk.step("frontdesk", order, "cancel")
    desk.registry.store.step(supervisor, *ends)
    assert desk.state("service_request", request) == {"solve": "solved", "cancel": "cancelled"}[step]


def test_a_worker_sees_the_orders_and_requests_of_the_department_and_no_others(desk: OrderOffice) -> None:
    mine = desk.dispatch(desk.request("水管"), worker=desk.people["engineer"].id)
    ours = desk.dispatch(desk.request("水表"), department=desk.departments["工程部"])
    theirs = desk.dispatch(desk.request("楼道脏", "cleaning"))
    lines = [desk.line(order, "supervisor") for order in (mine, ours, theirs)]
    desk.request("没派的", None)

    def seen(who: str, entity: str) -> list[int]:
        rows = desk.registry.scope.stream(desk.people[who], entity, Query(sort="id"))
        return [row.id for row in rows]

    assert seen("engineer", "work_order") == seen("li", "work_order") == [mine, ours]
    assert seen("zhou", "work_order") == [theirs]
    assert seen("engineer", "work_line") == lines[:2]
    titles = {who: [one.title.split(" ", 1)[1] for one in desk.registry.scope.stream(
        desk.people[who], "service_request", Query(sort="id"))] for who in ("engineer", "zhou")}  # fmt: skip
    assert titles == {"engineer": ["水管", "水表"], "zhou": ["楼道脏"]}


def test_who_leaves_or_moves_sees_the_orders_of_the_department_no_longer(desk: OrderOffice) -> None:
    order = desk.dispatch(desk.request(), department=desk.departments["工程部"])
    desk.money.set("staff", desk.staff["li"], department=desk.departments["保洁部"])
    desk.money.set("staff", desk.staff["zhou"], left_on=date(2026, 10, 1))
    assert desk.registry.scope.visible_ids(desk.people["li"], "work_order", [order]) == set()
    assert desk.registry.scope.visible_ids(desk.people["engineer"], "work_order", [order]) == {order}
    members = {row.title: row["members"] for row in desk.money.rows("department", "members")}
    assert members == {"工程部": (desk.people["engineer"].id,), "保洁部": (desk.people["li"].id,)}


def test_the_front_desk_sees_no_fee_and_no_price(desk: OrderOffice) -> None:
    order = desk.dispatch(desk.request(), worker=desk.people["engineer"].id)
    row = desk.registry.scope.get(desk.people["frontdesk"], "work_order", order)
    assert "fee" not in row.values and "bill" not in row.values
    for entity in ("work_line", "service_item"):
        with pytest.raises(NotAllowed):
            desk.registry.scope.page(desk.people["frontdesk"], entity, Query())


# -- prices and bills ------------------------------------------------------------------------------


@pytest.fixture
def paid(desk: OrderOffice) -> tuple[int, int]:
    """(unit, order) of a paid service in hand; its resident called."""
    unit = desk.money.unit("1001", owner="赵一")
    request = desk.request(unit=unit, kind="special", caller=desk.money.owners[unit])
    order = desk.dispatch(request, worker=desk.people["engineer"].id)
    desk.step("engineer", order, "accept")
    return unit, order


def test_a_line_costs_what_the_list_of_the_day_says(desk: OrderOffice, paid: tuple[int, int]) -> None:
    old = desk.item("A1", "50.00", "2026-01-01")
    new = desk.item("A1", "60.00", "2026-10-01")
    over = desk.item("B1", "9.00", "2026-01-01", "2026-09-30")
    line = desk.get("work_line", desk.line(paid[1], item=old, name=None, quantity=D(2)))
    assert (line["item"], line["name"], line["price"], line["amount"], line["is_agreed"]) == (
        new, "项目A1", D("60.00"), D("120.00"), True,
    )  # fmt: skip
    with pytest.raises(Refused, match="no price in force"):
        desk.line(paid[1], item=over)
    with pytest.raises(Refused, match=r"list says 60\.00"):
        desk.line(paid[1], item=new, price=D("10.00"))
    assert desk.get("work_line", desk.line(paid[1], "supervisor", item=new, price=D("10.00")))["price"] == D("10.00")


def test_done_and_charged_it_becomes_a_bill_once_and_stands_at_the_till(
    desk: OrderOffice, paid: tuple[int, int]
) -> None:
    from office.till.household import household

    unit, order = paid
    desk.line(order, item=desk.item("A1", "60.00"), quantity=D(2))
    desk.finish(order)
    row = desk.get("work_order", order)
    bill = desk.get("bill", row["bill"])
    kept = [bill[name] for name in ("unit", "origin", "amount", "state", "period", "payer")]
    assert kept == [unit, "service", D("120.00"), "published", "2026-10-05", desk.money.owners[unit]]
    assert bill["lines"][0]["said"] == "零件 2 次 × 60.00 = 120.00"
    again = desk.money.act("supervisor", "work_order", "bill_order", order)
    assert "billed already" in again.skipped[0][1].to("en")
    assert len(desk.money.rows("bill")) == 1
    shown = household(desk.registry, desk.people["cashier"], unit, desk.money.today)
    assert [line.owed.principal for line in shown.lines] == [D("120.00")]
    with pytest.raises(Refused, match="void the bill"):
        desk.line(order, "supervisor", price=D(5))


def test_a_second_service_of_the_day_has_a_bill_of_its_own(desk: OrderOffice, paid: tuple[int, int]) -> None:
    unit, order = paid
    item = desk.item("A1", "60.00")
    for each in (order, desk.dispatch(desk.request(unit=unit, kind="special"), worker=desk.people["engineer"].id)):
        if desk.state("work_order", each) == "assigned":
            desk.step("engineer", each, "accept")
        desk.line(each, item=item)
        desk.finish(each)
    assert [row["period"] for row in desk.money.rows("bill", "period")] == ["2026-10-05", "2026-10-05/2"]


def test_prices_written_by_hand_wait_for_a_supervisor(desk: OrderOffice, paid: tuple[int, int]) -> None:
    unit, order = paid
    desk.line(order, price=D("35.00"))
    desk.finish(order)
    assert desk.get("work_order", order)["bill"] is None
    waiting = desk.registry.scope.count(desk.people["billing"], "work_order", Query(saved="to_bill"))
    assert waiting == 1
    assert desk.money.act("billing", "work_order", "bill_order", order).done
    assert desk.money.owed(unit) == D("35.00")


def test_free_under_warranty_says_why_and_bills_nothing(desk: OrderOffice, paid: tuple[int, int]) -> None:
    _, order = paid
    desk.line(order, item=desk.item("A1", "60.00"))
    with pytest.raises(Refused, match="say why it is free"):
        desk.finish(order, is_charged=False)
    desk.finish(order, is_charged=False, free_because="warranty")
    assert desk.money.rows("bill") == []


def test_without_a_unit_nothing_is_billed_and_a_sentence_says_so(desk: OrderOffice) -> None:
    order = desk.dispatch(desk.request("凉亭灯", place="中心花园", kind="special"), worker=desk.people["engineer"].id)
    desk.step("engineer", order, "accept")
    desk.line(order, item=desk.item("A1", "60.00"))
    desk.finish(order)
    outcome = desk.money.act("supervisor", "work_order", "bill_order", order)
    assert "no unit to bill" in outcome.skipped[0][1].to("en")


def test_a_voided_bill_can_be_made_again(desk: OrderOffice, paid: tuple[int, int]) -> None:
    _, order = paid
    desk.line(order, item=desk.item("A1", "60.00"))
    desk.finish(order)
    desk.money.act("billing", "bill", "void_bill", desk.get("work_order", order)["bill"], reason="重开")
    desk.line(order, "supervisor", price=D(5))
    assert desk.money.act("supervisor", "work_order", "bill_order", order).done
    assert sorted((row["state"], row["amount"]) for row in desk.money.rows("bill", "state", "amount")) == [
        ("published", D("65.00")), ("void", D("60.00")),
    ]  # fmt: skip


# -- rating ----------------------------------------------------------------------------------------


def test_a_rating_stands_but_for_the_supervisor(desk: OrderOffice) -> None:
    order = desk.dispatch(desk.request(), worker=desk.people["engineer"].id)
    desk.finish(order)
    stars = {"quality": 5, "attitude": 4, "words": "很快"}
    refused = desk.money.act("li", "work_order", "rate_order", order, **stars)
    assert "Only the worker" in refused.skipped[0][1].to("en")
    assert desk.money.act("engineer", "work_order", "rate_order", order, **stars).done
    for who in ("engineer", "frontdesk"):
        again = desk.money.act(who, "work_order", "rate_order", order, quality=5, attitude=5)
        assert "that stands" in again.skipped[0][1].to("en")
    with pytest.raises(Refused):
        desk.registry.store.update(desk.people["engineer"], "work_order", order, {"quality": 5}, FORM)
    assert desk.money.act("supervisor", "work_order", "rate_order", order, quality=3, attitude=3).done
    assert desk.get("work_order", order)["quality"] == 3
