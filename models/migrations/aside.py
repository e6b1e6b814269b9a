"""The migrations' own tables: the specification that was applied, and values set aside before they went."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from models.migrations.engine import Engine
from models.storage.tables import DatabaseSpec

SCHEMA_TABLE = "_schema"
ASIDE_TABLE = "_aside"


def make_tables(engine: Engine) -> None:
    """Make ``_schema`` and ``_aside`` where they are not there yet."""
    big, text, moment = (engine.types[t] for t in ("BIGINT", "TEXT", "DATETIME"))
    engine.run(
        f'CREATE TABLE IF NOT EXISTS "{SCHEMA_TABLE}" (id {engine.serial},'
        f" spec {text} NOT NULL, digest {text} NOT NULL, source {text} NOT NULL, applied_at {moment} NOT NULL)"
    )
    engine.run(
        f'CREATE TABLE IF NOT EXISTS "{ASIDE_TABLE}" (id {engine.serial},'
        f" entity {text} NOT NULL, record_id {big} NOT NULL, field {text} NOT NULL,"
        f" value {text} NOT NULL, reason {text} NOT NULL, at {moment} NOT NULL)"
    )
    engine.run(f'CREATE INDEX IF NOT EXISTS "ix__aside" ON "{ASIDE_TABLE}" (entity, record_id)')


def applied(engine: Engine) -> DatabaseSpec | None:
    """The specification the database was last brought to, or None on a new database."""
    if SCHEMA_TABLE not in engine.tables():
        return None
    found = engine.rows(f'SELECT spec FROM "{SCHEMA_TABLE}" ORDER BY id DESC LIMIT 1')
    return DatabaseSpec.model_validate_json(found[0][0]) if found else None


def keep_applied(engine: Engine, spec: DatabaseSpec, source: str, now: datetime) -> None:
    """Write down that the database is now that of ``spec``; ``source`` is the digest of the schema's files."""
    engine.run(
        f'INSERT INTO "{SCHEMA_TABLE}" (spec, digest, source, applied_at) VALUES (?, ?, ?, ?)',
        (spec.model_dump_json(), spec.digest, source, now.replace(tzinfo=None)),
    )


class Aside:
    """Collects values that leave their place and writes them to ``_aside``, a batch at a time."""

    def __init__(self, engine: Engine, now: datetime, size: int = 1000) -> None:
        self.engine, self.now, self.size = engine, now.replace(tzinfo=None), size
        self._rows: list[tuple[Any, ...]] = []

    def add(self, entity: str, record: int, field: str, value: Any, reason: str) -> None:
        """Keep one plain value of a record; ``field`` is '' for a whole record."""
        said = json.dumps(value, ensure_ascii=False, default=str)
        self._rows.append((entity, record, field, said, reason, self.now))
        if len(self._rows) >= self.size:
            self.flush()

    def add_all(self, entity: str, field: str, values: Iterable[tuple[int, Any]], reason: str) -> None:
        """Keep the plain values of many records: (record id, value)."""
        for record, value in values:
            self.add(entity, record, field, value, reason)

    def flush(self) -> None:
        """Write what was collected."""
        self.engine.many(
            f'INSERT INTO "{ASIDE_TABLE}" (entity, record_id, field, value, reason, at) VALUES (?, ?, ?, ?, ?, ?)',
            self._rows,
        )
        self._rows = []
