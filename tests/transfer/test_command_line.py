"""The samples through the command line, as an office would type it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "tests" / "samples"
EXPECTED = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))


@pytest.fixture
def run(tmp_path):
    """Runs a command on an office of the test's own: (exit code, JSON)."""

    def command(*words):
        line = [sys.executable, str(ROOT / "app.py"), "--var", str(tmp_path / "var"), "--json", *map(str, words)]
        done = subprocess.run(line, capture_output=True, text=True, cwd=tmp_path, timeout=120, check=False)
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, json.loads(done.stdout) if done.stdout.strip() else done.stderr

    return command


def test_every_sample_gives_what_is_expected(run):
    wanted = EXPECTED["units_owners_utf8bom.csv"]
    code, tried = run("import", "units_owners", SAMPLES / "units_owners_titled.xlsx", "--dry-run")
    assert (code, tried["created"], tried["rejected"]) == (0, wanted["units"], [])
    code, done = run("import", "units_owners", SAMPLES / "units_owners_gbk.csv")
    assert (code, done["by_entity"]["resident"]["created"]) == (0, wanted["residents"])
    assert run("count", "unit")[1]["count"] == wanted["units"]
    for name in ("utf8bom.csv", "semicolon.csv", "tab_utf16.csv", "titled.xlsx"):
        code, again = run("import", "units_owners", SAMPLES / f"units_owners_{name}")
        assert (code, again["unchanged"], again["created"], again["updated"]) == (0, 300, 0, 0)
    code, updated = run("import", "units_owners", SAMPLES / "units_owners_update.csv")
    update = EXPECTED["units_owners_update.csv"]
    assert (code, updated["updated"], updated["unchanged"], updated["created"]) == (
        0, update["updated"], update["unchanged"], update["created"],
    )  # fmt: skip


def test_messy_rows_stop_everything_or_go_into_a_file(run, tmp_path):
    wanted = EXPECTED["units_owners_messy.csv"]
    file = SAMPLES / "units_owners_messy.csv"
    code, stopped = run("import", "units_owners", file)
    assert (code, stopped["created"], run("count", "unit")[1]["count"]) == (2, 0, 0)
    assert {str(r["line"]) for r in stopped["rejected"]} == set(wanted["rejected_lines"])
    out = tmp_path / "rejects.csv"
    code, skipped = run("import", "units_owners", file, "--bad-rows", "skip", "--rejects", out)
    assert (code, skipped["created"], run("count", "unit")[1]["count"]) == (1, wanted["accepted"], wanted["accepted"])
    assert out.read_text(encoding="utf-8-sig").count("\n") == 1 + len(wanted["rejected_lines"])


def test_what_cannot_be_read_ends_in_one_line(run, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_bytes(b"%PDF-1.7")
    code, said = run("import", "units_owners", bad)
    assert code == 2
    assert "kind of file" in str(said)


def test_what_the_preview_offers_can_be_chosen_here_too(run, tmp_path):
    spaces = tmp_path / "spaces.csv"
    spaces.write_text("车位号,面积,备注\n1,12.5,靠墙\n2,7.5,\n", encoding="utf-8")
    line = ("import", "parking_space", spaces, "--set", "lot=B1")
    assert run(*line, "--total", "area=21")[0] == 2
    assert run("count", "parking_space")[1]["count"] == 0
    code, done = run(*line, "--total", "area=20.00")
    assert (code, done["created"], done["totals"]["parking_space.area"]["all"]) == (0, 2, "20.00")
    spaces.write_text("车位号,面积,备注\n1,12.5,\n", encoding="utf-8")
    code, again = run(
        "import", "parking_space", spaces, "--set", "lot=B1", "--blanks", "clear", "--match-by", "lot,number"
    )
    assert (code, again["updated"]) == (0, 1)
    for wrong in (["--set", "nothing=1"], ["--match-by", "area"], ["--total", "area=much"]):
        code, said = run("import", "parking_space", spaces, "--set", "lot=B1", *wrong)
        assert code == 2 and wrong[1].partition("=")[0] in str(said)


def test_what_was_chosen_before_is_used_and_said(run, tmp_path):
    spaces = tmp_path / "spaces.csv"
    spaces.write_text("车位号,面积\n1,12.5\n", encoding="utf-8")
    assert run("import", "parking_space", spaces, "--set", "lot=B1")[1]["recalled"] is False
    code, again = run("import", "parking_space", spaces)
    assert (code, again["unchanged"], again["recalled"]) == (0, 1, True)
    assert run("import", "parking_space", spaces, "--fresh")[0] == 2
