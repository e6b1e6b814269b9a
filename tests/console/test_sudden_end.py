"""A process that is killed in the middle of a write leaves nothing of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
KILLED_HALF_WAY = """
import itertools, os, signal, sys
from console.cli import run
from models.writes.bulk import Bulk

lots, create = itertools.count(1), Bulk.create

def until_the_end(self, *lot, **how):
    made = create(self, *lot, **how)
    if next(lots) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return made

Bulk.create = until_the_end
sys.exit(run(sys.argv[1:]))
"""


def test_an_import_killed_half_way_leaves_nothing_and_can_be_repeated(command: Any, samples: Path, var: Path) -> None:
    file = str(samples / "units_owners_gbk.csv")
    words = [sys.executable, "-c", KILLED_HALF_WAY, "--var", str(var), "import", "units_owners", file]
    ended = subprocess.run(words, cwd=ROOT, env={**os.environ, "DATABASE_URL": ""}, timeout=120, check=False)
    assert ended.returncode == -signal.SIGKILL
    counts = [command("count", entity).out for entity in ("building", "unit", "resident", "occupancy")]
    assert counts == ["0\n"] * 4
    assert command("--json", "import", "units_owners", file).json["created"] == 300
