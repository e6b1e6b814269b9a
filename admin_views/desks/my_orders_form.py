"""What a phone sends about an order: the forms of its steps, a line of materials, and what was sent before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from admin_views.form_page import version_of as version_in
from admin_views.ids import id_of
from admin_views.upload_box import take_uploads
from models.actor import Actor
from models.errors import Invalid
from office.dispatch.lines import put_line
from schema.text import BadValue

if TYPE_CHECKING:
    from admin_views.forms import Forms, RecordForm
    from admin_views.screen import Screen
    from models.record import Record
    from models.registry import Registry
    from schema.spec import Step

STEP_FIELDS: Mapping[str, tuple[str, ...]] = {
    "accept": (), "arrive": (), "wait": ("waiting_for", "for_resident", "appointment_at"),
    "give_back": ("given_back_why",),
}  # fmt: skip
FINISH = ("result", "hours", "after", "is_charged", "free_because", "signed_name", "signature")
BEFORE = ("before",)
MUST = {"waiting_for", "given_back_why", "result"}
BY_HAND = ("kind", "name", "quantity", "unit_name", "price")


class Bad(Exception):
    """A form with something wrong in it, which is said at its fields."""


def posted_form(
    screen: Screen, forms: Forms, names: tuple[str, ...], record: Record, posted: Any, uploads: Any
) -> RecordForm:
    """The form over ``names`` as it was sent, its uploads taken in."""
    fields = [replace(screen.entity.fields[name], required=name in MUST) for name in names]
    held = {name: record.get(name) for name in names}
    form = forms.over(fields, screen)(screen.context, posted, held)
    take_uploads(screen, form, names, uploads, held)
    return form


def version_of(posted: Any) -> int | None:
    """The version of the order that the page showed."""
    return version_in(posted.get("version", ""))


def is_done_already(order: Record, actor: Actor, step: Step) -> bool:
    """Whether this person has taken the step before: a button pressed twice, or a form sent again."""
    if order["state"] != step.to:
        return False
    return bool((order["given_back_by"] if step.to == "new" else order["worker"]) == actor.id)


def add_line(registry: Registry, actor: Actor, order: int, posted: Any) -> None:
    """Add a line of materials or labour, once for each form the page gave out.

    Raises Invalid for values that cannot be read, and what the store refuses.
    """
    entity, context = registry.schema.entities["work_line"], registry.scope.context(actor)
    values: dict[str, Any] = {"order": order}
    if (item := id_of(posted.get("item"))) is not None:
        values["item"] = item
    for name in BY_HAND:
        text = posted.get(name, "").strip()
        if not text:
            continue
        try:
            values[name] = entity.fields[name].type.parse(text, context)
        except BadValue as wrong:
            raise Invalid({name: [wrong.text]}, {name: entity.fields[name].label}) from wrong
    put_line(registry, actor, values, posted.get("token", "")[:40] or None)
