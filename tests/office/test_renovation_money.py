"""The deposit of a permit: kept while it is in force, whole until the acceptance, to the fen after (D5, F13)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from models.actor import SYSTEM, Source
from models.errors import NotAllowed, Refused
from office.renovation.deposits import too_much
from office.till.reversal import reverse_receipt
from tests.office.money import MoneyOffice
from tests.office.renovation import Renovation, renovation_of

FORM = Source("form")
PERMIT = "renovation_permit"
REFUND = {"method": "cash", "reason": "accepted"}


@pytest.fixture
def works(money: MoneyOffice) -> Renovation:
    return renovation_of(money)


def said(outcome: Any) -> str:
    return " ".join(text.to("en") for _, text in (*outcome.done, *outcome.skipped))


def d(text: str) -> Decimal:
    return Decimal(text)


@pytest.mark.parametrize(
    ("held", "proposed", "deducted", "amount", "found"),
    [
        ("2000.00", "0.00", "0.00", "2000.00", None),
        ("2000.00", "300.01", "0.00", "1699.99", None),
        ("2000.00", "300.01", "0.00", "1700.00", ("300.01", "1699.99")),
        ("1699.99", "300.01", "300.01", "1699.99", None),
        ("1900.00", "300.00", "100.00", "1900.00", ("200.00", "1700.00")),
        ("100.00", "300.00", "0.00", "0.01", ("300.00", "0.00")),
    ],
)
def test_what_is_proposed_to_be_deducted_is_not_refunded(
    held: str, proposed: str, deducted: str, amount: str, found: tuple[str, str] | None
) -> None:
    assert too_much(d(held), d(proposed), d(deducted), d(amount)) == (found and (d(found[0]), d(found[1])))


@pytest.mark.both_engines
def test_the_receipt_of_a_deposit_in_force_is_reversed_through_no_door(works: Renovation) -> None:
    money, id = works.money, works.submitted(deposit_due=d("2000"))
    deposit = works.paid(id)
    receipt = money.get("deposit", deposit)["receipt"]
    money.step("engineer", PERMIT, "approve", id)
    for state in ("approved", "in_progress", "suspended"):
        if state == "in_progress":
            money.step("steward1", PERMIT, "begin", id)
        elif state == "suspended":
            money.act("steward1", PERMIT, "suspend_permit", id, reason="Noise")
        assert works.state(id) == state
        assert "before the works are accepted" in said(
            money.act("cashier", "receipt", "request_reversal", receipt, reason="wrong")
        )
        assert "before the works are accepted" in said(
            money.act("billing", "receipt", "reverse_receipt", receipt, reason="wrong")
        )
    for attempt in (
        lambda: reverse_receipt(money.registry, money.people["billing"], money.clock.now(), receipt, "wrong"),
        lambda: money.set("deposit", deposit, reversed=True),
        lambda: money.set("deposit", deposit, permit=None),
        lambda: money.set("receipt", receipt, state="reversed"),
        lambda: money.registry.store.update(SYSTEM, "deposit", deposit, {"permit": works.draft()}, FORM),
        lambda: money.registry.store.delete(SYSTEM, "deposit", deposit, FORM),
    ):
        with pytest.raises(Refused, match="before the works are accepted"):
            attempt()
    for who in ("cashier", "billing", "director"):
        with pytest.raises(NotAllowed):
            money.registry.store.update(money.people[who], "deposit", deposit, {"reversed": True}, FORM)
    found = money.get("deposit", deposit)
    assert (found["held"], found["reversed"], money.get("receipt", receipt)["state"]) == (2000, False, "valid")


def test_a_mistake_at_the_till_is_put_right_once_the_right_deposit_is_there(works: Renovation) -> None:
    money, id = works.money, works.submitted(deposit_due=d("2000"))
    wrong = money.get("deposit", works.paid(id))["receipt"]
    money.step("engineer", PERMIT, "approve", id)
    money.act("cashier", PERMIT, "take_permit_deposit", id, method="transfer", amount=d("1999.99"))
    assert "take the right one first" in said(money.act("billing", "receipt", "reverse_receipt", wrong, reason="cash"))
    money.act("cashier", PERMIT, "take_permit_deposit", id, method="transfer", amount=d("0.01"))
    assert not money.act("billing", "receipt", "reverse_receipt", wrong, reason="cash").skipped
    assert (money.get(PERMIT, id)["deposit_held"], money.get("receipt", wrong)["state"]) == (2000, "reversed")
    rest = money.rows("deposit", "receipt", permit=id)
    for one in rest[1:]:
        assert money.act("billing", "receipt", "reverse_receipt", one["receipt"], reason="cash").skipped


def test_what_was_taken_by_mistake_is_reversed_before_the_approval(works: Renovation) -> None:
    money, id = works.money, works.submitted(deposit_due=d("2000"))
    receipt = money.get("deposit", works.paid(id))["receipt"]
    money.act("billing", "receipt", "reverse_receipt", receipt, reason="wrong unit")
    assert money.get("receipt", receipt)["state"] == "reversed"
    with pytest.raises(Refused, match="deposit"):
        money.step("engineer", PERMIT, "approve", id)


def test_a_deposit_of_nothing_but_its_unit_is_reversed_as_ever(works: Renovation) -> None:
    money = works.money
    money.act("cashier", "unit", "take_deposit", works.unit, kind="key", amount=d("50"), method="cash")
    [deposit] = money.rows("deposit", "receipt")
    money.act("billing", "receipt", "reverse_receipt", deposit["receipt"], reason="wrong")
    assert money.get("deposit", deposit.id)["held"] == 0


@pytest.mark.parametrize("state", ["draft", "approved", "in_progress", "suspended", "expired", "completed"])
def test_nothing_leaves_a_deposit_before_the_acceptance_by_any_door(works: Renovation, state: str) -> None:
    money, id = works.money, works.submitted()
    deposit = works.paid(id)
    money.set(PERMIT, id, state=state)
    for who, action, answers in (
        ("cashier", "refund_deposit", REFUND),
        ("billing", "refund_deposit", {**REFUND, "amount": d("0.01")}),
        ("cashier", "deduct_deposit", {"amount": d("1"), "reason": "x"}),
        ("billing", "deduct_deposit", {"amount": d("1"), "reason": "x"}),
    ):
        assert "not accepted" in said(money.act(who, "deposit", action, deposit, **answers)), (who, action)
    move = {"deposit": deposit, "kind": "refund", "amount": d("1"), "reason": "x", "state": "approved"}
    with pytest.raises(Refused, match="not accepted"):
        money.make("deposit_move", **move)
    with pytest.raises(Refused, match="not accepted"):
        money.registry.store.create_many(SYSTEM, "deposit_move", [move, move], FORM)
    for who in ("cashier", "billing", "director"):
        with pytest.raises(NotAllowed):
            money.registry.store.create(money.people[who], "deposit_move", move, FORM)
    assert money.rows("deposit_move") == [] and money.get("deposit", deposit)["held"] == 2000


def test_after_the_acceptance_the_cashier_refunds_what_the_deduction_leaves(works: Renovation) -> None:
    money, id = works.money, works.submitted()
    deposit = works.paid(id)
    money.set(PERMIT, id, state="completed")
    money.make("acceptance", permit=id, result="passed", deduction=d("300.07"), deduction_why="Lift scratched")
    money.set(PERMIT, id, state="accepted")
    over = said(money.act("cashier", "deposit", "refund_deposit", deposit, **REFUND))
    assert "300.07 (Lift scratched)" in over and "1699.93 at most" in over
    money.act("cashier", "deposit", "deduct_deposit", deposit, amount=d("300.07"), reason="Lift scratched")
    assert "waits for approval" in said(money.act("cashier", "deposit", "refund_deposit", deposit, **REFUND))
    [move] = money.rows("deposit_move")
    money.act("billing", "deposit_move", "approve_deduction", move.id)
    money.act("cashier", "deposit", "refund_deposit", deposit, **REFUND)
    found = money.get("deposit", deposit)
    assert (found["amount"], found["deducted"], found["refunded"], found["held"]) == (
        d("2000.00"), d("300.07"), d("1699.93"), d("0.00"),
    )  # fmt: skip
    assert sum(row["amount"] for row in money.rows("payment", "amount")) == d("300.07")


def test_the_billing_supervisor_may_let_a_proposed_deduction_go(works: Renovation) -> None:
    money, id = works.money, works.submitted()
    deposit = works.paid(id)
    money.set(PERMIT, id, state="completed")
    money.make("acceptance", permit=id, result="passed", deduction=d("300"), deduction_why="Lift scratched")
    money.set(PERMIT, id, state="accepted")
    money.act("billing", "deposit", "refund_deposit", deposit, **REFUND)
    assert money.get("deposit", deposit)["held"] == 0
