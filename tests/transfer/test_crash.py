"""kill -9 in the middle of an import: nothing half, nothing twice; others read and write meanwhile.

ESTATEDESK_CRASH_ROWS and ESTATEDESK_CRASH_KILLS make it larger (50000 and 10 are the promise).
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from models import open_office
from models.actor import SYSTEM, Source
from models.clock import Clock
from models.query import Query
from schema import load
from transfer import imports
from transfer.jobs import Worker
from transfer.progress import Jobs
from transfer.records import ImportLog

ROOT = Path(__file__).resolve().parents[2]
ROWS = int(os.environ.get("ESTATEDESK_CRASH_ROWS", "3000"))
KILLS = int(os.environ.get("ESTATEDESK_CRASH_KILLS", "4"))
LONGEST = 60 + ROWS / 50
"""Seconds after which something hangs."""

WORK = """
import os, sys, time
from pathlib import Path
import office
from models import open_office
from schema import load
from transfer import chunks, imports, jobs
from transfer.jobs import Worker

jobs.POLL = 0.2
var = Path(sys.argv[1])
chunks.CHUNK_SECONDS = float(sys.argv[2])
office = open_office(load(Path("schema.yaml")), var, url=os.environ.get("DATABASE_URL") or None)

def prepare(actor, entry):
    return imports.prepare(office, actor, entry.target, (var / "rooms.csv").read_bytes(), "rooms.csv")

worker = Worker(office, prepare, lease=1.0)
print("ready", flush=True)
worker.start()
while True:
    time.sleep(60)
"""


def rooms(count: int) -> bytes:
    lines = ["楼号,单元,房间,建筑面积,姓名,手机号"]
    lines += [f"{n // 400 + 1},{n // 40 % 10 + 1},{n},80.50,住户{n},138{n:08}" for n in range(1, count + 1)]
    return "\n".join(lines).encode()


@pytest.fixture
def var(tmp_path: Path) -> Path:
    return tmp_path / "var"


@pytest.fixture
def here(var: Path) -> Iterator[Any]:
    """The office as another process sees it."""
    office = open_office(load(ROOT / "schema.yaml"), var, clock=Clock("Asia/Shanghai"))
    with office.connection():
        yield office
    office.close()


@pytest.fixture
def server(var: Path) -> Iterator[Any]:
    """``server()`` starts a process with a worker, which ends with the test."""
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        words = [sys.executable, "-c", WORK, str(var), str(0.5 if ROWS > 10_000 else 0.2)]
        process = subprocess.Popen(
            words, cwd=ROOT, env={**os.environ, "DATABASE_URL": ""}, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.wait(30)


def begin(here: Any, var: Path, bad_rows: str) -> int:
    """An uploaded file that waits to be written."""
    data = rooms(ROWS)
    (var / "rooms.csv").write_bytes(data)
    log = ImportLog(here)
    ready = imports.prepare(here, SYSTEM, "units_owners", data, "rooms.csv")
    entry = log.upload(SYSTEM, "units_owners", "rooms.csv", ready.sha256, len(data))
    log.keep_options(entry.id, {"bad_rows": bad_rows})
    worker = Worker(here, lambda actor, entry: ready)
    worker.wake = lambda: None
    worker.write(SYSTEM, log.entry(entry.id), ready)
    return entry.id


def someone_writes(here: Any, number: int) -> float:
    """Seconds that another writer had to wait for a record of theirs."""
    before = time.monotonic()
    here.store.create(SYSTEM, "building", {"number": f"other {number}"}, Source("form"))
    return time.monotonic() - before


@pytest.mark.parametrize("bad_rows", ["skip", "stop"])
def test_killed_again_and_again_nothing_is_half_and_nothing_twice(here, var, server, bad_rows):
    id = begin(here, var, bad_rows)
    log, chance = ImportLog(here), random.Random(bad_rows)
    jobs = Jobs(here, 1.0)
    process, killed, waits, reads = server(), [""], [], []
    end, doom = time.monotonic() + LONGEST, None
    while log.entry(id).state == "running" and time.monotonic() < end:
        waits.append(someone_writes(here, len(waits)))
        before = time.monotonic()
        units, owned = (here.scope.count(SYSTEM, name) for name in ("unit", "occupancy"))
        reads.append(time.monotonic() - before)
        assert owned >= units, "half a row was to be seen"
        job = jobs.get(id)
        if doom is None and job is not None and job.owner not in killed and len(killed) <= KILLS:
            killed.append(job.owner)
            doom = time.monotonic() + chance.uniform(0, 0.5 if ROWS < 10_000 else 1.5)
        if doom is not None and time.monotonic() > doom:
            os.kill(process.pid, signal.SIGKILL)
            process.wait(30)
            process, doom = server(), None
        time.sleep(0.02)
    kills = len(killed) - 1
    entry = log.entry(id)
    print(
        f"\n{bad_rows}: {ROWS} rows, {kills} kills, resumed {entry.result.get('resumed')}; {len(waits)} other writes, "
        f"longest {max(waits):.2f} s; longest read {max(reads):.2f} s"
    )
    assert (entry.state, entry.result["created"], entry.result["rejected"]) == ("done", ROWS, [])
    assert entry.result["by_entity"]["unit"] == {"created": ROWS, "updated": 0, "unchanged": 0}
    assert [here.scope.count(SYSTEM, name, bound=None) for name in ("unit", "resident", "occupancy")] == [ROWS] * 3
    titles = [one.title for one in here.scope.stream(SYSTEM, "unit", Query(columns=("room",)))]
    assert len(set(titles)) == ROWS
    made = here.tables.history
    mine = (made.source == "import") & (made.detail == str(id)) & (made.entity == "unit")
    assert made.select().where(mine).count() == ROWS
    assert max(waits) < 5, "another writer was kept waiting"


def test_two_workers_at_once_share_no_row(here, var, server):
    id = begin(here, var, "skip")
    for _ in range(2):
        server()
    log, end = ImportLog(here), time.monotonic() + LONGEST
    while log.entry(id).state == "running" and time.monotonic() < end:
        time.sleep(0.1)
    entry = log.entry(id)
    assert (entry.state, entry.result["created"], "resumed" in entry.result) == ("done", ROWS, False)
    assert here.scope.count(SYSTEM, "unit", bound=None) == ROWS
