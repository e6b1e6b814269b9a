"""``backup`` and ``restore`` on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def test_an_office_comes_back_as_it_was(command: Any, tmp_path: Path, var: Path) -> None:
    command("demo", "--units", "20")
    units = command("count", "unit").out
    copy = tmp_path / "copy.zip"
    assert command("--json", "backup", str(copy)).json == {"file": str(copy), "bytes": copy.stat().st_size}
    (var / "office.db").unlink()
    assert command("count", "unit").out == "0\n"
    answer = command("--json", "restore", str(copy))
    assert answer.code == 0
    assert command("count", "unit").out == units
    assert Path(answer.json["before"]).parent == var / "backups"


def test_without_a_name_a_backup_goes_into_the_folder(command: Any, var: Path) -> None:
    made = Path(command("--json", "backup").json["file"])
    assert made.parent == var / "backups"
    assert made.stat().st_mode & 0o077 == 0


def test_what_is_no_backup_is_refused_and_nothing_is_touched(command: Any, samples: Path, var: Path) -> None:
    answer = command("restore", str(samples / "expected.json"))
    assert answer.code == 2
    assert "is no backup" in answer.line
    assert not var.exists()
