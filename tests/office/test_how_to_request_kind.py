"""docs/how-to-add-a-request-kind.md says what is true: its lines, put where it says, make a kind that works (S1–S6)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import schema
from models.actor import SYSTEM
from models.query import Condition, Query
from schema.settings import wrong
from tests.office.money import MoneyOffice, money_office
from tests.office.test_how_to import with_entity
from tests.site.conftest import PASSWORD, Visitor

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to-add-a-request-kind.md"
LINES = re.compile(r"In `([\w./]+)`, under `([\w: ]+):`\n\n```yaml\n(.*?)```", re.DOTALL)


def put_under(text: str, path: list[str], lines: str) -> str:
    """``text`` with ``lines`` as the first below the key that the path leads to."""
    rows, at = text.splitlines(keepends=True), 0
    for depth, key in enumerate(path):
        wanted = f"{'  ' * depth}{key}:"
        at = next(n for n in range(at, len(rows)) if rows[n].startswith(wanted)) + 1
    return "".join((*rows[:at], lines, *rows[at:]))


@pytest.fixture
def money(tmp_path: Path, opened: Callable[..., Any], clock: Any, person: Callable[..., Any]) -> MoneyOffice:
    """The shipped office with every line of the page, and nothing else."""
    file = with_entity(tmp_path, "")
    found = LINES.findall(PAGE.read_text("utf-8"))
    assert len(found) == PAGE.read_text("utf-8").count("```yaml") == 9
    for name, path, lines in found:
        part = tmp_path / name
        part.write_text(put_under(part.read_text("utf-8"), path.split(": "), lines), "utf-8")
    assert schema.check(file) == []
    loaded = schema.load(file)
    assert wrong(loaded) == []
    made = money_office(opened(loaded), clock, person)
    made.on("2026-10-12", "09:30")
    for actor in made.people.values():
        made.registry.accounts.set_password(actor.id, PASSWORD)
    return made


@pytest.fixture
def enter(money: MoneyOffice, site_of: Callable[..., Any]) -> Callable[[str], Visitor]:
    app = site_of(money.registry)

    def sign_in(username: str) -> Visitor:
        visitor = Visitor(app)
        assert visitor.sign_in(username).status_code == 302
        return visitor

    return sign_in


def row(money: MoneyOffice, id: int = 1, entity: str = "service_request") -> dict[str, Any]:
    return dict(money.registry.rows.one(entity, id) or {})


def take(visitor: Visitor, unit: int, kind: str, matter: str) -> None:
    token = re.search(r'name="token" value="([^"]+)"', visitor.get(f"/desk/{unit}/").get_data(as_text=True))
    assert token
    form = {"token": token[1], "kind": kind, "channel": "visit", "caller": "-", "caller_name": "李四",
            "phone": "13812345678", "matter": matter, "priority": "normal", "then": "leave"}  # fmt: skip
    assert visitor.post(f"/desk/{unit}/", form).status_code == 303


def deeds(visitor: Visitor, id: int) -> str:
    return str(visitor.get(f"/service_request/details/?id={id}").get_data(as_text=True))


def step(visitor: Visitor, id: int, name: str, **answers: str) -> None:
    form = {"rowid": str(id), "action": f"step:{name}", "confirmed": "1", **answers}
    visitor.post("/service_request/action/", form)


def test_the_kind_of_the_page_goes_its_way(money: MoneyOffice, enter: Callable[[str], Visitor]) -> None:
    service = money.make("department", name="客服部")
    unit, clerk = money.unit("101"), enter("frontdesk")
    assert 'value="lost"' in clerk.get(f"/desk/{unit}/").get_data(as_text=True)
    take(clerk, unit, "lost", "捡到一串钥匙")
    take(clerk, unit, "repair", "水管漏水")
    assert (row(money)["state"], row(money)["department"]) == ("new", service)
    assert [one.text.to("en") for one in money.registry.inbox.waiting(money.people["supervisor"], 9)] == [
        "New Lost property: 261012001 捡到一串钥匙"
    ]

    assert "step:keep" in deeds(clerk, 1) and "step:keep" not in deeds(clerk, 2)
    step(clerk, 2, "keep")
    assert row(money, 2)["state"] == "new"
    assert row(money)["lock_away_due_at"] == datetime(2026, 10, 12, 9, 30, tzinfo=UTC)
    assert row(money)["solve_due_at"] - row(money, 2)["solve_due_at"] > timedelta(days=30)

    step(clerk, 1, "keep")
    assert (row(money)["state"], row(money)["lock_away_met_at"]) == ("kept", money.registry.clock.now())
    assert "Lost property we keep" in clerk.get("/").get_data(as_text=True)
    assert row(money)["number"] in clerk.get(f"/desk/{unit}/").get_data(as_text=True)
    step(clerk, 1, "hand_out")
    assert row(money)["state"] == "kept"
    step(clerk, 1, "hand_out", caller_name="李四", solution="核对无误，已领回")
    assert (row(money)["state"], row(money)["solved_by"]) == ("solved", money.people["frontdesk"].id)

    calls = Query(conditions=(Condition("request", "equals", 1),))
    [call] = money.registry.scope.ids(SYSTEM, "callback", calls, 9)
    found = row(money, call, "callback")
    assert (found["rule"], found["name"], found["phone"], str(found["due_on"])) == (
        "lost", "李四", "13812345678", "2026-10-14",
    )  # fmt: skip
    step(clerk, 1, "close")
    assert row(money)["state"] == "solved"
    money.set("callback", call, state="done")
    step(clerk, 1, "close")
    assert row(money)["state"] == "closed"
