"""docs/how-to-add-a-report.md says what is true: its function and its YAML give a page with figures."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import schema
from models import reports
from models.actor import SYSTEM, Source
from tests.office.test_how_to import with_entity

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to-add-a-report.md"


def example(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def test_one_function_and_some_lines_are_a_report(
    tmp_path: Path, opened: Callable[..., Any], person: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "_known", dict(reports._known))
    exec(compile(example("python"), str(PAGE), "exec"), {"__name__": "office.reports_units"})
    lines = example("yaml").partition("\n")[2]
    known = schema.load(with_entity(tmp_path, ""))
    text = (tmp_path / "schema.yaml").read_text(encoding="utf-8")
    whole = (
        text.replace("\nreports:\n", f"\nreports:\n{lines}", 1)
        if "\nreports:\n" in text
        else f"{text}\nreports:\n{lines}"
    )
    (tmp_path / "schema.yaml").write_text(whole, encoding="utf-8")
    office = opened(schema.load(tmp_path / "schema.yaml"))
    assert set(office.schema.reports) == {*known.reports, "vacancy"}
    for name, states in (("1", ("vacant", "occupied")), ("2", ("occupied",))):
        building = office.store.create(SYSTEM, "building", {"number": name}, Source("demo"))
        for number, state in enumerate(states):
            values = {"building": building, "section": "1", "room": f"{number}", "area": "80.50", "state": state}
            office.store.create(SYSTEM, "unit", values, Source("demo"))
    table = reports.run(office, person(office, "director"), "vacancy")
    assert [[row.values[column.name] for column in table.columns[1:]] for row in table.rows] == [
        [2, 161, 1, 50], [1, Decimal("80.50"), 0, 0],
    ]  # fmt: skip
