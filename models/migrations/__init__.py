"""Bringing a database from the schema it was made for to the schema that is now read, without losing values."""

from models.migrations.apply import apply, create_all
from models.migrations.diff import plan
from models.migrations.plan import Hooks, MigrationFailed, MigrationRefused, Plan, Step

__all__ = ["Hooks", "MigrationFailed", "MigrationRefused", "Plan", "Step", "apply", "create_all", "plan"]
