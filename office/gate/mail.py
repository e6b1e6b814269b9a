"""Mail for residents: received at the desk, kept on a shelf, handed over against a signature or a code (S11)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM, Actor, Source
from models.errors import Refused
from models.operations import Outcome, Selection, operation
from models.preparations import Draft, Prepared, preparation
from models.query import Condition, Query
from models.storage.database import hold
from schema.text import BadValue, Text

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

WAITING = Condition("state", "equals", "waiting")
SHOWN = ("number", "kind", "unit", "addressee", "carrier", "tail", "shelf", "received_at", "reminded_on", "state",
         "collected_at", "collected_by")  # fmt: skip
MOST = 100

NO_SIGNATURE = Text("请领取人签字，或改用取件码。", "Have it signed, or take the code.")
WRONG_CODE = Text("取件码不对，未领取。", "That is not the code; it was not handed over.")
HANDED = Text("已由{who}领取。", "Collected by {who}.")
REMINDED = Text("已记为提醒过。", "Noted as reminded.")


@dataclass(frozen=True, slots=True)
class Proof:
    """What somebody shows who collects: a signature or a code."""

    kind: str
    code: str = ""
    has_signature: bool = False


def refusal(proof: Proof, code: str) -> Text | None:
    """Why an item with this code is not handed over; None where it is. Source: domain S11."""
    if proof.kind == "signature":
        return None if proof.has_signature else NO_SIGNATURE
    return None if code and secrets.compare_digest(proof.code.encode(), code.encode()) else WRONG_CODE


@preparation("mail_item")
def prepare(registry: Registry, actor: Actor, drafts: Sequence[Draft]) -> Sequence[Prepared]:
    """Every new item gets a code of four digits, against which it can be collected (S11)."""

    def one(draft: Draft) -> Prepared:
        is_new = draft.old is None and draft.values is not None and not draft.values.get("code")
        return Prepared(values={"code": f"{secrets.randbelow(10_000):04}"}) if is_new else Prepared()

    return [one(draft) for draft in drafts]


@operation("hand_out")
def hand_out(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Hand items over to who collects them, against one signature for all or each one's code (S11)."""
    proof = Proof(answers["proof"], answers.get("code") or "", bool(answers.get("signature")))
    values = {
        "state": "collected", "collected_at": now, "collected_by": answers["collected_by"], "proof": answers["proof"],
        "handed_by": actor.id, "signature": answers.get("signature") if answers["proof"] == "signature" else None,
    }  # fmt: skip

    def one(id: int) -> Text:
        record = registry.scope.get(actor, "mail_item", id)
        if said := refusal(proof, record["code"] or ""):
            raise Refused(said)
        registry.store.update(actor, "mail_item", id, values, Source("action", "hand_out"), record.version)
        return HANDED.with_(who=answers["collected_by"])

    return registry.store.each(selection.ids, one)


@operation("remind_mail")
def remind_mail(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Note that households were reminded of what waits for them (S11)."""
    today = now.astimezone(registry.clock.zone).date()

    def one(id: int) -> Text:
        registry.store.update(actor, "mail_item", id, {"reminded_on": today}, Source("action", "remind_mail"))
        return REMINDED

    return registry.store.each(selection.ids, one)


def receive(registry: Registry, actor: Actor, values: Mapping[str, Any], token: str) -> tuple[int, bool]:
    """Take an item in; returns (id, whether it is a new one). A form sent twice takes one item.

    Raises NotAllowed, Invalid.
    """
    registry.scope.require(actor, "mail_item", "create")
    clerk = replace(actor, writes=frozenset({("mail_item", "form_token")}))
    with registry.store.transaction():
        hold(registry.db, "gate")
        before = _by_token(registry, token) if token else None
        if before is not None:
            return before, False
        made = registry.store.create(clerk, "mail_item", {**values, "form_token": token or None}, Source("form"))
        return made, True


def find_mail(registry: Registry, actor: Actor, text: str) -> list[Record]:
    """What waits for whom ``text`` names: a room in any spelling, an addressee, the end of a number; oldest first."""
    words = text.strip()
    if not words:
        return []
    try:
        unit = registry.scope.find(actor, "unit", words)
        query = Query(conditions=(WAITING, Condition("unit", "equals", unit)), columns=SHOWN, sort="id", size=MOST)
    except BadValue:
        query = Query(search=words, conditions=(WAITING,), columns=SHOWN, size=MOST)
    return sorted(registry.scope.page(actor, "mail_item", query).rows, key=lambda row: row.id)


def latest(registry: Registry, actor: Actor, size: int = 8) -> list[Record]:
    """What this person took in last."""
    mine = (Condition("received_by", "equals", actor.id),)
    query = Query(conditions=mine, columns=(*SHOWN, "code"), sort="-id", size=size)
    return list(registry.scope.page(actor, "mail_item", query).rows)


def _by_token(registry: Registry, token: str) -> int | None:
    found = registry.scope.ids(SYSTEM, "mail_item", Query(conditions=(Condition("form_token", "equals", token),)), 1)
    return found[0] if found else None
