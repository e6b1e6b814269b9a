"""What is done about a request besides its steps: answered, planned, looked into, signed (S3, S5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from models.actor import Actor, Source
from models.errors import Refused
from models.operations import Outcome, Selection, operation
from office.requests.course import settle
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

ANSWERED = Text("已答复。", "Answered.")
PLANNED = Text("方案已登记。", "The plan is written down.")
LOOKED_INTO = Text("已查看。", "Looked into.")
SIGNED = Text("已签署；回访完成后即可关闭。", "Signed; it can be closed once the callback is done.")
SIGNED_AND_CLOSED = Text("已签署并关闭。", "Signed and closed.")
NOT_THE_SOLVER = Text(
    "这件投诉是您自己解决的，要由别的主管或主任签署。",
    "You solved this one yourself; another supervisor or the director signs for it.",
)


def added_to(before: str | None, words: str, now: str) -> str:
    """A text with one more entry below it; the first stands alone, later ones say when."""
    return f"{before}\n\n{now}\n{words}" if before else words


@operation("answer")
def answer(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Write down what was answered; the moment of the first answer stays (S3)."""
    return _written(registry, selection, actor, now, ("answer", "answered_at"), answers["words"], ANSWERED)


@operation("plan_it")
def plan_it(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Write down the plan for a complex matter; the moment of the first plan stays (S3)."""
    return _written(registry, selection, actor, now, ("plan", "planned_at"), answers["words"], PLANNED)


@operation("look_into")
def look_into(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Note that the matter was looked into, once (S3)."""

    def look(id: int) -> Text:
        registry.store.update(actor, "service_request", id, {"looked_into_at": now}, Source("action", "look_into"))
        return LOOKED_INTO

    return registry.store.each(selection.ids, look)


@operation("sign")
def sign(registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]) -> Outcome:
    """Sign for how a complaint was settled; one about which nobody is to be called any more closes with it (S5)."""
    return registry.store.each(selection.ids, lambda request: _sign(registry, actor, request, now))


def _sign(registry: Registry, actor: Actor, id: int, now: datetime) -> Text:
    request, source = registry.scope.get(actor, "service_request", id), Source("action", "sign")
    if request["solved_by"] == actor.id:
        raise Refused(NOT_THE_SOLVER)
    values = {"signed_by": actor.id, "signed_at": now}
    registry.store.update(actor, "service_request", id, values, source, request.version)
    # What nobody has to be called about any more (called back, or nobody was there three times) is done with now.
    return SIGNED_AND_CLOSED if settle(registry, actor, id, source) else SIGNED


def _written(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, names: tuple[str, str], words: str,
    said: Text,
) -> Outcome:  # fmt: skip
    """Add words to a text, and fill the moment of the first ones."""
    text, moment = names
    at = f"{now.astimezone(registry.clock.zone):%Y-%m-%d %H:%M} {actor.name}"

    def write(id: int) -> Text:
        request = registry.scope.get(actor, "service_request", id)
        values: dict[str, Any] = {text: added_to(request[text], words, at)}
        if request[moment] is None:
            values[moment] = now
        registry.store.update(actor, "service_request", id, values, Source("action", "answer"), request.version)
        return said

    return registry.store.each(selection.ids, write)
