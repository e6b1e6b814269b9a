"""Long work on SQLite learns that somebody has come to write; nobody is seen who has not."""

from __future__ import annotations

import time
from threading import Thread
from typing import Any

from models.actor import SYSTEM, Source
from models.storage import database
from models.storage.database import in_turn, is_wanted


def test_who_waits_to_write_is_seen(library: Any) -> None:
    def write() -> None:
        with library.connection():
            library.store.create(SYSTEM, "branch", {"name": "North"}, Source("form"))

    other = Thread(target=write)
    with library.store.transaction():
        since = time.time_ns()
        time.sleep(0.02)
        with library.store.transaction():
            assert not is_wanted(library.db, since), "its own savepoints are nobody's wish"
        other.start()
        time.sleep(0.3)
        assert is_wanted(library.db, since)
    other.join()


def test_readers_are_in_nobody_s_way(library: Any) -> None:
    since = time.time_ns()
    library.scope.count(SYSTEM, "branch")
    assert not is_wanted(library.db, since)


def test_long_work_rests_only_where_somebody_came(library: Any, monkeypatch: Any) -> None:
    """Once the transaction is over: whoever waits gets in before the next one begins."""
    rests: list[float] = []
    sleep = time.sleep
    monkeypatch.setattr(database.time, "sleep", lambda seconds: rests.append(seconds) or sleep(seconds))
    with in_turn(library.db):
        library.store.create(SYSTEM, "branch", {"name": "South"}, Source("job"))
    assert rests == []

    def write() -> None:
        with library.connection():
            library.store.create(SYSTEM, "branch", {"name": "North"}, Source("form"))

    other = Thread(target=write)
    with in_turn(library.db):
        other.start()
        sleep(0.3)
    with in_turn(library.db):
        found = library.scope.count(SYSTEM, "branch")
    other.join()
    assert (rests, found) == ([database.REST], 2)
