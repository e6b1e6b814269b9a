"""A damaged sign: it is out of use and one request until it is repaired or taken down (G3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM, Actor, Source
from models.followups import Change, Row, follow_up
from models.operations import Outcome, Selection, operation
from models.preparations import Draft, Prepared, preparation
from models.query import Condition, Query
from office.photo_copies import copies_for
from office.requests.taking import take_request
from office.signage.policy import OUT
from schema.text import Text

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

SIGN, FAULT, REQUEST = "sign", "sign_fault", "service_request"
OVER = ("solved", "called_back", "closed", "cancelled")
"""States of a request after which a new finding is a new one."""
LONGEST = 80
"""Characters that make the matter of a request."""

REMOVED = Text("这个标识已拆除，不再登记损坏。", "This sign was taken down; there is nothing to report.")
MATTER = Text("标识损坏：{what}", "Damaged sign: {what}")
DETAILS = Text("{sign}（{place}）：{what}", "{sign} ({place}): {what}")
REPORTED = Text("已登记损坏并转报事。", "Reported; it is a request now.")


@preparation(FAULT)
def prepare_faults(registry: Registry, actor: Actor, drafts: Sequence[Draft]) -> Sequence[Prepared]:
    """What is damaged is where its sign is; what was taken down is not reported."""
    ids = sorted({one.values["sign"] for one in drafts if one.values and one.values.get("sign")})
    signs = {one.id: one for one in registry.scope.records(SYSTEM, SIGN, ids, ("building", "state"))}

    def one(draft: Draft) -> Prepared:
        sign = signs.get((draft.values or {}).get("sign") or 0)
        if sign is None:
            return Prepared()
        if draft.old is None and sign["state"] == "removed":
            return Prepared(problems={"sign": [REMOVED]})
        return Prepared(values={"building": sign["building"]})

    return [one(draft) for draft in drafts]


@follow_up("sign_damaged")
def sign_damaged(registry: Registry, actor: Actor, changes: Sequence[Change], source: Source) -> None:
    """The sign is damaged, and that is one request however often it is found until it is repaired."""
    fresh = [one.new for one in changes if one.new is not None and one.new["request"] is None]
    if not fresh:
        return
    ids = sorted({row["sign"] for row in fresh})
    signs = {one.id: one for one in registry.scope.records(SYSTEM, SIGN, ids, ("number", "text", "place", "state"))}
    running, now, made = _running(registry, ids), registry.clock.now(), {}
    for row in fresh:
        if row["sign"] not in running:
            running[row["sign"]] = take_request(
                registry, actor, now, _request(registry, actor, row, signs[row["sign"]]), source
            )
        made[row["id"]] = {"request": running[row["sign"]]}
    registry.store.update_many(actor, FAULT, made, source)
    out = {one.id: {"state": "damaged"} for one in signs.values() if one["state"] == "in_use"}
    if out:
        registry.store.update_many(actor, SIGN, out, source)


@follow_up("sign_settled")
def sign_settled(registry: Registry, actor: Actor, changes: Sequence[Change], source: Source) -> None:
    """What was wrong with a sign is repaired once it is in use again."""
    back = [
        one.id for one in changes
        if one.became("state", "in_use") and one.old is not None and one.old["state"] in OUT
    ]  # fmt: skip
    if not back:
        return
    query = Query(conditions=(Condition("sign", "in", tuple(back)), Condition("repaired_on", "empty")), sort="id")
    values = {"repaired_on": registry.clock.today(), "repaired_by": None if actor.system else actor.id}
    rows = {row.id: values for row in registry.scope.stream(SYSTEM, FAULT, query)}
    if rows:
        registry.store.update_many(actor, FAULT, rows, source)


@operation("report_damage")
def report_damage(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Write down that signs are damaged, outside the two checks of the day."""

    def report(id: int) -> Text:
        photos = copies_for(registry, actor, SIGN, answers.get("photos"), FAULT)
        values = {"sign": id, "what": answers["what"], "photos": photos or None}
        registry.store.create(actor, FAULT, values, Source("action", "report_damage"))
        return REPORTED

    return registry.store.each(selection.ids, report)


# -- parts -----------------------------------------------------------------------------------------


def _running(registry: Registry, signs: Iterable[int]) -> dict[int, int]:
    """The request that runs about each sign that is damaged already. Read as the program: it is the same for all."""
    conditions = (
        Condition("sign", "in", tuple(signs)), Condition("repaired_on", "empty"), Condition("request", "filled"),
        Condition("request.state", "not_in", OVER),
    )  # fmt: skip
    query = Query(conditions=conditions, sort="id", columns=("sign", "request"))
    return {row["sign"]: row["request"] for row in registry.scope.stream(SYSTEM, FAULT, query)}


def _request(registry: Registry, actor: Actor, fault: Row, sign: Record) -> Mapping[str, Any]:
    """What the request of a fault says: where the sign is, and what is wrong with it."""
    what = fault["what"]
    said = DETAILS.with_(sign=sign.title, place=sign["place"], what=what).to("zh")
    return {
        "kind": "repair", "channel": "patrol", "owner": fault["found_by"], "origin": f"{FAULT}:{fault['id']}",
        "building": fault["building"], "place": sign["place"], "matter": MATTER.with_(what=what).to("zh")[:LONGEST],
        "details": said, "photos": copies_for(registry, actor, FAULT, fault["photos"], REQUEST),
    }  # fmt: skip
