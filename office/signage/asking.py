"""Signs that were asked for: once they are up they stand in the register (G2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from models.actor import Actor, Source
from models.followups import Change, follow_up
from office.photo_copies import copies_for

if TYPE_CHECKING:
    from models.registry import Registry

REQUEST, SIGN = "sign_request", "sign"
SAME = ("category", "area", "building", "floor", "place", "text", "quantity", "is_temporary", "ends_on")
"""What the sign has from what was asked for."""


@follow_up("sign_put_up")
def sign_put_up(registry: Registry, actor: Actor, changes: Sequence[Change], source: Source) -> None:
    """What was put up is a sign in use, made once."""
    up = [one.row for one in changes if one.became("state", "in_use") and one.row["sign"] is None]
    made = {}
    for row in up:
        photos = copies_for(registry, actor, REQUEST, row["photos"], SIGN)
        values = {name: row[name] for name in SAME} | {
            "request": row["id"], "installed_on": row["put_up_on"] or registry.clock.today(), "photos": photos or None,
        }  # fmt: skip
        made[row["id"]] = {"sign": registry.store.create(actor, SIGN, values, source)}
    if made:
        registry.store.update_many(actor, REQUEST, made, source)
