"""A form field as HTML: label, input, unit, help, messages, and what makes it come and go."""

from __future__ import annotations

import json
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup

from admin_views.attachments import FILE_TYPES
from admin_views.conditions import as_json
from admin_views.screen import Screen
from admin_views.upload_box import file_box

WIDE = frozenset({"long_text", "files", "file", "photo", "photos", "signature", "json", "choices"})
GROUPS = frozenset({"choices", "rating"})
_LABEL = Markup('<label for="%s">%s%s</label>')
_GROUP_LABEL = Markup('<span class="label" id="%s-label">%s%s</span>')


def field_block(screen: Screen, field: Any, lookup: str) -> Markup:
    """A bound form field with everything round it; ``lookup`` is the address that finds records for a link."""
    spec = field.field
    kind = field.field_type.name
    notes = [f"{field.id}-{what}" for what, there in (("help", field.description), ("errors", field.errors)) if there]
    given: dict[str, Any] = {"aria-describedby": " ".join(notes)} if notes else {}
    label = _GROUP_LABEL if kind in GROUPS else _LABEL
    return Markup('<div class="field%s%s"%s>%s%s%s%s</div>') % (
        " field-wide" if kind in WIDE else "",
        " has-error" if field.errors else "",
        _conditions(spec),
        label % (field.id, field.label.text, _must(field)),
        control(screen, field, lookup, given),
        Markup('<p class="help" id="%s-help">%s</p>') % (field.id, field.description) if field.description else "",
        Markup('<p class="errors" id="%s-errors">%s</p>') % (field.id, " ".join(field.errors)) if field.errors else "",
    )


def _must(field: Any) -> Markup:
    if field.flags.required or field.field.required:
        return Markup('<span class="must" aria-hidden="true">*</span>')
    if field.field.required_if is not None:
        return Markup('<span class="must" aria-hidden="true" hidden>*</span>')
    return Markup("")


def _conditions(spec: Any) -> Markup:
    said = Markup("")
    for attribute, expression in (("data-shown-if", spec.shown_if), ("data-required-if", spec.required_if)):
        plain = None if expression is None else as_json(expression)
        if plain is not None:
            said += Markup(' %s="%s"') % (attribute, json.dumps(plain, ensure_ascii=False))
    return said


def control(screen: Screen, field: Any, lookup: str, given: dict[str, Any]) -> Markup:
    """The input itself."""
    kind = field.field_type
    if kind.name in ("ref", "refs"):
        return combobox(screen, field, lookup, given)
    if kind.name in FILE_TYPES:
        return file_box(screen, field, given)
    drawn: Markup = field(**given)
    if kind.kind == "boolean":
        return Markup('<span class="check">%s</span>') % drawn
    unit = screen.unit_of(field.field)
    if unit and kind.kind == "number":
        return Markup('<div class="with-unit">%s<span class="unit">%s</span></div>') % (drawn, unit)
    return drawn


def combobox(screen: Screen, field: Any, lookup: str, given: dict[str, Any]) -> Markup:
    """A link to one record or several: hidden ids and a text to search by, which works without script too."""
    many = field.field_type.name == "refs"
    ids = [id for id in (field.data if many else [field.data]) or () if id]
    titles = screen.registry.scope.titles(screen.actor, field.field_type.to, ids) if ids else {}
    text = field.raw_text if field.raw_text is not None else "" if many or not ids else titles.get(ids[0], "")
    extra = Markup("").join(Markup(' %s="%s"') % pair for pair in given.items())
    if field.errors:
        extra += Markup(' aria-invalid="true"')
    if field.flags.required:
        extra += Markup(" data-required aria-required=true")
    return link_box(field.name, field.id, lookup, [(id, titles.get(id, f"#{id}")) for id in ids], many, text, extra)


def link_box(
    name: str, id: str, lookup: str, chosen: list[tuple[Any, str]], many: bool, text: str = "", extra: str = ""
) -> Markup:
    """The combobox element for any named parameter."""
    hidden = Markup("").join(
        Markup('<input type="hidden" name="%s" value="%s" data-title="%s">') % (name, value, title)
        for value, title in chosen or ([] if many else [("", "")])
    )
    return Markup(
        '<div class="combobox" data-lookup="%s" data-name="%s"%s data-none="%s" data-clear="%s" data-failed="%s">'
        '%s<input type="text" class="input" id="%s" name="%s-text" value="%s" placeholder="%s" autocomplete="off"%s>'
        "</div>"
    ) % (
        lookup, name, Markup(" data-multiple") if many else "", _("Nothing found"), _("Clear"),
        _("The search failed; try again"), hidden, id, name, text, _("Type to search"), extra,
    )  # fmt: skip
