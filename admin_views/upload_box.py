"""Files in a form: those the record holds, those just uploaded, and which of their keys count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup
from wtforms.widgets import html_params

from admin_views.attachments import FILE_TYPES
from admin_views.forms import RecordForm
from admin_views.screen import Screen
from models.errors import Invalid

_SIGNATURE = Markup(
    '<div class="signature" data-signature><div class="signature-pad" data-pad hidden>'
    '<canvas role="img" aria-label="%s"></canvas><span class="signature-hint" data-hint>%s</span>'
    '<button type="button" class="btn btn-small" data-wipe>%s</button></div>'
    '<label class="help" for="%s">%s</label>%s</div>'
)
_KEPT = Markup('<label class="check"><input type="checkbox" name="%s" value="%s" checked>%s</label>')


def take_uploads(screen: Screen, form: RecordForm, names: Iterable[str], uploads: Any, held: Mapping[str, Any]) -> None:
    """Put the keys that count into the form's file fields; what is wrong with an upload is said at its field.

    A key counts if the record holds it (``held``) or the actor uploaded it, so that nobody gets at another's file by
    naming its key, and an upload outlives a form that is refused.
    """
    for name in names:
        if form[name].field_type.name not in FILE_TYPES:
            continue
        bound = form[name]
        kept = _counting(screen, bound.data or (), held.get(name) or ())
        fresh = _stored(screen, bound, uploads.getlist(f"{name}-upload"))
        if fresh and not bound.widget.many:
            kept = []
        bound.data = (*kept, *fresh) or None


def _stored(screen: Screen, bound: Any, uploads: Iterable[Any]) -> list[str]:
    keys = []
    for upload in uploads:
        if not upload.filename:
            continue
        try:
            keys.append(
                screen.registry.files.put(screen.actor, screen.entity.name, None, upload.filename, upload.stream)
            )
        except Invalid as wrong:
            bound.process_errors = [*bound.process_errors, screen.say(wrong.text)]
    return keys


def _counting(screen: Screen, keys: Iterable[str], held: Iterable[str]) -> list[str]:
    mine = set(held)
    wanted = list(keys)
    strange = [key for key in wanted if key not in mine]
    for file in screen.registry.files.named(screen.entity.name, strange):
        if file.record_id is None and file.author_id is not None and file.author_id == screen.actor.id:
            mine.add(file.key)
    return [key for key in wanted if key in mine]


def file_box(screen: Screen, field: Any, given: Mapping[str, Any]) -> Markup:
    """The files of a field as ticked boxes with their names, and an input for more."""
    widget = field.widget
    files = screen.registry.files.named(screen.entity.name, field.data or ())
    parts = [Markup('<input type="hidden" name="%s" value="">') % field.name]
    parts += [_KEPT % (field.name, file.key, file.name) for file in files]
    params: dict[str, Any] = {"type": "file", "id": field.id, "name": f"{field.name}-upload", "multiple": widget.many}
    params |= {"accept": widget.accept or False, "capture": "environment" if widget.capture else False, **given}
    if field.field_type.name == "photos":
        params["data-shrunk"] = _("Made smaller to send: {n}; {after} MB instead of {before} MB")
    if field.data:
        parts.append(Markup('<span class="help">%s</span>') % _("Untick a file to remove it."))
    upload = Markup("<input %s>") % Markup(html_params(**params))  # noqa: S704 - html_params escapes
    parts.append(_pad(field, upload) if field.field_type.name == "signature" else upload)
    return Markup('<div class="files">%s</div>') % Markup("").join(parts)


def _pad(field: Any, upload: Markup) -> Markup:
    """The place to sign; without script, or a hand for it, a picture of the signature is chosen instead."""
    words = _("Sign here with a finger, a pen or the mouse")
    label = field.label.text
    return _SIGNATURE % (label, words, _("Clear"), field.id, _("or choose a picture of the signature"), upload)
