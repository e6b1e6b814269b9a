"""The deposit of a permit: what was due stays while it is in force, all of it until the acceptance (D5, F13)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM, Actor
from models.preparations import Draft, Prepared, preparation
from models.query import Condition, Query
from office.renovation.permits import PERMIT
from schema.text import Text

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

RETURNABLE = ("accepted", "closed", "refused", "cancelled")
"""States of a permit in which its deposit may be refunded or deducted from."""
NOT_YET = ("draft", "submitted")
"""States in which a deposit that was taken by mistake is taken back: nothing was approved on the strength of it."""
OVERRULES = "approve_deduction"
"""Who may approve deductions may also let one go that was proposed."""
ZERO = Decimal("0.00")
COLUMNS = ("receipt", "permit", "held")

NOT_ACCEPTED = Text(
    "装修许可 {permit} 还没有验收合格，押金不能退也不能扣。",
    "The works of permit {permit} were not accepted yet; its deposit is neither refunded nor deducted from.",
)
IN_FORCE = Text(
    "装修许可 {permit} 是凭这笔押金批准的，验收合格前不能冲正；收错了先收对的一笔，再冲正这一笔。",
    "Permit {permit} was approved on the strength of this deposit; its receipt cannot be reversed before the works are "
    "accepted. Where it was a mistake, take the right one first and then reverse this one.",
)
TO_DEDUCT = Text(
    "验收建议扣款 {amount} 元（{why}），尚未扣；请先扣款，或最多退 {most} 元。",
    "The acceptance proposes a deduction of {amount} ({why}) that was not made yet. Deduct it first, or refund "
    "{most} at most.",
)


def too_much(held: Decimal, proposed: Decimal, deducted: Decimal, amount: Decimal) -> tuple[Decimal, Decimal] | None:
    """(what is still to be deducted, the most that may be refunded) where a refund of ``amount`` takes what the
    acceptance proposes to deduct; None where it leaves that. Source: domain D5."""
    left = max(proposed - deducted, ZERO)
    most = max(held - left, ZERO)
    return (left, most) if left and amount > most else None


@preparation("deposit")
def prepare_deposit(registry: Registry, actor: Actor, drafts: Sequence[Draft]) -> Sequence[Prepared]:
    """Whoever reverses its receipt: what was due for a permit that was approved stays until it is accepted (F13)."""
    lost = [one.old["id"] for one in drafts if one.old is not None and _is_lost(one)]
    bound = _bound(registry, registry.scope.records(SYSTEM, "deposit", lost, COLUMNS))

    def one(draft: Draft) -> Prepared:
        permit = bound.get(draft.old["id"]) if draft.old is not None and _is_lost(draft) else None
        return Prepared(problems={"": [IN_FORCE.with_(permit=permit)]} if permit else {})

    return [one(draft) for draft in drafts]


@preparation("receipt", only=("kind", "deposit"))
def prepare_receipt(registry: Registry, actor: Actor, drafts: Sequence[Draft]) -> Sequence[Prepared]:
    """Nobody is asked to reverse the receipt of such a deposit either (F13)."""
    asked = [one.old["id"] for one in drafts if one.old is not None and _is_taken_back(one)]
    query = Query(conditions=(Condition("receipt", "in", tuple(asked)),), columns=COLUMNS)
    deposits = list(registry.scope.stream(SYSTEM, "deposit", query)) if asked else []
    bound = _bound(registry, deposits)
    of_receipt = {one["receipt"]: bound.get(one.id) for one in deposits}

    def one(draft: Draft) -> Prepared:
        permit = of_receipt.get(draft.old["id"]) if draft.old is not None and _is_taken_back(draft) else None
        return Prepared(problems={"": [IN_FORCE.with_(permit=permit)]} if permit else {})

    return [one(draft) for draft in drafts]


@preparation("deposit_move")
def prepare_move(registry: Registry, actor: Actor, drafts: Sequence[Draft]) -> Sequence[Prepared]:
    """Whoever moves it: the deposit of a permit stays whole until the works are accepted, and what the acceptance
    proposes to deduct is not refunded (D5, F13)."""
    asked = sorted({one.values["deposit"] for one in drafts if one.values and one.values.get("deposit")})
    deposits = {one.id: one for one in registry.scope.records(SYSTEM, "deposit", asked, ("permit", "held"))}
    permits = _permits(registry, {one["permit"] for one in deposits.values() if one["permit"]})
    may_let_go = actor.system or registry.access.may(actor, "deposit_move", OVERRULES)
    proposed = {} if may_let_go else _proposed(registry, permits)
    deducted = _deducted(registry, proposed)

    def one(draft: Draft) -> Prepared:
        new = draft.values
        deposit = deposits.get(new.get("deposit") or 0) if new else None
        permit = permits.get(deposit["permit"] or 0) if deposit is not None else None
        if new is None or deposit is None or permit is None or new.get("state") == "refused":
            return Prepared()
        if permit["state"] not in RETURNABLE:
            return Prepared(problems={"": [NOT_ACCEPTED.with_(permit=permit["number"])]})
        found = proposed.get(permit.id)
        if found is None or draft.old is not None or new.get("kind") != "refund":
            return Prepared()
        over = too_much(permit["deposit_held"] or ZERO, found["deduction"], deducted[permit.id], new["amount"])
        if over is None:
            return Prepared()
        said = TO_DEDUCT.with_(amount=over[0], why=found["deduction_why"] or "", most=over[1])
        return Prepared(problems={"": [said]})

    return [one(draft) for draft in drafts]


# -- parts -----------------------------------------------------------------------------------------


def _is_lost(draft: Draft) -> bool:
    """Whether a write takes a deposit away from its permit: reversed, unlinked, or into the trash."""
    old, new = draft.old, draft.values
    if old is None or not old.get("permit") or old.get("reversed"):
        return False
    return new is None or bool(new.get("reversed")) or new.get("permit") != old["permit"]


def _is_taken_back(draft: Draft) -> bool:
    """Whether a write asks for the reversal of the receipt of a deposit, or makes it."""
    old, new = draft.old, draft.values
    if old is None or new is None or old.get("kind") != "deposit":
        return False
    return new.get("state") in ("requested", "reversed") and old.get("state") != new.get("state")


def _bound(registry: Registry, lost: Sequence[Record]) -> dict[int, str]:
    """The numbers of the permits in force that lack what is due without these deposits, by the deposit."""
    permits, gone = _permits(registry, [one["permit"] for one in lost if one["permit"]]), Counter[int]()
    for one in lost:
        gone[one["permit"]] += one["held"]
    lacking = {
        id: one["number"] for id, one in permits.items()
        if one["state"] not in (*NOT_YET, *RETURNABLE)
        and (one["deposit_held"] or ZERO) - gone[id] < (one["deposit_due"] or ZERO)
    }  # fmt: skip
    return {one.id: lacking[one["permit"]] for one in lost if one["permit"] in lacking}


def _permits(registry: Registry, ids: Iterable[int]) -> dict[int, Record]:
    """Permits, read as the program to decide."""
    columns = ("number", "state", "deposit_due", "deposit_held")
    return {one.id: one for one in registry.scope.records(SYSTEM, PERMIT, sorted(set(ids)), columns)}


def _proposed(registry: Registry, permits: Mapping[int, Any]) -> dict[int, Record]:
    """The acceptance that passed of each permit, where it proposes a deduction."""
    if not permits:
        return {}
    passed = (Condition("permit", "in", tuple(permits)), Condition("result", "equals", "passed"))
    query = Query(conditions=passed, where="deduction > 0", columns=("permit", "deduction", "deduction_why"), sort="id")
    return {row["permit"]: row for row in registry.scope.stream(SYSTEM, "acceptance", query)}


def _deducted(registry: Registry, permits: Mapping[int, Any]) -> dict[int, Decimal]:
    """What was deducted already from the deposits of each permit."""
    found: dict[int, Decimal] = defaultdict(lambda: ZERO)
    if permits:
        query = Query(conditions=(Condition("permit", "in", tuple(permits)),), columns=("permit", "deducted"))
        for row in registry.scope.stream(SYSTEM, "deposit", query):
            found[row["permit"]] += row["deducted"]
    return found
