"""A copy of an office in one file while it runs: the database, and what else is in its folder."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import peewee
import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from models.errors import Refused
from schema.text import Text

FOLDER = "backups"
"""Where backups lie within the office's folder; they are left out of further ones."""

SQLITE_COPY, DUMP, ROWS = "database.sqlite", "database.dump", "rows"
FILES = "var"


def back_up(db: peewee.Database, var: Path, target: Path) -> Path:
    """Write the database and the folder ``var`` to the zip file ``target``; returns it.

    The database is copied as it is at one moment, while others may go on writing. On PostgreSQL it is
    a dump by ``pg_dump`` where a fitting one is installed, else one file of JSON lines a table.
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
    live = {Path(str(db.database) + tail).resolve() for tail in ("", "-wal", "-shm", "-journal")}
    for path in sorted(var.rglob("*")):
        is_backup = FOLDER in path.relative_to(var).parts[:1]
        if path.is_file() and not is_backup and path.resolve() not in live:
            yield path, f"{FILES}/{path.relative_to(var).as_posix()}"


def _database(db: peewee.Database, room: Path) -> list[tuple[Path, str]]:
    if isinstance(db, peewee.SqliteDatabase):
        return [(_copy_sqlite(str(db.database), room / SQLITE_COPY), SQLITE_COPY)]
    dump = _dump(db, room / DUMP)
    return [(dump, DUMP)] if dump else _export(db, room)


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


def _dump(db: peewee.Database, target: Path) -> Path | None:
    """A dump by ``pg_dump``, or None where there is none or it is older than the server."""
    program = shutil.which("pg_dump")
    if program is None:
        return None
    server = _server(db)
    env = {**os.environ, "PGPASSWORD": str(server.pop("password", "") or "")}
    command = [program, "--format=custom", f"--file={target}", f"--dbname={make_conninfo(**server)}"]
    return target if subprocess.run(command, env=env, capture_output=True, check=False).returncode == 0 else None


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

    Raises BadBackup before anything is touched. A database exported as rows must have the backup's tables.
    """
    _need(zipfile.is_zipfile(source), source)
    with zipfile.ZipFile(source) as archive:
        names = set(archive.namelist())
        for name in names:
            _need((var / name.removeprefix(f"{FILES}/")).resolve().is_relative_to(var.resolve()), source)
        if isinstance(db, peewee.SqliteDatabase):
            _need(SQLITE_COPY in names, source)
            _restore_sqlite(archive, str(db.database))
        elif DUMP in names:
            _restore_dump(archive, db)
        else:
            _need(any(name.startswith(f"{ROWS}/") for name in names), source)
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


def _restore_dump(archive: zipfile.ZipFile, db: peewee.Database) -> None:
    server = _server(db)
    env = {**os.environ, "PGPASSWORD": str(server.pop("password", "") or "")}
    with tempfile.TemporaryDirectory(prefix="restore-") as folder:
        found = archive.extract(DUMP, folder)
        command = ["pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction"]
        subprocess.run(
            [*command, f"--dbname={make_conninfo(**server)}", found], env=env, capture_output=True, check=True
        )


def _import(archive: zipfile.ZipFile, db: peewee.Database) -> None:
    """Put the rows of every table in the place of those that are there, in one transaction."""
    with psycopg.connect(**_server(db)) as connection:
        connection.execute("SET LOCAL session_replication_role = replica")
        for name in sorted(n for n in archive.namelist() if n.startswith(f"{ROWS}/")):
            table = sql.Identifier(Path(name).stem)
            connection.execute(sql.SQL("DELETE FROM {}").format(table))
            insert = sql.SQL("INSERT INTO {} SELECT * FROM json_populate_record(NULL::{}, %s::json)")
            with archive.open(name) as lines, connection.cursor() as cursor:
                cursor.executemany(insert.format(table, table), ((line.decode(),) for line in lines))
        _resume_counters(connection)


def _resume_counters(connection: psycopg.Connection[Any]) -> None:
    """Let every id that counts up by itself go on after the highest there is."""
    found = connection.execute(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
        " AND pg_get_serial_sequence(quote_ident(table_name), column_name) IS NOT NULL"
    ).fetchall()
    for table, column in found:
        connection.execute(
            sql.SQL(
                "SELECT setval(pg_get_serial_sequence({0}, {1}), coalesce(max({2}), 0) + 1, false) FROM {3}"
            ).format(sql.Literal(f'"{table}"'), sql.Literal(column), sql.Identifier(column), sql.Identifier(table))
        )


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
