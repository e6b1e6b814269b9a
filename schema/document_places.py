"""Places and what happens at them, as written."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator
from pydantic import Field as Key

from schema.written import Names, Part, Words, one_or_many


class PlacePart(Part):
    """Its records are places: each has a page of all that happened there."""

    within: str = ""
    """The ref field to the place in which it lies; what happens here happened there, too."""


class HappeningPart(Part):
    """Something that happens at a place; one line, of each record whose moment is filled and past."""

    at: str
    """When: a date or datetime field, its own or over links (`patrol.done_at`)."""
    in_: Names = Key(alias="in")
    """Where: ref fields to places, its own or over links (`permit.unit`); what those lie `within` need not be said."""
    by: str = "created_by"
    """Who did it: a ref field to an account."""
    words: str = ""
    """What is said of it: a template such as `{resident} {role}`; a yes/no field says its label where it holds, and
    what the reader may not see is left out. Default: the title of the record."""
    label: Words | None = None
    """What it is called; default: the entity's label."""


def _place(value: Any) -> Any:
    return {} if value is True else value


Place = Annotated[PlacePart, BeforeValidator(_place, json_schema_input_type=Literal[True] | PlacePart)]
Happenings = Annotated[
    tuple[HappeningPart, ...],
    BeforeValidator(one_or_many, json_schema_input_type=HappeningPart | list[HappeningPart]),
]
"""One line or a list of them."""
