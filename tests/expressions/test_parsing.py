"""What an expression means, and what is said about one that means nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from schema.expressions import ExpressionError, Naming, evaluate, parse
from tests.expressions.tables import FIELDS, NAMING, Tables


@pytest.mark.parametrize(
    ("source", "kind", "places"),
    [
        ("area", "number", 2), ("area + price", "number", 4), ("area * price", "number", 6),
        ("area * price * price", "number", 6), ("area / rooms", "number", 4), ("1.50", "number", 2),
        ("round(price, 1)", "number", 1), ("coalesce(area, 0)", "number", 2), ("-rooms", "number", 0),
        ("until - since", "number", 0), ("since + 30", "date", 0), ("now - days(2)", "datetime", 0),
        ("label + ' ' + note", "text", 0), ("keeper", "ref", 0), ("house.steward.name", "text", 0), ("tags", "list", 0),
        ("if_(sold, area, null)", "number", 2), ("latest(bill.due, via='unit')", "date", 0),
        ("sum(bill.share, via='unit')", "number", 1), ("area > 5 and not sold", "boolean", 0),
        ("null", "text", 0), ("actor.name", "text", 0), ("has_role('admin')", "boolean", 0),
    ],
)  # fmt: skip
def test_kind_and_places_are_known_before_any_record_is(source: str, kind: str, places: int) -> None:
    expression = parse(source, NAMING)
    assert (expression.kind, expression.places) == (kind, places)


@pytest.mark.parametrize(
    ("source", "at", "words"),
    [
        ("", "", "the expression is empty"),
        ("areaa > 1", "areaa", "unit has no field 'areaa', did you mean 'area'?"),
        ("house.stewart == actor", "stewart", "house has no field 'stewart', did you mean 'steward'?"),
        ("label.name", "label", "label is no link"),
        ("actor.nme == ''", "nme", "user has no field 'nme', did you mean 'name'?"),
        ("since + label", "label", "cannot work out a date + a text"),
        ("since + 1.5", "1.5", "only whole days can be added to a date"),
        ("area + null", "null", "nothing can be worked out with null"),
        ("area == label", "label", "cannot compare a number with a text"),
        ("seen > today", "today", "compare a date and time with now"),
        ("state == 'vacnt'", "'vacnt'", "'vacnt' is not an option of state, did you mean 'vacant'?"),
        ("'vacnt' == state", "'vacnt'", "did you mean 'vacant'?"),
        ("state in ['let', 'rent']", "'rent'", "'rent' is not an option of state"),
        ("'nwe' in tags", "'nwe'", "did you mean 'new'?"),
        ("since > 'yesterday'", "'yesterday'", "'yesterday' is not a date; write '2026-03-01'"),
        ("sold > true", "sold", "has no order"),
        ("keeper == house", "house", "a record of user is never one of house"),
        ("house in friends", "house", "friends holds records of user, not of house"),
        ("tags == 'new'", "'new'", "cannot compare a list of values with a text"),
        ("area in tags", "area", "needs a text"),
        ("'a' in label", "label", "behind in stands a list"),
        ("area in []", "[]", "the list is empty"),
        ("area in [1, null]", "null", "null cannot stand in a list"),
        ("area < null", "null", "null is compared with == or != only"),
        ("area and sold", "area", "to ask whether it is filled in, write … != null"),
        ("not label", "label", "needs a condition"),
        ("area = 5", "= 5", "write == to compare"),
        ("label == 'a=b' and (", "", "cannot be understood here"),
        ("area is 5", "5", "write == in place of is"),
        ("area if sold else 0", "area", "write if_(condition, a, b)"),
        ("area ** 2", "area ** 2", "has no place in an expression"),
        ("__import__('os')", "__import__", "there is no function '__import__'"),
        ("label.upper()", "label", "has no place in an expression"),
        ("(lambda: 1)()", "(lambda", "has no place in an expression"),
        ("[x for x in tags]", "[x", "has no place in an expression"),
        ("f'{area}'", "f'", "has no place in an expression"),
        ("1e5", "1e5", "has no place in an expression"),
        ("1.1234567 < area", "1.1234567", "at most 15 digits, 6 of them decimals"),
        ("lenght(label) > 1", "lenght", "there is no function 'lenght', did you mean 'length'?"),
        ("length(area)", "area", "length() needs a text, this is a number"),
        ("contains(label)", "contains", "contains() takes 2 arguments"),
        ("round(area, 9)", "9", "a whole number from 0 to 6"),
        ("min(area, label)", "min", "should be of one kind"),
        ("year(seen)", "seen", "year() needs a date"),
        ("has_role('stewart')", "'stewart'", "there is no role 'stewart', did you mean 'steward'?"),
        ("count(bills, via='unit')", "bills", "there is no entity 'bills', did you mean 'bill'?"),
        ("count(bill)", "bill", "bill has 2 links to unit; say which by via='…'; known: payer, unit"),
        ("count(bill, via='owner')", "'owner'", "'owner' of bill is no link to unit"),
        ("sum(bill, via='unit')", "bill", "is written bill.field"),
        ("sum(bill.due, via='unit')", "bill", "sum() needs a number"),
        ("count(bill, amout > 1, via='unit')", "amout", "bill has no field 'amout', did you mean 'amount'?"),
        ("parent.area > 1", "parent", "parent stands only in a condition on child records"),
        ("三 == area", "三", "unit has no field '三'"),
        ("label == '三单元' and\n  areaa > 1", "areaa", "did you mean 'area'?"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_where_it_stands(source: str, at: str, words: str) -> None:
    with pytest.raises(ExpressionError) as wrong:
        parse(source, NAMING)
    assert words in wrong.value.message.to("en")
    assert wrong.value.message.to("zh") != wrong.value.message.to("en")
    assert source[wrong.value.offset :].startswith(at)


def test_an_expression_about_no_record_knows_only_the_day_and_the_actor() -> None:
    nowhere = Naming(FIELDS)
    assert parse("today + 30", nowhere).kind == "date"
    with pytest.raises(ExpressionError, match="unknown name 'area'"):
        parse("area", nowhere)


def test_the_wished_kind_is_insisted_on_and_numbers_are_rounded_to_the_wished_places() -> None:
    with pytest.raises(ExpressionError, match="needs a date, this is a number"):
        parse("area", NAMING, expect="date")
    rounded = parse("area * price", NAMING, expect="number", places=2)
    assert rounded.places == 2
    assert parse("null", NAMING, expect="date").kind == "date"


def test_deep_nesting_is_refused_not_crashed_on() -> None:
    for source in ("(" * 5000 + "area" + ")" * 5000, "not " * 300 + "sold", "-" * 100_000 + "1"):
        with pytest.raises(ExpressionError):
            parse(source, NAMING)


RECORD: Mapping[str, Any] = {
    "id": 1,
    "area": None,
    "rooms": 0,
    "sold": None,
    "tags": None,
    "label": "Éa",
    "state": "let",
}


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("area == null", True), ("area != null", False), ("area > 1", None), ("not (area > 1)", None),
        ("area > 1 or state == 'let'", True), ("area > 1 and state != 'let'", False), ("sold or false", None),
        ("sold == sold", None), ("area in [1, 2]", None), ("'new' in tags", False), ("'new' not in tags", True),
        ("1 / rooms", None), ("lower(label)", "Éa"), ("if_(area > 1, 1, 2)", 2), ("min(area, 1)", None),
        ("coalesce(area, 7)", "7.00"), ("round(2.5, 0)", 3), ("round(-2.5, 0)", -3), ("-7 / 3", "-2.3333"),
        ("2 / 3", "0.6667"), ("1 < 2 < 3", True), ("count(bill, via='unit')", 0),
        ("sum(bill.amount, via='unit')", "0.00"), ("latest(bill.amount, via='unit')", None),
        ("year('2026-03-01')", "refused"),
        ("house.steward.name", None), ("actor == null", True), ("actor.name", None),
    ],
)  # fmt: skip
def test_unknown_stays_unknown_as_in_sql(source: str, value: Any) -> None:
    nothing = Tables({}, {"user": {}, "house": {}, "unit": {}, "bill": {}}, sqlite=True).environment(actor=None)
    if value == "refused":
        with pytest.raises(ExpressionError):
            parse(source, NAMING)
        return
    found = evaluate(parse(source, NAMING), RECORD, nothing)
    assert (str(found) if isinstance(value, str) else found) == value
