"""The names a finished schema gives to expressions written later: a filter typed by a person, a bench, a test."""

from __future__ import annotations

from schema.expressions import Expression, FieldNaming, Naming, parse
from schema.spec import Schema
from schema.types.base import FieldType


def naming_of(schema: Schema, entity: str | None = None) -> Naming:
    """The Naming of ``schema`` for expressions about ``entity``."""
    fields = {
        name: {field.name: type_naming(field.type) for field in spec.fields.values()}
        for name, spec in schema.entities.items()
    }
    return Naming(fields, entity, None, frozenset(schema.roles))


def parse_for(schema: Schema, entity: str, source: str) -> Expression:
    """The condition ``source`` on records of ``entity``. Raises ExpressionError."""
    return parse(source, naming_of(schema, entity), expect="boolean")


def type_naming(kind: FieldType) -> FieldNaming:
    """A field of this type as an expression sees it; a formula is what it gives."""
    computed = getattr(kind, "gives", None) or kind
    to = "user" if kind.name in ("created_by", "changed_by") else getattr(kind, "to", None)
    return FieldNaming(
        kind=computed.kind,
        places=computed.places,
        to=to,
        options=tuple(getattr(kind, "choices", None) or ()),
        multiple=kind.multiple,
    )
