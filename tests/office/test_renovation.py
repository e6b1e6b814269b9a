"""Renovation through the store, the steps and the actions: what passes and what never does (D1–D5, F13)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from models import jobs
from models.actor import SYSTEM, Source
from models.errors import Invalid, NotAllowed, NotFound, Refused
from models.operations import Selection
from office.renovation.checking import Tick, record_check, record_result
from office.renovation.papers import rectification_notice
from office.renovation.standing import in_progress_on, permits_between
from office.till.deposits import deduct_deposit, refund_deposit
from tests.office.money import DAY, MoneyOffice
from tests.office.renovation import Renovation, renovation_of

FORM = Source("form")
PERMIT = "renovation_permit"


@pytest.fixture
def works(money: MoneyOffice) -> Renovation:
    return renovation_of(money)


def said(outcome: Any) -> str:
    return " ".join(text.to("en") for _, text in (*outcome.done, *outcome.skipped))


def create(works: Renovation, who: str, entity: str, **values: Any) -> int:
    return int(works.money.registry.store.create(works.money.people[who], entity, values, FORM))


# -- the permit ------------------------------------------------------------------------------------


@pytest.mark.both_engines
def test_a_prohibited_work_is_approved_through_no_door(works: Renovation) -> None:
    money = works.money
    id = works.submitted(works.painting, works.wall)
    with pytest.raises(Refused, match="prohibited"):
        money.step("engineer", PERMIT, "approve", id)
    for who in (SYSTEM, money.people["engineer"]):
        with pytest.raises(Refused):
            money.registry.store.update(who, PERMIT, id, {"state": "approved"}, FORM)
    with pytest.raises(Refused, match="prohibited"):
        works.money.make(PERMIT, unit=works.unit, applicant=money.owners[works.unit], works=(works.wall,),
                         starts_on=money.today, ends_on=money.today, state="in_progress")  # fmt: skip
    assert works.state(id) == "submitted"
    money.step("engineer", PERMIT, "refuse", id, refused_why="Load-bearing")
    assert works.state(id) == "refused"


def test_a_prohibited_work_does_not_slip_into_a_permit_in_force(works: Renovation) -> None:
    id = works.running()
    for who in (SYSTEM, works.money.people["engineer"]):
        with pytest.raises(Invalid):
            works.money.registry.store.update(who, PERMIT, id, {"works": (works.painting, works.wall)}, FORM)


def test_a_work_that_becomes_prohibited_later_does_not_hold_up_a_running_permit(works: Renovation) -> None:
    id = works.running()
    works.money.set("renovation_work", works.painting, is_prohibited=True)
    works.money.act("steward1", PERMIT, "suspend_permit", id, reason="New rules")
    assert works.state(id) == "suspended"


def test_an_approval_takes_signatures_and_the_deposit_that_is_due(works: Renovation) -> None:
    money = works.money
    id = works.draft(deposit_due=Decimal(2000))
    money.step("frontdesk", PERMIT, "submit", id)
    with pytest.raises(Refused):
        money.step("engineer", PERMIT, "approve", id)
    works.signed(id)
    with pytest.raises(Refused, match="deposit"):
        money.step("engineer", PERMIT, "approve", id)
    money.act("cashier", PERMIT, "take_permit_deposit", id, method="cash")
    assert money.get(PERMIT, id)["deposit_held"] == 2000
    with pytest.raises(NotAllowed):
        money.step("supervisor", PERMIT, "approve", id)
    money.step("engineer", PERMIT, "approve", id)
    assert works.state(id) == "approved"


def test_another_contractor_has_to_sign_the_notice_anew(works: Renovation) -> None:
    id = works.draft()
    works.signed(id)
    works.money.registry.store.update(works.money.people["frontdesk"], PERMIT, id, {"contractor": "Other"}, FORM)
    found = works.money.get(PERMIT, id)
    assert found["rules_told_at"] is None and not found["contractor_signature"]


def test_what_was_approved_stays_and_the_end_moves_only_with_a_reason(works: Renovation) -> None:
    money, id = works.money, works.running()
    engineer, until = money.people["engineer"], money.today + timedelta(days=20)
    for change in ({"details": "More"}, {"ends_on": until}, {"starts_on": money.today - DAY}):
        with pytest.raises(Invalid):
            money.registry.store.update(engineer, PERMIT, id, change, FORM)
    with pytest.raises(NotAllowed):
        money.act("steward1", PERMIT, "extend_permit", id, ends_on=until, reason="x")
    with pytest.raises(Invalid):
        money.act("engineer", PERMIT, "extend_permit", id, ends_on=until)
    money.act("engineer", PERMIT, "extend_permit", id, ends_on=until, reason="Rain")
    [kept] = money.rows("permit_extension", "from_on", "ends_on", "reason", permit=id)
    assert (kept["ends_on"], kept["reason"], money.get(PERMIT, id)["ends_on"]) == (until, "Rain", until)


def test_a_permit_ends_by_date_once_and_an_extension_takes_it_up_again(works: Renovation) -> None:
    money, id = works.money, works.running()
    began, last = money.today, money.today + timedelta(days=10)
    schedule = money.registry.schema.schedules["expire_permits"]
    for day, state in ((last, "in_progress"), (last + 3 * DAY, "expired"), (last + 4 * DAY, "expired")):
        money.on(day)
        jobs.perform(money.registry, schedule, money.clock.now())
        assert works.state(id) == state
    money.act("engineer", PERMIT, "extend_permit", id, ends_on=last + 9 * DAY, reason="Late tiles")
    assert works.state(id) == "in_progress"
    [standing] = permits_between(money.registry, SYSTEM, began, last + 9 * DAY)
    days = [n for n in range(21) if in_progress_on(standing, began + n * DAY)]
    assert days == [*range(11), *range(14, 20)]


# -- passes ----------------------------------------------------------------------------------------


def test_a_pass_never_outlives_its_permit_also_when_that_is_shortened(works: Renovation) -> None:
    money, id = works.money, works.running()
    last = money.get(PERMIT, id)["ends_on"]
    with pytest.raises(Invalid, match="beyond"):
        create(works, "frontdesk", "worker_pass", permit=id, name="Li", ends_on=last + DAY)
    early = create(works, "frontdesk", "worker_pass", permit=id, name="Li", ends_on=last)
    late = create(works, "frontdesk", "worker_pass", permit=id, name="Wu", starts_on=last, ends_on=last)
    money.act("engineer", PERMIT, "shorten_permit", id, ends_on=money.today + DAY, reason="Neighbours")
    for one in (early, late):
        found = money.get("worker_pass", one)
        assert found["ends_on"] == money.today + DAY and found["starts_on"] <= found["ends_on"]


def test_nobody_gets_a_pass_for_works_that_are_over(works: Renovation) -> None:
    id = works.running()
    works.money.step("steward1", PERMIT, "complete", id)
    with pytest.raises(Invalid, match="No more works"):
        create(works, "frontdesk", "worker_pass", permit=id, name="Li", ends_on=works.money.today)


# -- inspections and violations --------------------------------------------------------------------


def test_an_inspection_is_of_the_own_area_of_today_and_of_running_works(works: Renovation) -> None:
    money, id = works.money, works.running()
    one = create(works, "steward1", "renovation_inspection", permit=id)
    assert money.get("renovation_inspection", one)["unit"] == works.unit
    with pytest.raises((NotAllowed, NotFound, Invalid)):
        create(works, "steward2", "renovation_inspection", permit=id)
    with pytest.raises(Invalid, match="future"):
        money.make("renovation_inspection", permit=id, done_at=money.clock.now() + DAY)
    with pytest.raises(Refused):
        create(works, "steward1", "renovation_inspection", permit=id, done_at=money.clock.now() + DAY)
    with pytest.raises(Invalid, match="nothing to inspect"):
        create(works, "steward1", "renovation_inspection", permit=works.draft())


def test_a_serious_violation_stops_the_works_until_it_is_settled(works: Renovation) -> None:
    money, id = works.money, works.running()
    with pytest.raises(Invalid, match="deadline"):
        works.violation(id, deadline=None)
    with pytest.raises(Invalid, match="serious violation"):
        works.violation(id, weight="minor", work=works.wall)
    found = works.violation(id, work=works.wall)
    assert works.state(id) == "suspended"
    [stop] = money.rows("permit_suspension", "violation", "starts_on", "ended_on", permit=id)
    assert (stop["violation"], stop["starts_on"], stop["ended_on"]) == (found, money.today, None)
    assert any(
        "Works stopped" in one.text.to("en") for one in money.registry.inbox.waiting(money.people["engineer"], 9)
    )
    assert "may not go on" in said(money.act("engineer", PERMIT, "resume_permit", id))
    money.step("steward1", "violation", "put_right", found)
    money.step("steward1", "violation", "settle", found, outcome="Wall rebuilt")
    money.on(money.today + DAY)
    money.act("engineer", PERMIT, "resume_permit", id)
    assert works.state(id) == "in_progress"
    assert money.rows("permit_suspension", "ended_on", permit=id)[0]["ended_on"] == money.today


def test_what_was_put_right_on_the_spot_is_settled_and_stops_nothing(works: Renovation) -> None:
    id = works.running()
    found = works.violation(id, weight="minor", on_the_spot=True, deadline=None)
    assert works.money.get("violation", found)["state"] == "settled" and works.state(id) == "in_progress"


# -- acceptance and deposit ------------------------------------------------------------------------


def test_the_deposit_stays_whole_until_engineer_and_steward_accept(works: Renovation) -> None:
    money, id = works.money, works.submitted(deposit_due=Decimal(2000))
    deposit = works.paid(id)
    money.step("engineer", PERMIT, "approve", id)
    money.step("steward1", PERMIT, "begin", id)
    now, cashier = money.clock.now(), money.people["cashier"]
    refund = {"method": "cash", "reason": "back"}
    assert "not accepted" in said(money.act("cashier", "deposit", "refund_deposit", deposit, **refund))
    assert "not accepted" in said(
        money.act("billing", "deposit", "deduct_deposit", deposit, amount=Decimal(1), reason="x")
    )
    with pytest.raises(Refused, match="not accepted"):
        refund_deposit(money.registry, cashier, now, deposit, "cash", reason="x")
    with pytest.raises(Refused, match="not accepted"):
        deduct_deposit(money.registry, cashier, now, deposit, Decimal(1), "x")
    with pytest.raises(Refused, match="completed"):
        create(works, "steward1", "acceptance", permit=id)
    money.step("steward1", PERMIT, "complete", id)
    signed = {"owner_signature": ("a" * 64,), "contractor_signature": ("b" * 64,)}
    first = create(works, "steward1", "acceptance", permit=id)
    items = [row.id for row in money.rows("acceptance_item", acceptance=first)]
    assert len(items) == 7
    with pytest.raises(Invalid, match="under way"):
        create(works, "engineer", "acceptance", permit=id)
    money.act("steward1", "acceptance_item", "item_fine", tuple(items))
    assert "engineer" in said(money.act("engineer", "acceptance", "pass_acceptance", first, **signed))
    money.act("engineer", "acceptance_item", "item_fine", tuple(items[1:]))
    money.act("engineer", "acceptance_item", "item_wrong", items[0], words="Wall")
    assert "not fine" in said(money.act("engineer", "acceptance", "pass_acceptance", first, **signed))
    money.act("engineer", "acceptance", "fail_acceptance", first, words="Wall")
    assert works.state(id) == "completed"
    second = create(works, "engineer", "acceptance", permit=id)
    assert money.get("acceptance", second)["attempt"] == 2
    items = [row.id for row in money.rows("acceptance_item", acceptance=second)]
    for who in ("steward1", "engineer"):
        assert "not been ticked" in said(money.act(who, "acceptance", "sign_check", second, signature=("c" * 64,)))
        money.act(who, "acceptance_item", "item_fine", tuple(items))
    assert "has not signed" in said(money.act("engineer", "acceptance", "pass_acceptance", second, **signed))
    for who in ("steward1", "engineer"):
        money.act(who, "acceptance", "sign_check", second, signature=("c" * 64,))
    money.act(
        "engineer", "acceptance", "pass_acceptance", second, **signed, deduction=Decimal(300), deduction_why="Lift"
    )
    assert works.state(id) == "accepted"
    money.act("billing", "deposit", "deduct_deposit", deposit, amount=Decimal(300), reason="Lift")
    money.act("cashier", "deposit", "refund_deposit", deposit, **refund)
    found = money.get("deposit", deposit)
    assert (found["deducted"], found["refunded"], found["held"]) == (300, 1700, 0)


def accepting(works: Renovation) -> tuple[int, list[int]]:
    """An acceptance under way, and its items."""
    id = works.running()
    works.money.step("steward1", PERMIT, "complete", id)
    one = create(works, "steward1", "acceptance", permit=id)
    return one, [row.id for row in works.money.rows("acceptance_item", acceptance=one)]


def test_what_is_ticked_differently_after_the_signature_is_signed_anew(works: Renovation) -> None:
    money, (one, items) = works.money, accepting(works)
    money.act("steward1", "acceptance_item", "item_fine", tuple(items))
    money.act("steward1", "acceptance", "sign_check", one, signature=("c" * 64,))
    assert money.get("acceptance", one)["steward_at"] == money.clock.now()
    money.act("steward1", "acceptance_item", "item_fine", items[0])
    assert money.get("acceptance", one)["steward_signature"], "nothing was changed"
    money.act("steward1", "acceptance_item", "item_wrong", items[0], words="Cracks")
    found = money.get("acceptance", one)
    assert (found["steward_signature"], found["steward_at"]) == (None, None)


def test_one_person_is_not_both_and_another_area_is_not_there(works: Renovation, person: Any) -> None:
    money, (one, items) = works.money, accepting(works)
    both = person(money.registry, "engineer", "steward", username="both")
    money.people["both"] = both
    money.set("acceptance", one, steward=both.id)
    assert "two persons" in said(money.act("both", "acceptance_item", "item_fine", items[0]))
    tick = (Tick(items[0], True),)
    with pytest.raises(NotFound):
        record_check(money.registry, money.people["steward2"], one, tick, None, money.clock.now())
    with pytest.raises(NotAllowed):
        record_check(money.registry, money.people["cashier"], one, tick, None, money.clock.now())
    with pytest.raises(NotAllowed):
        record_result(money.registry, money.people["steward1"], one, False, {"words": "x"}, money.clock.now())
    other = accepting_elsewhere(works)
    with pytest.raises(NotFound):
        record_check(money.registry, money.people["engineer"], one, (Tick(other, True),), None, money.clock.now())
    assert all(row["engineer_fine"] is None for row in money.rows("acceptance_item", "engineer_fine"))


def accepting_elsewhere(works: Renovation) -> int:
    """An item of an acceptance of another permit."""
    id = works.running(unit=works.money.unit("102"))
    works.money.step("steward1", PERMIT, "complete", id)
    one = create(works, "steward1", "acceptance", permit=id)
    return int(works.money.rows("acceptance_item", acceptance=one)[0].id)


def test_a_deposit_for_a_permit_is_of_its_unit_and_for_renovation(works: Renovation) -> None:
    money, id = works.money, works.draft()
    other = money.unit("102")
    taken = {"amount": Decimal(10), "method": "cash", "permit": id}
    assert "another unit" in said(money.act("cashier", "unit", "take_deposit", other, kind="renovation", **taken))
    assert "renovation" in said(money.act("cashier", "unit", "take_deposit", works.unit, kind="key", **taken))
    assert not money.rows("deposit", permit=id)


def test_an_air_conditioner_is_asked_for_allowed_and_checked(works: Renovation) -> None:
    money = works.money
    id = create(works, "frontdesk", "ac_installation", unit=works.unit, position="South", drain="Pipe",
                install_on=money.today + DAY)  # fmt: skip
    with pytest.raises(NotAllowed):
        money.step("steward1", "ac_installation", "allow", id)
    money.step("engineer", "ac_installation", "allow", id)
    with pytest.raises(Refused, match="not installed"):
        money.step("steward1", "ac_installation", "check", id, "fine")
    money.on(money.today + DAY)
    money.step("steward1", "ac_installation", "check", id, "fine")
    assert money.get("ac_installation", id)["state"] == "checked"


def test_the_notice_is_for_serious_violations(works: Renovation) -> None:
    money, id = works.money, works.running()
    serious = works.violation(id, work=works.wall)
    minor = works.violation(id, weight="minor", on_the_spot=True, deadline=None)
    actor = money.people["steward1"]
    selection = Selection("violation", (serious, minor))
    found = rectification_notice(money.registry, actor, selection, money.clock.now(), {})
    assert [(sheet.data["what"], sheet.data["work"]) for sheet in found.sheets] == [
        ("Wall opened", "Open a load-bearing wall")
    ]
    assert [one for one, _why in found.skipped] == [minor]
