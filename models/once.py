"""What is sent again after the network was gone is done once: each sending has a token, kept with what came of it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import peewee

from models.actor import Actor
from models.clock import Clock
from models.errors import Refused
from models.storage.build import model
from schema.text import Text

OLDEST = timedelta(days=7)
"""How long something may wait on a phone before the office no longer takes it."""
_TOKEN = re.compile(r"[A-Za-z0-9-]{16,64}")

BAD_TOKEN = Text(
    "这份表单的标识不正确，请重新打开表单填写。", "The mark of this form is not right; open the form again."
)
TOO_OLD = Text(
    "这是 {days} 天前填写的，超过 {most} 天不能补交；请改为手工补录并说明情况。",
    "This was filled in {days} days ago; what is older than {most} days is not taken. Enter it by hand and say why.",
)
AHEAD = Text(
    "手机的时钟在填写后被调过，无法确定填写时间；请重新填写。",
    "The phone's clock was changed after this was filled in, so that its time is not known; please fill it in again.",
)


class Once:
    """Tokens by person, in the table ``_once``, written in the transaction of what was done under them."""

    def __init__(self, database: peewee.Database, clock: Clock) -> None:
        self.database, self.clock = database, clock
        self.table: Any = model(
            "_once",
            {
                "user_id": peewee.BigIntegerField(),
                "token": peewee.TextField(),
                "at": peewee.DateTimeField(index=True),
                "answer": peewee.TextField(default=""),
            },
            database,
            primary_key=peewee.CompositeKey("user_id", "token"),
        )

    def create_table(self) -> None:
        """Make the table if it is not there yet."""
        self.database.create_tables([self.table], safe=True)

    def begin(self, actor: Actor, token: str) -> str | None:
        """Take a token, inside a transaction: None where it is new, else what came of it before.

        Of two who come with the same one at once the second waits for the first. Raises Refused for what is no token.
        """
        if not _TOKEN.fullmatch(token):
            raise Refused(BAD_TOKEN)
        now = self.clock.now().astimezone(UTC).replace(tzinfo=None)
        row = {"user_id": actor.id or 0, "token": token, "at": now}
        if self.table.insert(row).on_conflict_ignore().as_rowcount().execute():
            return None
        return str(self.table.select(self.table.answer).where(self._is(actor, token)).scalar())

    def keep(self, actor: Actor, token: str, answer: str) -> None:
        """Note what came of it."""
        self.table.update(answer=answer).where(self._is(actor, token)).execute()

    def forget(self, before: datetime) -> int:
        """Take tokens from before a moment away; how many. They are of use for OLDEST."""
        old = self.table.at < before.astimezone(UTC).replace(tzinfo=None)
        return int(self.table.delete().where(old).execute())

    def _is(self, actor: Actor, token: str) -> Any:
        return (self.table.user_id == (actor.id or 0)) & (self.table.token == token)


def moment_of(age: int, now: datetime) -> datetime:
    """When something was done that is sent ``age`` seconds later, by the office's own clock to the second.

    The phone tells only how long it waited, so a clock that is wrong there does no harm. Raises Refused.
    """
    if age < 0:
        raise Refused(AHEAD)
    waited = timedelta(seconds=age)
    if waited > OLDEST:
        raise Refused(TOO_OLD.with_(days=waited.days, most=OLDEST.days))
    return (now - waited).replace(microsecond=0)
