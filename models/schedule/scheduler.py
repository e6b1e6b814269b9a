"""Runs the jobs of one office by the clock: one thread a process, each run done by exactly one of them."""

from __future__ import annotations

import logging
import sys
from datetime import datetime
from functools import cached_property

import peewee

from models import jobs
from models.errors import Refused
from models.schedule.due import due, newest_slot
from models.schedule.job_runs import JobRun, JobRuns
from models.schedule.watch import Watch
from schema.spec import Schedule
from schema.text import Text

POLL = 15.0
"""Seconds between two looks at the clock."""
MOST_TRIES = 3
"""Runs of one moment that may break off before it is given up."""

GAVE_UP = Text(
    "连续 {tries} 次中断，已放弃；原因见日志。", "It broke off {tries} times and was given up; the log says why."
)
NO_SCHEDULE = Text("计划任务中已没有这一项。", "It stands in no schedule any more.")
BROKE = Text("程序出错，任务没有完成；详情见日志。", "An error of the program ended it; the log says more.")
BUSY = Text("“{label}”正在运行，请等它结束。", "“{label}” is running now; wait for its end.")

_log = logging.getLogger("estatedesk.jobs")


class Scheduler(Watch):
    """The jobs of one office; without schedules no thread is started."""

    name = "jobs"

    def poll(self) -> float:
        return POLL

    def has_reason(self) -> bool:
        return bool(self.registry.schema.schedules)

    @cached_property
    def runs(self) -> JobRuns:
        """The runs there are; their table is made when it is first asked for."""
        return JobRuns(self.registry.db, self.registry.var)

    # -- working -------------------------------------------------------------------------------------

    def work(self) -> int:
        self.look()
        return sum(self._take(run) for run in self.runs.open() if not self._stopped.is_set())

    def look(self) -> None:
        """Note the moments that have come since the last look; of several that one schedule missed, the newest."""
        now, zone = self.registry.clock.now(), self.registry.clock.zone
        last = self.runs.last_slots()
        for schedule in self.registry.schema.schedules.values():
            if schedule.name not in last:
                self.runs.see(schedule.name, newest_slot(schedule, now, zone))
            elif slot := due(schedule, last[schedule.name], now, zone):
                self.runs.want(schedule.name, slot)

    def run(self, schedule: Schedule, moment: datetime, by: str) -> JobRun:
        """Do a schedule's job at once, in this thread; what came of it. Raises Refused where it is running already."""
        with self.runs.alone(schedule.name) as mine:
            if not mine:
                raise Refused(BUSY.with_(label=schedule.label))
            run = self.runs.begin(self.runs.ask(schedule.name, moment, by), self.registry.clock.now())
            assert run is not None, "nobody else does this job"
            self._do(run, schedule)
            return self.runs.get(run.id)

    def ask(self, schedule: Schedule, by: str) -> JobRun:
        """Have a schedule's job done soon, in the background."""
        run = self.runs.ask(schedule.name, self.registry.clock.now(), by)
        self.wake()
        return run

    def _take(self, run: JobRun) -> bool:
        """Do a run unless someone does it, or did."""
        with self.runs.alone(run.name) as mine:
            begun = self.runs.begin(run, self.registry.clock.now()) if mine else None
            if begun is None:
                return False
            schedule = self.registry.schema.schedules.get(run.name)
            if schedule is None:
                self._end(begun, NO_SCHEDULE)
            elif begun.tries > MOST_TRIES:
                self._end(begun, GAVE_UP.with_(tries=MOST_TRIES))
            else:
                self._do(begun, schedule)
            return True

    def _do(self, run: JobRun, schedule: Schedule) -> None:
        foreseen = False
        try:
            result = jobs.perform(self.registry, schedule, run.moment)
            self.runs.end(run, "done", self.registry.clock.now(), result.done, result.said)
            foreseen = True
        except Refused as refused:
            self._end(run, refused.text)
            foreseen = True
        except peewee.OperationalError as error:  # busy for too long, or away: whoever looks next takes it up again
            foreseen = True
            _log.warning("job %s was interrupted: %s", run.name, error)
        finally:
            cause = sys.exc_info()[1]
            if not foreseen and isinstance(cause, Exception):
                self._end(run, BROKE, f"{type(cause).__name__}: {cause}")

    def _end(self, run: JobRun, why: Text, error: str = "") -> None:
        self.runs.end(run, "failed", self.registry.clock.now(), 0, why, error)
