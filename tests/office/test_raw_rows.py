"""Values read in sets keep to what the actor may see: scope, hidden and masked fields."""

from __future__ import annotations

from typing import Any

import pytest

from models.query import Query
from office.raw_rows import raw_rows
from tests.office.money import MoneyOffice


def read(money: MoneyOffice, who: str, entity: str, *names: str) -> list[tuple[Any, ...]]:
    return list(raw_rows(money.registry, money.people[who], entity, Query(sort="id"), names))


def test_rows_keep_to_the_scope(money: MoneyOffice) -> None:
    bills = [money.bill(money.unit("101", building=building)) for building in ("1", "2")]
    assert [row[0] for row in read(money, "steward2", "bill", "owed")] == bills[1:]


def test_a_masked_value_does_not_leave_in_clear(money: MoneyOffice) -> None:
    resident = money.make(
        "resident", name="张伟", phone="13812345678", account="6222020200112233445", consents=("bank",)
    )
    assert read(money, "cashier", "resident", "name") == [(resident, "张伟")]
    with pytest.raises(KeyError):
        read(money, "auditor", "resident", "account")
