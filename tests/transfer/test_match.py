"""Headers find their columns by every name people use for them, and never two the same."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from schema.text import Text
from transfer.match import IGNORE, Headers, Target
from transfer.sheet import Column


def target(name, zh, en, *, aliases=(), headers=(), part="unit"):
    field = SimpleNamespace(name=name, label=Text(zh, en), aliases=aliases)
    return Target(part, field, headers)


HEADERS = Headers(
    [
        target("name", "名称", "Name", part="building", aliases=("业主",)),
        target("area", "建筑面积", "Floor area", aliases=("面积",)),
        target("usable_area", "室内面积", "Usable area"),
        target("phone", "电话", "Phone", headers=("手机号", "联系方式")),
        target("name", "姓名", "Name", part="resident", headers=("业主",)),
    ]
)


def match(*headers, chosen=None):
    found = HEADERS.match([Column(i, h) for i, h in enumerate(headers)], chosen)
    return [(m.target.key if m.target else "", m.how) for m in found]


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("area", "unit.area"),
        ("建筑面积", "unit.area"),
        ("Floor Area", "unit.area"),
        ("面积", "unit.area"),
        ("*建筑 面积：", "unit.area"),
        ("建筑面积（㎡）", "unit.area"),
        ("建筑面积 (m2)", "unit.area"),
        ("联系方式", "unit.phone"),
        ("ＰＨＯＮＥ", "unit.phone"),
        ("业主", "resident.name"),
    ],
)
def test_a_header_is_known_by_all_its_names(header, key):
    assert match(header) == [(key, "known")]


def test_the_label_of_one_field_is_not_the_name_of_another():
    known = Headers([target("confirmed_by", "确认人", "Who said yes"), target("confirmed", "住户确认", "Confirmed by")])
    said = {"Confirmed by": "confirmed", "confirmed_by": "confirmed_by", "Who said yes": "confirmed_by"}
    assert {header: known.find(header).field.name for header in said} == said


def test_the_second_claim_to_a_column_is_named_as_such():
    assert match("手机号", "电话") == [("unit.phone", "known"), ("", "repeated")]


def test_what_a_person_chose_comes_first():
    chosen = {0: "unit.usable_area", 2: IGNORE}
    assert match("面积", "室内面积", "电话", chosen=chosen) == [
        ("unit.usable_area", "chosen"), ("", "repeated"), ("", "ignored")
    ]  # fmt: skip


def test_likeness_suggests_and_never_decides():
    found = HEADERS.match([Column(0, "建筑总面积"), Column(1, "完全无关")])
    assert [(m.how, m.like.key if m.like else "") for m in found] == [("unknown", "unit.area"), ("unknown", "")]
