"""Files in and out on the command line, counting, and what a refusal looks like."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from models import Registry


def test_a_spreadsheet_goes_in_and_the_answer_is_one_json_object(command: Any, samples: Path) -> None:
    answer = command("--json", "import", "units_owners", str(samples / "units_owners_gbk.csv"))
    assert (answer.code, answer.said) == (0, "")
    assert answer.json["created"] == 300
    assert answer.json["rejected"] == []
    assert answer.json["by_entity"]["unit"] == {"created": 300, "updated": 0, "unchanged": 0}
    assert command("count", "unit").out == "300\n"


def test_global_options_are_understood_after_the_command_too(command: Any, tmp_path: Path) -> None:
    answer = command("count", "unit", "--json", "--var", str(tmp_path / "elsewhere"))
    assert answer.json == {"entity": "unit", "count": 0}
    assert (tmp_path / "elsewhere" / "office.db").exists()


def test_the_same_file_twice_changes_nothing(command: Any, samples: Path) -> None:
    command("import", "units_owners", str(samples / "units_owners_utf8bom.csv"))
    again = command("--json", "import", "units_owners", str(samples / "units_owners_gbk.csv"))
    assert [again.json[name] for name in ("created", "updated", "unchanged")] == [0, 0, 300]


def test_one_bad_row_stops_all_of_them(command: Any, samples: Path) -> None:
    answer = command("import", "units_owners", str(samples / "units_owners_messy.csv"))
    assert answer.code == 2
    assert "nothing was written" in answer.out
    assert command("count", "unit").out == "0\n"


def test_bad_rows_are_left_out_and_written_to_a_file_with_their_reasons(
    command: Any, samples: Path, tmp_path: Path
) -> None:
    rejects = tmp_path / "rejects.csv"
    file = str(samples / "units_owners_messy.csv")
    answer = command("import", "units_owners", file, "--bad-rows", "skip", "--rejects", str(rejects))
    assert answer.code == 1
    assert "line 5, 建筑面积 '九十平'" in answer.out
    lines = rejects.read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 1 + 8
    assert "Reason refused" in lines[0]


def test_a_rejects_file_may_be_a_workbook(command: Any, samples: Path, tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.xlsx"
    file = str(samples / "units_owners_messy.csv")
    command("import", "units_owners", file, "--bad-rows", "skip", "--rejects", str(rejects))
    assert openpyxl.load_workbook(rejects).active.max_row == 9


def test_a_dry_run_writes_nothing(command: Any, samples: Path) -> None:
    answer = command("--json", "import", "units_owners", str(samples / "units_owners_gbk.csv"), "--dry-run")
    assert (answer.code, answer.json["created"], answer.json["written"]) == (0, 300, False)
    assert command("count", "unit").out == "0\n"


def test_an_import_as_a_person_can_do_no_more_than_they(command: Any, samples: Path) -> None:
    command("user", "add", "lin", "--role", "auditor", "--password-stdin", typed="a long enough one\n")
    file = str(samples / "units_owners_gbk.csv")
    answer = command("import", "units_owners", file, "--as", "lin")
    assert answer.code == 2
    assert "may not import" in answer.line
    assert command("count", "unit").out == "0\n"


def test_export_streams_the_chosen_columns(command: Any, samples: Path) -> None:
    command("import", "units_owners", str(samples / "units_owners_gbk.csv"))
    answer = command("export", "unit", "--columns", "title,area", "--where", "area > 120")
    lines = answer.out.lstrip("\ufeff").splitlines()
    assert lines[0] == "Unit,Floor area"
    assert len(lines) - 1 == int(command("count", "unit", "--where", "area > 120").out)
    assert all(float(line.split(",")[1]) > 120 for line in lines[1:])


def test_export_to_a_file_says_how_large_it_is(command: Any, tmp_path: Path) -> None:
    out = tmp_path / "units.jsonl"
    command("demo", "--units", "20")
    answer = command("--json", "export", "unit", "--format", "jsonl", "--out", str(out))
    assert answer.json == {"file": str(out), "bytes": out.stat().st_size}
    records = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(records) == int(command("count", "unit").out)


def test_a_refused_export_leaves_no_file(command: Any, tmp_path: Path) -> None:
    out = tmp_path / "units.csv"
    assert command("export", "unit", "--columns", "nothing", "--out", str(out)).code == 2
    assert list(tmp_path.glob("*units*")) == []


def test_wrong_use_is_one_line(command: Any, samples: Path) -> None:
    file = str(samples / "units_owners_gbk.csv")
    wrong = {
        ("count", "unti"): "did you mean 'unit'?",
        ("count", "unit", "--where", "stat == 1"): "did you mean 'state'?",
        ("count", "unit", "--where", "state =="): "",
        ("count", "unit", "--as", "nobody"): "user list",
        ("export", "unit", "--format", "pdf"): "csv",
        ("import", "unit_owners", file): "did you mean 'units_owners'?",
        ("import", "units_owners", "/nowhere.csv"): "does not exist",
        ("import", "units_owners", file, "--mode", "guess"): "upsert",
        ("import", "units_owners", file, "--encoding", "klingon"): "klingon",
        ("frob",): "No such command 'frob'",
        ("count",): "Missing argument",
    }
    for arguments, words in wrong.items():
        answer = command(*arguments)
        assert (answer.code, answer.out) == (2, ""), arguments
        assert answer.line.startswith("estatedesk: "), arguments
        assert words in answer.line, arguments


def test_sentences_are_chinese_in_a_chinese_terminal(command: Any, samples: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    answer = command("--json", "import", "units_owners", str(samples / "units_owners_messy.csv"))
    assert "不是数字" in answer.json["rejected"][0]["reason"]


def test_an_error_nobody_foresaw_is_one_line_and_its_traceback_a_file(
    command: Any, var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.reads.scope.Scope.count", lambda *_: {}["surprise"])
    with pytest.raises(KeyError) as caught:
        command("count", "unit")
    with pytest.raises(SystemExit) as ended:
        sys.excepthook(KeyError, caught.value, caught.tb)
    assert ended.value.code == 2
    assert "KeyError: 'surprise'" in (var / "logs" / "errors.log").read_text()


def test_another_schema_is_another_office(command: Any, library: Registry) -> None:
    schema = Path(__file__).parents[1] / "library.yaml"
    entity = next(name for name in library.schema.entities if name != "user")
    assert command("count", entity, schema=schema).out == "0\n"
