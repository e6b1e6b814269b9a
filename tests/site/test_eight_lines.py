"""Eight lines of YAML and a restart give an entity with all its screens; a renamed field keeps its data."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import schema as language
from models.actor import SYSTEM
from tests.conftest import ROOT
from tests.office.test_how_to import example

EIGHT_LINES = "\n" + example()
PASSWORD = "correct horse battery"


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    """The office's schema with ``more`` at its end, in a folder of its own."""
    shutil.copytree(ROOT / "schema.d", tmp_path / "schema.d")

    def write(more: str) -> Path:
        path = tmp_path / "schema.yaml"
        path.write_text((ROOT / "schema.yaml").read_text(encoding="utf-8") + more, encoding="utf-8")
        return path

    return write


def started(opened: Callable[..., Any], home: Any, schema: Path, site_of: Any, visit: Any) -> tuple[Any, Any]:
    """The office after a (re)start, and the supervisor at its site."""
    registry = opened(language.load(schema), home)
    with registry.connection():
        if not registry.accounts.list():
            for name in ("supervisor", "frontdesk", "cashier"):
                registry.accounts.add(name, name, [name], PASSWORD)
    visitor = visit(site_of(registry))
    assert visitor.sign_in("supervisor").status_code == 302
    return registry, visitor


def test_eight_lines_and_a_restart_give_everything(
    written: Any, opened: Callable[..., Any], engine: Any, site_of: Any, visit: Any
) -> None:
    home = engine.blank()
    opened(language.load(written("")), home).close()
    _, supervisor = started(opened, home, written(EIGHT_LINES), site_of, visit)

    assert "宣传栏" in supervisor.get("/").get_data(as_text=True)
    assert supervisor.get("/notice_board/new/").status_code == 200
    assert supervisor.post("/notice_board/new/", {"place": "东门 张贴处"}).status_code == 302
    file = (io.BytesIO("位置,检查日期\n西门,2026年3月1日\n南门,昨天\n".encode("gbk")), "宣传栏.csv")
    preview = supervisor.post("/notice_board/import/", {"file": file}, content_type="multipart/form-data")
    assert preview.status_code == 302
    page = supervisor.get(preview.location).get_data(as_text=True)
    assert "昨天" in page and "西门" in page

    listed = supervisor.get("/notice_board/").get_data(as_text=True)
    assert "东门 张贴处" in listed
    assert "东门" in supervisor.get("/notice_board/?search=dm").get_data(as_text=True)
    assert "东门" not in supervisor.get("/notice_board/?search=xm").get_data(as_text=True)
    details = supervisor.get("/notice_board/details/?id=1").get_data(as_text=True)
    assert "东门 张贴处" in details
    assert supervisor.get("/notice_board/history/?id=1").status_code == 200
    assert "东门 张贴处" in supervisor.get("/notice_board/export/csv/").get_data(as_text=True)

    frontdesk, cashier = visit(supervisor.client.application), visit(supervisor.client.application)
    frontdesk.sign_in("frontdesk")
    cashier.sign_in("cashier")
    assert frontdesk.get("/notice_board/").status_code == 200
    assert frontdesk.post("/notice_board/new/", {"place": "x"}).status_code in (403, 404)
    assert cashier.get("/notice_board/").status_code in (403, 404)


def test_a_renamed_field_keeps_its_data(
    written: Any, opened: Callable[..., Any], engine: Any, site_of: Any, visit: Any
) -> None:
    home = engine.blank()
    registry, supervisor = started(opened, home, written(EIGHT_LINES), site_of, visit)
    assert supervisor.post("/notice_board/new/", {"place": "东门"}).status_code == 302
    registry.close()
    renamed = EIGHT_LINES.replace("place:      {type: text,", "spot:       {type: text, was: [place],")
    registry, supervisor = started(opened, home, written(renamed), site_of, visit)
    with registry.connection():
        assert registry.scope.get(SYSTEM, "notice_board", 1)["spot"] == "东门"
    assert "东门" in supervisor.get("/notice_board/details/?id=1").get_data(as_text=True)
    assert "东门" in supervisor.get("/notice_board/history/?id=1").get_data(as_text=True)


def test_a_typo_gives_one_readable_line(written: Any) -> None:
    path = written(EIGHT_LINES.replace("type: date", "type: dtae"))
    problems = language.check(path)
    assert len(problems) == 1
    assert str(problems[0]).endswith("notice_board.checked_on: unknown type 'dtae', did you mean 'date'?")
    line = path.read_text(encoding="utf-8").splitlines().index(
        next(one for one in path.read_text(encoding="utf-8").splitlines() if "dtae" in one)
    )  # fmt: skip
    assert f"schema.yaml:{line + 1}:" in str(problems[0])
