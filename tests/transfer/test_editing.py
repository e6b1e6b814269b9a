"""Files made for editing: a round trip changes nothing, and what others changed meanwhile is refused by name."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest

from models.actor import SYSTEM, Source
from transfer import imports
from transfer.editing import Marks, find_marks, mark_of
from transfer.export import Way, export

BY = Source("cli")
EDITING = Way(for_editing=True)


@pytest.fixture
def books(library):
    with library.connection():
        for n in (1, 2, 3):
            library.store.create(SYSTEM, "book", {"name": f"第{n}本", "isbn": f"978000000{n}"}, BY)
        yield library


def edited(registry, entity, change, *columns, format="csv"):
    """The export for editing of an entity, each row changed by ``change(row as a dict)``, taken in again."""
    data = b"".join(export(registry, SYSTEM, entity, format, columns=columns, way=EDITING))
    if format == "xlsx":
        table = [list(row) for row in openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True)]
    else:
        table = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    head, *rows = table
    for row in rows:
        change(cells := dict(zip(head, row, strict=True)))
        row[:] = [cells[name] for name in head]
    out = io.StringIO()
    csv.writer(out).writerows([head, *rows])
    ready = imports.prepare(registry, SYSTEM, entity, out.getvalue().encode(), "x.csv")
    assert ready.problems == () and not ready.all_new
    return imports.run(registry, SYSTEM, ready, dry_run=False, bad_rows="skip")


def test_the_columns_are_found_in_both_languages():
    assert find_marks(["名称", "#编号", "#版本"]) == Marks(1, 2)
    assert find_marks(["#version", "Name", "#id"]) == Marks(2, 0)
    assert find_marks(["#id", "Name"]) is None
    assert mark_of(["x", "4", "2"], Marks(1, 2)) == (4, 2)
    assert mark_of(["x"], Marks(1, 2)) is None
    with pytest.raises(ValueError, match="four"):
        mark_of(["x", "four", "2"], Marks(1, 2))


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_untouched_it_changes_nothing(books, format):
    result = edited(books, "book", lambda cells: None, format=format)
    assert (result.created, result.updated, result.unchanged, result.rejected) == (0, 0, 3, [])


def test_a_row_finds_its_record_though_its_key_is_changed(books):
    result = edited(books, "book", lambda cells: cells.update(ISBN="X" + cells["ISBN"]))
    assert (result.created, result.updated) == (0, 3)
    assert books.scope.get(SYSTEM, "book", 1)["isbn"] == "X9780000001"


def test_a_file_without_the_key_is_enough(books):
    result = edited(books, "book", lambda cells: cells.update(Name=cells["Name"] + "!"), "name")
    assert (result.created, result.updated, result.rejected) == (0, 3, [])


def test_what_somebody_changed_meanwhile_is_refused_by_name(books, person):
    head = person(books, "head")

    def change(cells):
        if cells["#id"] == "2":
            books.store.update(head, "book", 2, {"name": "改过"}, BY)
        if cells["#id"] == "3":
            books.store.delete(SYSTEM, "book", 3, BY)
        cells["Genre"] = "Poetry"

    result = edited(books, "book", change)
    assert (result.updated, len(result.rejected)) == (1, 2)
    reasons = sorted(refused.reason.to("en") for refused in result.rejected)
    assert {refused.column.to("en") for refused in result.rejected} == {"#version"}
    assert reasons[0].startswith("The record 3 is no longer there")
    assert "“改过” was changed by Head" in reasons[1]
    assert books.scope.get(SYSTEM, "book", 2)["genre"] == "novel"


def test_a_spoilt_mark_is_said(books):
    result = edited(books, "book", lambda cells: cells.update({"#version": "1.0E+0"}))
    assert len(result.rejected) == 3 and "1.0E+0" in result.rejected[0].reason.to("en")


def test_a_row_added_by_hand_is_a_new_record(books):
    def change(cells):
        if cells["#id"] == "3":
            cells.update({"#id": "", "#version": "", "ISBN": "9780000009"})

    result = edited(books, "book", change)
    assert (result.created, result.unchanged, result.rejected) == (1, 2, [])


def test_a_record_out_of_sight_is_not_there(books, person):
    """A librarian sees copies of their own branch only; the id of another tells nothing."""
    store = books.store
    branch = store.create(SYSTEM, "branch", {"name": "东馆"}, BY)
    shelf = store.create(SYSTEM, "shelf", {"branch": branch, "code": "A1"}, BY)
    data = f"Branch,Code,#id,#version\n东馆,A1,{shelf},1\n".encode()
    head = person(books, "head")
    ready = imports.prepare(books, head, "shelf", data, "x.csv")
    assert imports.run(books, head, ready, dry_run=True).unchanged == 1
    missing = data.replace(f",{shelf},".encode(), b",999,")
    result = imports.run(books, head, imports.prepare(books, head, "shelf", missing, "x.csv"), dry_run=True)
    assert [refused.reason.to("en") for refused in result.rejected] == ["The record 999 is no longer there."]
