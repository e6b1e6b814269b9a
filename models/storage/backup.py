"""A copy of an office in one file while it runs: the database, and what else is in its folder."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import peewee
import psycopg
from psycopg import sql

from models.errors import Refused
from models.migrations.aside import SCHEMA_TABLE, applied
from models.migrations.engine import BATCH, Engine, engine_of, quote
from models.migrations.relations import foreign_keys, indexes, relations
from models.storage.database import NOTE
from models.storage.tables import DatabaseSpec
from schema.text import Text

FOLDER = "backups"
"""Where backups lie within the office's folder; they are left out of further ones."""

SQLITE_COPY, ROWS = "database.sqlite", "rows"
FILES = "var"


def back_up(db: peewee.Database, var: Path, target: Path) -> Path:
    """Write the database and the folder ``var`` to the zip file ``target``; returns it.

    The database is copied as it is at one moment, while others may go on writing: a SQLite file, or on
    PostgreSQL one file of JSON lines a table, which needs no program and no version of its server.
    """
    return _write(db, target, list(_files(db, var)))


def before_migration(db: peewee.Database, var: Path) -> Path:
    """Back the database up, without the files, which no migration touches; returns the new zip file."""
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
    return _write(db, var / FOLDER / f"{stamp}-before-migration.zip", [])


def _write(db: peewee.Database, target: Path, files: list[tuple[Path, str]]) -> Path:
    """The file appears under its name only once it is whole; nobody else may read it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as folder:
        room = Path(folder)
        whole = room / "whole.zip"
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
            os.chmod(whole, 0o600)
            for path, name in [*_database(db, room), *files]:
                archive.write(path, name)
        os.replace(whole, target)
    return target


def _files(db: peewee.Database, var: Path) -> Iterator[tuple[Path, str]]:
    """(path, name in the backup) of everything in the folder but the live database and earlier backups."""
    live = {Path(str(db.database) + tail).resolve() for tail in ("", "-wal", "-shm", "-journal", NOTE)}
    for path in sorted(var.rglob("*")):
        is_backup = FOLDER in path.relative_to(var).parts[:1]
        if path.is_file() and not is_backup and path.resolve() not in live:
            yield path, f"{FILES}/{path.relative_to(var).as_posix()}"


def _database(db: peewee.Database, room: Path) -> list[tuple[Path, str]]:
    if isinstance(db, peewee.SqliteDatabase):
        return [(_copy_sqlite(str(db.database), room / SQLITE_COPY), SQLITE_COPY)]
    return _export(db, room)


def _copy_sqlite(path: str, target: Path) -> Path:
    """A consistent copy by SQLite's own backup, over a connection that nobody else uses."""
    with closing(sqlite3.connect(path, timeout=60)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)
    return target


def _server(db: peewee.Database) -> dict[str, Any]:
    """How to reach the PostgreSQL server of ``db``, as libpq's parameters."""
    name, options = str(db.database), {k: v for k, v in db.connect_params.items() if v is not None}
    if name.startswith(("postgres://", "postgresql://")):
        return {**psycopg.conninfo.conninfo_to_dict(name), **options}
    return {"dbname": name, **options}


def _export(db: peewee.Database, room: Path) -> list[tuple[Path, str]]:
    """Every table as JSON lines, all of the same moment."""
    made: list[tuple[Path, str]] = []
    with psycopg.connect(**_server(db)) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()").fetchall()
        for (table,) in sorted(tables):
            path = room / f"{len(made)}.jsonl"
            with path.open("w", encoding="utf-8") as lines, connection.cursor("export") as cursor:
                cursor.execute(sql.SQL("SELECT row_to_json(t)::text FROM {} AS t").format(sql.Identifier(table)))
                lines.writelines(f"{row}\n" for (row,) in cursor)
            made.append((path, f"{ROWS}/{table}.jsonl"))
    return made


class BadBackup(Refused):
    """A file that is no backup of an office, or one of another kind of database."""


def restore(source: Path, db: peewee.Database, var: Path) -> None:
    """Bring the database and folder of an office that nobody uses back to a backup.

    Raises BadBackup before anything is touched. The office then has the schema of the backup, and is migrated
    when it is next opened.
    """
    _need(zipfile.is_zipfile(source), source)
    with zipfile.ZipFile(source) as archive:
        names = set(archive.namelist())
        for name in names:
            _need((var / name.removeprefix(f"{FILES}/")).resolve().is_relative_to(var.resolve()), source)
        if isinstance(db, peewee.SqliteDatabase):
            _need(SQLITE_COPY in names, source)
            _restore_sqlite(archive, str(db.database))
        else:
            _need(f"{ROWS}/{SCHEMA_TABLE}.jsonl" in names, source)
            _import(archive, db)
        _restore_files(archive, var)


def _need(is_right: bool, source: Path) -> None:
    if not is_right:
        raise BadBackup(
            Text(
                "{name} 不是这种数据库的备份；请选择本程序做的备份文件",
                "{name} is no backup of this kind of database; choose a file that this program made",
            ).with_(name=source.name)
        )


def _restore_sqlite(archive: zipfile.ZipFile, path: str) -> None:
    with tempfile.TemporaryDirectory(dir=Path(path).parent, prefix=".restore-") as folder:
        found = archive.extract(SQLITE_COPY, folder)
        with closing(sqlite3.connect(found)) as copy, closing(sqlite3.connect(path, timeout=60)) as live:
            copy.backup(live)


def _import(archive: zipfile.ZipFile, db: peewee.Database) -> None:
    """Make the tables of the backup in the place of those that are there, with its rows, in one transaction."""
    engine = engine_of(db)
    spec = _spec(archive)
    with engine.exclusive():
        current = applied(engine) or DatabaseSpec(tables=())
        outside = _links_from_outside(engine)
        for table, key, _ in outside:
            engine.run(f"ALTER TABLE {quote(table)} DROP CONSTRAINT {quote(key)}")
        engine.drop_tables(sorted(relations(current).keys() & engine.tables()))
        engine.create(list(relations(spec).values()))
        there = engine.tables()
        for name in sorted(n for n in archive.namelist() if n.startswith(f"{ROWS}/")):
            if Path(name).stem in there:
                _import_table(archive, name, engine)
        engine.connect(list(foreign_keys(spec).values()))
        for index in indexes(spec).values():
            engine.create_index(index)
        for table, key, rule in outside:
            engine.run(f"ALTER TABLE {quote(table)} ADD CONSTRAINT {quote(key)} {rule}")


def _links_from_outside(engine: Engine) -> list[tuple[str, str, str]]:
    """(table, name, rule) of the foreign keys by which the program's own tables point at records."""
    found = engine.rows(
        "SELECT t.relname, c.conname, pg_get_constraintdef(c.oid) FROM pg_constraint AS c"
        " JOIN pg_class AS t ON t.oid = c.conrelid"
        " WHERE c.contype = 'f' AND t.relnamespace = current_schema()::regnamespace"
    )
    return [(table, key, rule) for table, key, rule in found if table.startswith("_")]


def _spec(archive: zipfile.ZipFile) -> DatabaseSpec:
    """What the tables of the backup look like."""
    with archive.open(f"{ROWS}/{SCHEMA_TABLE}.jsonl") as lines:
        newest = max((json.loads(line) for line in lines), key=lambda row: int(row["id"]))
    return DatabaseSpec.model_validate_json(newest["spec"])


def _import_table(archive: zipfile.ZipFile, name: str, engine: Engine) -> None:
    """Put the rows of one table in the place of those that are there; its ids go on counting after the highest."""
    table = quote(Path(name).stem)
    engine.run(f"DELETE FROM {table}")
    with archive.open(name) as lines:
        insert = f"INSERT INTO {table} SELECT * FROM json_populate_record(NULL::{table}, ?::json)"
        for batch in _batches((line.decode() for line in lines), BATCH):
            engine.many(insert, [(line,) for line in batch])
    counter = "SELECT pg_get_serial_sequence(?, 'id')"
    if "id" in engine.columns(Path(name).stem) and engine.rows(counter, (table,))[0][0]:
        engine.run(
            f"SELECT setval(pg_get_serial_sequence(?, 'id'), coalesce(max(id), 0) + 1, false) FROM {table}", (table,)
        )


def _batches(lines: Iterator[str], size: int) -> Iterator[list[str]]:
    """The lines in lists of ``size``."""
    while batch := list(islice(lines, size)):
        yield batch


def _restore_files(archive: zipfile.ZipFile, var: Path) -> None:
    """Put the files of the folder back, over those that are there."""
    for name in archive.namelist():
        inside = name.removeprefix(f"{FILES}/")
        if inside == name or not inside:
            continue
        target = var / inside
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(name) as stored, target.open("wb") as copy:
            shutil.copyfileobj(stored, copy)
