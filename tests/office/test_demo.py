"""The demo estate: made up, the same every time, and enough to try everything on."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from models import open_office
from models.actor import SYSTEM
from models.query import Condition, Query
from office.demo import ACCOUNTS, add_accounts, draft_of, fill
from office.demo.people import id_number
from office.dunning.cases import propose_dunning
from office.figures.arrears import arrears
from office.figures.collection import collection_rate
from office.rounds.dues import KINDS
from office.rounds.owed import settled_between
from schema.types.base import Context
from schema.types.codes import IdNumberType

SHANGHAI = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 3, 16)


def test_it_is_the_same_every_time() -> None:
    """Accounts change nothing but who is named in the records."""
    first, second = (draft_of(600, TODAY, SHANGHAI, {}).records for _ in range(2))
    assert first == second
    named = draft_of(600, TODAY, SHANGHAI, {"steward1": 1, "frontdesk": 2}).records
    assert named["resident"] == first["resident"]
    assert {name: len(rows) for name, rows in named.items()} == {name: len(rows) for name, rows in first.items()}


@pytest.mark.parametrize("units", [6, 60, 599, 600, 601, 2500])
def test_it_has_as_many_units_as_asked_for(units: int) -> None:
    draft = draft_of(units, TODAY, SHANGHAI, {})
    names = [(u["building"].index, u["section"], u["room"]) for u in draft.records["unit"]]
    assert len(set(names)) == len(names) == units
    assert len(draft.records["building"]) % 6 == 0


def test_its_people_do_not_exist() -> None:
    """Every ID number has a right check digit, a county that never was, and is nobody's twice."""
    residents = draft_of(600, TODAY, SHANGHAI, {}).records["resident"]
    numbers = [r["id_number"] for r in residents if r.get("id_type") == "resident_id" and "id_number" in r]
    assert all(n.startswith("119999") and IdNumberType().check(n, Context()) == n for n in numbers)
    assert len(set(numbers)) == len(numbers) > 600
    assert all(r["phone"].startswith("1900000") for r in residents if "phone" in r)
    assert id_number(date(1990, 1, 1), 1, "male") == "11999919900101003" + id_number(date(1990, 1, 1), 1, "male")[-1]


def test_it_fills_an_office(office: Any) -> None:
    """Six buildings for two stewards, and something in every list that waits for somebody."""
    users = add_accounts(office, "a password for trying")
    assert add_accounts(office, "another") == users
    made = fill(office)
    assert (made["building"], made["unit"]) == (6, 600)
    assert 800 <= made["resident"] <= 1000
    assert 20_000 <= sum(made.values()) <= 40_000
    assert all(made.values())
    areas = {name: _buildings(office, users[name]) for name in ("steward1", "steward2")}
    assert areas == {"steward1": ["1", "2", "3"], "steward2": ["4", "5", "6"]}
    assert {role for _, _, role in ACCOUNTS} == set(office.schema.roles)


@pytest.mark.both_engines
def test_every_list_and_filter_can_be_asked(office: Any) -> None:
    """By everyone who may read, on either database; nobody is told more than the director."""
    users = add_accounts(office, "a password for trying")
    fill(office, units=60)
    most = {name: office.scope.count(SYSTEM, name) for name in office.schema.entities}
    for actor in (office.accounts.actor(id) for id in users.values()):
        for entity in office.schema.entities.values():
            if not office.access.may(actor, entity.name, "read"):
                continue
            for saved in ("", *entity.filters):
                assert 0 <= office.scope.count(actor, entity.name, Query(saved=saved)) <= most[entity.name]
            page = office.scope.page(actor, entity.name, Query(size=5))
            assert all(row.title for row in page.rows)


@pytest.mark.parametrize(
    ("entity", "saved"),
    [
        ("resident", "elderly_alone"), ("lease", "ending_soon"), ("lease", "overrun"), ("pet", "unlicensed"),
        ("pet", "expiring"), ("key_loan", "overdue"), ("vehicle_pass", "expiring"), ("defect", "overdue"),
        ("temporary_residence", "expiring"), ("temporary_residence", "unregistered"), ("vacancy", "watch"),
        ("move_out", "open"), ("move_out", "unsettled"), ("occupancy", "in_this_month"), ("letting", "on_offer"),
        ("viewing", "booked"), ("handover", "open"), ("parking_space", "expiring"), ("unit", "no_owner"),
        ("bill", "owed"), ("bill", "overdue"), ("waiver", "waiting"), ("receipt", "to_reverse"), ("deposit", "held"),
        ("deposit_move", "to_approve"), ("till_day", "open"), ("meter", "public"), ("meter_reading", "out_of_line"),
        ("dunning_case", "on_hold"), ("dunning_step", "due"), ("dunning_hold", "promised_today"),
        ("dunning_hold", "broken"), ("dunning_hold", "disputes"), ("patrol", "managers"), ("visit", "care"),
        ("patrol_finding", "month"), ("vacancy_round", "found"), ("vacancy_round", "month"),
        ("sign", "damaged"), ("sign", "expired"), ("sign", "expiring"), ("sign_request", "to_approve"),
        ("sign_request", "returned"), ("sign_request", "to_make"), ("sign_request", "to_put_up"),
        ("sign_fault", "open"), ("sign_check", "found"), ("renovation_permit", "to_approve"),
        ("renovation_permit", "running"), ("renovation_permit", "to_resume"), ("renovation_permit", "expired"),
        ("renovation_permit", "ending"), ("renovation_permit", "to_accept"), ("violation", "late"),
        ("violation", "reported"), ("acceptance", "open"),
        ("acceptance", "failed"), ("deposit", "to_refund"),
    ],
)  # fmt: skip
def test_its_lists_have_something_in_them(filled: Any, entity: str, saved: str) -> None:
    assert filled.scope.count(SYSTEM, entity, Query(saved=saved)) > 0


def test_its_money_is_that_of_an_office_that_does_well(filled: Any) -> None:
    """Property fees a little below their target; arrears of every age; what was billed is what became of it."""
    quarter = {"span": "quarter", "month": "2026-03"}
    found = collection_rate(filled, SYSTEM, filled.clock.now(), quarter)
    rates = {row.values["fee_type"].title: row.values["rate"] for row in found.rows}
    assert 91 <= rates["物业费"] < 95
    owed = arrears(filled, SYSTEM, filled.clock.now(), {"group": "building"})
    assert owed.totals is not None and all(
        owed.totals.values[age] > 0 for age in ("age_30", "age_90", "age_365", "age_older")
    )
    whole = filled.scope.aggregate(SYSTEM, "bill", {n: n for n in ("amount", "paid", "waived", "owed")})[0]
    assert whole["amount"] == whole["paid"] + whole["waived"] + whole["owed"]
    assert filled.scope.count(SYSTEM, "bill", Query(where="noticed_until < due_on")) == 0
    levels = {row["level"] for row in filled.scope.stream(SYSTEM, "dunning_case", Query(columns=("level",)))}
    assert levels == {0, 1, 2, 3}
    closed = [row["state"] for row in filled.scope.stream(SYSTEM, "month_close", Query(sort="id", columns=("state",)))]
    assert closed == ["closed", "closed", "open"]


def test_its_rounds_are_planned_and_mostly_done_on_their_day(filled: Any) -> None:
    """Each kind is due and done somewhere; something was missed, and the coming leave has its stand-in."""
    today = filled.clock.today()
    settled = settled_between(filled, SYSTEM, today - timedelta(days=28), today - timedelta(days=1))
    assert {one.due.kind for one in settled} == {one.due.kind for one in settled if one.done} == set(KINDS)
    lacking, due = sum(one.lacking for one in settled), sum(one.due.times for one in settled)
    assert 0 < lacking < due / 6
    assert filled.scope.count(SYSTEM, "stand_in") == 1


def test_its_month_of_rounds_is_one_of_an_office_that_walks(filled: Any) -> None:
    """Every day has rounds of both kinds, none in the future; what was found is one request each, mostly settled."""
    now, zone = filled.clock.now(), filled.clock.zone
    rounds = list(
        filled.scope.stream(SYSTEM, "patrol", Query(sort="id", columns=("done_at", "kind", "by", "building")))
    )
    for kind in ("patrol", "second_patrol"):
        days = {row["done_at"].astimezone(zone).date() for row in rounds if row["kind"] == kind}
        assert len(days) >= 30, kind
    assert all(row["done_at"] < now for row in rounds)
    assert {row["by"] for row in rounds if row["kind"] == "second_patrol"} == {filled.accounts.id_of("supervisor")}
    found = list(filled.scope.stream(SYSTEM, "patrol_finding", Query(sort="id", columns=("request", "progress"))))
    requests = Query(
        conditions=(Condition("origin", "filled"), Condition("channel", "in", ("patrol",))), columns=("origin",)
    )
    origins = [row["origin"] for row in filled.scope.stream(SYSTEM, "service_request", requests)]
    assert len({row["request"] for row in found}) == len(found) > 5 and len(origins) == len(set(origins))
    assert {f"patrol_finding:{row.id}" for row in found} <= set(origins)
    assert sum(row["progress"] in ("closed", "solved", "called_back") for row in found) > len(found) / 2
    assert {one.split(":")[0] for one in origins} == {"patrol_finding", "vacancy_round", "visit", "sign_fault"}


def test_its_books_are_the_same_every_time(office: Any, office_schema: Any, clock: Any, tmp_path: Path) -> None:
    """And the morning's job finds nothing left to do in them."""
    other = open_office(office_schema, tmp_path / "other", clock=clock)
    for registry in (office, other):
        fill(registry, units=60)
    assert books(office) == books(other)
    assert all(books(office))
    other.close()
    assert propose_dunning(office, SYSTEM, office.clock.now(), None).done == 0


@pytest.fixture(scope="module")
def filled(office_schema: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A filled office that the tests of this file only read."""
    from datetime import UTC, datetime

    from models.clock import StoppedClock

    clock = StoppedClock("Asia/Shanghai", datetime(2026, 3, 16, 1, 30, tzinfo=UTC))
    registry = open_office(office_schema, tmp_path_factory.mktemp("demo"), clock=clock)
    add_accounts(registry, "a password for trying")
    fill(registry)
    yield registry
    registry.close()


def books(office: Any) -> list[list[tuple[Any, ...]]]:
    """Everything that was booked, without who and when it was written."""
    columns = {
        "bill": ("title", "amount", "paid", "waived", "owed", "due_on"), "payment": ("title", "amount", "credit"),
        "allocation": ("title", "amount", "late_fee", "on"), "dunning_step": ("title", "level", "state", "due_on"),
    }  # fmt: skip
    return [
        [tuple(getattr(row, "title", None) if name == "title" else row[name] for name in names)
         for row in office.scope.stream(SYSTEM, entity, Query(sort="id", columns=names[1:]))]
        for entity, names in columns.items()
    ]  # fmt: skip


def _buildings(office: Any, id: int) -> list[str]:
    actor = office.accounts.actor(id)
    return [row.title for row in office.scope.page(actor, "building", Query(sort="title")).rows]
