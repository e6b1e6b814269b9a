"""The export command: its encodings, its file for editing, and the bar it draws on a terminal."""

from __future__ import annotations

import sys

import pytest

SUBJECT = "number,name\n1,東阁\n2,龙庭\n"


@pytest.fixture
def buildings(command, tmp_path):
    """An office with two buildings."""
    file = tmp_path / "buildings.csv"
    file.write_text(SUBJECT, encoding="utf-8")
    assert command("import", "building", str(file)).code == 0
    return command


def test_gb18030_is_for_an_old_excel(buildings):
    answer = buildings(
        "export", "building", "--columns", "number,name", "--encoding", "gb18030", "--where", "number == '2'"
    )
    assert answer.raw.decode("gb18030").splitlines()[1:] == ["2,龙庭"]
    assert "latin" in buildings("export", "building", "--encoding", "latin1").said


def test_a_file_for_editing_goes_round(buildings, tmp_path):
    out = tmp_path / "out.xlsx"
    assert buildings("export", "building", "--format", "xlsx", "--for-editing", "--out", str(out)).code == 0
    counts = buildings("--json", "import", "building", str(out)).json
    assert (counts["created"], counts["updated"], counts["unchanged"], counts["rejected"]) == (0, 0, 2, [])


def test_a_terminal_sees_a_bar_and_a_pipe_does_not(buildings, tmp_path, monkeypatch):
    quiet = buildings("export", "building", "--out", str(tmp_path / "a.csv"))
    assert "2/2" not in quiet.said
    monkeypatch.setattr(type(sys.stderr), "isatty", lambda self: True, raising=False)
    shown = buildings("export", "building", "--out", str(tmp_path / "b.csv"))
    assert "2/2" in shown.said
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
