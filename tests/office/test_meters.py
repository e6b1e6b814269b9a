"""Readings and meters through the store: filled in, stopped, corrected; a meter changed; opened at a handover (F2)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from models.actor import Source
from models.errors import Invalid, Refused, Unconfirmed
from tests.office.money import MoneyOffice

FORM = Source("form")


def d(text: str) -> Decimal:
    return Decimal(text)


@pytest.fixture
def metered(money: MoneyOffice) -> MoneyOffice:
    money.on("2026-12-31")
    return money


@pytest.fixture
def meter(metered: MoneyOffice) -> int:
    return metered.meter(metered.unit("101"), "W101", start_value=d("100"))


def read(money: MoneyOffice, meter: int, period: str, value: str, who: str = "cashier", **values: Any) -> int:
    given = {"read_on": date.fromisoformat(f"{period}-28"), **values}
    with money.registry.store.transaction():
        return int(money.registry.store.create(
            money.people[who], "meter_reading", {"meter": meter, "period": period, "value": d(value), **given}, FORM
        ))  # fmt: skip


def line(money: MoneyOffice, reading: int) -> tuple[Any, ...]:
    one = money.get("meter_reading", reading)
    numbers = [one[name] if one[name] is None else str(one[name]) for name in ("previous", "consumption", "usual")]
    return (*numbers, one["state"])


def refused(money: MoneyOffice, *words: Any, **values: Any) -> str:
    with pytest.raises(Refused) as found:
        read(money, *words, **values)
    return found.value.text.to("en")


@pytest.mark.both_engines
def test_a_reading_goes_by_the_one_before(metered: MoneyOffice, meter: int) -> None:
    first, second = read(metered, meter, "2026-08", "112"), read(metered, meter, "2026-09", "120")
    third = read(metered, meter, "2026-10", "130", who="steward1")
    assert [line(metered, one) for one in (first, second, third)] == [
        ("100.00", "12.00", None, "ok"), ("112.00", "8.00", "12.00", "ok"), ("120.00", "10.00", "10.00", "ok"),
    ]  # fmt: skip
    assert metered.get("meter_reading", third)["previous_on"] == date(2026, 9, 28)


def test_mistakes_are_stopped_and_the_unusual_wants_a_reason(metered: MoneyOffice, meter: int) -> None:
    read(metered, meter, "2026-09", "112")
    assert "lower than last time (112)" in refused(metered, meter, "2026-10", "111")
    assert "The same Meter, Period as the existing Meter reading" in refused(metered, meter, "2026-09", "115")
    assert "This is required" in refused(metered, meter, "2026-10", "115", read_on=None)
    with pytest.raises(Unconfirmed) as asked:
        read(metered, meter, "2026-10", "200")
    assert list(asked.value.problems) == ["reason"]
    confirmed = read(metered, meter, "2026-10", "200", reason="水管爆裂")
    assert line(metered, confirmed) == ("112.00", "88.00", "12.00", "confirmed")


def test_a_correction_works_the_next_period_out_again(metered: MoneyOffice, meter: int) -> None:
    first, second = read(metered, meter, "2026-08", "112"), read(metered, meter, "2026-09", "120")
    third = read(metered, meter, "2026-10", "125")
    store, cashier = metered.registry.store, metered.people["cashier"]
    store.update(cashier, "meter_reading", first, {"value": d("110")}, FORM)
    assert (line(metered, first)[1], line(metered, second)[:2]) == ("10.00", ("110.00", "10.00"))
    assert metered.get("meter_reading", third).version == 1
    with pytest.raises(Invalid, match=r"2026-09.*lower than last time"):
        store.update(cashier, "meter_reading", first, {"value": d("121")}, FORM)
    assert line(metered, first)[1] == "10.00"
    between = read(metered, meter, "2026-07", "105")
    assert (line(metered, between)[1], line(metered, first)[:2]) == ("5.00", ("105.00", "5.00"))
    store.delete(metered.people["billing"], "meter_reading", second, FORM)
    assert line(metered, third)[:2] == ("110.00", "15.00")


def test_what_has_been_billed_stands_until_the_bill_is_void(metered: MoneyOffice, meter: int) -> None:
    first, second = read(metered, meter, "2026-09", "112"), read(metered, meter, "2026-10", "120")
    unit = metered.get("meter", meter)["unit"]
    bill = metered.bill(unit, "水费", "2026-10", "28.00")
    store, cashier = metered.registry.store, metered.people["cashier"]
    for reading, value in ((second, "121"), (first, "113")):
        with pytest.raises(Invalid, match="It has been billed"):
            store.update(cashier, "meter_reading", reading, {"value": d(value)}, FORM)
    with pytest.raises(Invalid, match="void the bill first"):
        store.delete(metered.people["billing"], "meter_reading", second, FORM)
    store.update(cashier, "meter_reading", second, {"reason": "复核无误"}, FORM)
    metered.set("bill", bill, state="void", voided=bill)
    store.update(cashier, "meter_reading", second, {"value": d("121")}, FORM)
    assert line(metered, second)[1] == "9.00"


@pytest.mark.both_engines
def test_a_changed_meter_carries_what_the_old_one_counted(metered: MoneyOffice, meter: int) -> None:
    old = read(metered, meter, "2026-09", "112")
    changed = {"changed_on": date(2026, 10, 10), "end_value": d("117"), "start_value": d("3")}
    done = metered.act("engineer", "meter", "change_meter", meter, **changed)
    assert "ended at 117, the new one W1-1-101 began at 3" in done.done[0][1].to("en")
    fresh = metered.rows("meter", "number", replaces=meter)[0]
    reading = read(metered, fresh.id, "2026-10", "10")
    one = metered.get("meter_reading", reading)
    assert (one["previous"], one["carried"], one["consumption"], one["usual"]) == (d("3"), d("5"), d("12"), d("12"))
    assert "taken out on 2026-10-10" in refused(metered, meter, "2026-10", "118")
    metered.registry.store.update(metered.people["cashier"], "meter_reading", old, {"value": d("113")}, FORM)
    assert metered.get("meter_reading", reading)["carried"] == d("4")
    again = metered.act("cashier", "meter", "change_meter", meter, **changed)
    assert again.done == []


def test_nobody_but_those_who_may_changes_a_meter(metered: MoneyOffice, meter: int) -> None:
    for who in ("steward1", "frontdesk", "auditor"):
        with pytest.raises(Refused):
            metered.act(who, "meter", "change_meter", meter, changed_on=date(2026, 10, 1), end_value=d("101"),
                        start_value=d("0"))  # fmt: skip
    with pytest.raises(Refused):
        read(metered, meter, "2026-10", "110", who="steward2")


def test_a_wrong_start_value_is_put_right_with_what_followed_from_it(metered: MoneyOffice, meter: int) -> None:
    first, second = read(metered, meter, "2026-09", "112"), read(metered, meter, "2026-10", "120")
    store, cashier = metered.registry.store, metered.people["cashier"]
    store.update(cashier, "meter", meter, {"start_value": d("104")}, FORM)
    assert (line(metered, first)[:2], line(metered, second)[:2]) == (("104.00", "8.00"), ("112.00", "8.00"))
    store.update(cashier, "meter", meter, {"multiplier": d("2")}, FORM)
    assert (line(metered, first)[1], line(metered, second)[1]) == ("16.00", "16.00")


def test_meters_are_opened_at_the_values_of_the_handover(metered: MoneyOffice) -> None:
    unit = metered.unit("102")
    metered.meter(unit, "E-7", "electricity")
    handover = metered.make("handover", unit=unit, owner=metered.owners[unit], water_start=d("1.5"),
                            electricity_start=d("20"))  # fmt: skip
    done = metered.act("steward1", "handover", "open_meters", handover)
    assert done.done[0][1].to("en") == "Opened: Water; there already, left alone: Electricity"
    meters = metered.rows("meter", "number", "kind", "start_value", unit=unit)
    assert [(m["kind"], m["number"], m["start_value"]) for m in meters] == [
        ("electricity", "E-7", d("0")), ("water", "W1-1-102", d("1.5")),
    ]  # fmt: skip
    assert "left alone: Water, Electricity" in metered.act("supervisor", "handover", "open_meters", handover).done[0][
        1
    ].to("en")


def test_many_readings_at_once_go_by_one_another(metered: MoneyOffice, meter: int) -> None:
    """Two months of a meter in one go, in the wrong order: as if they were entered one after the other."""
    rows = [{"meter": meter, "period": period, "value": d(value), "read_on": date.fromisoformat(f"{period}-28")}
            for period, value in (("2026-10", "131"), ("2026-09", "120"), ("2026-08", "112"))]  # fmt: skip
    ids = metered.registry.store.create_many(metered.people["cashier"], "meter_reading", rows, Source("import"))
    assert [line(metered, id)[:3] for id in reversed(ids)] == [
        ("100.00", "12.00", None), ("112.00", "8.00", "12.00"), ("120.00", "11.00", "10.00"),
    ]  # fmt: skip
