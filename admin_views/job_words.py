"""Jobs in words: how often, and how a run stands."""

from __future__ import annotations

from flask_babel import gettext as _

from models.schedule.due import WEEKDAYS, minutes_between
from models.schedule.job_runs import JobRun
from schema.spec import LAST_DAY, Schedule


def often_words(schedule: Schedule) -> str:
    """How often it runs, and at what time."""
    at, every = f"{schedule.at:%H:%M}", schedule.every[0]
    if every == "hour":
        return _("every hour at minute %(minute)s", minute=f"{schedule.at:%M}")
    if step := minutes_between(schedule):
        return _("every %(n)s minutes", n=step)
    if every == "day":
        return _("every day at %(at)s", at=at)
    if every in WEEKDAYS:
        days = _(", ").join(_weekday(day) for day in WEEKDAYS if day in schedule.every)
        return _("%(days)s at %(at)s", days=days, at=at)
    return _in_span(every, schedule.day, at)


def _in_span(every: str, day: int | None, at: str) -> str:
    if day == LAST_DAY:
        return {
            "month": _("last day of the month at %(at)s", at=at),
            "quarter": _("last day of the quarter at %(at)s", at=at),
            "year": _("last day of the year at %(at)s", at=at),
        }[every]
    number = day or 1
    return {
        "month": _("day %(day)s of the month at %(at)s", day=number, at=at),
        "quarter": _("day %(day)s of the quarter at %(at)s", day=number, at=at),
        "year": _("day %(day)s of the year at %(at)s", day=number, at=at),
    }[every]


def _weekday(name: str) -> str:
    return {
        "monday": _("Mondays"), "tuesday": _("Tuesdays"), "wednesday": _("Wednesdays"), "thursday": _("Thursdays"),
        "friday": _("Fridays"), "saturday": _("Saturdays"), "sunday": _("Sundays"),
    }[name]  # fmt: skip


def state_words(run: JobRun) -> tuple[str, str]:
    """What state a run is in, and the colour that goes with it."""
    return {
        "waiting": (_("about to run"), "blue"), "running": (_("running"), "blue"), "done": (_("done"), "green"),
        "failed": (_("failed"), "red"),
    }[run.state]  # fmt: skip
