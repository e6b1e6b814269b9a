"""Jobs: decorated functions that the clock calls, as actors with grants of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from models.actor import Actor
from schema.problems import Path, Problem
from schema.settings import problem_at, shaped
from schema.spec import Schedule, Schema
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry


@dataclass(frozen=True, slots=True)
class JobResult:
    """What a job did: how many things, and a sentence about it."""

    done: int
    said: Text


Job = Callable[["Registry", Actor, datetime, Any], JobResult]
"""``(registry, actor, now, with_)``. ``now`` is the moment the run is for, also where it starts late; ``with_`` is what
the schedule says under ``with``: plain data, or the job's own shape. A job derives what should be from facts and
dates, so that late or twice makes no difference. Raises Refused where it cannot do its work; the sentence is kept."""


Check = Callable[[Schema, Any], Iterable[tuple[Path, Text]]]
"""What in a job's ``with`` does not fit the schema: (path within it, what is wrong)."""


@dataclass(frozen=True, slots=True)
class _Known:
    function: Job
    shape: type[BaseModel] | None
    check: Check | None


_known: dict[str, _Known] = {}


def job(name: str, shape: type[BaseModel] | None = None, check: Check | None = None) -> Callable[[Job], Job]:
    """Make a function the job that a schema's ``schedules`` call ``name``.

    With ``shape`` the start checks what stands under ``with``, and ``check`` whether it fits the schema; the function
    gets it as that model.
    """

    def keep(function: Job) -> Job:
        if name in _known and _known[name].function.__module__ != function.__module__:
            raise ValueError(f"two jobs are called {name!r}")
        _known[name] = _Known(function, shape, check)
        return function

    return keep


def absent(schema: Schema) -> Iterable[str]:
    """The jobs that the schema's schedules run and no function does."""
    return dict.fromkeys(one.run for one in schema.schedules.values() if one.run not in _known)


def wrong(schema: Schema) -> list[Problem]:
    """Everything wrong with what the schedules tell their jobs."""
    found: list[Problem] = []
    for schedule in schema.schedules.values():
        known = _known.get(schedule.run)
        if known is None or known.shape is None:
            continue
        told, problems = shaped(schema, _told(schedule), schedule.with_, known.shape)
        found += problems
        if told is not None and known.check is not None:
            found += [problem_at(schema, (*_told(schedule), *at), why) for at, why in known.check(schema, told)]
    return found


def actor_of(schedule: Schedule) -> Actor:
    """Who a schedule's job is: nobody's account, with the roles and fields that the schema gives it."""
    return Actor(None, schedule.label.to("zh"), schedule.roles, writes=schedule.writes, job=schedule.name)


def perform(registry: Registry, schedule: Schedule, now: datetime) -> JobResult:
    """Do the schedule's job as of ``now``. Raises KeyError for one that does not exist, and what the job raises."""
    known = _known[schedule.run]
    told: Any = schedule.with_
    if known.shape is not None:
        told, problems = shaped(registry.schema, _told(schedule), schedule.with_, known.shape)
        assert not problems, "the start has checked it"
    return known.function(registry, actor_of(schedule), now, told)


def _told(schedule: Schedule) -> tuple[str, str, str]:
    return ("schedules", schedule.name, "with")
