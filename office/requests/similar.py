"""Open requests that may be the same as one about to be taken (S1)."""

from __future__ import annotations

import re
import unicodedata
from datetime import timedelta
from typing import TYPE_CHECKING

from models.query import Condition, Query
from office.requests.panel import LINE, OPEN
from office.requests.policy import policy_of

if TYPE_CHECKING:
    from models.actor import Actor
    from models.record import Record
    from models.registry import Registry

ALIKE = 0.5
"""The share of the shorter matter's pieces that the other has, from which on they are alike."""
ASKED, SHOWN = 40, 4
_LATIN = re.compile(r"[a-z0-9]{2,}")
_HAN = re.compile(r"[\u3400-\u9fff]+")


def pieces(matter: str) -> frozenset[str]:
    """What a matter is told by: its words, and of Chinese every two characters in a row (of a lone one itself)."""
    text = unicodedata.normalize("NFKC", matter).casefold()
    found = set(_LATIN.findall(text))
    for run in _HAN.findall(text):
        found.update(run[n : n + 2] for n in range(len(run) - 1)) if len(run) > 1 else found.add(run)
    return frozenset(found)


def is_like(one: str, other: str) -> bool:
    """Whether two matters speak of the same, as far as their words tell."""
    mine, theirs = pieces(one), pieces(other)
    fewest = min(len(mine), len(theirs))
    return bool(fewest) and len(mine & theirs) >= ALIKE * fewest


def is_similar(matter: str, trade: str | None, other_matter: str, other_trade: str | None) -> bool:
    """Whether a new request may be the same as an open one at the same place: the same trade, or like words."""
    return bool(trade and trade == other_trade) or is_like(matter, other_matter)


def similar_requests(
    registry: Registry, actor: Actor, matter: str, trade: str | None, unit: int | None, building: int | None = None,
    place: str = "",
) -> list[Record]:  # fmt: skip
    """The open requests of the same unit that may be the same, the newest first; without a unit, those of the public
    area of the same building (or of none) whose words are alike.

    The trade that the words tell stands in for one that is not given.
    """
    policy = policy_of(registry.schema)
    since = registry.clock.now() - timedelta(days=policy.similar_days)
    at = Condition("unit", "equals", unit) if unit else Condition("unit", "empty")
    conditions = [at, Condition("taken_at", "from", since)]
    if not unit:
        conditions.append(Condition("building", "equals", building) if building else Condition("building", "empty"))
    query = Query(conditions=tuple(conditions), where=OPEN, size=ASKED, sort="-taken_at", columns=LINE)
    trade = trade or policy.trade_of(matter)
    rows = registry.scope.page(actor, "service_request", query).rows
    if unit:
        return [row for row in rows if is_similar(matter, trade, row["matter"], row["trade"])][:SHOWN]
    return [row for row in rows if is_like(f"{place} {matter}", f"{row['place'] or ''} {row['matter']}")][:SHOWN]
