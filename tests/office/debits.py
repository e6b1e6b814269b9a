"""The 80 households of the sample result, each owing the property fee of 2026Q3 by direct debit (F8)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.office.money import MoneyOffice

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
RESULT = SAMPLES / "bank_result.txt"


@dataclass
class Debits:
    """The office, and its households in the order of the sample: unit and bill of each."""

    money: MoneyOffice
    units: list[int]
    bills: list[int]

    @property
    def registry(self) -> Any:
        return self.money.registry

    def batch(self, **values: Any) -> int:
        """A batch that is still a draft."""
        return self.money.make("bank_batch", **{"made_on": self.money.today, **values})

    def made(self, **values: Any) -> tuple[int, Any]:
        """A batch whose file the cashier made, and the outcome."""
        id = self.batch(**values)
        return id, self.money.act("cashier", "bank_batch", "make_file", id)

    def upload(self, content: bytes, who: str = "cashier", name: str = "result.txt") -> str:
        """The key of a file that someone uploaded."""
        from io import BytesIO

        return str(self.registry.files.put(self.money.people[who], "bank_batch", None, name, BytesIO(content)))

    def load(self, batch: int, content: bytes, who: str = "cashier", **answers: Any) -> Any:
        return self.money.act(who, "bank_batch", "load_result", batch, result=(self.upload(content, who),), **answers)


def sample_rows() -> list[list[str]]:
    """The lines of the sample by columns."""
    return [line.split("|") for line in RESULT.read_bytes().decode("gb18030").splitlines()]


def debits_of(money: MoneyOffice, rows: list[list[str]] | None = None) -> Debits:
    """Households who pay by direct debit, one for each row, four rooms a floor in building 1."""
    units, bills = [], []
    for at, (_, account, holder, amount, *_rest) in enumerate(rows or sample_rows()):
        room = f"{at // 4 + 1}{at % 4 + 1:02}"
        unit = money.unit(room, owner=holder)
        money.set("resident", money.owners[unit], account=account, consents=("bank",))
        units.append(unit)
        bills.append(money.bill(unit, amount=str(Decimal(amount)), due_on="2026-10-31"))
    return Debits(money, units, bills)
