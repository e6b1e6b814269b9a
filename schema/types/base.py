"""What a field type is: one class gives column, form field, parsing, format, mask, filters and example."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Literal
from zoneinfo import ZoneInfo

import peewee
from pydantic import BaseModel, ConfigDict
from wtforms.fields.core import UnboundField

from schema.text import Locale, Text

if TYPE_CHECKING:
    from schema.spec import Field

Kind = Literal["boolean", "number", "text", "date", "datetime", "time", "ref", "list", "json"]
"""What an expression sees in a field of this type."""

Operator = Literal["equals", "not_equals", "contains", "starts", "in", "not_in", "from", "to", "empty", "filled", "has"]


Search = Literal["", "words", "digits", "code"]
"""How a type's text goes into the search index: '' not at all."""


class Options(BaseModel):
    """Keys a type takes in the YAML beside those all fields take."""

    model_config = ConfigDict(extra="forbid", frozen=True)


SomeOptions = Options
"""The same under a name that a type's own ``Options`` does not hide."""

SHANGHAI = ZoneInfo("Asia/Shanghai")


def no_title(entity: str, id: int) -> str | None:
    """The titles of a place without records: there are none."""
    return None


def no_lookup(entity: str, text: str) -> int:
    """The lookup of a place without records: it finds nothing, and says so."""
    raise LookupError(text)


@dataclass(frozen=True, slots=True)
class Context:
    """What parsing and formatting may need to know of the reader, the day and the records."""

    locale: Locale = "zh"
    timezone: ZoneInfo = SHANGHAI
    today: date = date(2000, 1, 1)
    find: Callable[[str, str], int] = no_lookup
    """(entity, text as people write it) → record id; raises BadValue naming what was not found."""
    title: Callable[[str, int], str | None] = no_title
    """(entity, id) → title, or None where the reader may not see it."""


class FieldType(ABC):
    """Base of all field types; a subclass sets ``name`` and registers itself by being defined.

    ``None`` is the one empty value. ``parse`` and ``check`` raise BadValue with a sentence.
    """

    name: ClassVar[str] = ""
    label: ClassVar[Text] = Text("", "")
    doc: ClassVar[str] = ""
    """One or two sentences for docs/schema.md."""
    Options: ClassVar[type[Options]] = Options
    kind: Kind = "text"
    filters: tuple[Operator, ...] = ("equals", "empty", "filled")
    sortable: bool = True
    search: ClassVar[Search] = ""
    masks: ClassVar[bool] = False
    """Has a partial mask of its own; other types mask to dots."""
    places: int = 0
    """Decimal places of a number (stored as an integer scaled by 10 ** places)."""
    align_end: bool = False
    stored: bool = True
    """Has a column of its own in the table."""
    computed: ClassVar[bool] = False
    """People never write it: formula, count, sum, number, created_at …"""
    system: ClassVar[bool] = False
    """Every record has it without the YAML naming it."""
    multiple: bool = False

    registry: ClassVar[dict[str, type[FieldType]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__dict__.get("name"):
            FieldType.registry[cls.name] = cls

    def __init__(self, options: SomeOptions | None = None) -> None:
        self.options = options if options is not None else self.Options()

    @abstractmethod
    def column(self, *, null: bool) -> peewee.Field | None:
        """The peewee column that keeps it, or None where nothing is stored."""

    @abstractmethod
    def parse(self, text: str, context: Context) -> Any:
        """The value a person means by ``text`` (typed, or from a file); blank gives None."""

    def check(self, value: Any, context: Context) -> Any:
        """``value`` in its one normal form; raises BadValue if it cannot be that."""
        return value

    def display(self, value: Any, context: Context) -> str:
        """The value as a page, a print and a title show it; None gives ''."""
        return "" if value is None else str(value)

    def edit_text(self, value: Any, context: Context) -> str:
        """The value as an input holds it; ``parse`` reads it back."""
        return self.display(value, context)

    def cell(self, value: Any, context: Context) -> str | int | float | bool | date | datetime | None:
        """The value as a spreadsheet cell; ``parse`` of its text gives the value back."""
        return self.edit_text(value, context)

    def to_json(self, value: Any) -> Any:
        """The value as JSON keeps it (history, trash, JSONL)."""
        return value

    def from_json(self, value: Any) -> Any:
        """The inverse of ``to_json``."""
        return value

    def mask(self, value: Any, context: Context) -> str:
        """What a role that may not know the value sees in its place."""
        return "" if value is None else "•••"

    def example(self, locale: Locale) -> str:
        """A value for the example line of a bulk file."""
        return ""

    @abstractmethod
    def form_field(self, field: Field, context: Context) -> UnboundField:
        """The WTForms field people fill in."""
