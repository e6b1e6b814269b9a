"""Who accepts works: engineer and steward each tick the items, sign, and the engineer says the result (D5).

The actions of a record page and the pages of the phone both go by these functions; a phone's come with the moment at
which they were done, which may be earlier than now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM, Actor, Source
from models.errors import NotFound, Refused
from models.operations import Outcome, Selection, operation
from models.query import Condition, Query
from models.storage.locking import lock_rows
from office.renovation.acceptance import ACCEPTANCE, ITEM, NOT_COMPLETED, SEALED
from office.renovation.permits import PERMIT
from schema.text import Text

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

SAME_PERSON = Text(
    "工程和片区管理员要由两人分别验收。", "The engineer and the steward are two persons; each ticks the list."
)
STILL_OPEN = Text("{who}还有 {n} 项没有验。", "{n} items have not been ticked by the {who}.")
NOT_SIGNED = Text("{who}还没有签字。", "The {who} has not signed yet.")
NOT_FINE = Text(
    "有 {n} 项不合格，不能通过；请记为不合格，整改后复验。",
    "{n} items are not fine; it cannot pass. Fail it, and check again.",
)
STILL_BROKEN = Text(
    "还有 {n} 项严重违规未复查合格，不能验收合格。",
    "{n} serious violations have not been checked and settled; the works cannot pass.",
)
TOO_EARLY = Text(
    "填写日期早于这次验收开始的日期，请重新填写。",
    "This is dated before the day on which the acceptance was begun; fill it in again.",
)
NO_WORDS = Text("“{item}”不合格，请写明情况或拍照。", "“{item}” is not fine: say why, or take a photo.")
SEE_PHOTO = Text("见照片", "See the photo")
TICKED = Text("已记录。", "Noted.")
SIGNED = Text("已签字。", "Signed.")
PASSED = Text("验收合格，可以退押金。", "Accepted; the deposit may be refunded.")
FAILED = Text("已记为不合格，整改后再次验收。", "Failed; to be checked again once it was put right.")
WHO = {"engineer": Text("工程", "engineer"), "steward": Text("片区管理员", "steward")}
OTHER = {"engineer": "steward", "steward": "engineer"}
ITEM_FIELDS = ("item", "engineer_fine", "steward_fine", "words", "photos")
RESULT = ("owner_signature", "contractor_signature", "words", "deduction", "deduction_why")


@dataclass(frozen=True, slots=True)
class Tick:
    """What one of the two says of an item; ``photos`` are keys of files."""

    item: int
    is_fine: bool
    words: str = ""
    photos: tuple[str, ...] = ()


def part_of(actor: Actor) -> str:
    """As what the actor looks at works: engineer or steward."""
    return "engineer" if "engineer" in actor.roles else "steward"


def result_refused(items: Sequence[Mapping[str, Any] | Record], signed: Mapping[str, Any] | Record) -> Text | None:
    """Why works with these ticked items, signed like this, do not pass; None where they do. Source: domain D5."""
    for part, who in WHO.items():
        if missing := sum(one[f"{part}_fine"] is None for one in items):
            return STILL_OPEN.with_(who=who, n=missing)
    wrong = sum(not (one["engineer_fine"] and one["steward_fine"]) for one in items)
    if wrong:
        return NOT_FINE.with_(n=wrong)
    unsigned = [who for part, who in WHO.items() if not signed[f"{part}_signature"]]
    return NOT_SIGNED.with_(who=unsigned[0]) if unsigned else None


def ticked(item: Mapping[str, Any] | Record, part: str, tick: Tick) -> dict[str, Any]:
    """What becomes of an item that ``part`` ticks like this: what the other one found wrong stays beside it.

    Raises Refused where nothing is said of what is not fine.
    """
    others = item[f"{OTHER[part]}_fine"] is False
    words = (item["words"] or "") if others else ""
    photos = tuple(item["photos"] or ()) if others or not tick.is_fine else ()
    if tick.is_fine:
        return {f"{part}_fine": True, "words": words or None, "photos": photos or None}
    if not (tick.words or tick.photos):
        raise Refused(NO_WORDS.with_(item=item["item"]))
    said = tick.words or SEE_PHOTO.to("zh")
    if words and said not in words:
        said = said if words in said else f"{words}；{said}"
    elif words:
        said = words
    return {f"{part}_fine": False, "words": said, "photos": tuple(dict.fromkeys((*photos, *tick.photos))) or None}


def record_check(
    registry: Registry, actor: Actor, acceptance: int, ticks: Sequence[Tick], signature: tuple[str, ...] | None,
    moment: datetime, action: str = "item_fine",
) -> None:  # fmt: skip
    """Note what one of the two says of items, all or nothing, and their signature below the whole list.

    A list that is ticked differently afterwards has to be signed anew. Raises NotFound, NotAllowed, Refused.
    """
    deputy = _deputy(registry, actor, acceptance)
    with registry.store.transaction():
        record, part = _open(registry, actor, acceptance, moment), part_of(actor)
        if record[OTHER[part]] == actor.id:
            raise Refused(SAME_PERSON)
        source = Source("action", action)
        changes = _ticks(registry, acceptance, actor, ticks)
        differs = registry.store.update_many(deputy, ITEM, changes, source) > 0
        values: dict[str, Any] = {} if record[part] == actor.id else {part: actor.id}
        if differs or values:
            values |= {f"{part}_signature": None, f"{part}_at": None}
        if signature:
            _refuse_unticked(registry, actor, acceptance, part)
            values |= {f"{part}_signature": signature, f"{part}_at": moment}
        registry.store.update(deputy, ACCEPTANCE, acceptance, values, source)


def record_result(
    registry: Registry, actor: Actor, acceptance: int, is_passed: bool, answers: Mapping[str, Any], moment: datetime
) -> Text:
    """Say the result, as ``pass_acceptance`` and ``fail_acceptance`` ask for it. Raises NotFound, NotAllowed, Refused.

    Passed, owner and contractor signed, and the permit is accepted; failed, another acceptance follows.
    """
    action = "pass_acceptance" if is_passed else "fail_acceptance"
    deputy = _deputy(registry, actor, acceptance, ACCEPTANCE, action)
    with registry.store.transaction():
        record, source = _open(registry, actor, acceptance, moment), Source("action", action)
        if is_passed and (said := result_refused(_items(registry, actor, acceptance), record)):
            raise Refused(said)
        if is_passed:
            _refuse_permit(registry, record["permit"])
        given = {name: answers[name] for name in RESULT if answers.get(name) is not None}  # what was written stays
        values = {**given, "result": "passed" if is_passed else "failed", "done_at": moment}
        registry.store.update(deputy, ACCEPTANCE, acceptance, values, source)
        if is_passed:
            accepted = {"state": "accepted", "accepted_on": _day(registry, moment)}
            registry.store.update(deputy, PERMIT, record["permit"], accepted, source)
    return PASSED if is_passed else FAILED


@operation("item_fine")
def item_fine(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Items that are fine, for the one who says so: as engineer or as steward (D5)."""
    return registry.store.each(selection.ids, lambda one: _tick(registry, actor, Tick(one, True), now))


@operation("item_wrong")
def item_wrong(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Items that are not fine, and why (D5)."""
    words, photos = answers["words"], tuple(answers.get("photos") or ())
    return registry.store.each(selection.ids, lambda one: _tick(registry, actor, Tick(one, False, words, photos), now))


@operation("sign_check")
def sign_check(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """The signature of the engineer or the steward below the items that each ticked (D5)."""

    def sign(id: int) -> Text:
        record_check(registry, actor, id, (), answers["signature"], now, "sign_check")
        return SIGNED

    return registry.store.each(selection.ids, sign)


@operation("pass_acceptance")
def pass_acceptance(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Every item is fine for both, and owner and contractor signed: the works are accepted (D5)."""
    return registry.store.each(selection.ids, lambda one: record_result(registry, actor, one, True, answers, now))


@operation("fail_acceptance")
def fail_acceptance(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """The works are not accepted; another acceptance follows (D5)."""
    return registry.store.each(selection.ids, lambda one: record_result(registry, actor, one, False, answers, now))


# -- parts -----------------------------------------------------------------------------------------


def _deputy(
    registry: Registry, actor: Actor, acceptance: int, entity: str = ITEM, action: str = "item_fine"
) -> Actor:  # fmt: skip
    """``actor`` with what the action may write, for an acceptance of the own area. Raises NotAllowed, NotFound."""
    registry.scope.require(actor, entity, action)
    if not registry.scope.visible_ids(actor, ACCEPTANCE, [acceptance]):
        raise NotFound(registry.schema.entities[ACCEPTANCE].label)
    return replace(actor, writes=registry.schema.entities[entity].actions[action].writes)


def _open(registry: Registry, actor: Actor, id: int, moment: datetime) -> Record:
    """An acceptance without a result, held to the end of the transaction, that was begun on the day of ``moment`` or
    before. Raises NotFound, Refused."""
    lock_rows(registry.db, ACCEPTANCE, [id])
    record = registry.scope.get(actor, ACCEPTANCE, id)
    if record["result"] is not None:
        raise Refused(SEALED)
    if _day(registry, moment) < _day(registry, record["created_at"]):
        raise Refused(TOO_EARLY)
    return record


def _refuse_permit(registry: Registry, id: int) -> None:
    """Refuse to accept works that were not completed, or in which something serious is still wrong. Raises Refused."""
    permit = registry.scope.get(SYSTEM, PERMIT, id)
    if permit["state"] != "completed":
        state = registry.schema.choices["permit_state"][permit["state"]].label
        raise Refused(NOT_COMPLETED.with_(state=state))
    if permit["serious_open"]:
        raise Refused(STILL_BROKEN.with_(n=permit["serious_open"]))


def _day(registry: Registry, moment: datetime) -> date:
    """The office's day of a moment."""
    return moment.astimezone(registry.clock.zone).date()


def _items(registry: Registry, actor: Actor, acceptance: int) -> list[Record]:
    query = Query(conditions=(Condition(ACCEPTANCE, "equals", acceptance),), columns=ITEM_FIELDS, sort="id")
    return list(registry.scope.stream(actor, ITEM, query))


def _ticks(registry: Registry, acceptance: int, actor: Actor, ticks: Sequence[Tick]) -> dict[int, dict[str, Any]]:
    """What becomes of each item that is ticked. Raises NotFound for one of another acceptance, Refused."""
    items = {one.id: one for one in _items(registry, actor, acceptance)} if ticks else {}
    found = {}
    for tick in ticks:
        if tick.item not in items:
            raise NotFound(registry.schema.entities[ITEM].label)
        found[tick.item] = ticked(items[tick.item], part_of(actor), tick)
    return found


def _refuse_unticked(registry: Registry, actor: Actor, acceptance: int, part: str) -> None:
    missing = sum(one[f"{part}_fine"] is None for one in _items(registry, actor, acceptance))
    if missing:
        raise Refused(STILL_OPEN.with_(who=WHO[part], n=missing))


def _tick(registry: Registry, actor: Actor, tick: Tick, now: datetime) -> Text:
    """Tick one item of whichever acceptance it belongs to."""
    item = registry.scope.get(actor, ITEM, tick.item)
    record_check(registry, actor, item[ACCEPTANCE], (tick,), None, now, "item_fine" if tick.is_fine else "item_wrong")
    return TICKED
