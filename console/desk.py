"""What one run of the command line works with: which schema, which folder, in whose name, how to answer."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import click

import office  # noqa: F401 - makes the operations known that the schema's actions name
import transfer.printing  # noqa: F401 - makes the setting of the letterhead known
from console.failure import Failure
from models import Registry, followups, jobs, open_office, operations, preparations, printing, reports
from models.actor import SYSTEM, Actor
from models.clock import Clock
from models.errors import NotFound
from models.migrations import Plan
from models.opening import DATABASE, plan_for
from models.registry import assemble
from models.storage.database import connect
from schema import Problem, Schema, SchemaErrors, load, settings
from schema.text import Locale, Text
from transfer import scheduled  # noqa: F401 - makes the jobs known that come with the program

WRITTEN: tuple[tuple[str, str, Callable[[Schema], Iterable[str]]], ...] = (
    ("operation", "actions", operations.absent),
    ("job", "schedules", jobs.absent),
    ("report", "reports", reports.absent),
    ("document", "documents", printing.absent),
    ("preparation", "entities", preparations.absent),
    ("follow-up", "entities", followups.absent),
)
"""What the functions of a section are called, and which of them nobody wrote."""
SHIPPED = Path(__file__).resolve().parent.parent / "schema.yaml"


def _schema_file() -> Path:
    named = os.environ.get("ESTATEDESK_SCHEMA")
    here = Path("schema.yaml")
    return Path(named) if named else here if here.is_file() else SHIPPED


def _locale() -> Locale:
    """Chinese where the terminal is, else English."""
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if spoken.startswith("zh") else "en"


@dataclass
class Desk:
    """The options common to all commands, and the office they lead to."""

    schema_file: Path = field(default_factory=_schema_file)
    var: Path = field(default_factory=lambda: Path(os.environ.get("ESTATEDESK_VAR") or "var"))
    as_json: bool = False
    locale: Locale = field(default_factory=_locale)

    @property
    def url(self) -> str | None:
        """The address of a PostgreSQL database, or None: the database is in the folder."""
        return os.environ.get("DATABASE_URL") or None

    @cached_property
    def schema(self) -> Schema:
        """The schema; raises SchemaErrors, and Failure where a function it names does not exist."""
        schema = load(self.schema_file)
        for what, section, absent in WRITTEN:
            missing = sorted(absent(schema))
            if missing:
                raise Failure(f"{self.schema_file}: no {what} is written for the {section} {', '.join(missing)}")
        unfit = unfit_for(schema)
        if unfit:
            raise SchemaErrors(unfit)
        return schema

    def open(self, allow: Collection[str] = ()) -> Registry:
        """The office; on a fresh folder an empty one is made first. The caller closes it."""
        schema = self.schema
        self.var.mkdir(parents=True, exist_ok=True, mode=0o700)
        return open_office(schema, self.var, url=self.url, allow=allow)

    @contextmanager
    def closed(self) -> Iterator[Registry]:
        """The office as it lies there: neither made, nor compared with the schema."""
        registry = assemble(self.schema, connect(self.url or self.var / DATABASE), self.var, self._clock())
        try:
            yield registry
        finally:
            registry.close()

    @contextmanager
    def surveyed(self) -> Iterator[Plan]:
        """What the database lacks, compared with the schema. A fresh folder becomes an empty office first."""
        if self.url is None and not (self.var / DATABASE).exists():
            self.open().close()
        with self.closed() as registry, registry.connection():
            yield plan_for(registry)

    def _clock(self) -> Clock:
        return Clock(self.schema.office.timezone)

    @contextmanager
    def office(self) -> Iterator[Registry]:
        """The office for the length of a command, with a connection."""
        registry = self.open()
        try:
            with registry.connection():
                yield registry
        finally:
            registry.close()

    def actor(self, registry: Registry, username: str | None) -> Actor:
        """Whom the command acts for: the named user, or the system with every grant."""
        found = SYSTEM if username is None else registry.accounts.actor(user_id(registry, username))
        assert found is not None
        return found

    def secret_key(self) -> str:
        """The key that signs sessions; made once, readable by the owner alone."""
        path = self.var / "secret_key"
        if not path.exists():
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_hex(32))
        return path.read_text().strip()

    def say(self, text: Text | str) -> str:
        """A sentence in the language of the terminal."""
        return text.to(self.locale) if isinstance(text, Text) else text

    def answer(self, data: Mapping[str, Any], words: Callable[[], str] | str) -> None:
        """Print the outcome: ``data`` as one line of JSON where that was asked for, else ``words``."""
        if self.as_json:
            click.echo(json.dumps(data, ensure_ascii=False, default=str))
        else:
            click.echo(words if isinstance(words, str) else words())


def unfit_for(schema: Schema) -> list[Problem]:
    """What the schema says to rules and jobs that they do not understand."""
    return [*settings.wrong(schema), *jobs.wrong(schema)]


def user_id(registry: Registry, username: str) -> int:
    """The id of the user with this name; raises Failure."""
    try:
        return registry.accounts.id_of(username)
    except NotFound:
        raise Failure(f"there is no user {username!r}; `estatedesk user list` names them") from None
