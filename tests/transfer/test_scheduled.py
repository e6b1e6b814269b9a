"""The jobs that come with the program: copies, exports, and taking away what nobody needs any more."""

from __future__ import annotations

import io
import os
import time
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models.actor import SYSTEM, Source
from models.errors import Refused
from models.jobs import perform, wrong
from models.schedule.job_runs import JobRuns
from models.schedule.scheduler import Scheduler
from schema import load
from schema.spec import Schedule
from schema.text import same
from transfer import scheduled
from transfer.export_log import ExportLog
from transfer.kept_exports import KeptExports
from transfer.records import ImportLog

assert scheduled.__all__
LIBRARY = Path(__file__).parents[1] / "library.yaml"
NOW = datetime(2026, 3, 16, 19, 0, tzinfo=UTC)
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


def plan(run, **told):
    """A schedule that runs a job as the library's head."""
    return Schedule(run, same(run), run, ("day",), None, datetime.min.time(), frozenset(["head"]), with_=told)


@pytest.fixture
def house(library):
    library.clock.at = NOW
    with library.connection():
        yield library


def book(house, n=1, **more):
    values = {"name": f"Book {n}", "isbn": f"978044101359{n}", "price": 10, **more}
    return house.store.create(SYSTEM, "book", values, Source("cli"))


# -- copies ----------------------------------------------------------------------------------------------


def test_a_backup_is_made_and_the_oldest_of_them_go(house, tmp_path):
    other = house.var / "backups" / "20200101-000000-office.zip"
    other.parent.mkdir()
    other.write_bytes(b"made by hand")
    for day in range(4):
        house.clock.at = NOW + timedelta(days=day)
        result = perform(house, plan("backup", keep=2), house.clock.at)
    made = sorted(path.name for path in other.parent.iterdir())
    assert made == ["20200101-000000-office.zip", "20260319-030000-backup.zip", "20260320-030000-backup.zip"]
    assert "backups/20260320-030000-backup.zip" in result.said.to("zh")
    assert "database.sqlite" in zipfile.ZipFile(other.parent / made[-1]).namelist()
    perform(house, plan("backup", folder=str(tmp_path / "away")), NOW)
    assert len(list((tmp_path / "away").iterdir())) == 1


def test_a_backup_never_holds_the_earlier_ones(house, tmp_path):
    with pytest.raises(Refused, match="would hold the earlier ones"):
        perform(house, plan("backup", folder=str(house.var / "copies")), NOW)
    assert not (house.var / "copies").exists()
    file = tmp_path / "schema.yaml"
    more = "\nschedules:\n  copy: {run: backup, every: day, as: head, with: {folder: copies}}\n"
    file.write_text(LIBRARY.read_text("utf-8") + more, "utf-8")
    assert "schedules.copy.with.folder: 'copies' should be a whole path" in str(*wrong(load(file)))


# -- exports ---------------------------------------------------------------------------------------------


def test_an_export_holds_what_its_roles_may_see_and_is_in_the_list(house):
    book(house)
    book(house, 2, price=None, genre="poetry")
    told = {"entity": "book", "where": "price > 5", "format": "csv", "name": "dear"}
    schedule = plan("export", **told)
    assert perform(house, schedule, NOW).said.to("en") == "Books: 1 written to exports/dear-20260317.csv."
    [head, *lines] = (house.var / "exports" / "dear-20260317.csv").read_text("utf-8-sig").splitlines()
    assert "定价" in head and len(lines) == 1
    entry = ExportLog(house).latest(SYSTEM)[0]
    assert (entry.actor_name, entry.source, entry.rows, entry.filters) == ("export", "job", 1, ("price > 5",))
    [kept] = KeptExports(house).open_to(SYSTEM)
    assert (kept.rows, kept.entity, kept.roles) == (1, "book", {"head"})
    assert kept.columns[:2] == ("name", "isbn"), "what 'every column' was is written down"


def test_a_role_without_the_grant_exports_nothing(house):
    desk = Schedule("x", same("x"), "export", ("day",), None, datetime.min.time(), frozenset(["desk"]),
                    with_={"entity": "book"})  # fmt: skip
    with pytest.raises(Refused):
        perform(house, desk, NOW)
    assert not (house.var / "exports").exists()


def test_the_oldest_of_its_files_go(house):
    book(house)
    for day in range(4):
        perform(house, plan("export", entity="book", format="csv", keep=2), NOW + timedelta(days=day))
    names = sorted(path.name for path in (house.var / "exports").iterdir())
    assert names == ["export-20260319.csv", "export-20260320.csv"]


MISNAMED = [
    ("entity: boks", "with.entity: unknown entity 'boks', did you mean 'book'?"),
    ("entity: book, columns: [title, prise]", "with.columns: unknown field 'prise', did you mean 'price'?"),
    ("entity: book, saved: childrn", "with.saved: unknown filter 'childrn', did you mean 'children'?"),
    ("entity: book, where: 'prise > 3'", "with.where: book has no field 'prise', did you mean 'price'?"),
    ("entity: book, format: xls", "with.format: unknown value 'xls', did you mean 'xlsx'?"),
    ("entity: book, name: '../x'", "with.name: should match ^[\\w-]{0,60}$"),
    ("columns: title", "with: 'entity' is missing"),
]


@pytest.mark.parametrize(("told", "said"), MISNAMED)
def test_what_an_export_cannot_write_is_said_at_the_start(tmp_path, told, said):
    file = tmp_path / "schema.yaml"
    more = f"\nschedules:\n  lists: {{run: export, every: day, as: head, with: {{{told}}}}}\n"
    file.write_text(LIBRARY.read_text("utf-8") + more, "utf-8")
    [problem] = wrong(load(file))
    assert str(problem).partition(" ")[2] == f"schedules.lists.{said}"


# -- tidying ---------------------------------------------------------------------------------------------


def prune(house, **told):
    return perform(house, plan("prune", **told), house.clock.now())


def aged(path, days):
    """The file or folder as if it had last been changed so many days before the office's now."""
    then = NOW.timestamp() - days * 86400
    os.utime(path, (then, then))


def test_there_may_be_nothing_to_take_away(house):
    result = prune(house)
    assert (result.done, result.said.to("en")) == (0, "There was nothing to take away.")


@pytest.mark.both_engines
def test_old_sign_ins_and_runs_go(house):
    house.clock.at = NOW - timedelta(days=200)
    assert house.accounts.log.begin("ruth", "192.0.2.1", house.clock.now())
    runs = JobRuns(house.db, house.var)
    for _ in range(2):
        runs.end(runs.begin(runs.ask("gone", house.clock.at, "Ruth"), NOW), "done", NOW, 1, same("x"))
    house.clock.at = NOW
    assert house.accounts.log.begin("ruth", "192.0.2.1", NOW)
    result = prune(house)
    assert result.said.to("en") == "Taken away: 1 sign-ins, 2 job runs."
    assert "登录记录 1 条" in result.said.to("zh")
    assert len(house.accounts.log.of("ruth")) == 1


def upload(house, content=PNG, name="a.png"):
    return house.files.put(SYSTEM, "book", None, name, io.BytesIO(content))


def test_uploads_go_that_no_record_no_trash_and_no_history_names(house):
    house.clock.at = NOW - timedelta(days=30)
    held, replaced, trashed, never = (upload(house, PNG + bytes([n])) for n in range(4))
    one = book(house, 1, cover=(replaced,))
    house.store.update(SYSTEM, "book", one, {"cover": (held,)}, Source("form"))
    two = book(house, 2, cover=(trashed,))
    house.store.delete(SYSTEM, "book", two, Source("form"))
    house.clock.at = NOW
    fresh = upload(house, PNG + b"fresh")
    for path in house.files.folder.glob("*/*"):
        aged(path, 30)
    left = house.files.named("book", [held, replaced, trashed, never, fresh])
    assert prune(house).done == 2, "the upload and its bytes"
    assert [file.key for file in house.files.named("book", [f.key for f in left])] == [held, replaced, trashed, fresh]
    assert len(list(house.files.folder.glob("*/*"))) == 4


def test_bytes_that_belong_to_no_file_go_when_they_are_old(house):
    strange, young = house.files.folder / "ab" / ("ab" * 32), house.files.folder / "cd" / ("cd" * 32)
    half = house.files.folder / "incoming-x"
    for path in (strange, young, half):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
        aged(path, 30 if path is not young else 1)
    assert prune(house).said.to("en") == "Taken away: 2 files of no record."
    assert young.exists()


def test_files_of_imports_that_left_nothing_go_and_their_entries_stay(house, person):
    head = person(house, "head")
    log, entries = ImportLog(house), {}
    house.clock.at = NOW - timedelta(days=60)
    for state in ("done", "undone", "refused", "uploaded"):
        entry = log.upload(head, "book", f"{state}.csv", state, 10)
        log.ended_as(entry.id, {}, state)
        entries[state] = house.var / "imports" / entry.token
        entries[state].mkdir(parents=True)
        (entries[state] / "file.csv").write_text("x")
    stray = house.var / "imports" / "stray"
    stray.mkdir()
    aged(stray, 60)
    aged(entries["uploaded"], 60)
    house.clock.at = NOW
    assert prune(house).said.to("en") == "Taken away: 4 import files."
    assert [state for state, path in entries.items() if path.exists()] == ["done"]
    assert [entry.state for entry in log.seen(head, ["book"])] == ["refused", "undone", "done"]


def test_static_files_of_earlier_versions_go_but_not_those_in_use(house):
    folder = house.var / "cache" / "static"
    for name, days in (("now", 60), ("old", 90), ("older", 300)):
        (folder / name).mkdir(parents=True)
        aged(folder / name, days)
    assert prune(house, cache=30).said.to("en") == "Taken away: 2 sets of static files."
    assert [path.name for path in folder.iterdir()] == ["now"]


def test_scheduled_exports_go_in_time(house):
    book(house)
    house.clock.at = NOW - timedelta(days=100)
    perform(house, plan("export", entity="book", format="csv", name="old"), house.clock.at)
    house.clock.at = NOW
    perform(house, plan("export", entity="book", format="csv", name="new"), NOW)
    assert prune(house).said.to("en") == "Taken away: 1 scheduled exports."
    assert [path.name for path in (house.var / "exports").iterdir()] == ["new-20260317.csv"]


def test_the_shipped_office_has_them_in_its_schedule(office_schema):
    assert {"backup", "prune"} <= set(office_schema.schedules)
    assert wrong(office_schema) == []


def test_a_run_of_the_shipped_office_by_its_clock(office):
    """Late in the evening the office was seen first; at four in the night both jobs have run."""
    scheduler = Scheduler(office)
    with office.connection():
        scheduler.work()
        office.clock.at = NOW + timedelta(hours=1)
        began = time.monotonic()
        assert scheduler.work() >= 2
        assert time.monotonic() - began < 30
        latest = scheduler.runs.latest()
    assert {latest[name].state for name in ("backup", "prune")} == {"done"}
