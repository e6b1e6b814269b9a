"""The program's own tables beside the records: history, trash, number series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import peewee

from models.storage.build import model


@dataclass(frozen=True, slots=True)
class EngineTables:
    """History of changes, the trash, and the counters of number series."""

    history: Any
    trash: Any
    number: Any

    def create(self, database: peewee.Database) -> None:
        """Make the tables that are not there yet."""
        database.create_tables([self.history, self.trash, self.number], safe=True)


def engine_tables(database: peewee.Database) -> EngineTables:
    """The engine's tables, bound to ``database``."""
    history = model("_history", _history_columns(), database)
    history._meta.indexes = [(("entity", "record_id", "id"), False), (("source", "detail"), False)]
    trash = model("_trash", _trash_columns(), database)
    trash._meta.indexes = [(("entity", "record_id"), True)]
    number = model(
        "_number",
        {"series": peewee.TextField(), "period": peewee.TextField(), "last": peewee.BigIntegerField()},
        database,
        primary_key=peewee.CompositeKey("series", "period"),
    )
    return EngineTables(history, trash, number)


def _history_columns() -> dict[str, object]:
    return {
        "id": peewee.BigAutoField(),
        "at": peewee.DateTimeField(),
        "actor_id": peewee.BigIntegerField(null=True),
        "actor_name": peewee.TextField(),
        "entity": peewee.TextField(),
        "record_id": peewee.BigIntegerField(),
        "title": peewee.TextField(),
        "verb": peewee.TextField(),
        "changes": peewee.TextField(),
        "comment": peewee.TextField(null=True),
        "source": peewee.TextField(),
        "detail": peewee.TextField(),
    }


def _trash_columns() -> dict[str, object]:
    return {
        "id": peewee.BigAutoField(),
        "entity": peewee.TextField(),
        "record_id": peewee.BigIntegerField(),
        "title": peewee.TextField(),
        "row": peewee.TextField(),
        "deleted_at": peewee.DateTimeField(),
        "actor_id": peewee.BigIntegerField(null=True),
        "actor_name": peewee.TextField(),
    }
