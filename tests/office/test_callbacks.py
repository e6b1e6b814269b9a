"""Callbacks from the event to the end: opened once, tried three times, rated, signed, and what follows (S6)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from models.actor import SYSTEM, Source
from models.errors import NotAllowed, Refused
from models.query import Condition, Query
from tests.office.callback_desk import FORM, CallDesk
from tests.office.dunning_desk import text_of
from transfer.printing import print_document


@pytest.fixture
def desk(estate: Any, clock: Any) -> CallDesk:
    made = CallDesk(estate, clock)
    made.at("16 09:30")
    return made


# -- opening -----------------------------------------------------------------------------------------


def test_a_solved_complaint_opens_a_call_within_three_days(desk: CallDesk) -> None:
    call = desk.call(desk.complaint())
    assert (call["rule"], call["state"], call["needs_signature"]) == ("complaint", "due", True)
    assert (call["due_on"], desk.moment(call["not_before"])) == (date(2026, 3, 19), "16 09:30")
    assert (call["unit"], call["resident"]) == (desk.units["1"], desk.owners["1"])
    assert (call["name"], call["phone"]) == ("Owner 1", "13900000001")


def test_a_repair_is_called_about_the_next_working_day(desk: CallDesk) -> None:
    desk.at("21 10:00")
    call = desk.call(desk.complaint(kind="repair", matter="Tap drips"))
    assert (call["rule"], call["needs_signature"]) == ("repair", False)
    assert (desk.moment(call["not_before"]), call["due_on"]) == ("23 09:00", date(2026, 3, 23))


@pytest.mark.parametrize(
    ("given", "whom"),
    [
        ({}, ("Owner 1", "13900000001", True)),
        ({"caller_name": "Ms Wang", "phone": "13800000009"}, ("Ms Wang", "13800000009", True)),
        ({"caller": None, "caller_name": "Ms Wang", "phone": "13800000009"}, ("Ms Wang", "13800000009", False)),
        ({"caller": None, "caller_name": "Ms Wang"}, ("Ms Wang", "13900000001", False)),
        ({"caller": None}, ("Owner 1", "13900000001", True)),
        ({"caller": None, "unit": None, "place": "Gate"}, (None, None, False)),
    ],
)
def test_whom_to_call(desk: CallDesk, given: dict[str, Any], whom: tuple[Any, ...]) -> None:
    call = desk.call(desk.solve(desk.request(**given), "supervisor"))
    assert (call["name"], call["phone"], call["resident"] is not None) == whom


@pytest.mark.parametrize("kind", ["enquiry", "suggestion"])
def test_kinds_without_a_rule_open_none(desk: CallDesk, kind: str) -> None:
    assert desk.complaint(kind=kind) == 0
    assert desk.night() == "0 calls opened, 0 taken back."


def test_the_nightly_job_opens_the_same_set_and_nothing_twice(desk: CallDesk) -> None:
    solved = [desk.complaint(), desk.complaint(kind="repair"), desk.complaint("2", kind="agency", agency="dog")]
    before = [(one["origin"], one["due_on"], one["not_before"], one["phone"]) for one in desk.calls()]
    assert desk.night() == "0 calls opened, 0 taken back."
    for one in desk.calls():
        desk.registry.store.delete(SYSTEM, "callback", one.id, FORM)
    assert desk.night() == f"{len(before)} calls opened, 0 taken back."
    assert sorted((one["origin"], one["due_on"], one["not_before"], one["phone"]) for one in desk.calls()) == sorted(
        before
    )
    assert desk.night() == "0 calls opened, 0 taken back."
    assert 2 <= len(before) <= len(solved)


def test_what_happened_long_ago_opens_none(desk: CallDesk) -> None:
    call = desk.complaint()
    desk.registry.store.delete(SYSTEM, "callback", call, FORM)
    desk.later(days=31)
    assert desk.night() == "0 calls opened, 0 taken back."


def test_a_call_that_was_opened_stands_until_somebody_makes_it(desk: CallDesk) -> None:
    call = desk.complaint()
    desk.later(days=31)
    assert desk.night() == "0 calls opened, 0 taken back."
    request = desk.call(call)["request"]
    solved_at = desk.get(request)["solved_at"] - timedelta(hours=1)
    desk.registry.store.update(SYSTEM, "service_request", request, {"solved_at": solved_at}, FORM)
    assert desk.call(call)["state"] == "due"


def test_who_was_promised_a_reply_hears_it_though_the_matter_is_opened_again(desk: CallDesk) -> None:
    call = desk.complaint()
    request = desk.call(call)["request"]
    desk.do("frontdesk", "call_promise", call, question="Who pays?", promised_on=date(2026, 3, 18))
    desk.registry.store.step(desk.people["steward1"], "service_request", request, "reopen", {}, "Again", FORM)
    desk.night()
    assert desk.call(call)["state"] == "promised"
    desk.at("18 10:00")
    assert desk.reached(call) == "Called; it waits for the manager's signature."
    assert desk.get(request)["state"] == "assigned"


def test_many_requests_solved_at_once_open_a_call_each(desk: CallDesk) -> None:
    rows = [
        {"kind": "repair", "matter": f"Lamp {n}", "unit": desk.units["1"], "state": "solved", "solution": "New bulb",
         "solved_at": desk.clock.now(), "caller": desk.owners["1"]} for n in range(30)
    ]  # fmt: skip
    desk.registry.store.create_many(
        SYSTEM, "service_request", [{**row, "owner": desk.people["frontdesk"].id} for row in rows], FORM
    )
    assert len({one["origin"] for one in desk.calls()}) == 30


def test_a_reopened_request_takes_its_call_back_and_opens_another_when_solved_again(desk: CallDesk) -> None:
    request = desk.request()
    first = desk.solve(request)
    desk.do("frontdesk", "take_call", first)
    desk.registry.store.step(desk.people["steward1"], "service_request", request, "reopen", {}, "Again", FORM)
    gone = desk.call(first)
    assert (gone["state"], gone["not_before"], gone["claimed_by"]) == ("cancelled", None, None)
    second = desk.solve(request)
    assert second != first
    assert [one["origin"].rpartition(":")[2] for one in desk.calls(request)] == ["0", "1"]
    desk.night()
    assert [one["state"] for one in desk.calls(request)] == ["cancelled", "due"]


def test_what_a_person_cancelled_stays_so(desk: CallDesk) -> None:
    call = desk.complaint()
    assert desk.do("supervisor", "cancel_callback", call, why="Moved away") == "The call is cancelled."
    assert desk.night() == "0 calls opened, 0 taken back."
    request = desk.call(call)["request"]
    desk.registry.store.update(SYSTEM, "service_request", request, {"solved_at": desk.clock.now()}, FORM)
    assert desk.call(call)["state"] == "cancelled"


# -- trying ------------------------------------------------------------------------------------------


def test_three_tries_at_different_times_of_day_then_no_more(desk: CallDesk) -> None:
    call = desk.complaint()
    assert desk.do("frontdesk", "call_missed", call) == "Nobody was reached; call again on 03-16 14:00."
    assert desk.do("frontdesk", "call_missed", call) == "It is not to be called again before 03-16 14:00.", "sent twice"
    desk.at("16 14:05")
    assert desk.do("frontdesk", "call_missed", call, outcome="busy") == "Nobody was reached; call again on 03-16 18:00."
    desk.at("16 18:30")
    assert desk.do("frontdesk", "call_missed", call) == "Nobody was reached in 3 tries; no more calls."
    ended = desk.call(call)
    assert (ended["state"], ended["tries"], ended["not_before"]) == ("unreachable", 3, None)
    assert desk.get(ended["request"])["state"] == "solved", "a person decides what becomes of the request"
    assert desk.do("frontdesk", "call_missed", call) == "This cannot be done in its present state."


@pytest.mark.parametrize("is_over", [False, True])
def test_a_signature_closes_what_nobody_is_to_be_called_about(desk: CallDesk, is_over: bool) -> None:
    call = desk.complaint()
    request = desk.call(call)["request"]
    if is_over:
        desk.do("frontdesk", "call_wrong_number", call)
    outcome = desk.registry.act(desk.people["director"], "service_request", "sign", (request,), {}, FORM)
    assert outcome.done[0][1].to("en").startswith("Signed and closed" if is_over else "Signed; it can be closed once")
    assert desk.get(request)["state"] == ("closed" if is_over else "solved")


def test_who_asks_to_be_called_at_a_time_is_called_then(desk: CallDesk) -> None:
    call = desk.complaint()
    asked = desk.clock.at.replace(hour=16, minute=15)
    assert desk.do("frontdesk", "call_missed", call, outcome="busy", again_at=asked).endswith("03-16 16:15.")
    assert desk.moment(desk.call(call)["not_before"]) == "16 16:15"
    desk.at("16 16:20")
    assert desk.do("frontdesk", "call_missed", call, again_at=asked) == "03-16 16:15 is past."


def test_who_was_never_there_asks_for_no_time(desk: CallDesk) -> None:
    call = desk.complaint()
    for moment in ("16 09:30", "16 14:05"):
        desk.at(moment)
        desk.do("frontdesk", "call_missed", call)
    desk.at("16 18:30")
    again = desk.clock.at.replace(hour=19)
    assert desk.do("frontdesk", "call_missed", call, again_at=again) == "Nobody was reached in 3 tries; no more calls."


def test_a_wrong_number_is_put_right_or_ends_the_call(desk: CallDesk) -> None:
    call = desk.complaint()
    said = desk.do("frontdesk", "call_wrong_number", call, phone="13800000007")
    assert said == "The number is now 13800000007; call again."
    assert (
        desk.do("frontdesk", "call_wrong_number", call, phone="13800000007") == "13800000007 is the number it has now."
    )
    assert (desk.call(call)["state"], desk.call(call)["phone"], desk.call(call)["tries"]) == ("due", "13800000007", 1)
    desk.do("frontdesk", "call_wrong_number", call)
    assert desk.call(call)["state"] == "unreachable"


def test_a_promised_reply_comes_back_on_its_day(desk: CallDesk) -> None:
    call = desk.complaint()
    promise = {"question": "When will the lift be renewed?", "promised_on": date(2026, 3, 18)}
    assert desk.do("frontdesk", "call_promise", call, **promise) == "Noted; they are called again on 2026-03-18."
    assert desk.do("frontdesk", "call_promise", call, **promise) == "It is not to be called again before 03-18 09:00."
    kept = desk.call(call)
    assert (kept["state"], desk.moment(kept["not_before"]), kept["due_on"]) == (
        "promised",
        "18 09:00",
        date(2026, 3, 18),
    )
    assert desk.get(kept["request"])["state"] == "solved"
    desk.at("18 09:10")
    assert desk.reached(call, words="Fine") == "Called; it waits for the manager's signature."
    assert (desk.call(call)["state"], desk.call(call)["question"]) == ("done", promise["question"])


@pytest.mark.parametrize(("day", "why"), [(date(2026, 3, 15), "is past"), (date(2026, 5, 1), "at most 30 days ahead")])
def test_a_reply_is_promised_for_a_day_to_come(desk: CallDesk, day: date, why: str) -> None:
    with pytest.raises(Refused, match=why):
        desk.do("frontdesk", "call_promise", desk.complaint(), question="When?", promised_on=day)


def test_the_count_of_tries_begins_anew_once_somebody_was_reached(desk: CallDesk) -> None:
    call = desk.complaint()
    desk.do("frontdesk", "call_missed", call)
    desk.at("16 14:05")
    desk.do("frontdesk", "call_missed", call)
    desk.at("16 18:05")
    desk.do("frontdesk", "call_promise", call, question="When?", promised_on=date(2026, 3, 17))
    desk.at("17 09:05")
    assert desk.do("frontdesk", "call_missed", call) == "Nobody was reached; call again on 03-17 14:00."
    assert desk.call(call)["state"] == "promised"


# -- reached -----------------------------------------------------------------------------------------


def test_a_repair_that_is_well_rated_closes_its_request(desk: CallDesk) -> None:
    call = desk.complaint(kind="repair")
    desk.at("17 09:30")
    assert desk.reached(call, satisfaction=4, words="All dry") == "Called."
    done, request = desk.call(call), desk.get(desk.call(call)["request"])
    assert (done["state"], done["satisfaction"], done["words"], done["done_by"]) == (
        "done",
        4,
        "All dry",
        desk.people["frontdesk"].id,
    )
    assert (request["state"], request["satisfaction"], request["called_back_at"]) == ("closed", 4, done["done_at"])
    assert done["opened_request"] is None


def test_what_is_said_of_an_order_on_the_phone_is_of_who_asked(desk: CallDesk) -> None:
    request = desk.request(kind="repair")
    rated = {"quality": 5, "attitude": 5, "rated_words": "Quick", "rated_by": desk.people["engineer"].id}
    worked = {"matter": "Tap drips", "state": "done", "done_at": desk.clock.now(), "result": "Mended"}
    order = desk.estate.make("work_order", request=request, unit=desk.units["1"], **worked, **rated)
    [call] = desk.calls(request)
    desk.at("17 10:00")
    desk.reached(call.id, quality=3)
    kept = desk.registry.scope.get(SYSTEM, "work_order", order)
    assert (kept["quality"], kept["attitude"], kept["rated_words"]) == (3, 5, "Quick")
    assert kept["rated_by"] == desk.people["frontdesk"].id


def test_without_a_rating_it_is_not_done(desk: CallDesk) -> None:
    assert desk.do("frontdesk", "call_reached", desk.complaint()) == "Choose how satisfied they are, from 1 to 5."


BAD = [
    ({"satisfaction": 2}, "回访评分 2 分：Noise at night"),
    ({"satisfaction": 1, "words": "Nobody came"}, "回访评分 1 分：Noise at night"),
    ({"satisfaction": 5, "complaint": "The gate was left open\nall night"}, "The gate was left open"),
    ({"satisfaction": 4, "attitude": 2}, "回访评分 2 分：Noise at night"),
]


@pytest.mark.parametrize(("answers", "matter"), BAD)
def test_a_bad_rating_or_a_new_complaint_opens_a_linked_request_once(
    desk: CallDesk, answers: dict[str, Any], matter: str
) -> None:
    call = desk.complaint()
    assert "request 260316002 was opened" in desk.reached(call, **answers)
    assert desk.reached(call, **answers) == "This cannot be done in its present state.", "sent twice"
    old, new = desk.call(call)["request"], desk.call(call)["opened_request"]
    made = desk.get(new)
    assert (made["matter"], made["kind"], made["channel"], made["priority"]) == (
        matter,
        "complaint",
        "callback",
        "high",
    )
    assert (made["came_from"], made["unit"], made["caller"], made["owner"]) == (
        old, desk.units["1"], desk.owners["1"], desk.people["frontdesk"].id,
    )  # fmt: skip
    assert len(list(desk.registry.scope.stream(SYSTEM, "service_request", Query()))) == 2
    told = [one.text.to("en") for one in desk.registry.inbox.waiting(desk.people["supervisor"], 9)]
    assert len([one for one in told if "not satisfied" in one]) == 1
    assert [
        one for one in desk.registry.inbox.waiting(desk.people["frontdesk"], 9) if "not satisfied" in one.text.en
    ] == []


@pytest.mark.parametrize("satisfaction", [3, 4, 5])
def test_other_ratings_open_none(desk: CallDesk, satisfaction: int) -> None:
    call = desk.complaint()
    desk.reached(call, satisfaction=satisfaction)
    assert desk.call(call)["opened_request"] is None


def test_who_refuses_is_left_alone(desk: CallDesk) -> None:
    call = desk.complaint(kind="repair")
    assert desk.do("frontdesk", "call_refused", call) == "They would not talk; the call is over."
    assert (desk.call(call)["state"], desk.get(desk.call(call)["request"])["state"]) == ("refused", "closed")


# -- signing -----------------------------------------------------------------------------------------


def test_a_complaint_closes_only_with_the_signature_of_another(desk: CallDesk) -> None:
    call = desk.complaint()
    request = desk.call(call)["request"]
    assert desk.reached(call, "supervisor") == "Called; it waits for the manager's signature."
    assert desk.get(request)["state"] == "called_back"
    with pytest.raises(Refused):
        desk.registry.store.step(desk.people["supervisor"], "service_request", request, "close", {}, "", FORM)
    assert desk.do("supervisor", "sign_callback", call).startswith("You made this call yourself")
    assert desk.do("steward1", "sign_callback", call) == "This cannot be done in its present state."
    with pytest.raises(NotAllowed):
        desk.do("frontdesk", "sign_callback", call)
    assert desk.do("director", "sign_callback", call) == "Signed; the request is closed."
    signed, closed = desk.call(call), desk.get(request)
    assert signed["signed_by"] == closed["signed_by"] == desk.people["director"].id
    assert closed["state"] == "closed"


def test_who_signs_for_the_request_has_signed_for_the_call(desk: CallDesk) -> None:
    call = desk.complaint()
    request = desk.call(call)["request"]
    desk.reached(call)
    desk.registry.act(desk.people["supervisor"], "service_request", "sign", (request,), {}, Source("action", "sign"))
    assert desk.call(call)["signed_by"] == desk.people["supervisor"].id
    assert desk.get(request)["state"] == "closed"


def test_the_manager_of_the_department_signs(desk: CallDesk) -> None:
    manager = desk.people["steward1"].id
    department = desk.estate.make("department", name="Front of house", manager=manager)
    call = desk.solve(desk.request(), "supervisor")
    desk.registry.store.update(SYSTEM, "service_request", desk.call(call)["request"], {"department": department}, FORM)
    desk.reached(call)
    assert desk.do("steward1", "sign_callback", call) == "Signed; the request is closed."


# -- who may -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["security", "engineer", "cashier", "billing"])
def test_others_know_nothing_of_calls(desk: CallDesk, who: str) -> None:
    call = desk.complaint()
    with pytest.raises(NotAllowed):
        desk.registry.scope.get(desk.people[who], "callback", call)
    with pytest.raises(NotAllowed):
        desk.do(who, "take_call", call)


def test_a_steward_has_the_calls_of_his_own_area(desk: CallDesk) -> None:
    call = desk.complaint("1")
    assert desk.do("steward2", "take_call", call) == ""
    assert "yours" in desk.do("steward1", "take_call", call)
    public = desk.request(
        unit=None, building=desk.estate.buildings["2"], caller_name="Mr Li", phone="13800000003", caller=None
    )
    call = desk.solve(public, "supervisor")
    assert "yours" in desk.do("steward2", "take_call", call)
    desk.do("steward2", "call_missed", call)
    assert [desk.registry.scope.count(desk.people[f"steward{n}"], "callback_attempt", Query(), 9) for n in (1, 2)] == [
        0, 1,
    ]  # fmt: skip


def test_a_failed_fee_visit_is_called_about_and_the_front_desk_sees_no_step(desk: CallDesk) -> None:
    case = desk.estate.make("dunning_case", unit=desk.units["1"], payer=desk.owners["1"], opened_on=date(2026, 3, 2))
    step = desk.estate.make(
        "dunning_step", case=case, unit=desk.units["1"], level=3, means="visit", due_on=date(2026, 3, 16)
    )
    desk.registry.store.update(SYSTEM, "dunning_step", step, {"state": "failed", "done_on": date(2026, 3, 16)}, FORM)
    (call,) = desk.calls()
    assert (call["rule"], call["dunning_step"], call["resident"]) == ("fee_visit", step, desk.owners["1"])
    assert (desk.moment(call["not_before"]), call["due_on"]) == ("17 09:00", date(2026, 3, 19))
    assert "dunning_step" not in desk.registry.scope.get(desk.people["frontdesk"], "callback", call.id).values
    query = Query(conditions=(Condition("dunning_step", "equals", step),))
    assert desk.registry.scope.count(desk.people["frontdesk"], "callback", query) == 0


# -- surveys, and other records ------------------------------------------------------------------------


@pytest.fixture
def invitation(desk: CallDesk) -> int:
    survey = desk.estate.make("survey", name="How are we doing?", state="open", closes_on=date(2026, 4, 30))
    return desk.estate.make(
        "survey_invitation", survey=survey, unit=desk.units["1"], resident=desk.owners["1"], channel="phone",
        code="000016", given_on=date(2026, 3, 16),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("values", "state", "in_time"),
    [
        ({"state": "answered", "answered_by": "phone"}, "done", True),
        ({"state": "answered", "answered_by": "link"}, "cancelled", None),
        ({"state": "refused"}, "cancelled", None),
        ({"channel": "paper"}, "cancelled", None),
    ],
)
def test_who_is_asked_on_the_phone_is_called_until_the_sheet_is_filled_in(
    desk: CallDesk, invitation: int, values: dict[str, Any], state: str, in_time: bool | None
) -> None:
    (call,) = desk.calls()
    assert (call["rule"], call["about"], call["phone"]) == ("survey", "How are we doing?", "13900000001")
    desk.registry.store.update(SYSTEM, "survey_invitation", invitation, values, FORM)
    ended = desk.call(call.id)
    assert (ended["state"], ended["in_time"], ended["not_before"]) == (state, in_time, None)


def test_a_survey_that_is_over_takes_its_calls_back_at_night(desk: CallDesk, invitation: int) -> None:
    survey = desk.registry.scope.get(SYSTEM, "survey_invitation", invitation)["survey"]
    desk.registry.store.update(SYSTEM, "survey", survey, {"state": "closed"}, FORM)
    assert desk.night() == "0 calls opened, 1 taken back."


def test_what_a_survey_asks_goes_into_its_sheet(desk: CallDesk, invitation: int) -> None:
    (call,) = desk.calls()
    assert desk.reached(call.id).startswith("Fill in the questionnaire")
    assert desk.do("frontdesk", "call_refused", call.id) == "They would not talk; the call is over."
    assert desk.call(call.id)["state"] == "refused"
    assert desk.registry.scope.get(SYSTEM, "survey_invitation", invitation)["state"] == "refused"


# -- the list on paper ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("who", "phone"), [("frontdesk", "13900000001"), ("auditor", "139****0001")])
def test_the_list_is_printed_as_the_reader_may_see_it(desk: CallDesk, who: str, phone: str) -> None:
    over = desk.complaint(kind="repair")
    desk.do("supervisor", "cancel_callback", over, why="Moved")
    call = desk.complaint()
    outcome = print_document(desk.registry, desk.people[who], "call_list", (over, call), {})
    assert [(id, why.to("en")) for id, why in outcome.skipped] == [(over, "The call is over")]
    text = text_of(outcome.files[0][1])
    assert phone in text
    assert "Owner1" in text
    assert ("13900000001" in text) == (who == "frontdesk")
