"""``job`` and ``jobs`` on the command line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

LIBRARY = (Path(__file__).parents[1] / "library.yaml").read_text(encoding="utf-8")
SCHEDULES = """
schedules:
  copies: {label: {zh: 备份, en: Copies}, run: backup, every: day, at: "02:30", as: admin, with: {keep: 2}}
  stock:  {run: export, every: monday, as: head, with: {entity: book, format: csv}}
  barred: {run: export, every: monday, as: desk, with: {entity: book, format: csv}}
"""


@pytest.fixture
def nightly(tmp_path: Path) -> Path:
    file = tmp_path / "schema.yaml"
    file.write_text(LIBRARY + SCHEDULES, encoding="utf-8")
    return file


@pytest.fixture
def job(command: Any, nightly: Path) -> Any:
    return lambda *arguments: command(*arguments, schema=nightly)


def test_a_job_is_run_by_hand(job: Any, var: Path) -> None:
    answer = job("job", "copies")
    assert answer.code == 0
    [made] = (var / "backups").glob("*-copies.zip")
    assert answer.out.startswith(f"copies: Backed up to backups/{made.name} (")


def test_its_answer_for_scripts(job: Any) -> None:
    answer = job("--json", "job", "stock", "--on", "2026-02-28").json
    assert answer["job"] == "stock"
    assert (answer["state"], answer["done"], answer["for"]) == ("done", 0, "2026-02-28 02:00")
    assert answer["said"] == "Books: 0 written to exports/stock-20260228.csv."


def test_the_schedule_with_last_results(job: Any) -> None:
    job("job", "stock")
    job("job", "barred")
    found = {one["name"]: one for one in job("--json", "jobs").json["jobs"]}
    assert list(found) == ["copies", "stock", "barred"]
    assert (found["copies"]["every"], found["copies"]["at"], found["copies"]["last"]) == (["day"], "02:30", None)
    assert found["copies"]["next"].endswith(" 02:30")
    assert (found["stock"]["last"]["state"], found["stock"]["last"]["by"]) == ("done", "command line")
    assert found["barred"]["last"]["state"] == "failed"
    table = job("jobs").out.splitlines()
    assert table[0].split() == ["job", "next", "last", "state", "said"]
    assert table[3].startswith("barred") and "failed" in table[3]


REFUSED = [
    (("job", "stok"), "estatedesk: unknown job 'stok', did you mean 'stock'?"),
    (("job", "stock", "--on", "28.2.2026"), "estatedesk: '28.2.2026' is no date, such as 2026-01-31"),
    (("job", "barred"), "estatedesk: barred: You may not do this with Book."),
]


@pytest.mark.parametrize(("arguments", "line"), REFUSED)
def test_what_cannot_be_done_is_one_line_and_code_two(job: Any, arguments: tuple[str, ...], line: str) -> None:
    answer = job(*arguments)
    assert answer.code == 2
    assert answer.out == ""
    assert answer.line == line


def test_without_schedules_it_says_so(command: Any) -> None:
    library = Path(__file__).parents[1] / "library.yaml"
    assert command("jobs", schema=library).out == "the schema has no schedules\n"
    assert command("--json", "jobs", schema=library).json == {"jobs": []}


MISTAKES = [
    ("run: backup", "run: backop", "no job is written for the schedules backop"),
    ("{keep: 2}", "{keep: 0}", "schedules.copies.with.keep: should be at least 1"),
    ("entity: book, format: csv}}\n  barred", "entity: boook, format: csv}}\n  barred", "unknown entity 'boook'"),
]


@pytest.mark.parametrize(("right", "wrong", "said"), MISTAKES)
def test_a_schedule_that_cannot_work_stops_the_start(
    job: Any, nightly: Path, right: str, wrong: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from schema import load

    monkeypatch.setattr("console.desk.load", load)
    nightly.write_text(nightly.read_text("utf-8").replace(right, wrong), encoding="utf-8")
    answer = job("count", "book")
    assert answer.code == 2 and said in answer.said
    checked = job("check")
    assert checked.code == 2 and said in checked.out + checked.said
    assert os.linesep in checked.out + checked.said
