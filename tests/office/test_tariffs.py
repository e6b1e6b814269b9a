"""What a charge costs in a period (domain F1), as tables."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from models.errors import Refused
from office.billing.periods import period_after, period_before, period_holding, read_period, stretches
from office.billing.sharing import shares
from office.billing.tariffs import NoPrice, Price, always, banded, spans, spans_of_period, timed_lines, used_lines
from office.billing.vacancy import discounts

D = Decimal
SINCE = date(2020, 1, 1)


def day(text: str) -> date:
    return date.fromisoformat(text)


def prices(*pairs: tuple[str, str]) -> list[Price]:
    return [Price(day(since), D(price)) for since, price in pairs]


@pytest.mark.parametrize(
    ("text", "cycle", "first", "last", "zh"),
    [
        ("2026-02", "month", "2026-02-01", "2026-02-28", "2026年2月"),
        ("2028-02", "month", "2028-02-01", "2028-02-29", "2028年2月"),
        ("2026Q1", "quarter", "2026-01-01", "2026-03-31", "2026年第一季度"),
        ("2026Q4", "quarter", "2026-10-01", "2026-12-31", "2026年第四季度"),
        ("2026", "year", "2026-01-01", "2026-12-31", "2026年度"),
        ("2026-10-05", "once", "2026-10-05", "2026-10-05", "2026-10-05"),
    ],
)
def test_a_period_is_its_text(text: str, cycle: str, first: str, last: str, zh: str) -> None:
    period = read_period(text)
    assert (period.cycle, str(period.starts_on), str(period.ends_on)) == (cycle, first, last)
    assert period_holding(cycle, period.ends_on) == period
    assert period.label.to("zh") == zh


@pytest.mark.parametrize("text", ["", "2026Q5", "2026-13", "26-1", "2026-1", "10月", "2026-02-30"])
def test_what_is_no_period(text: str) -> None:
    with pytest.raises(Refused, match="2026Q4"):
        read_period(text)


def test_periods_follow_each_other() -> None:
    assert [str(period_after(read_period(one))) for one in ("2026-12", "2026Q4", "2026")] == [
        "2027-01",
        "2027Q1",
        "2027",
    ]
    assert [str(period_before(read_period(one))) for one in ("2026-01", "2026Q1", "2026")] == [
        "2025-12",
        "2025Q4",
        "2025",
    ]


@pytest.mark.parametrize(
    ("first", "last", "cut"),
    [
        ("2026-10-01", "2026-12-31", [(3, 92, 92)]),
        ("2026-10-15", "2026-12-31", [(1, 17, 31), (2, 61, 61)]),
        ("2026-10-01", "2026-11-10", [(1, 31, 31), (1, 10, 30)]),
        ("2026-10-10", "2026-10-20", [(1, 11, 31)]),
        ("2026-01-31", "2026-03-01", [(1, 1, 31), (1, 28, 28), (1, 1, 31)]),
    ],
)
def test_months_and_parts_of_months(first: str, last: str, cut: list[tuple[int, int, int]]) -> None:
    assert [(s.months, s.days, s.of_days) for s in stretches(day(first), day(last))] == cut


@pytest.mark.parametrize(
    ("first", "last", "price_history", "said"),
    [
        ("2026-10-01", "2026-12-31", [("2020-01-01", "1.80")], ["98.50 × 1.80 × 3 = 531.90"]),
        ("2026-10-15", "2026-12-31", [("2020-01-01", "1.80")],
         ["98.50 × 1.80 × 17/31 = 97.23", "98.50 × 1.80 × 2 = 354.60"]),
        ("2026-10-01", "2026-12-31", [("2020-01-01", "1.80"), ("2026-12-01", "2.00")],
         ["98.50 × 1.80 × 2 = 354.60", "98.50 × 2.00 = 197.00"]),
        ("2026-10-01", "2026-10-31", [("2020-01-01", "1.80"), ("2026-10-11", "2.00")],
         ["98.50 × 1.80 × 10/31 = 57.19", "98.50 × 2.00 × 21/31 = 133.45"]),
    ],
)  # fmt: skip
def test_an_area_for_a_quarter(first: str, last: str, price_history: list[tuple[str, str]], said: list[str]) -> None:
    lines = timed_lines("高层", D("98.50"), spans(day(first), day(last), prices(*price_history)))
    assert [line.said for line in lines] == said


def test_a_line_is_rounded_half_up() -> None:
    (line,) = timed_lines("x", D("1.00"), spans(day("2026-10-01"), day("2026-10-31"), [Price(SINCE, D("0.125"))]))
    assert line.amount == D("0.13")


def test_no_price_on_the_first_day() -> None:
    with pytest.raises(NoPrice) as none:
        spans(day("2026-10-01"), day("2026-12-31"), prices(("2026-11-01", "1.80")))
    assert none.value.day == day("2026-10-01")


@pytest.mark.parametrize(
    ("vacant", "after", "said"),
    [
        ([("2026-01-01", None)], 0, ["100 × 2.00 × 3 × 70% = 420.00"]),
        ([("2026-11-01", "2026-11-30")], 0,
         ["100 × 2.00 = 200.00", "100 × 2.00 × 70% = 140.00", "100 × 2.00 = 200.00"]),
        ([("2026-09-16", None)], 61,
         ["100 × 2.00 = 200.00", "100 × 2.00 × 15/30 = 100.00", "100 × 2.00 × 15/30 × 70% = 70.00",
          "100 × 2.00 × 70% = 140.00"]),
    ],
)  # fmt: skip
def test_vacant_days_are_discounted(vacant: list[tuple[str, str | None]], after: int, said: list[str]) -> None:
    found = discounts([(day(a), (b and day(b)) or None) for a, b in vacant], D("70"), after, day("2026-12-31"))
    lines = timed_lines("x", D(100), spans(day("2026-10-01"), day("2026-12-31"), prices(("2020-01-01", "2.00")), found))
    assert [line.said for line in lines] == said


def test_a_discount_begins_after_so_many_days() -> None:
    assert discounts([(day("2026-09-01"), None)], D(70), 90, day("2026-12-31")) == [
        (day("2026-11-30"), day("2026-12-31"), D(70))
    ]
    assert discounts([(day("2026-09-01"), day("2026-10-01"))], D(70), 90, day("2026-12-31")) == []
    assert discounts([(day("2026-09-01"), None)], D(100), 0, day("2026-12-31")) == []


@pytest.mark.parametrize(
    ("used", "before", "bands"),
    [
        ("10", "0", [("10", "3.50")]),
        ("15", "0", [("15", "3.50")]),
        ("30", "0", [("15", "3.50"), ("10", "4.80"), ("5", "7.00")]),
        ("10", "12", [("3", "3.50"), ("7", "4.80")]),
        ("10", "40", [("10", "7.00")]),
        ("0", "40", [("0", "3.50")]),
    ],
)
def test_tiers(used: str, before: str, bands: list[tuple[str, str]]) -> None:
    price = Price(SINCE, D("3.50"), ((D(15), D("4.80")), (D(25), D("7.00"))))
    assert list(banded(D(used), D(before), price)) == [(D(quantity), D(rate)) for quantity, rate in bands]


def test_consumption_over_a_change_of_price_is_parted_by_days() -> None:
    changed = [Price(SINCE, D("3.00")), Price(day("2026-10-11"), D("4.00"))]
    lines = used_lines("水", read_period("2026-10"), D("31.00"), changed)
    assert [line.said for line in lines] == ["10 × 3.00 = 30.00", "21 × 4.00 = 84.00"]


def test_a_price_for_the_whole_period() -> None:
    period = read_period("2026")
    whole = timed_lines("暖", D(100), spans_of_period(period, period.starts_on, period.ends_on, always(D("6.20"))))
    assert [line.said for line in whole] == ["100 × 6.20 = 620.00"]
    part = timed_lines("暖", D(100), spans_of_period(period, day("2026-07-01"), period.ends_on, always(D("6.20"))))
    assert [line.said for line in part] == ["100 × 6.20 × 184/365 = 312.55"]


def test_heads_are_counted_by_days() -> None:
    counts = [(day("2026-10-01"), D(2)), (day("2026-10-16"), D(3))]
    days = spans(day("2026-10-01"), day("2026-10-31"), prices(("2020-01-01", "5.00")), cuts=[c for c, _ in counts])
    assert [line.said for line in timed_lines("x", D(1), days, counts)] == [
        "2 × 5.00 × 15/31 = 4.84",
        "3 × 5.00 × 16/31 = 7.74",
    ]


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        ("100.00", ["1", "1", "1"], ["33.34", "33.33", "33.33"]),
        ("0.02", ["1", "1", "1"], ["0.01", "0.01", "0.00"]),
        ("100.00", ["98.50", "120.25", "61.25"], ["35.18", "42.95", "21.87"]),
        ("100.00", ["0", "1"], ["0.00", "100.00"]),
        ("0.00", ["1", "1"], ["0.00", "0.00"]),
    ],
)
def test_shares_add_up(amount: str, weights: list[str], parts: list[str]) -> None:
    found = shares(D(amount), {unit: D(weight) for unit, weight in enumerate(weights)})
    assert [str(part) for part in found.values()] == parts
    assert sum(found.values()) == D(amount)


def test_without_any_weight_there_are_no_shares() -> None:
    assert shares(D("10.00"), {1: D(0)}) == {}
