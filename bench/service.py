"""Measures the desk's pages on a desk of some weeks and one of years: nothing may grow with what is long done."""

from __future__ import annotations

import re
import sqlite3
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from admin_views import create_site
from bench.service_estate import NOW, PASSWORD, service_estate
from models.storage.database import PRAGMAS

ROUNDS, WARM_UP = 15, 2
MOMENT = f"{NOW:%Y-%m-%d %H:%M:%S}"
_OPEN_COUNTS = (
    "SELECT COUNT(*) FROM service_request WHERE due_at < :now", "SELECT COUNT(*) FROM callback WHERE due_at < :now",
    "SELECT COUNT(*) FROM callback WHERE not_before <= :now", "SELECT COUNT(*) FROM work_order WHERE due_at < :now",
)  # fmt: skip
_BY_DUE = "SELECT * FROM service_request WHERE due_at IS NOT NULL ORDER BY due_at, id LIMIT 50"
_TO_CALL = "SELECT * FROM callback WHERE not_before <= :now LIMIT 200"
_LANES = tuple(
    f"SELECT * FROM work_order WHERE state = '{state}' ORDER BY due_at LIMIT 50"
    for state in ("new", "assigned", "accepted", "arrived", "waiting")
)
_HAPPENED = tuple(
    f"SELECT * FROM {table} WHERE {{place}} AND {at} <= :now ORDER BY {at} DESC, id DESC LIMIT 51"
    for table, at in (("service_request", "taken_at"), ("work_order", "assigned_at"), ("callback", "done_at"))
)
_AT_BUILDING = tuple(
    sql.format(place="in_unit_building = 1" if "callback" in sql else "building_id = 1") for sql in _HAPPENED
)
_AT_UNIT = tuple(sql.format(place="unit_id = 1") for sql in _HAPPENED)
_MINE = ("SELECT * FROM work_order WHERE holder = 3 ORDER BY id DESC LIMIT 60",)


@dataclass(frozen=True)
class DeskPage:
    """A page that somebody of a role opens, and the statements that are its floor."""

    name: str
    who: str
    address: str
    floor: Sequence[str]


PAGES = (
    DeskPage("calls_queue", "frontdesk", "/calls/", (_TO_CALL,)),
    DeskPage("calls_to_sign", "supervisor", "/calls/?view=sign",
             ("SELECT * FROM callback WHERE unsigned_since > '' LIMIT 200",)),
    DeskPage("my_day_frontdesk", "frontdesk", "/", _OPEN_COUNTS),
    DeskPage("my_day_supervisor", "supervisor", "/", _OPEN_COUNTS),
    DeskPage("my_day_engineer", "engineer", "/", _OPEN_COUNTS),
    DeskPage("my_day_director", "director", "/", _OPEN_COUNTS),
    DeskPage("my_day_steward", "steward", "/", _OPEN_COUNTS),
    DeskPage("requests_by_due", "supervisor", "/service_request/", (_BY_DUE,)),
    DeskPage("requests_late", "supervisor", "/service_request/?saved=late", (_BY_DUE,)),
    DeskPage("orders_board", "supervisor", "/work_order/board/", _LANES),
    DeskPage("my_orders", "engineer", "/my-orders/", _MINE),
    DeskPage("desk", "frontdesk", "/desk/", (_BY_DUE,)),
    DeskPage("building_history", "supervisor", "/building/happened/?id=1", _AT_BUILDING),
    DeskPage("building_history_area", "steward", "/building/happened/?id=1", _AT_BUILDING),
    DeskPage("building_history_work", "engineer", "/building/happened/?id=1", _AT_BUILDING),
    DeskPage("building_history_kind", "supervisor", "/building/happened/?id=1&kind=work_order&year=2026",
             _AT_BUILDING[1:2]),
    DeskPage("unit_history", "steward", "/unit/happened/?id=1", _AT_UNIT),
)  # fmt: skip


@dataclass
class Office:
    """One desk under measurement."""

    rows: int
    site: Flask
    sql: sqlite3.Connection
    clients: dict[str, FlaskClient] = field(default_factory=dict)
    ours: dict[str, list[float]] = field(default_factory=dict)
    floor: dict[str, list[float]] = field(default_factory=dict)

    def client(self, who: str) -> FlaskClient:
        """A browser in which that person is signed in."""
        if who not in self.clients:
            client = self.clients[who] = self.site.test_client()
            token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/login").text)
            assert token is not None
            form = {"username": who, "password": PASSWORD, "csrf_token": token[1]}
            assert client.post("/login", data=form).status_code == 302, f"{who} of the bench cannot sign in"
        return self.clients[who]


def figures(sizes: Sequence[int], rounds: int = ROUNDS) -> list[dict[str, Any]]:
    """One entry a page and size: the median of ours and of the floor, asked in turns, and how it grew."""
    offices = [_office(rows) for rows in sizes]
    for _ in range(rounds + WARM_UP):
        for page in PAGES:
            for one in offices:
                _measure(one, page)
    found = [_entry(one, offices[0], page) for page in PAGES for one in offices]
    for one in offices:
        one.sql.close()
    return found


def _office(rows: int) -> Office:
    registry = service_estate(rows)
    sql = sqlite3.connect(registry.var / "office.db")
    for name in ("cache_size", "mmap_size"):
        sql.execute(f"PRAGMA {name} = {PRAGMAS[name]}")
    return Office(rows, create_site(registry, config={"SECRET_KEY": "measured"}), sql)


def _measure(one: Office, page: DeskPage) -> None:
    client = one.client(page.who)
    one.ours.setdefault(page.name, []).append(_timed(lambda: _fetch(client, page)))
    floor = one.floor.setdefault(page.name, [])
    floor.append(_timed(lambda: [one.sql.execute(sql, {"now": MOMENT}).fetchall() for sql in page.floor]))


def _fetch(client: FlaskClient, page: DeskPage) -> None:
    with closing(client.get(page.address)) as answer:
        assert answer.status_code == 200, f"{page.address}: {answer.status}"


def _timed(work: Callable[[], object]) -> float:
    """Milliseconds."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def _entry(one: Office, smallest: Office, page: DeskPage) -> dict[str, Any]:
    ours, floor = (statistics.median(times[page.name][WARM_UP:]) for times in (one.ours, one.floor))
    pairs = zip(one.ours[page.name], smallest.ours[page.name], strict=True)
    growth = statistics.median([mine / theirs for mine, theirs in pairs][WARM_UP:])
    return {
        "name": page.name, "rows": one.rows, "ours_ms": round(ours, 2), "floor_ms": round(floor, 3),
        "ratio": round(ours / floor, 1), "growth": round(growth, 2),
    }  # fmt: skip
