"""Work on imports that waits or is under way: who does it, how far it is, and whether it is still wanted."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import peewee

from models.storage.build import model

if TYPE_CHECKING:
    from models import Registry

Phase = Literal["checking", "writing", "taking back", "undo"]
"""Trying the whole file, writing it, taking back what a run wrote that ended early, taking back an import on wish."""

MOST_TRIES = 20
"""Runs that may break off without getting any further, before the job is given up."""
ERROR_WEIGHS = 7
"""An unforeseen error counts for so many of them: it will hardly go better the next time."""


@dataclass(frozen=True, slots=True)
class Job:
    """Work on one import. ``done`` of ``rows`` rows (records, where it takes back), at ``rate`` a second.

    ``tries`` counts the runs since it last got further, ``resumed`` those that took over from one that broke off.
    """

    import_id: int
    phase: Phase
    rows: int
    done: int
    rate: float
    actor_id: int | None
    owner: str
    unwanted: bool
    tries: int
    resumed: int
    ending: str

    @property
    def waits(self) -> bool:
        """Nobody has begun with it."""
        return not self.owner

    @property
    def seconds_left(self) -> int | None:
        """How long the rest takes at this rate; None while that cannot be told."""
        return max(0, round((self.rows - self.done) / self.rate)) if self.rate > 0 and self.rows else None

    @property
    def percent(self) -> int:
        return min(100, self.done * 100 // self.rows) if self.rows else 0


class Jobs:
    """The tables ``_import_job``, a row for each import that is being worked on, and ``_import_chunk``.

    A job belongs to whoever renewed its lease last; every step says whose it is and fails when it is no longer so,
    so that two processes can never both write the same rows. Times here are the machine's, never the office's clock.
    """

    def __init__(self, registry: Registry, lease: float) -> None:
        self.db, self.lease = registry.db, lease
        self.table: Any = model("_import_job", _job_columns(), registry.db)
        self.chunks: Any = model("_import_chunk", _chunk_columns(), registry.db)
        self.chunks._meta.indexes = [(("import_id", "number"), True)]

    def create_tables(self) -> None:
        """Make the tables if they are not there yet."""
        self.db.create_tables([self.table, self.chunks], safe=True)

    def put(self, import_id: int, phase: Phase, rows: int, actor_id: int | None) -> None:
        """A new job that waits. Raises peewee.IntegrityError where the import has one already."""
        self.table.insert(
            import_id=import_id, phase=phase, rows=rows, done=0, rate=0.0, actor_id=actor_id, owner="", lease_until=0.0,
            unwanted=False, tries=0, resumed=0, ending="",
        ).execute()  # fmt: skip

    def claim(self, owner: str, import_id: int | None = None) -> Job | None:
        """A job that waits, or whose owner has not been heard of for a lease; from now on it is ``owner``'s."""
        table, now = self.table, time.time()
        free = table.lease_until < now
        free = free if import_id is None else free & (table.import_id == import_id)
        for row in table.select().where(free).order_by(table.import_id):
            mine = (table.import_id == row.import_id) & (table.owner == row.owner) & (table.lease_until < now)
            taken = table.update(
                owner=owner, lease_until=now + self.lease, tries=table.tries + 1,
                resumed=table.resumed + (1 if row.owner else 0),
            ).where(mine)  # fmt: skip
            if taken.execute():
                return self.get(row.import_id)
        return None

    def advance(self, job: Job, phase: Phase, done: int, rate: float, rows: int | None = None) -> bool:
        """Note how far the job is and renew its lease; False when it is somebody else's by now."""
        table = self.table
        columns: dict[str, Any] = {"phase": phase, "done": done, "rate": rate, "lease_until": time.time() + self.lease}
        if done > job.done or phase != job.phase:
            columns["tries"] = 0
        if rows is not None:
            columns["rows"] = rows
        return bool(table.update(columns).where(self._held(job)).execute())

    def turn(self, job: Job, ending: str) -> bool:
        """The job is to take back what it wrote, and its import to end as ``ending``."""
        columns = {"phase": "taking back", "ending": ending, "done": 0, "rate": 0.0, "tries": 0}
        return bool(self.table.update(columns).where(self._held(job)).execute())

    def release(self, job: Job) -> None:
        """Let anybody go on with it at once."""
        self.table.update(lease_until=0.0).where(self._held(job)).execute()

    def blame(self, job: Job) -> None:
        """An unforeseen error ended this run: sooner or later the job is given up."""
        weight = self.table.tries + ERROR_WEIGHS - 1
        self.table.update(tries=weight).where(self._held(job)).execute()

    def finish(self, job: Job) -> bool:
        """The job is over; False when it is somebody else's by now."""
        done = bool(self.table.delete().where(self._held(job)).execute())
        if done:
            self.chunks.delete().where(self.chunks.import_id == job.import_id).execute()
        return done

    def stop(self, import_id: int) -> bool:
        """Ask whoever does it to stop and take back what was written; False when there is nothing to stop."""
        table = self.table
        running = (table.import_id == import_id) & table.phase.in_(("checking", "writing"))
        return bool(table.update(unwanted=True).where(running).execute())

    def get(self, import_id: int) -> Job | None:
        """The job of an import, while there is one."""
        row = self.table.select().where(self.table.import_id == import_id).dicts().first()
        if row is None:
            return None
        return Job(**{name: row[name] for name in Job.__dataclass_fields__})

    def keep_chunk(self, import_id: int, number: int, data: str) -> None:
        """Remember what a chunk did. Raises peewee.IntegrityError where it was written before."""
        self.chunks.insert(import_id=import_id, number=number, data=data).execute()

    def kept_chunks(self, import_id: int) -> list[str]:
        """What the chunks so far did, in their order."""
        chunks = self.chunks
        mine = chunks.select(chunks.data).where(chunks.import_id == import_id).order_by(chunks.number)
        return [row[0] for row in mine.tuples()]

    def _held(self, job: Job) -> Any:
        return (self.table.import_id == job.import_id) & (self.table.owner == job.owner)


class Rate:
    """Rows a second over the last while."""

    WINDOW = 10.0

    def __init__(self, done: int) -> None:
        self._marks = [(time.monotonic(), done)]

    def at(self, done: int) -> float:
        """The rate now that ``done`` rows are done."""
        now = time.monotonic()
        self._marks.append((now, done))
        while len(self._marks) > 2 and self._marks[1][0] < now - self.WINDOW:
            del self._marks[0]
        since, before = self._marks[0]
        return (done - before) / (now - since) if now > since else 0.0


def _job_columns() -> dict[str, object]:
    return {
        "import_id": peewee.BigIntegerField(primary_key=True),
        "phase": peewee.TextField(),
        "rows": peewee.BigIntegerField(),
        "done": peewee.BigIntegerField(),
        "rate": peewee.DoubleField(),
        "actor_id": peewee.BigIntegerField(null=True),
        "owner": peewee.TextField(),
        "lease_until": peewee.DoubleField(),
        "unwanted": peewee.BooleanField(),
        "tries": peewee.IntegerField(),
        "resumed": peewee.IntegerField(),
        "ending": peewee.TextField(),
    }


def _chunk_columns() -> dict[str, object]:
    return {
        "id": peewee.BigAutoField(),
        "import_id": peewee.BigIntegerField(),
        "number": peewee.BigIntegerField(),
        "data": peewee.TextField(),
    }
