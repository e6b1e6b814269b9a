"""How often something may be asked for from outside within a while, counted in the table ``_brake``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import peewee

from models.storage.build import model

SPAN = timedelta(minutes=15)
KEPT = timedelta(days=1)


class Brake:
    """Counts requests by key and by quarter of an hour, so that all processes of a site brake together.

    What is over its limit is not counted any further: however often somebody asks, they write so many rows no more.
    """

    def __init__(self, database: peewee.Database) -> None:
        self.database = database
        self.table = model(
            "_brake",
            {"key": peewee.TextField(), "since": peewee.DateTimeField(), "times": peewee.IntegerField()},
            database,
            primary_key=peewee.CompositeKey("key", "since"),
        )

    def create_table(self) -> None:
        """Make the table if it is not there yet."""
        self.database.create_tables([self.table], safe=True)

    def lets_pass(self, key: str, most: int, now: datetime) -> bool:
        """Count one more request of ``key`` and say whether it is among the first ``most`` of its while."""
        if self.is_spent(key, most, now):
            return False
        table: Any = self.table
        since = begin(now)
        with self.database.atomic():
            fresh = table.insert(key=key, since=since, times=1)
            times = fresh.on_conflict(
                conflict_target=[table.key, table.since], update={table.times: table.times + 1}
            ).returning(table.times)
            (count,) = next(iter(times.tuples().execute()))
            if count == 1:
                table.delete().where(table.since < since - KEPT).execute()
        return int(count) <= most

    def is_spent(self, key: str, most: int, now: datetime) -> bool:
        """Whether ``key`` has had its requests of this while; nothing is counted."""
        table: Any = self.table
        row = table.select(table.times).where((table.key == key) & (table.since == begin(now))).tuples().first()
        return row is not None and row[0] >= most

    @staticmethod
    def seconds_left(now: datetime) -> int:
        """Until the next while begins."""
        return max(1, int((begin(now) + SPAN - now.astimezone(UTC).replace(tzinfo=None)).total_seconds()) + 1)


def begin(now: datetime) -> datetime:
    """When the while that ``now`` lies in began, in UTC and without a zone, as the table keeps it."""
    at = now.astimezone(UTC).replace(tzinfo=None)
    return at - timedelta(minutes=at.minute % 15, seconds=at.second, microseconds=at.microsecond)
