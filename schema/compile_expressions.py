"""Parses the expressions of a schema, each where it stands, with the names it may use."""

from __future__ import annotations

from typing import Any

from schema.desk import Desk, FieldDraft
from schema.problems import Path


def boolean(desk: Desk, path: Path, source: str, entity: str) -> Any:
    """A condition on records of ``entity``, or None where it is wrong."""
    return None


def constant(desk: Desk, path: Path, value: Any, draft: FieldDraft) -> Any:
    """A default or constant for a field: a value in its normal form, or an Expression."""
    return None if isinstance(value, dict) or value in ("today", "now", "actor") else value
