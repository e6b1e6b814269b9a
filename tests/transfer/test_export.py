"""Records out as files: complete, safe to open, and no more than the reader may see."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime, time
from decimal import Decimal

import openpyxl
import pytest

from models.actor import SYSTEM, Source
from models.errors import NotAllowed
from models.query import Query
from models.reads import streaming
from transfer import imports
from transfer.cells import guarded
from transfer.export import export
from transfer.export_log import ExportLog
from transfer.refusal import FileRefused

BY = Source("cli")


@pytest.fixture
def books(library):
    """Two books, two members, and what belongs to them."""
    with library.connection():
        store = library.store
        east = store.create(SYSTEM, "branch", {"name": "=东馆"}, BY)
        shelf = store.create(SYSTEM, "shelf", {"branch": east, "code": "A1"}, BY)
        author = store.create(SYSTEM, "author", {"name": "某甲"}, BY)
        one = {"name": "=1+1", "isbn": "9780000001", "authors": (author,), "genre": "poetry", "price": Decimal("12.50")}
        book = store.create(SYSTEM, "book", one, BY)
        store.create(SYSTEM, "book", {"name": "二", "isbn": "9780000002", "topics": ("local", "travel")}, BY)
        store.create(SYSTEM, "copy", {"book": book, "shelf": shelf, "cost": 5, "bought_on": date(2026, 3, 1)}, BY)
        person = {
            "name": "王一",
            "phone": "13812345678",
            "id_number": "110105199008227722",
            "birthday": date(1990, 8, 22),
        }
        store.create(SYSTEM, "member", person, BY)
        yield library


def rows(registry, actor, entity, *columns, **query):
    blocks = list(export(registry, actor, entity, "csv", Query(sort="id", **query), columns))
    data = b"".join(blocks)
    assert data.startswith(b"\xef\xbb\xbf") or not data
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def book(registry, actor, entity, *columns):
    data = b"".join(export(registry, actor, entity, "xlsx", Query(sort="id"), columns))
    return list(openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True))


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=1+1", "'=1+1"), ("+86 10", "'+86 10"), ("-x", "'-x"), ("@a", "'@a"), ("\tx", "'\tx"), ("\rx", "'\rx"),
        ("-5", "-5"), ("-12.50", "-12.50"), ("+3", "+3"), ("plain", "plain"), ("", ""), ("'=x", "''=x"), ("'x", "'x"),
    ],
)  # fmt: skip
def test_text_that_a_spreadsheet_would_calculate_is_guarded(text, safe):
    assert guarded(text) == safe


def test_columns_speak_the_readers_language_and_links_are_titles(books, person):
    reader = person(books, "head", locale="zh")
    assert rows(books, reader, "copy", "book", "shelf", "cost", "bought_on", "title") == [
        ["图书", "书架", "购价", "购入日期", "馆藏册"],
        ["'=1+1", "'=东馆/A1", "5.00", "2026-03-01", "B000001"],
    ]
    assert rows(books, SYSTEM, "book", "name", "authors", "genre", "topics", "price")[1:] == [
        ["'=1+1", "某甲", "Poetry", "", "12.50"],
        ["二", "", "Novel", rows(books, SYSTEM, "book", "topics")[2][0], ""],
    ]


def test_a_workbook_has_numbers_days_and_plain_text(books):
    head, one = book(books, SYSTEM, "copy", "book", "cost", "bought_on", "is_out")
    assert head == ("Book", "Cost", "Bought on", "Is out")
    assert one[:3] == ("=1+1", 5, datetime(2026, 3, 1))
    assert isinstance(one[1], (int, float))


def test_lines_of_json_carry_ids_and_versions(books):
    data = b"".join(export(books, SYSTEM, "book", "jsonl", Query(sort="id"), ("name", "authors", "price")))
    first = json.loads(data.splitlines()[0])
    assert first == {"id": 1, "version": 1, "name": "=1+1", "authors": ["某甲"], "price": "12.50"}


def test_masked_is_masked_and_hidden_is_absent(books, person):
    auditor = person(books, "auditor")
    for format in ("csv", "xlsx", "jsonl"):
        data = b"".join(export(books, auditor, "member", format))
        if format == "xlsx":
            data = str(list(openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True))).encode()
        assert b"13812345678" not in data and b"110105199008227722" not in data and b"1990-08-22" not in data
    _head, one = rows(books, auditor, "member", "name", "phone")
    assert one == ["王一", "138****5678"]
    with pytest.raises(FileRefused, match="birthday"):
        rows(books, auditor, "member", "birthday")


def test_who_may_not_export_gets_nothing(books, person):
    with pytest.raises(NotAllowed):
        export(books, person(books, "desk"), "book", "csv")


def test_the_scope_of_the_export_holds(books, person):
    librarian = person(books, "librarian")
    assert len(rows(books, librarian, "copy", "book")) == 1
    books.store.update(SYSTEM, "branch", 1, {"librarian": librarian.id}, BY)
    assert len(rows(books, librarian, "copy", "book")) == 2


def test_a_condition_narrows_and_a_wrong_one_is_refused(books):
    assert rows(books, SYSTEM, "book", "isbn", where="price > 10") == [["ISBN"], ["9780000001"]]
    with pytest.raises(Exception, match="nonsense"):
        rows(books, SYSTEM, "book", "isbn", where="nonsense > 10")
    with pytest.raises(FileRefused, match="pdf"):
        export(books, SYSTEM, "book", "pdf")


def test_an_empty_list_is_a_file_with_headers(books):
    assert rows(books, SYSTEM, "book", "isbn", where="price > 99999") == [["ISBN"]]
    assert len(book(books, SYSTEM, "fine", "amount")) == 1


@pytest.mark.parametrize("format", ["csv", "xlsx"])
@pytest.mark.parametrize("entity", ["book", "shelf", "author", "branch", "member"])
def test_what_goes_out_comes_back_unchanged(books, entity, format):
    data = b"".join(export(books, SYSTEM, entity, format))
    ready = imports.prepare(books, SYSTEM, entity, data, f"x.{format}")
    result = imports.run(books, SYSTEM, ready, dry_run=False)
    assert result.rejected == [] and result.created == result.updated == 0 and result.unchanged > 0


@pytest.fixture
def shelves(library, monkeypatch):
    """A few dozen copies and loans, and stretches so short that every list has many."""
    monkeypatch.setattr(streaming, "FIRST_STRETCH", 2)
    monkeypatch.setattr(streaming, "STRETCH", 3)
    with library.connection():
        store = library.store
        branch = store.create(SYSTEM, "branch", {"name": "东馆", "opens_at": time(9, 30)}, BY)
        shelf = store.create(SYSTEM, "shelf", {"branch": branch, "code": "A1"}, BY)
        for n in range(23):
            price = None if n % 4 == 0 else Decimal(n % 5)
            values = {"name": f"书{n % 7}", "isbn": f"97800000{n:02}", "price": price, "lendable": n % 3 > 0}
            values |= {"why_not": "旧"} if n % 3 == 0 else {}
            book = store.create(SYSTEM, "book", values, BY)
            store.create(SYSTEM, "copy", {"book": book, "shelf": shelf, "cost": n % 3 or None,
                                          "bought_on": date(2026, 3, 1 + n % 4)}, BY)  # fmt: skip
        yield library


@pytest.mark.both_engines
@pytest.mark.parametrize(
    ("entity", "sort"),
    [
        ("book", "id"), ("book", "-id"), ("book", "title"), ("book", "-title"), ("book", "price"), ("book", "-price"),
        ("book", "paid"), ("book", "-copies"), ("book", "worth"), ("copy", "book"), ("copy", "-book"),
        ("copy", "bought_on"), ("copy", "-cost"), ("copy", "is_out"),
    ],
)  # fmt: skip
def test_every_order_gives_every_row_once(shelves, entity, sort):
    data = b"".join(export(shelves, SYSTEM, entity, "jsonl", Query(sort=sort)))
    ids = [json.loads(line)["id"] for line in data.splitlines()]
    assert ids == [record.id for record in shelves.scope.stream(SYSTEM, entity, Query(sort=sort))]
    assert len(ids) == 23


@pytest.mark.both_engines
def test_both_engines_say_the_same(shelves):
    head, first = rows(shelves, SYSTEM, "branch", "title", "opens_at", "shelves", "created_at")[:2]
    assert first == ["东馆", "09:30", "1", "2026-03-16 09:30:00"] and len(head) == 4
    assert rows(shelves, SYSTEM, "book", "isbn", "price", "lendable", where="price > 2", search="书")[1:3] == [
        ["9780000003", "3.00", "No"],
        ["9780000009", "4.00", "No"],
    ]
    assert rows(shelves, SYSTEM, "copy", "cost", "bought_on", "is_out")[2] == ["1.00", "2026-03-02", "No"]
    found = book(shelves, SYSTEM, "copy", "cost", "bought_on", "created_at")
    assert found[2] == (1, datetime(2026, 3, 2), datetime(2026, 3, 16, 9, 30))


def test_a_selection_keeps_the_lists_order(shelves):
    assert [r[0] for r in rows(shelves, SYSTEM, "book", "isbn", ids=(9, 3, 5))[1:]] == [
        "9780000002", "9780000004", "9780000008",
    ]  # fmt: skip


def test_every_export_is_kept_with_its_count_and_filter(shelves, person):
    head, auditor = person(shelves, "head"), person(shelves, "auditor")
    list(export(shelves, head, "book", "csv", Query(where="price > 2")))
    next(iter(export(shelves, head, "copy", "xlsx", columns=("book", "cost"))))
    broken, whole = ExportLog(shelves).latest(auditor)
    assert (whole.rows, whole.filters, whole.actor_name, whole.format) == (6, ("price > 2",), "Head", "csv")
    assert (broken.rows, broken.columns, broken.entity) == (None, ("Book", "Cost"), "copy")
    assert ExportLog(shelves).latest(person(shelves, "librarian")) == []
