"""Imports written in the background: by one worker, chunk by chunk, with progress, an end and a way back."""

from __future__ import annotations

import pytest

from models.actor import SYSTEM, Source
from models.errors import Refused
from transfer import chunks, imports, jobs
from transfer.imports import ImportOptions
from transfer.jobs import Worker
from transfer.progress import MOST_TRIES
from transfer.records import ImportLog

HEADER = "楼号,单元,房间,建筑面积,姓名,手机号,身份证号"


def rows(count, start=1, area="80.50"):
    """A spreadsheet of ``count`` rooms, each with an owner."""
    lines = [HEADER]
    lines += [f"{n // 400 + 1},{n // 40 % 10 + 1},{n},{area},住户{n},138{n:08}," for n in range(start, start + count)]
    return "\n".join(lines).encode()


class Desk:
    """Uploads and a worker over them, without screens."""

    def __init__(self, office, lease=60.0):
        self.office, self.log, self.files = office, ImportLog(office), {}
        self.worker = Worker(office, self.prepare, lease=lease)

    def prepare(self, actor, entry):
        return imports.prepare(self.office, actor, entry.target, self.files[entry.id], entry.filename, ImportOptions())

    def upload(self, data, actor=SYSTEM, target="units_owners", **options):
        ready = imports.prepare(self.office, actor, target, data, "rooms.csv")
        entry = self.log.upload(actor, target, "rooms.csv", ready.sha256, len(data))
        self.files[entry.id] = data
        self.log.keep_options(entry.id, options)
        return self.log.entry(entry.id)

    def write(self, data, actor=SYSTEM, **options):
        """Upload and write to the end; the entry afterwards."""
        entry = self.upload(data, actor, **options)
        self.worker.wake = lambda: None
        self.worker.write(actor, entry, self.prepare(actor, entry))
        self.worker.work()
        return self.log.entry(entry.id)

    def begin(self, data, actor=SYSTEM, target="units_owners", **options):
        """Upload, and leave the job waiting."""
        entry = self.upload(data, actor, target, **options)
        self.worker.wake = lambda: None
        self.worker.write(actor, entry, self.prepare(actor, entry))
        return self.log.entry(entry.id)

    def another(self):
        """A second worker over the same files, as after a restart."""
        other = Desk(self.office)
        other.files = self.files
        return other


@pytest.fixture
def desk(office):
    with office.connection():
        yield Desk(office)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    """Chunks of 50 rows, so that few rows make many."""
    monkeypatch.setattr(chunks, "STRETCH", 50)
    monkeypatch.setattr(chunks, "CHUNK_ROWS", 50)
    monkeypatch.setattr(chunks, "AT_ONCE", 20)
    monkeypatch.setattr(jobs, "AT_ONCE", 20)


@pytest.fixture
def after_chunk(monkeypatch):
    """``after_chunk(n, do)``: something happens right after the n-th chunk has committed."""
    pause, seen = chunks.JobRun._go_on, []

    def set_up(number, do):
        def between(self):
            seen.append(1)
            if len(seen) == number:
                do()
            pause(self)

        monkeypatch.setattr(chunks.JobRun, "_go_on", between)

    return set_up


def count(office, *entities):
    return [office.scope.count(SYSTEM, entity) for entity in entities]


@pytest.mark.both_engines
@pytest.mark.parametrize("bad_rows", ["stop", "skip"])
def test_a_long_file_is_written_in_chunks_and_counted_whole(desk, bad_rows):
    entry = desk.write(rows(220), bad_rows=bad_rows)
    assert (entry.state, entry.result["created"], entry.result["written"]) == ("done", 220, True)
    assert entry.result["by_entity"]["unit"] == {"created": 220, "updated": 0, "unchanged": 0}
    assert count(desk.office, "unit", "resident") == [220, 220]
    assert desk.worker.jobs.get(entry.id) is None
    assert desk.worker.jobs.kept_chunks(entry.id) == []
    again = desk.write(rows(220), bad_rows=bad_rows)
    assert (again.result["created"], again.result["unchanged"]) == (0, 220)


def test_progress_is_seen_by_others_while_it_runs(desk, after_chunk):
    entry = desk.begin(rows(220), bad_rows="skip")
    assert desk.worker.jobs.get(entry.id).waits
    seen = []
    after_chunk(2, lambda: seen.append(desk.another().worker.jobs.get(entry.id)))
    desk.worker.work()
    assert (seen[0].done, seen[0].rows, seen[0].phase, seen[0].percent) == (100, 220, "writing", 45)
    assert seen[0].rate > 0 and seen[0].seconds_left is not None


@pytest.mark.both_engines
def test_a_bad_row_far_down_is_found_before_anything_is_written(desk):
    data = rows(200) + b"\n9,9,901,-5,Nobody,13800000000,"
    entry = desk.write(data, bad_rows="stop")
    assert (entry.state, entry.result["written"], count(desk.office, "unit")) == ("refused", False, [0])
    assert [r["line"] for r in entry.result["rejected"]] == [202]
    assert desk.office.trash.rows("unit") == []
    skipped = desk.write(data, bad_rows="skip")
    assert (skipped.state, skipped.result["created"], len(skipped.result["rejected"])) == ("done", 200, 1)


@pytest.mark.both_engines
def test_it_goes_on_from_the_last_chunk_with_nothing_twice(desk, after_chunk, monkeypatch):
    data = rows(180) + b"\n" + rows(5, start=10).split(b"\n", 1)[1]
    entry = desk.begin(data, bad_rows="skip")

    def crash():
        raise KeyboardInterrupt

    after_chunk(2, crash)
    with pytest.raises(KeyboardInterrupt):
        desk.worker.work()
    monkeypatch.undo()
    assert count(desk.office, "unit") == [100]
    other = desk.another()
    assert other.worker.work() == 0, "the lease has not run out"
    other.worker.jobs.table.update(lease_until=0).execute()
    assert other.worker.work() == 1
    entry = desk.log.entry(entry.id)
    assert (entry.state, entry.result["created"], entry.result["resumed"]) == ("done", 180, 1)
    assert [(r["line"], "repeats line" in r["reason"][1]) for r in entry.result["rejected"]] == [
        (n, True) for n in range(182, 187)
    ], "a repeat of a row that an earlier run wrote is still one"
    assert entry.result["by_entity"]["unit"]["created"] == 180
    assert count(desk.office, "unit", "resident", "occupancy") == [180, 180, 180]


def test_who_lost_the_job_writes_nothing_more(desk, after_chunk):
    entry = desk.begin(rows(180), bad_rows="skip")
    other = desk.another()

    def overtake():
        other.worker.jobs.table.update(lease_until=0).execute()
        assert other.worker.jobs.claim("other", entry.id)

    after_chunk(1, overtake)
    desk.worker.work()
    assert count(desk.office, "unit") == [50]
    assert other.worker.jobs.get(entry.id).owner == "other"


@pytest.mark.both_engines
@pytest.mark.parametrize("bad_rows", ["stop", "skip"])
def test_cancelling_takes_back_what_was_written(desk, after_chunk, bad_rows):
    entry = desk.begin(rows(220), bad_rows=bad_rows)
    after_chunk(3, lambda: desk.another().worker.cancel(entry))
    desk.worker.work()
    entry = desk.log.entry(entry.id)
    assert (entry.state, entry.result["created"], entry.result["taken_back"]) == ("cancelled", 0, 150)
    assert count(desk.office, "building", "unit", "resident", "occupancy") == [0, 0, 0, 0]
    assert desk.office.trash.rows("unit") == [], "an import that never ended leaves no litter"
    assert not desk.worker.cancel(entry)
    again = desk.write(rows(220), bad_rows=bad_rows)
    assert again.result["created"] == 220


def test_cancelling_one_that_waits_costs_nothing(desk):
    entry = desk.begin(rows(60))
    assert desk.worker.cancel(entry)
    desk.worker.work()
    assert desk.log.entry(entry.id).state == "cancelled"


@pytest.mark.both_engines
def test_when_others_spoil_a_checked_file_everything_is_taken_back(desk, after_chunk):
    office = desk.office
    building = office.store.create(SYSTEM, "building", {"number": "1"}, Source("form"))
    data = ("楼号,单元,房间\n" + "\n".join(f"1,1,{n}" for n in range(1, 201))).encode()
    entry = desk.begin(data, target="unit", mode="insert", bad_rows="stop")

    def take_the_place():
        values = {"building": building, "section": "1", "room": "180"}
        office.store.create(SYSTEM, "unit", values, Source("form"))

    after_chunk(1, take_the_place)
    desk.worker.work()
    entry = desk.log.entry(entry.id)
    assert (entry.state, entry.result["written"], count(office, "unit")) == ("refused", False, [1])
    assert "the 150 rows already written were taken back" in entry.result["why"][1]
    assert [r["line"] for r in entry.result["rejected"]] == [181]


def test_a_short_file_is_written_at_once_and_only_once(desk):
    entry = desk.upload(rows(15))
    desk.worker.write(SYSTEM, entry, desk.prepare(SYSTEM, entry))
    assert desk.log.entry(entry.id).state == "done"
    with pytest.raises(Refused):
        desk.worker.write(SYSTEM, entry, desk.prepare(SYSTEM, entry))


def test_another_file_under_the_same_number_is_refused(desk):
    entry = desk.begin(rows(60))
    desk.files[entry.id] = rows(60, area="99")
    desk.worker.work()
    entry = desk.log.entry(entry.id)
    assert (entry.state, count(desk.office, "unit")) == ("failed", [0])
    assert "not the one that was uploaded" in entry.result["why"][1]


def test_a_closed_account_imports_nothing_more(desk, person):
    actor = person(desk.office, "supervisor")
    entry = desk.begin(rows(60), actor)
    desk.office.accounts.disable(actor.id)
    desk.worker.work()
    assert (desk.log.entry(entry.id).state, count(desk.office, "unit")) == ("failed", [0])


def test_a_job_that_always_breaks_off_is_given_up(desk, monkeypatch):
    entry = desk.begin(rows(120), bad_rows="skip")
    monkeypatch.setattr(chunks.JobRun, "go", lambda self: self.jobs.release(self.job))
    assert desk.worker.work() == MOST_TRIES + 1
    entry = desk.log.entry(entry.id)
    assert (entry.state, "again and again" in entry.result["why"][1]) == ("failed", True)


def test_after_three_unforeseen_errors_what_is_written_can_be_taken_back(desk, after_chunk):
    entry = desk.begin(rows(120), bad_rows="skip")
    after_chunk(1, lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        desk.worker.work()
    assert count(desk.office, "unit") == [50]
    desk.worker.prepare = None
    for _ in range(2):
        desk.worker.jobs.table.update(lease_until=0).execute()
        with pytest.raises(TypeError):
            desk.worker.work()
    desk.worker.jobs.table.update(lease_until=0).execute()
    desk.worker.work()
    entry = desk.log.entry(entry.id)
    assert (entry.state, entry.result["rows"], entry.result["created"]) == ("partly", 50, 50)
    desk.worker.undo(SYSTEM, entry)
    desk.worker.work()
    assert (desk.log.entry(entry.id).state, count(desk.office, "unit", "resident")) == ("undone", [0, 0])


def test_a_worker_that_stops_leaves_the_rest_to_the_next(desk, after_chunk):
    entry = desk.begin(rows(180), bad_rows="skip")
    after_chunk(1, desk.worker.stop)
    desk.worker.work()
    assert count(desk.office, "unit") == [50]
    desk.another().worker.work()
    assert (desk.log.entry(entry.id).state, count(desk.office, "unit")) == ("done", [180])
