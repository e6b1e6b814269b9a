"""The types whose values the program makes: formula, count, sum, number series, and every record's own fields."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from schema.types import FieldType
from schema.types.columns import Scaled
from tests.types.conftest import ZH, make_type


def test_a_formula_behaves_as_what_it_gives() -> None:
    kind: Any = make_type("formula", **{"is": "area * price", "gives": "decimal", "places": 3, "unit": "m²"})
    assert (kind.kind, kind.places, kind.align_end, kind.source) == ("number", 3, True, "area * price")
    assert kind.display(Decimal("1234.500"), ZH) == "1,234.500"
    assert kind.parse("7", ZH) == Decimal("7.000")
    assert kind.column(null=True) is None
    assert kind.computed
    assert not kind.stored


def test_a_stored_formula_has_the_column_of_what_it_gives() -> None:
    column = make_type("formula", **{"is": "a", "gives": "money", "stored": True}).column(null=False)
    assert isinstance(column, Scaled)
    assert column.null


@pytest.mark.parametrize(
    ("name", "options", "source"),
    [
        ("count", {"of": "occupancy"}, "count(occupancy)"),
        ("count", {"of": "occupancy", "where": "ended_on == null", "via": "unit"},
         "count(occupancy, ended_on == null, via='unit')"),
        ("sum", {"of": "bill.amount", "where": "not paid"}, "sum(bill.amount, not paid)"),
    ],
)  # fmt: skip
def test_count_and_sum_are_expressions(name: str, options: dict[str, Any], source: str) -> None:
    kind: Any = make_type(name, **options)
    assert kind.source == source


def test_a_sum_looks_as_what_it_adds_up() -> None:
    kind: Any = make_type("sum", of="meter.used")
    kind.adds(make_type("decimal", places=1, unit="m³", min=0))
    assert (kind.places, kind.gives.unit) == (1, "m³")
    assert kind.check(Decimal("-1.5"), ZH) == Decimal("-1.5")
    kind.adds(make_type("integer"))
    assert kind.places == 0


@pytest.mark.parametrize(
    "options",
    [
        {"is": "a", "gives": "choice"},
        {"is": "a", "gives": "money", "of": "state"},
        {"is": "a", "gives": "integer", "places": 2},
        {"is": "", "gives": "money"},
        {"is": "a", "gives": "nonsense"},
    ],
)
def test_a_formula_that_does_not_fit_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        FieldType.registry["formula"].Options(**options)


def test_a_number_counts_within_its_period() -> None:
    kind: Any = make_type("number", series="ZX{date:%y%m%d}{serial:03}", restart="day")
    assert kind.write(7, date(2026, 3, 1)) == "ZX260301007"
    assert kind.write(1234, date(2026, 3, 1)) == "ZX2603011234"
    assert kind.period(date(2026, 3, 1)) == "2026-03-01"
    assert make_type("number", series="R{serial}").write(12, date(2026, 3, 1)) == "R12"  # type: ignore[attr-defined]
    assert make_type("number", series="R{serial}").period(date(2026, 3, 1)) == ""  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"series": "ZX"}, "one {serial}"),
        ({"series": "{serial}{serial}"}, "one {serial}"),
        ({"series": "{unit}{serial}"}, "one {serial}"),
        ({"series": "{serial:xx}"}, "{serial:03}"),
        ({"series": "{date:%y%m}{serial}", "restart": "day"}, "give a number twice"),
        ({"series": "{serial}", "restart": "year"}, "give a number twice"),
    ],
)
def test_a_series_that_would_repeat_itself_is_refused(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match="(?s).*" + complaint.replace("{", "\\{")):
        FieldType.registry["number"].Options(**options)


def test_every_type_is_described() -> None:
    for name, kind in FieldType.registry.items():
        assert kind.doc.endswith("."), name
        assert kind.label.zh, name
        assert kind.label.en, name
        assert kind.filters, name


def test_options_that_no_type_knows_are_refused() -> None:
    for kind in FieldType.registry.values():
        with pytest.raises(ValidationError):
            kind.Options(nonsense=1)
