"""The layouts of direct-debit files: what is written, what comes back, and mistakes in the YAML (F8)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from models.errors import Refused
from office.bank.layouts import BankLayout, file_name, layouts_of, parts_of, written
from office.bank.results import Sent, answers, read_result
from schema import load, settings

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = """
office: {name: {zh: 物业, en: Office}, timezone: Asia/Shanghai}
roles: {clerk: {label: {zh: 职员, en: Clerk}}}
entities:
  note: {title: "{text}", fields: {text: {type: text, required: true}}, access: {read: [clerk]}}
settings:
  bank_layouts:
    own: {LAYOUT}
"""
ROWS: list[dict[str, Any]] = [
    {"row": 1, "account": "6222021234567894", "holder": "张伟", "amount": Decimal("455.97"), "memo": "物业费2026Q3",
     "remark": "1-1-101", "unit": "1-1-101", "batch": "HZ26100501", "date": date(2026, 10, 5)},
    {"row": 2, "account": "6222021234567895", "holder": "李娜", "amount": Decimal("0.05"), "memo": "", "remark": "",
     "unit": "1-1-102", "batch": "HZ26100501", "date": date(2026, 10, 5)},
]  # fmt: skip


def layout(**given: Any) -> BankLayout:
    return BankLayout.model_validate(given)


def text(one: BankLayout, encoding: str = "gb18030") -> str:
    return written(one, ROWS, {"number": "HZ26100501", "date": "20261005", "part": 1}).decode(encoding)


def test_every_setting_of_a_layout_shows_in_the_file() -> None:
    own = layout(
        columns=["batch", "row", "=CNY", "account", "holder", "amount", "date", "empty"], separator=",", money="fen",
        encoding="utf-8", line_end="lf", header="H,{number},{date}", total="T,{count},{total}",
    )  # fmt: skip
    assert text(own, "utf-8") == (
        "H,HZ26100501,20261005\n"
        "HZ26100501,1,CNY,6222021234567894,张伟,45597,20261005,\n"
        "HZ26100501,2,CNY,6222021234567895,李娜,5,20261005,\n"
        "T,2,45602\n"
    )


def test_the_standard_layout() -> None:
    standard = layouts_of(load(ROOT / "schema.yaml"))["standard"]
    assert text(standard).split("\r\n")[0] == "1|6222021234567894|张伟|455.97|物业费2026Q3|1-1-101|"


def test_a_long_batch_becomes_several_files() -> None:
    own = layout(most_rows=2, file="{date}-{number}-{part}.txt")
    assert [list(part) for part in parts_of(own, 5)] == [[0, 1], [2, 3], [4]]
    assert file_name(own, "HZ26100501", date(2026, 10, 5), 3) == "20261005-HZ26100501-3.txt"
    assert [list(part) for part in parts_of(layout(), 3)] == [[0, 1, 2]]


@pytest.mark.parametrize(("words", "odd"), [("张伟", ""), ("张|伟", "|"), ("张\n伟", "\n"), ("ÀÖ公司", "")])
def test_names_the_file_cannot_carry(words: str, odd: str) -> None:
    assert layout().unfit(words) == odd


def test_a_result_of_another_shape_is_read() -> None:
    own = layout(
        separator=",", money="fen", encoding="utf-8",
        result={"columns": ["batch", "row", "account", "holder", "amount", "code"], "success": ["0000", "S"], "skip": 1,
                "skip_end": 1},
    )  # fmt: skip
    data = b"\xef\xbb\xbfhead\nHZ1,1,62220001,\xe5\xbc\xa0 \xe4\xbc\x9f,45597,S\nHZ1,2,62220002,B,5,E1\n\ntotal\n"
    sent = [Sent(7, 1, "62220001", "张伟", Decimal("455.97")), Sent(8, 2, "62220002", "Ｂ", Decimal("0.05"))]
    found = answers(own, "HZ1", sent, read_result(own, data, "HZ1"))
    assert [(one.sent.id, one.succeeded, one.code) for one in found] == [(7, True, "S"), (8, False, "E1")]
    with pytest.raises(Refused, match="line 2, batch: the file says HZ1, sent was HZ2"):
        answers(own, "HZ2", sent, read_result(own, data, "HZ2"))


@pytest.mark.parametrize(
    ("written_as", "said"),
    [
        ("{colums: [row, account, holder, amount]}", "unknown key 'colums', did you mean 'columns'?"),
        ("{columns: [row, account, holder, amuont]}", "there is no column 'amuont'"),
        ("{columns: [row, account, holder]}", "the column 'amount' is missing"),
        ("{columns: [row, row, account, holder, amount]}", "the column 'row' is there twice"),
        ("{money: dollars}", "unknown value 'dollars'"),
        ("{encoding: gbk}", "unknown value 'gbk'"),
        ("{most_rows: 100}", "with most_rows the file name needs {part}"),
        ("{header: '{sum}'}", "'{sum}' has a gap that is not known"),
        ("{result: {columns: [row, account, holder, amount]}}", "the column 'code' is missing"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_layout_stops_the_start_with_its_place(tmp_path: Path, written_as: str, said: str) -> None:
    file = tmp_path / "schema.yaml"
    file.write_text(SCHEMA.replace("{LAYOUT}", written_as), encoding="utf-8")
    [problem] = settings.wrong(load(file))
    assert said in str(problem.to("en")) and "schema.yaml:8:" in str(problem.to("en"))
