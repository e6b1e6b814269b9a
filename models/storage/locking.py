"""Rows held to the end of a transaction, so that what was read of them is still true when it is written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import peewee

from models.storage.rows import batches


def lock_rows(database: Any, entity: str, ids: Iterable[int]) -> None:
    """Wait until nobody else holds these rows, and hold them to the end of the transaction this runs in.

    Rows are taken by ascending id, so that two who want the same ones never wait for each other. On SQLite a
    transaction that writes is alone from its beginning, so that there is nothing to wait for.
    """
    if isinstance(database, peewee.SqliteDatabase):
        return
    for some in batches(sorted(set(ids))):
        numbers = ", ".join(str(int(id)) for id in some)
        sql = f'SELECT id FROM "{entity}" WHERE id IN ({numbers}) ORDER BY id FOR NO KEY UPDATE'  # noqa: S608 - numbers
        database.execute_sql(sql)


def share(database: Any, name: str) -> None:
    """Keep everyone from holding ``name`` alone (``database.hold``) to the end of the transaction; many may share."""
    if not isinstance(database, peewee.SqliteDatabase):
        database.execute_sql("SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 0))", (name,))
