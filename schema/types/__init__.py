"""Every field type that ships; importing this package registers them."""

from schema.text import BadValue
from schema.types import choices, codes, computed, days, files, numbers, refs, system, words
from schema.types.base import Context, FieldType, Kind, Operator, Options

__all__ = [
    "BadValue",
    "Context",
    "FieldType",
    "Kind",
    "Operator",
    "Options",
    "choices",
    "codes",
    "computed",
    "days",
    "files",
    "numbers",
    "refs",
    "system",
    "words",
]
