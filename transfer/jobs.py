"""Writes imports in the background: one worker a process, each job done by exactly one of them, also after a crash."""

from __future__ import annotations

import logging
import secrets
import time
from functools import cached_property
from typing import TYPE_CHECKING

import peewee

from models.actor import Actor
from models.errors import NotAllowed, NotFound, Refused
from models.schedule.watch import Watch
from schema.text import Text
from transfer.chunks import AT_ONCE, Interrupted, JobRun, Prepare
from transfer.imports import Preparation
from transfer.progress import MOST_TRIES, Job, Jobs
from transfer.records import ImportEntry, ImportLog
from transfer.undo import may_undo

if TYPE_CHECKING:
    from models import Registry

LEASE = 15.0
"""Seconds after which a worker that is not heard of has lost its job."""
POLL = 2.0
_LOOK_AGAIN = 0.3

GAVE_UP = Text(
    "多次中断且没有进展，已停止；原因见日志。",
    "It broke off again and again without getting further, and was stopped; the log says why.",
)
MAY_NOT_UNDO = Text(
    "您不能撤销这次导入：需要导入权限，并且是本人导入，或有删除和修改权限。",
    "You may not undo this import: it takes the right to import, and to have made it, or to delete and change there.",
)

_log = logging.getLogger("estatedesk.imports")


class Worker(Watch):
    """Does the jobs of one office that are due. ``prepare`` reads the kept file of an import."""

    name = "imports"

    def __init__(self, registry: Registry, prepare: Prepare, *, lease: float = LEASE) -> None:
        super().__init__(registry)
        self.prepare, self.lease = prepare, lease

    def poll(self) -> float:
        return POLL

    @cached_property
    def log(self) -> ImportLog:
        return ImportLog(self.registry)

    @cached_property
    def jobs(self) -> Jobs:
        """The jobs there are; their tables are made when they are first asked for."""
        jobs = Jobs(self.registry, self.lease)
        jobs.create_tables()
        return jobs

    # -- asking for work -----------------------------------------------------------------------------

    def write(self, actor: Actor, entry: ImportEntry, ready: Preparation) -> None:
        """Write an uploaded file as its kept options say: a short one before this returns, others in the background.

        Raises Refused where it is being written already, or was.
        """
        self._put(actor, entry, ready)
        if ready.sheet.row_count <= AT_ONCE:
            self.work(entry.id)
        else:
            self.wake()

    def write_now(self, actor: Actor, entry: ImportEntry, ready: Preparation) -> ImportEntry:
        """``write`` that returns when all is done, be it here or by a server that was quicker; the entry afterwards.

        Raises Refused where it is being written already, or was.
        """
        self._put(actor, entry, ready)
        self.wait_for(entry.id)
        return self.log.entry(entry.id)

    def _put(self, actor: Actor, entry: ImportEntry, ready: Preparation) -> None:
        """Make a job of writing an uploaded file. Raises Refused."""
        rows = ready.sheet.row_count
        tries_first = rows > AT_ONCE and entry.options.get("bad_rows", "stop") != "skip"
        with self.registry.store.transaction():
            self.log.claim(entry.id)
            self.jobs.put(entry.id, "checking" if tries_first else "writing", rows, actor.id)

    def wait_for(self, import_id: int) -> None:
        """Do the job of an import, or wait until it is done."""
        self.work(import_id)
        while self.jobs.get(import_id):  # a server was quicker
            time.sleep(_LOOK_AGAIN)
            self.work(import_id)

    def undo(self, actor: Actor, entry: ImportEntry, *, now: bool = False) -> None:
        """Take a written import back, in the background unless it is to be ``now`` or has but few rows.

        Raises NotAllowed, Refused.
        """
        if not may_undo(self.registry, actor, entry):
            raise NotAllowed(MAY_NOT_UNDO)
        with self.registry.store.transaction():
            self.log.claim_undo(entry.id)
            self.jobs.put(entry.id, "undo", 0, actor.id)
        rows = entry.result.get("created", 0) + entry.result.get("updated", 0)
        if now or 0 < rows <= AT_ONCE:
            self.work(entry.id)
        else:
            self.wake()

    def cancel(self, entry: ImportEntry) -> bool:
        """Ask for an import that is being written to stop and be taken back; False where it is over already."""
        return self.jobs.stop(entry.id)

    # -- working -------------------------------------------------------------------------------------

    def work(self, import_id: int | None = None) -> int:
        """Do all jobs that are due, or the one of an import, in this thread; how many runs that took."""
        runs = 0
        while not self._stopped.is_set() and (job := self.jobs.claim(secrets.token_hex(8), import_id)):
            self._run(job)
            runs += 1
        return runs

    def _run(self, job: Job) -> None:
        try:
            run = JobRun(self.registry, self.jobs, self.log, job, self.prepare, self._stopped.is_set)
        except NotFound:
            self.jobs.finish(job)
            return
        foreseen = False
        try:
            if job.tries > MOST_TRIES:
                run.give_up(GAVE_UP)
            else:
                run.go()
            foreseen = True
        except Interrupted:
            foreseen = True
        except (peewee.OperationalError, peewee.IntegrityError) as error:  # busy for too long, away, or done elsewhere
            foreseen = True
            _log.warning("import %s was interrupted: %s", job.import_id, error)
        finally:
            if not foreseen:
                self.jobs.blame(job)


def undo_now(registry: Registry, actor: Actor, import_id: int) -> ImportEntry:
    """Take an import back before this returns; its entry afterwards. Raises NotFound, NotAllowed, Refused."""
    worker = Worker(registry, _no_file)
    worker.undo(actor, worker.log.entry(import_id), now=True)
    worker.wait_for(import_id)
    return worker.log.entry(import_id)


def _no_file(actor: Actor, entry: ImportEntry) -> Preparation:
    raise Refused(Text("没有保存的文件。", "No file was kept."))
