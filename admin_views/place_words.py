"""What the page of a place is called, and who finds the way to it."""

from __future__ import annotations

from flask_babel import gettext as _

from admin_views.screen import Screen
from models.reads.happenings import Happenings
from models.record import Record


def place_words(screen: Screen) -> str:
    """What the page is called: the history of a unit, of a building."""
    return _("%(thing)s history", thing=screen.say(screen.entity.label))


def place_link(screen: Screen, record: Record) -> tuple[str, str] | None:
    """The name and address of the record's history; None where it is no place, or nothing may be told of it."""
    if screen.entity.place is None or not Happenings(screen.registry.scope).lines(screen.actor, record.entity):
        return None
    return place_words(screen), screen.url("happened", id=record.id)
