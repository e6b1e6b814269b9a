"""`/calls/` over HTTP: who sees whom, one call by one person, what is refused, and what nobody is told (S6)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from models.actor import SYSTEM
from models.query import Query
from tests.models.test_followups import statements
from tests.office.callback_desk import FORM, CallDesk
from tests.office.conftest import estate
from tests.site.conftest import PASSWORD

__all__ = ["estate"]

WORDS = "Geheim: they slammed the door"


@pytest.fixture
def desk(estate: Any, clock: Any) -> CallDesk:
    made = CallDesk(estate, clock)
    made.at("16 09:30")
    for name in made.people:
        made.registry.accounts.set_password(made.people[name].id, PASSWORD)
    return made


@pytest.fixture
def enter(desk: CallDesk, site_of: Any, visit: Any) -> Callable[[str], Any]:
    app = site_of(desk.registry)

    def go_in(who: str) -> Any:
        visitor = visit(app)
        visitor.sign_in(who, PASSWORD)
        return visitor

    return go_in


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def save(visitor: Any, call: int, **form: str) -> Any:
    return visitor.post(f"/calls/{call}/outcome/", {"outcome": "reached", **form})


def test_the_next_call_is_taken_opened_and_done(desk: CallDesk, enter: Callable[[str], Any]) -> None:
    call = desk.complaint()
    clerk = enter("frontdesk")
    page = words(clerk.get("/calls/"))
    assert "One call to make" in page
    assert "Noise at night" in page
    opened = clerk.post("/calls/next/")
    assert opened.headers["Location"].endswith(f"/calls/{call}/")
    page = clerk.get(f"/calls/{call}/")
    assert 'href="tel:13900000001"' in page.get_data(as_text=True)
    for part in ("Hello, am I speaking to Owner 1 ?", "Talked to them", "Yours until 09:40", "How did it go?"):
        assert part.replace(" ?", "?") in words(page), part
    assert save(clerk, call, satisfaction="4", words="Quiet now").status_code == 303
    assert desk.call(call)["satisfaction"] == 4
    assert "Everybody has been called" in words(clerk.get("/calls/"))


def test_a_second_clerk_is_told_who_is_calling(desk: CallDesk, enter: Callable[[str], Any]) -> None:
    call = desk.complaint()
    one, other = enter("frontdesk"), enter("supervisor")
    one.post(f"/calls/{call}/take/")
    assert "Frontdesk is calling" in words(other.get("/calls/"))
    assert other.post("/calls/next/").headers["Location"].endswith("/calls/")
    other.post(f"/calls/{call}/take/")
    page = words(other.get(f"/calls/{call}/"))
    assert "Frontdesk is calling; it is free again at 09:40" in page
    assert "How did it go?" not in page
    refused = save(other, call, satisfaction="5")
    assert (refused.status_code, desk.call(call)["state"]) == (409, "due")
    desk.later(minutes=11)
    other.post(f"/calls/{call}/take/")
    lost = save(one, call, satisfaction="5", words="Typed in vain")
    assert lost.status_code == 409
    assert "Supervisor is calling" in words(lost)


def test_the_page_keeps_its_call_while_it_is_open(desk: CallDesk, enter: Callable[[str], Any]) -> None:
    call = desk.complaint()
    clerk, other = enter("frontdesk"), enter("supervisor")
    clerk.post(f"/calls/{call}/take/")
    desk.later(minutes=8)
    assert clerk.post(f"/calls/{call}/renew/").json == {"mine": True, "until": "09:48", "by": ""}
    desk.later(minutes=9)
    assert other.post("/calls/next/").headers["Location"].endswith("/calls/"), "still held"
    assert other.post("/calls/next/", {"after": "²"}).status_code == 303
    desk.later(minutes=2)
    other.post(f"/calls/{call}/take/")
    assert clerk.post(f"/calls/{call}/renew/").json == {"mine": False, "until": "09:59", "by": "Supervisor"}


def test_a_bad_rating_sent_twice_opens_one_request(desk: CallDesk, enter: Callable[[str], Any]) -> None:
    call = desk.complaint()
    clerk = enter("frontdesk")
    clerk.post(f"/calls/{call}/take/")
    answers = [save(clerk, call, satisfaction="1", words=WORDS).status_code for _ in range(2)]
    assert answers == [303, 409]
    assert desk.registry.scope.count(SYSTEM, "service_request", Query()) == 2
    assert desk.call(call)["opened_request"] is not None


REFUSED = [
    ({}, "Choose how satisfied they are", 409),
    ({"satisfaction": "9"}, "Satisfaction", 422),
    ({"outcome": ""}, "Choose how the call went", 422),
    ({"outcome": "everything"}, "Choose how the call went", 422),
    ({"outcome": "promise", "question": "When?"}, "Reply promised for", 422),
    ({"outcome": "promise", "question": "When?", "promised_on": "2026-03-01"}, "2026-03-01 is past", 422),
    ({"outcome": "wrong", "phone": "abc"}, "Right number", 422),
    ({"outcome": "busy", "again_at": "2026-03-16T08:00"}, "is past", 409),
]


@pytest.mark.parametrize(("form", "sentence", "status"), REFUSED)
def test_what_is_refused_keeps_what_was_typed(
    desk: CallDesk, enter: Callable[[str], Any], form: dict[str, str], sentence: str, status: int
) -> None:
    call = desk.complaint()
    clerk = enter("frontdesk")
    clerk.post(f"/calls/{call}/take/")
    answer = save(clerk, call, words="They said a lot", **form)
    assert (answer.status_code, sentence in words(answer), "They said a lot" in words(answer)) == (status, True, True)
    assert (desk.call(call)["state"], desk.call(call)["tries"]) == ("due", 0)


def test_fields_of_another_outcome_are_left_out(desk: CallDesk, enter: Callable[[str], Any]) -> None:
    call = desk.complaint()
    clerk = enter("frontdesk")
    clerk.post(f"/calls/{call}/take/")
    assert save(clerk, call, outcome="no_answer", satisfaction="1", question="?", phone="x").status_code == 303
    found = desk.call(call)
    assert (found["state"], found["satisfaction"], found["question"]) == ("retry", None, None)
    clerk.get("/calls/")
    assert "Noise at night 14:00 due in 3 days" in words(clerk.get("/calls/?view=later")), (
        "today's moments carry no day"
    )


@pytest.mark.parametrize("who", ["security", "engineer", "cashier", "billing", "director", "auditor"])
def test_who_calls_nobody_has_no_such_page(desk: CallDesk, enter: Callable[[str], Any], who: str) -> None:
    call = desk.complaint()
    visitor = enter(who)
    assert '/calls/"' not in visitor.get("/").get_data(as_text=True)
    pages = [visitor.get("/calls/"), visitor.get(f"/calls/{call}/")]
    pages += [visitor.post(f"/calls/{call}/{deed}/") for deed in ("take", "renew", "leave", "outcome")]
    pages.append(visitor.post("/calls/next/"))
    assert {page.status_code for page in pages} == {403}
    assert all("13900000001" not in page.get_data(as_text=True) for page in pages)


def test_a_steward_of_another_area_finds_nothing(desk: CallDesk, enter: Callable[[str], Any]) -> None:
    call = desk.complaint("1")
    other = enter("steward2")
    assert "Owner 1" not in words(other.get("/calls/"))
    pages = [other.get(f"/calls/{call}/"), other.get(f"/callback/details/?id={call}")]
    pages += [
        other.post(f"/calls/{call}/{deed}/", {"outcome": "refused"}) for deed in ("take", "renew", "leave", "outcome")
    ]
    assert {page.status_code for page in pages} == {404}
    assert desk.call(call)["claimed_by"] is None
    assert "Owner 1" in words(enter("steward1").get("/calls/"))


@pytest.mark.parametrize("who", ["engineer", "security", "cashier", "billing", "steward2"])
def test_what_was_said_stays_with_those_who_may_read_calls(
    desk: CallDesk, enter: Callable[[str], Any], who: str
) -> None:
    call = desk.complaint()
    desk.reached(call, words=WORDS)
    request = desk.call(call)["request"]
    attempt = desk.registry.scope.ids(SYSTEM, "callback_attempt", Query(), 1)[0]
    visitor = enter(who)
    doors = (
        f"/service_request/details/?id={request}", f"/callback/details/?id={call}", f"/callback/history/?id={call}",
        f"/callback_attempt/details/?id={attempt}", "/callback/", "/callback/?search=Geheim", "/callback_attempt/",
        f"/callback/ajax/lookup/?id={call}", "/callback/export/csv/", "/search/?query=Geheim", "/",
        "/reports/callback_coverage/",
    )  # fmt: skip
    for door in doors:
        assert "slammed" not in visitor.get(door).get_data(as_text=True), door
    assert "slammed" in enter("auditor").get(f"/callback/details/?id={call}").get_data(as_text=True)


def test_the_auditor_sees_a_masked_number_and_prints_it_so(desk: CallDesk, enter: Callable[[str], Any]) -> None:
    call = desk.complaint()
    page = enter("auditor").get(f"/callback/details/?id={call}").get_data(as_text=True)
    assert "139****0001" in page
    assert "13900000001" not in page


def test_a_page_costs_the_same_with_many_calls(desk: CallDesk, enter: Callable[[str], Any]) -> None:
    made = {"kind": "complaint", "unit": desk.units["1"], "state": "solved", "solution": "Done", "owner": 1,
            "solved_at": desk.clock.now(), "caller": desk.owners["1"]}  # fmt: skip
    clerk, counts = enter("frontdesk"), []
    for many in (1, 40):
        rows = [{**made, "matter": f"Matter {many}-{n}"} for n in range(many)]
        desk.registry.store.create_many(SYSTEM, "service_request", rows, FORM)
        clerk.get("/calls/")
        counts.append(statements(desk.registry, lambda: clerk.get("/calls/")))
    assert counts[0] == counts[1] < 40


def test_signing_from_the_desk(desk: CallDesk, enter: Callable[[str], Any]) -> None:
    call = desk.complaint()
    desk.reached(call, words="Fine")
    supervisor = enter("supervisor")
    assert "Fine" in words(supervisor.get("/calls/?view=sign"))
    supervisor.post(
        "/callback/action/",
        {"rowid": call, "action": "do:sign_callback", "back": "/calls/?view=sign", "confirmed": "1"},
    )
    answer = words(supervisor.get("/calls/?view=sign"))
    assert desk.get(desk.call(call)["request"])["state"] == "closed", answer
    assert timedelta(0) == desk.call(call)["signed_at"] - desk.clock.now()
