"""Worker passes: who may have one, and what the gate says to whoever shows one (D2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from models.actor import SYSTEM, Actor
from models.preparations import Draft, Prepared, preparation
from office.renovation.permits import PERMIT
from schema.text import Text

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

KIND = "worker_pass"
"""What the codes of passes are signed as."""
OVER = ("refused", "cancelled", "completed", "accepted", "closed", "expired")

TOO_LATE = Text(
    "这份许可已不能施工，不再办理出入证。", "No more works go on by this permit; there are no passes for it."
)
RETURNED = Text("这张出入证已于 {day} 交回，不能再用。", "This pass was given back on {day}; it holds no more.")
LOST = Text("这张出入证已挂失；请留下证件并联系前台。", "This pass was reported lost: keep it and ask the front desk.")
TOO_EARLY = Text("出入证要到 {day} 才有效。", "This pass is valid from {day}.")
EXPIRED = Text("出入证已过期，有效期到 {day}。", "This pass has expired: it was valid to {day}.")
SUSPENDED = Text("该户装修已被责令停工，施工人员不得进入。", "The works are suspended: workers are not let in.")
NOT_BEGUN = Text("该户装修尚未批准或尚未开工。", "The works were not approved yet, or have not begun.")
ENDED = Text("该户装修已结束，不再施工。", "The works have ended.")


@dataclass(frozen=True, slots=True)
class Pass:
    """What the gate goes by; ``permit_ends_on`` is the last day of the permit, whatever the pass says."""

    state: str
    starts_on: date
    ends_on: date
    permit_state: str
    permit_ends_on: date
    returned_on: date | None = None


def stopped(found: Pass, today: date) -> Text | None:
    """Why a worker is not let in by this pass; None where they are. Source: domain D2."""
    if found.state == "returned":
        return RETURNED.with_(day=found.returned_on or "")
    if found.state == "lost":
        return LOST
    if today < found.starts_on:
        return TOO_EARLY.with_(day=found.starts_on)
    last = min(found.ends_on, found.permit_ends_on)
    if today > last:
        return EXPIRED.with_(day=last)
    if found.permit_state == "suspended":
        return SUSPENDED
    if found.permit_state in OVER:
        return ENDED
    return None if found.permit_state == "in_progress" else NOT_BEGUN


def pass_of(registry: Registry, record: Record) -> Pass:
    """What the gate goes by, of a pass that the reader sees; the permit is read as the program, to decide."""
    permit = registry.scope.get(SYSTEM, PERMIT, record["permit"])
    return Pass(
        record["state"], record["starts_on"], record["ends_on"], permit["state"], permit["ends_on"],
        record["returned_on"],
    )  # fmt: skip


def code_of(registry: Registry, id: int) -> str:
    """The code on a pass."""
    return registry.codes.sign(KIND, id)


@preparation("worker_pass")
def prepare(registry: Registry, actor: Actor, drafts: Sequence[Draft]) -> Sequence[Prepared]:
    """A pass that somebody writes for a permit is for works that can still go on; what the program takes over stays
    (D2)."""
    ids = sorted({one.values["permit"] for one in drafts if _is_given(one) and one.values})
    state = {one.id: one["state"] for one in registry.scope.records(SYSTEM, PERMIT, ids, ("state",))}

    def one(draft: Draft) -> Prepared:
        permit = draft.values["permit"] if draft.values and _is_given(draft) else None
        is_over = not actor.system and state.get(permit or 0) in OVER
        return Prepared(problems={"permit": [TOO_LATE]}) if is_over else Prepared()

    return [one(draft) for draft in drafts]


def _is_given(draft: Draft) -> bool:
    """Whether a pass is made, or moved to another permit."""
    old, new = draft.old, draft.values
    return new is not None and bool(new.get("permit")) and (old is None or old.get("permit") != new["permit"])
