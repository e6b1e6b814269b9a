"""Who can be sent: staff with their trades, on duty or away, and how much they have in hand (S4, O1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from models.actor import SYSTEM
from models.query import Condition, Query
from models.storage.natural_order import order_key
from office.raw_rows import raw_rows
from schema.text import Text

if TYPE_CHECKING:
    from models.actor import Actor
    from models.registry import Registry

OPEN = ("assigned", "accepted", "arrived", "waiting")
"""States in which an order is somebody's work."""
MANAGER = "manager"
"""The shift of the one who is responsible and goes out on no order."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member of staff who could be sent: what speaks for them on a day."""

    staff: int
    account: int
    """Of the user."""
    name: str
    department: int | None
    trades: tuple[str, ...] = ()
    shifts: tuple[str, ...] = ()
    """On duty that day, the shift of the duty manager left out."""
    is_away: bool = False
    load: int = 0
    """Orders in hand."""
    phone: str = ""
    department_name: str = ""

    def has(self, trade: str | None) -> bool:
        """Whether the trade is theirs; without one everybody's is."""
        return trade is None or trade in self.trades


def rank(candidates: Iterable[Candidate], trade: str | None) -> list[Candidate]:
    """The candidates, best first: those who are there before those who are away, then who knows the trade, who is on
    duty, who has the least in hand; at last by name. Source: domain S4."""
    return sorted(
        candidates,
        key=lambda one: (one.is_away, not one.has(trade), not one.shifts, one.load, order_key(one.name), one.account),
    )


def best(candidates: Iterable[Candidate], trade: str | None) -> Candidate | None:
    """The one to send: the first who is there and knows the trade, None where there is none."""
    ranked = rank((one for one in candidates if not one.is_away and one.has(trade)), trade)
    return ranked[0] if ranked else None


def suggestions(registry: Registry, actor: Actor, trade: str | None, day: date) -> list[Candidate]:
    """Everybody who could be sent on ``day``, best first, in a fixed number of queries.

    Loads and absences are facts of the roster, told to those who dispatch whatever orders they see themselves.
    Raises NotAllowed for those who see no staff.
    """
    registry.scope.require(actor, "staff", "read")
    return rank(candidates(registry, day), trade)


def candidates(registry: Registry, day: date, accounts: Sequence[int] | None = None) -> list[Candidate]:
    """The staff with an account (of ``accounts`` only, where given) who work here on ``day``."""
    shifts, away, load = _on_duty(registry, day), _away(registry, day), _loads(registry)
    query = Query(columns=("name", "account", "department", "phone", "trades", "hired_on", "left_on"), sort="id")
    if accounts is not None:
        query = Query(columns=query.columns, sort="id", conditions=(Condition("account", "in", tuple(accounts)),))
    found = []
    for row in registry.scope.stream(SYSTEM, "staff", query):
        here = (row["hired_on"] is None or row["hired_on"] <= day) and (row["left_on"] is None or row["left_on"] >= day)
        if row["account"] is None or not here:
            continue
        found.append(
            Candidate(
                row.id, row["account"], row["name"], row["department"], tuple(row["trades"] or ()),
                shifts.get(row.id, ()), row.id in away, load.get(row["account"], 0), str(row["phone"] or ""),
                row.titles.get("department") or "",
            )
        )  # fmt: skip
    return found


def words(one: Candidate, trade: str | None, labels: dict[str, Text]) -> Text:
    """What speaks for and against a candidate, in a few words; ``labels`` are those of trades and shifts by code."""
    known = [labels[code] for code in one.trades if code in labels]
    said = [_joined(known) if known else Text("未登记工种", "no trade on file")]
    if one.is_away:
        said.append(Text("今天不在", "away"))
    elif one.shifts:
        said.append(_joined([labels[code] for code in one.shifts if code in labels]))
    else:
        said.append(Text("不当班", "off duty"))
    said.append(Text(f"在办 {one.load} 单", f"{one.load} in hand"))
    return Text(" · ".join(each.zh for each in said), " · ".join(each.en for each in said))


def _joined(texts: Sequence[Text]) -> Text:
    return Text("、".join(each.zh for each in texts), ", ".join(each.en for each in texts))


def _on_duty(registry: Registry, day: date) -> dict[int, tuple[str, ...]]:
    """Shifts by member of staff."""
    query = Query(conditions=(Condition("day", "from", day), Condition("day", "to", day)), sort="id")
    found: dict[int, tuple[str, ...]] = {}
    for _, staff, shift in raw_rows(registry, SYSTEM, "duty", query, ("staff", "shift")):
        if shift != MANAGER:
            found[staff] = (*found.get(staff, ()), shift)
    return found


def _away(registry: Registry, day: date) -> set[int]:
    query = Query(conditions=(Condition("starts_on", "to", day), Condition("ends_on", "from", day)), sort="id")
    return {staff for _, staff in raw_rows(registry, SYSTEM, "absence", query, ("staff",))}


def _loads(registry: Registry) -> dict[int, int]:
    """Orders in hand by account."""
    open_orders = Query(conditions=(Condition("state", "in", OPEN), Condition("worker", "filled")))
    rows = registry.scope.aggregate(SYSTEM, "work_order", {}, by=("worker",), query=open_orders)
    return {row.key: row.count for row in rows}
