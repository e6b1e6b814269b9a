"""What a permit may become: prohibited works, what an approval seals, and another last day (D1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from schema.text import Text

UNSETTLED = ("draft", "submitted", "refused", "cancelled")
"""States in which nothing was approved, or no longer is."""
SEALED = ("unit", "applicant", "contractor", "licence", "works", "details", "drawings", "starts_on", "deposit_due")
"""What an approval is about, beside the last day."""
TOLD_TO = ("unit", "applicant", "contractor")
"""Who was told of the rules: with another one, the notice has to be signed anew."""

PROHIBITED = Text(
    "“{works}”属于禁止项目，任何人都不能批准；请不予批准，或退回修改。",
    "“{works}” is prohibited: nobody can approve it. Refuse the permit, or have it changed.",
)
NO_DRAWING = Text("“{works}”须附图纸，请先上传。", "“{works}” needs a drawing; attach it first.")
SEALED_NOW = Text(
    "已批准的装修内容不能再改；需要改动请重新申请。", "What was approved cannot be changed; apply anew for other works."
)
ONLY_EXTENDED = Text(
    "批准后完工日期只能由工程部“延期”或“缩短期限”，并说明原因。",
    "After the approval the engineer extends or shortens the permit, with a reason; the date is not changed by hand.",
)
NOT_LATER = Text(
    "延期须晚于现在的完工日期 {day}，且不早于今天。",
    "An extension goes beyond {day}, the last day now, and not into the past.",
)
NOT_EARLIER = Text(
    "缩短后的日期须在今天到 {day} 之前。", "A shortened permit ends today or later, and before {day}, the last day now."
)
SERIOUS_OPEN = Text(
    "还有 {n} 项严重违规未复查合格，不能复工。",
    "Works may not go on: {n} serious violations have not been checked and settled.",
)


def is_in_force(state: str | None) -> bool:
    """Whether a permit in this state has been approved."""
    return state is not None and state not in UNSETTLED


def works_newly_approved(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> bool:
    """Whether a write approves works: the permit comes into force, or other works come into one in force."""
    if not is_in_force(new.get("state")):
        return False
    if old is None or not is_in_force(old.get("state")):
        return True
    return set(new.get("works") or ()) - set(old.get("works") or ()) != set()


def broken_seal(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether a write changes what was approved, and leaves it approved."""
    both = is_in_force(old.get("state")) and is_in_force(new.get("state"))
    return both and any((old.get(name) or None) != (new.get(name) or None) for name in SEALED)


def extension_refused(ends_on: date, until: date, today: date) -> Text | None:
    """Why a permit that ends on ``ends_on`` is not extended to ``until``; None where it is."""
    return NOT_LATER.with_(day=ends_on) if until <= ends_on or until < today else None


def shortening_refused(ends_on: date, until: date, today: date) -> Text | None:
    """Why a permit that ends on ``ends_on`` is not shortened to ``until``; None where it is."""
    return None if today <= until < ends_on else NOT_EARLIER.with_(day=ends_on)


def names(works: Sequence[str]) -> str:
    """Works in a sentence."""
    return "、".join(works)
