"""Taking a spreadsheet in through the browser: who may, what is shown, what is written."""

from __future__ import annotations

import io
import re
from html import unescape
from pathlib import Path

import openpyxl
import pytest

from models.actor import SYSTEM, Source
from models.query import Query

SAMPLES = Path(__file__).parent.parent / "samples"
PASSWORD = "correct horse battery"
PAGE = "/imports/units_owners/"


@pytest.fixture
def desk(office, person, site_of, visit):
    """Signs someone in: ``desk("supervisor")``."""
    app = site_of(office)

    def sign_in(role, locale="en"):
        with office.connection():
            person(office, role, password=PASSWORD, locale=locale)
        visitor = visit(app)
        visitor.sign_in(role)
        visitor.post("/account/password", {"old": PASSWORD, "new": PASSWORD + "!", "again": PASSWORD + "!"})
        return visitor

    return sign_in


def upload(visitor, name, data=None, page=PAGE):
    data = (SAMPLES / name).read_bytes() if data is None else data
    visitor.get(page)
    return visitor.post(page, {"file": (io.BytesIO(data), name)}, content_type="multipart/form-data")


def text(answer):
    """What a page says, without its tags."""
    body = re.sub(r"(?s)<(script|style).*?</\1>", "", answer.get_data(as_text=True))
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def count(office, entity):
    with office.connection():
        return office.scope.count(SYSTEM, entity)


def fields(answer):
    """The values the page's form would send."""
    body = answer.get_data(as_text=True)
    found = {
        n: unescape(v) for n, v in re.findall(r'<input(?![^>]*checkbox)[^>]* name="([^"]+)" value="([^"]*)"', body)
    }
    found |= {
        n: unescape(v) for n, v in re.findall(r'<input class="input" id="[^"]*" name="([^"]+)" value="([^"]*)"', body)
    }
    for name, options in re.findall(r'(?s)<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', body):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        found[name] = unescape(chosen[1])
    return found


def test_a_clean_file_is_shown_first_and_then_written(office, desk):
    visitor = desk("supervisor")
    answer = upload(visitor, "units_owners_gbk.csv")
    assert answer.status_code == 302
    place = answer.location
    page = visitor.get(place)
    assert page.status_code == 200
    said = text(page)
    assert "300 new" in said and "GB18030" in said and "nothing has been written" in said
    assert "肖国" in said and "Floor area" in said
    assert count(office, "unit") == 0
    done = visitor.post(place, {**fields(page), "do": "write"})
    assert done.status_code == 302
    report = text(visitor.get(place))
    assert "The whole file was imported" in report and "300 new" in report
    assert (count(office, "unit"), count(office, "resident")) == (300, 300)
    again = visitor.get(upload(visitor, "units_owners_gbk.csv").location)
    assert "very same file was imported" in text(again) and "300 unchanged" in text(again)


def test_refused_rows_are_named_put_right_and_left_out(office, desk):
    visitor = desk("supervisor", locale="zh")
    place = upload(visitor, "units_owners_messy.csv").location
    page = visitor.get(place)
    for words in ("第 5 行", "九十平", "闲置不用", "第 52 行与第 51 行重复"):
        assert words in unescape(page.get_data(as_text=True)), words
    assert "<script>alert" not in page.get_data(as_text=True)
    stopped = visitor.post(place, {**fields(page), "do": "write"})
    assert count(office, "unit") == 0
    page = visitor.get(stopped.location)
    assert "没有导入" in text(page)
    put_right = {**fields(page), "cell-5-6": "90", "cell-17-2": "802", "do": "check"}
    page = visitor.get(visitor.post(place, put_right).location)
    assert "九十平" not in page.get_data(as_text=True) and count(office, "unit") == 0
    visitor.post(place, {**fields(page), "do": "write-skip"})
    assert count(office, "unit") == 114
    report = visitor.get(place)
    assert "闲置不用" in text(report)
    sheet = openpyxl.load_workbook(io.BytesIO(visitor.get(f"{place}rejects.xlsx").data)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][0] == "楼号" and rows[0][-1] == "未导入原因" and len(rows) == 7
    assert "闲置不用" in rows[1] and "闲置不用" in rows[1][-1]
    kept = visitor.get(f"{place}rejects.csv").data
    assert kept.startswith(b"\xef\xbb\xbf") and kept.decode("utf-8-sig").count("\r\n") == 7


def test_changed_cells_are_shown_old_and_new(office, desk):
    visitor = desk("supervisor")
    place = upload(visitor, "units_owners_utf8bom.csv").location
    visitor.post(place, {**fields(visitor.get(place)), "do": "write"})
    page = visitor.get(upload(visitor, "units_owners_update.csv").location)
    said = text(page)
    assert "20 changed" in said and "30 unchanged" in said
    assert "18687455328" in said and "18621743472" in said


def test_columns_can_be_sent_elsewhere_and_left_out(office, desk):
    visitor = desk("supervisor")
    data = "幢,单元,房间,随便\n1,1,101,x\n".encode()
    page = visitor.get(upload(visitor, "f.csv", data).location)
    place = page.request.path
    assert "has no column" in text(page) and "go nowhere" in text(page)
    chosen = {**fields(page), "column-0": "building.number", "column-3": "-", "do": "check"}
    page = visitor.get(visitor.post(place, chosen).location)
    assert "1 new" in text(page) and "go nowhere" not in text(page)
    visitor.post(place, {**fields(page), "do": "write"})
    assert count(office, "unit") == 1


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("empty.csv", b"", "empty"),
        ("notes.pdf", b"%PDF-1.7", "kind of file"),
        ("broken.xlsx", b"PK\x03\x04no", "damaged"),
        ("odd.csv", b"\xff\xfe\xff\x00\xd8", "cannot be read"),
        ("head.csv", "楼号,单元,房间\n".encode(), "no rows"),
    ],
)
def test_files_that_cannot_be_read_are_refused_with_a_sentence(desk, name, data, says):
    answer = upload(desk("supervisor"), name, data)
    assert answer.status_code == 422 and says in text(answer)


def test_no_file_is_asked_for_again(desk):
    visitor = desk("supervisor")
    visitor.get(PAGE)
    assert "Choose a file first" in text(visitor.post(PAGE, {}))


def test_headers_nobody_knows_can_still_be_matched(desk):
    visitor = desk("supervisor")
    page = visitor.get(upload(visitor, "x.csv", b"foo,bar\n1,2\n").location)
    assert "No column is known" in text(page) and "Import 1 rows" not in text(page)


def test_an_upload_is_its_owners_alone(office, desk):
    mine, other = desk("supervisor"), desk("director")
    place = upload(mine, "units_owners_gbk.csv").location
    assert other.get(place).status_code in (403, 404)
    assert other.get(f"{place}rejects.csv").status_code in (403, 404)
    assert mine.get(place.replace("/imports/units_owners/", "/unit/import/")).status_code in (403, 404)
    assert mine.get(f"{PAGE}no-such-token/").status_code == 404
    assert mine.get(f"{place}rejects.exe").status_code == 404


def test_a_file_can_be_taken_away_again(office, desk):
    visitor = desk("supervisor")
    place = upload(visitor, "units_owners_gbk.csv").location
    kept = list((office.var / "imports").iterdir())
    assert len(kept) == 1
    visitor.get(place)
    assert visitor.post(place, {"do": "discard"}).location.endswith(PAGE)
    assert visitor.get(place).status_code == 404 and not list((office.var / "imports").iterdir())


def test_who_may_not_import_finds_no_page(desk):
    auditor = desk("auditor")
    assert auditor.get(PAGE).status_code in (403, 404)
    assert auditor.get("/unit/import/").status_code in (403, 404)
    assert auditor.get("/imports/").status_code == 404
    assert auditor.post(PAGE, {}).status_code in (403, 404)
    assert auditor.get("/nothing/import/").status_code == 404


def test_a_form_without_its_token_is_refused(desk):
    visitor = desk("supervisor")
    place = upload(visitor, "units_owners_gbk.csv").location
    visitor.get(place)
    assert visitor.post(place, {"csrf_token": "", "do": "write"}).status_code == 400


def test_an_entity_has_a_page_of_its_own(office, desk):
    visitor = desk("supervisor")
    page = visitor.get("/imports/")
    assert "房产业主信息表" in text(page) or "Units and owners" in text(page)
    entity = re.search(r'href="(/\w+/import/)"', page.get_data(as_text=True))
    assert entity is not None and visitor.get(entity[1]).status_code == 200


def test_names_from_the_file_never_become_markup(office, desk):
    visitor = desk("supervisor")
    data = '楼号,单元,"<img src=x onerror=alert(1)>"\n1,1,"<b>x</b>"\n'.encode()
    page = visitor.get(upload(visitor, "<svg>.csv", data).location).get_data(as_text=True)
    assert "<img src=x" not in page and "<b>x</b>" not in page and "<svg>" not in page


def test_the_records_are_those_of_the_file(office, desk):
    visitor = desk("supervisor")
    place = upload(visitor, "units_owners_titled.xlsx").location
    visitor.post(place, {**fields(visitor.get(place)), "do": "write"})
    with office.connection():
        areas = [r["area"] for r in office.scope.stream(SYSTEM, "unit", Query(columns=("area",)))]
    assert str(sum(areas)) == "33352.20"


# -- whole groups, totals, doubles, memory -----------------------------------------------------------

GROUPS = "楼号,单元,房间,建筑面积,房屋状态,业主名称,手机号\n" + "".join(
    f"1,1,{100 + n},10.5,{'闲置不用' if n % 2 else '空置'},人{n},1370000{n:04}\n" for n in range(1, 25)
)


def fix_number(page):
    """The number of the first control for a whole group."""
    return re.search(r'name="fix-(\d+)"', page.get_data(as_text=True))[1]


def test_a_group_is_put_right_at_once_and_the_next_file_knows(office, desk):
    visitor = desk("supervisor")
    place = upload(visitor, "a.csv", GROUPS.encode()).location
    page = visitor.get(place)
    said = text(page)
    assert "For all 12 rows" in said and "means: Vacant" in said and "One by one" in said
    number = fix_number(page)
    page = visitor.get(visitor.post(place, {**fields(page), f"fix-{number}": "is:vacant", "do": "check"}).location)
    said = text(page)
    assert "24 new" in said and "闲置不用 → Vacant" in said and "Refused rows" not in said
    visitor.post(place, {**fields(page), "do": "write"})
    assert count(office, "unit") == 24

    place = upload(visitor, "b.csv", GROUPS.replace("1,1,1", "2,1,1").encode()).location
    page = visitor.get(place)
    said = text(page)
    assert "闲置不用 → Vacant from an earlier file" in said and "24 new" in said
    page = visitor.get(visitor.post(place, {**fields(page), "forget": "1", "do": "check"}).location)
    assert "For all 12 rows" in text(page) and "from an earlier file" not in text(page)


def test_what_was_put_right_is_taken_back(office, desk):
    visitor = desk("supervisor")
    place = upload(visitor, "a.csv", GROUPS.encode()).location
    page = visitor.get(place)
    page = visitor.get(visitor.post(place, {**fields(page), f"fix-{fix_number(page)}": "skip", "do": "check"}).location)
    assert "12 new" in text(page) and "rows left out" in text(page)
    of = unescape(re.search(r'name="unfix-0" value="([^"]*)"', page.get_data(as_text=True))[1])
    page = visitor.get(visitor.post(place, {**fields(page), "unfix-0": of, "do": "check"}).location)
    assert "For all 12 rows" in text(page)


def test_rows_without_a_readable_cause_can_be_left_out(office, desk):
    visitor = desk("supervisor")
    place = upload(visitor, "a.csv", (GROUPS + "1,1,102,10.5,空置,人2,13700000002\n").encode()).location
    page = visitor.get(place)
    skip, lines = re.search(r'name="(skip-\d+)" value="([^"]*)"', page.get_data(as_text=True)).groups()
    assert lines == "26"
    page = visitor.get(visitor.post(place, {**fields(page), skip: lines, "do": "check"}).location)
    assert "Rows left out: 1" in text(page) and "repeats line" not in text(page)
    page = visitor.get(visitor.post(place, {**fields(page), "unskip": "1", "do": "check"}).location)
    assert "repeats line 3" in text(page)


def test_totals_stand_beside_the_offices_own(office, desk):
    visitor = desk("supervisor")
    clean = GROUPS.replace("闲置不用", "空置").encode()
    visitor.get(PAGE)
    form = {"file": (io.BytesIO(clean), "a.csv"), "control-unit.area": "252"}
    place = visitor.post(PAGE, form, content_type="multipart/form-data").location
    page = visitor.get(place)
    assert "252.00" in text(page) and "equal" in text(page)
    page = visitor.get(visitor.post(place, {**fields(page), "control-unit.area": "250", "do": "check"}).location)
    assert "the file differs by +2.00" in text(page)


def test_someone_known_is_taken_for_the_same_or_for_another(office, desk):
    with office.connection():
        old = office.store.create(SYSTEM, "resident", {"name": "某甲", "phone": "13700000002"}, Source("cli"))
    visitor = desk("supervisor")
    place = upload(visitor, "a.csv", GROUPS.replace("闲置不用", "空置").encode()).location
    page = visitor.get(place)
    assert "Perhaps there already" in text(page) and "某甲" in text(page)
    page = visitor.get(visitor.post(place, {**fields(page), "same-3-resident": str(old), "do": "check"}).location)
    assert "Perhaps there already" not in text(page)
    visitor.post(place, {**fields(page), "do": "write"})
    assert count(office, "resident") == 24


def test_a_field_the_file_lacks_and_blank_cells(office, desk):
    visitor = desk("supervisor")
    place = upload(visitor, "a.csv", GROUPS.replace("闲置不用", "空置").encode()).location
    page = visitor.get(place)
    extra = {"newconstant": "unit.floor", "newvalue": "3", "blanks": "clear", "key-unit": "nonsense"}
    page = visitor.get(visitor.post(place, {**fields(page), **extra, "do": "check"}).location)
    assert fields(page)["constant-unit.floor"] == "3" and fields(page)["blanks"] == "clear"
    visitor.post(place, {**fields(page), "do": "write"})
    with office.connection():
        [unit] = office.scope.stream(SYSTEM, "unit", Query(columns=("floor",), search="1-1-101"))
        assert str(unit["floor"]) == "3"


def test_a_long_list_of_changes_is_folded(office, desk):
    visitor = desk("supervisor")
    clean = GROUPS.replace("闲置不用", "空置")
    place = upload(visitor, "a.csv", clean.encode()).location
    visitor.post(place, {**fields(visitor.get(place)), "do": "write"})
    page = visitor.get(upload(visitor, "b.csv", clean.replace(",10.5,", ",11,").encode()).location)
    body = page.get_data(as_text=True)
    assert "4 more changes" in text(page)
    assert body.split("<details")[0].count("<del>") <= 20 and body.count("<del>") == 24


@pytest.mark.parametrize(
    "bent",
    [
        {"fixof-0": "nonsense", "fix-0": "skip"},
        {"fixof-0": '["unit.nothing", "x"]', "fix-0": "record:99999999999999999999"},
        {"fixof-0": '["unit.state", "闲置不用"]', "record-0": "x"},
        {"skip-0": "9-1,2-99999999"},
        {"skip-0": "1e9"},
        {"same-x-resident": "1", "same-3-nobody": "7", "same-3-resident": "999999"},
        {"constant-unit.nothing": "1", "newconstant": "x.y", "newvalue": "z"},
        {"control-unit.area": "∞", "key-unit": "a,b,c", "column-1": "unit.nothing"},
    ],
)
def test_a_bent_form_breaks_no_page(office, desk, bent):
    visitor = desk("supervisor")
    place = upload(visitor, "a.csv", GROUPS.encode()).location
    answer = visitor.post(place, {**fields(visitor.get(place)), **bent, "do": "check"})
    assert answer.status_code == 302
    assert visitor.get(place).status_code == 200
    assert count(office, "unit") == 0


def test_what_was_decided_about_doubles_is_kept_shown_and_taken_back(office, desk):
    with office.connection():
        old = office.store.create(SYSTEM, "resident", {"name": "王伟", "phone": "13812345678"}, Source("form"))
    xu = desk("supervisor")
    rows = "1,1,101,王 伟,13812345678\n1,1,102,李四,13700000000\n1,1,103,李四四,13700000000\n"
    at = upload(xu, "a.csv", f"楼号,单元,房间,业主名称,手机号\n{rows}".encode()).headers["Location"]
    page = xu.get(at).get_data(as_text=True)
    assert f'<option value="{old}">' in page and '<option value="-3">' in page
    xu.post(at, {"do": "check", "same-2-resident": str(old), "same-4-resident": "-3", "same-x-resident": "1"})
    page = xu.get(at)
    body = page.get_data(as_text=True)
    assert 'name="same-2-resident"' not in body and 'name="unsame-2-resident"' in body
    assert "the same as 王伟" in text(page) and "the same as in line 3" in text(page)
    xu.post(at, {"do": "check", "unsame-2-resident": "1"})
    assert 'name="same-2-resident"' in xu.get(at).get_data(as_text=True)
    xu.post(at, {"do": "write", "same-2-resident": str(old)})
    assert count(office, "resident") == 2
