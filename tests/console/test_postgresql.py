"""The command line on a PostgreSQL: the address in DATABASE_URL is all that differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

EXPORTED = ("export", "unit", "--columns", "title,area,state")


@pytest.fixture
def on_postgresql(command: Any, engines: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    engine = engines("postgresql")
    home = engine.blank()
    monkeypatch.setenv("DATABASE_URL", home.url)
    yield command
    engine.drop(home)


def test_a_spreadsheet_goes_in_and_out_and_the_office_into_a_backup_and_back(
    on_postgresql: Any, samples: Path, tmp_path: Path, var: Path
) -> None:
    command, copy = on_postgresql, tmp_path / "copy.zip"
    file = str(samples / "units_owners_gbk.csv")
    assert command("--json", "import", "units_owners", file).json["created"] == 300
    assert not (var / "office.db").exists()
    before = command(*EXPORTED).out
    assert command("backup", str(copy)).code == 0
    update = str(samples / "units_owners_update.csv")
    assert command("--json", "import", "units_owners", update).json["updated"] == 20
    assert command("restore", str(copy)).code == 0
    assert command(*EXPORTED).out == before
    assert command("--json", "import", "units_owners", update).json["updated"] == 20


def test_a_server_that_is_not_there_is_one_line(command: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    answer = command("count", "unit")
    assert answer.code == 2
    assert "127.0.0.1" in answer.line


def test_the_plan_for_a_fresh_database_is_that_of_an_office_just_made(on_postgresql: Any) -> None:
    assert on_postgresql("migrate", "--plan").code == 0
    assert on_postgresql("count", "unit").out == "0\n"
