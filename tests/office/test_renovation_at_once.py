"""Two at the same works at the same moment: one suspension, one result, one check of a round, on both engines."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from models.errors import Refused
from office.renovation import checking
from office.signage.checks import record_check
from tests.office.money import FORM, MoneyOffice
from tests.office.renovation import Renovation, renovation_of

PAD = ("c" * 64,)


@pytest.fixture
def works(money: MoneyOffice) -> Renovation:
    return renovation_of(money)


def together(money: MoneyOffice, *work: Callable[[], Any]) -> list[Any]:
    """What came of those who start at the same moment, each on a connection of their own: an answer or a refusal."""
    start = threading.Barrier(len(work))

    def run(do: Callable[[], Any]) -> Any:
        with money.registry.connection():
            start.wait()
            try:
                return do()
            except Refused as refused:
                return refused

    money.registry.db.close()
    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(run, work))


@pytest.mark.both_engines
def test_two_serious_violations_found_at_once_stop_the_works_once(works: Renovation) -> None:
    money, id = works.money, works.running()
    who = ("steward1", "engineer", "supervisor")
    found = together(money, *(lambda one=one: works.violation(id, one) for one in who))
    assert all(isinstance(one, int) for one in found), found
    assert works.state(id) == "suspended"
    assert len(money.rows("permit_suspension", permit=id)) == 1
    assert money.get("renovation_permit", id)["serious_open"] == 3


@pytest.mark.both_engines
def test_nothing_passes_while_an_item_is_taken_back(works: Renovation, monkeypatch: pytest.MonkeyPatch) -> None:
    money, id = works.money, works.running()
    money.step("steward1", "renovation_permit", "complete", id)
    acceptance = int(money.registry.store.create(money.people["engineer"], "acceptance", {"permit": id}, FORM))
    items = tuple(row.id for row in money.rows("acceptance_item"))
    for who in ("engineer", "steward1"):
        money.act(who, "acceptance_item", "item_fine", items)
        money.act(who, "acceptance", "sign_check", acceptance, signature=PAD)
    looked, went_on, read = threading.Event(), threading.Event(), checking.result_refused

    def slowly(*given: Any) -> Any:
        found = read(*given)
        looked.set()
        went_on.wait(1)
        return found

    monkeypatch.setattr(checking, "result_refused", slowly)

    def take_back() -> Any:
        looked.wait(10)
        try:
            return money.act("steward1", "acceptance_item", "item_wrong", items[0], words="Wet")
        finally:
            went_on.set()

    def let_pass() -> Any:
        signed = {"owner_signature": PAD, "contractor_signature": PAD}
        return money.act("engineer", "acceptance", "pass_acceptance", acceptance, **signed)

    together(money, let_pass, take_back)
    wrong = [row for row in money.rows("acceptance_item", "steward_fine") if row["steward_fine"] is False]
    passed = money.get("acceptance", acceptance)["result"] == "passed"
    assert passed != bool(wrong), "what is passed has no item that is not fine"
    assert (works.state(id) == "accepted") == passed


@pytest.mark.both_engines
def test_of_two_who_say_the_result_one_is_heard(works: Renovation) -> None:
    money, id = works.money, works.running()
    money.step("steward1", "renovation_permit", "complete", id)
    acceptance = int(money.registry.store.create(money.people["engineer"], "acceptance", {"permit": id}, FORM))
    said = together(
        money,
        *(
            lambda text=text: money.act("engineer", "acceptance", "fail_acceptance", acceptance, words=text)
            for text in ("Wet", "Dark", "Cold")
        ),
    )
    assert sorted(len(one.done) for one in said) == [0, 0, 1]


@pytest.mark.both_engines
def test_an_acceptance_is_begun_once(works: Renovation) -> None:
    money, id = works.money, works.running()
    money.step("steward1", "renovation_permit", "complete", id)

    def begin(who: str) -> Callable[[], Any]:
        return lambda: money.registry.store.create(money.people[who], "acceptance", {"permit": id}, FORM)

    together(money, begin("engineer"), begin("steward1"), begin("engineer"))
    assert len(money.rows("acceptance", permit=id)) == 1


@pytest.mark.both_engines
def test_a_round_of_signs_is_written_down_once(money: MoneyOffice) -> None:
    place = money.buildings["1"]
    sign = money.make("sign", category="door", building=place, place="Lobby", text="101")
    found = together(
        money,
        *(
            lambda who=who: record_check(money.registry, money.people[who], place, ())
            for who in ("steward1", "supervisor", "director")
        ),
    )
    assert sorted(isinstance(one, int) for one in found) == [False, False, True] and sign
    assert len(money.rows("sign_check")) == 1
