"""What the program tells people: one message a person, about a record that they may see, until they have read it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import peewee

from models.access import Access
from models.actor import Actor
from models.clock import Clock
from models.errors import NotFound
from models.storage.build import model
from schema.text import Text

MOST = 99
"""Unread messages are counted this far."""
AT_ONCE = 100
"""Messages written in one statement."""
LAST = 2**63 - 1
"""No message has a higher number, whatever an address says."""
About = tuple[str, int]
"""(entity, id) of a record."""

_LABEL = Text("消息", "message")


class People(Protocol):
    """The accounts, as far as the inbox needs them."""

    def actors(self, roles: Iterable[str], ids: Iterable[int]) -> Sequence[Actor]: ...


class Reads(Protocol):
    """The scope, as far as the inbox needs it."""

    access: Access

    def visible_ids(self, actor: Actor, entity: str, ids: Iterable[int], action: str = "read") -> set[int]: ...


@dataclass(frozen=True, slots=True)
class Telling:
    """A sentence for everyone who holds one of ``roles`` or is among ``users``, as far as they may see the record
    that it is ``about``. Nobody is told twice under one ``key``; '' is none."""

    text: Text
    roles: tuple[str, ...] = ()
    users: tuple[int, ...] = ()
    about: About | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence that one person was told."""

    id: int
    at: datetime
    """Aware, in UTC."""
    text: Text
    about: About | None
    is_read: bool


class Inbox:
    """Messages by person, in the table ``_message``. They are written in the transaction of what they tell of, so that
    nothing is told that did not come about. Whoever reads gets their own and nobody else's."""

    def __init__(self, database: peewee.Database, people: People, scope: Reads, clock: Clock) -> None:
        self.database, self.people, self.scope, self.clock = database, people, scope, clock
        self.table: Any = model("_message", _columns(), database)
        self.table._meta.indexes = [
            (("user_id", "key"), True), (("user_id", "read_at", "id"), False), (("at",), False),
        ]  # fmt: skip
        self._unread_sql = ""

    def create_table(self) -> None:
        """Make the table if it is not there yet."""
        self.database.create_tables([self.table], safe=True)

    # -- telling -----------------------------------------------------------------------------------

    def tell(
        self, text: Text, *, roles: Iterable[str] = (), users: Iterable[int] = (), about: About | None = None,
        key: str = "",
    ) -> None:  # fmt: skip
        """Tell one thing: see ``Telling``. Disabled accounts are told nothing."""
        self.tell_each([Telling(text, tuple(roles), tuple(users), about, key)])

    def tell_each(self, tellings: Sequence[Telling]) -> None:
        """Tell many things, asking who may see what once for each person and kind of record."""
        roles = {role for one in tellings for role in one.roles}
        users = {id for one in tellings for id in one.users}
        rows = [row for person in self.people.actors(roles, users) for row in self._rows(person, tellings)]
        with self.database.atomic():
            for start in range(0, len(rows), AT_ONCE):
                self.table.insert_many(rows[start : start + AT_ONCE]).on_conflict_ignore().execute()

    def _rows(self, person: Actor, tellings: Sequence[Telling]) -> Iterator[dict[str, Any]]:
        """The messages for one person."""
        mine = [one for one in tellings if person.id in one.users or person.roles.intersection(one.roles)]
        seen = self._seen(person, [one.about for one in mine if one.about])
        now = self.clock.now().astimezone(UTC).replace(tzinfo=None)
        for one in mine:
            if one.about is None or one.about in seen:
                entity, id = one.about or (None, None)
                yield {
                    "user_id": person.id, "at": now, "key": one.key or None, "zh": one.text.to("zh"),
                    "en": one.text.to("en"), "entity": entity, "record_id": id,
                }  # fmt: skip

    def _seen(self, person: Actor, abouts: Iterable[About]) -> set[About]:
        """Those of the records that the person may see."""
        wanted: dict[str, set[int]] = {}
        for entity, id in abouts:
            wanted.setdefault(entity, set()).add(id)
        return {
            (entity, id)
            for entity, ids in wanted.items() if self.scope.access.may(person, entity, "read")
            for id in self.scope.visible_ids(person, entity, ids)
        }  # fmt: skip

    # -- reading -----------------------------------------------------------------------------------

    def unread(self, actor: Actor) -> int:
        """How many messages wait for the person, counted to one past MOST. Every page asks, so the SQL is worked out
        only once."""
        if actor.id is None:
            return 0
        if not self._unread_sql:
            mine = self.table.select(peewee.SQL("1")).where(self._waiting(actor)).limit(MOST + 1)
            self._unread_sql = peewee.Select([mine], [peewee.fn.COUNT(peewee.SQL("1"))]).bind(self.database).sql()[0]
        database: Any = self.database
        return int(database.execute_sql(self._unread_sql, (actor.id, MOST + 1)).fetchone()[0])

    def waiting(self, actor: Actor, limit: int) -> list[Message]:
        """The person's messages that they have not read, newest first."""
        query = self.table.select().where(self._waiting(actor))
        return [_message(row) for row in query.order_by(self.table.id.desc()).limit(limit)]

    def done(self, actor: Actor, limit: int, before: int | None = None) -> list[Message]:
        """Those that they have read, newest first, from below message ``before``."""
        mine = (self.table.user_id == actor.id) & self.table.read_at.is_null(False)
        query = self.table.select().where(mine if before is None else mine & (self.table.id < min(before, LAST)))
        return [_message(row) for row in query.order_by(self.table.id.desc()).limit(limit)]

    def standing(self, actor: Actor, messages: Iterable[Message]) -> Mapping[About, bool]:
        """Which of the records that messages are about the person may see now; others are gone, for them."""
        abouts = {one.about for one in messages if one.about}
        known = {about for about in abouts if about[0] in self.scope.access.schema.entities}
        seen = self._seen(actor, known)
        return {about: about in seen for about in abouts}

    def read(self, actor: Actor, id: int) -> Message:
        """One of the person's own messages, which is read with this. Raises NotFound for anyone else's."""
        mine = (self.table.id == id) & (self.table.user_id == actor.id)
        row = self.table.select().where(mine).first() if actor.id is not None and 0 < id < 2**63 else None
        if row is None:
            raise NotFound(_LABEL)
        self._mark(mine)
        return _message(row)

    def read_all(self, actor: Actor, to: int) -> None:
        """The person has read everything up to message ``to``: what came since then stays unread."""
        self._mark((self.table.user_id == actor.id) & (self.table.id <= min(to, LAST)))

    def forget(self, before: datetime) -> int:
        """Take messages from before a moment away; how many."""
        old = self.table.at < before.astimezone(UTC).replace(tzinfo=None)
        return int(self.table.delete().where(old).execute())

    def _waiting(self, actor: Actor) -> Any:
        return (self.table.user_id == actor.id) & self.table.read_at.is_null()

    def _mark(self, mine: Any) -> None:
        now = self.clock.now().astimezone(UTC).replace(tzinfo=None)
        self.table.update(read_at=now).where(mine & self.table.read_at.is_null()).execute()


def _columns() -> dict[str, object]:
    return {
        "id": peewee.BigAutoField(),
        "user_id": peewee.BigIntegerField(),
        "at": peewee.DateTimeField(),
        "key": peewee.TextField(null=True),
        "zh": peewee.TextField(),
        "en": peewee.TextField(),
        "entity": peewee.TextField(null=True),
        "record_id": peewee.BigIntegerField(null=True),
        "read_at": peewee.DateTimeField(null=True),
    }


def _message(row: Any) -> Message:
    about = (row.entity, row.record_id) if row.entity else None
    return Message(row.id, row.at.replace(tzinfo=UTC), Text(row.zh, row.en), about, row.read_at is not None)
