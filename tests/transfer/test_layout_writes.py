"""A layout with ``writes`` makes records that nobody may make by hand; only those it is ``by`` may use it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from models import open_office
from models.actor import Actor, Source
from models.errors import NotAllowed
from models.registry import Registry
from schema import load
from transfer import imports
from transfer.imports import ImportOptions, Preparation
from transfer.jobs import Worker, undo_now
from transfer.records import ImportLog

SCHEMA = """
office: {name: {zh: 图书馆, en: Library}, timezone: Asia/Shanghai}
roles: {clerk: {label: {zh: 馆员, en: Clerk}}, chief: {label: {zh: 馆长, en: Chief}}}
accounts: {manage: [chief], read: [clerk, chief]}
entities:
  fine:
    title: "{reason}"
    key: [reason]
    fields:
      reason: {type: text, required: true}
      paid: {type: boolean, readonly: true}
      told_at: {type: datetime}
      told_on: {type: date, readonly: true}
    access: {read: [clerk, chief]}
imports:
  old_fines:
    by: [chief]
    writes: [fine.*]
    rows:
      fine:
        columns: {reason: [why], told_at: [told], paid: [settled]}
        set: {told_on: {of: fine.told_at}}
    aliases: {fine.paid: {open: ""}}
"""
FILE = b"why,told,settled\nlate,2026-03-01 23:30,yes\nwet,,open\n"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Registry]:
    (tmp_path / "schema.yaml").write_text(SCHEMA, encoding="utf-8")
    registry = open_office(load(tmp_path / "schema.yaml"), tmp_path / "var")
    with registry.connection():
        for name in ("clerk", "chief"):
            registry.accounts.add(name, name.title(), [name], "correct horse battery")
        yield registry
    registry.close()


def actor_of(office: Registry, name: str) -> Actor:
    found = next(
        actor for id in range(1, 9) if (actor := office.accounts.actor(id)) is not None and name in actor.roles
    )
    assert found is not None
    return found


def prepared(office: Registry, who: str, data: bytes = FILE) -> Preparation:
    return imports.prepare(office, actor_of(office, who), "old_fines", data, "fines.csv", ImportOptions())


def fines(office: Registry) -> list[dict[str, Any]]:
    return [dict(row) for row in office.models["fine"].select().order_by(office.models["fine"].id).dicts()]


def test_the_layout_writes_what_nobody_may_write_by_hand(office: Registry) -> None:
    chief = actor_of(office, "chief")
    with pytest.raises(NotAllowed):
        office.store.create(chief, "fine", {"reason": "late"}, Source("form"))
    tried = imports.run(office, chief, prepared(office, "chief"), dry_run=True)
    assert (tried.created, fines(office)) == (2, [])
    result = imports.run(office, chief, prepared(office, "chief"), dry_run=False)
    assert (result.created, result.rejected) == (2, [])
    late, wet = fines(office)
    assert (late["paid"], str(late["told_on"])) == (True, "2026-03-01")
    assert (wet["paid"], wet["told_on"]) == (None, None)
    with pytest.raises(NotAllowed):
        office.store.update(chief, "fine", late["id"], {"paid": False}, Source("form"))


def test_who_is_not_named_in_by_gets_nothing(office: Registry) -> None:
    with pytest.raises(NotAllowed):
        prepared(office, "clerk")
    with pytest.raises(NotAllowed):
        imports.prepare(office, actor_of(office, "chief"), "fine", FILE, "fines.csv")
    assert fines(office) == []


def test_a_worker_writes_it_after_a_restart_and_undo_takes_it_back(office: Registry) -> None:
    """The job is left waiting, as by a server that is stopped; another one finds it."""
    chief = actor_of(office, "chief")
    many = b"why\n" + b"".join(b"reason %d\n" % n for n in range(700))
    log, ready = ImportLog(office), prepared(office, "chief", many)
    entry = log.upload(chief, "old_fines", "fines.csv", ready.sha256, len(many))
    log.keep_options(entry.id, {})
    stopped, later = (Worker(office, lambda actor, entry: prepared(office, "chief", many)) for _ in range(2))
    stopped.wake = lambda: None  # type: ignore[method-assign]
    stopped.write(chief, log.entry(entry.id), ready)
    assert fines(office) == []
    later.work(entry.id)
    assert (log.entry(entry.id).state, len(fines(office))) == ("done", 700)
    undone = undo_now(office, chief, entry.id)
    assert (undone.result["undo"]["deleted"], fines(office)) == (700, [])
