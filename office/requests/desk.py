"""A call at the desk, from what was typed to what was done about it at once, all in one save (S1, S4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from models.actor import Actor, Source
from models.errors import Refused
from models.query import Condition, Query
from models.storage.database import hold
from office.raw_rows import raw_rows
from office.requests.appointments import refuse_past
from office.requests.taking import by_origin, take_request
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

REQUEST = "service_request"
DESK = Source("action", "desk")
ANSWER_MISSING = Text("请写明答复了什么。", "Write what was answered.")
ADDED = Text("{channel} {at}：{matter}", "{channel} {at}: {matter}")
MORE = Text("住户又来说：{title}", "There is more to: {title}")


@dataclass(frozen=True, slots=True)
class Call:
    """What a clerk took down: ``values`` are fields of the request, ``then`` what is done about it at once.

    ``token`` is one form's: the same form again makes nothing.
    """

    values: Mapping[str, Any]
    then: str = "leave"
    """answer, dispatch or leave."""
    answer: str = ""
    sent_to: Mapping[str, Any] = field(default_factory=dict)
    """Of a dispatch: department and worker; with neither the office suggests."""
    token: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """The request that a call became; ``again`` where the same form had come before."""

    request: int
    again: bool = False


def take_call(registry: Registry, actor: Actor, now: datetime, call: Call) -> Taken:
    """Take a call and do about it at once what was said, all or nothing. Source: S1, S4.

    Raises NotAllowed, Invalid, Refused.
    """
    origin = f"desk:{call.token}" if call.token else None
    with registry.store.transaction():
        if origin:
            # Of a form that comes twice at once the second waits, and finds what came of the first.
            hold(registry.db, origin)
            if before := by_origin(registry, origin):
                return Taken(before, again=True)
        if call.then == "answer" and not call.answer.strip():
            raise Refused(ANSWER_MISSING)
        refuse_past(registry, call.values.get("appointment_at"), now)
        request = take_request(registry, actor, now, {**call.values, "origin": origin}, DESK)
        if call.then == "answer":
            _answer(registry, actor, request, call.answer.strip())
        elif call.then == "dispatch":
            _dispatch(registry, actor, request, call)
    return Taken(request)


def add_to(registry: Registry, actor: Actor, request: int, call: Call) -> None:
    """Add what was taken down to a request that is open already, as a comment, and tell its owner and whoever works on
    it; the same form again adds nothing. Raises NotFound, NotAllowed."""
    choices = getattr(registry.schema.entities[REQUEST].fields["channel"].type, "choices", {})
    channel = choices[call.values["channel"]].label if call.values.get("channel") in choices else Text("", "")
    at = f"{registry.clock.now().astimezone(registry.clock.zone):%Y-%m-%d %H:%M}"
    first = ADDED.with_(channel=channel, at=at, matter=call.values.get("matter") or "").to(actor.locale)
    asked = registry.scope.get(actor, REQUEST, request)
    # A number that stands on the request is masked there for those who need not know it; a comment is not.
    person = (call.values[name] for name in ("caller_name", "phone") if call.values.get(name) != asked[name])
    lines = (first, call.values.get("details"), " ".join(str(one) for one in person if one))
    with registry.store.transaction():
        if call.token and registry.once.begin(actor, sha256(call.token.encode()).hexdigest()) is not None:
            return
        registry.comments.add(actor, REQUEST, request, "\n".join(str(line) for line in lines if line))
        concerned = {asked["owner"], asked["assigned_to"]} - {None, actor.id}
        registry.inbox.tell(MORE.with_(title=asked.title), users=sorted(concerned), about=(REQUEST, request))


def may_dispatch(registry: Registry, actor: Actor) -> bool:
    """Whether the actor may send work out, or at least assign it."""
    return any(registry.access.may(actor, REQUEST, name) for name in ("dispatch", "assign"))


def people_to_send(registry: Registry, actor: Actor) -> list[tuple[int, str]]:
    """(account, name) of the staff that work may be given to, by name."""
    if not registry.access.may(actor, "staff", "read"):
        return []
    there = (Condition("account", "filled"), Condition("left_on", "empty"))
    query = Query(conditions=there, sort="title")
    return [(account, name) for _, account, name in raw_rows(registry, actor, "staff", query, ("account", "name"))]


def _answer(registry: Registry, actor: Actor, request: int, words: str) -> None:
    """Answered is solved; where nobody is to be called or to sign, it is closed, too."""
    _act(registry, actor, request, "answer", {"words": words})
    if not registry.access.may(actor, REQUEST, "solve"):
        return
    registry.store.step(actor, REQUEST, request, "solve", {"solution": words}, "", DESK)
    if registry.access.may(actor, REQUEST, "close"):
        _close(registry, actor, request)


def _close(registry: Registry, actor: Actor, request: int) -> None:
    try:
        with registry.store.transaction():
            registry.store.step(actor, REQUEST, request, "close", {}, "", DESK)
    except Refused:
        return


def _dispatch(registry: Registry, actor: Actor, request: int, call: Call) -> None:
    """Send it out as work, or where it is no work of a trade, give it to a department or a person."""
    row = registry.rows.one(REQUEST, request) or {}
    worker, department = call.sent_to.get("worker"), call.sent_to.get("department")
    if row.get("trade") and registry.access.may(actor, REQUEST, "dispatch"):
        _act(registry, actor, request, "dispatch", {"worker": worker, "department": department})
        return
    values = {"department": department or row.get("department"), "assigned_to": worker}
    registry.store.step(actor, REQUEST, request, "assign", values, "", DESK)


def _act(registry: Registry, actor: Actor, request: int, name: str, answers: Mapping[str, Any]) -> None:
    """Do an action on the one request. Raises Refused with why it was not done."""
    outcome = registry.act(actor, REQUEST, name, (request,), answers, DESK)
    for _, why in outcome.skipped:
        raise Refused(why)
