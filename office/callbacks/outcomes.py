"""How a call ended, and what follows: reached, nobody there, wrong number, refused, a reply promised (S6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from models.actor import Actor, Source
from models.errors import Refused
from models.operations import Outcome, Selection, operation
from models.query import Condition, Query
from models.storage.locking import lock_rows
from office.callbacks.claims import IS_OVER, refuse_held
from office.callbacks.hours import Try
from office.callbacks.opening import OVER
from office.callbacks.policy import CALLBACK, Callbacks, callbacks_of
from office.callbacks.requests import after_call, open_request, tell_unreachable
from office.callbacks.working import call_hours
from office.surveys.answering import record_outcome
from schema.text import Text

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

MISSED = ("no_answer", "busy")
"""Outcomes of a call that reached nobody."""

CALLED = Text("已回访。", "Called.")
CALLED_AND_OPENED = Text("已回访，并转报事 {number}。", "Called; request {number} was opened.")
TO_SIGN = Text("已回访，待经理签署。", "Called; it waits for the manager's signature.")
LATER = Text("未联系上，{at} 再拨。", "Nobody was reached; call again on {at}.")
GIVEN_UP = Text("{n} 次未联系上，不再拨打。", "Nobody was reached in {n} tries; no more calls.")
REFUSED = Text("对方拒绝回访，已结束。", "They would not talk; the call is over.")
NEW_NUMBER = Text("号码已改为 {phone}，请再拨。", "The number is now {phone}; call again.")
SAME_NUMBER = Text("{phone} 就是现在的号码。", "{phone} is the number it has now.")
NO_NUMBER = Text("号码错误且没有新号码，已结束。", "The number is wrong and there is no other; the call is over.")
PROMISED = Text("已登记，{day} 回复住户。", "Noted; they are called again on {day}.")
NO_RATING = Text(
    "请选择满意度（1–5）。",
    "Choose how satisfied they are, from 1 to 5.",
)
FILL_IN = Text(
    "请填写问卷，填完后这个回访随即完成。", "Fill in the questionnaire; the call is over as soon as that is done."
)
TOO_SOON = Text("还没到再拨时间（{at}）。", "It is not to be called again before {at}.")
PAST_DAY = Text("承诺日期 {day} 不能早于今天。", "{day} is past; a reply is promised for a day to come.")
FAR_DAY = Text("承诺日期最多在 {days} 天内。", "A reply is promised at most {days} days ahead.")
PAST_MOMENT = Text("约定时间 {at} 已经过了。", "{at} is past.")


@operation("call_reached")
def call_reached(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """They were reached and answered: what they said is kept; a bad rating or a new complaint opens a request, once."""
    return registry.store.each(selection.ids, lambda call: _reached(registry, actor, call, now, answers))


@operation("call_missed")
def call_missed(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Nobody was reached: another try in another part of the day, or at the time that was asked for; then no more."""
    return registry.store.each(selection.ids, lambda call: _missed(registry, actor, call, now, answers))


@operation("call_wrong_number")
def call_wrong_number(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """The number is wrong: with another one it is called again at once, without one the call is over."""

    def wrong(id: int) -> Text:
        call, phone = _begin(registry, actor, id, now), answers.get("phone")
        if phone and phone == call["phone"]:
            raise Refused(SAME_NUMBER.with_(phone=phone))
        _note(registry, actor, id, now, "wrong", answers.get("words"))
        if phone:
            _write(registry, actor, call, {"phone": phone})
            return NEW_NUMBER.with_(phone=phone)
        _end(registry, actor, call, "unreachable", now)
        tell_unreachable(registry, call, callbacks_of(registry.schema))
        return NO_NUMBER

    return registry.store.each(selection.ids, wrong)


@operation("call_refused")
def call_refused(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """They would not talk: the call is over."""

    def refused(id: int) -> Text:
        call = _begin(registry, actor, id, now)
        _note(registry, actor, id, now, "refused", answers.get("words"))
        _end(registry, actor, call, "refused", now, words=answers.get("words"))
        if _asks_survey(callbacks_of(registry.schema), call):
            record_outcome(registry, actor, call["survey_invitation"], "refused", now)
        return REFUSED

    return registry.store.each(selection.ids, refused)


@operation("call_promise")
def call_promise(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """They asked what cannot be answered now: the call comes back on the day for which the reply is promised."""
    policy, day = callbacks_of(registry.schema), answers["promised_on"]
    today = now.astimezone(registry.clock.zone).date()
    if day < today:
        raise Refused(PAST_DAY.with_(day=day))
    if (day - today).days > policy.promise_days:
        raise Refused(FAR_DAY.with_(days=policy.promise_days))

    def promise(id: int) -> Text:
        call, question = _begin(registry, actor, id, now), answers["question"]
        _refuse_too_soon(registry, actor, call, now)
        _note(registry, actor, id, now, "reached", question)
        back = max(now + timedelta(minutes=policy.lease), call_hours(registry).start_of(day))
        values = {"state": "promised", "question": question, "promised_on": day, "due_on": day, "not_before": back}
        _write(registry, actor, call, values | reached_in_time(call, today) | _added(call, answers.get("words")))
        return PROMISED.with_(day=day)

    return registry.store.each(selection.ids, promise)


def missed_in_a_row(attempts: Sequence[Mapping[str, Any]]) -> list[Try]:
    """The tries since somebody was last reached, oldest first; ``attempts`` have part, at and outcome."""
    found: list[Try] = []
    for one in attempts:
        found = [*found, Try(one["part"], one["at"])] if one["outcome"] in MISSED else []
    return found


def reached_in_time(call: Mapping[str, Any] | Record, today: date) -> dict[str, bool]:
    """Whether they were reached by the day on which the call was due; the first time counts."""
    return {} if call["in_time"] is not None else {"in_time": today <= call["due_on"]}


def is_bad(policy: Callbacks, answers: Mapping[str, Any]) -> bool:
    """Whether what was said opens a request: a low rating of anything, or a new complaint."""
    ratings = (answers.get(name) for name in ("satisfaction", "quality", "attitude"))
    return bool(answers.get("complaint")) or any(one is not None and one <= policy.bad for one in ratings)


# -- parts -------------------------------------------------------------------------------------------


def _reached(registry: Registry, actor: Actor, id: int, now: datetime, answers: Mapping[str, Any]) -> Text:
    call, policy = _begin(registry, actor, id, now), callbacks_of(registry.schema)
    if _asks_survey(policy, call):
        raise Refused(FILL_IN)
    if answers.get("satisfaction") is None:
        raise Refused(NO_RATING)
    opened = open_request(registry, actor, call, answers, policy, now) if is_bad(policy, answers) else None
    _note(registry, actor, id, now, "reached", answers.get("words"))
    _rate_order(registry, actor, call, answers, now)
    said = {"satisfaction": answers.get("satisfaction"), "opened_request": opened}
    _end(registry, actor, call, "done", now, words=answers.get("words"), **said)
    if opened:
        number = registry.scope.titles(actor, "service_request", [opened]).get(opened, "").partition(" ")[0]
        return CALLED_AND_OPENED.with_(number=number)
    return TO_SIGN if call["needs_signature"] else CALLED


def _asks_survey(policy: Callbacks, call: Record) -> bool:
    """Whether the answers go into a questionnaire, which ends the call by itself."""
    rule = policy.rules.get(call["rule"])
    return rule is not None and rule.asks == "survey" and call.get("survey_invitation") is not None


def _missed(registry: Registry, actor: Actor, id: int, now: datetime, answers: Mapping[str, Any]) -> Text:
    call, policy, hours = _begin(registry, actor, id, now), callbacks_of(registry.schema), call_hours(registry)
    _refuse_too_soon(registry, actor, call, now)
    again = answers.get("again_at")
    if again is not None and again <= now:
        raise Refused(PAST_MOMENT.with_(at=_words(registry, again)))
    _note(registry, actor, id, now, answers["outcome"], answers.get("words"))
    tries = missed_in_a_row(_attempts(registry, actor, id))
    was_asked = answers["outcome"] == "busy" and again is not None
    if len(tries) >= policy.tries and not was_asked:
        _end(registry, actor, call, "unreachable", now)
        tell_unreachable(registry, call, policy)
        return GIVEN_UP.with_(n=len(tries))
    back = again or hours.next_try(tries, now)
    state = "promised" if call["state"] == "promised" else "retry"
    _write(registry, actor, call, {"state": state, "not_before": back})
    return LATER.with_(at=_words(registry, back))


def _begin(registry: Registry, actor: Actor, id: int, now: datetime) -> Record:
    """The call whose end is written down, held until it is. Raises Refused where somebody else has it in hand, or it
    was ended while this waited: a button pressed twice counts once."""
    lock_rows(registry.db, CALLBACK, [id])
    call = registry.scope.get(actor, CALLBACK, id)
    if call["not_before"] is None:
        raise Refused(IS_OVER)
    refuse_held(registry, actor, call, now)
    return call


def _refuse_too_soon(registry: Registry, actor: Actor, call: Record, now: datetime) -> None:
    """Raises Refused before the time of a call that the actor has not taken: sent twice, it counts once."""
    if call["not_before"] > now and call["claimed_by"] != actor.id:
        raise Refused(TOO_SOON.with_(at=_words(registry, call["not_before"])))


def _note(registry: Registry, actor: Actor, id: int, now: datetime, outcome: str, words: str | None) -> None:
    part = call_hours(registry).part_at(now) or "morning"
    values = {"callback": id, "at": now, "by": actor.id, "part": part, "outcome": outcome, "words": words}
    registry.store.create(actor, "callback_attempt", values, _source())


def _attempts(registry: Registry, actor: Actor, id: int) -> list[Mapping[str, Any]]:
    of = Query(conditions=(Condition("callback", "equals", id),), columns=("part", "at", "outcome"), sort="id")
    return [one.values for one in registry.scope.stream(actor, "callback_attempt", of)]


def _end(
    registry: Registry, actor: Actor, call: Record, state: str, now: datetime, *, words: str | None = None,
    **values: Any,
) -> None:  # fmt: skip
    """The call is over, and its request goes on."""
    done = {"done_at": now, "done_by": actor.id, "state": state, **OVER}
    if state == "done" and call["needs_signature"]:
        done["unsigned_since"] = now
    if state != "unreachable":
        done |= reached_in_time(call, now.astimezone(registry.clock.zone).date())
    _write(registry, actor, call, {**done, **values, **_added(call, words)})
    after_call(registry, actor, call, state, values.get("satisfaction"), now)


def _write(registry: Registry, actor: Actor, call: Record, values: Mapping[str, Any]) -> None:
    """Write the end of a call, which nobody has in hand then."""
    free = {"claimed_by": None, "claimed_until": None}
    registry.store.update(actor, CALLBACK, call.id, {**free, **values}, _source())


def _added(call: Record, words: str | None) -> dict[str, Any]:
    """What was said, below what was said before."""
    before = call.get("words")
    return {"words": f"{before}\n{words}" if before else words} if words else {}


def _rate_order(registry: Registry, actor: Actor, call: Record, answers: Mapping[str, Any], now: datetime) -> None:
    """Quality and attitude belong to the work order (S4); what was said of it before stays where nothing is added."""
    rated = {name: answers[name] for name in ("quality", "attitude") if answers.get(name) is not None}
    if not rated or not call.get("work_order"):
        return
    more = {"rated_at": now, "rated_by": actor.id}
    if answers.get("words"):
        more["rated_words"] = answers["words"]
    registry.store.update(actor, "work_order", call["work_order"], {**rated, **more}, _source())


def _words(registry: Registry, at: datetime) -> str:
    return f"{at.astimezone(registry.clock.zone):%m-%d %H:%M}"


def _source() -> Source:
    return Source("action", "callback")
