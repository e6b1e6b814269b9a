"""What people do with the steps of dunning: escalate, deliver, visit, confer, ignore, leave out (F7)."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from models.actor import Actor, Source
from models.errors import Refused
from models.operations import Outcome, Selection, operation
from models.query import Query
from models.storage.database import hold
from models.storage.files import safe_name
from models.storage.rows import batches
from office.dunning.cases import keep
from office.dunning.facts import Case, Situation, cases_of, situation
from office.dunning.holds import hold_for_dispute, hold_for_promise, put_right, refuse_promise
from office.dunning.letters import Paper, joined, number_of, papers
from office.dunning.levels import PAID, Hold, Step, left_out, next_level, refuse_past, refuse_skip
from office.dunning.policy import DunningPolicy, Level, policy_of
from office.requests.taking import take_request
from schema.text import Text

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

PDF = "application/pdf"
AT_ONCE = 50
"""Papers noted in one transaction: nobody waits for long."""

NOT_OVERDUE = Text("账单没有逾期欠费，或属于不催缴的项目。", "The bill is not overdue, or its fee is not dunned for.")
NOT_CURRENT = Text("不是该案件当前应办的步骤。", "This is not the step that the case is at.")
OTHERS_DO_IT = Text("“{level}”由{roles}办理。", "“{level}” is done by: {roles}.")
MOVED_ON = Text(
    "出函期间该案件有变动（收款、暂缓或他人已办理），未出函。",
    "The case moved on while the letters were set (a payment, a hold, or a colleague); no letter was made.",
)
BY_HAND_OVER = Text("请用“移交法务”办理。", "Use “Hand over to legal” for this.")
PRINTED = Text("“{level}”已出函，请送达。", "“{level}” is printed and waits to be delivered.")
PRINTED_UNTIL = Text(
    "“{level}”已出函，限 {deadline} 前缴费；请送达。", "“{level}” is printed, to be paid by {deadline}; deliver it."
)
ARRANGED = Text("已安排“{level}”。", "“{level}” is arranged.")
NO_PROOF = Text(
    "送达必须有凭证：请拍照或让住户签字。", "A delivery needs proof: take a photo or have the household sign."
)
FUTURE = Text("日期 {day} 在今天之后。", "{day} lies in the future.")
BEFORE_LETTER = Text("日期 {day} 早于函件日期 {letter_on}。", "{day} lies before the date of the letter, {letter_on}.")
TOO_LATE = Text(
    "送达日期 {day} 晚于函上限期 {deadline}，不能作为限期通知的凭证；请标记“未能送达”后重新出函。",
    "It was delivered on {day}, after its own deadline {deadline}; mark it as failed and print a new one.",
)
DELIVERED = Text("“{level}”已于 {day} 送达。", "“{level}” was delivered on {day}.")
STARTED_LATE_FEE = Text(
    "“{level}”已于 {day} 送达；限期 {deadline} 之后按标准计收违约金。",
    "“{level}” was delivered on {day}; late fees count after its deadline {deadline}.",
)
FAILED = Text("“{level}”未成功，将再次安排。", "“{level}” failed and will be tried again.")
VISITED = Text("“{level}”已登记。", "“{level}” is recorded.")
IGNORED = Text("本次不处理；“{level}”将在等待期后再次提出。", "Left alone; “{level}” comes up again after its wait.")
COMPLAINED = Text("催缴时反映：{words}", "Said when reminded of fees: {words}")
COMPLAINED_OF_SERVICE = Text("催缴时反映对服务不满", "Not content with the service, when reminded of fees")
COMPLAINT_WORDS = 120
LEFT_OUT = Text("已越过 {n} 个阶段，下一步为“{level}”。", "{n} levels are left out; “{level}” is next.")


@operation("escalate", in_parts=True)
def escalate(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Do what is due for the households of these bills, cases or steps: one PDF of papers in delivery order, and
    why each of the others was left (F7). Raises Refused for letters dated in the past."""
    today, policy = now.astimezone(registry.clock.zone).date(), policy_of(registry.schema)
    refuse_past(answers["letter_on"], today)
    units = _units_of(registry, actor, selection)
    keep(registry, actor, today, set(units.values()))
    stand = situation(registry, actor, policy, today, set(units.values()))
    outcome, due = Outcome(), {}
    for id, unit in units.items():
        found = _due(registry, policy, stand, actor, selection.entity, id, unit, today)
        if isinstance(found, Text):
            outcome.skipped.append((id, found))
        else:
            due[unit] = found
    made = papers(registry, actor, policy, list(due.values()), answers["letter_on"]) if due else []
    said: dict[int, Text] = {}
    for some in batches(made, AT_ONCE):
        said |= _queue_all(registry, actor, policy, some, answers["letter_on"], today)
    for id, unit in units.items():
        if unit in due and unit in said and _is_done(outcome, id):
            outcome.done.append((id, said[unit]))
        elif unit in due and _is_done(outcome, id):
            outcome.skipped.append((id, MOVED_ON))
    _bundle(registry, policy, [one for one in made if one.case.unit in said], answers["letter_on"], outcome)
    return outcome


@operation("deliver_letter")
def deliver_letter(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Letters reached their households, with proof; the deadline of a final notice starts their late fee (F6, F7)."""
    if not answers.get("proof") and not answers.get("signature"):
        raise Refused(NO_PROOF)
    today, policy = now.astimezone(registry.clock.zone).date(), policy_of(registry.schema)
    return registry.store.each(selection.ids, lambda step: _delivered(registry, actor, policy, step, answers, today))


@operation("step_failed")
def step_failed(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Steps under way that did not succeed; the same level is tried again after its days (F7)."""
    today, policy = now.astimezone(registry.clock.zone).date(), policy_of(registry.schema)

    def one(id: int) -> Text:
        step = registry.scope.get(actor, "dunning_step", id)
        _finish(registry, actor, policy, step, today, {"state": "failed", "why": answers["why"]}, "step_failed")
        return FAILED.with_(level=policy.name_of(step["level"]))

    return registry.store.each(selection.ids, one)


@operation("record_visit")
def record_visit(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """What came of a visit: nobody home is tried again, anything else is done; with it a promise or a dispute (F7)."""
    missed = answers["outcome"] == "nobody"
    values = {name: answers.get(name) for name in ("outcome", "reason", "words", "proof")}
    return _talks(registry, selection, actor, now, answers, answers["visited_on"], values, missed)


@operation("conference")
def conference(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """The result of a case conference, with a promise where one was made (F7)."""
    values = {"words": answers["words"], "reason": answers.get("reason")}
    return _talks(registry, selection, actor, now, answers, answers["held_on"], values, missed=False)


@operation("ignore_step")
def ignore_step(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Leave steps be this time, with a reason; the level comes up again, for none is passed by this (F7)."""
    today, policy = now.astimezone(registry.clock.zone).date(), policy_of(registry.schema)

    def one(id: int) -> Text:
        step = registry.scope.get(actor, "dunning_step", id)
        _finish(registry, actor, policy, step, today, {"state": "ignored", "why": answers["why"]}, "ignore_step")
        return IGNORED.with_(level=policy.name_of(step["level"]))

    return registry.store.each(selection.ids, one)


@operation("director_override")
def director_override(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Leave out the levels before the one named, with a reason: the only way past a level (R1, F7)."""
    today, policy = now.astimezone(registry.clock.zone).date(), policy_of(registry.schema)
    return registry.store.each(
        selection.ids, lambda case: _override(registry, actor, policy, case, answers["level"], answers["why"], today)
    )


# -- escalating ------------------------------------------------------------------------------------


def _units_of(registry: Registry, actor: Actor, selection: Selection) -> dict[int, int]:
    """The unit of each record of a selection, whatever entity it is of."""
    rows = registry.scope.stream(actor, selection.entity, Query(ids=selection.ids, columns=("unit",), sort="id"))
    units = {row.id: row["unit"] for row in rows}
    return {id: units[id] for id in selection.ids if id in units}


def _due(
    registry: Registry, policy: DunningPolicy, stand: Situation, actor: Actor, entity: str, id: int, unit: int,
    today: date,
) -> tuple[Case, Step] | Text:  # fmt: skip
    """The case and its step that is due, or why nothing is done for this record."""
    case = stand.cases.get(unit)
    if entity == "bill" and all(bill.id != id for bill in stand.bills.get(unit, ())):
        return NOT_OVERDUE
    if entity == "dunning_case" and (case is None or case.id != id):
        return PAID
    found = next_level(policy, stand.facts(unit), today)
    if isinstance(found, Hold) or case is None:
        return found.said if isinstance(found, Hold) else PAID
    row = case.step(found.number, found.attempt)
    if entity == "dunning_step" and (row is None or row.id != id):
        return NOT_CURRENT
    if found.level.means == "legal":
        return BY_HAND_OVER
    if not actor.system and not actor.roles & set(found.level.by):
        return OTHERS_DO_IT.with_(level=found.level.label, roles=_roles(registry, found.level))
    return case, found


def _roles(registry: Registry, level: Level) -> Text:
    labels = [registry.schema.roles[name].label for name in level.by if name in registry.schema.roles]
    return Text("、".join(one.zh for one in labels), ", ".join(one.en for one in labels))


def _queue_all(
    registry: Registry, actor: Actor, policy: DunningPolicy, made: Sequence[Paper], letter_on: date, today: date
) -> dict[int, Text]:
    """Note some papers in one transaction; what is said of each, by unit. A case that moved on since is left out."""
    said = {}
    with registry.store.transaction():
        hold(registry.db, "dunning")
        stand = situation(registry, actor, policy, today, [one.case.unit for one in made])
        for one in made:
            if _is_still_due(policy, stand, one, today):
                said[one.case.unit] = _queue(registry, actor, policy, one, letter_on)
    return said


def _is_still_due(policy: DunningPolicy, stand: Situation, paper: Paper, today: date) -> bool:
    """Whether the paper's step is the one that is due, as it was when the paper was set."""
    case = stand.cases.get(paper.case.unit)
    if case is None or case.id != paper.case.id:
        return False
    found = next_level(policy, stand.facts(case.unit), today)
    if isinstance(found, Hold) or (found.number, found.attempt) != (paper.step.number, paper.step.attempt):
        return False
    now, then = (of.step(found.number, found.attempt) for of in (case, paper.case))
    return now is not None and then is not None and now.version == then.version


def _queue(registry: Registry, actor: Actor, policy: DunningPolicy, paper: Paper, letter_on: date) -> Text:
    """Note on a step that its paper is made; returns what is said of it. Raises Stale where another did so first."""
    row = paper.case.step(paper.step.number, paper.step.attempt)
    assert row is not None, "keep has proposed it"
    name = f"{paper.step.level.label.to(policy.language)} {number_of(paper.case, paper.step)}.pdf"
    letter = (registry.files.put(actor, "dunning_step", None, safe_name(name), io.BytesIO(paper.pdf)),) * bool(
        paper.pdf
    )
    values = {
        "state": "queued", "letter_on": letter_on, "deadline": paper.deadline, "letter": letter or None,
        "bills": tuple(line.bill.id for line in paper.owed.rows), "amount": paper.owed.principal,
        "late_fee": paper.owed.late_fee,
    }  # fmt: skip
    registry.store.update(actor, "dunning_step", row.id, values, Source("action", "escalate"), row.version)
    if paper.step.level.means != "letter":
        return ARRANGED.with_(level=paper.step.level.label)
    said = PRINTED_UNTIL if paper.deadline else PRINTED
    return said.with_(level=paper.step.level.label, deadline=paper.deadline)


def _is_done(outcome: Outcome, id: int) -> bool:
    return all(id != skipped for skipped, _ in outcome.skipped)


def _bundle(
    registry: Registry, policy: DunningPolicy, made: Sequence[Paper], letter_on: date, outcome: Outcome
) -> None:  # fmt: skip
    """One PDF of all papers, in the order in which they are delivered."""
    pdfs = [one.pdf for one in made if one.pdf]
    if pdfs:
        name = Text("催缴函件 {day} ×{n}.pdf", "Dunning letters {day} ×{n}.pdf").with_(day=letter_on, n=len(pdfs))
        outcome.files.append((safe_name(name.to(policy.language)), joined(pdfs), PDF))


# -- finishing a step ------------------------------------------------------------------------------


def _delivered(
    registry: Registry, actor: Actor, policy: DunningPolicy, id: int, answers: Mapping[str, Any], today: date
) -> Text:
    step = registry.scope.get(actor, "dunning_step", id)
    day: date = answers["delivered_on"]
    _refuse_day(step, day, today)
    starts_late_fee = step["level"] <= policy.highest and policy.level(step["level"]).late_fee_starts
    if starts_late_fee and step["deadline"] and day > step["deadline"]:
        raise Refused(TOO_LATE.with_(day=day, deadline=step["deadline"]))
    values = {"state": "sent", "proof": answers.get("proof"), "signature": answers.get("signature")}
    _finish(registry, actor, policy, step, day, values, "deliver_letter")
    said = DELIVERED
    if starts_late_fee and step["deadline"]:
        said = STARTED_LATE_FEE
        _start_late_fee(registry, actor, step)
    return said.with_(level=policy.name_of(step["level"]), day=day, deadline=step["deadline"])


def _start_late_fee(registry: Registry, actor: Actor, step: Record) -> None:
    """Note the notice's deadline on the bills it named, but for those an earlier notice has named."""
    source = Source("action", "deliver_letter")
    for bill in registry.scope.records(actor, "bill", step["bills"] or (), ("noticed_until",)):
        if bill["noticed_until"] is None:
            registry.store.update(actor, "bill", bill.id, {"noticed_until": step["deadline"]}, source)


def _talks(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any], day: date,
    values: Mapping[str, Any], missed: bool,
) -> Outcome:  # fmt: skip
    """Visits and conferences: the step is done or failed, and what was said has its consequences."""
    today, policy = now.astimezone(registry.clock.zone).date(), policy_of(registry.schema)
    if answers.get("until"):
        refuse_promise(policy, answers["until"], today)
    state = {"state": "failed" if missed else "sent"}

    def one(id: int) -> Text:
        step = registry.scope.get(actor, "dunning_step", id)
        _refuse_day(step, day, today)
        _refuse_undue(registry, actor, policy, step, today)
        _finish(registry, actor, policy, step, day, {**values, **state}, "record_visit")
        _draw_consequences(registry, actor, step, answers, today)
        return (FAILED if missed else VISITED).with_(level=policy.name_of(step["level"]))

    return registry.store.each(selection.ids, one)


def _draw_consequences(registry: Registry, actor: Actor, step: Record, answers: Mapping[str, Any], today: date) -> None:
    """What a talk leads to: its reason stands on the case, a promise or a dispute holds it, a complaint about the
    service opens a request (S1)."""
    case, source = step["case"], Source("action", "record_visit")
    if answers.get("reason"):
        registry.store.update(actor, "dunning_case", case, {"reason": answers["reason"]}, source)
    if answers.get("reason") == "dispute":
        hold_for_dispute(registry, actor, case, str(answers.get("words") or ""), today)
    if answers.get("reason") == "service":
        _take_complaint(registry, actor, step, str(answers.get("words") or ""), source)
    if answers.get("until"):
        hold_for_promise(registry, actor, case, answers["until"], answers.get("amount"), None, today)
    put_right(registry, actor, [case], today)


def _take_complaint(registry: Registry, actor: Actor, step: Record, words: str, source: Source) -> None:
    """Open a request for what somebody who owes complains of, once a step (S1, F7)."""
    payer = registry.scope.get(actor, "dunning_case", step["case"])["payer"]
    first = words.strip().partition("\n")[0][:COMPLAINT_WORDS]
    matter = COMPLAINED.with_(words=first).to(policy_of(registry.schema).language) if first else None
    values = {
        "kind": "complaint", "channel": "staff", "unit": step["unit"], "caller": payer, "details": words,
        "matter": matter or COMPLAINED_OF_SERVICE.to(policy_of(registry.schema).language),
        "origin": f"dunning_step:{step.id}",
    }  # fmt: skip
    request = take_request(registry, actor, registry.clock.now(), values, source)
    registry.store.update(actor, "dunning_step", step.id, {"request": request}, source)


def _finish(
    registry: Registry, actor: Actor, policy: DunningPolicy, step: Record, day: date, values: Mapping[str, Any],
    by: str,
) -> None:  # fmt: skip
    """Write how a step ended, and the level the case has reached by it."""
    source = Source("action", by)
    ended = {**values, "done_on": day, "doer": actor.id}
    registry.store.update(actor, "dunning_step", step.id, ended, source, step.version)
    if values["state"] == "sent" and step["level"] > registry.scope.get(actor, "dunning_case", step["case"])["level"]:
        reached = {"level": step["level"], "level_on": day}
        registry.store.update(actor, "dunning_case", step["case"], reached, source)
    put_right(registry, actor, [step["case"]], registry.clock.today())


def _refuse_day(step: Record, day: date, today: date) -> None:
    """Raises Refused for a day in the future, or before the letter was written."""
    if day > today:
        raise Refused(FUTURE.with_(day=day))
    if step["letter_on"] is not None and day < step["letter_on"]:
        raise Refused(BEFORE_LETTER.with_(day=day, letter_on=step["letter_on"]))


def _refuse_undue(registry: Registry, actor: Actor, policy: DunningPolicy, step: Record, today: date) -> None:
    """Raises Refused for a step that was never arranged and is not due: what holds its case holds a visit, too."""
    if step["state"] == "queued":
        return
    found = next_level(policy, situation(registry, actor, policy, today, [step["unit"]]).facts(step["unit"]), today)
    if isinstance(found, Hold):
        raise Refused(found.said)
    if (found.number, found.attempt) != (step["level"], step["attempt"]):
        raise Refused(NOT_CURRENT)


# -- leaving levels out ----------------------------------------------------------------------------


def _override(
    registry: Registry, actor: Actor, policy: DunningPolicy, id: int, target: int, why: str, today: date
) -> Text:  # fmt: skip
    case = cases_of(registry, actor, [id])[0]
    facts = situation(registry, actor, policy, today, [case.unit]).facts(case.unit)
    refuse_skip(policy, facts, target, why)
    skipped = left_out(facts, target)
    for level in skipped:
        _leave_out(registry, actor, policy, case, level, why, today)
    reached = {"level": target - 1, "level_on": today}
    registry.store.update(actor, "dunning_case", id, reached, Source("action", "director_override"))
    keep(registry, actor, today, [case.unit])
    return LEFT_OUT.with_(n=len(skipped), level=policy.name_of(target))


def _leave_out(
    registry: Registry, actor: Actor, policy: DunningPolicy, case: Case, level: int, why: str, today: date
) -> None:  # fmt: skip
    """Mark a level as left out: its open step, or one made for the purpose."""
    source = Source("action", "director_override")
    tries = [step for step in case.steps if step.fact.level == level]
    ended = {"state": "skipped", "done_on": today, "why": why, "doer": actor.id}
    for step in tries:
        if step.fact.state in ("proposed", "queued"):
            registry.store.update(actor, "dunning_step", step.id, ended, source)
            return
    made = {
        "case": case.id, "unit": case.unit, "level": level, "means": policy.level(level).means, "due_on": today,
        "attempt": max((step.fact.attempt for step in tries), default=0) + 1, **ended,
    }  # fmt: skip
    registry.store.create(actor, "dunning_step", made, source)
