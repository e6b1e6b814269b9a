"""Any spreadsheet is read the way a person sees it: text, rows, header, totals, line numbers."""

from __future__ import annotations

import io
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter

from transfer import archive, delimited, encoding, sheet, workbook
from transfer.refusal import FileRefused
from transfer.sheet import ReadOptions

SAMPLES = Path(__file__).parent.parent / "samples"
SAME = ["utf8bom.csv", "gbk.csv", "semicolon.csv", "tab_utf16.csv", "titled.xlsx"]
KNOWN = {"楼号", "单元", "房间", "建筑面积", "业主名称"}


def sample(name: str) -> bytes:
    return (SAMPLES / f"units_owners_{name}").read_bytes()


def book(fill) -> bytes:
    """A workbook whose only sheet ``fill(sheet, book)`` writes."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as made:
        fill(made.add_worksheet("甲"), made)
    return out.getvalue()


def cells(data: bytes, **options) -> list[tuple[int, list[str]]]:
    return [(row.line, row.cells) for row in sheet.read(data, options=ReadOptions(**options)).rows()]


def refusal(data: bytes, name: str = "", **options) -> str:
    with pytest.raises(FileRefused) as caught:
        sheet.read(data, name, ReadOptions(**options))
    assert caught.value.text.to("zh") != caught.value.text.to("en")
    return caught.value.text.to("en")


@pytest.mark.parametrize("name", SAME)
def test_every_disguise_of_the_same_file_reads_alike(name):
    plain = sheet.read(sample("utf8bom.csv"), knows=KNOWN.__contains__)
    table = sheet.read(sample(name), name, knows=KNOWN.__contains__)
    assert [c.header for c in table.columns] == [c.header for c in plain.columns]
    assert [r.cells for r in table.rows()] == [r.cells for r in plain.rows()]
    assert table.row_count == 300


def test_title_above_and_total_below_are_not_data():
    table = sheet.read(sample("titled.xlsx"), knows=KNOWN.__contains__)
    assert table.header_line == 2
    assert next(table.rows()).line == 3
    assert [(s.line, s.why.to("zh")) for s in table.skipped] == [(303, "合计行")]


def test_messy_lines_are_numbered_as_the_editor_shows_them():
    rows = {row.line: row.cells for row in sheet.read(sample("messy.csv")).rows()}
    assert len(rows) == 120
    assert 62 not in rows
    assert rows[5][6] == "九十平" and rows[17][2] == "" and rows[25][11] == "1.38E+10"
    assert rows[51] == rows[52]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("楼,房\n1,2".encode(), "UTF-8"),
        ("楼,房\n1,2".encode("utf-8-sig"), "UTF-8"),
        ("楼,房\n1,2".encode("gbk"), "GB18030"),
        ("楼,房\n1,䶮".encode("gb18030"), "GB18030"),
        ("楼,房\n1,2".encode("utf-16"), "UTF-16"),
        ("楼,房\n1,2".encode("utf-16-be"), "utf-16-be"),
        (("a,b\n" * 500 + "房,2").encode("gbk"), "GB18030"),
    ],
)
def test_encoding_is_judged_by_the_whole_file(data, name):
    assert encoding.decode(data).encoding == name


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b" \r\n ", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"%PDF-1.7 x", "kind of file"),
        (b"PK\x03\x04 broken", "damaged"),
        (b"a,b\n\x00\x01\x02,c", "kind of file"),
        (b"name,b\n\xff\xfe\xff\x80,c", "encoding"),
        ("Größe;Fläche\nö;ß\n".encode("latin-1"), "encoding"),
        (b'a,b\n1,"open\n2,3', "line 2"),
        (b"a,b\n", "no rows"),
        (b"1,2\n3,4", "No header"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(data, says):
    assert says in refusal(data)


def test_a_named_encoding_is_believed_or_refused():
    assert cells("名\n王".encode("gbk"), encoding="gbk") == [(2, ["王"])]
    assert "line 2" in refusal("a\n王".encode("gbk"), encoding="utf-8")
    assert "no encoding" in refusal(b"a\nb", encoding="klingon")
    assert "no encoding" in refusal(b"a\nb", encoding="hex")
    assert "kind of file" in refusal(b"a,b\n1,2", "notes.docx")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_found_even_when_cells_hold_others(delimiter):
    text = "\n".join(delimiter.join(['"x, y; z"', "1", "2"]) for _ in range(5))
    assert delimited.sniff(text) == delimiter


def test_a_quoted_line_break_counts_physical_lines():
    data = b'a,b\r\n"one\r\ntwo",1\r\nx,"say ""hi"""\r\n'
    assert cells(data) == [(2, ["one\r\ntwo", "1"]), (4, ["x", 'say "hi"'])]


def test_the_guard_of_an_export_is_taken_off():
    assert [c for _, r in delimited.read_rows("'=1+1,'-x,'plain,''=x,'") for c in r] == [
        "=1+1",
        "-x",
        "'plain",
        "'=x",
        "'",
    ]


def test_workbook_cells_read_as_people_see_them():
    def fill(s, b):
        s.write_row(0, 0, ["房号", "日期", "时刻", "身份证号", "面积", "率", "真"])
        s.write_number(1, 0, 101.0)
        s.write_datetime(1, 1, date(2026, 3, 1), b.add_format({"num_format": "yyyy/m/d"}))
        s.write_datetime(1, 2, datetime(2026, 3, 1, 8, 30), b.add_format({"num_format": "yyyy/m/d h:mm"}))
        s.write_number(1, 3, 110105199107233971)
        s.write_formula(1, 4, "=0.1+0.2", None, 0.1 + 0.2)
        s.write_number(1, 5, 1e-7)
        s.write_boolean(1, 6, True)

    [(line, row)] = cells(book(fill))
    assert line == 2
    assert row == ["101", "2026-03-01", "2026-03-01 08:30:00", "1.10105199107234E+17", "0.3", "0.0000001", "TRUE"]
    assert isinstance(row[3], workbook.Rounded)


def test_a_cell_merged_downwards_stands_in_every_row():
    def fill(s, _book):
        s.write_row(3, 2, ["楼号", "房间"])
        s.merge_range(4, 2, 6, 2, "7")
        for i in range(3):
            s.write(4 + i, 3, f"{i}01")

    assert cells(book(fill)) == [(5, ["", "", "7", "001"]), (6, ["", "", "7", "101"]), (7, ["", "", "7", "201"])]


def test_hidden_sheets_are_listed_and_only_read_when_named():
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as made:
        hidden = made.add_worksheet("藏")
        made.add_worksheet("空")
        shown = made.add_worksheet("显")
        hidden.write_column(0, 0, ["h", "secret"])
        shown.write_column(0, 0, ["h", "open"])
        shown.activate()
        shown.set_first_sheet()
        hidden.hide()
    data = out.getvalue()
    assert [(s.name, s.hidden) for s in workbook.open_sheet(data).sheets] == [
        ("藏", True),
        ("空", False),
        ("显", False),
    ]
    assert cells(data) == [(2, ["open"])]
    assert cells(data, sheet="藏") == [(2, ["secret"])]
    assert "藏" in refusal(data, sheet="无")


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch):
    monkeypatch.setattr(archive, "LARGEST_UNPACKED", 100)
    assert "unpacked" in refusal(sample("titled.xlsx"))
    monkeypatch.setattr(sheet, "LARGEST", 100)
    assert "too large" in refusal(sample("titled.xlsx"))


def test_blank_columns_vanish_and_nameless_ones_with_values_stay():
    table = sheet.read(b"a,,b,\n1,,2,x\n")
    assert [(c.index, c.header, c.samples) for c in table.columns] == [
        (0, "a", ("1",)),
        (2, "b", ("2",)),
        (3, "", ("x",)),
    ]


@pytest.mark.parametrize("total", ["合计", "总计：", "Total", "合 计"])
def test_totals_and_the_notes_below_are_skipped_but_named(total):
    data = f"楼号,房间,面积\n1,101,20\n{total},,20.00元\n制表人：某,,\n".encode()
    table = sheet.read(data)
    assert [r.line for r in table.rows()] == [2]
    assert [s.line for s in table.skipped] == [3, 4]


def test_a_person_called_total_is_a_person():
    assert cells(b"name,town\nTotal,Leeds\n") == [(2, ["Total", "Leeds"])]


def test_short_rows_are_filled_up_and_long_ones_kept():
    assert cells(b"a,b\n1\n1,2,3\n") == [(2, ["1", "", ""]), (3, ["1", "2", "3"])]
