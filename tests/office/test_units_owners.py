"""The spreadsheet of units and owners, taken in by the supervisor (domain section 12)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from models.actor import SYSTEM
from transfer import imports
from transfer.imports import ImportOptions

SAMPLES = Path(__file__).parent.parent / "samples"
HEADER = "楼号,单元,房间,房屋状态,建筑面积,业主名称,手机号,身份证号,业主类型\n"


def take_in(estate: Any, data: bytes, who: str = "supervisor") -> Any:
    with estate.registry.connection():
        ready = imports.prepare(estate.registry, estate.people[who], "units_owners", data, "units.csv", ImportOptions())
        return imports.run(estate.registry, estate.people[who], ready, dry_run=False)


def counts(estate: Any) -> list[int]:
    return [estate.registry.scope.count(SYSTEM, name) for name in ("building", "unit", "resident", "occupancy")]


def test_the_supervisor_takes_in_three_hundred_units(estate: Any) -> None:
    result = take_in(estate, (SAMPLES / "units_owners_gbk.csv").read_bytes())
    assert (result.rejected, counts(estate)) == ([], [5, 300, 300, 300])
    again = take_in(estate, (SAMPLES / "units_owners_gbk.csv").read_bytes())
    assert (again.unchanged, counts(estate)) == (300, [5, 300, 300, 300])


def test_a_vacant_unit_has_no_owner(estate: Any) -> None:
    """A row without a person makes a unit and nothing else; a shop stands in section 0."""
    rows = HEADER + "8,1,101,空置,80.5,,,,\n8,1,102,空置,80.5,,,,\n8,0,101,商铺,30,云一,13812345678,,业主\n"
    result = take_in(estate, rows.encode())
    assert [rejection.reason.to("en") for rejection in result.rejected] == []
    assert counts(estate) == [3, 3, 1, 1]


def test_a_person_with_two_units_is_one_resident(estate: Any) -> None:
    person = "云一,13812345678,110101199001011237,业主\n"
    take_in(estate, f"{HEADER}8,1,101,自住,80.5,{person}8,1,102,出租,80.5,{person}".encode())
    assert counts(estate) == [3, 2, 1, 2]


def test_a_tenant_beside_the_owner(estate: Any) -> None:
    """Two rows of one unit: the unit once, both people, each in their role."""
    rows = HEADER + "8,1,101,出租,80.5,云一,13812345678,,业主\n8,1,101,出租,80.5,山二,13812345679,,租客\n"
    result = take_in(estate, rows.encode())
    assert [rejection.reason.to("en") for rejection in result.rejected] == []
    assert counts(estate) == [3, 1, 2, 2]
