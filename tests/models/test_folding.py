"""An expression made shorter for records that are alike gives what it gave of each of them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import product

import pytest

from models import Registry
from models.reads.formulas import expression_of
from models.writes.folding import field_alone, folded
from schema.expressions import Environment, evaluate

STATES = ("draft", "published", "void", None)
SUMS = (Decimal("0.00"), Decimal("12.34"), None)
AMOUNTS = (Decimal("100.00"), Decimal("0.01"), None)
FIELDS = ("state", "paid", "waived")


@pytest.mark.parametrize("name", ["owed", "standing", "overdue_days"])
@pytest.mark.parametrize("known", [(), ("state",), ("paid", "waived"), FIELDS])
def test_the_same_with_what_is_known_put_in(office: Registry, name: str, known: tuple[str, ...]) -> None:
    expression = expression_of(office.schema.entities["bill"].fields[name])
    today = Environment(today=date(2026, 3, 1), now=datetime(2026, 3, 1, tzinfo=UTC))
    for state, paid, waived, amount in product(STATES, SUMS, SUMS, AMOUNTS):
        row = {"state": state, "paid": paid, "waived": waived, "amount": amount, "owed": amount,
               "due_on": date(2026, 1, 31)}  # fmt: skip
        shorter = folded(expression, {field: row[field] for field in known}, today)
        assert evaluate(shorter, row, today) == evaluate(expression, row, today)
        alone = field_alone(shorter)
        assert alone is None or row[alone] == evaluate(expression, row, today)


def test_what_is_owed_for_a_new_bill_is_its_amount(office: Registry) -> None:
    expression = expression_of(office.schema.entities["bill"].fields["owed"])
    today = Environment(today=date(2026, 3, 1), now=datetime(2026, 3, 1, tzinfo=UTC))
    new = {"state": "published", "paid": Decimal("0.00"), "waived": Decimal("0.00")}
    assert field_alone(folded(expression, new, today)) == "amount"
    assert field_alone(folded(expression, {**new, "paid": Decimal("0.01")}, today)) is None
    assert field_alone(folded(expression, {**new, "state": "draft"}, today)) is None
