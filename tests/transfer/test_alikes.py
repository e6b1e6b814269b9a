"""Likely doubles of people: how names are like, what is offered, what becomes of the choice."""

from __future__ import annotations

import random
import time

import pytest

from models.actor import SYSTEM, Source
from models.query import Query
from transfer import alikes, imports
from transfer.imports import ImportOptions
from transfer.likeness import folded, nearly, sounding
from transfer.same_rows import SameRows

BY = Source("cli")
HEADER = "楼号,单元,房间,业主名称,手机号\n"


def load(registry, data, *, target="units_owners", actor=SYSTEM, dry_run=True, **options):
    ready = imports.prepare(registry, actor, target, data.encode(), "x.csv", ImportOptions(**options))
    return imports.run(registry, actor, ready, dry_run=dry_run)


def owners(*people):
    """A file of rooms, each with an owner: (name, phone)."""
    rows = (f"1,1,{101 + n},{name},{phone}" for n, (name, phone) in enumerate(people))
    return HEADER + "\n".join(rows) + "\n"


def told(result):
    return [(a.line, a.id, a.of_line, a.because.to("en")) for a in result.alike]


# -- names -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "how"),
    [
        ("王伟", "王 伟", "same"),
        ("王伟", "王\u3000伟", "same"),
        ("ＡＢＣ商贸", "abc商贸", "same"),
        ("Ann-Marie", "ann marie", "same"),
        ("Müller", "MÜLLER", "same"),
        ("张伟", "張偉", "sound"),
        ("张伟", "章玮", "sound"),
        ("王小明", "王晓明", "sound"),
        ("欧阳建国", "欧阳建园", "nearly"),
        ("甲乙丙贸易", "甲乙丙商贸易", "nearly"),
        ("李未", "李末", ""),
        ("张建国", "李建国", ""),
        ("住户17", "住户18", ""),
        ("住户甲17", "住户甲117", ""),
        ("", "", ""),
    ],
)
def test_how_names_are_like(one, other, how):
    a, b = folded(one), folded(other)
    found = ""
    if a and a == b:
        found = "same"
    elif a and sounding(a) == sounding(b):
        found = "sound"
    elif set(nearly(a)) & set(nearly(b)):
        found = "nearly"
    assert found == how


# -- what is offered ---------------------------------------------------------------------------------


@pytest.mark.both_engines
def test_people_of_like_names_are_offered_the_likeliest_first(office):
    with office.connection():
        made = [
            office.store.create(SYSTEM, "resident", {"name": name, "phone": phone}, BY)
            for name, phone in (("张偉", ""), ("欧阳建国", ""), ("赵丽", "13800000001"), ("钱丽", "13800000002"))
        ]
        tried = load(office, owners(
            ("欧阳建园", ""), ("章伟", ""), ("赵 丽", ""), ("赵丽", "13900000000"), ("孙某", "138 0000 0002"),
        ))  # fmt: skip
    sound, near = "a name that sounds the same", "a name but one character apart"
    assert told(tried) == [
        (6, made[3], 0, "Phone"), (4, made[2], 0, "the same name"), (5, 0, 4, "the same name"), (3, made[0], 0, sound),
        (2, made[1], 0, near),
    ]  # fmt: skip
    assert [a.existing for a in tried.alike] == ["钱丽", "赵丽", "赵 丽", "张偉", "欧阳建国"]


def test_names_are_compared_with_the_newest(office, monkeypatch):
    monkeypatch.setattr(alikes, "MOST_THERE", 2)  # the two that the file itself makes
    with office.connection():
        old = office.store.create(SYSTEM, "resident", {"name": "张伟"}, BY)
        assert told(load(office, owners(("张 伟", ""), ("李四", "")))) == []
        monkeypatch.setattr(alikes, "MOST_THERE", 3)
        assert told(load(office, owners(("张 伟", ""), ("李四", "")))) == [(2, old, 0, "the same name")]


def test_who_is_out_of_sight_is_told_to_nobody(office, person):
    with office.connection():
        office.store.create(SYSTEM, "resident", {"name": "张伟", "phone": "13800000001"}, BY)
        ready = imports.prepare(
            office, SYSTEM, "units_owners", owners(("张玮", ""), ("李四", "13800000001")).encode(), "x.csv"
        )
        steward = person(office, "steward")
        seen = alikes.Alikes(office, steward, ready, {})
        tried = imports.run(office, SYSTEM, ready, dry_run=True)
        assert len(tried.alike) == 2
        kind = next(k for k in seen._kinds if k.part == "resident")
        assert [f.name for f in kind.telling if f.name == "id_number"] == []
        assert list(seen._rows(kind)) == []


def test_doubles_within_the_file_are_one_record_where_chosen(office):
    text = owners(("王伟", "13812345678"), ("李四", ""), ("王 伟", "13812345678"), ("王伟", "13900000000"))
    with office.connection():
        tried = load(office, text)
        assert told(tried) == [(4, 0, 2, "Phone")]
        assert not tried.alike[0].is_subject
        done = load(office, text, dry_run=False, same={(4, "resident"): -2})
        assert (done.rejected, done.by_entity["resident"].created) == ([], 3)
        homes = office.scope.stream(SYSTEM, "occupancy", Query(sort="id", columns=("resident",)))
        ids = [record["resident"] for record in homes]
    assert sorted(ids) == [ids[0], ids[0], *sorted(set(ids) - {ids[0]})] and len(set(ids)) == 3


def test_a_line_that_is_named_but_not_taken_is_no_reason_to_refuse(office):
    text = owners(("王伟", "13812345678"), ("王 伟", "13812345678"))
    with office.connection():
        done = load(office, text, dry_run=False, same={(3, "resident"): -2}, left_out=frozenset({2}))
        assert (done.rejected, done.by_entity["resident"].created) == ([], 1)
        ahead = load(office, text, same={(2, "resident"): -3})
    assert ahead.rejected == []


def test_a_second_line_about_the_same_person_is_left_out(office):
    text = "姓名,手机\n王伟,13812345678\n王 伟,13812345678\n"
    with office.connection():
        tried = load(office, text, target="resident")
    assert [(a.line, a.of_line, a.is_subject) for a in tried.alike] == [(3, 2, True)]


def test_a_line_waits_for_one_before_it_only():
    same = SameRows({(5, "a"): -2, (5, "b"): 7, (6, "a"): -9, (7, "a"): 0})
    assert (same.waits(5), same.waits(6), same.waits(7)) == (True, False, False)
    assert (same.of(5), same.of(6), bool(SameRows({(7, "a"): 0}))) == ({"b": 7}, {}, False)


# -- cost --------------------------------------------------------------------------------------------


def test_many_people_of_few_names_cost_little(office):
    """Twenty thousand new people of a few hundred names, against each other: by keys, never by pairs."""
    chance = random.Random(3)
    people = [
        alikes._New(n, "", "王" + chance.choice("伟玮未建国明") + chance.choice("甲乙丙丁"), (None,), ("",))
        for n in range(alikes.MOST_PEOPLE)
    ]
    begun = time.process_time()
    names = alikes._Names(people)
    names.hold_against_each_other(people)
    assert len(names.best) > 19_000
    assert time.process_time() - begun < 5
