"""Files out through the browser: which records, which columns, who may, what is kept."""

from __future__ import annotations

import csv
import io
import json
import re

import openpyxl
import pytest

from models.actor import SYSTEM, Source

BY = Source("cli")
PASSWORD = "correct horse battery"


@pytest.fixture
def shop(library, person, site_of, visit):
    """A library with sixty books and three members; ``shop("head")`` signs someone in."""
    with library.connection():
        for n in range(60):
            values = {"name": f"书{n:02}", "isbn": f"97800000{n:02}", "genre": "poetry" if n % 2 else "novel"}
            library.store.create(SYSTEM, "book", values, BY)
        for n in range(3):
            values = {"name": f"王{n}", "phone": f"1381234567{n}", "birthday": "1990-01-01"}
            library.store.create(SYSTEM, "member", values, BY)
    app = site_of(library)

    def sign_in(role, locale="en"):
        with library.connection():
            person(library, role, password=PASSWORD, locale=locale)
        visitor = visit(app)
        visitor.sign_in(role)
        visitor.post("/account/password", {"old": PASSWORD, "new": PASSWORD + "!", "again": PASSWORD + "!"})
        return visitor

    return sign_in


def table(answer):
    assert answer.status_code == 200, answer.get_data(as_text=True)[:500]
    return list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"), newline="")))


def words(answer):
    return answer.get_data(as_text=True)


def test_the_dialog_offers_what_the_person_sees(shop):
    page = words(shop("auditor").get("/member/export/"))
    assert 'value="phone"' in page and 'value="card"' in page
    assert 'value="email"' not in page and 'value="birthday"' not in page


def test_all_that_match_the_page_or_the_selection(shop):
    head = shop("head")
    base = {"do": "download", "kind": "csv", "column": ["isbn"]}
    assert len(table(head.post("/book/export/", {**base, "query": "genre=poetry", "what": "all"}))) == 31
    page = {**base, "query": "genre=poetry&size=25&page=2", "what": "page"}
    assert len(table(head.post("/book/export/", page))) == 6
    chosen = table(head.post("/book/export/", {**base, "picked": "3,1", "what": "picked"}))
    assert sorted(row[0] for row in chosen[1:]) == ["9780000000", "9780000002"]


def test_the_ticked_rows_reach_the_dialog(shop):
    head = shop("head")
    page = words(head.post("/book/export/", {"rowid": ["1", "2", "999"], "back": "/book/?genre=novel"}))
    assert 'name="picked" value="1,2"' in page and 'name="query" value="genre=novel"' in page
    everything = words(head.post("/book/export/", {"rowid": ["1"], "every": "genre=poetry"}))
    assert "picked" not in everything and 'name="query" value="genre=poetry"' in everything


def test_columns_stand_in_the_order_chosen_and_are_kept_by_name(shop):
    head = shop("head")
    form = {"do": "keep", "name": "标签", "column": ["isbn", "name", "nonsense"], "query": "genre=novel"}
    answer = head.post("/book/export/", form)
    assert answer.status_code == 302 and "set=" in answer.headers["Location"]
    page = words(head.get(answer.headers["Location"]))
    offered = re.findall(r'name="column" value="(\w+)"( checked)?', page)
    assert offered[:2] == [("isbn", " checked"), ("name", " checked")]
    assert not any(checked for _name, checked in offered[2:])
    assert len(offered) == len({name for name, _ in offered})
    rows = table(head.post("/book/export/", {"do": "download", "kind": "csv", "column": ["isbn", "name"]}))
    assert rows[0] == ["ISBN", "Name"]
    head.post("/book/export/", {"do": "forget", "set": "标签", "query": ""})
    assert "标签" not in words(head.get("/book/export/"))


def test_a_nameless_set_is_refused_in_words(shop):
    answer = shop("head").post("/book/export/", {"do": "keep", "name": " ", "column": ["isbn"]}, follow_redirects=True)
    assert "Give this set of columns a name." in words(answer)


def test_an_old_excel_reads_gb18030(shop):
    answer = shop("head", "zh").post("/book/export/", {"do": "download", "kind": "csv-gb18030", "column": ["name"]})
    assert answer.get_data().decode("gb18030").startswith("书名\r\n书00\r\n")
    assert answer.content_type == "text/csv; charset=gb18030"


def test_a_workbook_for_editing_holds_ids_out_of_sight(shop):
    form = {"do": "download", "kind": "xlsx", "column": ["name"], "editing": "1", "what": "page"}
    sheet = openpyxl.load_workbook(io.BytesIO(shop("head").post("/book/export/", form).get_data())).active
    assert [c.value for c in sheet[1]] == ["Name", "#id", "#version"]
    assert sheet.column_dimensions["B"].hidden and sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == f"A1:C{sheet.max_row}"


def test_masks_hold_in_the_file(shop):
    answer = shop("auditor").post("/member/export/", {"do": "download", "kind": "jsonl"})
    assert b"13812345670" not in answer.get_data() and b"1990" not in answer.get_data()
    assert json.loads(answer.get_data().splitlines()[0])["phone"] == "138****5672"


def test_who_may_not_export_finds_no_door(shop):
    desk = shop("desk")
    assert desk.get("/book/export/").status_code == 403
    assert desk.post("/book/export/", {"do": "download"}).status_code == 403
    assert desk.get("/nonsense/export/").status_code == 404
    assert "/book/export/" not in words(desk.get("/book/"))


def test_every_export_is_listed_for_auditors(shop):
    auditor, head = shop("auditor"), shop("head")
    table(head.post("/member/export/", {"do": "download", "kind": "csv", "query": "phone=13812345671", "what": "all"}))
    page = words(auditor.get("/exports/"))
    assert "Head" in page and "Members" in page and ">1<" in page
    assert "13812345671" not in page and "Phone = •••" in page
    assert "Phone = 13812345671" in words(head.get("/exports/"))


def test_the_list_leads_to_the_doors(shop):
    page = words(shop("head").get("/book/?genre=novel&size=25&page=2"))
    assert "/book/export/?genre=novel&amp;size=25&amp;page=2" in page
    assert "/templates/book/?genre=novel" in page and 'formaction="/book/export/"' in page


def test_templates_lie_beside_the_upload_and_the_list(shop):
    head = shop("head")
    assert "/templates/book/xlsx/" in words(head.get("/book/import/"))
    assert "/templates/purchases/csv/" in words(head.get("/imports/purchases/"))
    assert "rows=all&amp;genre=novel" in words(head.get("/templates/book/?genre=novel"))
    for address in ("/templates/book/xlsx/", "/templates/purchases/csv/", "/templates/book/xlsx/?rows=five"):
        answer = head.get(address)
        assert answer.status_code == 200 and "attachment" in answer.headers["Content-Disposition"]
    assert head.get("/templates/nonsense/").status_code == 404
    assert shop("auditor").get("/templates/book/xlsx/").status_code == 403
