"""What calls do to requests: a bad word opens one, a good call closes the one it was about, once signed (S5, S6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM, Actor, Source
from models.errors import Refused
from models.followups import Change, follow_up
from models.operations import Outcome, Selection, operation
from models.query import Condition, Query
from office.callbacks.opening import OVER
from office.callbacks.policy import CALLBACK, Callbacks, callbacks_of
from office.raw_rows import raw_rows
from office.requests.course import settle
from office.requests.taking import take_request
from schema.text import Text

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

REQUEST = "service_request"
WELL = ("done", "refused")
"""Ends of a call after which nobody has to call any more about the request."""
LONGEST = 80
"""Characters of what was said that make the matter of a request."""

BAD_MATTER = Text("回访评分 {n} 分：{about}", "Rated {n} on the phone: {about}")
TOLD = Text(
    "回访不满意：{unit} {matter}，已转报事。", "A resident is not satisfied: {unit} {matter}. A request was opened."
)
UNREACHABLE = Text(
    "回访未联系上：{unit} {matter}。请决定报事是否关闭。",
    "Nobody could be reached: {unit} {matter}. Decide whether the request is closed.",
)
SIGNED = Text("已签署。", "Signed.")
SIGNED_AND_CLOSED = Text("已签署，报事已关闭。", "Signed; the request is closed.")
NOT_THE_CALLER = Text(
    "回访是您自己打的，要由别的主管或主任签署。",
    "You made this call yourself; another supervisor or the director signs.",
)
NOT_A_SIGNER = Text("这个回访由{roles}签署。", "This call is signed by: {roles}.")
CANCELLED = Text("回访已取消。", "The call is cancelled.")


def open_request(
    registry: Registry, actor: Actor, call: Record, answers: Mapping[str, Any], policy: Callbacks, now: datetime
) -> int:  # fmt: skip
    """The request that a bad word opens, once for a call; the supervisor is told. Returns its id."""
    words = answers.get("complaint") or answers.get("words") or ""
    about = call["about"] or words
    ratings = [answers[name] for name in ("satisfaction", "quality", "attitude") if answers.get(name) is not None]
    bad = BAD_MATTER.with_(n=min(ratings, default=0), about=about).to("zh")
    matter = (answers.get("complaint") or bad).strip().splitlines()[0][:LONGEST]
    new, source = policy.new_request, Source("action", "callback")
    values = {
        "kind": new.kind, "priority": new.priority, "channel": "callback", "matter": matter, "details": words,
        "unit": call["unit"], "caller": call["resident"], "caller_name": call["name"], "phone": call["phone"],
        "came_from": call.get("request"), "origin": f"callback:{call.id}",
    }  # fmt: skip
    request = take_request(registry, actor, now, values, source)
    said = TOLD.with_(unit=call.titles.get("unit", ""), matter=matter)
    registry.inbox.tell(said, roles=new.told, about=(REQUEST, request), key=f"bad_call:{call.id}")
    return request


def tell_unreachable(registry: Registry, call: Record, policy: Callbacks) -> None:
    """Nobody could be called about a request: whoever is told of bad words decides what becomes of it."""
    if call.get("request"):
        said = UNREACHABLE.with_(unit=call.titles.get("unit", ""), matter=call["about"] or "")
        about = (REQUEST, call["request"])
        registry.inbox.tell(said, roles=policy.new_request.told, about=about, key=f"unreachable:{call.id}")


def after_call(
    registry: Registry, actor: Actor, call: Record, state: str, satisfaction: int | None, now: datetime
) -> None:  # fmt: skip
    """The request of a call that is over: called back, and closed where nothing more is due."""
    request = call.get("request")
    row = registry.rows.one(REQUEST, request) if request else None
    if row is None or row["state"] != "solved" or state not in WELL:
        return
    values = {"state": "called_back", "called_back_at": now, "satisfaction": satisfaction}
    source = Source("action", "callback")
    registry.store.update(actor, REQUEST, request, values, source)
    settle(registry, actor, request, source)


@operation("sign_callback")
def sign_callback(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Sign for the result of calls, and with that for their requests, which close (S5, S6)."""
    policy = callbacks_of(registry.schema)
    return registry.store.each(selection.ids, lambda call: _sign(registry, actor, policy, call, now))


@operation("cancel_callback")
def cancel_callback(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Nobody is called: a person says why, and no job brings the call back."""

    def cancel(id: int) -> Text:
        values = {"state": "cancelled", "cancelled_why": answers["why"], **OVER}
        registry.store.update(actor, CALLBACK, id, values, Source("action", "cancel_callback"))
        return CANCELLED

    return registry.store.each(selection.ids, cancel)


@follow_up("sign_callbacks")
def follow_signature(registry: Registry, actor: Actor, changes: Sequence[Change], source: Source) -> None:
    """Who signs for a request has signed for its calls, but for those that they made themselves."""
    signed = {
        one.id: one.row["signed_by"] for one in changes if one.new and one.differs("signed_by") and one.row["signed_by"]
    }
    if not signed:
        return
    waiting = (
        Condition("request", "in", tuple(signed)), Condition("unsigned_since", "filled"),
    )  # fmt: skip
    rows = raw_rows(registry, SYSTEM, CALLBACK, Query(conditions=waiting, sort="id"), ("request", "done_by"))
    now = registry.clock.now()
    values = {
        id: {"signed_by": signed[request], "signed_at": now, "unsigned_since": None}
        for id, request, by in rows if by != signed[request]
    }  # fmt: skip
    registry.store.update_many(actor, CALLBACK, values, source)


# -- parts -------------------------------------------------------------------------------------------


def _sign(registry: Registry, actor: Actor, policy: Callbacks, id: int, now: datetime) -> Text:
    call, source = registry.scope.get(actor, CALLBACK, id), Source("action", "sign_callback")
    if call["done_by"] == actor.id:
        raise Refused(NOT_THE_CALLER)
    _refuse_stranger(registry, actor, policy, call)
    signed = {"signed_by": actor.id, "signed_at": now}
    registry.store.update(actor, CALLBACK, id, {**signed, "unsigned_since": None}, source)
    return SIGNED_AND_CLOSED if _sign_request(registry, actor, call, signed, source) else SIGNED


def _refuse_stranger(registry: Registry, actor: Actor, policy: Callbacks, call: Record) -> None:
    """Raises Refused for one who is neither of the roles that sign, nor the manager of the request's department."""
    rule = policy.rules.get(call["rule"])
    if rule is None or not rule.signature or actor.system or actor.roles.intersection(rule.signature):
        return
    request = registry.rows.one(REQUEST, call["request"]) if call.get("request") else None
    department = registry.rows.one("department", request["department"]) if request and request["department"] else None
    if department is None or department["manager"] != actor.id:
        labels = [registry.schema.roles[name].label for name in rule.signature]
        roles = Text("、".join(one.zh for one in labels), ", ".join(one.en for one in labels))
        raise Refused(NOT_A_SIGNER.with_(roles=roles))


def _sign_request(
    registry: Registry, actor: Actor, call: Record, signed: Mapping[str, Any], source: Source
) -> bool:  # fmt: skip
    """Sign for the request, too, unless this person solved it; whether it is closed now."""
    request = call.get("request")
    row = registry.rows.one(REQUEST, request) if request else None
    if row is None:
        return False
    if row["signed_by"] is None and row["solved_by"] != actor.id and row["state"] in ("solved", "called_back"):
        registry.store.update(actor, REQUEST, row["id"], signed, source)
    return settle(registry, actor, row["id"], source)
