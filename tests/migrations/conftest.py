"""A small office in a bare database, migrated from one YAML to the next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import peewee
import pytest

from models.migrations import Hooks, Plan, apply, plan
from models.migrations.engine import engine_of
from models.storage.database import connect
from schema.compile import compile_schema
from schema.source import read
from schema.spec import Schema
from tests.engines import Home

NOW = datetime(2026, 3, 16, 1, 30, tzinfo=UTC)

WORKSHOP = """
office: {name: {zh: 工具房, en: Tool room}, timezone: Asia/Shanghai, currency: CNY}
roles: {admin: {label: {zh: 管理员, en: Administrator}}}
accounts: {manage: [admin], read: [admin]}
menus: {tools: {label: {zh: 工具, en: Tools}}}
choices:
  tool_state: {free: {zh: 空闲, en: Free}, lent: {zh: 借出, en: Lent}, broken: {zh: 损坏, en: Broken}}
entities:
  shed:
    label: {zh: 工具房, en: Shed}
    menu: tools
    title: "{name}"
    key: [name]
    fields:
      name: {type: text, required: true, label: {zh: 名称, en: Name}}
    access: {read: {admin: all}}
  tool:
    label: {zh: 工具, en: Tool}
    menu: tools
    title: "{code}"
    key: [code]
    fields:
      code: {type: text, required: true, label: {zh: 编号, en: Code}}
      shed: {type: ref, to: shed, label: {zh: 工具房, en: Shed}}
      also_in: {type: refs, to: shed, label: {zh: 也在, en: Also in}}
      colour: {type: text, label: {zh: 颜色, en: Colour}}
      weight: {type: text, label: {zh: 重量, en: Weight}}
      price: {type: decimal, places: 2, label: {zh: 价格, en: Price}}
      bought_on: {type: date, label: {zh: 购入日期, en: Bought on}}
      state: {type: choice, of: tool_state, label: {zh: 状态, en: State}}
      states: {type: choices, of: tool_state, label: {zh: 各状态, en: States}}
    show: {list: [title, colour, price, state]}
    access: {read: {admin: all}}
"""

TOOLS: list[dict[str, Any]] = [
    {"id": 1, "code": "A1", "shed_id": 1, "colour": "red", "weight": "12", "price": 1250, "bought_on": "2024-02-29",
     "state": "free", "states": "|free|lent|"},
    {"id": 2, "code": "A2", "shed_id": 1, "colour": "blue", "weight": "九十斤", "price": 999, "bought_on": "2025-01-01",
     "state": "lent", "states": "|lent|"},
    {"id": 3, "code": "A3", "shed_id": 2, "colour": "red", "weight": "3.5", "price": -105, "state": "broken"},
    {"id": 7, "code": "A7"},
]  # fmt: skip


@dataclass
class Workshop:
    """A database and the schema it is brought to: ``to(old=new)`` plans, ``go`` also applies."""

    db: peewee.Database
    home: Home
    folder: Path
    yaml: str = WORKSHOP
    backups: list[int] = field(default_factory=list)

    @property
    def address(self) -> str:
        """What another process connects to."""
        return self.home.url or str(self.home.var / "office.db")

    def schema(self, *changes: tuple[str, str]) -> Schema:
        """The schema with pieces of its YAML replaced; later ones start from there."""
        for old, new in changes:
            assert old in self.yaml, old
            self.yaml = self.yaml.replace(old, new)
        path = self.folder / "schema.yaml"
        path.write_text(self.yaml, encoding="utf-8")
        schema, problems = compile_schema(read(path))
        assert schema is not None, [str(p) for p in problems]
        return schema

    def to(self, *changes: tuple[str, str], **hooks: Any) -> Plan:
        return plan(self.db, self.schema(*changes), Hooks(now=lambda: NOW, **hooks))

    def go(self, *changes: tuple[str, str], allow: tuple[str, ...] = (), **hooks: Any) -> Plan:
        return apply(self.to(*changes, **hooks), allow, lambda: self.backups.append(len(self.backups)))

    def insert(self, table: str, *rows: dict[str, Any]) -> None:
        engine = engine_of(self.db)
        for row in rows:
            row = {"title_text": row.get("code") or row.get("name") or "", "title_order": "", **row}
            names = ", ".join(f'"{name}"' for name in row)
            marks = ", ".join("?" for _ in row)
            engine.run(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', tuple(row.values()))
            if "id" in row and engine.mark == "%s":
                engine.run("SELECT setval(pg_get_serial_sequence(?, 'id'), ?)", (table, row["id"]))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of a query, days as ISO text on either engine."""
        return [
            tuple(v.isoformat() if hasattr(v, "isoformat") else v for v in row)
            for row in engine_of(self.db).rows(query)
        ]

    def column(self, table: str, column: str) -> dict[int, Any]:
        """{id: value} of a column."""
        return dict(self.rows(f'SELECT id, "{column}" FROM "{table}" ORDER BY id'))

    def aside(self) -> list[tuple[Any, ...]]:
        """(entity, record, field, JSON, reason) of what was set aside."""
        return self.rows("SELECT entity, record_id, field, value, reason FROM _aside ORDER BY record_id, field")

    def everything(self) -> dict[str, Any]:
        """Every table, column, index and row there is."""
        engine = engine_of(self.db)
        tables = {t: sorted(engine.columns(t)) for t in sorted(engine.tables())}
        rows = {t: sorted(map(str, self.rows(f'SELECT * FROM "{t}"'))) for t in tables}
        return {"tables": tables, "rows": rows, "indexes": sorted(engine.indexes())}


@pytest.fixture
def empty(engine: Any, tmp_path: Path) -> Iterator[Workshop]:
    """A workshop whose database has nothing in it."""
    home = engine.blank()
    db = connect(home.url or home.var / "office.db")
    with db.connection_context():
        yield Workshop(db, home, tmp_path)
    db.close_all()
    engine.drop(home)


@pytest.fixture
def workshop(empty: Workshop) -> Workshop:
    """
    shed  1 North, 2 South
    tool  A1 in 1, red, 12, 12.50, free       also in 2
          A2 in 1, blue, 九十斤, 9.99, lent    also in 1 and 2
          A3 in 2, red, 3.5, -1.05, broken
          A7 (number 7), all else blank
    """
    empty.go()
    empty.insert("shed", {"id": 1, "name": "North"}, {"id": 2, "name": "South"})
    empty.insert("tool", *TOOLS)
    engine = engine_of(empty.db)
    for owner, target in ((1, 2), (2, 1), (2, 2)):
        engine.run('INSERT INTO "tool__also_in" (owner_id, target_id) VALUES (?, ?)', (owner, target))
    return empty
