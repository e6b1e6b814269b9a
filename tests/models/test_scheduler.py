"""Jobs by the clock: once for each moment, late once, again after a sudden end, and with grants of their own."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import peewee
import pytest

import models.jobs
from models.actor import SYSTEM, Source
from models.errors import NotAllowed, Refused
from models.jobs import JobResult, absent, job, perform, wrong
from models.schedule.scheduler import Scheduler
from schema import load
from schema.text import Text
from schema.written import Part

LIBRARY = (Path(__file__).parents[1] / "library.yaml").read_text(encoding="utf-8")
NIGHT = datetime(2026, 3, 16, 19, 0, tzinfo=UTC)
"""A Tuesday, three o'clock by the tests' clock."""
SLOT = NIGHT - timedelta(hours=1)
SCHEDULES = """
schedules:
  tidy: {label: {zh: 整理, en: Tidy up}, every: day, at: "02:00", as: desk, with: {keep: 3}}
  weekly: {run: tidy, every: monday, at: "02:00", as: head, writes: [book.discount]}
"""
SAID = Text("整理了 {n} 项。", "Tidied {n}.")


@pytest.fixture(autouse=True)
def known(monkeypatch):
    """No jobs but those of the test."""
    monkeypatch.setattr(models.jobs, "_known", {})


@pytest.fixture
def told():
    """Every call of the job: (schedule, moment, what it was told)."""
    calls = []

    def tidy(registry, actor, now, with_):
        calls.append((actor.job, now, with_))
        return JobResult(len(calls), SAID.with_(n=len(calls)))

    job("tidy")(tidy)
    return calls


@pytest.fixture(scope="module")
def nightly(tmp_path_factory):
    """The library with two schedules."""
    file = tmp_path_factory.mktemp("nightly") / "schema.yaml"
    file.write_text(LIBRARY + SCHEDULES, encoding="utf-8")
    return load(file)


@pytest.fixture
def house(opened, nightly):
    """The library with jobs, open."""
    registry = opened(nightly)
    with registry.connection():
        yield registry


@pytest.fixture
def scheduler(house):
    """A scheduler that saw its schedules yesterday."""
    house.clock.at = NIGHT - timedelta(days=1)
    scheduler = Scheduler(house)
    assert scheduler.work() == 0, "what had passed before it was first seen is not missed"
    house.clock.at = NIGHT
    return scheduler


@pytest.mark.both_engines
def test_it_runs_once_for_its_moment_with_what_it_is_told(house, scheduler, told):
    assert [scheduler.work(), scheduler.work(), Scheduler(house).work()] == [1, 0, 0]
    assert told == [("tidy", SLOT, {"keep": 3})]
    run = scheduler.runs.latest()["tidy"]
    assert (run.state, run.done, run.said, run.by) == ("done", 1, Text("整理了 1 项。", "Tidied 1."), "")
    assert (run.slot, run.started_at, run.ended_at) == (SLOT, NIGHT, NIGHT)


@pytest.mark.both_engines
def test_a_moment_that_two_see_at_once_is_one_run(scheduler):
    for _ in range(2):
        scheduler.runs.want("tidy", SLOT)
        scheduler.runs.see("new", SLOT)
    assert [(run.name, run.slot) for run in scheduler.runs.open()] == [("tidy", SLOT)]
    assert [run.state for run in scheduler.runs.of("new")] == []


def test_several_moments_missed_are_one_run_for_the_newest(house, scheduler, told):
    house.clock.at = NIGHT + timedelta(days=9)
    assert scheduler.work() == 2
    assert [(name, f"{now:%m-%d %H:%M}") for name, now, _ in told] == [
        ("tidy", "03-25 18:00"),
        ("weekly", "03-22 18:00"),
    ]


def test_what_a_job_refuses_is_kept_and_the_next_moment_is_tried(house, scheduler):
    @job("tidy")
    def tidy(registry, actor, now, with_):
        raise Refused(SAID.with_(n=0))

    assert scheduler.work() == 1
    run = scheduler.runs.latest()["tidy"]
    assert (run.state, run.said.en, run.error) == ("failed", "Tidied 0.", "")
    assert scheduler.work() == 0
    house.clock.at += timedelta(days=1)
    assert scheduler.work() == 1


def test_an_unforeseen_error_is_written_down_and_reported(scheduler):
    @job("tidy")
    def tidy(registry, actor, now, with_):
        return {}["gone"]

    with pytest.raises(KeyError):
        scheduler.work()
    run = scheduler.runs.latest()["tidy"]
    assert (run.state, run.error) == ("failed", "KeyError: 'gone'")
    assert scheduler.work() == 0


def test_a_database_that_is_away_is_tried_again_but_not_for_ever(scheduler):
    tried = []

    @job("tidy")
    def tidy(registry, actor, now, with_):
        tried.append(1)
        raise peewee.OperationalError("database is locked")

    assert [scheduler.work() for _ in range(5)] == [1, 1, 1, 1, 0]
    assert len(tried) == 3
    run = scheduler.runs.latest()["tidy"]
    assert (run.state, run.said.en) == ("failed", "It broke off 3 times and was given up; the log says why.")


def test_one_thread_does_it_while_the_others_look_on(house, scheduler):
    running, go_on, done = threading.Event(), threading.Event(), []

    @job("tidy")
    def tidy(registry, actor, now, with_):
        running.set()
        assert go_on.wait(10)
        return JobResult(1, SAID.with_(n=1))

    def work():
        with house.connection():
            done.append(scheduler.work())

    first = threading.Thread(target=work)
    first.start()
    assert running.wait(10)
    assert Scheduler(house).work() == 0, "it is being done"
    schedule = house.schema.schedules["tidy"]
    with pytest.raises(Refused, match="running now"):
        Scheduler(house).run(schedule, NIGHT, "Ruth")
    go_on.set()
    first.join()
    assert done == [1]
    assert len(scheduler.runs.of("tidy")) == 1


def test_a_run_that_a_person_asks_for_is_no_moment_of_the_schedule(house, scheduler, told):
    run = scheduler.run(house.schema.schedules["tidy"], NIGHT - timedelta(days=30), "Ruth")
    assert (run.state, run.by, run.slot, run.moment) == ("done", "Ruth", None, NIGHT - timedelta(days=30))
    assert scheduler.work() == 1, "the night's is done all the same"
    assert [now for _, now, _ in told] == [NIGHT - timedelta(days=30), SLOT]


def test_old_runs_are_forgotten_but_never_the_newest(house, scheduler, told):
    for day in range(5):
        house.clock.at = NIGHT + timedelta(days=day)
        scheduler.work()
    assert scheduler.runs.forget(house.clock.at + timedelta(days=60), house.schema.schedules) == 5
    assert [run.moment for run in scheduler.runs.of("tidy")] == [SLOT + timedelta(days=4)]
    assert scheduler.work() == 0, "and its moment is still known"


def test_the_thread_looks_by_itself_and_ends_when_asked(house, scheduler, monkeypatch):
    ran = threading.Event()

    @job("tidy")
    def tidy(registry, actor, now, with_):
        ran.set()
        return JobResult(1, SAID.with_(n=1))

    scheduler.ask(house.schema.schedules["tidy"], "Ruth")
    assert ran.wait(10)
    scheduler.stop()
    assert scheduler._thread is not None and not scheduler._thread.is_alive()


def test_an_office_without_schedules_has_no_thread(library):
    scheduler = Scheduler(library)
    scheduler.start()
    assert scheduler._thread is None
    with library.connection():
        assert scheduler.work() == 0


# -- grants ------------------------------------------------------------------------------------------


def book(house):
    return house.store.create(SYSTEM, "book", {"name": "Dune", "isbn": "9780441013593", "price": 10}, Source("cli"))


def test_a_job_sees_and_writes_what_its_roles_may_and_history_names_it(house, scheduler):
    id = book(house)
    seen = {}

    @job("tidy")
    def tidy(registry, actor, now, with_):
        record = registry.scope.get(actor, "book", id)
        seen[actor.job] = "price" in record.values
        registry.store.update(actor, "book", id, {"discount": 5}, Source("action"))
        return JobResult(1, SAID.with_(n=1))

    schedules = house.schema.schedules
    with pytest.raises(NotAllowed):
        perform(house, schedules["tidy"], NIGHT)
    perform(house, schedules["weekly"], NIGHT)
    assert seen == {"tidy": False, "weekly": True}
    change = house.history.of(SYSTEM, "book", id)[0]
    assert (change.actor_id, change.actor_name, change.source, change.detail) == (None, "Weekly", "job", "weekly")


def test_fields_that_a_job_may_write_are_no_more_than_those_named(house, scheduler):
    id = book(house)

    @job("tidy")
    def tidy(registry, actor, now, with_):
        registry.store.update(actor, "book", id, with_ or {"discount": 7}, Source("job"))
        return JobResult(1, SAID.with_(n=1))

    weekly = replace(house.schema.schedules["weekly"], roles=frozenset(["auditor"]))
    perform(house, weekly, NIGHT)
    assert house.scope.get(SYSTEM, "book", id).values["discount"] == 7
    with pytest.raises(NotAllowed):
        perform(house, replace(weekly, with_={"name": "Emma"}), NIGHT)


def test_records_a_job_makes_many_at_a_time_name_it_too(house, scheduler):
    @job("tidy")
    def tidy(registry, actor, now, with_):
        authors = [{"name": f"Author {n}"} for n in range(3)]
        ids = registry.store.create_many(actor, "author", authors, Source("action"))
        return JobResult(len(ids), SAID.with_(n=len(ids)))

    perform(house, house.schema.schedules["weekly"], NIGHT)
    changes = [house.history.of(SYSTEM, "author", id)[0] for id in (1, 2, 3)]
    assert {(change.source, change.detail) for change in changes} == {("job", "weekly")}


# -- the start ---------------------------------------------------------------------------------------


class Keep(Part):
    keep: int = 5


def test_the_start_knows_the_jobs_that_no_function_does(nightly):
    assert list(absent(nightly)) == ["tidy"]
    job("tidy")(lambda registry, actor, now, with_: None)
    assert list(absent(nightly)) == []


def test_the_start_checks_what_a_job_with_a_shape_is_told(nightly, house):
    given = []

    @job("tidy", shape=Keep)
    def tidy(registry, actor, now, with_):
        given.append(with_.keep)
        return JobResult(0, SAID.with_(n=0))

    assert wrong(nightly) == []
    for schedule in nightly.schedules.values():
        perform(house, schedule, NIGHT)
    assert given == [3, 5]


def test_what_a_job_cannot_be_told_is_said_where_it_stands(tmp_path):
    job("tidy", shape=Keep)(lambda registry, actor, now, with_: None)
    file = tmp_path / "schema.yaml"
    file.write_text("entities: {pen: {fields: {name: {type: text}}}}\nroles: {desk: {}}\n"
                    "schedules:\n  tidy: {every: day, as: desk, with: {kepe: 3}}\n", encoding="utf-8")  # fmt: skip
    assert [str(problem) for problem in wrong(load(file))] == [
        "schema.yaml:4:39 schedules.tidy.with.kepe: unknown key 'kepe', did you mean 'keep'?"
    ]


# -- processes ---------------------------------------------------------------------------------------


def _process(home, schema_file, log, hang):
    """Another process at the same office: does what is due, and says so in a file."""
    from models import open_office
    from models.clock import StoppedClock

    schema = load(schema_file)
    registry = open_office(schema, home, clock=StoppedClock("Asia/Shanghai", NIGHT))

    @job("tidy")
    def tidy(registry, actor, now, with_):
        with log.open("a") as out:
            out.write(f"{os.getpid()}\n")
        if hang:
            signal.pause()
        return JobResult(1, SAID.with_(n=1))

    with registry.connection():
        Scheduler(registry).work()


@pytest.fixture
def processes(tmp_path, nightly, engine):
    """Starts processes at one office that saw its schedules yesterday: ``start(hang=False)``; and their log."""
    from models import open_office
    from models.clock import StoppedClock

    file = tmp_path / "schema.yaml"
    file.write_text(LIBRARY + SCHEDULES, encoding="utf-8")
    home, log = tmp_path / "var", tmp_path / "log"
    log.touch()
    clock = StoppedClock("Asia/Shanghai", NIGHT - timedelta(days=1))
    registry = open_office(nightly, home, clock=clock)
    with registry.connection():
        Scheduler(registry).work()
    registry.close()
    context = multiprocessing.get_context("spawn")
    started = []

    def start(hang=False):
        started.append(context.Process(target=_process, args=(home, file, log, hang)))
        started[-1].start()
        return started[-1]

    yield start, log
    for process in started:
        process.kill()
        process.join()


def test_two_processes_never_do_the_same_moment_twice(processes):
    start, log = processes
    both = [start(), start()]
    for process in both:
        process.join(60)
        assert process.exitcode == 0
    assert len(log.read_text().split()) == 1


def test_a_run_that_was_killed_is_taken_up_at_once_by_another_process(processes):
    start, log = processes
    first = start(hang=True)
    while not log.read_text():
        first.join(0.05)
        assert first.is_alive()
    first.kill()
    first.join()
    second = start()
    second.join(60)
    assert log.read_text().split() == [str(first.pid), str(second.pid)]
