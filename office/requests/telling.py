"""Who is told of a request as it happens: those whom its kind concerns, and those it is given to (S1, S3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from models.actor import SYSTEM, Actor, Source
from models.followups import Change, follow_up
from models.people.inbox import Telling
from models.query import Query
from office.raw_rows import raw_rows
from office.requests.course import is_open
from office.requests.policy import RequestPolicy, policy_of
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

STALE = timedelta(days=1)
"""Of what was taken longer ago (brought in from elsewhere) nobody is told."""

NEW = Text("新{kind}：{title}", "New {kind}: {title}")
GIVEN = Text("派给您：{title}", "Given to you: {title}")
TO_DEPARTMENT = Text("派到{department}：{title}", "For {department}: {title}")
REOPENED = Text("重开（第 {n} 次）：{title}", "Reopened ({n}): {title}")


@follow_up("tell_of_requests")
def tell_of_requests(registry: Registry, actor: Actor, changes: Sequence[Change], source: Source) -> None:
    """Tell the roles of a new request's kind, whoever it is given to, and of one opened again its owner too."""
    since = registry.clock.now() - STALE
    there = [one for one in changes if one.new is not None]
    told_of = [one for one in there if one.old is not None or (one.row.get("taken_at") or since) >= since]
    wanted = [one for one in told_of if one.differs("department", "assigned_to", "reopened", "state")]
    if not wanted:
        return
    managers = _managers(registry)
    policy = policy_of(registry.schema)
    told = [telling for one in wanted for telling in _tellings(registry, policy, managers, actor, one)]
    if told:
        registry.inbox.tell_each(told)


def _tellings(
    registry: Registry, policy: RequestPolicy, managers: dict[int, tuple[str, int | None]], actor: Actor, one: Change
) -> Iterator[Telling]:
    """What is told of one change; nobody is told of what they did themselves."""
    row = one.row
    about, title = ("service_request", one.id), row["title_text"]
    rule = policy.kind(row.get("kind"))
    if one.old is None and rule.told:
        choices = getattr(registry.schema.entities["service_request"].fields["kind"].type, "choices", {})
        kind = choices[row["kind"]].label if row.get("kind") in choices else Text("", "")
        yield Telling(NEW.with_(kind=kind, title=title), roles=rule.told, about=about, key=f"request:{one.id}:new")
    if not is_open(row.get("state")):
        return
    turn, to, key = row.get("reopened") or 0, row.get("assigned_to"), f"request:{one.id}:{row['version']}"
    if one.old is not None and turn != (one.old.get("reopened") or 0):
        users = tuple(id for id in {row.get("owner"), to} if id and id != actor.id)
        yield Telling(
            REOPENED.with_(n=turn, title=title), users=users, about=about, key=f"request:{one.id}:again:{turn}"
        )
    elif to and to != actor.id and one.differs("assigned_to"):
        yield Telling(GIVEN.with_(title=title), users=(to,), about=about, key=key)
    elif not to and row["state"] != "new" and row.get("department") in managers and one.differs("department", "state"):
        name, manager = managers[row["department"]]
        if manager and manager != actor.id:
            said = TO_DEPARTMENT.with_(department=name, title=title)
            yield Telling(said, users=(manager,), about=about, key=key)


def _managers(registry: Registry) -> dict[int, tuple[str, int | None]]:
    """Name and manager of each department."""
    rows = raw_rows(registry, SYSTEM, "department", Query(sort="id"), ("name", "manager"))
    return {id: (name, manager) for id, name, manager in rows}
