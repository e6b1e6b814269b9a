"""The rules of dunning as pure functions: which step is due, which hold stands in its way, when a case ends (F7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from models.errors import Refused
from office.dunning.policy import DunningPolicy, Level
from schema.text import Text

DAY = timedelta(days=1)
PASSED = frozenset({"sent", "skipped"})
"""States of a step after which the next level may come: it was really done, or the director left it out."""
UNDER_WAY = "queued"
OPEN_STATES = frozenset({"proposed", UNDER_WAY})
AGAIN = frozenset({"failed", "ignored"})
"""States after which the same level is tried again; one withdrawn at payment (``dropped``) never took place."""

Why = Literal["paid", "small", "promise", "dispute", "hardship", "under_way", "waiting", "last"]

PAID = Text("已缴清，没有逾期欠费。", "Paid in full; nothing is overdue.")
SMALL = Text(
    "逾期欠费 {owed} 元，低于催缴起点 {minimum} 元。", "{owed} yuan overdue is below the minimum of {minimum}."
)
PROMISED = Text("住户承诺 {until} 前缴费，到期前暂缓。", "Payment is promised by {until}; it is held until then.")
DISPUTED = Text("争议处理中，解除前暂缓。", "There is a dispute; it is held until that is resolved.")
DISPUTED_UNTIL = Text(
    "争议处理至 {until}，解除前暂缓。", "There is a dispute until {until}; it is held until resolved."
)
HARDSHIP = Text("困难缓缴至 {until}。", "Held for hardship until {until}.")
HARDSHIP_OPEN = Text("困难缓缴，解除前暂缓。", "Held for hardship until that is ended.")
UNDER_WAY_SAID = Text("“{level}”已发起，尚未送达或完成。", "“{level}” was started and is not delivered or done yet.")
WAITING = Text("“{level}”{until} 起才到期。", "“{level}” is not due before {until}.")
LAST = Text("全部阶段均已完成。", "Every level is done.")
SKIP_WHY = Text("越级必须写明原因。", "Leaving out a level takes a reason.")
NOTHING_LEFT_OUT = Text(
    "下一步本来就是第 {next} 阶段；请选择其后的阶段。", "Level {next} is next anyway; choose one after it."
)
SKIP_BEYOND = Text(
    "没有第 {level} 阶段；最高为第 {highest} 阶段。", "There is no level {level}; the highest is {highest}."
)
IN_PAST = Text(
    "函件日期 {day} 早于今天 {today}；请填今天或以后的日期。",
    "The letter's date {day} lies before today, {today}; give today or later.",
)


@dataclass(frozen=True, slots=True)
class StepFact:
    """One try at one level. ``done_on`` is the day it was done, failed, was ignored or left out."""

    level: int
    attempt: int
    state: str
    due_on: date
    done_on: date | None = None
    deadline: date | None = None


@dataclass(frozen=True, slots=True)
class HoldFact:
    """Something that holds a case: a promise, a dispute, hardship. ``until`` is its last day, None is open."""

    kind: str
    starts_on: date
    until: date | None = None
    resolved_on: date | None = None

    def holds(self, today: date) -> bool:
        """A promise and hardship hold to their day, a dispute until it is resolved, whatever day it was to end."""
        if self.resolved_on is not None or today < self.starts_on:
            return False
        return self.kind == "dispute" or self.until is None or today <= self.until


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What is known of a household that owes: yuan overdue, the oldest due date among them, steps and holds so far.

    ``reopened_on``: the day on which a reversal made it owe again; waits begin anew. ``unnoticed_since``: the oldest
    due date of bills whose late fee waits for a final notice and that none has named.
    """

    owed: Decimal
    first_due: date | None
    steps: tuple[StepFact, ...] = ()
    holds: tuple[HoldFact, ...] = ()
    reopened_on: date | None = None
    unnoticed_since: date | None = None

    @property
    def level(self) -> int:
        """The highest level passed without a gap; 0 before the first."""
        passed = {step.level for step in self.steps if step.state in PASSED}
        level = 0
        while level + 1 in passed:
            level += 1
        return level


@dataclass(frozen=True, slots=True)
class Step:
    """The level that is due, which try at it, and since which day."""

    number: int
    level: Level
    attempt: int
    due_on: date


@dataclass(frozen=True, slots=True)
class Hold:
    """Why nothing is due: until which day (None is open), in words for people."""

    why: Why
    said: Text
    until: date | None = None


def next_level(policy: DunningPolicy, facts: CaseFacts, today: date) -> Step | Hold:
    """The dunning step that is due for this case today, or why none is.

    Levels are never skipped; a promise to pay holds until its date, a dispute until it is settled. Source: domain F7.
    """
    if facts.owed <= 0 or facts.first_due is None:
        return Hold("paid", PAID)
    held = held_by(facts.holds, today)
    if held is not None:
        return held
    if facts.owed < policy.minimum:
        return Hold("small", SMALL.with_(owed=facts.owed, minimum=policy.minimum))
    step = upcoming(policy, facts)
    if step is None:
        return Hold("last", LAST)
    if any(one.level == step.number and one.state == UNDER_WAY for one in facts.steps):
        return Hold("under_way", UNDER_WAY_SAID.with_(level=step.level.label))
    if today < step.due_on:
        return Hold("waiting", WAITING.with_(level=step.level.label, until=step.due_on), step.due_on)
    return step


def upcoming(policy: DunningPolicy, facts: CaseFacts) -> Step | None:
    """The step that comes next, with the day on which its wait is over, whatever holds it; None after the last."""
    return min(candidates(policy, facts), key=lambda step: step.due_on, default=None)


def candidates(policy: DunningPolicy, facts: CaseFacts) -> list[Step]:
    """What may come next: the level after the highest passed; and the final notice once more, for bills that fell due
    after it and whose late fee waits for one. One letter per bill and level. Source: domain F7."""
    if facts.first_due is None:
        return []
    found = [_notice_again(policy, facts), _next_level(policy, facts)]
    return [step for step in found if step is not None]


def _next_level(policy: DunningPolicy, facts: CaseFacts) -> Step | None:
    number = facts.level + 1
    if number > policy.highest:
        return None
    return _try(policy, facts, number, _first_on(policy.level(number), facts))


def _notice_again(policy: DunningPolicy, facts: CaseFacts) -> Step | None:
    number = policy.notice_level
    if number is None or facts.unnoticed_since is None or facts.level < number:
        return None
    return _try(policy, facts, number, facts.unnoticed_since + timedelta(days=policy.level(1).wait))


def _try(policy: DunningPolicy, facts: CaseFacts, number: int, due_on: date) -> Step:
    """The next try at a level that would be due on a day, were it not for tries that came to nothing and reopening."""
    level = policy.level(number)
    tries = sorted((one for one in facts.steps if one.level == number), key=lambda one: one.attempt)
    last = tries[-1] if tries else None
    attempt = 1 if last is None else last.attempt + (last.state not in OPEN_STATES)
    ended = [one for one in tries if one.state not in OPEN_STATES]
    if ended and ended[-1].state in AGAIN:
        due_on = max(due_on, _again_on(level, ended[-1]))
    if facts.reopened_on is not None:
        due_on = max(due_on, facts.reopened_on + timedelta(days=level.wait))
    return Step(number, level, attempt, due_on)


def held_by(holds: Iterable[HoldFact], today: date) -> Hold | None:
    """The hold that lasts longest of those in force today."""
    active = [hold for hold in holds if hold.holds(today)]
    if not active:
        return None
    longest = max(active, key=lambda hold: (_ends(hold) is None, _ends(hold) or today))
    return Hold(_kind(longest), _held_said(longest), _ends(longest))


def left_out(facts: CaseFacts, target: int) -> range:
    """The levels that the director leaves out so that ``target`` comes next."""
    return range(facts.level + 1, target)


def refuse_skip(policy: DunningPolicy, facts: CaseFacts, target: int, why: str) -> None:
    """Raises Refused where the director cannot go on to level ``target``: no reason, no such level, not ahead."""
    if not why.strip():
        raise Refused(SKIP_WHY)
    if not 1 <= target <= policy.highest:
        raise Refused(SKIP_BEYOND.with_(level=target, highest=policy.highest))
    if target <= facts.level + 1:
        raise Refused(NOTHING_LEFT_OUT.with_(next=facts.level + 1))


def refuse_past(letter_on: date, today: date) -> None:
    """Raises Refused for letters dated before today: a run may not lie in the past."""
    if letter_on < today:
        raise Refused(IN_PAST.with_(day=letter_on, today=today))


def promise_standing(promised: Decimal | None, paid: Decimal, owed: Decimal, until: date, today: date) -> str:
    """Whether a promise was kept, is awaited or broken: ``paid`` since it was made, ``owed`` now (yuan)."""
    if owed <= 0 or (promised and paid >= promised):
        return "kept"
    return "awaited" if today <= until else "broken"


def state_of(policy: DunningPolicy, facts: CaseFacts, today: date) -> str:
    """The state of a case that is not closed: held, legal after the last level by the lawyers, else open."""
    if held_by(facts.holds, today) is not None:
        return "held"
    legal = {n for n, level in enumerate(policy.levels, 1) if level.means == "legal"}
    return "legal" if any(one.level in legal and one.state == "sent" for one in facts.steps) else "open"


def _first_on(level: Level, facts: CaseFacts) -> date:
    """When the wait of a level's first try is over."""
    assert facts.first_due is not None
    wait, before = timedelta(days=level.wait), _passed_before(facts)
    if level.counted == "due" or before is None or before.done_on is None:
        return facts.first_due + wait
    if level.counted == "deadline" and before.state == "sent" and before.deadline is not None:
        return max(before.deadline, before.done_on) + wait
    return before.done_on + wait


def _again_on(level: Level, before: StepFact) -> date:
    """When a level is tried again: soon after a failure, after its whole wait when it was ignored."""
    days = level.retry if before.state == "failed" else level.wait
    return (before.done_on or before.due_on) + timedelta(days=max(days, 1))


def _passed_before(facts: CaseFacts) -> StepFact | None:
    """The first step that passed the level reached: a notice for later bills sets nothing back."""
    passed = [one for one in facts.steps if one.level == facts.level and one.state in PASSED]
    return min(passed, key=lambda one: one.attempt) if passed else None


def _ends(hold: HoldFact) -> date | None:
    return None if hold.kind == "dispute" else hold.until


def _kind(hold: HoldFact) -> Why:
    return "promise" if hold.kind == "promise" else "dispute" if hold.kind == "dispute" else "hardship"


def _held_said(hold: HoldFact) -> Text:
    if hold.kind == "promise":
        return PROMISED.with_(until=hold.until)
    if hold.kind == "dispute":
        return DISPUTED_UNTIL.with_(until=hold.until) if hold.until else DISPUTED
    return HARDSHIP.with_(until=hold.until) if hold.until else HARDSHIP_OPEN
