"""What happens in the office while letters of dunning are being set (F7)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from threading import Thread
from typing import Any

import pytest

from models.actor import SYSTEM, Source
from office.dunning import work as dunning_work
from office.dunning.cases import keep
from office.dunning.letters import papers
from office.till.receipts import Method
from office.till.taking import take_payment
from tests.office.money import MoneyOffice


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Have something happen once the letters are set and before they are noted."""

    def happen(deed: Callable[[], None]) -> None:
        def set_slowly(*given: Any) -> Any:
            made = papers(*given)
            deed()
            return made

        monkeypatch.setattr(dunning_work, "papers", set_slowly)

    return happen


@pytest.fixture
def owing(money: MoneyOffice) -> MoneyOffice:
    """Two households of steward1 with a reminder proposed today."""
    for room in ("101", "102"):
        money.bill(money.unit(room), period="2026Q1", due_on="2026-01-31")
    money.on("2026-03-02")
    keep(money.registry, SYSTEM, money.today)
    return money


def escalate(money: MoneyOffice) -> Any:
    steps = tuple(row.id for row in money.rows("dunning_step", "unit"))
    return money.act("steward1", "dunning_step", "escalate", steps)


def test_a_household_that_pays_meanwhile_gets_no_letter(owing: MoneyOffice, meanwhile: Any) -> None:
    unit = min(owing.owners)

    def pay() -> None:
        methods = [Method("cash", Decimal("540.00"), None)]
        take_payment(owing.registry, owing.people["cashier"], owing.registry.clock.now(), unit, methods)

    meanwhile(pay)
    outcome = escalate(owing)
    assert [text.to("en")[:18] for _, text in outcome.skipped] == ["The case moved on "]
    assert len(outcome.done) == 1
    assert "×1" in outcome.files[0][0]
    states = {row["unit"]: row["state"] for row in owing.rows("dunning_step", "unit", "state")}
    assert states.pop(unit) == "dropped"
    assert list(states.values()) == ["queued"]


def test_what_a_colleague_did_meanwhile_is_not_done_again(owing: MoneyOffice, meanwhile: Any) -> None:
    def colleague() -> None:
        for row in owing.rows("dunning_step", "state"):
            owing.act("supervisor", "dunning_step", "ignore_step", row.id, why="已电话联系")

    meanwhile(colleague)
    outcome = escalate(owing)
    assert (len(outcome.done), len(outcome.skipped), outcome.files) == (0, 2, [])


@pytest.mark.both_engines
def test_others_write_while_letters_are_set(owing: MoneyOffice, meanwhile: Any) -> None:
    made: list[int] = []

    def write() -> None:
        with owing.registry.connection():
            made.append(owing.registry.store.create(SYSTEM, "resident", {"name": "旁人"}, Source("form")))

    def another_thread() -> None:
        thread = Thread(target=write)
        thread.start()
        thread.join(2)
        assert made, "had to wait for the letters"

    meanwhile(another_thread)
    assert len(escalate(owing).done) == 2
