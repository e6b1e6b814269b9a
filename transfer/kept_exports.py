"""Exports that a job writes into the office's folder, and who may fetch them there."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import peewee

from models.actor import Actor
from models.errors import NotFound
from models.query import Query
from models.storage.build import model
from schema.naming import parse_for
from schema.text import Text

if TYPE_CHECKING:
    from models import Registry

FOLDER = "exports"
LABEL = Text("文件", "file")
SHOWN = 200


@dataclass(frozen=True, slots=True)
class KeptExport:
    """A file of the folder: by which schedule, of which records and columns, seen with which roles."""

    id: int
    schedule: str
    entity: str
    format: str
    columns: tuple[str, ...]
    where: str
    saved: str
    roles: frozenset[str]
    filename: str
    at: datetime
    """Aware, in UTC."""
    rows: int
    size: int
    """Bytes."""


class KeptExports:
    """The table ``_kept_export`` and the files in ``var/exports``; made when they are first asked for."""

    def __init__(self, registry: Registry) -> None:
        self.registry, self.folder = registry, registry.var / FOLDER
        self.table: Any = model("_kept_export", _columns(), registry.db)
        self.table._meta.indexes = [(("filename",), True)]
        registry.db.create_tables([self.table], safe=True)

    def keep(
        self, actor: Actor, entity: str, format: str, columns: tuple[str, ...], query: Query, filename: str,
        blocks: Iterator[bytes],
    ) -> Path:  # fmt: skip
        """Write a file, in the place of one of that name, and note whose eyes it was made for; returns its path."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path, beside = self.folder / filename, self.folder / f".{filename}.part"
        try:
            with beside.open("wb") as out:
                os.chmod(beside, 0o600)
                out.writelines(blocks)
            os.replace(beside, path)
        finally:
            beside.unlink(missing_ok=True)
        row = {
            "schedule": actor.job, "entity": entity, "format": format, "columns": json.dumps(columns),
            "where": query.where, "saved": query.saved,
            "roles": json.dumps(sorted(actor.roles)), "filename": filename, "at": self._now(), "rows": 0,
            "size": path.stat().st_size,
        }  # fmt: skip
        with self.registry.db.atomic():
            self.table.delete().where(self.table.filename == filename).execute()
            self.table.insert(row).execute()
        return path

    def counted(self, filename: str, rows: int) -> None:
        """Note how many rows a file has."""
        self.table.update(rows=rows).where(self.table.filename == filename).execute()

    def open_to(self, actor: Actor) -> list[KeptExport]:
        """The files that the actor may fetch, newest first."""
        rows = self.table.select().order_by(self.table.id.desc()).limit(SHOWN)
        return [kept for row in rows if self._may(actor, kept := _kept(row))]

    def find(self, actor: Actor, id: int) -> tuple[KeptExport, Path]:
        """A file that the actor may fetch, and where it is. Raises NotFound alike for any other."""
        row = self.table.get_or_none(self.table.id == id)
        kept = None if row is None else _kept(row)
        if kept is None or not self._may(actor, kept) or not (self.folder / kept.filename).is_file():
            raise NotFound(LABEL)
        return kept, self.folder / kept.filename

    def forget(self, before: datetime) -> int:
        """Take away the files from before a moment; returns how many."""
        old = self.table.at < before.astimezone(UTC).replace(tzinfo=None)
        names = [name for (name,) in self.table.select(self.table.filename).where(old).tuples()]
        for name in names:
            (self.folder / name).unlink(missing_ok=True)
        self.table.delete().where(old).execute()
        return len(names)

    def keep_newest(self, schedule: str, count: int) -> None:
        """Of what a schedule wrote, take away all but the newest."""
        table = self.table
        mine = table.select().where(table.schedule == schedule).order_by(table.id.desc()).offset(count).limit(10_000)
        for row in list(mine):
            (self.folder / row.filename).unlink(missing_ok=True)
            table.delete().where(table.id == row.id).execute()

    def _may(self, actor: Actor, kept: KeptExport) -> bool:
        """Whether all of a file is open to the actor: every record, each column as far as the job saw it, and what
        told its records from others."""
        access, spec = self.registry.access, self.registry.schema.entities.get(kept.entity)
        if spec is None or (kept.saved and kept.saved not in spec.filters):
            return False
        if not all(access.verdict(actor, spec.name, action).everything for action in ("read", "export")):
            return False
        job = Actor(None, "", kept.roles)
        for name in (name for name in kept.columns if name != "title"):
            if name not in spec.fields:
                return False
            if not access.is_clear(actor, spec.name, name) and access.is_clear(job, spec.name, name):
                return False
        asked = [spec.filters[kept.saved].where] if kept.saved else []
        asked += [parse_for(self.registry.schema, spec.name, kept.where)] if kept.where else []
        return all(access.may_ask(actor, spec.name, condition) for condition in asked)

    def _now(self) -> datetime:
        return self.registry.clock.now().replace(tzinfo=None)


def _kept(row: Any) -> KeptExport:
    return KeptExport(
        row.id, row.schedule, row.entity, row.format, tuple(json.loads(row.columns)), row.where, row.saved,
        frozenset(json.loads(row.roles)), row.filename, row.at.replace(tzinfo=UTC), row.rows, row.size,
    )  # fmt: skip


def _columns() -> dict[str, object]:
    return {
        "id": peewee.BigAutoField(),
        "schedule": peewee.TextField(),
        "entity": peewee.TextField(),
        "format": peewee.TextField(),
        "columns": peewee.TextField(),
        "where": peewee.TextField(),
        "saved": peewee.TextField(),
        "roles": peewee.TextField(),
        "filename": peewee.TextField(),
        "at": peewee.DateTimeField(),
        "rows": peewee.BigIntegerField(),
        "size": peewee.BigIntegerField(),
    }
