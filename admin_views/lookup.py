"""What a link field offers while a person types: records the actor may see, reached through the field."""

from __future__ import annotations

from typing import Any

from admin_views.list_query import clean
from admin_views.screen import Screen
from models.errors import NotFound
from schema.spec import Field
from schema.text import Text

MOST = 20
MAX_QUERY = 100
_FIELD = Text("字段", "field")


def lookup(screen: Screen, args: Any) -> list[list[Any]]:
    """``[id, title]`` pairs for ``?field=&query=`` (``name=`` is the field too). Raises NotFound, NotAllowed.

    ``?asked_by=`` names the action or step whose question the field belongs to.
    """
    field = asked_field(screen, args.get("field") or args.get("name") or "", args.get("asked_by", ""))
    found = screen.registry.scope.lookup(
        screen.actor, field.target, clean(args.get("query", ""))[:MAX_QUERY], limit=limit_of(args.get("limit", ""))
    )
    return [[id, title] for id, title in found]


def asked_field(screen: Screen, name: str, asked_by: str) -> Field:
    """The link field of this name that the actor may fill in or filter by. Raises NotFound."""
    action = screen.entity.actions.get(asked_by)
    if action is not None and screen.may(action.name) and name in action.ask:
        field = action.ask[name]
    else:
        found = screen.entity.fields.get(name)
        if found is None or not screen.may("read") or not screen.is_clear(found):
            raise NotFound(_FIELD)
        field = found
    if not field.target:
        raise NotFound(_FIELD)
    return field


def limit_of(text: str) -> int:
    """How many to offer: what was asked for, between 1 and MOST."""
    return max(1, min(int(text), MOST)) if text.isascii() and text.isdigit() and len(text) < 9 else MOST
