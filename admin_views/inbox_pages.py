"""`/inbox/`: what the program told the person who is signed in, unread first; and the number on the bell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin_views.ids import id_of
from admin_views.security import wants_json
from admin_views.shell import bell_words, current_actor
from models.people.inbox import Message
from schema.spec import Entity

if TYPE_CHECKING:
    from models.registry import Registry

WAITING = 100
"""Unread messages on the page, the newest."""
SHOWN = 30
"""Read ones on a page."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A message on the page. ``entity`` is the kind of record it is about, None for none; ``is_there`` says whether the
    person may see that record now."""

    id: int
    text: str
    at: str
    moment: str
    entity: Entity | None
    is_about: bool
    is_there: bool


def inbox_pages(registry: Registry) -> Blueprint:
    """`/inbox/`, a message by its number, and what marks them as read."""
    pages = Blueprint("inbox-pages", __name__, url_prefix="/inbox")
    views = InboxViews(registry)
    pages.add_url_rule("/", "all", views.all)
    pages.add_url_rule("/count", "count", views.count)
    pages.add_url_rule("/<int:id>/", "open", views.open)
    pages.add_url_rule("/<int:id>/read/", "read", views.read, methods=("POST",))
    pages.add_url_rule("/read/", "read_all", views.read_all, methods=("POST",))
    return pages


class InboxViews:
    """The pages of one office. Whatever number an address holds, one meets one's own messages only."""

    def __init__(self, registry: Registry) -> None:
        self.registry, self.inbox = registry, registry.inbox

    def all(self) -> ResponseReturnValue:
        """The person's messages; ``before`` goes on to older ones among those that were read."""
        actor = current_actor()
        before = id_of(request.args.get("before"))
        waiting = [] if before else self.inbox.waiting(actor, WAITING)
        done = self.inbox.done(actor, SHOWN + 1, before)
        older = done[SHOWN - 1].id if len(done) > SHOWN else None
        done = done[:SHOWN]
        standing = self.inbox.standing(actor, [*waiting, *done])
        return render_template(
            "inbox/all.html", waiting=[self._shown(one, standing) for one in waiting],
            done=[self._shown(one, standing) for one in done], older=older, is_older=before is not None,
            newest=waiting[0].id if waiting else 0,
        )  # fmt: skip

    def count(self) -> ResponseReturnValue:
        """How many are unread, and how the bell says it, for the script that keeps the bell true."""
        number = self.inbox.unread(current_actor())
        return {"unread": number, **bell_words(number)}

    def open(self, id: int) -> ResponseReturnValue:
        """Go to the record that a message is about; it is read with that."""
        actor = current_actor()
        message = self.inbox.read(actor, id)
        if message.about and self.inbox.standing(actor, [message])[message.about]:
            entity, record = message.about
            return redirect(f"{request.script_root}/{entity}/details/?id={record}")
        if message.about:
            flash(_("The record was deleted, or you may no longer see it."), "warning")
        return self._back()

    def read(self, id: int) -> ResponseReturnValue:
        """Mark one message as read."""
        self.inbox.read(current_actor(), id)
        return self.count() if wants_json() else self._back()

    def read_all(self) -> ResponseReturnValue:
        """Mark everything as read that was on the page; what has come since then stays."""
        self.inbox.read_all(current_actor(), id_of(request.form.get("to")) or 0)
        return self._back()

    def _back(self) -> ResponseReturnValue:
        return redirect(f"{request.script_root}/inbox/")

    def _shown(self, message: Message, standing: Any) -> Shown:
        entities = self.registry.schema.entities
        entity = entities.get(message.about[0]) if message.about else None
        at = message.at.astimezone(self.registry.clock.zone)
        return Shown(
            message.id, message.text.to(current_actor().locale), self._when(at), f"{at:%Y-%m-%d %H:%M}",
            entity, message.about is not None, bool(message.about and standing[message.about]),
        )  # fmt: skip

    def _when(self, at: datetime) -> str:
        """The moment, the sooner the shorter: today and yesterday are said so."""
        days = (self.registry.clock.today() - at.date()).days
        clock = f"{at:%H:%M}"
        if days == 0:
            return _("today %(clock)s", clock=clock)
        return _("yesterday %(clock)s", clock=clock) if days == 1 else f"{at:%Y-%m-%d} {clock}"
