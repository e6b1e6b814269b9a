"""A spreadsheet in: tried, written, written again; and what it may not do."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from models.actor import SYSTEM, Source
from models.errors import NotAllowed, NotFound
from models.query import Query
from transfer import imports
from transfer.imports import ImportOptions
from transfer.records import ImportLog
from transfer.refusal import FileRefused
from transfer.rejects import rejected_rows, rejects_csv, rejects_xlsx

SAMPLES = Path(__file__).parent.parent / "samples"
EXPECTED = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))
AS_IS = ImportOptions()
SAME = [name for name, what in EXPECTED.items() if what.get("same_as")]


@pytest.fixture(autouse=True)
def connected(request):
    """A database connection for the length of the test."""
    for name in ("office", "library"):
        if name in request.fixturenames:
            with request.getfixturevalue(name).connection():
                yield
            return
    yield


def load(registry, target, data, *, actor=SYSTEM, name="file.csv", options=AS_IS, dry_run=False, **how):
    data = data.encode() if isinstance(data, str) else data
    ready = imports.prepare(registry, actor, target, data, name, options)
    return imports.run(registry, actor, ready, dry_run=dry_run, **how)


def load_sample(registry, name, **how):
    return load(registry, "units_owners", (SAMPLES / name).read_bytes(), name=name, **how)


def counts(registry, *entities):
    return [registry.scope.count(SYSTEM, entity) for entity in entities]


def reasons(result, locale="en"):
    return [(r.line, r.column.to(locale), r.value, r.reason.to(locale)) for r in result.rejected]


def titled(registry, entity, title):
    return registry.scope.get(SYSTEM, entity, registry.scope.find(SYSTEM, entity, title))


def room(registry, title):
    return titled(registry, "unit", title)


# -- the samples -------------------------------------------------------------------------------------


@pytest.mark.both_engines
def test_the_whole_estate_goes_in_and_a_second_time_changes_nothing(office):
    wanted = EXPECTED["units_owners_utf8bom.csv"]
    first = load_sample(office, "units_owners_utf8bom.csv")
    assert (first.created, first.rejected) == (wanted["units"], [])
    assert counts(office, "unit", "resident") == [wanted["units"], wanted["residents"]]
    for name in ["units_owners_utf8bom.csv", *SAME]:
        again = load_sample(office, name)
        assert (again.created, again.updated, again.unchanged, again.rejected) == (0, 0, 300, []), name
        assert all(c.created == c.updated == 0 for c in again.by_entity.values())
    unit = room(office, "1-1-101")
    assert (str(unit["area"]), str(unit["usable_area"]), unit["state"]) == ("67.01", "53.61", "occupied")


@pytest.mark.parametrize("name", SAME)
def test_every_disguise_makes_the_same_office(office, name):
    result = load_sample(office, name)
    assert (result.created, result.rejected) == (300, [])
    assert {n: c.created for n, c in result.by_entity.items()} == {
        "building": 5, "unit": 300, "resident": 300, "occupancy": 300
    }  # fmt: skip


def test_an_update_changes_only_what_it_says(office):
    load_sample(office, "units_owners_utf8bom.csv")
    wanted = EXPECTED["units_owners_update.csv"]
    before = room(office, "1-1-101")
    tried = load_sample(office, "units_owners_update.csv", dry_run=True)
    done = load_sample(office, "units_owners_update.csv")
    for result in (tried, done):
        assert (result.updated, result.unchanged, result.created) == (wanted["updated"], wanted["unchanged"], 0)
        assert {(c.entity, c.field) for c in result.changes} == {("resident", "phone")}
    assert room(office, "1-1-101").values == before.values
    assert counts(office, "resident", "occupancy") == [300, 300]


@pytest.mark.both_engines
def test_messy_rows_are_named_and_stop_everything_or_are_skipped(office):
    wanted = EXPECTED["units_owners_messy.csv"]
    stopped = load_sample(office, "units_owners_messy.csv")
    assert [str(line) for line in stopped.rejected_lines] == list(wanted["rejected_lines"])
    assert (stopped.written, stopped.created, counts(office, "unit", "resident", "building")) == (False, 0, [0, 0, 0])
    skipped = load_sample(office, "units_owners_messy.csv", bad_rows="skip")
    assert (skipped.created, counts(office, "unit")) == (wanted["accepted"], [wanted["accepted"]])
    assert [str(line) for line in skipped.rejected_lines] == list(wanted["rejected_lines"])
    assert [(line, column, value) for line, column, value, _ in reasons(skipped)] == [
        (5, "建筑面积", "九十平"),
        (9, "房屋状态", "闲置不用"),
        (13, "身份证号", "110105195202234830"),
        (17, "房间", ""),
        (21, "建筑面积", "-88.10"),
        (25, "手机号", "1.38E+10"),
        (29, "身份证号", "3.70203E+17"),
        (52, "房间", "702"),
    ]
    assert "repeats line 51" in reasons(skipped)[-1][3]
    assert "与第 51 行重复" in reasons(skipped, "zh")[-1][3]


def test_formulas_and_scripts_go_in_as_the_text_they_are(office):
    load_sample(office, "units_owners_messy.csv", bad_rows="skip")
    names = {r["name"] for r in office.scope.stream(SYSTEM, "resident", Query(columns=("name",)))}
    assert {"=cmd|' /C calc'!A0", "<script>alert(1)</script>"} <= names
    assert not any(name != name.strip() for name in names)
    assert str(room(office, "1-2-301")["area"]) == "1088.50"


def test_three_hundred_rows_take_less_than_three_seconds(office):
    import time

    start = time.process_time()
    load_sample(office, "units_owners_utf8bom.csv")
    assert time.process_time() - start < 3


# -- the dry run and the list of imports -------------------------------------------------------------


@pytest.mark.both_engines
def test_a_dry_run_does_the_real_thing_and_leaves_nothing(office):
    result = load_sample(office, "units_owners_utf8bom.csv", dry_run=True)
    assert (result.created, result.import_id, result.written) == (300, None, False)
    assert counts(office, "unit", "resident", "building", "occupancy") == [0, 0, 0, 0]
    assert office.tables.history.select().count() == 0


def test_every_import_is_kept_and_named_in_the_history(office):
    result = load_sample(office, "units_owners_messy.csv")
    entry = ImportLog(office).entry(result.import_id)
    assert (entry.filename, entry.state, entry.target) == ("units_owners_messy.csv", "refused", "units_owners")
    result = load_sample(office, "units_owners_utf8bom.csv")
    entry = ImportLog(office).entry(result.import_id)
    assert (entry.state, entry.result["created"], entry.options["mode"]) == ("done", 300, "upsert")
    assert len(entry.sha256) == 64 and entry.begun_at.tzinfo is not None
    history = office.tables.history
    named = history.select().where((history.source == "import") & (history.detail == str(result.import_id)))
    assert named.count() == 905
    assert ImportLog(office).same_file("units_owners", entry.sha256).id == result.import_id


# -- rows and records --------------------------------------------------------------------------------


BOOKS = "书号,书名,类别,定价\n9780000001,One,小说,10\n9780000002,Two,fiction,12.50\n"


def test_an_entity_takes_labels_names_aliases_and_codes(library):
    assert load(library, "book", BOOKS).created == 2
    again = load(library, "book", "ISBN号,Name,genre,¥\n9780000001,One,novel,\n9780000002,Deux,poetry,\n")
    assert (again.unchanged, again.updated) == (1, 1)
    assert [(c.field, c.old, c.new) for c in again.changes] == [("name", "Two", "Deux"), ("genre", "novel", "poetry")]


def test_blank_cells_leave_alone(library):
    load(library, "book", BOOKS)
    assert load(library, "book", "书号,书名,定价\n9780000001,,\n").unchanged == 1
    assert titled(library, "book", "One")["price"] == 10


@pytest.mark.parametrize(
    ("mode", "created", "updated", "refused"), [("insert", 1, 0, 1), ("update", 0, 1, 1), ("upsert", 1, 1, 0)]
)
def test_the_mode_says_what_rows_may_do(library, mode, created, updated, refused):
    load(library, "book", BOOKS)
    data = "书号,书名\n9780000001,Uno\n9780000009,Nine\n"
    result = load(library, "book", data, mode=mode, bad_rows="skip")
    assert (result.created, result.updated, len(result.rejected)) == (created, updated, refused)
    if refused:
        assert "9780000001" in reasons(result)[0][2] or "9780000009" in reasons(result)[0][2]


def test_links_are_found_by_title_spelling_or_key_and_made_by_earlier_rows(library):
    load(library, "branch", "名称\n东馆\n")
    load(library, "shelf", "分馆,架号\n东馆,A1\n")
    load(library, "book", BOOKS)
    result = load(
        library, "copy", "图书,书架,购价\n9780000001,东馆/A1,5\nTwo,东馆 A1,6\nNone,东馆/A1,7\n", bad_rows="skip"
    )
    assert (result.created, [r[:3] for r in reasons(result)]) == (2, [(4, "图书", "None")])


def test_people_without_the_field_that_tells_are_new_ones(library):
    data = "姓名,证件号\n王一,110105199008227722\n李二,\n"
    assert load(library, "member", data).created == 2
    again = load(library, "member", data)
    assert (again.created, again.unchanged) == (1, 1)


def test_a_number_names_a_record_and_never_gives_one(library):
    load(library, "branch", "名称\n东馆\n")
    load(library, "shelf", "分馆,架号\n东馆,A1\n")
    load(library, "book", BOOKS)
    assert load(library, "copy", "图书,书架,购价\nOne,东馆/A1,5\n").created == 1
    result = load(library, "copy", "条码,购价\nB000001,6\nB000099,7\n", bad_rows="skip")
    assert (result.updated, [r[:3] for r in reasons(result)]) == (1, [(3, "条码", "B000099")])


def test_a_file_that_tells_no_record_says_so(library):
    ready = imports.prepare(library, SYSTEM, "member", "姓名\n王一\n".encode(), "x.csv")
    assert ready.all_new and not ready.problems
    assert not imports.prepare(library, SYSTEM, "book", BOOKS.encode(), "x.csv").all_new


def test_one_row_feeds_several_entities_and_makes_only_what_it_may(library):
    load(library, "branch", "名称\n东馆\n")
    data = "分馆,架号,书名,书号,购价,备注\n东馆,A1,One,9780000001,3,\n"
    data += "东馆,A1,One,9780000001,3,x\n西馆,B1,Two,9780000002,4,\n"
    result = load(library, "purchases", data, bad_rows="skip")
    assert result.created == 2
    assert [(line, column, value) for line, column, value, _ in reasons(result)] == [(4, "分馆", "西馆")]
    assert counts(library, "branch", "shelf", "book", "copy") == [1, 1, 1, 2]
    assert load(library, "purchases", data, bad_rows="skip").unchanged == 2


def test_a_refused_row_leaves_nothing_of_itself(library):
    load(library, "branch", "名称\n东馆\n")
    data = "分馆,架号,书名,书号,购价,备注\n东馆,Z9,One,97,3,\n东馆,Z9,One,9780000001,3,\n"
    result = load(library, "purchases", data, bad_rows="skip")
    assert result.rejected_lines == [2]
    assert counts(library, "shelf", "book", "copy") == [1, 1, 1]


def test_checks_of_the_entity_speak_at_the_column(library):
    result = load(library, "author", "姓名,生年,卒年\n某,1900,1800\n")
    assert reasons(result) == [(2, "卒年", "1800", "Nobody dies before being born")]
    assert reasons(result, "zh")[0][3] == "卒年不能早于生年"


def test_a_repeated_row_is_refused_also_when_it_differs(library):
    result = load(library, "book", BOOKS + "9780000001,Other,,\n", bad_rows="skip")
    assert reasons(result) == [(4, "书号", "9780000001", "Line 4 repeats line 2.")]


def test_a_cell_put_right_counts_instead_of_the_file(library):
    data = "书号,书名,定价\n9780000001,One,ten\n"
    assert load(library, "book", data).rejected_lines == [2]
    assert load(library, "book", data, options=ImportOptions(edits={(2, 2): "10"})).created == 1


def test_a_column_goes_where_a_person_sends_it(library):
    data = "编号,书名\n9780000001,One\n"
    with pytest.raises(FileRefused, match="ISBN"):
        load(library, "book", data)
    assert load(library, "book", data, options=ImportOptions(columns={0: "book.isbn"})).created == 1


def test_a_layout_says_what_is_meant_by_words_of_its_own(library):
    ready = imports.prepare(library, SYSTEM, "book", "书号,书名,类别\n9780000001,One,Krimi\n".encode(), "x.csv")
    assert imports.run(library, SYSTEM, ready, dry_run=True).rejected_lines == [2]
    ready = replace(ready, layout=replace(ready.layout, aliases={"book.genre": {"Krimi": "novel"}}))
    assert imports.run(library, SYSTEM, ready, dry_run=True).created == 1


@pytest.mark.parametrize("write", [rejects_csv, rejects_xlsx])
def test_refused_rows_put_right_can_be_loaded_as_they_are(library, write):
    data = "书号,书名,定价\n9780000001,=One,ten\n9780000002,Two,2\n"
    ready = imports.prepare(library, SYSTEM, "book", data.encode(), "x.csv")
    result = imports.run(library, SYSTEM, ready, dry_run=False, bad_rows="skip")
    edits = {(2, 2): "10"}
    refused = write(ready.sheet, rejected_rows(ready.sheet, result.rejected, "zh", edits), "zh")
    again = imports.prepare(library, SYSTEM, "book", refused, "y.csv")
    assert [m.how for m in again.matched] == ["known", "known", "known", "ignored"] and not again.unknown
    assert imports.run(library, SYSTEM, again, dry_run=False).created == 1
    assert titled(library, "book", "=One")["price"] == 10


def test_headers_nobody_knows_are_refused_together(library):
    with pytest.raises(FileRefused, match="foo"):
        load(library, "book", "foo,bar\n1,2\n")


# -- nothing that could not be done by hand ----------------------------------------------------------


def test_who_may_not_import_is_told_so_or_nothing(library, person):
    with pytest.raises(NotAllowed):
        load(library, "book", BOOKS, actor=person(library, "auditor"))
    with pytest.raises(NotAllowed):
        load(library, "purchases", BOOKS, actor=person(library, "librarian"))
    with pytest.raises(NotFound):
        load(library, "nothing", BOOKS)


def test_fields_that_are_hidden_locked_or_masked_cannot_be_written(library, person):
    librarian = person(library, "librarian")
    load(library, "book", BOOKS, actor=librarian)
    with pytest.raises(FileRefused, match="Discount"):
        load(library, "book", "书号,折扣\n9780000001,5\n", actor=librarian)
    desk = person(library, "desk")
    with pytest.raises(FileRefused, match="ID number"):
        load(library, "member", "姓名,证件号\n王一,110105199008227722\n", actor=desk)
    ignored = ImportOptions(columns={1: "-"})
    assert load(library, "member", "姓名,证件号\n王一,x\n", actor=desk, options=ignored).created == 1


def test_records_out_of_scope_stay_out_of_reach(library, person):
    head, librarian = person(library, "head"), person(library, "librarian")
    load(library, "branch", "名称\n东馆\n西馆\n")
    east = library.scope.find(SYSTEM, "branch", "东馆")
    library.store.update(SYSTEM, "branch", east, {"librarian": librarian.id}, Source("cli"))
    assert load(library, "shelf", "分馆,架号\n东馆,A1\n西馆,B1\n", actor=head).created == 2
    with pytest.raises(NotAllowed):
        load(library, "shelf", "分馆,架号\n东馆,A2\n", actor=librarian)


# -- people who come and go --------------------------------------------------------------------------

HOUSE = "楼号,单元,房间,业主名称,业主类型\n"


def test_who_left_and_comes_again_lives_there_anew(office):
    one = HOUSE + "1,1,101,某甲,产权人\n"
    load(office, "units_owners", one)
    [first] = [r.id for r in office.scope.stream(SYSTEM, "occupancy", Query())]
    office.store.update(SYSTEM, "occupancy", first, {"ended_on": date(2026, 3, 1)}, Source("cli"))
    again = load(office, "units_owners", one)
    assert {n: c.created for n, c in again.by_entity.items()}["occupancy"] == 1
    assert office.scope.get(SYSTEM, "occupancy", first)["ended_on"] == date(2026, 3, 1)
    assert load(office, "units_owners", one).unchanged == 1
    assert counts(office, "occupancy") == [2]


def test_a_kind_of_owner_without_an_owner_feeds_the_unit_only(office):
    result = load(office, "units_owners", HOUSE + "1,1,101,某甲,产权人\n1,1,102,,产权人\n")
    assert (result.created, result.rejected) == (2, [])
    assert counts(office, "unit", "resident", "occupancy") == [2, 1, 1]


def test_a_list_of_parking_spaces_goes_in_as_it_is(office):
    load(office, "units_owners", HOUSE + "1,1,101,某甲,产权人\n")
    head = "停车场编号,车位编码,面积,业主,开始时间,结束时间\n"
    result = load(
        office, "parking", head + "B1,001,12.5,某甲,2026/1/1,2026年12月31日\nB1,002,12,,46023,\nB1,3,9,某乙,,\n"
    )
    assert [(r.line, r.value) for r in result.rejected] == [(4, "某乙")]
    result = load(office, "parking", head + "B1,001,12.5,某甲,2026/1/1,2026年12月31日\nB1,002,12,,46023,\n")
    assert result.created == 2
    space = titled(office, "parking_space", "B1-002")
    assert space["starts_on"] == date(2026, 1, 1)
    assert counts(office, "resident") == [1]


CARS = "停车场编号,车位编码,面积,业主,车牌号,车品牌,颜色,开始时间,结束时间\n"


def two_places(office):
    """某甲 lives in 1-1-101, 某乙 in 1-1-102 and 1-1-103."""
    load(office, "units_owners", HOUSE + "1,1,101,某甲,产权人\n1,1,102,某乙,产权人\n1,1,103,,\n")
    second = {"unit": room(office, "1-1-103").id, "resident": 2, "role": "owner"}
    office.store.create(SYSTEM, "occupancy", second, Source("cli"))


def test_a_vehicle_belongs_where_its_owner_lives(office):
    two_places(office)
    text = CARS + "B1,1,12,某甲,京A12345,某牌,白,2026/1/1,2026/12/31\nB1,2,12,某乙,,,,,\nB1,3,9,,,,,,\n"
    result = load(office, "parking", text)
    assert (result.created, result.rejected) == (3, [])
    car = titled(office, "vehicle", "京A12345")
    assert (car["unit"], car["owner"]) == (room(office, "1-1-101").id, 1)
    assert load(office, "parking", text).unchanged == 3
    several = load(office, "parking", CARS + "B1,2,12,某乙,京A12346,,,,\nB1,4,12,,京A12347,,,,\n")
    assert [(line, column, value) for line, column, value, _why in reasons(several)] == [
        (2, "业主", "某乙"), (3, "业主", ""),
    ]  # fmt: skip
    assert "More than one Unit" in reasons(several)[0][3]


def test_who_owns_two_places_still_has_the_list_of_spaces(office):
    two_places(office)
    assert load(office, "parking", CARS + "B1,2,12,某乙,,,,,\n").created == 1


@pytest.mark.parametrize("mode", ["upsert", "insert", "update"])
def test_a_row_that_says_nothing_where_it_counts_is_refused(office, mode):
    text = HOUSE.replace("\n", ",别的\n") + ",,,,,x\n,,,,产权人,y\n,,,,,z\n"
    result = load(office, "units_owners", text, mode=mode)
    assert [(line, column) for line, column, _value, _why in reasons(result)] == [(2, "楼号"), (3, "楼号"), (4, "楼号")]
