"""The accounts of a department follow from the staff files, so that orders of a department find their readers (O1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from models.actor import SYSTEM
from models.followups import Change, follow_up
from models.query import Condition, Query
from office.raw_rows import raw_rows

if TYPE_CHECKING:
    from models.actor import Actor, Source
    from models.registry import Registry


@follow_up("department_members")
def department_members(registry: Registry, actor: Actor, changes: Sequence[Change], source: Source) -> None:
    """Keep the accounts of the departments that these members of staff belong to, or did (O1).

    Read as SYSTEM to decide: who may write one file need not see all of them.
    """
    moved = [one for one in changes if one.differs("department", "account", "left_on")]
    departments = {row["department"] for one in moved for row in (one.old, one.new) if row and row["department"]}
    if not departments:
        return
    today, members = registry.clock.today(), defaultdict(set)
    query = Query(conditions=(Condition("department", "in", tuple(sorted(departments))),), sort="id")
    for _, department, account, left_on in raw_rows(
        registry, SYSTEM, "staff", query, ("department", "account", "left_on")
    ):
        if account is not None and (left_on is None or left_on >= today):
            members[department].add(account)
    wanted = {id: {"members": tuple(sorted(members[id]))} for id in sorted(departments)}
    registry.store.update_many(actor, "department", wanted, source)
