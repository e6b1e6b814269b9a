"""docs/how-to-add-a-document.md says what is true: its function, template and YAML give a paper."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import schema
from models import printing
from models.actor import SYSTEM, Source
from tests.printing.conftest import pages_of
from transfer.printing import print_document

ROOT = Path(__file__).resolve().parents[2]


def example(kind: str) -> str:
    page = (ROOT / "docs" / "how-to-add-a-document.md").read_text(encoding="utf-8")
    (found,) = re.findall(rf"```{kind}\n(.*?)```", page, re.DOTALL)
    return str(found)


def test_the_document_of_the_page_is_printed(
    tmp_path: Path, opened: Callable[..., Any], person: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "schema.d", tmp_path / "schema.d")
    (tmp_path / "schema.yaml").write_text((ROOT / "schema.yaml").read_text(encoding="utf-8") + "\n" + example("yaml"))
    (tmp_path / "missed_you.typ").write_text(example("typst"), encoding="utf-8")
    monkeypatch.setattr(printing, "_known", dict(printing._known))
    exec(compile(example("python"), "example", "exec"), {"__name__": "example"})
    monkeypatch.setitem(printing._known, "missed_you", printing._Known(printing._known["missed_you"].gather, tmp_path))
    office = opened(schema.load(tmp_path / "schema.yaml"))

    def make(entity: str, **values: Any) -> int:
        return int(office.store.create(SYSTEM, entity, values, Source("demo")))

    building = make("building", estate="E", number="1", floors=9)
    lived_in = make("unit", building=building, section="1", room="101", state="occupied")
    vacant = make("unit", building=building, section="1", room="102", state="vacant")
    supervisor = person(office, "supervisor")
    outcome = print_document(office, supervisor, "missed_you", [vacant, lived_in], {"matter": "Meter"})
    ((_, pdf, _),) = outcome.files
    (page,) = pages_of(pdf)
    assert "Sorrywemissedyou" in page and "1-1-101" in page and "2026-03-1609:30" in page and "Meter" in page
    assert [(id, text.to("en")) for id, text in outcome.skipped] == [(vacant, "The unit is vacant")]
