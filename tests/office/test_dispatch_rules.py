"""The rules of dispatch as tables: who is sent, where the request stands, what is billed, to whom, at which price."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from office.dispatch.charging import BILLED, FREE, NO_UNIT, NOT_DONE, TO_AGREE, Charge, Lives, payer_of, why_not
from office.dispatch.following import moved_request
from office.dispatch.people import Candidate, best, rank
from office.dispatch.prices import Price, in_force
from office.dispatch.states import request_state

PLUMBING, CLEANING = ("plumbing",), ("cleaning",)


def one(name: str, trades: tuple[str, ...] = PLUMBING, duty: bool = True, away: bool = False, load: int = 0) -> Any:
    shifts = ("day",) if duty else ()
    return Candidate(ord(name), ord(name), name, 1, trades, shifts, away, load)


@pytest.mark.parametrize(
    ("people", "trade", "order", "sent"),
    [
        ([one("a", load=2), one("b", load=1)], "plumbing", "ba", "b"),
        ([one("a", duty=False), one("b", load=9)], "plumbing", "ba", "b"),
        ([one("a", CLEANING), one("b", duty=False, load=5)], "plumbing", "ba", "b"),
        ([one("a", away=True), one("b", duty=False, load=5)], "plumbing", "ba", "b"),
        ([one("a", away=True), one("b", CLEANING)], "plumbing", "ba", None),
        ([one("a", CLEANING, load=1), one("b")], None, "ba", "b"),
        ([one("b"), one("a")], "plumbing", "ab", "a"),
        ([one("a", (), load=0), one("b", ("lift", "plumbing"), load=3)], "plumbing", "ba", "b"),
        ([], "plumbing", "", None),
    ],
)  # fmt: skip
def test_who_is_sent(people: list[Candidate], trade: str | None, order: str, sent: str | None) -> None:
    """There before away, then the trade, then on duty, then the load, then the name."""
    assert "".join(each.name for each in rank(people, trade)) == order
    found = best(people, trade)
    assert (found and found.name) == sent


@pytest.mark.parametrize(
    ("now", "orders", "then"),
    [
        ("new", [], "new"),
        ("assigned", ["assigned"], "assigned"),
        ("assigned", ["accepted"], "in_progress"),
        ("assigned", ["assigned", "arrived"], "in_progress"),
        ("in_progress", ["waiting"], "waiting"),
        ("in_progress", ["waiting", "assigned"], "waiting"),
        ("waiting", ["arrived"], "in_progress"),
        ("waiting", ["waiting", "accepted"], "in_progress"),
        ("in_progress", ["new"], "assigned"),
        ("in_progress", ["done", "arrived"], "in_progress"),
        ("in_progress", ["done", "assigned"], "assigned"),
        ("in_progress", ["done"], "solved"),
        ("in_progress", ["done", "cancelled"], "solved"),
        ("assigned", ["cancelled"], "new"),
        ("solved", ["done", "assigned"], "solved"),
        ("closed", ["done"], "closed"),
        ("called_back", ["arrived"], "called_back"),
        ("cancelled", ["done"], "cancelled"),
    ],
)  # fmt: skip
def test_where_a_request_stands_by_its_orders(now: str, orders: list[str], then: str) -> None:
    assert request_state(now, orders) == then


def test_the_last_order_done_gives_the_solution_unless_one_is_written() -> None:
    request = {"state": "in_progress", "solution": None, "solved_by": None, "assigned_to": 7, "department": 1,
               "waiting_for": None}  # fmt: skip
    done = {"request": 1, "state": "done", "worker": 7, "department": 1, "waiting_for": None, "result": "换了阀门"}
    orders = [{**done, "done_at": "2026-10-05"}, {**done, "done_at": "2026-10-04", "worker": 8, "result": "看过"}]
    solved = moved_request(request, orders)
    assert (solved["state"], solved["solved_by"], solved["solution"]) == ("solved", 7, "换了阀门")
    assert "solution" not in moved_request({**request, "solution": "电话里解决"}, orders)


CHARGE = Charge(1, "done", True, Decimal(80), 3, False, True)


@pytest.mark.parametrize(
    ("changes", "by_itself", "by_hand"),
    [
        ({}, None, None),
        ({"state": "arrived"}, NOT_DONE, NOT_DONE),
        ({"is_charged": False}, FREE, FREE),
        ({"fee": Decimal(0)}, FREE, FREE),
        ({"is_billed": True}, BILLED, BILLED),
        ({"unit": None}, NO_UNIT, NO_UNIT),
        ({"is_agreed": False}, TO_AGREE, None),
        ({"unit": None, "is_agreed": False}, NO_UNIT, NO_UNIT),
    ],
)  # fmt: skip
def test_what_is_billed(changes: dict[str, Any], by_itself: Any, by_hand: Any) -> None:
    from dataclasses import replace

    charge = replace(CHARGE, **changes)
    assert (why_not(charge, by_itself=True), why_not(charge, by_itself=False)) == (by_itself, by_hand)


OWNER, HEAD, JOINT = Lives(1, "owner"), Lives(2, "owner", is_head=True), Lives(3, "joint_owner", is_head=True)
TENANT, FAMILY = Lives(5, "tenant"), Lives(6, "family")


@pytest.mark.parametrize(
    ("caller", "lives", "payer"),
    [
        (None, [OWNER, TENANT], 1),
        (5, [OWNER, TENANT], 5),
        (6, [OWNER, TENANT, FAMILY], 1),
        (9, [OWNER, HEAD], 2),
        (None, [OWNER, JOINT], 3),
        (None, [Lives(3, "joint_owner"), OWNER], 1),
        (None, [FAMILY, TENANT], 5),
        (6, [FAMILY], None),
        (None, [], None),
    ],
)  # fmt: skip
def test_who_pays(caller: int | None, lives: list[Lives], payer: int | None) -> None:
    assert payer_of(caller, lives) == payer


def price(item: int, code: str, amount: str, since: str, until: str | None = None) -> Price:
    end = until and date.fromisoformat(until)
    return Price(item, code, code, "labour", "次", Decimal(amount), date.fromisoformat(since), end or None)


@pytest.mark.parametrize(
    ("day", "found"),
    [
        ("2026-01-31", {}),
        ("2026-02-01", {"A": 1}),
        ("2026-06-30", {"A": 1, "B": 4}),
        ("2026-07-01", {"A": 2, "B": 4}),
        ("2026-12-31", {"A": 2}),
    ],
)
def test_the_price_of_a_day_is_that_of_the_newest_row_that_has_begun(day: str, found: dict[str, int]) -> None:
    rows = [price(2, "A", "90", "2026-07-01"), price(1, "A", "80", "2026-02-01"), price(3, "A", "99", "2027-01-01"),
            price(4, "B", "10", "2026-06-01", "2026-09-30")]  # fmt: skip
    assert {code: one.item for code, one in in_force(rows, date.fromisoformat(day)).items()} == found
