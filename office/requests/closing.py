"""Closing what nobody has anything to say about any more, after some quiet days (S5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from models.actor import Actor, Source
from models.jobs import JobResult, job
from models.query import Condition, Query
from office.requests.policy import policy_of
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

CLOSED = Text("关闭 {n} 件，{left} 件待回访或待签署。", "{n} closed; {left} wait for a callback or a signature.")
ONE = Text("已关闭", "Closed")


@job("close_quiet_requests")
def close_quiet_requests(registry: Registry, actor: Actor, now: datetime, with_: object) -> JobResult:
    """Close the requests that were solved some days ago and about which nobody is to be called or to sign."""
    until = now - timedelta(days=policy_of(registry.schema).close_after)
    quiet = (Condition("state", "in", ("solved", "called_back")), Condition("solved_at", "to", until))
    found = [one.id for one in registry.scope.stream(actor, "service_request", Query(conditions=quiet, sort="id"))]

    def close(request: int) -> Text:
        registry.store.step(actor, "service_request", request, "close", {}, "", Source("job"))
        return ONE

    outcome = registry.store.each(found, close)
    return JobResult(len(outcome.done), CLOSED.with_(n=len(outcome.done), left=len(outcome.skipped)))
