"""Keeps dunning cases in line with what is owed: opens, attaches bills, closes, opens again, proposes steps (F7)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from models.actor import Actor, Source
from models.errors import Refused
from models.jobs import JobResult, job
from models.query import Condition, Query
from models.storage.database import hold
from models.storage.rows import batches
from office.dunning.facts import AT_ONCE, FEN, Case, OverdueBill, Situation, cases_of, situation
from office.dunning.levels import OPEN_STATES, Step, candidates, next_level, state_of
from office.dunning.policy import DunningPolicy, policy_of
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

JOB = "propose_dunning"
KEPT = Source("job", JOB)
DID = Text(
    "立案 {opened} 户，重启 {reopened} 户，结案 {closed} 户；新增待办 {proposed} 项。",
    "{opened} cases opened, {reopened} opened again, {closed} closed; {proposed} steps proposed.",
)


@dataclass(slots=True)
class Kept:
    """What was done to bring the cases in line: numbers of each."""

    opened: int = 0
    reopened: int = 0
    closed: int = 0
    proposed: int = 0
    changed: int = 0

    @property
    def said(self) -> Text:
        return DID.with_(opened=self.opened, reopened=self.reopened, closed=self.closed, proposed=self.proposed)


@job(JOB)
def propose_dunning(registry: Registry, actor: Actor, now: datetime, with_: Any) -> JobResult:
    """Bring every case in line with the facts and propose what is due; a second run finds nothing to do (F7)."""
    kept = keep(registry, actor, registry.clock.today())
    return JobResult(kept.opened + kept.reopened + kept.closed + kept.proposed + kept.changed, kept.said)


def settle(registry: Registry, actor: Actor, units: Collection[int], today: date) -> Kept:
    """Close the cases of ``units`` that are paid in full, and open those again that a reversal made owe.

    Called by whatever posts money (till, reversal, direct debit, waiver), inside its transaction. It acts with the
    grants that the YAML gives the daily job, for a cashier has none at dunning; the history names the ``actor``.
    """
    keeper = _keeper(registry, actor)
    if keeper is None or not _ever_dunned(registry, keeper, units):
        return Kept()
    policy, kept = policy_of(registry.schema), Kept()
    with registry.store.transaction():
        now = situation(registry, keeper, policy, today, units)
        _close(registry, keeper, now, today, kept)
        _reopen(registry, keeper, policy, now, today, kept)
    return kept


def keep(registry: Registry, actor: Actor, today: date, units: Collection[int] | None = None) -> Kept:
    """Bring the cases of ``units``, or of all the actor sees, in line with what is owed today, and propose steps.

    What results follows from bills, steps, holds and the policy alone: days on which this did not run, or a second
    run, make no difference.
    """
    policy, kept = policy_of(registry.schema), Kept()
    with registry.store.transaction():
        hold(registry.db, "dunning")
        now = situation(registry, actor, policy, today, units)
        _close(registry, actor, now, today, kept)
        _reopen(registry, actor, policy, now, today, kept)
        _open(registry, actor, policy, now, today, kept)
        _attach(registry, actor, now, kept)
        _propose(registry, actor, policy, now, today, kept)
        _withdraw(registry, actor, units, today, kept)
    return kept


def close(registry: Registry, actor: Actor, case: Case, today: date) -> None:
    """Close a case; steps that were not done yet are withdrawn."""
    for step in case.steps:
        if step.fact.state in OPEN_STATES:
            registry.store.update(actor, "dunning_step", step.id, {"state": "dropped", "done_on": today}, KEPT)
    values = {"state": "closed", "closed_on": today, "closing": case.id}
    registry.store.update(actor, "dunning_case", case.id, values, KEPT)


def _keeper(registry: Registry, actor: Actor) -> Actor | None:
    """The actor with the grants of the daily job; None in an office that does not dun."""
    found = next((one for one in registry.schema.schedules.values() if one.run == JOB), None)
    return None if found is None else replace(actor, roles=found.roles, writes=found.writes)


def _ever_dunned(registry: Registry, actor: Actor, units: Collection[int]) -> bool:
    """Whether there is any case of these units: of most that pay there is none, and money waits for this."""
    of_units = Query(conditions=(Condition("unit", "in", tuple(units)),))
    return bool(units) and bool(registry.scope.ids(actor, "dunning_case", of_units, 1))


def _close(registry: Registry, actor: Actor, now: Situation, today: date, kept: Kept) -> None:
    """Close every case whose bills are all paid: what is owed but not due yet is no part of it.

    A case that somebody else is writing just then is left to the next run, so that no payment fails over it.
    """
    for unit, case in list(now.cases.items()):
        if now.bills.get(unit):
            continue
        with suppress(Refused), registry.store.transaction():
            close(registry, actor, case, today)
            kept.closed += 1
        del now.cases[unit]


def _withdraw(registry: Registry, actor: Actor, units: Collection[int] | None, today: date, kept: Kept) -> None:
    """Withdraw steps still open in closed cases: proposed at the very moment at which the money came."""
    conditions = [Condition("state", "in", tuple(OPEN_STATES)), Condition("case.state", "equals", "closed")]
    conditions += () if units is None else (Condition("unit", "in", tuple(units)),)
    query = Query(conditions=tuple(conditions), columns=("state",), sort="id")
    gone = {
        step.id: {"state": "dropped", "done_on": today} for step in registry.scope.stream(actor, "dunning_step", query)
    }
    kept.changed += registry.store.update_many(actor, "dunning_step", gone, KEPT)


def _reopen(
    registry: Registry, actor: Actor, policy: DunningPolicy, now: Situation, today: date, kept: Kept
) -> None:  # fmt: skip
    """Open closed cases again whose bills are owed after all; where a newer one is open the bills go there."""
    again = dict(_owing_again(policy, now))
    if not again:
        return
    bills = [bill.id for unit in again for bill in now.bills[unit]]
    reversed_on = _reversals(registry, actor, bills)
    for case in cases_of(registry, actor, again.values()):
        days = [reversed_on[bill.id] for bill in now.bills[case.unit] if bill.id in reversed_on]
        reopened_on = max(days, default=today)
        values = {"state": "open", "closed_on": None, "closing": 0, "reopened_on": reopened_on}
        registry.store.update(actor, "dunning_case", case.id, values, KEPT)
        now.cases[case.unit] = replace(case, state="open", reopened_on=reopened_on)
        kept.reopened += 1


def _owing_again(policy: DunningPolicy, now: Situation) -> Iterator[tuple[int, int]]:
    """(unit, its latest closed case) where bills of a closed case are owed and no case is open."""
    for unit, bills in now.bills.items():
        known = [bill.case for bill in bills if bill.case is not None]
        if known and unit not in now.cases and now.facts(unit).owed >= policy.minimum:
            yield unit, max(known)


def _reversals(registry: Registry, actor: Actor, bills: list[int]) -> dict[int, date]:
    """The day of the last reversal of each bill."""
    found: dict[int, date] = {}
    for some in batches(bills, AT_ONCE):
        taken_back = (Condition("bill", "in", tuple(some)), Condition("amount", "to", -FEN))
        query = Query(conditions=taken_back, columns=("bill", "on"), sort="id")
        for one in registry.scope.stream(actor, "allocation", query):
            found[one["bill"]] = max(one["on"], found.get(one["bill"], one["on"]))
    return found


def _open(
    registry: Registry, actor: Actor, policy: DunningPolicy, now: Situation, today: date, kept: Kept
) -> None:  # fmt: skip
    """Open a case for every household whose first level is due."""
    units = [unit for unit in now.bills if unit not in now.cases]
    units = [unit for unit in units if isinstance(next_level(policy, now.facts(unit), today), Step)]
    if not units:
        return
    made = ({"unit": unit, "payer": _payer(now.bills[unit]), "opened_on": today} for unit in units)
    ids = registry.store.create_many(actor, "dunning_case", made, KEPT)
    for case in cases_of(registry, actor, ids):
        now.cases[case.unit] = case
    kept.opened += len(ids)


def _payer(bills: Iterable[OverdueBill]) -> int | None:
    """Who pays the newest bill that names somebody."""
    named = [bill for bill in bills if bill.payer is not None]
    return max(named, key=lambda bill: (bill.due_on, bill.id)).payer if named else None


def _attach(registry: Registry, actor: Actor, now: Situation, kept: Kept) -> None:
    """Every overdue bill of a household with a case belongs to it."""
    strays = {
        bill.id: {"dunning_case": case.id}
        for unit, case in now.cases.items() for bill in now.bills.get(unit, ()) if bill.case != case.id
    }  # fmt: skip
    kept.changed += registry.store.update_many(actor, "bill", strays, KEPT)


def _propose(
    registry: Registry, actor: Actor, policy: DunningPolicy, now: Situation, today: date, kept: Kept
) -> None:  # fmt: skip
    """Propose the steps that are due, move those proposed whose day has moved, and keep states and levels true."""
    fresh: list[Mapping[str, Any]] = []
    other: dict[int, Mapping[str, Any]] = {}
    wrong: dict[int, Mapping[str, Any]] = {}
    for unit, case in now.cases.items():
        facts = now.facts(unit)
        found = next_level(policy, facts, today)
        if isinstance(found, Step) and case.step(found.number, found.attempt) is None:
            fresh.append(_proposed(case, found))
        other.update(_moved(case, candidates(policy, facts), today))
        right = {"state": state_of(policy, facts, today), "level": facts.level}
        if differing := {name: value for name, value in right.items() if value != getattr(case, name)}:
            wrong[case.id] = differing
    kept.proposed += len(registry.store.create_many(actor, "dunning_step", fresh, KEPT)) if fresh else 0
    kept.changed += registry.store.update_many(actor, "dunning_step", other, KEPT)
    kept.changed += registry.store.update_many(actor, "dunning_case", wrong, KEPT)


def _proposed(case: Case, step: Step) -> Mapping[str, Any]:
    return {
        "case": case.id, "unit": case.unit, "level": step.number, "attempt": step.attempt, "means": step.level.means,
        "due_on": step.due_on, "state": "proposed",
    }  # fmt: skip


def _moved(case: Case, next_ones: Iterable[Step], today: date) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """What is new of proposed steps: another day, because an older bill was paid; or that nothing calls for it now."""
    due = {(step.number, step.attempt): step.due_on for step in next_ones}
    for step in case.steps:
        if step.fact.state == "proposed":
            due_on = due.get((step.fact.level, step.fact.attempt))
            if due_on is None:
                yield step.id, {"state": "dropped", "done_on": today}
            elif due_on != step.fact.due_on:
                yield step.id, {"due_on": due_on}
