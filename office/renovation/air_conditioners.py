"""Air-conditioner installations: what was allowed stays as it is, and the slip that is taken along (D7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from models.actor import Actor
from models.operations import Selection
from models.preparations import Draft, Prepared, preparation
from models.printing import Printing, Sheet, document
from schema.text import Text
from transfer.qr import code_picture

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

ENTITY = "ac_installation"
ALLOWED = ("allowed", "wrong", "checked")
"""States in which an installation was allowed as it is written."""
SEALED = ("unit", "position", "drain")
"""What an engineer allows."""

SEALED_NOW = Text(
    "已同意的房屋、位置和排水不能再改；需要改动请取消后重新申请。",
    "Unit, position and drain stay as they were allowed; for another one cancel this and ask anew.",
)
NOT_ALLOWED = Text("{state}的申请不打印同意单。", "There is no slip: the installation is {state}.")


def broken_seal(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """The fields that a write changes though they were allowed, and stay so. Source: domain D7."""
    if old.get("state") not in ALLOWED or new.get("state") not in ALLOWED:
        return []
    return [name for name in SEALED if old.get(name) != new.get(name)]


@preparation(ENTITY)
def prepare(registry: Registry, actor: Actor, drafts: Sequence[Draft]) -> Sequence[Prepared]:
    """What was allowed is not changed by hand (D7)."""

    def one(draft: Draft) -> Prepared:
        if draft.old is None or draft.values is None or actor.system:
            return Prepared()
        return Prepared(problems={name: [SEALED_NOW] for name in broken_seal(draft.old, draft.values)})

    return [one(draft) for draft in drafts]


@document("ac_permit")
def ac_permit(
    registry: Registry, actor: Actor, selection: Selection, now: datetime, answers: Mapping[str, Any]
) -> Printing:
    """The slip of each installation that was allowed; its code opens the record, where it is checked (D7)."""
    printing = Printing()
    for one in registry.scope.records(actor, ENTITY, selection.ids):
        state = registry.schema.choices["ac_state"][one["state"]].label
        if one["state"] in ALLOWED:
            printing.sheets.append(Sheet(one.id, _slip(registry, one, state)))
        else:
            printing.skipped.append((one.id, NOT_ALLOWED.with_(state=state)))
    return printing


def _slip(registry: Registry, one: Record, state: Text) -> dict[str, Any]:
    names = ("number", "installer", "position", "drain", "install_on", "checked_on")
    people = ("unit", "applicant", "allowed_by", "checked_by")
    return {
        **{name: one[name] for name in names}, **{name: one.titles.get(name) for name in people}, "state": state,
        "code": code_picture(registry, f"/{ENTITY}/details/?id={one.id}"),
    }  # fmt: skip
