"""`/healthz`: whether the site can answer, for whoever watches over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import peewee
from flask import Blueprint
from flask.typing import ResponseReturnValue

if TYPE_CHECKING:
    from models.registry import Registry


HEALTH = "health-check.healthz"
"""The endpoint, which must answer even where no database connection can be had."""


def health_pages(registry: Registry) -> Blueprint:
    """200 while the database answers, 503 when it does not."""
    pages = Blueprint("health-check", __name__)
    database: Any = registry.db

    @pages.get("/healthz")
    def healthz() -> ResponseReturnValue:
        try:
            with registry.connection():
                database.execute_sql("SELECT 1").fetchone()
        except peewee.PeeweeException:
            return {"status": "database does not answer"}, 503
        return {"status": "ok"}

    return pages
