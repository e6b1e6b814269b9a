"""What the resident says of the work: quality and attitude, given once and kept from who did it (S4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from models.actor import Source
from models.errors import Refused
from models.operations import Outcome, Selection, operation
from models.storage.locking import lock_rows
from schema.text import Text

if TYPE_CHECKING:
    from models.actor import Actor
    from models.registry import Registry

RATED = Text("已登记评价：质量 {quality}，态度 {attitude}。", "Rated: quality {quality}, attitude {attitude}.")
RATED_ALREADY = Text(
    "住户已评价过，不能再改；确有差错由客服主管更正。",
    "The resident has rated it already, and that stands; a mistake is put right by the supervisor.",
)
NOT_YOURS = Text("只有维修人可以把手机交给住户评价。", "Only the worker hands the phone over for a rating.")
CORRECTS = "supervisor"
"""The role that puts a mistaken rating right."""


@operation("rate_order")
def rate_order(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Keep the resident's rating of each order; one that stands is changed by the supervisor alone (S4)."""
    return registry.store.each(selection.ids, lambda one: _rate(registry, actor, now, one, answers))


def _rate(registry: Registry, actor: Actor, now: datetime, id: int, answers: Mapping[str, Any]) -> Text:
    lock_rows(registry.db, "work_order", [id])
    order = registry.scope.get(actor, "work_order", id)
    corrects = actor.system or CORRECTS in actor.roles
    if order["rated_at"] is not None and not (corrects and order["worker"] != actor.id):
        raise Refused(RATED_ALREADY)
    if not corrects and "frontdesk" not in actor.roles and order["worker"] != actor.id:
        raise Refused(NOT_YOURS)
    values = {
        "quality": answers["quality"], "attitude": answers["attitude"], "rated_words": answers.get("words"),
        "rated_at": now, "rated_by": actor.id,
    }  # fmt: skip
    registry.store.update(actor, "work_order", id, values, Source("action", "rate_order"), order.version)
    return RATED.with_(quality=answers["quality"], attitude=answers["attitude"])
