"""Requests: taken once, owned for ever, moved with their moments, closed only when all is done (S1, S2, S3, S5)."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.actor import SYSTEM, Source
from models.errors import Invalid, NotAllowed, NotFound, Refused
from models.jobs import perform
from models.query import Condition, Query
from office.requests.course import noted, settle
from office.requests.desk import Call, take_call
from office.requests.policy import RequestPolicy, TradeRule, policy_of
from office.requests.taking import take_request
from tests.office.conftest import Estate

NOW = datetime(2026, 3, 16, 1, 30, tzinfo=UTC)
EARLIER = NOW - timedelta(days=2)
FORM = Source("form")


# -- the rules by themselves -----------------------------------------------------------------------

SOLVED = {"solved_at": NOW, "solved_by": 7, "answered_at": NOW, "looked_into_at": NOW}
AGAIN = {
    "reopened": 1, "reopened_at": NOW, "solved_at": None, "solved_by": None, "solution": None, "called_back_at": None,
    "satisfaction": None, "signed_by": None, "signed_at": None, "closed_at": None,
}  # fmt: skip
UNDONE = {name: value for name, value in AGAIN.items() if not name.startswith("reopened")}
MOVES: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    # from, to, what the record holds besides, what is noted
    ("new", "new", {}, {}),
    ("new", "assigned", {}, {}),
    ("assigned", "in_progress", {}, {"looked_into_at": NOW}),
    ("assigned", "in_progress", {"looked_into_at": EARLIER}, {"looked_into_at": EARLIER}),
    ("in_progress", "waiting", {}, {}),
    ("waiting", "in_progress", {"waiting_for": "配件"}, {"waiting_for": None, "looked_into_at": NOW}),
    ("in_progress", "solved", {}, SOLVED),
    ("kept", "solved", {}, SOLVED),
    ("new", "solved", {"answered_at": EARLIER}, {**SOLVED, "answered_at": EARLIER}),
    ("new", "solved", {"is_complex": True}, {**SOLVED, "planned_at": NOW}),
    ("new", "solved", {"is_complex": True, "planned_at": EARLIER}, {**SOLVED, "planned_at": EARLIER}),
    ("solved", "called_back", {}, {"called_back_at": NOW, "looked_into_at": NOW}),
    ("called_back", "closed", {"looked_into_at": EARLIER}, {"closed_at": NOW, "looked_into_at": EARLIER}),
    ("solved", "assigned", {}, AGAIN),
    ("closed", "kept", {}, AGAIN),
    ("closed", "assigned", {"reopened": 2}, {**AGAIN, "reopened": 3}),
    ("cancelled", "assigned", {}, UNDONE),
    ("new", "cancelled", {}, {}),
]


@pytest.mark.parametrize(("before", "after", "held", "found"), MOVES)
def test_a_move_notes_its_moments(before: str, after: str, held: dict[str, Any], found: dict[str, Any]) -> None:
    old = {"state": before, **held}
    assert noted(old, {**old, "state": after}, NOW, 7) == found


def test_a_moment_that_the_write_gives_stays() -> None:
    old = {"state": "in_progress"}
    assert noted(old, {"state": "solved", "solved_at": EARLIER, "solved_by": 3}, NOW, 7)["solved_at"] == EARLIER
    assert noted(old, {"state": "solved", "solved_at": EARLIER, "solved_by": 3}, NOW, 7)["solved_by"] == 3
    assert noted(None, {"state": "solved"}, NOW, 7) == {}


WORDS = {"plumbing": ("漏水", "tap"), "lift": ("电梯",), "gate": ("门",), "joinery": ("门锁",)}
TRADES = RequestPolicy(trades={trade: TradeRule(words=words) for trade, words in WORDS.items()})
TOLD = [
    ("厨房漏水", "plumbing"),
    ("The TAP drips", "plumbing"),
    ("门锁坏了", "joinery"),
    ("门坏了", "gate"),
    ("问", None),
]


@pytest.mark.parametrize(("matter", "trade"), TOLD)
def test_words_tell_the_trade(matter: str, trade: str | None) -> None:
    assert TRADES.trade_of(matter) == trade


def test_a_kind_without_a_rule_has_the_defaults(office_schema: Any) -> None:
    policy = policy_of(office_schema)
    assert policy.kind("unheard_of").then == "dispatch" and policy.kind("enquiry").then == "answer"
    assert policy.department_of("repair", "plumbing") == "工程部"
    assert policy.department_of("complaint", "plumbing") == "客服部"
    assert policy.department_of("repair", None) == ""


# -- taking ----------------------------------------------------------------------------------------


def take(estate: Estate, who: str = "frontdesk", **values: Any) -> int:
    given = {"kind": "repair", "matter": "厨房水管漏水", **values}
    now = estate.registry.clock.now()
    return take_request(estate.registry, estate.people[who], now, given, FORM)


@pytest.mark.both_engines
def test_a_form_of_the_desk_that_comes_twice_at_once_is_one_call(estate: Estate) -> None:
    registry, actor, start = estate.registry, estate.people["supervisor"], threading.Barrier(2)
    values = {"kind": "repair", "matter": "厨房水管漏水", "channel": "phone", "trade": "plumbing"}
    department = estate.make("department", name="抢修班", trades=("plumbing",))
    call = Call(values, "dispatch", sent_to={"department": department}, token="one-form-of-the-desk")
    registry.db.close()

    def send(_: int) -> bool:
        with registry.connection():
            start.wait()
            return take_call(registry, actor, registry.clock.now(), call).again

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(send, range(2))) == [False, True]
    assert registry.scope.count(SYSTEM, "work_order", Query()) == 1


def held(estate: Estate, id: int) -> dict[str, Any]:
    row = estate.registry.rows.one("service_request", id)
    assert row is not None
    return dict(row)


def step(estate: Estate, who: str, id: int, name: str, comment: str = "", **values: Any) -> None:
    estate.registry.store.step(estate.people[who], "service_request", id, name, values, comment, Source("step", name))


def act(estate: Estate, who: str, id: int, name: str, **answers: Any) -> list[str]:
    outcome = estate.act(who, "service_request", name, id, **answers)
    return [text.to("en") for _, text in (*outcome.done, *outcome.skipped)]


def test_what_is_taken_has_number_owner_building_department_and_the_caller(estate: Estate) -> None:
    works = estate.make("department", name="工程部")
    unit = estate.unit("1001")
    caller = estate.make("resident", name="张伟", phone="13812345678")
    first, second = take(estate, unit=unit, caller=caller), take(estate, unit=unit, matter="灯不亮", priority="high")
    row = held(estate, first)
    assert (row["number"], held(estate, second)["number"]) == ("260316001", "260316002")
    assert row["owner"] == estate.people["frontdesk"].id
    assert row["building"] == estate.buildings["1"]
    assert (row["trade"], row["department"]) == ("plumbing", works)
    assert (row["caller_name"], row["phone"]) == ("张伟", "13812345678")
    assert (row["state"], row["priority"]) == ("new", "normal")
    assert held(estate, second)["priority"] == "high"
    assert held(estate, take(estate, kind="emergency", matter="困人"))["priority"] == "urgent"


def test_what_was_taken_yesterday_has_a_number_of_yesterday(estate: Estate) -> None:
    yesterday = estate.registry.clock.now() - timedelta(days=1)
    assert held(estate, take(estate, taken_at=yesterday))["number"] == "260315001"
    assert held(estate, take(estate))["number"] == "260316001"


@pytest.mark.both_engines
def test_one_origin_is_one_request(estate: Estate) -> None:
    first = take(estate, origin="callback:12", matter="仍在漏水")
    assert take(estate, "supervisor", origin="callback:12", matter="仍在漏水") == first
    assert held(estate, first)["owner"] == estate.people["frontdesk"].id
    assert take(estate, origin="callback:13") != first


def test_who_may_not_take_requests_does_not(estate: Estate) -> None:
    with pytest.raises(NotAllowed):
        take(estate, "cashier")
    unit = estate.unit("1001", building="2")
    with pytest.raises(Invalid):
        take(estate, "steward1", unit=unit)


def test_the_owner_stays_whoever_asks(estate: Estate) -> None:
    request = take(estate)
    other = estate.people["supervisor"]
    for actor in (SYSTEM, other, estate.people["director"]):
        with pytest.raises(Refused):
            estate.registry.store.update(actor, "service_request", request, {"owner": other.id}, FORM)
    assert held(estate, request)["owner"] == estate.people["frontdesk"].id


def test_the_owner_always_sees_and_answers(estate: Estate) -> None:
    """A steward takes a call about the public area; his colleague of the other area gets nothing."""
    request = take(estate, "steward1", matter="大门口灯不亮", place="东门")
    assert act(estate, "steward1", request, "answer", words="已通知电工") == ["Answered."]
    row = held(estate, request)
    assert (row["answer"], row["answered_at"]) == ("已通知电工", estate.registry.clock.now())
    with pytest.raises(NotFound):
        estate.registry.scope.get(estate.people["steward2"], "service_request", request)
    assert estate.registry.scope.count(estate.people["steward2"], "service_request") == 0


# -- its course ------------------------------------------------------------------------------------


def test_a_second_answer_adds_words_and_leaves_the_moment(estate: Estate) -> None:
    request, first = take(estate), estate.registry.clock.now()
    act(estate, "frontdesk", request, "answer", words="稍后派人")
    step(estate, "frontdesk", request, "assign", assigned_to=estate.people["engineer"].id)
    estate.registry.clock.at = first + timedelta(hours=3)
    act(estate, "engineer", request, "answer", words="下午三点到")
    row = held(estate, request)
    assert row["answered_at"] == first
    assert row["answer"] == "稍后派人\n\n2026-03-16 12:30 Engineer\n下午三点到"
    act(estate, "engineer", request, "plan_it", words="换一段水管")
    assert held(estate, request)["planned_at"] == first + timedelta(hours=3)


def test_a_repair_goes_its_way_and_comes_back(estate: Estate) -> None:
    works = estate.make("department", name="工程部")
    request = take(estate)
    with pytest.raises(Refused, match="department"):
        step(estate, "frontdesk", take(estate, matter="咨询电话"), "assign")
    step(estate, "frontdesk", request, "assign", department=works, assigned_to=estate.people["engineer"].id)
    step(estate, "engineer", request, "start")
    with pytest.raises(Invalid):
        step(estate, "engineer", request, "wait")
    step(estate, "engineer", request, "wait", waiting_for="住户在家的时间")
    step(estate, "engineer", request, "go_on")
    assert held(estate, request)["waiting_for"] is None
    step(estate, "engineer", request, "solve", solution="已更换")
    assert held(estate, request)["solved_by"] == estate.people["engineer"].id
    with pytest.raises(Invalid):
        step(estate, "frontdesk", request, "reopen")
    step(estate, "frontdesk", request, "reopen", "又漏了")
    row = held(estate, request)
    assert (row["state"], row["reopened"], row["solved_at"], row["solution"]) == ("assigned", 1, None, None)
    step(estate, "engineer", request, "solve", solution="整段更换")
    called_back(estate, request)
    step(estate, "frontdesk", request, "close")
    assert held(estate, request)["closed_at"] == estate.registry.clock.now()


def calls(estate: Estate, request: int) -> list[int]:
    mine = Query(conditions=(Condition("request", "equals", request),))
    return estate.registry.scope.ids(SYSTEM, "callback", mine, 9)


def called_back(estate: Estate, request: int, **values: Any) -> None:
    """Whoever is to be called about it was."""
    for call in calls(estate, request):
        estate.registry.store.update(SYSTEM, "callback", call, {"state": "done", **values}, FORM)


@pytest.mark.parametrize("state", ["due", "retry", "promised"])
def test_a_request_still_to_be_called_about_is_not_closed(estate: Estate, state: str) -> None:
    request = take(estate)
    step(estate, "supervisor", request, "solve", solution="已更换")
    [call] = calls(estate, request)
    estate.registry.store.update(SYSTEM, "callback", call, {"state": state}, FORM)
    with pytest.raises(Invalid, match="callback"):
        step(estate, "frontdesk", request, "close")
    assert not settle(estate.registry, SYSTEM, request, FORM)
    called_back(estate, request)
    assert settle(estate.registry, SYSTEM, request, FORM)
    assert held(estate, request)["state"] == "closed"


def test_a_callback_that_is_to_be_signed_keeps_it_open(estate: Estate) -> None:
    request = take(estate)
    step(estate, "supervisor", request, "solve", solution="已更换")
    called_back(estate, request, needs_signature=True)
    assert not settle(estate.registry, SYSTEM, request, FORM)
    called_back(estate, request, signed_by=estate.people["supervisor"].id)
    assert settle(estate.registry, SYSTEM, request, FORM)


def test_a_complaint_closes_only_with_a_signature_of_somebody_else(estate: Estate) -> None:
    request = take(estate, kind="complaint", matter="保洁不到位")
    assert held(estate, request)["priority"] == "high"
    step(estate, "supervisor", request, "solve", solution="已整改并致歉")
    with pytest.raises(Refused):
        step(estate, "frontdesk", request, "close")
    with pytest.raises(Invalid, match="signed"):
        estate.registry.store.update(SYSTEM, "service_request", request, {"state": "closed"}, FORM)
    with pytest.raises(NotAllowed):
        act(estate, "frontdesk", request, "sign")
    assert act(estate, "supervisor", request, "sign") == [
        "You solved this one yourself; another supervisor or the director signs for it."
    ]
    called_back(estate, request, unsigned_since=estate.registry.clock.now())
    estate.registry.store.update(SYSTEM, "service_request", request, {"state": "called_back"}, FORM)
    assert act(estate, "director", request, "sign") == ["Signed and closed."]
    row = held(estate, request)
    assert (row["state"], row["signed_by"]) == ("closed", estate.people["director"].id)


def test_a_complaint_is_not_turned_into_something_else_to_avoid_the_signature(estate: Estate) -> None:
    request = take(estate, kind="complaint", matter="保洁不到位")
    with pytest.raises(Invalid):
        estate.registry.store.update(estate.people["frontdesk"], "service_request", request, {"kind": "enquiry"}, FORM)
    assert estate.registry.store.update(
        estate.people["supervisor"], "service_request", request, {"kind": "enquiry"}, FORM
    )
    own, supervisor = take(estate, kind="complaint", matter="电梯异响"), estate.people["supervisor"]
    estate.registry.store.step(supervisor, "service_request", own, "solve", {"solution": "已检修"}, "", FORM)
    with pytest.raises(Invalid):
        estate.registry.store.update(supervisor, "service_request", own, {"kind": "enquiry"}, FORM)


def test_moments_and_assignment_are_not_written_by_hand(estate: Estate) -> None:
    request, now = take(estate), estate.registry.clock.now()
    for values in (
        {"answered_at": now}, {"solved_at": now}, {"satisfaction": 5}, {"state": "closed"}, {"reopened": 0},
        {"taken_at": now}, {"assigned_to": 1}, {"signed_by": 1}, {"origin": "callback:1"},
    ):  # fmt: skip
        with pytest.raises(Refused):
            estate.registry.store.update(estate.people["supervisor"], "service_request", request, values, FORM)


def test_what_is_solved_closes_by_itself_after_some_quiet_days(estate: Estate) -> None:
    """
    suggestion, solved a week ago              → closed
    suggestion, solved yesterday               → stays
    complaint, solved a week ago, not signed   → stays
    repair, solved a week ago, to be called    → stays
    """
    now = estate.registry.clock.now()
    ages = (("suggestion", 7), ("suggestion", 1), ("complaint", 7), ("repair", 7))
    taken = []
    for kind, days in ages:
        taken.append(take(estate, kind=kind, matter="建议增加路灯"))
        values = {"state": "solved", "solved_at": now - timedelta(days=days)}
        estate.registry.store.update(SYSTEM, "service_request", taken[-1], values, FORM)
    schedule = estate.registry.schema.schedules["close_quiet_requests"]
    results = [perform(estate.registry, schedule, now) for _ in range(2)]
    assert [(one.done, one.said.to("en")) for one in results] == [
        (1, "1 closed; 2 wait for a callback or a signature."), (0, "0 closed; 2 wait for a callback or a signature."),
    ]  # fmt: skip
    assert [held(estate, id)["state"] for id in taken] == ["closed", "solved", "solved", "solved"]


# -- who is told -----------------------------------------------------------------------------------


def told(estate: Estate, who: str) -> list[str]:
    return [message.text.to("en") for message in estate.registry.inbox.waiting(estate.people[who], 20)]


def test_those_whom_it_concerns_are_told_once(estate: Estate) -> None:
    works = estate.make("department", name="工程部", manager=estate.people["director"].id)
    complaint = take(estate, kind="complaint", matter="大厅太脏")
    take(estate, matter="灯不亮")
    assert told(estate, "supervisor") == ["New Complaint: 260316001 大厅太脏"]
    assert told(estate, "director") == told(estate, "steward1") == []
    step(estate, "frontdesk", complaint, "assign", assigned_to=estate.people["engineer"].id)
    assert told(estate, "engineer") == ["Given to you: 260316001 大厅太脏"]
    step(estate, "engineer", complaint, "solve", solution="已打扫")
    step(estate, "supervisor", complaint, "reopen", "没有打扫")
    again = "Reopened (1): 260316001 大厅太脏"
    assert (told(estate, "engineer")[0], told(estate, "frontdesk"), told(estate, "supervisor")[0]) == (
        again, [again], "New Complaint: 260316001 大厅太脏",
    )  # fmt: skip
    repair = take(estate, matter="水管漏水")
    assert told(estate, "director") == []
    step(estate, "frontdesk", repair, "assign", department=works)
    assert told(estate, "director") == ["For 工程部: 260316003 水管漏水"]


def test_nobody_is_told_of_what_was_taken_long_ago(estate: Estate) -> None:
    take(estate, kind="complaint", matter="大厅太脏", taken_at=estate.registry.clock.now() - timedelta(days=3))
    assert told(estate, "supervisor") == []
