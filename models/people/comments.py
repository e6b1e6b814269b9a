"""What people write on a record for one another; it is not part of the record's values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import peewee

from models.actor import Actor
from models.clock import Clock
from models.errors import Invalid, NotFound
from models.record import Record
from models.storage.build import model
from schema.text import Text

MAX_LENGTH = 4000
SHOWN = 200
"""A record page shows this many comments, the newest."""

_LABEL = Text("评论", "comment")
_EMPTY = Text("请先写评论内容。", "Write the comment first.")
_LONG = Text("评论最多 {most} 字，现在有 {length} 字。", "A comment has at most {most} characters; this has {length}.")


class Reads(Protocol):
    """The scope, as far as comments need it."""

    def get(self, actor: Actor, entity: str, id: int, action: str = "read") -> Record: ...


@dataclass(frozen=True, slots=True)
class Comment:
    id: int
    at: datetime
    """Aware, in UTC."""
    author_id: int | None
    author: str
    text: str


class Comments:
    """Comments by record, in the table ``_comment``. Whoever may see a record reads them;
    whoever may change it writes them; only the author takes one back."""

    def __init__(self, database: peewee.Database, scope: Reads, clock: Clock) -> None:
        self.database, self.scope, self.clock = database, scope, clock
        self.table = model(
            "_comment",
            {
                "id": peewee.BigAutoField(),
                "entity": peewee.TextField(),
                "record_id": peewee.BigIntegerField(),
                "at": peewee.DateTimeField(),
                "author_id": peewee.BigIntegerField(null=True),
                "author": peewee.TextField(),
                "text": peewee.TextField(),
            },
            database,
        )
        self.table._meta.indexes = [(("entity", "record_id", "id"), False)]

    def create_table(self) -> None:
        """Make the table if it is not there yet."""
        self.database.create_tables([self.table], safe=True)

    def of(self, record: Record) -> list[Comment]:
        """The comments on a record that the actor has been given, oldest first."""
        table: Any = self.table
        rows = table.select().where((table.entity == record.entity) & (table.record_id == record.id))
        newest = list(rows.order_by(table.id.desc()).limit(SHOWN))
        return [_comment(row) for row in reversed(newest)]

    def add(self, actor: Actor, entity: str, id: int, text: str) -> int:
        """Write a comment and return its id; raises NotFound, NotAllowed, Invalid."""
        self.scope.get(actor, entity, id, "update")
        words = "".join(sign for sign in text if sign.isprintable() or sign in "\n\t").strip()
        if not words:
            raise Invalid({"": [_EMPTY]})
        if len(words) > MAX_LENGTH:
            raise Invalid({"": [_LONG.with_(most=MAX_LENGTH, length=len(words))]})
        table: Any = self.table
        now = self.clock.now().replace(tzinfo=None)
        return int(
            table.insert(
                entity=entity, record_id=id, at=now, author_id=actor.id, author=actor.name, text=words
            ).execute()
        )

    def remove(self, actor: Actor, entity: str, id: int, comment: int) -> None:
        """Take back the actor's own comment; raises NotFound for anyone else's."""
        self.scope.get(actor, entity, id, "update")
        table: Any = self.table
        own = (table.author_id == actor.id) & (table.author_id.is_null(False))
        here = (table.id == comment) & (table.entity == entity) & (table.record_id == id)
        if not table.delete().where(here & own).execute():
            raise NotFound(_LABEL)


def _comment(row: Any) -> Comment:
    return Comment(row.id, row.at.replace(tzinfo=UTC), row.author_id, row.author, row.text)
