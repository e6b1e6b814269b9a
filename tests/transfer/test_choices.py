"""What a person may choose for a file: constants, keys, what texts mean, who is the same; remembered, and added up."""

from __future__ import annotations

from decimal import Decimal

import pytest

from models.actor import SYSTEM, Source
from models.query import Query
from transfer import imports
from transfer.alikes import Alikes
from transfer.imports import ImportOptions
from transfer.layout import layout_of, unique_keys
from transfer.links import Links
from transfer.memory import Memory
from transfer.refusal import FileRefused
from transfer.totals import difference

BY = Source("cli")
BOOKS = "isbn,name,genre,branch\n"
SPACES = "停车场,车位号,面积,备注\n"
PEOPLE = "姓名,手机号,身份证号\n"


@pytest.fixture(autouse=True)
def connected(request):
    """A database connection for the length of the test."""
    for name in ("office", "library"):
        if name in request.fixturenames:
            with request.getfixturevalue(name).connection():
                yield
            return
    yield


def load(registry, target, data, *, actor=SYSTEM, dry_run=False, how=None, **options):
    ready = imports.prepare(registry, actor, target, data.encode(), "x.csv", ImportOptions(**options))
    return imports.run(registry, actor, ready, dry_run=dry_run, **(how or {}))


def values(registry, entity, *names):
    return [tuple(r[n] for n in names) for r in registry.scope.stream(SYSTEM, entity, Query(sort="id", columns=names))]


def reasons(result):
    return [(r.line, r.value, r.reason.to("en")) for r in result.rejected]


# -- constants ---------------------------------------------------------------------------------------


def test_a_field_the_file_lacks_gets_the_same_in_every_row(office):
    load(office, "parking_space", "车位号,面积\n1,12\n2,13\n", constants={"parking_space.lot": "B1"})
    assert values(office, "parking_space", "lot", "number") == [("B1", "1"), ("B1", "2")]


def test_a_constant_speaks_only_for_parts_that_the_row_has(office):
    text = "楼号,单元,房间,业主名称\n1,1,101,某甲\n1,1,102,\n"
    result = load(office, "units_owners", text, constants={"occupancy.role": "产权人", "unit.state": "空置"})
    assert (result.created, result.rejected) == (2, [])
    assert office.scope.count(SYSTEM, "occupancy") == 1
    assert values(office, "unit", "state") == [("vacant",), ("vacant",)]


def test_a_wrong_constant_is_said_before_anything_is_tried(office):
    with pytest.raises(FileRefused, match="every row"):
        load(office, "parking_space", "车位号\n1\n", constants={"parking_space.lot": "B1", "parking_space.area": "big"})


def test_a_column_of_the_file_goes_before_a_constant(office):
    load(office, "parking_space", "停车场,车位号\nB2,1\n", constants={"parking_space.lot": "B1"})
    assert values(office, "parking_space", "lot") == [("B2",)]


# -- keys and blanks ---------------------------------------------------------------------------------


def test_the_key_that_tells_records_can_be_chosen(library):
    schema = library.schema
    for entity in schema.entities.values():
        part = layout_of(schema, entity.name).parts[entity.name]
        assert all(set(by) <= {*part.columns, *part.links} for by in unique_keys(schema, part))
    member = schema.entities["member"]
    keys = unique_keys(schema, layout_of(schema, "member").parts["member"])
    assert keys, member
    ready = imports.prepare(
        library,
        SYSTEM,
        "member",
        b"name,phone\nA,13800000001\n",
        "x.csv",
        ImportOptions(keys={"member": ("nonsense",)}),
    )
    assert ready.layout.parts["member"].match == layout_of(schema, "member").parts["member"].match


@pytest.mark.parametrize(("clears", "remark"), [(False, "靠墙"), (True, None)])
def test_a_blank_cell_leaves_or_clears_as_chosen(office, clears, remark):
    load(office, "parking_space", SPACES + "B1,1,12,靠墙\n")
    result = load(office, "parking_space", SPACES + "B1,1,,\nB1,2,,\n", clears=clears)
    assert result.rejected == [] and result.created == 1
    area = None if clears else Decimal("12.00")
    assert values(office, "parking_space", "remark", "area")[0] == (remark, area)


# -- what texts mean ---------------------------------------------------------------------------------

UNITS = "楼号,单元,房间,房屋状态,业主名称\n1,1,101,闲置不用,某甲\n1,1,102,闲置不用,\n1,1,103,空置,\n"


@pytest.mark.parametrize(
    ("what", "states", "left_out"),
    [
        ("is:空置", ["vacant", "vacant", "vacant"], 0),
        ("clear", ["unsold", "unsold", "vacant"], 0),
        ("skip", ["vacant"], 2),
    ],
)
def test_every_row_that_says_it_is_put_right_at_once(office, what, states, left_out):
    tried = load(office, "units_owners", UNITS, dry_run=True)
    assert [(r.line, r.key, r.is_unread) for r in tried.rejected] == [(2, "unit.state", True), (3, "unit.state", True)]
    result = load(office, "units_owners", UNITS, meanings={"unit.state": {"闲置不用": what}})
    assert (result.rejected, result.left_out) == ([], left_out)
    default = office.schema.entities["unit"].fields["state"].default
    wanted = [(default if s == "unsold" else s,) for s in states]
    assert values(office, "unit", "state") == wanted


@pytest.mark.both_engines
def test_a_missing_linked_record_is_made_where_asked(library):
    text = "branch,code\n东馆,A1\n东馆,A2\n"
    assert len(load(library, "shelf", text, dry_run=True).rejected) == 2
    meant = {"shelf.branch": {"东馆": "create"}}
    assert load(library, "shelf", text, dry_run=True, meanings=meant).created == 2
    assert library.scope.count(SYSTEM, "branch") == 0
    assert load(library, "shelf", text, meanings=meant).created == 2
    assert values(library, "branch", "name") == [("东馆",)]


def test_who_may_not_make_a_linked_record_makes_none(library, person):
    links = Links(library, person(library, "librarian"), [("branch", "东馆")], BY)
    with pytest.raises(ValueError, match="may not"):
        links.find("branch", "东馆")
    assert library.scope.count(SYSTEM, "branch") == 0
    assert Links(library, SYSTEM, [("branch", "东馆")], BY).find("branch", "东馆")


def test_a_text_can_mean_a_record(library):
    east = library.store.create(SYSTEM, "branch", {"name": "东馆"}, BY)
    result = load(library, "shelf", "branch,code\n东边,A1\n", meanings={"shelf.branch": {"东边": f"record:{east}"}})
    assert result.created == 1
    assert values(library, "shelf", "branch") == [(east,)]


def test_lines_can_be_left_out(office):
    result = load(office, "parking_space", SPACES + "B1,1,,\nB1,1,,\n", left_out=frozenset({3}))
    assert (result.created, result.left_out, result.rejected) == (1, 1, [])


# -- remembered --------------------------------------------------------------------------------------


@pytest.mark.both_engines
def test_what_was_chosen_is_remembered_for_the_next_file(office, person):
    text = "楼号,单元,房间,备用,房屋状态\n1,1,{},99,闲置不用\n"
    load(
        office, "units_owners", text.format(101), columns={3: "unit.area"}, constants={"unit.kind": "住宅"},
        meanings={"unit.state": {"闲置不用": "is:空置"}},
    )  # fmt: skip
    actor = person(office, "supervisor")
    ready = imports.prepare(office, actor, "units_owners", text.format(102).encode(), "y.csv")
    assert ready.recalled.columns == {"备用": "unit.area"}
    assert ready.recalled.meanings == {"unit.state": {"闲置不用": "is:空置"}}
    assert imports.run(office, actor, ready, dry_run=False).created == 1
    assert values(office, "unit", "area", "state")[1] == (Decimal("99.00"), "vacant")
    other = imports.prepare(office, actor, "units_owners", text.replace("备用", "别的").format(3).encode(), "y.csv")
    assert not other.recalled.columns and other.recalled.meanings
    fresh = imports.prepare(
        office, actor, "units_owners", text.format(102).encode(), "y.csv", ImportOptions(recalls=False)
    )
    assert not fresh.recalled
    own = imports.prepare(
        office, actor, "units_owners", text.format(102).encode(), "y.csv", ImportOptions(columns={3: "-"})
    )
    assert own.matched[3].how == "ignored"


def test_a_dry_run_remembers_nothing(office):
    load(office, "units_owners", UNITS, dry_run=True, meanings={"unit.state": {"闲置不用": "is:空置"}})
    assert Memory(office).kept("units_owners", "") == {}


def test_what_others_chose_is_of_no_use_to_who_may_not_see_it(library, person):
    east = library.store.create(SYSTEM, "branch", {"name": "东馆"}, BY)
    load(library, "shelf", "branch,code\n东边,A1\n", meanings={"shelf.branch": {"东边": f"record:{east}"}})
    library.store.delete(SYSTEM, "shelf", 1, BY)
    library.store.delete(SYSTEM, "branch", east, BY)
    ready = imports.prepare(library, SYSTEM, "shelf", "branch,code\n东边,A2\n".encode(), "x.csv")
    assert not ready.recalled.meanings


# -- totals ------------------------------------------------------------------------------------------


def test_columns_of_numbers_are_added_up(office):
    text = SPACES + "B1,1,12.50,\nB1,2,7.5,\nB1,2,100,\nB1,3,many,\n"
    tried = load(office, "parking_space", text, dry_run=True)
    total = tried.totals["parking_space.area"]
    assert (total.everything, total.taken) == (Decimal("120.00"), Decimal("20.00"))
    part = load(office, "parking_space", text, dry_run=True, how={"limit": 1})
    assert (part.totals["parking_space.area"].everything, part.totals["parking_space.area"].taken) == (
        Decimal("120.00"), Decimal("12.50"),
    )  # fmt: skip
    assert difference(total, "1,20.00") == 0
    assert difference(total, "119") == 1
    assert difference(total, "about") is None


# -- doubles -----------------------------------------------------------------------------------------


@pytest.mark.both_engines
def test_someone_who_may_be_there_already_is_offered(office):
    old = office.store.create(SYSTEM, "resident", {"name": "王伟", "phone": "13812345678"}, BY)
    text = "楼号,单元,房间,业主名称,手机号\n1,1,101,王 伟,13812345678\n1,1,102,王伟,\n1,1,103,王伟,13900000000\n"
    tried = load(office, "units_owners", text, dry_run=True)
    assert [(a.line, a.id, a.of_line, a.because.to("en")) for a in tried.alike] == [
        (2, old, 0, "Phone"), (3, old, 0, "the same name"), (4, 0, 3, "the same name"),
    ]  # fmt: skip
    same = {(2, "resident"): old, (3, "resident"): 0, (4, "resident"): 0}
    again = load(office, "units_owners", text, dry_run=True, same=same)
    assert again.alike == []
    done = load(office, "units_owners", text, same=same)
    assert done.by_entity["resident"].created == 2
    assert office.scope.get(SYSTEM, "resident", old)["name"] == "王 伟"


def test_a_masked_number_tells_nobody_who_is_there(library, person):
    library.store.create(SYSTEM, "member", {"name": "某甲", "phone": "13812345678"}, BY)
    desk = person(library, "desk")
    ready = imports.prepare(library, desk, "member", "name,phone\n某乙,13812345678\n".encode(), "x.csv")
    assert [f.name for f in Alikes(library, desk, ready, {}).telling["member"]] == ["phone"]
    tried = imports.run(library, desk, ready, dry_run=True)
    assert [(a.title, a.existing) for a in tried.alike] == [("某乙 M260002", "某甲 M260001")]
