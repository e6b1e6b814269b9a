"""Where a request stands by the states of its work orders: pure rules (S4, S5)."""

from __future__ import annotations

from collections.abc import Iterable

OVER = ("done", "cancelled")
"""States in which an order is nobody's work any more."""
MOVED_BY_ORDERS = ("new", "assigned", "in_progress", "waiting")
"""States of a request that its orders move; a solved or closed one is moved by what people say of it."""


def request_state(now: str, orders: Iterable[str]) -> str:
    """The state of a request that is in ``now`` and has work orders in these states.

    Somebody at work makes it in progress; all who are left waiting for the resident make it wait; the last open order
    done solves it; where every order was cancelled it waits to be assigned again. Source: domain S4, S5.
    """
    states = list(orders)
    if now not in MOVED_BY_ORDERS or not states:
        return now
    left = [state for state in states if state not in OVER]
    if not left:
        return "solved" if "done" in states else "new"
    if any(state in ("accepted", "arrived") for state in left):
        return "in_progress"
    if "waiting" in left:
        return "waiting"
    return "assigned"
