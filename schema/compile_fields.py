"""From fields as written to field types, and from those to the fields of the specification."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schema.compile_expressions import boolean
from schema.desk import Desk, FieldDraft, label
from schema.document_fields import FieldPart
from schema.expressions import Expression
from schema.names import bad_field
from schema.problems import Path, unknown
from schema.source import Mapping as Written
from schema.spec import SYSTEM_FIELDS, Field
from schema.text import Text
from schema.types import FieldType
from schema.types.choices import ChoiceBase
from schema.types.computed import FormulaType
from schema.types.lights import ClockMoment
from schema.types.refs import RefBase
from schema.validate import validated
from schema.written import say

TYPE = Text("类型", "type")


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
    return {name: FieldDraft(entity, name, FieldPart(type=name), FieldType.registry[name]()) for name in SYSTEM_FIELDS}


def make_type(desk: Desk, part: FieldPart) -> FieldType | None:
    """The field type with its options, or None with the reason said."""
    kind = written_types().get(part.type)
    if kind is None:
        desk.say((*part.path, "type"), unknown(TYPE, part.type, written_types()))
        return None
    written = Written(part.model_extra or {})
    written.path = part.path
    keys = [info.alias or name for name, info in kind.Options.model_fields.items()]
    options = validated(kind.Options, written, part.path, desk.say, (*keys, *FieldPart.key_names()))
    if options is None or not desk.sound(part.path):
        return None
    made = kind(options)
    return made if _bound(desk, part.path, made) else None


def written_types() -> dict[str, type[FieldType]]:
    """The types a schema may name: all but those of the fields every record has."""
    return {name: kind for name, kind in FieldType.registry.items() if name not in SYSTEM_FIELDS}


def _bound(desk: Desk, path: Path, made: FieldType) -> bool:
    """Whether the choice list and the entity that the type names are there; the list is given to it."""
    of, to = str(getattr(made.options, "of", "")), str(getattr(made.options, "to", ""))
    if (to or isinstance(made, RefBase)) and (desk.no_entity((*path, "to"), to) or to not in desk.entities):
        return False
    if isinstance(made, ChoiceBase) or (of and isinstance(made, FormulaType)):
        if desk.no_choice_list((*path, "of"), of) or of not in desk.choices:
            return False
        made.bind(desk.choices[of])
    return True


def make_field(desk: Desk, draft: FieldDraft, marks: Marks) -> Field | None:
    """The field of the specification, or None where it is broken."""
    if draft.type is None:
        return None
    part = draft.part
    required = part.required

    def condition(key: str, written: bool | str | None) -> Expression | None:
        return boolean(desk, (*part.path, key), written, draft.entity) if isinstance(written, str) else None

    return Field(
        entity=draft.entity,
        name=draft.name,
        type=draft.type,
        label=draft.type.label if draft.system else label(part.label, draft.name),
        help=say(part.help) if part.help is not None else None,
        required=required is True,
        required_if=condition("required", required),
        shown_if=condition("shown", part.shown),
        default=marks.default,
        unique=part.unique,
        readonly=part.readonly or part.internal or marks.readonly or draft.system,
        internal=part.internal,
        sparse=part.sparse or (isinstance(draft.type, ClockMoment) and draft.type.sought),
        aliases=part.aliases,
        was=part.was,
        sortable=marks.sortable,
        filterable=marks.filterable,
        system=draft.system,
        position=None if draft.system else desk.source.place(part.path).key,
    )
