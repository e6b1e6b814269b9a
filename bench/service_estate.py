"""A service desk under measurement: the shipped schema with any number of requests, their orders and calls.

The same busy office after some weeks and after years: a day brings as many requests to both, and as many are open.
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import office as rules  # importing the rules makes the operations that the schema names known
from bench.data import HERE, insert, record
from models import Registry, open_office
from models.actor import SYSTEM, Source
from models.clock import StoppedClock
from models.storage.natural_order import order_key
from schema import load

SCHEMA = HERE.parent / "schema.yaml"
NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
"""The moment at which the office stands still: noon of a Friday in its own time."""
A_DAY = 275
"""Requests a day brings: a million in ten years."""
PASSWORD = "a desk of the bench"
PEOPLE = ("frontdesk", "supervisor", "engineer", "director", "steward")
"""One account of each role, called like it."""
BUILDINGS, UNITS = 40, 8000
DEMO = Source("demo")
TABLES = ("service_request", "work_order", "callback")


def service_estate(requests: int) -> Registry:
    """The open office with that many requests, made when it is not there yet."""
    assert rules.__all__
    schema = load(SCHEMA)
    recipe = hashlib.sha256(schema.digest.encode() + Path(__file__).read_bytes()).hexdigest()[:8]
    folder = HERE / "data" / f"service-{requests}-{recipe}"
    registry = open_office(schema, folder, clock=StoppedClock(schema.office.timezone, NOW))
    done = folder / "filled"
    if not done.exists():
        started = time.perf_counter()
        print(f"filling a desk with {requests:,} requests ...", flush=True)
        with registry.connection():
            users = _fill_office(registry)
        _fill_desk(folder / "office.db", requests, users)
        done.touch()
        print(f"  {time.perf_counter() - started:.0f} s", flush=True)
    return registry


def _fill_office(registry: Registry) -> dict[str, int]:
    """Accounts, departments, homes; the ids of the accounts by name."""
    for name in PEOPLE:
        registry.accounts.add(name, name.title(), [name], PASSWORD)
    users = {name: registry.accounts.id_of(name) for name in PEOPLE}
    for name, who in (("客服部", "frontdesk"), ("工程部", "engineer")):
        department = registry.store.create(SYSTEM, "department", {"name": name}, DEMO)
        staff = {"name": name, "account": users[who], "department": department}
        registry.store.create(SYSTEM, "staff", staff, DEMO)
    with registry.db.atomic():
        registry.db.execute_sql("PRAGMA foreign_keys = 0")
        insert(registry, "building", _buildings(users["steward"]))
        insert(registry, "unit", _units())
        insert(registry, "resident", _residents())
        insert(registry, "fee_type", iter(_FEE_TYPE))
        insert(registry, "bill", iter(_BILL))
    return users


_FEE_TYPE = [record(1, "有偿服务", name="有偿服务", category="service", basis="by_hand", cycle="once", due_days=30,
                    vacancy_percent=10000, vacancy_after_days=0, target=10000, active=1)]  # fmt: skip
_BILL = [record(1, "1", unit_id=1, fee_type_id=1, period="1", starts_on=NOW.date(), ends_on=NOW.date(), amount=5000,
                origin="run", issued_on=NOW.date(), due_on=NOW.date(), state="published", voided=0, paid=5000, waived=0,
                owed=0)]  # fmt: skip
"""The bill of every order that was billed."""


def _buildings(steward: int) -> Iterator[dict[str, Any]]:
    for id in range(1, BUILDINGS + 1):
        yield record(id, str(id), number=str(id), steward_id=steward if id <= 4 else None)


def _units() -> Iterator[dict[str, Any]]:
    for id in range(1, UNITS + 1):
        building, room = (id - 1) % BUILDINGS + 1, f"{(id - 1) // BUILDINGS // 4 + 1}{(id - 1) // BUILDINGS % 4 + 1:02}"
        yield record(id, f"{building}-1-{room}", building_id=building, section="1", room=room, kind="residence",
                      state="occupied", area=8000)  # fmt: skip


def _residents() -> Iterator[dict[str, Any]]:
    for id in range(1, UNITS + 1):
        yield record(id, f"住户{id}", name=f"住户{id}", kind="person", phone=f"138{id:08}")


def _fill_desk(path: Path, requests: int, users: dict[str, int]) -> None:
    """Requests with their orders and calls, each table by one statement; its indexes are made afterwards."""
    first = NOW - timedelta(seconds=requests * 86_400 // A_DAY)
    with closing(sqlite3.connect(path)) as db:
        db.create_function("order_key", 1, order_key, deterministic=True)
        db.executescript("PRAGMA foreign_keys = 0; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000")
        known = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql NOT NULL AND tbl_name IN"
                           f" ({', '.join('?' for _ in TABLES)})", TABLES).fetchall()  # fmt: skip
        for name, _ in known:
            db.execute(f'DROP INDEX "{name}"')
        told = {"count": requests, "first": int(first.timestamp()), "now": int(NOW.timestamp()), **users}
        db.execute(_DRAWN, told)
        for statement in (_REQUESTS, _ORDERS, _CALLS):
            db.execute(statement, told)
        db.execute("DROP TABLE drawn")
        for _, sql in known:
            db.execute(sql)
        # No ANALYZE: offices that run have no statistics either.
        db.commit()


def _moment(seconds: str) -> str:
    """A moment of the epoch as the database keeps it."""
    return f"datetime({seconds}, 'unixepoch')"


def _past(seconds: str) -> str:
    """The same where it is over, else nothing."""
    return f"CASE WHEN {seconds} <= :now THEN {_moment(seconds)} END"


_HOUR, _DRAW = 3600, "(n * 7919 % 997)"
_DRAWN = f"""
CREATE TABLE drawn AS
WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < :count),
timed AS (
    SELECT n, :first + n * 86400 / {A_DAY} AS taken, {_DRAW} AS draw,
           CASE WHEN n % 10 < 5 THEN 'repair' WHEN n % 10 < 7 THEN 'complaint' WHEN n % 10 < 9 THEN 'enquiry'
                ELSE 'special' END AS kind
    FROM counted
),
answered AS (
    SELECT *, taken + {_HOUR} * (1 + draw % 30 % (2 + draw % 95)) AS said, taken + {_HOUR} * (2 + draw % 95) AS solved
    FROM timed
)
SELECT *, solved + {_HOUR} * (4 + draw % 40) AS called, solved + {_HOUR} * (60 + draw % 60) AS signed FROM answered
"""
"""One line a request: when it was taken, answered, solved, called back and signed, whether that is over or not."""

_STATE = """CASE WHEN solved > :now THEN CASE WHEN taken + 1800 > :now THEN 'new' WHEN draw % 9 = 0 THEN 'waiting'
 WHEN draw % 2 THEN 'assigned' ELSE 'in_progress' END
 WHEN called > :now THEN CASE WHEN kind = 'enquiry' THEN 'closed' ELSE 'solved' END
 WHEN kind = 'complaint' AND signed > :now THEN 'called_back' ELSE 'closed' END"""
_IS_OPEN = "solved > :now AND (taken + 1800 > :now OR draw % 9)"
_DUE, _ANSWER_DUE = f"taken + {72 * _HOUR}", f"taken + {24 * _HOUR}"
_NEXT_DUE = f"CASE WHEN said > :now THEN {_ANSWER_DUE} ELSE {_DUE} END"


def _insert(table: str, columns: dict[str, str], where: str = "1") -> str:
    """Lines of ``drawn`` as records of a table; ``columns`` are SQL by name."""
    title = columns.pop("title")
    kept = {
        "id": "n", "version": "1", "title_text": title, "title_order": f"order_key({title})",
        "created_at": _moment("taken"), "changed_at": _moment("taken"),
    }  # fmt: skip
    whole = {**kept, **columns}
    names, values = ", ".join(f'"{name}"' for name in whole), ", ".join(whole.values())
    return f"INSERT INTO {table} ({names}) SELECT {values} FROM drawn WHERE {where} ORDER BY n"


_WORKER = "CASE WHEN n % 3 THEN :engineer ELSE :supervisor END"
_NUMBER, _MATTER = "substr(strftime('%Y%m%d', taken, 'unixepoch'), 3) || printf('%03d', n % 1000)", "'水龙头滴水'"
_REQUESTS = _insert(
    "service_request",
    {
        "title": f"{_NUMBER} || ' ' || {_MATTER}", "number": _NUMBER, "kind": "kind", "matter": _MATTER,
        "channel": "CASE WHEN n % 4 THEN 'phone' ELSE 'visit' END", "taken_at": _moment("taken"),
        "owner_id": "CASE WHEN n % 5 THEN :frontdesk ELSE :steward END",
        "unit_id": f"n % {UNITS} + 1", "building_id": f"n % {UNITS} % {BUILDINGS} + 1", "caller_id": f"n % {UNITS} + 1",
        "trade": "'plumbing'", "priority": "'normal'", "is_complex": "0", "reopened": "0",
        "department_id": "CASE WHEN kind = 'complaint' THEN 1 ELSE 2 END",
        "assigned_to_id": _WORKER, "in_hand": f"CASE WHEN solved > :now THEN {_WORKER} END", "state": _STATE,
        "unsigned_since": f"CASE WHEN kind = 'complaint' AND signed > :now THEN {_past('solved')} END",
        "looked_into_at": _past("said"), "answered_at": _past("said"), "solved_at": _past("solved"),
        "solved_by_id": "CASE WHEN solved <= :now THEN :engineer END", "called_back_at": _past("called"),
        "satisfaction": "CASE WHEN called <= :now AND kind <> 'enquiry' THEN 5 - draw % 3 END",
        "signed_by_id": "CASE WHEN kind = 'complaint' AND signed <= :now THEN :director END",
        "signed_at": f"CASE WHEN kind = 'complaint' THEN {_past('signed')} END",
        "answer_due_at": _moment(_ANSWER_DUE), "answer_met_at": _past("said"),
        "solve_due_at": f"CASE WHEN solved <= :now OR {_IS_OPEN} THEN {_moment(_DUE)} END",
        "solve_met_at": _past("solved"),
        "solve_left": f"CASE WHEN solved <= :now OR {_IS_OPEN} THEN NULL ELSE 600 END",
        "solve_warn_at": f"CASE WHEN {_IS_OPEN} THEN {_moment(_DUE + f' - {4 * _HOUR}')} END",
        "solve_raised": f"CASE WHEN {_IS_OPEN} AND {_DUE} < :now THEN 2 END",
        "due_at": f"CASE WHEN {_IS_OPEN} THEN {_moment(_NEXT_DUE)} END",
    },
)  # fmt: skip
_SENT = "kind IN ('repair', 'special') AND taken + 1800 <= :now"
_ORDERS = _insert(
    "work_order",
    {
        "title": f"'WX' || {_NUMBER} || ' ' || {_MATTER}", "number": f"'WX' || {_NUMBER}", "request_id": "n",
        "unit_id": f"n % {UNITS} + 1", "building_id": f"n % {UNITS} % {BUILDINGS} + 1", "matter": _MATTER,
        "trade": "'plumbing'", "priority": "'normal'", "department_id": "2", "worker_id": ":engineer",
        "holder": "CASE WHEN solved > :now THEN :engineer END", "given_back": "0",
        "is_charged": "n % 10 = 0", "fee": "CASE WHEN n % 10 THEN 0 ELSE 5000 END",
        "bill_id": "CASE WHEN n % 10 = 0 AND called <= :now THEN 1 END",
        "unbilled": "CASE WHEN n % 10 = 0 AND solved <= :now AND called > :now THEN 5000 END",
        "state": "CASE WHEN solved <= :now THEN 'done' WHEN draw % 2 THEN 'assigned' ELSE 'arrived' END",
        "assigned_at": _moment("taken + 1800"), "done_at": _past("solved"), "accepted_at": _past("said"),
        "arrived_at": _past("said"), "quality": "CASE WHEN called <= :now THEN 5 - draw % 3 END",
        "attitude": "CASE WHEN called <= :now THEN 5 END",
        "accept_due_at": _moment("taken + 3600"), "accept_met_at": _past("said"),
        "due_at": f"CASE WHEN solved > :now AND said > :now THEN {_moment('taken + 3600')} END",
    },
    _SENT,
)  # fmt: skip
_CALLED, _CALL_FROM = "kind <> 'enquiry' AND solved <= :now", f"solved + {12 * _HOUR}"
_CALLS = _insert(
    "callback",
    {
        "title": "'住户' || n", "rule": "CASE WHEN kind = 'complaint' THEN 'complaint' ELSE 'repair' END",
        "origin": "'bench:' || n", "request_id": "n", "unit_id": f"n % {UNITS} + 1", "resident_id": f"n % {UNITS} + 1",
        "in_unit_building": f"n % {UNITS} % {BUILDINGS} + 1",
        "name": "'住户' || n", "phone": "printf('138%08d', n)", "about": _MATTER, "opened_at": _moment("solved"),
        "not_before": f"CASE WHEN called > :now THEN {_moment(_CALL_FROM)} END",
        "due_on": f"date(solved + {56 * _HOUR}, 'unixepoch')", "tries": "CASE WHEN called <= :now THEN 1 ELSE 0 END",
        "state": "CASE WHEN called <= :now THEN 'done' WHEN draw % 7 = 0 THEN 'retry' ELSE 'due' END",
        "satisfaction": "CASE WHEN called <= :now THEN 5 - draw % 3 END", "done_at": _past("called"),
        "done_by_id": "CASE WHEN called <= :now THEN :frontdesk END", "in_time": "CASE WHEN called <= :now THEN 1 END",
        "needs_signature": "kind = 'complaint'",
        "unsigned_since": f"CASE WHEN kind = 'complaint' AND signed > :now THEN {_past('called')} END",
        "signed_by_id": "CASE WHEN kind = 'complaint' AND signed <= :now THEN :director END",
        "call_due_at": _moment(f"solved + {60 * _HOUR}"), "call_met_at": _past("called"),
        "due_at": f"CASE WHEN called > :now THEN {_moment(f'solved + {60 * _HOUR}')} END",
    },
    _CALLED,
)  # fmt: skip
