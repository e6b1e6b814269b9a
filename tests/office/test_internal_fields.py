"""The program's own numbers of bills and dunning cases are met by nobody: not on a page, in a file or by an address."""

from __future__ import annotations

from typing import Any

import pytest

from models.errors import Duplicate
from models.query import Query
from tests.office.money import MoneyOffice
from tests.site.conftest import PASSWORD, Visitor, published, site_of
from transfer.export import out_columns
from transfer.refusal import FileRefused

__all__ = ["published", "site_of"]


@pytest.fixture
def bill(money: MoneyOffice) -> int:
    """A bill that was voided, so that its number is its own."""
    money.registry.accounts.set_password(money.people["billing"].id, PASSWORD)
    bill = money.bill(money.unit("101"), "水费", "2026-09")
    money.act("billing", "bill", "void_bill", bill, reason="wrong")
    return bill


def test_no_page_shows_it_and_no_address_asks_by_it(money: MoneyOffice, bill: int, site_of: Any) -> None:
    visitor = Visitor(site_of(money.registry))
    visitor.sign_in("billing")
    for path in (f"/bill/details/?id={bill}", "/bill/", "/bill/columns/", "/bill/?voided=0", "/bill/?sort=-voided"):
        answer = visitor.get(path)
        page = answer.get_data(as_text=True)
        assert answer.status_code in (200, 404) and "作废序号" not in page and "Void number" not in page, path
    assert "Why it is void" in visitor.get(f"/bill/details/?id={bill}").get_data(as_text=True)


def test_no_file_holds_it(money: MoneyOffice, bill: int) -> None:
    registry, who = money.registry, money.people["billing"]
    assert "voided" not in {column.name for column in out_columns(registry, who, "bill")}
    with pytest.raises(FileRefused, match="voided"):
        out_columns(registry, who, "bill", ["voided"])


def test_rules_know_it_and_the_history_keeps_it(money: MoneyOffice, bill: int) -> None:
    registry = money.registry
    assert registry.rows.one("bill", bill)["voided"] == bill
    assert registry.scope.count(money.people["billing"], "bill", Query(where="voided > 0")) == 1
    newest = registry.history.of(money.people["billing"], "bill", bill)[0]
    assert '"voided":[0,' in registry.history.raw(newest.id)["changes"]


def test_a_double_is_told_without_it(money: MoneyOffice) -> None:
    unit = money.unit("101")
    money.bill(unit, "水费", "2026-09")
    with pytest.raises(Duplicate) as refused:
        money.bill(unit, "水费", "2026-09", "70.00")
    said = refused.value.text.to("en")
    assert "The same Unit, Fee type, Period as the existing Bill" in said and "oid number" not in said
    assert list(refused.value.problems) == ["period"]
