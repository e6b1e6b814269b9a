"""What never gets through, door by door: a prohibited work, an inspection of tomorrow, a pass that does not hold."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from models.actor import SYSTEM, Source
from models.errors import Refused
from office.renovation import passes
from office.renovation.rules import UNSETTLED
from tests.office.money import DAY, MoneyOffice, money_office
from tests.office.renovation import Renovation, renovation_of
from tests.site.conftest import words

PERMIT = "renovation_permit"
PROHIBITED = "属于禁止项目|is prohibited"


@pytest.fixture
def money(office: Any, clock: Any, person: Callable[..., Any]) -> MoneyOffice:
    return money_office(office, clock, person)


@pytest.fixture
def works(money: MoneyOffice) -> Renovation:
    return renovation_of(money)


@pytest.fixture
def enter(money: MoneyOffice, entering: Callable[[Any], Callable[[str], Any]]) -> Callable[[str], Any]:
    return entering(money)


Door = Callable[[Any, Renovation, int], Any]
"""(visitor, works, the submitted permit with a prohibited work) to the answer."""


def step(visitor: Any, works: Renovation, id: int) -> Any:
    return visitor.post(f"/{PERMIT}/action/", {"action": "step:approve", "rowid": id, "confirmed": "1"})


def step_of_a_list(visitor: Any, works: Renovation, id: int) -> Any:
    other = works.submitted(works.wall)
    return visitor.post(f"/{PERMIT}/action/", {"action": "step:approve", "rowid": [id, other], "confirmed": "1"})


def record_form(visitor: Any, works: Renovation, id: int) -> Any:
    return visitor.post(f"/{PERMIT}/edit/?id={id}", {"state": "approved", "works": [works.wall]})


def new_form(visitor: Any, works: Renovation, id: int) -> Any:
    return visitor.post(f"/{PERMIT}/new/", _new(works))


def once(visitor: Any, works: Renovation, id: int) -> Any:
    return visitor.post(f"/{PERMIT}/new/", {**_new(works), "_once": "11111111-2222-3333-4444-555555555555"})


def edit_in_bulk(visitor: Any, works: Renovation, id: int) -> Any:
    return visitor.post(
        f"/{PERMIT}/action/", {"action": "edit", "rowid": [id], "field": "state", "state": "approved", "confirmed": "1"}
    )


def board(visitor: Any, works: Renovation, id: int) -> Any:
    return visitor.post(f"/{PERMIT}/board/", {"id": id, "rowid": id, "to": "approved", "version": "1"})


def import_file(visitor: Any, works: Renovation, id: int) -> Any:
    file = io.BytesIO("编号,状态\nZX1,已批准\n".encode())
    return visitor.post(f"/import/{PERMIT}/", {"file": (file, "permits.csv")})


def phone(visitor: Any, works: Renovation, id: int) -> Any:
    return visitor.post(f"/renovation/{id}/do/", {"do": "approve"})


def extend(visitor: Any, works: Renovation, id: int) -> Any:
    until = (works.money.today + timedelta(days=30)).isoformat()
    return visitor.post(f"/{PERMIT}/action/", {"action": "do:extend_permit", "rowid": id, "ends_on": until,
                                               "reason": "x", "confirmed": "1"})  # fmt: skip


def begin(visitor: Any, works: Renovation, id: int) -> Any:
    return visitor.post(f"/renovation/{id}/do/", {"do": "begin"})


def resume(visitor: Any, works: Renovation, id: int) -> Any:
    return visitor.post(f"/renovation/{id}/do/", {"do": "resume_permit"})


def _new(works: Renovation) -> dict[str, Any]:
    money = works.money
    return {"unit": works.unit, "applicant": money.owners[works.unit], "works": [works.wall], "state": "approved",
            "starts_on": money.today.isoformat(), "ends_on": money.today.isoformat()}  # fmt: skip


DOORS: tuple[Door, ...] = (
    step, step_of_a_list, record_form, new_form, once, edit_in_bulk, board, import_file, phone, extend, begin, resume,
)  # fmt: skip


@pytest.mark.parametrize("who", ["engineer", "supervisor", "director"])
def test_a_prohibited_work_comes_into_force_through_no_door(
    works: Renovation, enter: Callable[[str], Any], who: str
) -> None:
    visitor = enter(who)
    for door in DOORS:
        answer = door(visitor, works, works.submitted(works.wall))
        assert answer.status_code < 500, door
        if who == "engineer" and door in (step, step_of_a_list):
            assert re.search(PROHIBITED, words(answer)), (door, words(answer)[-600:])
        assert {row["state"] for row in works.money.rows(PERMIT, "state")} <= set(UNSETTLED), door


def test_nor_does_the_program_or_the_command_line_bring_it_into_force(works: Renovation) -> None:
    id = works.submitted(works.painting, works.wall)
    for state in ("approved", "in_progress", "suspended", "expired", "completed", "accepted"):
        refuse_state(works, id, state)
    assert [row["state"] for row in works.money.rows(PERMIT, "state")] == ["submitted"]


def refuse_state(works: Renovation, id: int, state: str) -> None:
    """The state is written in every way the store has, as the program itself."""
    money = works.money
    row = {"unit": works.unit, "applicant": money.owners[works.unit], "works": (works.wall,), "state": state,
           "starts_on": money.today, "ends_on": money.today}  # fmt: skip
    for source in ("cli", "import", "form"):
        for write in (
            lambda at: money.registry.store.update(SYSTEM, PERMIT, id, {"state": state}, at),
            lambda at: money.registry.store.update_many(SYSTEM, PERMIT, {id: {"state": state}}, at),
            lambda at: money.registry.store.create(SYSTEM, PERMIT, row, at),
            lambda at: money.registry.store.create_many(SYSTEM, PERMIT, [row, row], at),
        ):
            with pytest.raises(Refused, match="prohibited"):
                write(Source(source))


def test_what_was_refused_or_sent_back_is_changed_and_then_approved(works: Renovation) -> None:
    money, id = works.money, works.submitted(works.painting, works.wall)
    money.step("engineer", PERMIT, "change", id, "Without the wall, please")
    supervisor = money.people["supervisor"]
    money.registry.store.update(supervisor, PERMIT, id, {"works": (works.painting,)}, Source("form"))
    money.step("supervisor", PERMIT, "submit", id)
    money.step("engineer", PERMIT, "approve", id)
    with pytest.raises(Refused):
        money.registry.store.update(SYSTEM, PERMIT, id, {"works": (works.wall,)}, Source("cli"))
    assert works.state(id) == "approved"


# -- an inspection of tomorrow ---------------------------------------------------------------------

TOMORROW: tuple[tuple[str, dict[str, str]], ...] = (
    ("/renovation/{id}/", {"do": "fine", "_age": "-86400", "_once": "a" * 22}),
    ("/renovation/{id}/", {"do": "found", "weight": "none", "words": "Rubble", "_age": "-60", "_once": "b" * 22}),
    ("/renovation_inspection/new/", {"permit": "{id}", "all_fine": "y", "_age": "-86400", "_once": "c" * 22}),
    ("/renovation_inspection/new/", {"permit": "{id}", "all_fine": "y", "done_at": "2099-01-01 10:00"}),
    ("/violation/new/", {"permit": "{id}", "weight": "minor", "what": "x", "_age": "-86400", "_once": "d" * 22}),
)


def test_what_is_dated_tomorrow_is_refused_with_a_sentence(works: Renovation, enter: Callable[[str], Any]) -> None:
    id, visitor = works.running(), enter("steward1")
    for path, form in TOMORROW:
        answer = visitor.post(path.format(id=id), {name: value.format(id=id) for name, value in form.items()})
        assert answer.status_code in (403, 422), path
        if "_age" in form:
            assert "clock" in words(answer), (path, words(answer)[-600:])
    assert works.money.rows("renovation_inspection") == [] and works.money.rows("violation") == []


# -- a pass that does not hold ---------------------------------------------------------------------


def test_a_pass_at_the_gate_says_why_it_does_not_hold(works: Renovation, enter: Callable[[str], Any]) -> None:
    money, guard, id = works.money, enter("security"), works.running()
    last = money.get(PERMIT, id)["ends_on"]

    def slip(**values: Any) -> int:
        return money.make(
            "worker_pass", **{"permit": id, "name": "Li", "starts_on": money.today, "ends_on": last, **values}
        )

    def says(token: str, sentence: str, status: int = 200) -> None:
        answer = guard.get(f"/gate/p/{token}/")
        assert answer.status_code == status and re.search(sentence, words(answer)), words(answer)[-500:]
        assert ("Valid: may come in" in words(answer)) == (sentence == "Valid: may come in")

    def code(slip: int) -> str:
        return passes.code_of(money.registry, slip)

    held, returned, lost = slip(), slip(), slip()
    money.step("frontdesk", "worker_pass", "return_pass", returned, "x")
    money.step("frontdesk", "worker_pass", "lose", lost, "x")
    says(code(held), "Valid: may come in")
    says(code(returned), "given back on")
    says(code(lost), "reported lost")
    says(code(slip(starts_on=money.today + DAY)), "valid from")
    strange = "not a pass of this office"
    says(code(held)[:-1] + ("A" if code(held)[-1] != "A" else "B"), strange, 404)
    says(code(held)[:-6], strange, 404)
    says(money.registry.codes.sign("visitor_pass", held), strange, 404)
    money.act("steward1", PERMIT, "suspend_permit", id, reason="Noise")
    says(code(held), "works are suspended")
    money.act("engineer", PERMIT, "resume_permit", id)
    money.act("engineer", PERMIT, "shorten_permit", id, ends_on=money.today, reason="Neighbours")
    says(code(held), "Valid: may come in")
    money.on(money.today + DAY)
    guard = enter("security")
    says(code(held), "has expired")
    over = works.running(unit=money.unit("102"))
    gone = slip(permit=over)
    money.step("steward1", PERMIT, "complete", over)
    says(code(gone), "have ended")
