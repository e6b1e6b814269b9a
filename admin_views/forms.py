"""WTForms classes made from the schema: only the fields an actor may write, in the actor's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import wtforms

from admin_views.screen import Screen
from models.record import Record
from models.writes.values import default_of
from schema.spec import Field, FormSection
from schema.text import Text
from schema.types.base import Context


class RecordForm(wtforms.Form):
    """A form over some fields of an entity; it reads and shows values for the actor of ``context``."""

    def __init__(self, context: Context, posted: Any = None, values: Mapping[str, Any] | None = None) -> None:
        self.context = context
        super().__init__(formdata=posted, data=dict(values or {}))

    def process(self, formdata: Any = None, obj: Any = None, data: Any = None, **kwargs: Any) -> None:
        for bound in self:
            bound.context = self.context
            bound.id = f"f-{bound.name}"
            if bound.field.shown_if is not None:
                bound.flags.required = False
        super().process(formdata, obj, data, **kwargs)

    def refuse(self, problems: Mapping[str, Sequence[Text]]) -> list[str]:
        """Put the store's sentences at their fields; returns those that belong to no field of this form."""
        loose: list[str] = []
        for name, texts in problems.items():
            said = [text.to(self.context.locale) for text in texts]
            if name in self:
                self[name].errors = [*self[name].errors, *said]
            else:
                loose += said
        return loose


class Forms:
    """Makes form classes and keeps them by the fields in them and the language."""

    def __init__(self) -> None:
        self._made: dict[tuple[object, ...], type[RecordForm]] = {}

    def of(self, screen: Screen, names: Iterable[str]) -> type[RecordForm]:
        """The form over these fields of the entity."""
        fields = [screen.entity.fields[name] for name in names]
        return self.over(fields, screen)

    def over(self, fields: Sequence[Field], screen: Screen) -> type[RecordForm]:
        """The form over these fields, which need not be an entity's own (what a step or an action asks)."""
        # A field may be a copy made for this request, its type never: that lives as long as the schema.
        key = (screen.locale, *((field.name, field.required, id(field.type)) for field in fields))
        made = self._made.get(key)
        if made is None:
            plain = Context(locale=screen.locale, timezone=screen.context.timezone)
            made = self._made[key] = type(
                "Form", (RecordForm,), {field.name: field.type.form_field(field, plain) for field in fields}
            )
        return made


def sections(screen: Screen, names: Iterable[str]) -> list[tuple[str, list[str]]]:
    """The form's sections as (label, field names), with those of ``names`` alone; empty ones are left out.

    Fields that stand in no section of the schema come last, so that nothing writable is out of reach.
    """
    wanted = dict.fromkeys(names)
    laid: list[FormSection] = list(screen.entity.show.form)
    found = [(screen.say(part.label), [n for n in part.fields if n in wanted]) for part in laid]
    placed = {name for _, names in found for name in names}
    if not laid:
        found.append(("", [name for name in wanted if name not in placed]))
    return [(label, names) for label, names in found if names]


def form_names(screen: Screen, *, new: bool = False) -> tuple[str, ...]:
    """The fields that the schema puts in the form and the actor may write, in its order; ``new`` for a new record."""
    open_fields = screen.fillable if new else screen.writable
    laid = [name for part in screen.entity.show.form for name in part.fields]
    order = laid or list(screen.entity.fields)
    return tuple(name for name in order if name in open_fields)


def defaults(screen: Screen, names: Iterable[str]) -> dict[str, Any]:
    """What a new record starts with, field by field."""
    environment = screen.registry.store.environments.of(screen.actor)
    fields = (screen.entity.fields[name] for name in names)
    return {field.name: default_of(field, environment) for field in fields if field.default is not None}


def values_of(record: Record, names: Iterable[str]) -> dict[str, Any]:
    """A record's values of these fields."""
    return {name: record.get(name) for name in names}
