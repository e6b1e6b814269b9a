"""What the history keeps of records that come or go: their values as compact JSON, written column by column."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from json.encoder import encode_basestring
from typing import Any

from models.storage.lots import Column, each, is_plain, one_by_one
from schema.spec import Entity, Field
from schema.types.base import FieldType

AS_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def whole_values(
    spec: Entity, columns: Mapping[str, Column], names: Sequence[str], gone: bool = False,
    ready: frozenset[str] = frozenset(),
) -> list[str]:  # fmt: skip
    """``{"field":[null,value],…}`` of each new record, ``[value,null]`` of each that is ``gone``, with those of
    ``names`` that have a value. The columns called ``ready`` hold JSON texts."""
    template, said = "", []
    for name in names:
        column = columns[name]
        kinds = {*map(type, column)}
        empty = type(None) in kinds
        if kinds <= {type(None)}:
            continue
        spelt = column if name in ready else _spelt(spec.fields[name], column)
        one = f',"{name}":[%s,null]' if gone else f',"{name}":[null,%s]'
        template += "%s" if empty else one
        said.append([one % text if text is not None else "" for text in spelt] if empty else spelt)
    if not said:
        return ["{}"] * len(columns["id"])
    return ["{" + (template % values)[1:] + "}" for values in zip(*said, strict=True)]


def _spelt(field: Field, column: Column) -> Sequence[str | None]:
    """The values as JSON, None where there is none."""
    kinds = {*map(type, column)} - {type(None)} if type(field.type).to_json is FieldType.to_json else set()
    if kinds == {str}:
        return one_by_one(column, encode_basestring)
    if kinds == {int}:
        return one_by_one(column, str)
    spell = _spelling(field.type)
    return each(column, spell) if is_plain(column) else one_by_one(column, spell)


def _spelling(type: FieldType) -> Callable[[Any], str]:
    return lambda value: AS_JSON(type.to_json(value))
