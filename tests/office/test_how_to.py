"""docs/how-to-add-an-entity.md says what is true: its entity loads, and gives an office that works."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import schema
from models.actor import SYSTEM, Source
from models.query import Query

ROOT = Path(__file__).resolve().parents[2]
FORM = Source("form")


def example(heading: str = "1. Write it down") -> str:
    """The first YAML example under a heading of the page."""
    page = (ROOT / "docs" / "how-to-add-an-entity.md").read_text(encoding="utf-8")
    section = page.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"```yaml\n(.*?)```", section, re.DOTALL)[0]


def with_entity(folder: Path, text: str) -> Path:
    """A copy of the office's schema with ``text`` at its end."""
    shutil.copytree(ROOT / "schema.d", folder / "schema.d")
    path = folder / "schema.yaml"
    path.write_text((ROOT / "schema.yaml").read_text(encoding="utf-8") + "\n" + text, encoding="utf-8")
    return path


def test_eight_lines_are_an_entity(tmp_path: Path, opened: Callable[..., Any], person: Callable[..., Any]) -> None:
    """It can be written, read, found and filtered; only those with a grant may."""
    assert len(example().splitlines()) == 8
    office = opened(schema.load(with_entity(tmp_path, example())))
    supervisor, frontdesk, steward = (person(office, role) for role in ("supervisor", "frontdesk", "steward"))
    board = office.store.create(supervisor, "notice_board", {"place": "北门"}, FORM)
    assert [row.title for row in office.scope.page(frontdesk, "notice_board", Query(search="北门")).rows] == ["北门"]
    assert not office.access.may(frontdesk, "notice_board", "update")
    assert not office.access.may(steward, "notice_board", "read")
    assert office.scope.get(SYSTEM, "notice_board", board)["place"] == "北门"


def test_a_typo_is_one_readable_line(tmp_path: Path) -> None:
    problems = schema.check(with_entity(tmp_path, example().replace("type: date", "type: dtae")))
    assert len(problems) == 1
    line = str(problems[0])
    assert line.startswith("schema.yaml:") and line.endswith("unknown type 'dtae', did you mean 'date'?")


def test_the_action_of_the_page_is_sound(tmp_path: Path) -> None:
    assert schema.check(with_entity(tmp_path, example() + example("An action"))) == []
