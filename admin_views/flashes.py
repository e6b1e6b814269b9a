"""What a page says after a write, with the way back in it."""

from __future__ import annotations

from flask import flash
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from admin_views.screen import Screen
from models.record import Record

_FORM = Markup(
    '<span>%s</span> <form method="post" action="%s" class="inline-form">'
    '<input type="hidden" name="csrf_token" value="%s">%s<button class="link-button">%s</button></form>'
)
_HIDDEN = Markup('<input type="hidden" name="%s" value="%s">')


def with_undo(words: str, url: str, fields: dict[str, object]) -> Markup:
    """A sentence followed by a button that takes the thing back."""
    hidden = Markup("").join(_HIDDEN % pair for pair in fields.items())
    return _FORM % (words, url, generate_csrf(), hidden, _("Undo"))


def created(screen: Screen, id: int) -> None:
    """Say that a record was made, and lead to it."""
    title = screen.registry.scope.titles(screen.actor, screen.entity.name, [id]).get(id, "")
    link = Markup('<a href="%s">%s</a>') % (screen.url("details", id=id), title or f"#{id}")
    flash(Markup("%s %s") % (_("Saved:"), link), "success")


def updated(screen: Screen, id: int, *, changed: bool) -> None:
    """Say that a record was saved; a change can be taken back at once."""
    if not changed:
        flash(_("Nothing was changed."), "info")
        return
    newest = screen.registry.history.of(screen.actor, screen.entity.name, id, limit=1)
    if newest and newest[0].verb == "update":
        flash(with_undo(_("Saved."), screen.url("undo"), {"id": id, "change": newest[0].id}), "success")
    else:
        flash(_("Saved."), "success")


def deleted(screen: Screen, record: Record, entry: int) -> None:
    """Say that a record was deleted; whoever may restore can take it back at once."""
    words = _("“%(title)s” was deleted.", title=screen.title_of(record))
    if screen.may("restore"):
        flash(with_undo(words, screen.url("trash"), {"entry": entry}), "success")
    else:
        flash(words, "success")
