"""A migration happens whole or not at all, once, however it ends and however many start it."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

from models.migrations import MigrationFailed, apply
from models.migrations.engine import Engine, engine_of
from models.storage.database import connect
from tests.migrations.conftest import Workshop

COLOUR = "colour: {type: text, label: {zh: 颜色, en: Colour}}"
WEIGHT = "weight: {type: text, label: {zh: 重量, en: Weight}}"
LIST = ("list: [title, colour, price, state]", "list: [title, price, state]")
ROOT = Path(__file__).resolve().parents[2]

MUCH = (
    LIST,
    (COLOUR + "\n", "paint: {was: colour, type: text, label: {zh: 漆, en: Paint}}\n"),
    (WEIGHT, WEIGHT.replace("text", "integer")),
    ("      bought_on: {type: date, label: {zh: 购入日期, en: Bought on}}\n", ""),
    ("\n  shed:\n", "\n  hut:\n    was: [shed]\n"),
    ("to: shed", "to: hut"),
)
ALLOWED = ("convert:tool.weight", "drop:tool.bought_on")

MIGRATE = """
import os, sys, pathlib, time
sys.path.insert(0, {root!r})
from models.storage.database import connect
from models.migrations import Hooks, apply, plan
from schema import load

def finish(plan):
    print("half-way", flush=True)
    {half_way}

db = connect({url!r})
with db.connection_context():
    done = apply(plan(db, load({schema!r}), Hooks(finish=finish)), {allowed!r})
    print(len(done.steps), flush=True)
"""


class OutOfOrder(Exception):
    """Something that goes wrong at the very end."""


@pytest.mark.both_engines
def test_a_failure_in_the_last_step_leaves_everything_as_it_was(workshop: Workshop):
    before = workshop.everything()

    def fail(plan):
        assert workshop.column("tool", "paint")[2] == "blue"
        raise OutOfOrder

    with pytest.raises(OutOfOrder):
        workshop.go(*MUCH, allow=ALLOWED, finish=fail)
    assert workshop.everything() == before
    workshop.go(allow=ALLOWED)
    assert workshop.column("tool", "paint")[2] == "blue"
    assert workshop.column("hut", "name") == {1: "North", 2: "South"}


@pytest.mark.both_engines
def test_a_failure_anywhere_leaves_everything_as_it_was(workshop: Workshop, monkeypatch):
    """Every fifth statement that writes fails in its turn, until the migration gets through."""
    plan, before = workshop.to(*MUCH), workshop.everything()
    run, counts = Engine.run, Counter[str]()

    def fragile(self, sql, values=()):
        counts["written"] += not sql.startswith(("SELECT", "PRAGMA"))
        if counts["written"] > counts["endured"]:
            raise OutOfOrder
        return run(self, sql, values)

    for endured in range(0, 1000, 5):
        counts.update(written=-counts["written"], endured=endured - counts["endured"])
        with monkeypatch.context() as patch, suppress(OutOfOrder):
            patch.setattr(Engine, "run", fragile)
            apply(plan, ALLOWED)
            break
        assert workshop.everything() == before
    assert counts["endured"] > 20
    assert workshop.column("tool", "paint")[2] == "blue"


@pytest.mark.both_engines
def test_a_backup_that_fails_stops_the_migration(workshop: Workshop):
    before = workshop.everything()

    def full():
        raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space"):
        apply(workshop.to(*MUCH), ALLOWED, full)
    assert workshop.everything() == before


@pytest.mark.both_engines
def test_a_link_that_points_nowhere_is_never_left_behind(workshop: Workshop):
    def orphan(plan):
        engine_of(workshop.db).run("UPDATE tool SET shed_id = 99 WHERE id = 1")

    before = workshop.everything()
    with pytest.raises(MigrationFailed):
        workshop.go(*MUCH, allow=ALLOWED, finish=orphan)
    assert workshop.everything() == before


def test_foreign_keys_hold_again_after_a_migration(workshop: Workshop):
    workshop.go(*MUCH, allow=ALLOWED)
    assert workshop.rows("PRAGMA foreign_keys") == [(1,)]
    assert workshop.rows("PRAGMA busy_timeout") == [(5000,)]


def started(workshop: Workshop, half_way: str) -> subprocess.Popen[str]:
    """Another process that migrates the same database."""
    script = MIGRATE.format(
        root=str(ROOT),
        half_way=half_way,
        url=workshop.address,
        schema=str(workshop.folder / "schema.yaml"),
        allowed=ALLOWED,
    )
    return subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)


@pytest.mark.both_engines
def test_a_process_killed_half_way_leaves_everything_as_it_was(workshop: Workshop):
    workshop.schema(*MUCH)
    before = workshop.everything()
    process = started(workshop, "os.kill(os.getpid(), 9)")
    said, _ = process.communicate(timeout=60)
    assert (said, process.returncode) == ("half-way\n", -9)
    assert workshop.everything() == before
    workshop.go(allow=ALLOWED)
    assert workshop.column("tool", "paint")[2] == "blue"


@pytest.mark.both_engines
def test_of_two_that_start_together_one_migrates_and_the_other_finds_it_done(workshop: Workshop):
    workshop.schema(*MUCH)
    pair = [started(workshop, "time.sleep(1)") for _ in range(2)]
    said = sorted(process.communicate(timeout=60)[0] for process in pair)
    assert [process.returncode for process in pair] == [0, 0]
    assert sum("half-way" in words for words in said) == 1
    assert workshop.column("tool", "paint")[2] == "blue"
    assert workshop.rows("SELECT COUNT(*) FROM _schema") == [(2,)]


@pytest.mark.both_engines
def test_a_new_database_is_made_once_by_two_that_start_together(empty: Workshop):
    empty.schema()
    pair = [started(empty, "pass") for _ in range(2)]
    for process in pair:
        process.communicate(timeout=60)
    assert [process.returncode for process in pair] == [0, 0]
    assert empty.rows("SELECT COUNT(*) FROM _schema") == [(1,)]


def test_records_pointing_at_a_table_written_anew_stay(workshop: Workshop):
    """SQLite deletes the children of a table that is dropped while foreign keys are on."""
    required = "name: {type: text, required: true, label: {zh: 名称, en: Name}}"
    workshop.go(
        (required, required + "\n      keeper: {type: text, required: true, default: none, label: {zh: 人, en: K}}")
    )
    assert workshop.column("tool", "shed_id") == {1: 1, 2: 1, 3: 2, 7: None}
    assert workshop.rows("SELECT COUNT(*) FROM tool__also_in") == [(3,)]
    other = connect(workshop.db.database)
    with other.connection_context(), pytest.raises(Exception, match="FOREIGN KEY"):
        other.execute_sql("DELETE FROM shed WHERE id = 2")
    other.close_all()
