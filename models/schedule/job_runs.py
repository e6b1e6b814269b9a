"""The runs of jobs: which are wanted, who does them, what came of them; no moment of a schedule is done twice."""

from __future__ import annotations

import fcntl
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import peewee

from models.storage.build import model
from schema.text import Text

State = Literal["seen", "waiting", "running", "done", "failed"]
"""``seen`` is no run: the schedule was new, and its moments up to then are past."""
OPEN = ("waiting", "running")
LOCKS = "locks"
"""The folder within the office's that holds a file for each job; whoever does the job holds its lock."""


@dataclass(frozen=True, slots=True)
class JobRun:
    """One run of a schedule's job. ``slot`` is the moment of the schedule it is for, None of one asked for by a
    person, whom ``by`` names; ``moment`` is handed to the job as its now. Times are aware, in UTC."""

    id: int
    name: str
    slot: datetime | None
    moment: datetime
    by: str
    state: State
    started_at: datetime | None
    ended_at: datetime | None
    tries: int
    done: int
    said: Text
    error: str


class JobRuns:
    """The table ``_job_run``, made when it is first asked for.

    A run is begun by a conditional update, by whoever holds the lock of its job.
    """

    def __init__(self, database: peewee.Database, var: Path) -> None:
        self.locks = var / LOCKS
        self.table: Any = model("_job_run", _columns(), database)
        self.table._meta.indexes = [(("name", "slot"), True), (("state",), False)]
        database.create_tables([self.table], safe=True)

    # -- what is wanted ------------------------------------------------------------------------------

    def last_slots(self) -> dict[str, datetime]:
        """The newest moment that each schedule has run for, or that had passed when it was first seen."""
        table = self.table
        found = table.select(table.name, peewee.fn.MAX(table.slot)).where(table.slot.is_null(False))
        return {name: _aware(slot) for name, slot in found.group_by(table.name).tuples()}

    def see(self, name: str, slot: datetime) -> None:
        """A schedule is new: its moments up to ``slot`` are past, not missed."""
        self._put(name, slot, slot, "", "seen")

    def want(self, name: str, slot: datetime) -> None:
        """A moment of a schedule has come; twice is once."""
        self._put(name, slot, slot, "", "waiting")

    def ask(self, name: str, moment: datetime, by: str) -> JobRun:
        """A run that a person asks for now."""
        id = self._put(name, None, moment, by, "waiting")
        return self.get(id)

    def _put(self, name: str, slot: datetime | None, moment: datetime, by: str, state: State) -> int:
        row = {
            "name": name, "slot": slot and _naive(slot), "moment": _naive(moment), "by": by, "state": state,
            "tries": 0, "done": 0, "said_zh": "", "said_en": "", "error": "",
        }  # fmt: skip
        return int(self.table.insert(row).on_conflict_ignore().execute() or 0)

    # -- doing it ------------------------------------------------------------------------------------

    @contextmanager
    def alone(self, name: str) -> Iterator[bool]:
        """Whether this thread is now the only one, of all processes, that does this job; to the end of the block.

        The lock goes with the process, however it ends, so that a run that was killed is free at once.
        """
        self.locks.mkdir(parents=True, exist_ok=True)
        with (self.locks / f"{name}.lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True

    def begin(self, run: JobRun, now: datetime) -> JobRun | None:
        """The run as it begins, once more where it broke off before; None where it is over or someone else's."""
        table = self.table
        mine = (table.id == run.id) & table.state.in_(OPEN) & (table.tries == run.tries)
        started = {"state": "running", "started_at": _naive(now), "tries": run.tries + 1}
        return self.get(run.id) if table.update(started).where(mine).execute() else None

    def end(self, run: JobRun, state: State, now: datetime, done: int, said: Text, error: str = "") -> None:
        """Write down what came of a run."""
        table = self.table
        table.update(
            state=state, ended_at=_naive(now), done=done, said_zh=said.to("zh"), said_en=said.to("en"), error=error
        ).where((table.id == run.id) & (table.tries == run.tries)).execute()

    # -- looking -------------------------------------------------------------------------------------

    def get(self, id: int) -> JobRun:
        """The run with this id."""
        return _run(self.table.get_by_id(id))

    def open(self) -> list[JobRun]:
        """The runs that wait or are under way, or broke off; oldest first."""
        return self._runs(self.table.state.in_(OPEN), oldest_first=True)

    def latest(self) -> dict[str, JobRun]:
        """The newest run of each job."""
        table = self.table
        newest = table.select(peewee.fn.MAX(table.id)).where(table.state != "seen").group_by(table.name)
        return {run.name: run for run in self._runs(table.id.in_(newest))}

    def of(self, name: str, limit: int = 20) -> list[JobRun]:
        """The newest runs of a job, newest first."""
        return self._runs((self.table.name == name) & (self.table.state != "seen"), limit=limit)

    def forget(self, before: datetime, keep: Collection[str]) -> int:
        """Take away the runs that ended before a moment, but of those jobs the newest; returns how many."""
        table = self.table
        newest = [run.id for run in self.latest().values() if run.name in keep]
        slots = table.select(peewee.fn.MAX(table.id)).where(table.slot.is_null(False) & table.name.in_(list(keep)))
        kept = newest + [id for (id,) in slots.group_by(table.name).tuples()]
        old = (table.moment < _naive(before)) & table.state.not_in(OPEN) & table.id.not_in(kept)
        return int(table.delete().where(old).execute())

    def _runs(self, which: Any, limit: int | None = None, oldest_first: bool = False) -> list[JobRun]:
        table = self.table
        order = table.id if oldest_first else table.id.desc()
        return [_run(row) for row in table.select().where(which).order_by(order).limit(limit)]


def _run(row: Any) -> JobRun:
    return JobRun(
        row.id, row.name, row.slot and _aware(row.slot), _aware(row.moment), row.by, row.state,
        row.started_at and _aware(row.started_at), row.ended_at and _aware(row.ended_at), row.tries, row.done,
        Text(row.said_zh, row.said_en), row.error,
    )  # fmt: skip


def _aware(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC)


def _naive(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None)


def _columns() -> dict[str, object]:
    return {
        "id": peewee.BigAutoField(),
        "name": peewee.TextField(),
        "slot": peewee.DateTimeField(null=True),
        "moment": peewee.DateTimeField(),
        "by": peewee.TextField(),
        "state": peewee.TextField(),
        "started_at": peewee.DateTimeField(null=True),
        "ended_at": peewee.DateTimeField(null=True),
        "tries": peewee.IntegerField(),
        "done": peewee.BigIntegerField(),
        "said_zh": peewee.TextField(),
        "said_en": peewee.TextField(),
        "error": peewee.TextField(),
    }
