"""The computed fields of a schema: those that are kept in a column and those worked out when read."""

from __future__ import annotations

from collections.abc import Iterator

from schema.expressions import Expression
from schema.spec import Field, Schema

COMPUTED = ("formula", "count", "sum")


def stored_formulas(schema: Schema) -> Iterator[Field]:
    """Every field that the store works out and keeps."""
    for entity in schema.entities.values():
        for field in entity.fields.values():
            if field.type.name in COMPUTED and field.type.stored:
                yield field


def plain_formulas(schema: Schema) -> dict[tuple[str, str], Expression]:
    """The expressions of computed fields that have no column: they are worked out when read."""
    return {
        (entity.name, field.name): expression_of(field)
        for entity in schema.entities.values()
        for field in entity.fields.values()
        if field.type.name in COMPUTED and not field.type.stored
    }


def expression_of(field: Field) -> Expression:
    return field.type.expression  # type: ignore[attr-defined,no-any-return]
