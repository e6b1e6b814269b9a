"""What an expression reads, so that what was worked out from it can be kept true."""

from __future__ import annotations

import pytest

from schema.expressions import Dependency, Link, cycle, parse
from tests.expressions.tables import NAMING

HOUSE = Link("ref", "unit", "house")
BILLS = Link("children", "bill", "unit")


@pytest.mark.parametrize(
    ("source", "reads"),
    [
        ("area * 2 + area", [Dependency("unit", "area")]),
        ("house.steward == actor", [Dependency("unit", "house"), Dependency("house", "steward", (HOUSE,))]),
        ("house.steward.name", [
            Dependency("unit", "house"), Dependency("house", "steward", (HOUSE,)),
            Dependency("user", "name", (HOUSE, Link("ref", "house", "steward"))),
        ]),
        ("sum(bill.amount, due < parent.since, via='unit')", [
            Dependency("bill", "unit", (BILLS,)), Dependency("bill", "amount", (BILLS,)),
            Dependency("bill", "due", (BILLS,)), Dependency("unit", "since"),
        ]),
        ("exists(bill, payer.sold, via='unit')", [
            Dependency("bill", "unit", (BILLS,)), Dependency("bill", "payer", (BILLS,)),
            Dependency("unit", "sold", (BILLS, Link("ref", "bill", "payer"))),
        ]),
        ("actor.name == 'x' and has_role('admin')", []),
    ],
)  # fmt: skip
def test_it_names_every_field_and_the_way_there(source: str, reads: list[Dependency]) -> None:
    assert list(parse(source, NAMING).depends_on) == reads


def test_paths_are_what_it_reads_of_its_own_record() -> None:
    assert parse("house.steward == actor and area > 1", NAMING).paths == ("house", "house.steward", "area")


def test_it_tells_whether_the_day_or_the_reader_matters() -> None:
    assert parse("since < today", NAMING).reads_clock
    assert parse("count(bill, due < today, via='unit')", NAMING).reads_clock
    assert not parse("since < '2026-01-01'", NAMING).reads_clock
    assert parse("keeper == actor", NAMING).reads_actor
    assert parse("has_role('admin')", NAMING).reads_actor
    assert not parse("area", NAMING).reads_actor


def test_formulas_that_need_each_other_are_found() -> None:
    a, b = ("unit", "rent"), ("unit", "dues")
    reads_a, reads_b = parse("rent", NAMING).depends_on, parse("dues", NAMING).depends_on
    assert cycle({a: reads_b, b: reads_a}) == (a, b, a)
    assert cycle({a: reads_b, b: ()}) == ()
