"""Renovation against those who get round it: moved, lightened, backdated, or accepted while something is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from models.errors import NotAllowed, Refused
from tests.office.money import DAY, FORM, MoneyOffice, money_office
from tests.office.renovation import Renovation, renovation_of

PAD = ("c" * 64,)


@pytest.fixture
def money(office: Any, clock: Any, person: Callable[..., Any]) -> MoneyOffice:
    return money_office(office, clock, person)


@pytest.fixture
def works(money: MoneyOffice) -> Renovation:
    return renovation_of(money)


@pytest.fixture
def enter(money: MoneyOffice, entering: Callable[[Any], Callable[[str], Any]]) -> Callable[[str], Any]:
    return entering(money)


def completed(works: Renovation) -> tuple[int, int]:
    """A permit whose works were completed, and its acceptance."""
    money, id = works.money, works.running()
    money.step("steward1", "renovation_permit", "complete", id)
    made = money.registry.store.create(money.people["engineer"], "acceptance", {"permit": id}, FORM)
    return id, int(made)


def ticked(works: Renovation) -> None:
    """All is fine for both, and both signed."""
    money = works.money
    items = tuple(row.id for row in money.rows("acceptance_item"))
    for who in ("engineer", "steward1"):
        money.act(who, "acceptance_item", "item_fine", items)
        money.act(who, "acceptance", "sign_check", money.rows("acceptance")[0].id, signature=PAD)


def passed(works: Renovation, acceptance: int) -> str:
    """What is said to the engineer who lets it pass; '' where it passes."""
    signed = {"owner_signature": PAD, "contractor_signature": PAD, "deduction": None, "deduction_why": None}
    outcome = works.money.act("engineer", "acceptance", "pass_acceptance", acceptance, **signed)
    return outcome.skipped[0][1].to("en") if outcome.skipped else ""


def test_an_acceptance_is_not_moved_to_works_that_go_on(works: Renovation, enter: Callable[[str], Any]) -> None:
    money = works.money
    _id, acceptance = completed(works)
    other = works.running(unit=money.unit("102"))
    form = {"permit": str(other), "version": "1"}
    for who in ("engineer", "steward1"):
        said = enter(who).post(f"/acceptance/edit/?id={acceptance}", form).get_data(as_text=True)
        assert "stays with its permit" in said
    assert money.get("acceptance", acceptance)["permit"] == _id
    # Whoever had moved it, works that were not completed are not accepted.
    ticked(works)
    money.set("acceptance", acceptance, permit=other)
    assert "in progress" in passed(works, acceptance).lower() and works.state(other) == "in_progress"


def test_nothing_is_accepted_while_something_serious_is_wrong(works: Renovation) -> None:
    id, acceptance = completed(works)
    found = works.violation(id)
    ticked(works)
    assert "1 serious violations" in passed(works, acceptance) and works.state(id) == "completed"
    works.money.step("steward1", "violation", "settle", found, outcome="Wall closed")
    assert passed(works, acceptance) == "" and works.state(id) == "accepted"


def test_a_result_is_not_dated_before_the_day_on_which_the_acceptance_was_begun(
    works: Renovation, enter: Callable[[str], Any]
) -> None:
    works.money.on(works.money.today + 3 * DAY)
    _id, acceptance = completed(works)
    form = {"do": "result", "result": "failed", "words": "Wet", "_once": "a" * 22, "_age": str(2 * 86400)}
    refused = enter("engineer").post(f"/renovation/acceptance/{acceptance}/", form)
    assert refused.status_code == 422 and "before the day" in refused.get_data(as_text=True)
    assert works.money.get("acceptance", acceptance)["result"] is None


def test_an_inspection_is_not_dated_before_the_permit(works: Renovation, enter: Callable[[str], Any]) -> None:
    id, form = works.running(), {"do": "fine", "_once": "a" * 22, "_age": str(5 * 86400)}
    refused = enter("steward1").post(f"/renovation/{id}/", form)
    assert refused.status_code == 422 and "approved" in refused.get_data(as_text=True)
    assert not works.money.rows("renovation_inspection")


def test_a_serious_violation_is_settled_and_not_moved_lightened_or_rewritten(works: Renovation) -> None:
    money, id = works.money, works.running()
    other, found = works.running(unit=money.unit("102")), works.violation(id, work=works.wall)

    def refused(**values: Any) -> str:
        with pytest.raises(Refused) as said:
            money.registry.store.update(money.people["steward1"], "violation", found, values, FORM)
        return " ".join(text.to("en") for texts in getattr(said.value, "problems", {}).values() for text in texts)

    assert "stays with its permit" in refused(permit=other)
    assert "not made a minor one" in refused(weight="minor", work=None)
    assert "before the day on which it was found" in refused(deadline=money.today - DAY)
    steward = money.people["steward1"]
    money.registry.store.update(steward, "violation", found, {"deadline": money.today + DAY}, FORM)
    money.act("steward1", "violation", "give_notice", found, signature=PAD)
    for change in ({"deadline": money.today + 30 * DAY}, {"what": "A scratch"}, {"work": None}):
        assert "signed for" in refused(**change), change
    assert works.state(id) == "suspended" and money.get("renovation_permit", id)["serious_open"] == 1


def test_a_permit_that_ended_is_not_extended_past_a_serious_violation(works: Renovation) -> None:
    money, id = works.money, works.running()
    money.on(money.get("renovation_permit", id)["ends_on"] + DAY)
    money.set("renovation_permit", id, state="expired")
    found = works.violation(id)
    answers = {"ends_on": money.today + 5 * DAY, "reason": "Late"}
    outcome = money.act("engineer", "renovation_permit", "extend_permit", id, **answers)
    assert "serious violations" in outcome.skipped[0][1].to("en") and works.state(id) == "expired"
    money.step("steward1", "violation", "settle", found, outcome="Closed")
    money.act("engineer", "renovation_permit", "extend_permit", id, **answers)
    assert works.state(id) == "in_progress"


def test_works_that_need_a_drawing_do_not_slip_in_after_the_permit_was_submitted(works: Renovation) -> None:
    money, id = works.money, works.submitted()
    layout = money.make("renovation_work", name="Layout", group="masonry", needs_drawing=True)
    with pytest.raises(Refused) as said:
        money.registry.store.update(money.people["steward1"], "renovation_permit", id, {"works": (layout,)}, FORM)
    assert re.search("needs a drawing", str(getattr(said.value, "problems", "")))


def test_a_pass_is_not_moved_to_a_permit_that_is_over(works: Renovation) -> None:
    money, id = works.money, works.running()
    over = works.submitted(unit=money.unit("102"))
    money.step("supervisor", "renovation_permit", "cancel", over, "No more")
    slip = money.make("worker_pass", permit=id, name="Li Qin", starts_on=money.today, ends_on=money.today)
    with pytest.raises(Refused):
        money.registry.store.update(money.people["frontdesk"], "worker_pass", slip, {"permit": over}, FORM)


def test_a_deduction_that_was_written_down_stays_when_the_result_says_nothing_of_it(works: Renovation) -> None:
    money = works.money
    _id, acceptance = completed(works)
    ticked(works)
    told = {"deduction": Decimal("300.00"), "deduction_why": "Lift scratched"}
    money.registry.store.update(money.people["steward1"], "acceptance", acceptance, told, FORM)
    assert passed(works, acceptance) == ""
    kept = money.get("acceptance", acceptance)
    assert (kept["result"], kept["deduction"], kept["deduction_why"]) == ("passed", 300, "Lift scratched")


def test_who_approves_does_not_lift_what_is_prohibited(works: Renovation) -> None:
    store, people = works.money.registry.store, works.money.people
    with pytest.raises(NotAllowed):
        store.update(people["engineer"], "renovation_work", works.wall, {"is_prohibited": False}, FORM)
    store.update(people["engineer"], "renovation_work", works.wall, {"why": "Rule 5"}, FORM)
    store.update(people["director"], "renovation_work", works.wall, {"is_prohibited": False}, FORM)


def test_a_permit_that_ended_before_works_began_is_cancelled_and_its_deposit_goes_back(works: Renovation) -> None:
    money = works.money
    for began in (False, True):
        id = works.submitted(unit=money.unit(f"10{3 + began}"), deposit_due=Decimal(2000))
        deposit = works.paid(id)
        money.step("engineer", "renovation_permit", "approve", id)
        if began:
            money.step("steward1", "renovation_permit", "begin", id)
        money.set("renovation_permit", id, state="expired")
        if began:
            with pytest.raises(Refused, match="have begun"):
                money.step("frontdesk", "renovation_permit", "cancel", id, "No more")
            continue
        money.step("frontdesk", "renovation_permit", "cancel", id, "No more")
        assert money.act("cashier", "deposit", "refund_deposit", deposit, method="cash", reason="Cancelled").done
