"""Tries a whole file before it is written, in a place where that keeps nobody waiting, and tells how far it is."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import peewee

from models.registry import assemble
from models.storage.database import connect
from transfer.progress import Job, Jobs, Rate
from transfer.records import ImportEntry

if TYPE_CHECKING:
    from models import Registry

BEAT_SECONDS = 1.0


class Heartbeat:
    """Says once a second how far a long trial is, over a connection of its own, and hears whether to stop."""

    def __init__(self, registry: Registry, jobs: Jobs, job: Job, stopping: Callable[[], bool]) -> None:
        self.registry, self.jobs, self.job, self.stopping = registry, jobs, job, stopping
        self.done = 0
        self.over = self.unwanted = False
        self._rate = Rate(0)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="import-heartbeat", daemon=True)

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._end.wait(BEAT_SECONDS) and not self.over:
            with self.registry.connection():
                mine = self.jobs.advance(self.job, "checking", self.done, self._rate.at(self.done))
                now = self.jobs.get(self.job.import_id)
            self.unwanted = bool(now and now.unwanted)
            self.over = not mine or self.unwanted or self.stopping()


@contextmanager
def rehearsal(registry: Registry, entry: ImportEntry) -> Iterator[Registry]:
    """An office in which everything may be tried: on SQLite a copy, so that nobody waits; else a transaction that is
    rolled back."""
    if not isinstance(registry.db, peewee.SqliteDatabase):
        with registry.store.rehearse():
            yield registry
        return
    path = _path(registry, entry)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with closing(sqlite3.connect(str(registry.db.database))) as live, closing(sqlite3.connect(path)) as copy:
            live.backup(copy)
        office = assemble(registry.schema, connect(path), registry.var, registry.clock)
        try:
            with office.connection(), office.store.rehearse():
                yield office
        finally:
            office.close()
    finally:
        clear(registry, entry)


def clear(registry: Registry, entry: ImportEntry) -> None:
    """Take away the copy that a trial killed in the middle has left."""
    for tail in ("", "-wal", "-shm", "-journal"):
        Path(f"{_path(registry, entry)}{tail}").unlink(missing_ok=True)


def _path(registry: Registry, entry: ImportEntry) -> Path:
    return registry.var / "imports" / entry.token / "rehearsal.db"
