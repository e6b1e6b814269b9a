"""What a type writes it reads again: in an input, in a cell, in JSON, in the database."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import peewee
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schema.types.days import FIRST_DAY, LAST_DAY
from tests.types.conftest import BUILDINGS, EN, STATES, ZH, make_type

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60).filter(
    lambda w: w.strip() == w
)
MOMENTS = st.datetimes(datetime(1800, 1, 2), datetime(2999, 12, 29)).map(lambda d: d.replace(microsecond=0, tzinfo=UTC))


def decimals(places: int) -> st.SearchStrategy[Any]:
    return st.integers(-(10**14), 10**14).map(lambda n: Decimal(n) * Decimal(1).scaleb(-places))


VALUES: dict[str, tuple[dict[str, Any], st.SearchStrategy[Any]]] = {
    "text": ({}, WORDS),
    "long_text": ({}, WORDS),
    "integer": ({}, st.integers(-(10**15) + 1, 10**15 - 1)),
    "decimal": ({"places": 3, "unit": "m²"}, decimals(3)),
    "money": ({}, decimals(2)),
    "percent": ({}, decimals(2)),
    "rating": ({}, st.integers(1, 5)),
    "boolean": ({}, st.booleans()),
    "date": ({}, st.dates(FIRST_DAY, LAST_DAY)),
    "datetime": ({}, MOMENTS),
    "time": ({}, st.times().map(lambda t: t.replace(microsecond=0))),
    "month": ({}, st.dates(FIRST_DAY, LAST_DAY).map(lambda d: f"{d:%Y-%m}")),
    "choice": ({"of": "s"}, st.sampled_from(sorted(STATES))),
    "choices": ({"of": "s"}, st.sets(st.sampled_from(sorted(STATES)), min_size=1).map(
        lambda some: tuple(code for code in STATES if code in some))),
    "ref": ({"to": "b"}, st.sampled_from(sorted(BUILDINGS.values()))),
    "refs": ({"to": "b"}, st.sets(st.sampled_from([1, 2, 3]), min_size=1).map(lambda s: tuple(sorted(s)))),
    "phone": ({}, st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)),
    "account_number": ({}, st.from_regex(r"[1-9][0-9]{7,14}", fullmatch=True)),
    "files": ({}, st.lists(st.from_regex(r"[a-z0-9]{1,8}/[a-z]{1,8}\.pdf", fullmatch=True), min_size=1, max_size=9,
                           unique=True).map(tuple)),
    "json": ({}, st.recursive(st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) |
                              st.dictionaries(st.text(), inner), max_leaves=8)),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(VALUES))
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_what_is_written_is_read_again(name: str, data: st.DataObject) -> None:
    options, values = VALUES[name]
    kind = make_type(name, **options)
    value = data.draw(values)
    for context in (ZH, EN):
        assert kind.check(value, context) == value
        assert kind.parse(kind.edit_text(value, context), context) == value
        cell = kind.cell(value, context)
        assert kind.check(cell, context) == value if isinstance(cell, float) else True
        assert kind.parse(str(cell), context) == value
    assert kind.from_json(kind.to_json(value)) == value


def test_an_hour_that_comes_twice_is_not_moved() -> None:
    """Shanghai set its clocks back on 1988-09-11: one local hour came twice."""
    kind = make_type("datetime")
    for hour in (15, 16, 17):
        moment = datetime(1988, 9, 10, hour, 30, tzinfo=UTC)
        assert kind.parse(kind.edit_text(moment, ZH), ZH) == moment


def test_the_moment_of_a_clock_stands_in_a_form_to_the_second() -> None:
    """A browser refuses a moment with a zone or parts of a second, and shows nothing."""
    moment = datetime(2026, 3, 16, 1, 30, 5, 123456, tzinfo=UTC)
    assert make_type("datetime").edit_text(moment, ZH) == "2026-03-16T09:30:05"


@pytest.mark.both_engines
def test_columns_give_back_what_they_were_given(engine: Any) -> None:
    from models.storage.database import connect

    rows: dict[str, list[Any]] = {
        "text": ["a'b%_\\", None], "integer": [10**15 - 1, 0, None], "decimal": [Decimal("-0.001"), None],
        "money": [Decimal("9999999999999.99"), Decimal("-0.05"), Decimal("0.00")], "boolean": [True, False, None],
        "date": [date(1800, 1, 1), date(2999, 12, 31), None], "datetime": [datetime(2026, 3, 1, 10, tzinfo=UTC), None],
        "time": [time(9, 30), None], "month": ["2026-03"], "choices": [("vacant", "let"), None], "rating": [5],
        "files": [("a/b.pdf",), None], "json": [{"a": [1, None]}, [], None], "phone": ["13812345678"],
    }  # fmt: skip
    home = engine.blank()
    db = connect(home.url or home.var / "columns.db")
    columns = {name: make_type(name, **VALUES[name][0]).column(null=True) for name in rows}
    meta = type("Meta", (), {"database": db, "table_name": "kept"})
    model: Any = type(peewee.Model)("Kept", (peewee.Model,), {**columns, "Meta": meta})
    with db.connection_context():
        db.create_tables([model])
        for name, values in rows.items():
            for value in values:
                id = model.insert(**{name: value}).execute()
                assert getattr(model.get_by_id(id), name) == value, name
    engine.drop(home)


def test_a_column_takes_no_more_places_than_it_has() -> None:
    column = make_type("money").column(null=True)
    assert column is not None
    with pytest.raises(ValueError, match="more than 2 decimal places"):
        column.db_value(Decimal("0.001"))
