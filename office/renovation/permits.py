"""Permits as they are written, told of, paid for, extended, suspended and ended by date (D1, F13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM, Actor, Source
from models.errors import Refused
from models.followups import Change, follow_up
from models.jobs import JobResult, job
from models.operations import Outcome, Selection, operation
from models.preparations import Draft, Prepared, preparation
from models.query import Condition, Query
from office.renovation import rules
from office.renovation.units import WORKING, states_before
from office.till.deposits import take_deposit
from office.till.receipts import Method
from schema.text import Text

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

PERMIT = "renovation_permit"
LAST_DAY = (PERMIT, "ends_on")

TOLD = Text("已告知，双方已签字。", "Told and signed by both.")
PAID_UP = Text("应收押金已收齐，请填写金额。", "The deposit due is there already; say how much more.")
TAKEN = Text("已收装修押金 {amount} 元，收据 {receipt}。", "Took a deposit of {amount}; receipt {receipt}.")
EXTENDED = Text("已延期至 {day}。", "Extended to {day}.")
SHORTENED = Text("已缩短至 {day}，出入证一并缩短。", "Shortened to {day}, and the passes of the workers with it.")
SUSPENDED = Text("已责令停工。", "Suspended.")
RESUMED = Text("已准予复工。", "Works may go on.")
EXPIRED = Text("{n} 份许可已到期。", "{n} permits ended.")


@preparation(PERMIT)
def prepare(registry: Registry, actor: Actor, drafts: Sequence[Draft]) -> Sequence[Prepared]:
    """Whoever writes: nothing prohibited comes into force, what was approved stays, and a notice holds for those who
    signed it (D1). The list of works is read as the program, to decide."""
    asked = {id for one in drafts for id in (one.values or {}).get("works") or ()}
    columns = ("name", "is_prohibited", "needs_drawing")
    works = {one.id: one for one in registry.scope.records(SYSTEM, "renovation_work", sorted(asked), columns)}
    begun = {one.values["unit"] for one in drafts if _begins(one) and one.values}
    before = states_before(registry, begun) if begun else {}
    return [_begun(one, _prepared(actor, one, works), before) for one in drafts]


@operation("tell_rules")
def tell_rules(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Owner and contractor have read the notice of the rules and signed it (D1)."""
    signed = {name: answers[name] for name in ("owner_signature", "contractor_signature")}

    def tell(id: int) -> Text:
        values = {**signed, "rules_told_at": now}
        registry.store.update(actor, PERMIT, id, values, Source("action", "tell_rules"))
        return TOLD

    return registry.store.each(selection.ids, tell)


@operation("take_permit_deposit")
def take_permit_deposit(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Take the deposit of permits at the till; without an amount, what is still due (F13)."""

    def take(id: int) -> Text:
        permit = registry.scope.get(SYSTEM, PERMIT, id)
        due: Decimal = (permit["deposit_due"] or Decimal(0)) - (permit["deposit_held"] or Decimal(0))
        amount: Decimal = answers.get("amount") or due
        if amount <= 0:
            raise Refused(PAID_UP)
        money = Method(answers["method"], amount, answers.get("reference"))
        source = Source("action", "take_permit_deposit")
        receipt = take_deposit(
            registry, actor, now, permit["unit"], "renovation", money, payer=permit["applicant"], permit=id,
            source=source,
        )  # fmt: skip
        return TAKEN.with_(amount=amount, receipt=registry.scope.titles(actor, "receipt", [receipt])[receipt])

    return registry.store.each(selection.ids, take)


@operation("extend_permit")
def extend_permit(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Extend permits with a reason; one that had ended is in progress again, or approved where it never began (D1)."""
    today, until = now.astimezone(registry.clock.zone).date(), answers["ends_on"]

    def extend(id: int) -> Text:
        permit = registry.scope.get(actor, PERMIT, id)
        if said := rules.extension_refused(permit["ends_on"], until, today):
            raise Refused(said)
        values: dict[str, Any] = {"ends_on": until}
        if permit["state"] == "expired" and permit["serious_open"]:
            raise Refused(rules.SERIOUS_OPEN.with_(n=permit["serious_open"]))
        if permit["state"] == "expired":
            values["state"] = "in_progress" if permit["began_on"] else "approved"
        _move_end(registry, actor, permit, values, answers["reason"], today, "extend_permit")
        return EXTENDED.with_(day=until)

    return registry.store.each(selection.ids, extend)


@operation("shorten_permit")
def shorten_permit(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Let permits end earlier, with a reason; the passes of their workers end with them (D1, D2)."""
    today, until = now.astimezone(registry.clock.zone).date(), answers["ends_on"]

    def shorten(id: int) -> Text:
        permit = registry.scope.get(actor, PERMIT, id)
        if said := rules.shortening_refused(permit["ends_on"], until, today):
            raise Refused(said)
        _move_end(registry, actor, permit, {"ends_on": until}, answers["reason"], today, "shorten_permit")
        return SHORTENED.with_(day=until)

    return registry.store.each(selection.ids, shorten)


@operation("suspend_permit")
def suspend_permit(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Stop the works of permits at once (D4)."""
    today = now.astimezone(registry.clock.zone).date()

    def stop(id: int) -> Text:
        permit = registry.scope.get(actor, PERMIT, id)
        suspend(registry, actor, permit, today, answers["reason"], Source("action", "suspend_permit"))
        return SUSPENDED

    return registry.store.each(selection.ids, stop)


@operation("resume_permit")
def resume_permit(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Let works go on once no serious violation is open (D4)."""
    today = now.astimezone(registry.clock.zone).date()

    def resume(id: int) -> Text:
        permit = registry.scope.get(actor, PERMIT, id)
        if permit["serious_open"]:
            raise Refused(rules.SERIOUS_OPEN.with_(n=permit["serious_open"]))
        source = Source("action", "resume_permit")
        for row in open_suspensions(registry, actor, [id]):
            registry.store.update(actor, "permit_suspension", row.id, {"ended_on": today}, source)
        registry.store.update(actor, PERMIT, id, {"state": "in_progress"}, source, permit.version)
        return RESUMED

    return registry.store.each(selection.ids, resume)


@follow_up("permit_shortened")
def permit_shortened(registry: Registry, actor: Actor, changes: Sequence[Change], source: Source) -> None:
    """No pass outlives its permit: those of one that ends earlier now end with it (D2)."""
    ends = {
        one.id: one.new["ends_on"]
        for one in changes
        if one.old is not None and one.new is not None and one.new["ends_on"] < one.old["ends_on"]
    }
    if not ends:
        return
    query = Query(conditions=(Condition("permit", "in", tuple(ends)),), columns=("permit", "starts_on", "ends_on"))
    for row in list(registry.scope.stream(SYSTEM, "worker_pass", query)):
        last = ends[row["permit"]]
        if row["ends_on"] > last:
            values = {"ends_on": last, "starts_on": min(row["starts_on"], last)}
            registry.store.update(actor, "worker_pass", row.id, values, source)


@job("expire_permits")
def expire_permits(registry: Registry, actor: Actor, now: datetime, with_: object) -> JobResult:
    """Permits whose last day has passed and that were not completed have expired; a suspended one stays suspended."""
    today = now.astimezone(registry.clock.zone).date()
    query = Query(
        conditions=(Condition("state", "in", ("approved", "in_progress")),),
        where=f"ends_on < '{today.isoformat()}'", columns=("ends_on",), sort="id",
    )  # fmt: skip
    ids = [one.id for one in registry.scope.stream(actor, PERMIT, query)]

    def expire(id: int) -> Text:
        registry.store.update(actor, PERMIT, id, {"state": "expired"}, Source("job", "expire_permits"))
        return Text("已到期", "Ended")

    outcome = registry.store.each(ids, expire)
    return JobResult(len(outcome.done), EXPIRED.with_(n=len(outcome.done)))


def suspend(registry: Registry, actor: Actor, permit: Record, day: date, reason: str, source: Source,
            violation: int | None = None) -> None:  # fmt: skip
    """Suspend a permit that is approved or in progress, and keep since when and why. Raises Stale."""
    values = {"permit": permit.id, "starts_on": day, "reason": reason, "violation": violation}
    registry.store.create(actor, "permit_suspension", values, source)
    stopped = {"state": "suspended", "began_on": permit["began_on"] or day}
    registry.store.update(actor, PERMIT, permit.id, stopped, source, permit.version)


def open_suspensions(registry: Registry, actor: Actor, permits: Sequence[int]) -> list[Record]:
    """Suspensions of these permits that have not ended."""
    conditions = (Condition("permit", "in", tuple(permits)), Condition("ended_on", "empty"))
    query = Query(conditions=conditions, columns=("permit", "starts_on"), sort="id")
    return list(registry.scope.stream(actor, "permit_suspension", query))


# -- parts -----------------------------------------------------------------------------------------


def _prepared(actor: Actor, draft: Draft, works: Mapping[int, Record]) -> Prepared:
    old, new = draft.old, draft.values
    if new is None:
        return Prepared()
    chosen = [works[id] for id in new.get("works") or () if id in works]
    bad = [one["name"] for one in chosen if one["is_prohibited"]]
    if bad and rules.works_newly_approved(old, new):
        return Prepared(problems={"works": [rules.PROHIBITED.with_(works=rules.names(bad))]})
    if new.get("state") == "submitted" or rules.works_newly_approved(old, new):
        drawn = [one["name"] for one in chosen if one["needs_drawing"]]
        if drawn and not new.get("drawings"):
            return Prepared(problems={"drawings": [rules.NO_DRAWING.with_(works=rules.names(drawn))]})
    if old is None:
        return Prepared()
    if not actor.system and rules.broken_seal(old, new):
        return Prepared(problems={"": [rules.SEALED_NOW]})
    by_hand = not actor.system and LAST_DAY not in actor.writes
    if by_hand and rules.is_in_force(old.get("state")) and old["ends_on"] != new["ends_on"]:
        return Prepared(problems={"ends_on": [rules.ONLY_EXTENDED]})
    signs_anew = old.get("rules_told_at") != new.get("rules_told_at")
    if not signs_anew and any(old.get(name) != new.get(name) for name in rules.TOLD_TO):
        return Prepared(values={"rules_told_at": None, "owner_signature": None, "contractor_signature": None})
    return Prepared()


def _begins(draft: Draft) -> bool:
    """Whether a write begins works, or goes on with those that had ended."""
    old, new = draft.old, draft.values
    return new is not None and new.get("state") in WORKING and (old is None or old.get("state") not in WORKING)


def _begun(draft: Draft, made: Prepared, before: Mapping[int, str | None]) -> Prepared:
    """Keep on the permit what its unit was before the works (A2)."""
    if made.is_refused or draft.values is None or not _begins(draft):
        return made
    return replace(made, values={**made.values, "unit_was": before.get(draft.values["unit"])})


def _move_end(
    registry: Registry, actor: Actor, permit: Record, values: Mapping[str, Any], reason: str, today: date, action: str
) -> None:
    """Keep the last day that a permit had, why it was moved and when; then move it."""
    source = Source("action", action)
    kept = {"permit": permit.id, "from_on": permit["ends_on"], "ends_on": values["ends_on"], "reason": reason,
            "granted_on": today, "granted_by": actor.id}  # fmt: skip
    registry.store.create(actor, "permit_extension", kept, source)
    registry.store.update(actor, PERMIT, permit.id, values, source, permit.version)
