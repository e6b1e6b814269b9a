"""From fields as written to field types, and from those to the fields of the specification."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schema.compile_expressions import boolean
from schema.desk import Desk, FieldDraft, label
from schema.document import FieldPart, WordsPart, say
from schema.names import bad_field
from schema.problems import Path, unknown
from schema.source import Mapping as Written
from schema.spec import SYSTEM_FIELDS, Field
from schema.text import Text
from schema.types import FieldType
from schema.types.choices import ChoiceBase
from schema.types.refs import RefBase, RefOptions, RefType
from schema.validate import validated

TYPE = Text("类型", "type")


SYSTEM_LABELS = {
    "created_at": WordsPart(zh="创建时间", en="Created at"),
    "created_by": WordsPart(zh="创建人", en="Created by"),
    "changed_at": WordsPart(zh="修改时间", en="Changed at"),
    "changed_by": WordsPart(zh="修改人", en="Changed by"),
}


@dataclass(frozen=True, slots=True)
class Marks:
    """What a field gets from its place in the entity, not from its own keys."""

    default: Any = None
    readonly: bool = False
    sortable: bool = False
    filterable: bool = False


def draft_fields(desk: Desk, entity: str, parts: Mapping[str, FieldPart]) -> dict[str, FieldDraft]:
    """The fields of one entity with their types; a type that cannot be made is None, and said."""
    drafts = {}
    for name, part in parts.items():
        refused = bad_field(name)
        if refused is not None:
            desk.say(part.path, refused, key=True)
        drafts[name] = FieldDraft(entity, name, part, make_type(desk, part))
    return drafts


def system_fields(entity: str) -> dict[str, FieldDraft]:
    """The fields that every entity has without naming them."""
    return {
        name: FieldDraft(entity, name, FieldPart(type=name, label=SYSTEM_LABELS[name]), _system_type(name))
        for name in SYSTEM_FIELDS
    }


def _system_type(name: str) -> FieldType:
    own = FieldType.registry.get(name)
    if own is not None:
        return own()
    return FieldType.registry["datetime"]() if name.endswith("_at") else RefType(RefOptions(to="user"))


def make_type(desk: Desk, part: FieldPart) -> FieldType | None:
    """The field type with its options, or None with the reason said."""
    kind = FieldType.registry.get(part.type)
    if kind is None:
        desk.say((*part.path, "type"), unknown(TYPE, part.type, FieldType.registry))
        return None
    written = Written(part.model_extra or {})
    written.path = part.path
    keys = [info.alias or name for name, info in kind.Options.model_fields.items()]
    options = validated(kind.Options, written, part.path, desk.say, (*keys, *FieldPart.keys()))
    if options is None or not desk.sound(part.path):
        return None
    made = kind(options)
    if isinstance(made, ChoiceBase):
        if desk.no_choice_list((*part.path, "of"), made.options.of):
            return None
        made.bind(desk.choices[made.options.of])
    if isinstance(made, RefBase) and desk.no_entity((*part.path, "to"), made.to):
        return None
    return made


def make_field(desk: Desk, draft: FieldDraft, marks: Marks) -> Field | None:
    """The field of the specification, or None where it is broken."""
    if draft.type is None:
        return None
    part = draft.part
    required = part.required
    return Field(
        entity=draft.entity,
        name=draft.name,
        type=draft.type,
        label=label(part.label, draft.name),
        help=say(part.help) if part.help is not None else None,
        required=required is True,
        required_if=boolean(desk, (*part.path, "required"), required, draft.entity) if isinstance(required, str) else None,
        shown_if=boolean(desk, (*part.path, "shown"), part.shown, draft.entity) if part.shown else None,
        default=marks.default,
        unique=part.unique,
        readonly=part.readonly or marks.readonly or draft.system,
        aliases=part.aliases,
        was=part.was,
        sortable=marks.sortable,
        filterable=marks.filterable,
        system=draft.system,
        position=None if draft.system else desk.source.place(part.path).key,
    )
