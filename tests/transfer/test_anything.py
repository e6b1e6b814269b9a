"""Spreadsheets as offices really have them: two-row headers, serial days, percentages, old formats, traps."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date

import pytest
import xlsxwriter
import xlwt

from models.actor import SYSTEM
from schema.types.base import Context
from schema.types.days import DateTimeType, DateType
from transfer import archive, imports, sheet
from transfer.header import joined
from transfer.match import Headers
from transfer.refusal import FileRefused
from transfer.rows import reading
from transfer.sheet import ReadOptions

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

AWKWARD = {
    "commas": ('a,b\n1,"x, y, z"\n', [["1", "x, y, z"]]),
    "commas, semicolons": ('a;b\n1;"x; y, z"\n2;b\n', [["1", "x; y, z"], ["2", "b"]]),
    "empty": ('a,b,c\n1,"",""\n2,3,4\n', [["1", "", ""], ["2", "3", "4"]]),
    "empty, CRLF": ('a,b,c\r\n1,"",""\r\n2,3,4\r\n', [["1", "", ""], ["2", "3", "4"]]),
    "quotes": ('a,b\n1,"ha ""ha"" ha"\n3,4\n', [["1", 'ha "ha" ha'], ["3", "4"]]),
    "quotes alone": ('a,b\n1,""""\n2,""""""\n', [["1", '"'], ["2", '""']]),
    "newlines": ('a,b\n"Once upon \na time",5\n7,"8\n\n9"\n', [["Once upon \na time", "5"], ["7", "8\n\n9"]]),
    "newlines, CRLF": ('a,b\r\n"one\r\ntwo",5\r\n7,8\r\n', [["one\r\ntwo", "5"], ["7", "8"]]),
    "quotes and newlines": ('a,b\n1,"ha \n""ha"" \nha"\n3,4\n', [["1", 'ha \n"ha" \nha'], ["3", "4"]]),
    "json": (
        'key,val\n1,"{""type"": ""Point"", ""at"": [102.0, 0.5]}"\n',
        [["1", '{"type": "Point", "at": [102.0, 0.5]}']],
    ),
    "other letters": ("a,b,c\n1,ʤ,4\n楼,😀,é\n", [["1", "ʤ", "4"], ["楼", "😀", "é"]]),
    "blanks kept": ("a,b\n x , y\n", [[" x ", " y"]]),
    "no last line break": ("a,b\n1,2", [["1", "2"]]),
    "one column of text": ("name\n某甲\n某乙\n", [["某甲"], ["某乙"]]),
    "a quote in the middle": ('a,b\n5" pipe,2\nx,y\n', [['5" pipe', "2"], ["x", "y"]]),
    "tabs": ('a\tb\n1\t"2\t3"\n', [["1", "2\t3"]]),
}


def rows(data: bytes, name: str = "", **options):
    return [row.cells for row in sheet.read(data, name, ReadOptions(**options)).rows()]


def refusal(data: bytes, name: str = "", **options) -> str:
    with pytest.raises(FileRefused) as caught:
        list(sheet.read(data, name, ReadOptions(**options)).rows())
    assert caught.value.text.to("zh") != caught.value.text.to("en")
    return caught.value.text.to("en")


def book(fill) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as made:
        fill(made.add_worksheet("甲"), made)
    return out.getvalue()


def repacked(data: bytes, change) -> bytes:
    """The archive with its members passed through ``change(name, content)``."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return out.getvalue()


def ods(table: str) -> bytes:
    urn = "urn:oasis:names:tc:opendocument:xmlns"
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="{urn}:office:1.0" '
        f'xmlns:table="{urn}:table:1.0" xmlns:text="{urn}:text:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="s">{table}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("mimetype", kind)
        made.writestr("content.xml", content)
        made.writestr(
            "META-INF/manifest.xml",
            f'<?xml version="1.0"?><manifest:manifest xmlns:manifest="{urn}:manifest:1.0"><manifest:file-entry '
            f'manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>',
        )
    return out.getvalue()


def ods_row(*cells: str, repeated: int = 1) -> str:
    filled = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{c}</text:p></table:table-cell>' for c in cells
    )
    return f'<table:table-row table:number-rows-repeated="{repeated}">{filled}</table:table-row>'


# -- text --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", AWKWARD)
@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_awkward_cells_come_out_exactly(kind, coding):
    text, wanted = AWKWARD[kind]
    if coding == "gb18030":  # so little text in rare letters could be anything
        text, wanted = (
            text.replace("ʤ", "甲").replace("😀", "乙").replace("é", "丙"),
            json.loads(
                json.dumps(wanted, ensure_ascii=False).replace("ʤ", "甲").replace("😀", "乙").replace("é", "丙")
            ),
        )
    assert rows(text.encode(coding)) == wanted


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("46023", date(2026, 1, 1)),
        ("46023.0", date(2026, 1, 1)),
        ("32874", date(1990, 1, 1)),
        ("55153", date(2050, 12, 31)),
        ("2026/3/1", date(2026, 3, 1)),
        ("2026年3月1日", date(2026, 3, 1)),
        ("2026.03.01", date(2026, 3, 1)),
        ("２０２６-３-１", date(2026, 3, 1)),
        ("20260301", date(2026, 3, 1)),
    ],
)
def test_a_day_is_read_however_it_is_written(text, day):
    assert reading(DateType(), Context(), {})(text) == day


@pytest.mark.parametrize("text", ["32873", "55154", "46023.5", "4602", "460230", "2026-02-30"])
def test_a_number_that_is_no_day_stays_refused(text):
    with pytest.raises(ValueError, match="date"):
        reading(DateType(), Context(locale="en"), {})(text)


def test_a_serial_moment_has_its_time():
    found = reading(DateTimeType(), Context(), {})("46023.4375")
    assert found.astimezone(Context().timezone).isoformat() == "2026-01-01T10:30:00+08:00"


# -- headers in two rows -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("groups", "names", "wanted"),
    [
        (["房", "", "人", ""], ["楼号", "房间", "姓名", "电话"], ["房 / 楼号", "房 / 房间", "人 / 姓名", "人 / 电话"]),
        (["楼号", "业主", ""], ["", "姓名", "电话"], ["楼号", "业主 / 姓名", "业主 / 电话"]),
        (["业主", "", "面积", ""], ["姓名", "电话", "", "备注"], ["业主 / 姓名", "业主 / 电话", "面积", "备注"]),
        (["楼号", "业主", "业主"], ["楼号", "姓名", "电话"], ["楼号", "业主 / 姓名", "业主 / 电话"]),
        (["楼号"], ["", "房间"], ["楼号", "房间"]),
    ],
)  # fmt: skip
def test_groups_stand_before_the_names_below_them(groups, names, wanted):
    assert joined(groups, names) == wanted


def grouped(s, b):
    s.merge_range(0, 0, 0, 6, "幸福小区业主登记")
    for column, name in enumerate(["楼号", "单元", "房间"]):
        s.merge_range(1, column, 2, column, name)
    s.merge_range(1, 3, 1, 4, "业主")
    s.merge_range(1, 5, 1, 6, "房屋")
    s.write_row(2, 3, ["姓名", "电话", "面积", "状态"])
    s.write_row(3, 0, ["1", "1", "101", "某甲", "13800000001", 88.5, "空置"])
    s.write_row(4, 0, ["1", "1", "102", "某乙", "13800000002", 90, "空置"])


def test_a_header_in_two_rows_finds_its_columns(office):
    with office.connection():
        ready = imports.prepare(office, SYSTEM, "units_owners", book(grouped), "x.xlsx")
        assert ready.sheet.header_line == 3
        assert [(m.column.header, m.target and m.target.key) for m in ready.matched] == [
            ("楼号", "building.number"),
            ("单元", "unit.section"),
            ("房间", "unit.room"),
            ("业主 / 姓名", "resident.name"),
            ("业主 / 电话", "resident.phone"),
            ("房屋 / 面积", "unit.area"),
            ("房屋 / 状态", "unit.state"),
        ]
        result = imports.run(office, SYSTEM, ready, dry_run=True)
        assert (result.created, result.rejected) == (2, [])


def test_the_group_tells_which_of_two_like_names_is_meant(office):
    with office.connection():
        text = "房屋,,,业主,\n楼号,单元,房间,姓名,状态\n1,1,101,某甲,空置\n"
        ready = imports.prepare(office, SYSTEM, "units_owners", text.encode(), "x.csv")
        assert [m.target and m.target.key for m in ready.matched][:4] == [
            "building.number", "unit.section", "unit.room", "resident.name",
        ]  # fmt: skip


def test_a_title_over_a_header_is_no_group(office):
    with office.connection():
        text = "业主信息表,,,\n楼号,单元,房间,姓名\n1,1,101,某甲\n"
        ready = imports.prepare(office, SYSTEM, "units_owners", text.encode(), "x.csv")
        assert [m.column.header for m in ready.matched] == ["楼号", "单元", "房间", "姓名"]


def test_headers_without_parts_still_know_both_rows():
    assert Headers(()).find("业主 / 姓名") is None


# -- workbooks ---------------------------------------------------------------------------------------


def test_percentages_read_as_they_are_shown():
    def fill(s, b):
        s.write_row(0, 0, ["名", "率", "数"])
        s.write_row(1, 0, ["甲", 0, 0.95])
        s.write_number(1, 1, 0.95, b.add_format({"num_format": "0%"}))
        s.write_row(2, 0, ["乙", 0, 1])
        s.write_number(2, 1, 0.125, b.add_format({"num_format": '0.0"%个"0%'}))
        s.write_row(3, 0, ["丙", 0, 7])
        s.write_number(3, 1, 0.07, b.add_format({"num_format": '0.00"%"'}))

    assert rows(book(fill)) == [["甲", "95%", "0.95"], ["乙", "12.5%", "1"], ["丙", "0.07", "7"]]


def test_an_old_workbook_and_an_open_one_read_like_the_new():
    made = xlwt.Workbook()
    page = made.add_sheet("甲")
    for row, cells in enumerate([["房号", "日期", "面积"], ["0101", 0, 88.5]]):
        for column, value in enumerate(cells):
            page.write(row, column, value)
    out = io.BytesIO()
    made.save(out)
    assert rows(out.getvalue(), "x.xls")[0][::2] == ["0101", "88.5"]
    assert rows(ods(ods_row("房号", "面积") + ods_row("0101", "88.5")), "x.ods") == [["0101", "88.5"]]


def test_formulas_count_by_their_value_even_from_another_file():
    def fill(s, _book):
        s.write_row(0, 0, ["名", "数"])
        s.write(1, 0, "甲")
        s.write_formula(1, 1, "='[other.xlsx]Sheet1'!A1*2", None, 42)

    assert rows(book(fill)) == [["甲", "42"]]


# -- traps -------------------------------------------------------------------------------------------


def test_a_small_file_that_claims_a_giant_sheet_is_refused():
    wide = book(lambda s, b: (s.write_row(0, 0, ["a", "b"]), s.write(1, 16383, "z")))
    long = book(lambda s, b: (s.write_row(0, 0, ["a", "b"]), s.write(1_048_575, 0, "z")))
    both = book(lambda s, b: (s.write_row(0, 0, ["a", "b"]), s.write(400_000, 700, "z")))
    assert "too wide" in refusal(wide)
    assert "too long" in refusal(long)
    assert "400001 rows × 701 columns" in refusal(both)


def test_a_cell_repeated_without_end_is_refused():
    many = '<table:table-row><table:table-cell table:number-columns-repeated="16384" office:value-type="string">'
    assert "too large" in refusal(ods(many + "<text:p>x</text:p></table:table-cell></table:table-row>"), "x.ods")
    assert "too large" in refusal(ods(ods_row("a", "b") + ods_row("x", "y", repeated=1_000_000)), "x.ods")
    blank = '<table:table-row table:number-rows-repeated="1048000">'
    blank += '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    assert rows(ods(ods_row("a", "b") + ods_row("1", "2") + blank), "x.ods") == [["1", "2"]]


def test_a_member_that_unpacks_to_more_than_it_may_is_refused(monkeypatch):
    monkeypatch.setattr(archive, "LARGE", 10_000)
    data = book(lambda s, b: s.write_row(0, 0, ["a", "b"]))
    bomb = repacked(data, lambda name, old: old + b" " * 9_000_000 if name.endswith("sheet1.xml") else old)
    assert "unpacked" in refusal(bomb)


@pytest.mark.parametrize("member", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"])
def test_declarations_are_not_followed(member):
    entity = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
    data = book(lambda s, b: (s.write_row(0, 0, ["a", "b"]), s.write_row(1, 0, ["1", "2"])))
    bent = repacked(data, lambda n, old: old.replace(b"?>", b"?>" + entity, 1) if n == member else old)
    assert "DOCTYPE" in refusal(bent)
    other = repacked(data, lambda n, old: old.decode().encode("utf-16") if n == member else old)
    assert "DOCTYPE" in refusal(other)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (OLE + b"\x00" * 512 + "EncryptedPackage".encode("utf-16-le"), "password"),
        (OLE + b"\x00" * 600, "damaged"),
        (b"PK\x03\x04" + b"\x00" * 100, "damaged"),
    ],
)
def test_locked_and_damaged_workbooks_say_so(data, says):
    assert says in refusal(data, "x.xlsx")


def test_a_line_of_a_thousand_cells_is_refused_by_its_line():
    wide = b"a,b\n1,2\n" + b"x," * 800 + b"y\n"
    assert "Line 3" in refusal(wide, header_line=1)
