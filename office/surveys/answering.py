"""What comes back: answers by paper, on the phone or by a private link, once for each invitation (S8)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, BinaryIO

from models.actor import Actor, Source
from models.errors import NotFound, Refused, Stale
from models.operations import Outcome, Selection, operation
from models.query import Condition, Query
from office.surveys.publishing import OPEN
from office.surveys.questions import Answer
from office.surveys.sampling import is_code
from schema.text import Locale, Text

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

GIVEN, ANSWERED = "given", "answered"
PAPER, PHONE, LINK = "paper", "phone", "link"
KIND = "survey_invitation"
"""What private links are signed for."""
RETURN = "record_return"
"""The action whose grant and fields entering what came back goes by."""
GUEST = "问卷链接 · survey link"
"""Who stands in the history where somebody answered without signing in."""
SCANNED = re.compile(r"/s/([A-Za-z0-9_-]+)/?$")
"""What a reader types that is held to the code of a paper."""
SEEN = ("survey", "unit", "resident", "party", "channel", "code", "state", "answered_at", "answered_by")

DONE = Text("已登记。", "Recorded.")
VOIDED = Text("答卷已作废，可以重新填写。", "The answers are void; it can be filled in again.")
NO_CODE = Text(
    "编码“{code}”有误，请核对（最后一位是校验码）。",
    "“{code}” is no code; look again, the last digit is a check digit.",
)
UNKNOWN_CODE = Text("没有编码为“{code}”的问卷。", "There is no questionnaire with the code “{code}”.")
NOT_OPEN = Text("问卷“{survey}”没有开放，不能录入。", "“{survey}” is not open, so nothing can be entered.")
ANSWERED_BEFORE = Text("这份问卷已经登记为“{state}”。", "This questionnaire is recorded as “{state}” already.")


@dataclass(frozen=True, slots=True)
class Guest:
    """What a private link leads to: the invitation it was made for, and its survey, as they stand today."""

    invitation: Record
    survey: Record

    @property
    def is_answered(self) -> bool:
        return bool(self.invitation["state"] != GIVEN)


class AnsweredBefore(Refused):
    """An invitation takes one set of answers, and has one."""


@operation("record_return")
def record_return(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Record invitations as returned empty or refused (S8)."""

    def one(id: int) -> Text:
        record_outcome(registry, actor, id, answers["outcome"], now)
        return DONE

    return registry.store.each(selection.ids, one)


@operation("void_answers")
def void_answers(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Take away for good what was entered by mistake, so that the household can answer (S8)."""
    source = Source("action", "void_answers")
    deleter = replace(actor, writes=actor.writes | {("survey_answer", "-")})

    def one(id: int) -> Text:
        mine = Query(conditions=(Condition("invitation", "equals", id),), columns=("code",))
        ids = [row.id for row in registry.scope.stream(actor, "survey_answer", mine)]
        if ids:
            registry.store.delete_together(deleter, "survey_answer", ids, source, keep=False)
        blank = {"state": GIVEN, "answered_at": None, "answered_by": None, "entered_by": None}
        registry.store.update(actor, "survey_invitation", id, blank, source, comment=answers["why"])
        return VOIDED

    return registry.store.each(selection.ids, one)


def find_code(registry: Registry, actor: Actor, typed: str) -> int:
    """The invitation of a code as it was typed or scanned. Raises Refused with what is wrong with it."""
    scanned = SCANNED.search(typed)
    id = registry.codes.read(KIND, scanned[1]) if scanned else None
    if id is not None and registry.scope.visible_ids(actor, "survey_invitation", [id]):
        return id
    digits = "".join(sign for sign in typed if sign.isdigit())
    if not is_code(digits):
        raise Refused(NO_CODE.with_(code=typed.strip()[:40]))
    query = Query(conditions=(Condition("code", "equals", digits),), columns=("state",), size=1)
    found = registry.scope.page(actor, "survey_invitation", query).rows
    if not found:
        raise Refused(UNKNOWN_CODE.with_(code=digits))
    return found[0].id


def enter_answers(
    registry: Registry, actor: Actor, invitation: int, answers: Sequence[Answer], how: str, now: datetime,
    scans: Sequence[tuple[str, BinaryIO]] = (),
) -> None:  # fmt: skip
    """Keep the answers that a colleague enters from paper or while talking, with scans (name, content) of the paper.

    Raises NotAllowed without the grant, NotFound, AnsweredBefore, Refused where the survey is not open, Invalid for
    a file that is not taken.
    """
    clerk = clerk_of(registry, actor)
    kept = tuple(registry.files.put(actor, "survey_invitation", None, name, content) for name, content in scans)
    extra = {"entered_by": actor.id, **({"scans": kept} if kept else {})}
    with registry.store.transaction():
        record = registry.scope.get(actor, "survey_invitation", invitation)
        _refuse_closed(registry, actor, record)
        _keep(registry, clerk, record, answers, how, now, extra)


def record_outcome(registry: Registry, actor: Actor, invitation: int, outcome: str, now: datetime) -> None:
    """Record that it came back empty or was refused. Raises what ``enter_answers`` does."""
    record = registry.scope.get(actor, "survey_invitation", invitation)
    _refuse_closed(registry, actor, record)
    _refuse_answered(registry, record)
    values = {"state": outcome, "answered_at": now, "answered_by": record["channel"], "entered_by": actor.id}
    clerk = clerk_of(registry, actor)
    registry.store.update(clerk, "survey_invitation", invitation, values, Source("action", RETURN), record.version)


def clerk_of(registry: Registry, actor: Actor) -> Actor:
    """``actor`` with what entering returns may write. Raises NotAllowed without the grant for it."""
    if actor.system:
        return actor
    registry.scope.require(actor, "survey_invitation", RETURN)
    # It makes answers that it may not read: whoever enters them sees the sheet, and afterwards only figures.
    return replace(actor, writes=_writes(registry), reach=frozenset({"survey_answer"}))


# -- private links ---------------------------------------------------------------------------------


def link_token(registry: Registry, invitation: int) -> str:
    """The token of an invitation's private link, which is always the same and cannot be guessed."""
    return registry.codes.sign(KIND, invitation)


def find_guest(registry: Registry, token: str, today: date) -> Guest | None:
    """What a private link leads to today; None alike for one that is none, is over, or has not begun."""
    guest = guest_of(registry)
    id = registry.codes.read(KIND, token)
    found = registry.scope.records(guest, "survey_invitation", [id], SEEN) if id is not None else []
    surveys = registry.scope.records(guest, "survey", [found[0]["survey"]]) if found else []
    if not surveys:
        return None
    survey = surveys[0]
    is_open = survey["state"] == OPEN and survey["opens_on"] <= today <= survey["closes_on"]
    return Guest(found[0], survey) if is_open else None


def answer_by_link(registry: Registry, guest: Guest, answers: Sequence[Answer], now: datetime) -> None:
    """Keep the answers of somebody who came by a private link. Raises AnsweredBefore."""
    with registry.store.transaction():
        _keep(registry, guest_of(registry), guest.invitation, answers, LINK, now, {})


def guest_of(registry: Registry, locale: Locale = "zh") -> Actor:
    """Who comes by a private link: sees surveys and invitations, and may write what answering writes; no more."""
    reach = frozenset({"survey", "survey_question", "survey_invitation", "survey_answer"})
    return Actor(None, GUEST, locale=locale, writes=_writes(registry), reach=reach)


# -- parts -----------------------------------------------------------------------------------------


def _writes(registry: Registry) -> frozenset[tuple[str, str]]:
    return registry.schema.entities["survey_invitation"].actions[RETURN].writes


def _keep(
    registry: Registry, actor: Actor, record: Record, answers: Sequence[Answer], how: str, now: datetime,
    extra: Mapping[str, Any],
) -> None:  # fmt: skip
    """Write the answers and that they are there; of two who send at once the second is refused."""
    _refuse_answered(registry, record)
    source = Source("action", RETURN)
    values = {"state": ANSWERED, "answered_at": now, "answered_by": how, **extra}
    try:
        is_first = registry.store.update(actor, "survey_invitation", record.id, values, source, record.version)
    except (Stale, NotFound) as meanwhile:
        raise AnsweredBefore(_before(registry, ANSWERED)) from meanwhile
    if not is_first:
        raise AnsweredBefore(_before(registry, ANSWERED))
    rows = [
        {"invitation": record.id, "question": one.question, "code": one.code, "points": one.points, "text": one.text}
        for one in answers
    ]
    registry.store.create_many(actor, "survey_answer", rows, source)


def _refuse_answered(registry: Registry, record: Record) -> None:
    if record["state"] != GIVEN:
        raise AnsweredBefore(_before(registry, record["state"]))


def _before(registry: Registry, state: str) -> Text:
    return ANSWERED_BEFORE.with_(state=registry.schema.choices["invitation_state"][state].label)


def _refuse_closed(registry: Registry, actor: Actor, record: Record) -> None:
    survey = registry.scope.get(actor, "survey", record["survey"])
    if survey["state"] != OPEN:
        raise Refused(NOT_OPEN.with_(survey=survey.title))
