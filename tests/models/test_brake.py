"""The brake on what strangers ask for: so many a quarter of an hour, counted for all processes at once."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.people.brake import Brake

pytestmark = pytest.mark.both_engines
NOON = datetime(2026, 3, 16, 12, 0, tzinfo=UTC)


def test_so_many_pass_in_a_while_and_then_none(library: Any) -> None:
    with library.connection():
        assert [library.brake.lets_pass("a", 3, NOON) for _ in range(5)] == [True, True, True, False, False]
        assert library.brake.lets_pass("b", 3, NOON)
        assert not library.brake.lets_pass("a", 3, NOON + timedelta(minutes=14, seconds=59))
        assert library.brake.lets_pass("a", 3, NOON + timedelta(minutes=15))
        assert Brake.seconds_left(NOON + timedelta(minutes=10)) in (300, 301)


def test_what_is_over_the_limit_is_not_written_down(library: Any) -> None:
    with library.connection():
        for _ in range(20):
            library.brake.lets_pass("a", 3, NOON)
        assert [row.times for row in library.brake.table.select()] == [3]


def test_old_counts_are_forgotten_by_and_by(library: Any) -> None:
    with library.connection():
        library.brake.lets_pass("a", 3, NOON)
        library.brake.lets_pass("b", 3, NOON + timedelta(days=2))
        assert [row.key for row in library.brake.table.select()] == ["b"]


def test_no_more_pass_when_many_ask_at_once(library: Any) -> None:
    passed: list[bool] = []

    def ask() -> None:
        with library.connection():
            passed.append(library.brake.lets_pass("a", 5, NOON))

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(passed) == [False] * 7 + [True] * 5
