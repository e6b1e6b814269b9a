"""`/jobs/`: what runs by itself, when, what came of it; and one job's last runs. For those who keep the accounts."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from flask import Blueprint, Flask, abort, current_app, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin_views.job_words import often_words, state_words
from admin_views.navigation import Extra, Link
from admin_views.shell import current_actor
from models.actor import Actor
from models.errors import NotFound
from models.schedule.due import next_slot
from models.schedule.scheduler import Scheduler
from schema.spec import Schedule
from schema.text import Text
from transfer import scheduled

if TYPE_CHECKING:
    from models.registry import Registry

LABEL = Text("任务", "job")
LINK = Link("jobs", Text("计划任务", "Jobs"), "clock-o", "/jobs/")
BUILT_IN = scheduled.__all__
"""Importing them makes them known."""


def set_up_scheduler(app: Flask, registry: Registry) -> None:
    """Give the site the scheduler of its jobs; the server starts it once its processes are forked."""
    app.extensions["scheduler"] = Scheduler(registry)


def scheduler() -> Scheduler:
    """The scheduler of this site."""
    return cast(Scheduler, current_app.extensions["scheduler"])


def job_link(registry: Registry) -> Extra:
    """The page's place in the sidebar, beside the accounts; none where the schema has no schedules."""
    menu = registry.schema.entities["user"].menu
    return Extra(menu, LINK, lambda actor: bool(registry.schema.schedules) and may_see(registry, actor))


def may_see(registry: Registry, actor: Actor) -> bool:
    """Whether the actor keeps the accounts, and so may see and start what runs with grants of its own."""
    return registry.access.may(actor, "user", "update")


def job_pages(registry: Registry) -> Blueprint:
    """`/jobs/` and, below it, a page for each schedule."""
    pages = Blueprint("job-pages", __name__, url_prefix="/jobs")
    views = JobViews(registry)
    pages.before_request(views.refuse_others)
    pages.add_url_rule("/", "all", views.all)
    pages.add_url_rule("/<name>/", "one", views.one)
    pages.add_url_rule("/<name>/run/", "run", views.run, methods=("POST",))
    return pages


class JobViews:
    """The pages of one office."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def refuse_others(self) -> None:
        """403 for everybody else."""
        if not may_see(self.registry, current_actor()):
            abort(403)

    def all(self) -> ResponseReturnValue:
        """Every schedule with its next run and its last."""
        latest = scheduler().runs.latest()
        rows = [
            {**self._about(one), "last": latest.get(one.name)} for one in self.registry.schema.schedules.values()
        ]  # fmt: skip
        return self._page("job/all.html", rows=rows)

    def one(self, name: str) -> ResponseReturnValue:
        """A schedule and what came of its last runs."""
        schedule = self._schedule(name)
        roles = [self.registry.schema.roles[role].label for role in sorted(schedule.roles)]
        return self._page("job/one.html", job=self._about(schedule), roles=roles, runs=scheduler().runs.of(name))

    def run(self, name: str) -> ResponseReturnValue:
        """Have it done now."""
        schedule = self._schedule(name)
        label = schedule.label.to(current_actor().locale)
        if any(run.name == name for run in scheduler().runs.open()):
            flash(_("“%(job)s” is running or about to; nothing was added.", job=label), "warning")
        else:
            scheduler().ask(schedule, current_actor().name)
            flash(_("“%(job)s” was started.", job=label), "success")
        back = f"{name}/" if request.form.get("back") == "one" else ""
        return redirect(f"{request.script_root}/jobs/{back}")

    def _schedule(self, name: str) -> Schedule:
        if name not in self.registry.schema.schedules:
            raise NotFound(LABEL)
        return self.registry.schema.schedules[name]

    def _about(self, schedule: Schedule) -> dict[str, Any]:
        clock = self.registry.clock
        coming = next_slot(schedule, clock.now(), clock.zone)
        return {"schedule": schedule, "often": often_words(schedule), "next": coming}

    def _page(self, template: str, **context: Any) -> ResponseReturnValue:
        return render_template(template, moment=self._moment, state=state_words, **context)

    def _moment(self, at: datetime) -> str:
        return f"{at.astimezone(self.registry.clock.zone):%Y-%m-%d %H:%M}"
