"""Hostile text goes in through the store and comes out of every format sign by sign."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import openpyxl
import pytest

from models.actor import SYSTEM, Source
from models.query import Query
from transfer import imports, workbook
from transfer.export import Way, export

BY = Source("cli")
HOSTILE = (
    # formulas and what looks like them
    "=1+1", '=HYPERLINK("http://example.com","x")', "=cmd|' /C calc'!A0", "+86 10 12345678", "-x", "@SUM(A1)", "'=x",
    "''", "'", "{=1}", "-5", "+3", "-1e5", "%00",
    # words and numbers that programs take for something else
    "NULL", "null", "undefined", "None", "nil", "NaN", "Infinity", "TRUE", "false", "00", "007", "1e5", "0x10", "1E+10",
    "1.0", "1,000", "2026-01-01", "1/2", "13812345678", "110105199008227722", "99999999999999999999", "是", "#N/A",
    "#REF!",
    # mark-up, SQL, templates, paths
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "]]>", "<!--", "&amp;", "&#13;", "&lt;b&gt;",
    "Robert'); DROP TABLE book;--", "' OR 1=1 --", "{{7*7}}", "${7*7}", "%s%d%n", "{0}", "\\", "\\n", "C:\\new\\table",
    "../../etc/passwd", "a|b", "a,b", 'a"b', "a;b", "a\tb".replace("\t", " "), '"', '""', ",", ";", "【示例】x",
    # what workbooks write for signs they cannot hold
    "_x0041_", "_x000D_", "_x005F_x0041_", "_X0041_", "_x00e9_",
    # signs of every kind
    "é", "e\u0301", "ｆｕｌｌ　ｗｉｄｔｈ１２３", "𠮷野家", "﷽", "Ω≈ç√∫˜µ≤≥÷", "田中さんにあげて下さい",
    "표준국어대사전",
    "اختبار", "בְּרֵאשִׁית", "Ｔｈｅ", "👩‍👩‍👧‍👦", "👍🏽", "🇨🇳", "Z̮̞̠͙͔ͅḀ̗̞͈̻̗Ḷ͙͎̯̹̞͓G̻O̭̗̮", "ﬁ", "½", "١٢٣", "Ａ１",
    "㎡", "\ue000", "\U0010fffd",
    "王\u3000五", "\U0001f469\u200d\U0001f467", "a\u200bb", "\u202eabc\u202c", "a\u00a0b", "x\ufeffy", "a\u2028b",
)  # fmt: skip
LONG = "长" * 9_999 + "尾"
SEVERAL_LINES = "第一行\n第二行\n\n=第三行"


@pytest.fixture
def kept(library):
    """The library with an author for each text; what the store made of it is what has to come out."""
    with library.connection():
        for n, text in enumerate((*HOSTILE, LONG, SEVERAL_LINES)):
            library.store.create(SYSTEM, "author", {"name": f"{n:03}", "about": text}, BY)
        texts = [library.scope.get(SYSTEM, "author", id)["about"] for id in range(1, len(HOSTILE) + 3)]
        yield library, texts


def out(registry, format, **way):
    query, columns = Query(sort="id"), ("name", "about")
    return b"".join(export(registry, SYSTEM, "author", format, query, columns, Way(**way)))


def test_the_store_keeps_them_as_they_are(kept):
    _registry, texts = kept
    assert [t for t in texts if t.isprintable()] == [t for t in (*HOSTILE, LONG) if t.isprintable()]
    assert texts[-1] == SEVERAL_LINES


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_csv_differs_only_by_the_guard(kept, encoding):
    registry, texts = kept
    data = out(registry, "csv", encoding=encoding)
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig" if encoding == "utf-8" else encoding), newline="")))
    for (_name, cell), text in zip(rows[1:], texts, strict=True):
        assert cell in (text, "'" + text)
        assert not cell.startswith(("=", "@", "\t", "\r")) and (cell[:1] not in "+-" or cell in ("-5", "+3"))


def test_a_workbook_holds_each_as_text(kept):
    registry, texts = kept
    data = out(registry, "xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    cells = [row[1] for row in sheet.iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells} == {"s"}
    plain = [text for text in texts if "_x" not in text.lower()]
    assert [cell.value for cell, text in zip(cells, texts, strict=True) if "_x" not in text.lower()] == plain
    assert [cells[1] for _n, cells in workbook.open_sheet(data).rows()][1:] == texts
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")


def test_lines_of_json_hold_them(kept):
    registry, texts = kept
    assert [json.loads(line)["about"] for line in out(registry, "jsonl").splitlines()] == texts


@pytest.mark.parametrize(("format", "encoding"), [("csv", "utf-8"), ("csv", "gb18030"), ("xlsx", "utf-8")])
def test_each_comes_back_the_same(kept, format, encoding):
    registry, texts = kept
    data = out(registry, format, encoding=encoding)
    result = imports.run(
        registry, SYSTEM, imports.prepare(registry, SYSTEM, "author", data, f"x.{format}"), dry_run=True
    )
    told = [(r.line, r.value[:40], r.reason.to("en")) for r in result.rejected]
    assert told == [] and (result.created, result.updated, result.unchanged) == (0, 0, len(texts))
