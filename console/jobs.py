"""The commands about jobs: one run by hand, and the schedule with its last results."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import click

from console.desk import Desk
from console.failure import Failure
from console.options import OfficeCommand
from console.table import table
from models import Registry
from models.schedule.due import moment_of, next_slot
from models.schedule.job_runs import JobRun
from models.schedule.scheduler import Scheduler
from schema.problems import unknown
from schema.spec import Schedule
from schema.text import Text

BY = "command line"
_JOB = Text("任务", "job")


@click.command(cls=OfficeCommand)
@click.argument("name")
@click.option("--on", "day", metavar="DATE", help="As of this day (YYYY-MM-DD), at the job's own time of day.")
@click.pass_obj
def job(desk: Desk, name: str, day: str | None) -> int:
    """Run a job of the schedule now, with its own grants.

    A job derives what should be from facts and dates, so that once too often makes no difference. Exit code 2 when it
    could not do its work.
    """
    with desk.office() as registry:
        schedule = _schedule(desk, registry, name)
        moment = moment_of(schedule, _day(day), registry.clock.zone) if day else registry.clock.now()
        run = Scheduler(registry).run(schedule, moment, BY)
        about = _run(desk, registry, run)
    if run.state != "done":
        raise Failure(f"{name}: {desk.say(run.said) or 'it broke off; the log says why'}")
    desk.answer({"job": name, **about}, f"{name}: {about['said']}")
    return 0


@click.command(cls=OfficeCommand)
@click.pass_obj
def jobs(desk: Desk) -> None:
    """The schedule of the jobs, when each runs next, and what came of its last run."""
    with desk.office() as registry:
        latest = Scheduler(registry).runs.latest()
        found = [_job(desk, registry, one, latest) for one in registry.schema.schedules.values()]
    rows = [tuple(str(one["last"][key]) for key in ("started_at", "state", "said")) if one["last"] else ("–", "", "")
            for one in found]  # fmt: skip
    lines = [(str(one["name"]), str(one["next"]), *row) for one, row in zip(found, rows, strict=True)]
    words = table(("job", "next", "last", "state", "said"), lines) if lines else "the schema has no schedules"
    desk.answer({"jobs": found}, words)


def _schedule(desk: Desk, registry: Registry, name: str) -> Schedule:
    schedules = registry.schema.schedules
    if name not in schedules:
        raise Failure(desk.say(unknown(_JOB, name, schedules)))
    return schedules[name]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Failure(f"{text!r} is no date, such as 2026-01-31") from None


def _job(desk: Desk, registry: Registry, schedule: Schedule, latest: Mapping[str, JobRun]) -> dict[str, Any]:
    run = latest.get(schedule.name)
    zone = registry.clock.zone
    return {
        "name": schedule.name, "label": desk.say(schedule.label), "every": list(schedule.every),
        "at": f"{schedule.at:%H:%M}", "as": sorted(schedule.roles),
        "next": _shown(next_slot(schedule, registry.clock.now(), zone), registry),
        "last": _run(desk, registry, run) if run else None,
    }  # fmt: skip


def _run(desk: Desk, registry: Registry, run: JobRun) -> dict[str, Any]:
    """A run as it is answered; times are the office's."""
    return {
        "state": run.state, "done": run.done, "said": desk.say(run.said), "for": _shown(run.moment, registry),
        "started_at": _shown(run.started_at, registry), "ended_at": _shown(run.ended_at, registry), "by": run.by,
    }  # fmt: skip


def _shown(at: datetime | None, registry: Registry) -> str | None:
    return None if at is None else at.astimezone(registry.clock.zone).strftime("%Y-%m-%d %H:%M")
