"""Several at once, and a sudden end: nothing half, nothing twice, nothing lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from models.actor import SYSTEM
from models.errors import Refused, Stale
from models.people.sign_in_log import PER_NAME
from models.query import Query
from tests.models.conftest import FORM, Shelves

WORKERS = 4
EACH = 8


def together(shelves: Shelves, work: Callable[[int], Any]) -> list[Any]:
    """The answers (or refusals) of four workers who start at the same moment."""

    def run(worker: int) -> Any:
        with shelves.registry.connection():
            try:
                return work(worker)
            except Refused as refused:
                return refused

    shelves.registry.db.close()
    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(run, range(WORKERS)))


@pytest.mark.both_engines
def test_numbers_have_no_gap_and_no_twin_when_four_write_at_once(shelves: Shelves) -> None:
    def enrol(worker: int) -> None:
        for n in range(EACH):
            shelves.make("member", name=f"{worker}-{n}")

    answers = together(shelves, enrol)
    assert answers == [None] * WORKERS
    cards = [r["card"] for r in shelves.registry.rows.read("member", range(1, 100)).values()]
    assert sorted(cards) == [f"M26{n:04}" for n in range(1, WORKERS * EACH + 1)]


@pytest.mark.both_engines
def test_of_four_who_save_the_same_version_one_is_kept_and_the_others_are_told(shelves: Shelves) -> None:
    book = shelves.book("Start")
    answers = together(
        shelves, lambda n: shelves.registry.store.update(SYSTEM, "book", book, {"name": f"By {n}"}, FORM, version=1)
    )
    assert [a for a in answers if a is True] == [True]
    assert sum(isinstance(a, Stale) for a in answers) == WORKERS - 1
    winner = answers.index(True)
    assert shelves.raw("book", book)["name"] == f"By {winner}"
    assert len(shelves.registry.history.of(SYSTEM, "book", book)) == 2


@pytest.mark.both_engines
def test_of_four_who_take_the_same_key_one_gets_it(shelves: Shelves) -> None:
    answers = together(shelves, lambda n: shelves.make("author", name="The Same"))
    assert sum(isinstance(a, int) for a in answers) == 1
    assert sum(isinstance(a, Refused) for a in answers) == WORKERS - 1


WRITER = """
import sys
import schema
from models import open_office
from models.actor import SYSTEM, Source
library = open_office(schema.load(sys.argv[1]), sys.argv[2])
with library.connection(), library.store.transaction():
    for n in range(100000):
        library.store.create(SYSTEM, "author", {"name": f"Author {n}"}, Source("demo"))
        if n == 20:
            print("under way", flush=True)
"""


def test_a_kill_in_the_middle_of_a_transaction_leaves_nothing_of_it(
    opened: Callable[..., Any], library_schema: Any, engine: Any, tmp_path: Path
) -> None:
    root = Path(__file__).parents[2]
    home = engine.blank()
    command = [sys.executable, "-c", WRITER, str(root / "tests" / "library.yaml"), str(home.var)]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None and writer.stdout.readline() == "under way\n"
        time.sleep(0.05)
        os.kill(writer.pid, signal.SIGKILL)
    registry = opened(library_schema, home)
    with registry.connection():
        assert registry.scope.count(SYSTEM, "author") == 0
        assert registry.scope.count(SYSTEM, "author", Query(search="Author")) == 0
        assert registry.history.raw(1) is None
        assert registry.db.execute_sql("PRAGMA integrity_check").fetchone()[0] == "ok"


@pytest.mark.both_engines
def test_passwords_guessed_side_by_side_are_braked_as_those_one_by_one(shelves: Shelves) -> None:
    log, now = shelves.registry.accounts.log, shelves.registry.clock.now()
    for round in range(10):
        name, begin = f"anna{round}", threading.Barrier(WORKERS)
        for _ in range(PER_NAME - 1):
            log.settle(log.begin(name, f"192.0.2.{round}", now), good=False)

        def guess(worker: int, name: str = name, address: str = f"192.0.2.{round}", begin: Any = begin) -> Any:
            begin.wait()
            return log.begin(name, address, now)

        answers = together(shelves, guess)
        assert [isinstance(answer, int) for answer in answers].count(True) == 1
