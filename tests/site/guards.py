"""The office of the guards, who check spots on their phones: what the tests of working without signal stand on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from models.actor import SYSTEM, Source
from models.query import Query
from tests.site.conftest import PASSWORD

SCHEMA = Path(__file__).with_name("outbox.yaml")


def furnished(registry: Any) -> Any:
    with registry.connection():
        for name, role in (("guard", "guard"), ("other", "guard"), ("boss", "boss")):
            id = registry.accounts.add(name, name.title(), [role], PASSWORD)
            registry.store.update(SYSTEM, "user", id, {"locale": "en"}, Source("cli"))
        registry.store.create(SYSTEM, "spot", {"name": "Pump room"}, Source("cli"))
    return registry


def entered(registry: Any) -> list[Any]:
    """The checks in the order in which they came."""
    with registry.connection():
        query = Query(sort="id", columns=("spot", "words", "done_at", "photos", "created_by"))
        return list(registry.scope.stream(SYSTEM, "check_up", query))
