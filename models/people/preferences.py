"""What a person chose for themselves: the columns of a list, their own saved filters."""

from __future__ import annotations

import json
from typing import Any

import peewee

from models.storage.build import model


class Preferences:
    """Values by (person, entity, name), kept as JSON in the table ``_preference``."""

    def __init__(self, database: peewee.Database) -> None:
        self.database = database
        self.table = model(
            "_preference",
            {
                "user_id": peewee.BigIntegerField(),
                "entity": peewee.TextField(),
                "name": peewee.TextField(),
                "value": peewee.TextField(),
            },
            database,
            primary_key=peewee.CompositeKey("user_id", "entity", "name"),
        )

    def create_table(self) -> None:
        """Make the table if it is not there yet."""
        self.database.create_tables([self.table], safe=True)

    def of(self, user_id: int | None, entity: str) -> dict[str, Any]:
        """Everything this person chose at this entity, by name; {} for one who is no user."""
        if user_id is None:
            return {}
        table: Any = self.table
        rows = table.select(table.name, table.value).where((table.user_id == user_id) & (table.entity == entity))
        return {name: json.loads(value) for name, value in rows.tuples()}

    def keep(self, user_id: int | None, entity: str, name: str, value: Any) -> None:
        """Remember a choice; None forgets it."""
        if user_id is None:
            return
        table: Any = self.table
        chosen = (table.user_id == user_id) & (table.entity == entity) & (table.name == name)
        with self.database.atomic():
            table.delete().where(chosen).execute()
            if value is not None:
                table.insert(
                    user_id=user_id, entity=entity, name=name, value=json.dumps(value, ensure_ascii=False)
                ).execute()
