"""docs/how-to-add-a-job.md says what is true: its function and its YAML end leases that ran out."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

import models.jobs
import schema
import schema.settings
from models.actor import SYSTEM, Source
from models.jobs import perform
from tests.office.test_how_to import with_entity

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to-add-a-job.md"


def example(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def house(tmp_path: Path, opened: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """The shipped office with the job of the page."""
    monkeypatch.setattr(models.jobs, "_known", dict(models.jobs._known))
    monkeypatch.setattr(schema.settings, "_known", dict(schema.settings._known))
    exec(compile(example("python"), str(PAGE), "exec"), {"__name__": "office.lease_end"})
    schema.load(with_entity(tmp_path, ""))
    (tmp_path / "schema.d" / "more.yaml").write_text(example("yaml"), encoding="utf-8")
    file = tmp_path / "schema.yaml"
    file.write_text(file.read_text("utf-8").replace("include:\n", "include:\n  - schema.d/more.yaml\n", 1), "utf-8")
    return opened(schema.load(file))


def test_one_function_and_some_lines_are_a_job(house: Any) -> None:
    """
    lease until 2026-03-05, active  → ended on 2026-03-05, ten days of grace being over on the 16th
    lease until 2026-03-06, active  → runs on
    lease until 2026-03-01, draft   → nobody began it
    """
    create = house.store.create
    building = create(SYSTEM, "building", {"number": "1"}, Source("demo"))
    leases = []
    for n, (day, active) in enumerate(((5, True), (6, True), (1, False))):
        unit = {"building": building, "section": "1", "room": f"{n}", "area": 80}
        values = {
            "unit": create(SYSTEM, "unit", unit, Source("demo")),
            "tenant": create(SYSTEM, "resident", {"name": f"Tenant {n}"}, Source("demo")),
            "starts_on": date(2025, 3, 1), "ends_on": date(2026, 3, day),
        }  # fmt: skip
        leases.append(create(SYSTEM, "lease", values, Source("demo")))
        if active:
            house.store.step(SYSTEM, "lease", leases[-1], "activate", {}, "", Source("demo"))
    at = datetime(2026, 3, 16, 4, tzinfo=house.clock.zone)
    results = [perform(house, house.schema.schedules["end_leases"], at) for _ in range(2)]
    assert [(one.done, one.said.to("en")) for one in results] == [
        (1, "1 leases ended, 0 could not be."), (0, "0 leases ended, 0 could not be."),
    ]  # fmt: skip
    found = [house.scope.get(SYSTEM, "lease", id) for id in leases]
    assert [(one["state"], one["ended_on"]) for one in found] == [
        ("ended", date(2026, 3, 5)), ("active", None), ("draft", None),
    ]  # fmt: skip
    change = house.history.of(SYSTEM, "lease", leases[0])[0]
    assert (change.source, change.detail) == ("job", "end_leases")
    assert schema.settings.wrong(house.schema) == [] and models.jobs.wrong(house.schema) == []
