"""Every field type that ships; importing this package registers them."""

from schema.text import BadValue
from schema.types import choices, days, numbers, refs, words
from schema.types.base import Context, FieldType, Kind, Operator, Options

__all__ = [
    "BadValue",
    "Context",
    "FieldType",
    "Kind",
    "Operator",
    "Options",
    "choices",
    "days",
    "numbers",
    "refs",
    "words",
]
