"""A bill run is tried, published and voided; whatever is done twice makes nothing twice (domain F3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from models.actor import Source
from models.errors import NotAllowed
from models.schedule.scheduler import Scheduler
from office.billing import run as bill_run

SOURCE = Source("form")


def run_of(money: Any, month: str = "2026-10", **values: Any) -> int:
    """A bill run that the cashier made."""
    return int(money.registry.store.create(money.people["cashier"], "bill_run", {"month": month, **values}, SOURCE))


def published(money: Any, month: str = "2026-10", **values: Any) -> int:
    """A bill run that was tried and published."""
    run = run_of(money, month, **values)
    for action in ("check_run", "publish_run"):
        outcome = money.act("cashier", "bill_run", action, run)
        assert outcome.done, outcome.skipped[0][1].to("en")
    return run


def said(outcome: Any) -> str:
    """What an action said of the one record."""
    assert len(outcome.done) + len(outcome.skipped) == 1
    return str((outcome.done or outcome.skipped)[0][1].to("en"))


def bills(money: Any, **equals: Any) -> list[tuple[str, str, str, str]]:
    """The living bills: (unit, fee type, period, amount)."""
    rows = money.rows("bill", "unit", "fee_type", "period", "amount", "state", **equals)
    return [
        (r.titles["unit"], r.titles["fee_type"], r["period"], str(r["amount"])) for r in rows if r["state"] != "void"
    ]


def preview(money: Any, run: int) -> Any:
    return money.get("bill_run", run)["preview"]


def findings(money: Any, run: int) -> list[tuple[str, int, list[str]]]:
    return [(f["why"], f["count"], [r["title"] for r in f["records"]]) for f in preview(money, run)["findings"]]


@pytest.fixture
def house(money: Any) -> Any:
    """Two units that are charged everything: 101 (100 m²) and 102 (61.25 m²); a third is charged nothing."""
    for room, area in (("101", "100.00"), ("102", "61.25")):
        unit = money.unit(room, area=area)
        for tariff in ("高层住宅", "居民用水", "地下车位"):
            money.charge(unit, tariff)
        money.reading(money.meter(unit, f"W{room}", start_value=Decimal("1.00")), "2026-10", "31.00")
    money.unit("103", area="80.00")
    return money


def test_a_dry_run_makes_no_bill(house: Any) -> None:
    run = run_of(house)
    words = said(house.act("cashier", "bill_run", "check_run", run))
    assert words == "Dry run: 6 bills, 1,441.75 in all; billed already: 0; to see to: 3."
    assert bills(house) == []
    found = preview(house, run)
    assert [(one["name"], one["period"], one["count"], one["amount"]) for one in found["fee_types"]] == [
        ("物业费", "2026Q4", 2, "870.75"),
        ("水费", "2026-10", 2, "271.00"),
        ("车位费", "2026-10", 2, "300.00"),
    ]
    assert [(b["title"], b["count"], b["amount"]) for b in found["buildings"]] == [("1", 6, "1441.75")]
    assert findings(house, run) == [("no_charge", 1, ["1-1-103"])] * 3


def test_publishing_makes_the_bills(house: Any) -> None:
    run = published(house)
    assert bills(house) == [
        ("1-1-101", "物业费", "2026Q4", "540.00"),
        ("1-1-102", "物业费", "2026Q4", "330.75"),
        ("1-1-101", "水费", "2026-10", "135.50"),
        ("1-1-102", "水费", "2026-10", "135.50"),
        ("1-1-101", "车位费", "2026-10", "150.00"),
        ("1-1-102", "车位费", "2026-10", "150.00"),
    ]
    record = house.get("bill_run", run)
    assert (record["state"], record["bills"], record["total"]) == ("published", 6, Decimal("1441.75"))
    fee, _, water, *_ = house.rows("bill", "lines", "due_on", "issued_on", "payer", "starts_on", "ends_on", "state")
    assert [line["said"] for line in water["lines"]] == ["15 × 3.50 = 52.50", "10 × 4.80 = 48.00", "5 × 7.00 = 35.00"]
    assert (water["issued_on"], water["due_on"]) == (date(2026, 10, 5), date(2026, 10, 20))
    assert (fee["starts_on"], fee["ends_on"], fee["state"]) == (date(2026, 10, 1), date(2026, 12, 31), "published")
    assert fee.titles["payer"] == "业主101"


def test_a_second_run_makes_nothing_twice_and_says_so(house: Any) -> None:
    published(house)
    again = run_of(house)
    house.act("cashier", "bill_run", "check_run", again)
    words = said(house.act("cashier", "bill_run", "publish_run", again))
    assert words.startswith("Bills published: 0, 0.00 in all; there already and not made twice: 6")
    assert len(bills(house)) == 6


def test_the_next_month_bills_only_what_is_monthly(house: Any) -> None:
    published(house)
    house.on("2026-11-05")
    published(house, "2026-11")
    assert [one[1:3] for one in bills(house)[6:]] == [("车位费", "2026-11"), ("车位费", "2026-11")]


def test_who_was_added_since_is_billed_by_the_second_run(house: Any) -> None:
    published(house)
    late = house.unit("104", area="50.00")
    house.charge(late, "高层住宅")
    published(house)
    assert bills(house)[6:] == [("1-1-104", "物业费", "2026Q4", "270.00")]


def test_what_was_changed_after_the_dry_run_is_tried_again_first(house: Any) -> None:
    run = run_of(house)
    house.act("cashier", "bill_run", "check_run", run)
    house.set("bill_run", run, month="2026-11")
    assert said(house.act("cashier", "bill_run", "publish_run", run)).startswith("It was changed after the dry run")
    assert bills(house) == []


def test_only_the_buildings_and_fee_types_that_were_asked_for(house: Any) -> None:
    other = house.unit("201", building="2")
    house.charge(other, "高层住宅")
    published(house, buildings=(house.buildings["2"],), fee_types=(house.fee_types["物业费"],))
    assert bills(house) == [("2-1-201", "物业费", "2026Q4", "540.00")]


def test_the_first_period_is_anchored_to_the_handover(money: Any) -> None:
    unit = money.unit("101", area="98.50", handed_over_on="2026-10-15")
    money.charge(unit, "高层住宅")
    later = money.unit("102", handed_over_on="2027-02-01")
    money.charge(later, "高层住宅")
    published(money)
    assert bills(money) == [("1-1-101", "物业费", "2026Q4", "451.83")]
    (bill,) = money.rows("bill", "starts_on", "lines")
    assert bill["starts_on"] == date(2026, 10, 15)
    assert [line["said"] for line in bill["lines"]] == ["98.50 × 1.80 × 17/31 = 97.23", "98.50 × 1.80 × 2 = 354.60"]


def test_a_charge_that_ends_and_one_that_begins_make_one_bill(money: Any) -> None:
    money.tariff("物业费", "商铺", {"2020-01-01": "3.00"})
    unit = money.unit("101")
    money.charge(unit, "高层住宅", until="2026-10-31")
    money.charge(unit, "商铺", since="2026-11-01")
    published(money)
    assert bills(money) == [("1-1-101", "物业费", "2026Q4", "780.00")]


def test_vacant_days_are_charged_less(money: Any) -> None:
    money.set("fee_type", money.fee_types["物业费"], vacancy_percent=Decimal("70.00"), vacancy_after_days=30)
    unit = money.unit("101")
    money.charge(unit, "高层住宅")
    money.make("vacancy", unit=unit, since_on=date(2026, 10, 2))
    published(money)
    assert bills(money) == [("1-1-101", "物业费", "2026Q4", "432.00")]


def test_what_is_missing_is_found_and_not_billed(money: Any) -> None:
    money.tariff("物业费", "别墅", {})
    without_area = money.unit("101", area=None)
    without_price = money.unit("102")
    without_reading, without_meter = money.unit("103"), money.unit("104")
    without_owner = money.unit("105", owner=None)
    for unit, tariff in ((without_area, "高层住宅"), (without_price, "别墅"), (without_reading, "居民用水"),
                         (without_meter, "居民用水"), (without_owner, "地下车位")):  # fmt: skip
        money.charge(unit, tariff)
    money.meter(without_reading, "W103")
    run = published(money)
    assert bills(money) == [("1-1-105", "车位费", "2026-10", "150.00")]
    assert findings(money, run) == [
        ("no_area", 1, ["1-1-101"]),
        ("no_price", 1, ["1-1-102"]),
        ("no_reading", 1, ["1-1-103"]),
        ("no_meter", 1, ["1-1-104"]),
        ("no_payer", 1, ["1-1-105"]),
    ]


def test_the_tenant_pays_where_the_charge_says_so_and_there_is_one(money: Any) -> None:
    let, empty = money.unit("101"), money.unit("102")
    money.lives(let, "租户甲", "tenant", "2026-01-01")
    money.lives(empty, "租户乙", "tenant", "2026-01-01", ended_on=date(2026, 9, 30))
    for unit in (let, empty):
        money.charge(unit, "地下车位", payer="tenant")
    published(money)
    assert [row.titles["payer"] for row in money.rows("bill", "payer")] == ["租户甲", "业主102"]


def test_tiers_that_run_over_the_year(money: Any) -> None:
    money.set("tariff", money.tariffs["居民用水"], tier_span="year")
    unit = money.unit("101")
    money.charge(unit, "居民用水")
    meter = money.meter(unit, "W101")
    money.reading(meter, "2026-01", "12.00")
    money.reading(meter, "2026-10", "22.00")
    published(money)
    (bill,) = money.rows("bill", "lines")
    assert [line["said"] for line in bill["lines"]] == ["3 × 3.50 = 10.50", "7 × 4.80 = 33.60"]


def test_charged_by_head_for_the_days_people_lived_there(money: Any) -> None:
    money.fee_type("垃圾清运费", "per_head", "month")
    money.tariff("垃圾清运费", "垃圾", {"2020-01-01": "5.00"})
    unit = money.unit("101")
    money.charge(unit, "垃圾")
    money.lives(unit, "母亲", "family", "2026-10-16")
    published(money)
    assert bills(money) == [("1-1-101", "垃圾清运费", "2026-10", "7.58")]


# -- the public share ------------------------------------------------------------------------------


@pytest.fixture
def shared(money: Any) -> Any:
    """Three units of building 1 that share its corridor light, by area; 100.01 yuan of it in October."""
    money.fee_type("公摊电费", "shared", "month", meter_kind="electricity", share_by="area")
    money.tariff("公摊电费", "楼道照明", {"2020-01-01": "1.00"})
    for room, area in (("101", "100.00"), ("102", "61.25"), ("103", "80.10")):
        money.charge(money.unit(room, area=area), "楼道照明")
    public = {"building": money.buildings["1"], "fee_type": money.fee_types["公摊电费"]}
    money.reading(money.meter(None, "G1", "electricity", **public), "2026-10", "100.01")
    return money


def test_the_shares_add_up_to_the_public_bill(shared: Any) -> None:
    published(shared)
    amounts = [Decimal(amount) for *_, amount in bills(shared)]
    assert [str(amount) for amount in amounts] == ["41.44", "25.38", "33.19"]
    assert sum(amounts) == Decimal("100.01")


def test_a_pool_is_shared_once_also_when_units_were_added_since(shared: Any) -> None:
    published(shared)
    shared.charge(shared.unit("104", area="90.00"), "楼道照明")
    run = published(shared)
    assert len(bills(shared)) == 3
    assert ("pool_shared", 1) in [one[:2] for one in findings(shared, run)]


def test_a_pool_without_a_reading_or_an_area_is_not_shared(shared: Any) -> None:
    shared.charge(shared.unit("104", area=None), "楼道照明")
    assert findings(shared, published(shared)) == [("pool_area", 1, ["1-1-104"])]
    assert findings(shared, published(shared, "2026-11"))[0][:2] == ("pool_unread", 1)
    assert bills(shared) == []


# -- voiding ---------------------------------------------------------------------------------------


def test_a_run_is_voided_but_for_what_was_paid(house: Any) -> None:
    run = published(house)
    first, second = (row.id for row in house.rows("bill")[:2])
    house.pay(first, "35.50")
    house.waive(second, "10.00")
    words = said(house.act("billing", "bill_run", "void_run", run, reason="单价有误"))
    assert words.startswith("Bills voided: 4; with payments or waivers, so that they stay: 2 (1-1-101 物业费 2026Q4, ")
    assert len(bills(house)) == 2
    assert house.get("bill_run", run)["state"] == "published"
    published(house)
    assert len(bills(house)) == 6


def test_a_run_that_was_voided_whole_is_void_and_can_be_billed_again(house: Any) -> None:
    run = published(house)
    assert said(house.act("billing", "bill_run", "void_run", run, reason="单价有误")) == "Bills voided: 6."
    record = house.get("bill_run", run)
    assert (record["state"], record["bills"], record["total"]) == ("void", 0, Decimal("0.00"))
    assert house.owed(1) == Decimal("0.00")
    published(house)
    assert len(bills(house)) == 6


def test_only_the_billing_supervisor_voids_a_run(house: Any) -> None:
    run = published(house)
    with pytest.raises(NotAllowed):
        house.act("cashier", "bill_run", "void_run", run, reason="x")
    with pytest.raises(NotAllowed):
        house.act("steward1", "bill_run", "publish_run", run)


def test_nothing_is_issued_in_a_closed_month(house: Any) -> None:
    house.make("month_close", month="2026-10", state="closed")
    run = run_of(house)
    house.act("cashier", "bill_run", "check_run", run)
    assert "2026-10 is closed" in said(house.act("cashier", "bill_run", "publish_run", run))
    assert bills(house) == []


# -- in the background -----------------------------------------------------------------------------


@pytest.fixture
def in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of more than two bills go into the background, two bills at a time."""
    for name, value in (("AT_ONCE", 2), ("CHUNK", 2), ("VOIDED_AT_ONCE", 2)):
        monkeypatch.setattr(bill_run, name, value)


def test_a_long_run_goes_on_in_the_background(house: Any, in_chunks: None) -> None:
    run = published(house)
    assert (house.get("bill_run", run)["state"], bills(house)) == ("running", [])
    Scheduler(house.registry).work()
    assert (house.get("bill_run", run)["state"], len(bills(house))) == ("published", 6)
    assert preview(house, run)["result"] == {"created": 6, "amount": "1441.75", "already": 0, "left": 0}
    house.act("billing", "bill_run", "void_run", run, reason="x")
    assert house.get("bill_run", run)["state"] == "voiding"
    Scheduler(house.registry).work()
    assert (house.get("bill_run", run)["state"], len(bills(house))) == ("void", 0)


def test_a_run_that_broke_off_is_gone_on_with(house: Any, in_chunks: None, monkeypatch: pytest.MonkeyPatch) -> None:
    run = published(house)
    create: Callable[..., None] = bill_run._create

    def break_off(registry: Any, actor: Any, drafts: Any, run: int) -> None:
        create(registry, actor, drafts, run)
        if len(bills(house)) >= 4:
            raise KeyboardInterrupt

    monkeypatch.setattr(bill_run, "_create", break_off)
    with pytest.raises(KeyboardInterrupt):
        Scheduler(house.registry).work()
    assert len(bills(house)) == 2, "the chunk that was being written is gone, the one before it stays"
    monkeypatch.setattr(bill_run, "_create", create)
    Scheduler(house.registry).work()
    assert len(bills(house)) == 6
    assert (preview(house, run)["result"]["created"], preview(house, run)["begun"]) == (6, 2)
