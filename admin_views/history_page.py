"""What happened to a record, in words: who, when, through what, from what to what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from admin_views.attachments import FILE_TYPES
from admin_views.ids import id_of
from admin_views.screen import LINKS, Screen
from models.escalation import step_words
from models.record import Masked, Record
from models.writes.history import Change
from schema.spec import Field

PAGE = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One changed field: its label and both values in words ('' for blank)."""

    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A change in words; ``can_undo`` where this actor may take it back."""

    id: int
    at: datetime
    actor: str
    verb: str
    through: str
    lines: list[Line]
    comment: str
    can_undo: bool
    is_new: bool = False
    """The record was made by it, so that every field is in it."""


def history_page(screen: Screen, record: Record, args: Any) -> dict[str, Any]:
    """What the history template shows: PAGE entries, newest first, from ``?before=`` on."""
    before = id_of(args.get("before"))
    found = screen.registry.history.of(screen.actor, record.entity, record.id, limit=PAGE + 1, before=before)
    return {
        "screen": screen,
        "entity": screen.entity,
        "record": record,
        "title": screen.title_of(record),
        "entries": [entry(screen, change) for change in found[:PAGE]],
        "older": screen.url("history", id=record.id, before=found[PAGE - 1].id) if len(found) > PAGE else "",
        "newest": screen.url("history", id=record.id) if before else "",
    }


def entry(screen: Screen, change: Change) -> Entry:
    """One change, said for this reader."""
    lines = [
        line(screen, screen.entity.fields[name], *pair)
        for name, pair in change.changes.items()
        if name in screen.entity.fields
    ]
    can_undo = change.verb == "update" and screen.may("update") and bool(lines)
    who = _who(screen, change)
    verb, through = verb_words(screen, change.verb), source_words(change)
    is_new = change.verb in ("create", "restore")
    return Entry(change.id, change.at, who, verb, through, lines, change.comment or "", can_undo, is_new)


def _who(screen: Screen, change: Change) -> str:
    """Who did it: a person, the system, or a job by its present name."""
    if change.source == "job" and change.actor_id is None:
        schedule = screen.registry.schema.schedules.get(change.detail)
        return screen.say(schedule.label) if schedule else change.actor_name
    return _("System") if change.actor_id is None else change.actor_name


def line(screen: Screen, field: Field, old: Any, new: Any) -> Line:
    return Line(screen.say(field.label), value_words(screen, field, old), value_words(screen, field, new))


def value_words(screen: Screen, field: Field, value: Any) -> str:
    """A value out of the history; a link by its present title, where the reader may see it."""
    if value in (None, (), ""):
        return ""
    if isinstance(value, Masked):
        return value.text
    if field.type.name in FILE_TYPES:
        return _("%(count)s files", count=len(value) if isinstance(value, tuple | list) else 1)
    shown = field.type.display(value, screen.context)
    return shown or (_("a record you may not see") if field.type.name in LINKS else "")


def verb_words(screen: Screen, verb: str) -> str:
    """What was done, in words."""
    known = {
        "create": _("Created"), "update": _("Changed"), "delete": _("Deleted"), "restore": _("Restored"),
        "reveal": _("Revealed"), "undo": _("Undone"),
    }  # fmt: skip
    kind, _colon, name = verb.partition(":")
    if kind == "step" and screen.entity.workflow and name in screen.entity.workflow.steps:
        return screen.say(screen.entity.workflow.steps[name].label)
    if kind == "raise" and (said := step_words(screen.registry.schema, screen.entity, *name.rpartition(":")[::2])):
        return _("Raised: %(what)s", what=screen.say(said))
    if kind == "print" and name in screen.registry.schema.documents:
        return _("Printed: %(what)s", what=screen.say(screen.registry.schema.documents[name].label))
    if name in screen.entity.actions:
        return screen.say(screen.entity.actions[name].label)
    return known.get(kind, verb)


def source_words(change: Change) -> str:
    """Through what it came, in words."""
    known = {
        "form": _("by form"), "inline": _("in the list"), "bulk": _("in bulk"), "import": _("by import"),
        "action": _("by an action"), "step": _("by a step"), "job": _("by a job"), "cli": _("by command"),
        "undo": _("by undoing"), "demo": _("demo data"), "print": _("by printing"),
    }  # fmt: skip
    words = known.get(change.source, change.source)
    return f"{words} {change.detail}".strip() if change.source in ("import", "job") else words
