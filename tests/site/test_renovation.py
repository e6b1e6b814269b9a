"""Works on the phone's pages: one tap, findings, stopped and gone on, forged dates and codes, areas (D1–D4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from office.renovation import passes
from tests.office.money import DAY, ROLES, MoneyOffice, money_office
from tests.office.renovation import Renovation, renovation_of
from tests.site.conftest import words

INSPECT = {"supervisor", "steward", "engineer"}


@pytest.fixture
def money(office: Any, clock: Any, person: Callable[..., Any]) -> MoneyOffice:
    return money_office(office, clock, person)


@pytest.fixture
def works(money: MoneyOffice) -> Renovation:
    return renovation_of(money)


@pytest.fixture
def enter(money: MoneyOffice, entering: Callable[[Any], Callable[[str], Any]]) -> Callable[[str], Any]:
    return entering(money)


def inspections(works: Renovation) -> list[Any]:
    return works.money.rows("renovation_inspection", "permit", "all_fine", "words", "done_at", "by")


@pytest.mark.parametrize("who", sorted(set(ROLES) - {"cashier2"}))
def test_who_inspects_and_whose_works(works: Renovation, enter: Callable[[str], Any], who: str) -> None:
    id, visitor = works.running(), enter(who)
    sees = ROLES[who] in INSPECT
    own = sees and who != "steward2"
    listed = visitor.get("/renovation/")
    assert listed.status_code == (200 if sees else 403)
    assert ("1-1-101" in words(listed)) == own
    assert visitor.get(f"/renovation/{id}/").status_code == (200 if own else 404 if sees else 403)
    sent = visitor.post(f"/renovation/{id}/", {"do": "fine"})
    assert sent.status_code == (303 if own else 404 if sees else 403)
    assert len(inspections(works)) == own


def test_one_tap_and_the_list_moves_on(works: Renovation, enter: Callable[[str], Any]) -> None:
    id, visitor = works.running(), enter("steward1")
    assert "Not inspected today 1" in words(visitor.get("/renovation/"))
    assert visitor.post(f"/renovation/{id}/", {"do": "fine", "_once": "a" * 22}).status_code == 303
    assert visitor.post(f"/renovation/{id}/", {"do": "fine", "_once": "a" * 22}).status_code == 302
    assert [row["all_fine"] for row in inspections(works)] == [True]
    page = words(visitor.get("/renovation/"))
    assert "Nothing left to inspect today" in page and "Inspected today" in page
    works.money.on(works.money.today + DAY)
    assert "Not inspected today 1" in words(enter("steward1").get("/renovation/"))


def test_what_was_kept_without_signal_is_dated_when_it_was_done_and_never_tomorrow(
    works: Renovation, enter: Callable[[str], Any]
) -> None:
    id, visitor = works.running(), enter("steward1")
    assert visitor.post(f"/renovation/{id}/", {"do": "fine", "_once": "b" * 22, "_age": "1200"}).status_code == 303
    [row] = inspections(works)
    assert row["done_at"] == works.money.clock.now() - timedelta(minutes=20)
    refused = visitor.post(f"/renovation/{id}/", {"do": "fine", "_once": "c" * 22, "_age": "-86400"})
    assert refused.status_code == 422 and 'role="alert"' in refused.get_data(as_text=True)
    visitor.post(f"/renovation/{id}/", {"do": "fine", "done_at": "2099-01-01 10:00"})
    assert all(row["done_at"] <= works.money.clock.now() for row in inspections(works))


def test_a_load_bearing_wall_stops_the_works(works: Renovation, enter: Callable[[str], Any]) -> None:
    id, visitor = works.running(), enter("steward1")
    found = {"do": "found", "weight": "serious", "wrong": "structure", "words": "Wall opened", "work": works.wall}
    late = visitor.post(f"/renovation/{id}/", found)
    assert late.status_code == 422 and "deadline" in words(late) and "Wall opened" in late.get_data(as_text=True)
    assert not inspections(works), "neither is kept without the other"
    deadline = (works.money.today + DAY).isoformat()
    sent = visitor.post(f"/renovation/{id}/", {**found, "deadline": deadline})
    assert sent.status_code == 303
    assert works.state(id) == "suspended"
    [row] = works.money.rows("violation", "inspection", "work", "weight", "state")
    assert sent.location.endswith(f"/renovation/violation/{row.id}/"), "its notice is what comes next"
    assert (row["inspection"], row["work"], row["state"]) == (inspections(works)[0].id, works.wall, "open")
    page = words(visitor.get("/renovation/"))
    assert "To be put right" in page and "Wall opened" in page
    assert "1-1-101" not in words(enter("steward2").get("/renovation/"))


def test_findings_say_what_was_found(works: Renovation, enter: Callable[[str], Any]) -> None:
    id, visitor = works.running(), enter("steward1")
    assert visitor.post(f"/renovation/{id}/", {"do": "found", "weight": "none"}).status_code == 422
    assert visitor.post(f"/renovation/{id}/", {"do": "found", "weight": "minor", "wrong": "waste"}).status_code == 422
    assert not inspections(works)
    sent = visitor.post(
        f"/renovation/{id}/", {"do": "found", "weight": "minor", "wrong": "waste", "words": "Rubble in the lift"}
    )
    assert sent.status_code == 303
    assert works.money.rows("violation", "state")[0]["state"] == "settled" and works.state(id) == "in_progress"


def test_a_pass_at_the_gate_and_a_forged_one(works: Renovation, enter: Callable[[str], Any]) -> None:
    money, id = works.money, works.running()
    last = money.get("renovation_permit", id)["ends_on"]
    slip = money.make("worker_pass", permit=id, name="Li Qin", starts_on=money.today, ends_on=last)
    path, guard = f"/gate/p/{passes.code_of(money.registry, slip)}/", enter("security")
    assert "Valid: may come in" in words(guard.get(path))
    forged = guard.get(f"/gate/p/{money.registry.codes.sign('visitor_pass', slip)}/")
    assert forged.status_code == 404 and "not a pass of this office" in words(forged)
    money.act("steward1", "renovation_permit", "suspend_permit", id, reason="Noise")
    assert "suspended" in words(guard.get(path))
    assert enter("cashier").get(path).status_code == 403
    money.on(last + DAY)
    assert "expired" in words(enter("security").get(path))


def test_stopped_works_go_on_when_the_engineer_says_so(works: Renovation, enter: Callable[[str], Any]) -> None:
    money, id = works.money, works.running()
    found = works.violation(id, work=works.wall)
    steward, engineer = enter("steward1"), enter("engineer")
    page = words(steward.get("/renovation/"))
    assert "Stopped 1" in page and "Serious violations open: 1" in page
    assert "Works may go on" not in words(engineer.get(f"/renovation/{id}/"))
    engineer.post(f"/renovation/{id}/do/", {"do": "resume_permit"})
    assert "may not go on" in words(engineer.get(f"/renovation/{id}/")) and works.state(id) == "suspended"
    money.step("steward1", "violation", "settle", found, outcome="Rebuilt")
    assert "put right: may go on" in words(steward.get("/renovation/"))
    assert "Works may go on" not in words(steward.get(f"/renovation/{id}/"))
    assert steward.post(f"/renovation/{id}/do/", {"do": "resume_permit"}).status_code == 403
    assert enter("steward2").post(f"/renovation/{id}/do/", {"do": "resume_permit"}).status_code == 404
    assert "Works may go on" in words(engineer.get(f"/renovation/{id}/"))
    engineer.post(f"/renovation/{id}/do/", {"do": "resume_permit"})
    assert works.state(id) == "in_progress"


def test_works_begin_and_are_finished_in_one_tap(works: Renovation, enter: Callable[[str], Any]) -> None:
    id, visitor = works.submitted(), enter("steward1")
    works.money.step("engineer", "renovation_permit", "approve", id)
    assert "May begin today 1" in words(visitor.get("/renovation/"))
    assert "Works begin today" in words(visitor.get(f"/renovation/{id}/"))
    for name, state in (("begin", "in_progress"), ("complete", "completed")):
        assert visitor.post(f"/renovation/{id}/do/", {"do": name}).status_code == 303
        assert works.state(id) == state
    assert "To be accepted 1" in words(visitor.get("/renovation/"))
    for name in ("approve", "cancel", "", "close"):
        visitor.post(f"/renovation/{id}/do/", {"do": name})
        assert works.state(id) == "completed"


def test_what_is_open_costs_the_same_however_many_there_are(
    works: Renovation, enter: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    money, visitor = works.money, enter("steward1")
    run, asked, costs = type(money.registry.db).execute_sql, [0], []

    def count(self: Any, *args: Any, **kwargs: Any) -> Any:
        asked[0] += 1
        return run(self, *args, **kwargs)

    monkeypatch.setattr(type(money.registry.db), "execute_sql", count)
    for many in (1, 4):
        for n in range(many):
            unit = money.unit(f"{many}{n:02}")
            works.violation(works.running(unit=unit))
            done = works.running(unit=unit)
            money.step("steward1", "renovation_permit", "complete", done)
            money.make("acceptance", permit=done)
            works.draft(unit=unit)
        asked[0] = 0
        assert visitor.get("/renovation/").status_code == 200
        costs.append(asked[0])
    assert costs[0] == costs[1]
