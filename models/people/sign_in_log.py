"""Every attempt to sign in, and the brake on guessing that is read from it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import peewee

from models.storage.build import model
from models.storage.database import hold
from schema.text import Text

WINDOW = timedelta(minutes=15)
PER_NAME = 5
"""Wrong passwords for one name within the window before that name is locked until the window has passed."""
PER_ADDRESS = 30
"""The same for one address, whatever the names: an office may share one address."""
LONGEST_NAME = 150

CHECKING, GOOD, BAD, LOCKED = "checking", "good", "bad", "locked"

_LOCKED = Text(
    "登录尝试次数过多，请在 {minutes} 分钟后再试，或请管理员重设密码。",
    "Too many attempts to sign in. Try again in {minutes} min, or ask an administrator for a new password.",
)


@dataclass(frozen=True, slots=True)
class SignInRefused:
    """Why someone was not let in, in words that do not tell whether the name exists."""

    text: Text
    retry_after: int = 0
    """Seconds to wait; 0 where trying again at once is fine."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """One attempt; ``outcome`` is good, bad, or locked (refused unread). ``at`` is aware, in UTC."""

    at: datetime
    username: str
    address: str
    outcome: str


class SignInLog:
    """Attempts in the table ``_sign_in``, so that all processes of a site brake together.

    An attempt counts as a failure from the moment it begins, so that guesses sent side by side are braked as well.
    """

    def __init__(self, database: peewee.Database) -> None:
        self.database = database
        self.table = model(
            "_sign_in",
            {
                "id": peewee.BigAutoField(),
                "at": peewee.DateTimeField(),
                "username": peewee.TextField(),
                "address": peewee.TextField(),
                "outcome": peewee.TextField(),
            },
            database,
        )
        self.table._meta.indexes = [(("username", "at"), False), (("address", "at"), False)]

    def create_table(self) -> None:
        """Make the table if it is not there yet."""
        self.database.create_tables([self.table], safe=True)

    def begin(self, username: str, address: str, now: datetime) -> int | SignInRefused:
        """The number of a new attempt, or why it is not even looked at."""
        table: Any = self.table
        at = now.astimezone(UTC).replace(tzinfo=None)
        with self.database.atomic():
            hold(self.database, "_sign_in")
            until = self._locked_until(username, address, at)
            row = table.create(
                at=at, username=username[:LONGEST_NAME], address=address, outcome=LOCKED if until else CHECKING
            )
        if until is None:
            return int(row.id)
        seconds = max(1, math.ceil((until - at).total_seconds()))
        return SignInRefused(_LOCKED.with_(minutes=math.ceil(seconds / 60)), seconds)

    def settle(self, attempt: int, *, good: bool) -> None:
        """How the attempt ended. A good one clears what its name had failed before."""
        table: Any = self.table
        table.update(outcome=GOOD if good else BAD).where(table.id == attempt).execute()

    def pardon(self, username: str) -> None:
        """Forget the failures of a name: an administrator has set a new password."""
        table: Any = self.table
        failed = (table.username == username[:LONGEST_NAME]) & table.outcome.in_([BAD, CHECKING])
        table.update(outcome=LOCKED).where(failed).execute()

    def of(self, username: str, limit: int = 20) -> list[SignIn]:
        """The newest attempts for a name."""
        table: Any = self.table
        rows = table.select().where(table.username == username).order_by(table.id.desc()).limit(limit)
        return [SignIn(row.at.replace(tzinfo=UTC), row.username, row.address, row.outcome) for row in rows]

    def forget(self, before: datetime) -> int:
        """Take away the attempts from before a moment; returns how many."""
        table: Any = self.table
        return int(table.delete().where(table.at < before.astimezone(UTC).replace(tzinfo=None)).execute())

    def _locked_until(self, username: str, address: str, at: datetime) -> datetime | None:
        """When this name and address may try again, or None if they may now."""
        table: Any = self.table
        name = username[:LONGEST_NAME]
        good = table.select(table.at).where((table.username == name) & (table.outcome == GOOD))
        since = next((last for (last,) in good.order_by(table.at.desc()).limit(1).tuples()), at - WINDOW)
        by_name = self._nth_failure(table.username == name, PER_NAME, max(since, at - WINDOW))
        by_address = self._nth_failure(table.address == address, PER_ADDRESS, at - WINDOW)
        return max((end + WINDOW for end in (by_name, by_address) if end), default=None)

    def _nth_failure(self, whose: Any, most: int, since: datetime) -> datetime | None:
        """The time of the oldest of the ``most`` newest failures after ``since``; None when there are fewer."""
        table: Any = self.table
        failed = whose & (table.at > since) & table.outcome.in_([BAD, CHECKING])
        times = table.select(table.at).where(failed).order_by(table.at.desc()).offset(most - 1).limit(1)
        found = [at for (at,) in times.tuples()]
        return found[0] if found else None
