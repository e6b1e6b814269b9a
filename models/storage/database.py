"""The database an office lives in: SQLite in its folder, or PostgreSQL by address."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import peewee
from playhouse.pool import PooledPostgresqlDatabase, PooledSqliteDatabase

PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": "normal",
    "foreign_keys": 1,
    "busy_timeout": 5000,
    "cache_size": -65536,
    "mmap_size": 2**31 - 2**16,  # a jump into the middle of a million rows is four times faster out of mapped memory
}
NOTE = "-wanted"
"""What the name of the note beside an SQLite file ends in that says when somebody last came to write."""
REST = 0.12
"""Seconds that long work rests where somebody waits to write: they look ten times a second."""
WAIT = 20
CONNECTIONS = 40


class _OfficeFile(PooledSqliteDatabase):  # type: ignore[misc]
    """An SQLite file, which one writes to at a time, and that can tell whether others have come to write.

    Whoever begins a transaction touches a note beside the file before they wait for their turn.
    """

    @property
    def note(self) -> Path:
        return Path(f"{self.database}{NOTE}")

    def begin(self, lock_type: str | None = None) -> None:
        self.note.touch()
        now = time.time_ns()
        os.utime(self.note, ns=(now, now))  # to the nanosecond: of itself a file system knows the last tick, 4 ms ago
        super().begin(lock_type)


def is_wanted(database: Any, since: int) -> bool:
    """Whether anybody has begun to write, or waits to, since a moment (nanoseconds, as ``time.time_ns`` gives).

    Long work on SQLite rests between its transactions where somebody does. On a server nobody waits for it.
    """
    return isinstance(database, _OfficeFile) and database.note.stat().st_mtime_ns > since


@contextmanager
def in_turn(database: Any) -> Iterator[None]:
    """A transaction of long work: once it is over, whoever has come to write meanwhile has their turn."""
    with database.atomic():
        since = time.time_ns()
        yield
    if is_wanted(database, since):
        time.sleep(REST)


def connect(url: str | Path) -> peewee.Database:
    """The database at a file path or a ``postgresql://`` address; no connection is opened yet."""
    if str(url).startswith(("postgres://", "postgresql://")):
        server: peewee.Database = PooledPostgresqlDatabase(**_server(str(url)))
        return server
    pool = {"max_connections": CONNECTIONS, "timeout": WAIT, "check_same_thread": False}
    file: peewee.Database = _OfficeFile(str(url), pragmas=PRAGMAS, lock_type="IMMEDIATE", **pool)
    return file


def hold(database: Any, name: str) -> None:
    """Wait until nobody else holds ``name``, and hold it to the end of the transaction this runs in.

    On SQLite there is never more than one transaction that writes, so that there is nothing to wait for.
    """
    if not isinstance(database, peewee.SqliteDatabase):
        database.execute_sql("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (name,))


def _server(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    options = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    return {
        "database": parts.path.lstrip("/"),
        "user": unquote(parts.username or "") or None,
        "password": unquote(parts.password or "") or None,
        "host": unquote(options.get("host", "") or parts.hostname or "") or None,
        "port": parts.port,
        "max_connections": CONNECTIONS,
        "timeout": WAIT,
        "prefer_psycopg3": True,
    }
