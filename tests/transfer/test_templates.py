"""Templates: the import knows every header, leaves the examples out, and takes what people fill in."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import openpyxl
import pytest

from models.actor import SYSTEM, Source
from models.errors import NotAllowed, NotFound, Refused
from models.query import Query
from transfer import imports, templates
from transfer.examples import MARK, is_example
from transfer.refusal import FileRefused
from transfer.templates import Wanted, template

BY = Source("cli")


@pytest.fixture
def head(library, person):
    """Someone who may do everything in a library with one branch, one shelf and seven books."""
    with library.connection():
        head = person(library, "head", locale="zh")
        branch = library.store.create(SYSTEM, "branch", {"name": "东馆"}, BY)
        library.store.create(SYSTEM, "shelf", {"branch": branch, "code": "A1"}, BY)
        for n in range(7):
            genre = "poetry" if n % 2 else "novel"
            library.store.create(SYSTEM, "book", {"name": f"书{n}", "isbn": f"978000000{n}", "genre": genre}, BY)
        yield head


def opened(data):
    return openpyxl.load_workbook(io.BytesIO(data))


@pytest.mark.parametrize(
    ("cells", "example"),
    [
        (["【示例】 A1", "x"], True), (["[Example] A1"], True), (["", " [example]"], True), (["［示例］甲"], True),
        (["示例小区"], False), (["Example"], False), ([], False), (["A1", "【示例】"], False),
    ],
)  # fmt: skip
def test_the_line_of_examples_is_known(cells, example):
    assert is_example(cells) is example


@pytest.mark.parametrize("name", ["book", "shelf", "member", "purchases"])
@pytest.mark.parametrize("locale", ["zh", "en"])
def test_every_header_is_known_to_the_import(library, person, name, locale):
    with library.connection():
        actor = person(library, "head", locale=locale)
        sheet = opened(template(library, actor, name, "xlsx")).active
        headers = [cell.value for cell in sheet[1]]
        data = ",".join(headers).encode() + b"\n" + b",".join([b"x"] * len(headers))
        ready = imports.prepare(library, actor, name, data, "x.csv")
        assert ready.unknown == () and len(ready.matched) == len(headers)
        assert all(header.isascii() == (locale == "en") or header == "ISBN*" for header in headers)


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_a_blank_template_holds_no_rows(library, head, format):
    with pytest.raises(FileRefused, match="no rows"):
        imports.prepare(library, head, "book", template(library, head, "book", format), f"x.{format}")


def test_the_examples_are_left_out_and_the_rest_is_taken(library, head):
    rows = list(csv.reader(io.StringIO(template(library, head, "book", "csv").decode("utf-8-sig"))))
    at = {header: index for index, header in enumerate(rows[0])}
    assert rows[1][0].startswith("【示例】")
    mine = [""] * len(rows[0])
    mine[at["书名"]], mine[at["书号"]], mine[at["类别"]] = "新书", "9789999999", "诗歌"
    out = io.StringIO()
    csv.writer(out).writerows([*rows, mine])
    ready = imports.prepare(library, head, "book", out.getvalue().encode(), "x.csv")
    assert [skipped.line for skipped in ready.sheet.skipped] == [2]
    result = imports.run(library, head, ready, dry_run=False)
    assert (result.created, result.rejected) == (1, [])


def test_choices_and_required_columns_are_told(library, head):
    book = opened(template(library, head, "book", "xlsx"))
    sheet = book.worksheets[0]
    at = {cell.value: cell for cell in sheet[1]}
    assert "必填" in at["书名*"].comment.text and at["类别"].comment is not None
    rules = {str(rule.sqref).split(":")[0][:-1]: rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert "选项" in rules[at["类别"].column_letter] and at["可外借"].column_letter in rules
    options = book["选项"]
    assert options.sheet_state == "hidden"
    assert [options.cell(2, 1).value, options.cell(1, 2).value] == ["诗歌", "是"]


def test_with_records_it_comes_back_unchanged(library, head):
    data = template(library, head, "book", "xlsx", Wanted("all", Query(sort="id")))
    sheet = opened(data).active
    assert sheet.max_row == 9 and [cell.value for cell in sheet[1]][-2:] == ["#编号", "#版本"]
    result = imports.run(library, head, imports.prepare(library, head, "book", data, "x.xlsx"), dry_run=False)
    assert (result.created, result.updated, result.unchanged, result.rejected) == (0, 0, 7, [])
    assert opened(template(library, head, "book", "xlsx", Wanted("five"))).active.max_row == 7


def test_the_filter_narrows_it_and_too_many_are_refused(library, head, monkeypatch):
    query = Query(where="genre == 'poetry'")
    assert opened(template(library, head, "book", "xlsx", Wanted("all", query))).active.max_row == 5
    monkeypatch.setattr(templates, "MOST_FILLED", 6)
    with pytest.raises(Refused, match="More than 6"):
        template(library, head, "book", "xlsx", Wanted("all"))


def test_fields_a_role_may_not_write_are_not_in_it(library, person):
    with library.connection():
        librarian = person(library, "librarian")
        headers = [cell.value for cell in opened(template(library, librarian, "book", "xlsx")).active[1]]
    assert "Price" in headers and "Discount" not in headers


def test_who_may_not_import_gets_none(library, person):
    with library.connection():
        with pytest.raises(NotAllowed):
            template(library, person(library, "auditor"), "book", "xlsx")
        with pytest.raises(NotFound):
            template(library, person(library, "head"), "nonsense", "xlsx")


# -- every entity and every layout of the office ------------------------------------------------------


def names(schema):
    """What can be brought in by a file: where nothing is written by hand there is nothing to fill in."""
    written = [e.name for e in schema.entities.values() if not all(field.readonly for field in e.fields.values())]
    return [*written, *schema.imports]


def test_every_entity_and_every_layout_has_a_template_that_reads_back(office, office_schema):
    """Blank it holds no rows but the examples; its headers are all known, the required ones among them."""
    with office.connection():
        actor = replace(SYSTEM, locale="zh")
        for name in names(office_schema):
            data = template(office, actor, name, "xlsx")
            with pytest.raises(FileRefused, match="no rows"):
                imports.prepare(office, actor, name, data, "x.xlsx")
            sheet = opened(data).active
            headers = [cell.value for cell in sheet[1]]
            filled = csv_of(headers, ["x"] * len(headers))
            ready = imports.prepare(office, actor, name, filled, "x.csv")
            assert ready.unknown == (), (name, [m.column.header for m in ready.unknown])
            assert [m.how for m in ready.matched if m.how == "like"] == [], name
            rows = list(csv.reader(io.StringIO(template(office, actor, name, "csv").decode("utf-8-sig"))))
            assert rows[0] == [header.rstrip("*") for header in headers], name
            required = {t.key for t in ready.targets if t.required}
            assert required <= {m.target.key for m in ready.matched}, name


def test_what_the_examples_say_can_be_read(office, office_schema):
    """Every example cell that is no link is a value that its own field takes."""
    with office.connection():
        context = office.scope.context(SYSTEM)
        for name in names(office_schema):
            rows = list(csv.reader(io.StringIO(template(office, SYSTEM, name, "csv").decode("utf-8-sig"))))
            ready = imports.prepare(office, SYSTEM, name, csv_of(rows[0], ["x"] * len(rows[0])), "x.csv")
            assert ready.unknown == (), (name, [m.column.header for m in ready.unknown])
            for match, cell in zip(ready.matched, rows[1], strict=True):
                text = cell.replace(MARK.en, "").strip()
                if text and not match.target.field.target:
                    match.target.field.type.parse(text.removeprefix("'"), context)


def csv_of(*rows):
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()
