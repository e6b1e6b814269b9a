"""A request that comes from the same origin twice at the same moment is one, for whoever takes it (S1)."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from typing import Any

import pytest

from models.actor import SYSTEM, Source
from models.errors import Invalid
from models.query import Query
from office.requests import taking
from tests.office.conftest import Estate

ORIGIN = "patrol_finding:12"


def take(estate: Estate, who: str, kind: str = "repair") -> int:
    given = {"kind": kind, "matter": "厨房水管漏水", "origin": ORIGIN}
    now = estate.registry.clock.now()
    return taking.take_request(estate.registry, estate.people[who], now, given, Source("form"))


def requests(estate: Estate) -> int:
    return estate.registry.scope.count(SYSTEM, "service_request", Query())


@pytest.mark.both_engines
@pytest.mark.parametrize("within", [False, True], ids=["alone", "within a transaction"])
def test_two_who_see_none_at_the_same_moment_get_the_same(
    estate: Estate, monkeypatch: pytest.MonkeyPatch, within: bool
) -> None:
    """Both have looked and found none before either writes, as far as the engine lets two into a transaction."""
    registry, met, looked, find = estate.registry, threading.Barrier(2), threading.local(), taking.by_origin

    def look(registry: Any, origin: str) -> int | None:
        found = find(registry, origin)
        if not getattr(looked, "once", False):
            looked.once = True
            with suppress(threading.BrokenBarrierError):
                met.wait(0.5)
        return found

    monkeypatch.setattr(taking, "by_origin", look)
    registry.db.close()

    def send(who: str) -> int:
        with registry.connection(), registry.store.transaction() if within else nullcontext():
            id = take(estate, who)
            # The transaction around it goes on as if nothing had been refused.
            assert requests(estate) == 1
            return id

    with ThreadPoolExecutor(2) as pool:
        assert len(set(pool.map(send, ("frontdesk", "supervisor")))) == 1
    assert requests(estate) == 1


def test_what_is_refused_for_what_it_says_is_refused_with_an_origin_too(estate: Estate) -> None:
    with pytest.raises(Invalid):
        take(estate, "frontdesk", kind="nonsense")
    assert requests(estate) == 0
