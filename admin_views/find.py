"""Looking for something everywhere: the search field in the header of every page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request

from admin_views.shell import current_actor
from models.actor import Actor
from schema.spec import Entity

if TYPE_CHECKING:
    from models.registry import Registry

PER_ENTITY = 6
LONGEST_QUERY = 100


@dataclass(frozen=True, slots=True)
class Found:
    """The first records of one entity that match: (id, title)."""

    entity: Entity
    records: tuple[tuple[int, str], ...]

    @property
    def more(self) -> bool:
        return len(self.records) >= PER_ENTITY


def find_everywhere(registry: Registry, actor: Actor, query: str) -> list[Found]:
    """What ``query`` finds among the records the actor may see, entity by entity."""
    words = query.strip()[:LONGEST_QUERY]
    if not words:
        return []
    readable = [e for e in registry.schema.entities.values() if registry.access.may(actor, e.name, "read")]
    found = [Found(e, tuple(registry.scope.lookup(actor, e.name, words, PER_ENTITY))) for e in readable]
    return [one for one in found if one.records]


def find_pages(registry: Registry) -> Blueprint:
    """`/search/?query=`."""
    pages = Blueprint("find-everywhere", __name__)

    @pages.get("/search/")
    def search() -> str:
        query = request.args.get("query", "")
        found = find_everywhere(registry, current_actor(), query)
        return render_template("find.html", query=query.strip(), found=found)

    return pages
