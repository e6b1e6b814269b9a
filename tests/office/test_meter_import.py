"""The office's own spreadsheet of readings, by the command line and in a browser (F2, domain section 12)."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from models.actor import SYSTEM
from models.errors import Refused
from models.query import Query
from tests.office.conftest import Estate
from transfer import imports
from transfer.imports import ImportOptions

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "tests" / "samples"
UNITS, READINGS = SAMPLES / "units_owners_gbk.csv", SAMPLES / "water_readings_2026-10.csv"
EXPECTED = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))["water_readings_2026-10.csv"]
USED = Query(sort="id", columns=("previous", "consumption"))
HEADER = "楼栋编号,单元编号,房屋编码,上期度数,上期读表时间,本期度数,本期读表时间,备注"


@pytest.fixture
def after(clock: Any) -> None:
    clock.at = datetime(2026, 11, 2, 1, 30, tzinfo=UTC)


@pytest.fixture
def house(after: None, estate: Estate) -> Estate:
    """Two units of building 1."""
    for room in ("101", "102"):
        estate.unit(room)
    return estate


def take_in(estate: Estate, data: bytes, name: str = "w.csv", layout: str = "water_readings", **options: Any) -> Any:
    with estate.registry.connection():
        cashier = estate.people["cashier"]
        ready = imports.prepare(estate.registry, cashier, layout, data, name, ImportOptions(**options))
        assert [problem.to("en") for problem in ready.problems] == []
        return imports.run(estate.registry, cashier, ready, dry_run=False, bad_rows="skip")


def said(result: Any) -> list[tuple[int, str, str]]:
    return [(r.line, r.column.to("zh"), r.reason.to("en")) for r in result.rejected]


def csv(*rows: str) -> bytes:
    return "\r\n".join((HEADER, *rows)).encode("gb18030")


def test_the_sample_gives_what_is_expected_and_twice_changes_nothing(tmp_path: Path) -> None:
    def run(*words: object) -> tuple[int, Any]:
        line = [sys.executable, str(ROOT / "app.py"), "--var", str(tmp_path / "var"), "--json", "import"]
        done = subprocess.run([*line, *map(str, words)], capture_output=True, text=True, timeout=120, check=False)
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, json.loads(done.stdout)

    assert run("units_owners", UNITS)[0] == 0
    code, first = run("water_readings", READINGS, "--bad-rows", "skip")
    stopped = {**EXPECTED["stopped"], **EXPECTED["to_confirm"]}
    assert (code, first["created"]) == (1, 200 - len(stopped))
    told = {str(r["line"]): (r["column"], r["reason"]) for r in first["rejected"]}
    assert set(told) == set(stopped)
    assert told["12"][0] == "本期度数" and "lower than last time (397)" in told["12"][1]
    assert told["22"][0] == "备注" and "far above the usual" in told["22"][1] and "give the reason" in told["22"][1]
    assert told["32"][0] == "房屋编码" and "no such Unit" in told["32"][1]
    code, again = run("water_readings", READINGS, "--bad-rows", "skip")
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 197)
    assert (again["by_entity"]["meter"]["created"], again["by_entity"]["meter_reading"]["unchanged"]) == (0, 197)


def test_the_first_file_makes_the_meters_and_the_next_one_goes_on(house: Estate) -> None:
    first = take_in(house, csv("1,1,101,595,2026-08-31,600,2026/9/30,", "1,1,102,20,2026-08-31,33.5,2026年9月30日,"))
    assert (said(first), first.by_entity["meter"].created) == ([], 2)
    second = take_in(house, csv("1,1,101,600,2026-09-30,612,2026.10.31,", "1,1,102,33,2026-09-30,45,2026-10-31,"))
    assert (second.created, second.by_entity["meter"].created) == (1, 0)
    assert said(second) == [
        (3, "上期度数", "The file says 33 was read last time, the books say 33.5: check, and correct one of the two.")
    ]
    records = list(house.registry.scope.stream(SYSTEM, "meter_reading", USED))
    assert [(r.title, r["previous"], r["consumption"]) for r in records] == [
        ("1-1-101 W1-1-101 2026-09", Decimal(595), Decimal(5)),
        ("1-1-102 W1-1-102 2026-09", Decimal(20), Decimal("13.5")),
        ("1-1-101 W1-1-101 2026-10", Decimal(600), Decimal(12)),
    ]


def test_a_reason_or_a_roll_over_in_the_file_lets_it_in(house: Estate) -> None:
    asked = take_in(house, csv("1,1,101,10,2026-09-30,900,2026-10-31,"))
    assert [(line, column) for line, column, _ in said(asked)] == [(2, "备注")]
    assert take_in(house, csv("1,1,101,10,2026-09-30,900,2026-10-31,水管爆裂")).created == 1
    rolled = (HEADER + ",过圈\n1,1,102,99990,2026-09-30,5,2026-10-31,,是\n").encode()
    assert said(take_in(house, rolled)) == []


def test_the_same_of_another_kind_as_a_workbook_with_dates(house: Estate) -> None:
    book = openpyxl.Workbook()
    book.active.append(["电表抄表 2026年10月"])
    book.active.append(["楼号", "单元", "房号", "上期度数", "本期度数", "抄表日期", "倍率"])
    for room, value in (("101", 250.5), ("102", 80)):
        book.active.append([1, 1, room, 30, value, datetime(2026, 10, 31), 2])
    out = io.BytesIO()
    book.save(out)
    result = take_in(house, out.getvalue(), "e.xlsx", "electricity_readings")
    assert (said(result), result.created) == ([], 2)
    used = [r["consumption"] for r in house.registry.scope.stream(SYSTEM, "meter_reading", USED)]
    assert used == [Decimal(441), Decimal(100)]


def test_whole_unit_codes_go_in_by_a_layout_of_their_own(house: Estate) -> None:
    """Read as people write them; the kind is chosen for the whole file."""
    codes = ("1-1-101,5,9", "1栋1单元102,7,6", "1-1-103,1,2")
    rows = "\n".join(["房屋编码,上期度数,本期度数,本期读表时间", *(f"{code},2026-10-31" for code in codes)])
    result = take_in(house, rows.encode(), layout="readings_by_code", constants={"meter.kind": "燃气"})
    assert [(line, column) for line, column, _ in said(result)] == [(3, "本期度数"), (4, "房屋编码")]
    found = list(house.registry.scope.stream(SYSTEM, "meter_reading", USED))
    assert [r.title for r in found] == ["1-1-101 G1-1-101 2026-10"]


def test_the_month_may_be_said_for_the_whole_file(house: Estate) -> None:
    result = take_in(house, csv("1,1,101,10,2026-09-30,20,2026-11-01,"), constants={"meter_reading.period": "2026-10"})
    assert said(result) == []
    found = list(house.registry.scope.stream(SYSTEM, "meter_reading", USED))
    assert found[0].title.endswith("2026-10")


@pytest.mark.parametrize("who", ["steward1", "frontdesk", "auditor", "supervisor"])
def test_who_may_not_take_readings_in(house: Estate, who: str) -> None:
    with pytest.raises(Refused):
        imports.prepare(house.registry, house.people[who], "water_readings", csv(), "w.csv", ImportOptions())


@pytest.mark.browser
def test_the_sample_is_put_right_in_a_browser(
    office: Any, after: None, person: Callable[..., Any], site_of: Any, serve: Any, signed_in: Any
) -> None:
    with office.connection():
        ready = imports.prepare(office, SYSTEM, "units_owners", UNITS.read_bytes(), UNITS.name, ImportOptions())
        imports.run(office, SYSTEM, ready, dry_run=False)
        office.accounts.add("cashier", "Cashier", ["cashier"], "correct horse battery")
    page = signed_in(serve(site_of(office)), "cashier", locale="zh-CN")
    page.goto("/imports/water_readings/")
    page.set_input_files("#file", READINGS)
    page.click("main form .btn-primary")
    page.wait_for_selector("#preview")
    assert page.inner_text(".import-count.import-refused b") == "3"
    page.fill("[name='cell-22-7']", "水管爆裂，已核实")
    page.fill("[name='cell-12-5']", "402")
    page.click(".form-actions [value=check]")
    page.wait_for_selector(".import-count.import-refused b:text-is('1')")
    page.click(".form-actions .btn-primary")
    page.wait_for_selector(".notice-warn")
    assert page.inner_text(".import-count.import-new b") == "199"
    with office.connection():
        assert office.scope.count(SYSTEM, "meter_reading") == 199
