"""Clerks at the same queue at the same moment: never the same call, and a closed laptop loses the lease only (S6)."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from models.actor import SYSTEM
from models.query import Condition, Query
from office.callbacks import outcomes, queue
from office.callbacks.queue import next_call, take, to_call
from tests.office.callback_desk import FORM, CallDesk

ROOT = Path(__file__).resolve().parents[2]
CLERK = """
import json, sys
from datetime import datetime
from pathlib import Path
import office
from models import open_office
from models.clock import StoppedClock
from office.callbacks.queue import next_call
from schema import load

var, who, now = Path(sys.argv[1]), int(sys.argv[2]), datetime.fromisoformat(sys.argv[3])
schema = load(Path("schema.yaml"))
books = open_office(schema, var, clock=StoppedClock(schema.office.timezone, now))
with books.connection():
    actor, mine = books.accounts.actor(who), []
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(int(sys.argv[4])):
        id = next_call(books, actor, now, mine[-1] if mine else None)
        if id is None or id in mine:
            break
        mine.append(id)
print(json.dumps(mine))
"""


@pytest.fixture
def desk(estate: Any, clock: Any) -> CallDesk:
    made = CallDesk(estate, clock)
    made.at("16 09:30")
    return made


def solved(desk: CallDesk, count: int) -> set[int]:
    """Calls about so many complaints that were solved together."""
    made = {
        "kind": "complaint", "unit": desk.units["1"], "state": "solved", "solution": "Done", "caller": desk.owners["1"],
        "solved_at": desk.clock.at, "owner": desk.people["frontdesk"].id,
    }  # fmt: skip
    rows = [{**made, "matter": f"Matter {n}"} for n in range(count)]
    desk.registry.store.create_many(SYSTEM, "service_request", rows, FORM)
    return {one.id for one in desk.calls()}


def together(desk: CallDesk, *work: Callable[[], Any]) -> list[Any]:
    """The answers of those who start at the same moment, each on a connection of their own."""
    start = threading.Barrier(len(work))

    def run(do: Callable[[], Any]) -> Any:
        with desk.registry.connection():
            start.wait()
            return do()

    desk.registry.db.close()
    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(run, work))


@pytest.mark.both_engines
def test_four_clerks_who_ask_for_the_next_call_all_day_never_get_the_same(desk: CallDesk) -> None:
    calls, whose = solved(desk, 16), ("frontdesk", "steward1", "supervisor", "assistant")
    desk.people["assistant"] = desk.registry.accounts.actor(
        desk.registry.accounts.add("assistant", "Assistant", ["assistant"], "correct horse battery")
    )

    def clerk(who: str) -> Callable[[], list[int]]:
        def work() -> list[int]:
            mine: list[int] = []
            while (id := next_call(desk.registry, desk.people[who], desk.clock.now())) is not None:
                mine.append(id)
                assert desk.reached(id, who).startswith("Called")
            return mine

        return work

    found = together(desk, *(clerk(who) for who in whose))
    made = [id for mine in found for id in mine]
    assert sorted(made) == sorted(calls), "each call is made once, by one person"
    assert {one["tries"] for one in desk.calls()} == {1}
    for who, mine in zip(whose, found, strict=True):
        assert {desk.call(id)["done_by"] for id in mine} <= {desk.people[who].id}


@pytest.mark.both_engines
def test_of_two_who_open_the_same_call_one_has_it(desk: CallDesk) -> None:
    for call in sorted(solved(desk, 8)):
        one, other = together(
            desk, *(lambda who=who, call=call: desk.do(who, "take_call", call) for who in ("frontdesk", "supervisor"))
        )
        assert sorted(["yours" in one, "yours" in other]) == [False, True], (one, other)
        holder = "frontdesk" if "yours" in one else "supervisor"
        assert desk.call(call)["claimed_by"] == desk.people[holder].id


@pytest.mark.both_engines
@pytest.mark.parametrize("outcome", ["call_reached", "call_refused"])
def test_an_outcome_pressed_twice_at_once_is_one_try(
    desk: CallDesk, outcome: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse = outcomes.refuse_held
    monkeypatch.setattr(outcomes, "refuse_held", lambda *given: (refuse(*given), time.sleep(0.3)))
    (call,) = solved(desk, 1)
    answers = {"satisfaction": 5} if outcome == "call_reached" else {}
    together(desk, *[lambda: desk.do("frontdesk", outcome, call, **answers)] * 2)
    of = Query(conditions=(Condition("callback", "equals", call),))
    assert desk.registry.scope.count(SYSTEM, "callback_attempt", of) == 1


def test_two_processes_share_the_queue_without_a_call_in_common(desk: CallDesk, tmp_path: Path) -> None:
    calls = solved(desk, 20)
    desk.registry.db.close()
    var, now = str(desk.registry.var), desk.clock.now().isoformat()
    clerks = [
        subprocess.Popen(
            [sys.executable, "-c", CLERK, var, str(desk.people[who].id), now, "20"], cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        for who in ("frontdesk", "supervisor")
    ]  # fmt: skip
    assert [clerk.stdout.readline().strip() for clerk in clerks if clerk.stdout] == ["ready", "ready"]
    for clerk in clerks:
        assert clerk.stdin
        clerk.stdin.write("go\n")
        clerk.stdin.flush()
    taken = [json.loads(clerk.communicate(timeout=60)[0]) for clerk in clerks]
    assert not set(taken[0]) & set(taken[1])
    assert set(taken[0]) | set(taken[1]) <= calls
    held = {one.id: one["claimed_by"] for one in desk.calls() if one["claimed_by"]}
    for who, mine in zip(("frontdesk", "supervisor"), taken, strict=True):
        assert mine
        assert {held[id] for id in mine} == {desk.people[who].id}


def test_a_closed_laptop_loses_the_lease_and_not_the_record(desk: CallDesk) -> None:
    (call,) = solved(desk, 1)
    frontdesk, supervisor = desk.people["frontdesk"], desk.people["supervisor"]
    assert next_call(desk.registry, frontdesk, desk.clock.now()) == call
    assert next_call(desk.registry, supervisor, desk.clock.now()) is None
    desk.later(minutes=9)
    assert desk.reached(call, "supervisor") == "Frontdesk is calling; it is theirs until 09:40."
    desk.later(minutes=1)
    assert next_call(desk.registry, supervisor, desk.clock.now()) == call
    assert desk.reached(call, "frontdesk") == "Supervisor is calling; it is theirs until 09:50."
    assert desk.call(call)["state"] == "due"
    assert desk.reached(call, "supervisor").startswith("Called")


def test_who_came_back_late_may_still_write_down_what_was_said(desk: CallDesk) -> None:
    (call,) = solved(desk, 1)
    desk.do("frontdesk", "take_call", call)
    desk.later(minutes=25)
    assert desk.reached(call, "frontdesk").startswith("Called"), "nobody else has taken it meanwhile"


def test_a_lease_is_renewed_and_given_back(desk: CallDesk) -> None:
    (call,) = solved(desk, 1)
    frontdesk = desk.people["frontdesk"]
    take(desk.registry, frontdesk, call)
    desk.later(minutes=8)
    assert desk.do("frontdesk", "take_call", call) == "It is yours to call until 09:48."
    assert desk.do("supervisor", "leave_call", call) == "This cannot be done in its present state."
    assert desk.do("frontdesk", "leave_call", call) == "It is back in the queue."
    assert to_call(desk.registry, desk.people["supervisor"], desk.clock.now()).free == 1
    assert next_call(desk.registry, frontdesk, desk.clock.now(), after=call) is None, "not the one just put back"


def test_the_queue_is_in_the_order_in_which_calls_are_made(desk: CallDesk) -> None:
    a, b, c, d = sorted(solved(desk, 4))
    desk.at("16 09:30")
    desk.do("frontdesk", "call_missed", a)
    desk.do("frontdesk", "call_promise", b, question="When?", promised_on=desk.clock.at.date().replace(day=17))
    desk.registry.store.update(SYSTEM, "callback", d, {"due_on": desk.clock.at.date()}, FORM)
    desk.at("17 09:30")
    found = to_call(desk.registry, desk.people["frontdesk"], desk.clock.now())
    assert [group.name for group in found.groups] == ["promised", "due", "retry"]
    assert [line.call.id for line in found.lines] == [b, d, c, a]
    assert found.counts == {"now": 4, "later": 0, "sign": 0}


def test_a_promised_reply_is_first_however_many_calls_are_due(desk: CallDesk, monkeypatch: Any) -> None:
    """One page of them is shown; what was said to a resident is on it, whenever its call was opened."""
    monkeypatch.setattr(queue, "MOST", 2)
    desk.at("16 09:30")
    calls = sorted(solved(desk, 4))
    desk.do("frontdesk", "call_promise", calls[-1], question="When?", promised_on=desk.clock.at.date().replace(day=17))
    desk.at("17 09:30")
    found = to_call(desk.registry, desk.people["frontdesk"], desk.clock.now())
    assert [line.call.id for line in found.lines] == [calls[-1], calls[0]]
    assert found.more == 2


def test_who_may_not_call_about_fees_does_not_get_them(desk: CallDesk) -> None:
    today = {"due_on": desk.clock.at.date(), "not_before": desk.clock.at}
    call = desk.estate.make("callback", rule="fee_visit", origin="fee_visit:1", unit=desk.units["1"], **today)
    assert next_call(desk.registry, desk.people["frontdesk"], desk.clock.now()) is None
    assert next_call(desk.registry, desk.people["steward2"], desk.clock.now()) is None
    assert next_call(desk.registry, desk.people["steward1"], desk.clock.now()) == call
    assert desk.do("steward1", "leave_call", call)
    said = "This call is made by: Steward, Assistant, Supervisor."
    assert [desk.do("frontdesk", "take_call", call), desk.reached(call)] == [said, said]
    assert desk.call(call)["state"] == "due"
