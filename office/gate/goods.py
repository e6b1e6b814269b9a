"""Goods that leave: the owner's word, the approval, the signed slip, and letting out once (S10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM, Actor, Source
from models.errors import Refused
from models.operations import Outcome, Selection, operation
from models.preparations import Draft, Prepared, preparation
from models.query import Condition, Query
from schema.text import Text

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

KIND = "goods_exit"
"""What the codes of slips are signed as."""
SETTLED = ("settled", "waived", "confirmed")
SEALED = ("unit", "taken_by", "taker", "plate", "items", "pieces", "leaves_on", "moving_out", "move_out", "owner_word",
          "word_by", "word_at", "signature", "papers", "photos")  # fmt: skip
"""What an approval is about."""
DECIDED = ("approved", "left")

NO_WORD = Text(
    "还没有业主同意：请填写同意方式、同意的业主和时间，再批准。",
    "The owner's word is missing: fill in how it was given, by whom and when; then approve.",
)
NO_SIGNATURE = Text("写明是签字同意，但没有签字。", "The owner's word is a signature, but nobody has signed.")
NO_LETTER = Text(
    "写明是书面委托，但没有附上委托书。", "The owner's word is in writing, but the letter is not attached."
)
PAST = Text("放行日期 {day} 已过，请改日期后再批准。", "{day} has passed; change the day, then approve.")
NO_MOVE_OUT = Text(
    "租户搬离须先办退场：这套房屋没有办理中的退场单，请到“入住关系”登记退场并结清费用。",
    "Who moves out is settled first: this unit has no move-out under way; register it at the occupancy and have the "
    "bills settled.",
)
UNSETTLED = Text(
    "退场单 {slip} 的费用还没有结清或豁免，不能批准搬离。",
    "The bills of the move-out {slip} are neither settled nor waived; moving out cannot be approved.",
)
SEALED_NOW = Text(
    "已批准的放行单不能改内容；请先“撤回批准”，改好后重新批准。",
    "What is approved cannot be changed; take the approval back first, then approve it anew.",
)
APPROVED = Text("已批准，{day} 放行一次；请打印出门条。", "Approved to leave once on {day}; print the slip.")
LET_OUT = Text("已放行，{at}。", "Let out, {at}.")

NOT_APPROVED = Text("尚未批准，不能放行；请联系前台。", "It is not approved: nothing leaves. Ask the front desk.")
REFUSED = Text("没有批准放行：{why}", "It was refused: {why}")
CANCELLED = Text("这张出门条已取消：{why}", "This slip was cancelled: {why}")
USED = Text("这张出门条已于 {at} 由{by}放行，不能再用。", "This slip was used: {by} let it out at {at}.")
TOO_EARLY = Text("要到 {day} 才能放行。", "It may leave on {day}, not before.")
EXPIRED = Text("已过期：放行日期是 {day}。", "It has expired: it was for {day}.")


@dataclass(frozen=True, slots=True)
class Request:
    """What an approval goes by; ``move_out`` is (title, state) of the move-out, None where there is none."""

    owner_word: str | None
    has_words: bool
    has_signature: bool
    has_letter: bool
    moving_out: bool
    move_out: tuple[str, str] | None
    leaves_on: date


def refusal(request: Request, today: date) -> Text | None:
    """Why goods may not leave as they are asked for; None where they may. Source: domain S10, A13."""
    if not request.owner_word or not request.has_words:
        return NO_WORD
    if request.owner_word == "signature" and not request.has_signature:
        return NO_SIGNATURE
    if request.owner_word == "written" and not request.has_letter:
        return NO_LETTER
    if request.leaves_on < today:
        return PAST.with_(day=request.leaves_on)
    if not request.moving_out:
        return None
    if request.move_out is None:
        return NO_MOVE_OUT
    slip, state = request.move_out
    return None if state in SETTLED else UNSETTLED.with_(slip=slip)


@dataclass(frozen=True, slots=True)
class Slip:
    """What the gate goes by."""

    state: str
    leaves_on: date
    why: str = ""
    left_at: str = ""
    left_by: str = ""


def stopped(slip: Slip, today: date) -> Text | None:
    """Why the gate does not let this out today; None where it does. Source: domain S10."""
    if slip.state == "left":
        return USED.with_(at=slip.left_at, by=slip.left_by)
    said = {"draft": NOT_APPROVED, "refused": REFUSED, "cancelled": CANCELLED}.get(slip.state)
    if said is not None:
        return said.with_(why=slip.why)
    if slip.leaves_on > today:
        return TOO_EARLY.with_(day=slip.leaves_on)
    return EXPIRED.with_(day=slip.leaves_on) if slip.leaves_on < today else None


def slip_of(registry: Registry, record: Record) -> Slip:
    """What the gate goes by, of a record that the actor sees."""
    at = record["left_at"]
    return Slip(
        record["state"], record["leaves_on"], record["why"] or "",
        f"{at.astimezone(registry.clock.zone):%Y-%m-%d %H:%M}" if at else "", record.titles.get("left_by") or "",
    )  # fmt: skip


def code_of(registry: Registry, id: int) -> str:
    """The code on the slip of a record."""
    return registry.codes.sign(KIND, id)


@preparation("goods_exit")
def prepare(registry: Registry, actor: Actor, drafts: Sequence[Draft]) -> Sequence[Prepared]:
    """What was approved stays as it was approved; the program itself may write what it likes (S10)."""
    return [Prepared(problems={"": [SEALED_NOW]}) if _breaks_seal(actor, one) else Prepared() for one in drafts]


@operation("approve_exit")
def approve_exit(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Approve what may leave by the owner's word and, of who moves out, once settled (S10)."""
    today = now.astimezone(registry.clock.zone).date()
    slips = _move_outs(registry, actor, selection.ids)

    def one(id: int) -> Text:
        record = registry.scope.get(actor, "goods_exit", id)
        if said := refusal(_request(record, slips.get(id)), today):
            raise Refused(said)
        values = {"state": "approved", "approved_by": actor.id, "approved_at": now}
        registry.store.update(actor, "goods_exit", id, values, Source("action", "approve_exit"), record.version)
        return APPROVED.with_(day=record["leaves_on"])

    return registry.store.each(selection.ids, one)


@operation("let_out")
def let_out(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Let goods out at the gate, once and on their day (S10)."""
    local = now.astimezone(registry.clock.zone)

    def one(id: int) -> Text:
        record = registry.scope.get(actor, "goods_exit", id)
        if said := stopped(slip_of(registry, record), local.date()):
            raise Refused(said)
        values = {"state": "left", "left_at": now, "left_by": actor.id}
        registry.store.update(actor, "goods_exit", id, values, Source("action", "let_out"), record.version)
        return LET_OUT.with_(at=f"{local:%H:%M}")

    return registry.store.each(selection.ids, one)


# -- parts -----------------------------------------------------------------------------------------


def _breaks_seal(actor: Actor, draft: Draft) -> bool:
    """Whether a draft changes what an approval was about."""
    old, new = draft.old, draft.values
    if actor.system or old is None or new is None or old["state"] not in DECIDED or new["state"] not in DECIDED:
        return False
    return any((old.get(name) or None) != (new.get(name) or None) for name in SEALED)


def _request(record: Record, move_out: tuple[str, str] | None) -> Request:
    return Request(
        owner_word=record["owner_word"], has_words=bool(record["word_by"] and record["word_at"]),
        has_signature=bool(record["signature"]), has_letter=bool(record["papers"]),
        moving_out=bool(record["moving_out"]), move_out=move_out, leaves_on=record["leaves_on"],
    )  # fmt: skip


def _move_outs(registry: Registry, actor: Actor, ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """(title, state) of the move-out by goods exit: the one it names, else the newest of its unit that was not
    cancelled. It is looked for as the program, to decide by; only its number is said."""
    rows = registry.scope.records(actor, "goods_exit", ids, ("unit", "moving_out", "move_out"))
    asked = [row for row in rows if row["moving_out"]]
    units = tuple({row["unit"] for row in asked})
    if not units:
        return {}
    there = (Condition("occupancy.unit", "in", units), Condition("state", "not_equals", "cancelled"))
    columns = ("number", "state", "occupancy")
    query = Query(conditions=there, columns=columns, sort="id")
    slips = list(registry.scope.stream(SYSTEM, "move_out", query))
    homes = registry.scope.records(SYSTEM, "occupancy", [one["occupancy"] for one in slips], ("unit",))
    unit_of = {one.id: one["unit"] for one in homes}
    newest = {unit_of[one["occupancy"]]: (one["number"], one["state"]) for one in slips}
    by_id = {one.id: (one["number"], one["state"]) for one in slips}
    found = {row.id: by_id.get(row["move_out"]) or newest.get(row["unit"]) for row in asked}
    return {id: slip for id, slip in found.items() if slip is not None}
