"""What the office does by itself, works out and prints, as written: schedules, reports, documents."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field as Key
from pydantic import WithJsonSchema

from schema.document_fields import FieldPart
from schema.written import Names, Part, Words, WordsList

Day = Annotated[int | str, WithJsonSchema({"anyOf": [{"type": "integer"}, {"const": "last"}]})]


class SchedulePart(Part):
    """A job that runs by the clock, with grants of its own."""

    label: Words | None = None
    """What people call the job."""
    run: str = ""
    """The function that does it; default: the name of the schedule."""
    every: Names
    """`hour`, `day`, `month`, `quarter` or `year`, or one or more days of the week: `[monday, thursday]`; or a part of
    an hour, such as `15 min`."""
    day: Day | None = None
    """Of a month, quarter or year: the day counted from its start, or `last`; a day that it lacks is its last one.
    Default 1."""
    at: str = "02:00"
    """Time of day in the office's timezone; of one that runs every hour or more often, the minutes count."""
    as_: Names = Key(alias="as", min_length=1)
    """Roles it acts with."""
    writes: Names = ()
    """Fields (`entity.field`) that it may write although these roles may not by hand."""
    with_: dict[str, Any] = Key(default={}, alias="with")
    """What the function is told, as it wants it."""


class ReportPart(Part):
    """A page of figures; everyone who opens it sees only what they may see."""

    label: Words | None = None
    """What people call it."""
    help: Words | None = None
    """A sentence under the heading."""
    menu: str = ""
    """The menu under which it stands."""
    icon: str = "bar-chart"
    """FontAwesome 4.7 name."""
    by: Names
    """Roles that may open it."""
    run: str = ""
    """The function that works it out; default: the name of the report."""
    ask: dict[str, FieldPart] = Key(default={})
    """What can be chosen above it: fields as in an entity."""
    chart: Literal["bar", "line", "stacked", "pie", "none"] = "none"
    """The drawing above the table."""
    notes: WordsList = ()
    """How its figures are defined, written below them."""
    my_day: Names = ()
    """Roles that find its headline figure on the front page."""


class DocumentPart(Part):
    """A letter or form that is printed for records."""

    label: Words | None = None
    """The button."""
    of: str
    """The entity it is printed for."""
    by: Names
    """Roles that may print it."""
    template: str = ""
    """Its file in `documents/`, without `.typ`; default: the name of the document."""
    run: str = ""
    """The function that gathers what stands in it; default: the name of the document."""
    ask: dict[str, FieldPart] = Key(default={})
    """Values asked for: fields as in an entity."""
    archive: str = ""
    """A files field (`entity.field`, or `field` of the entity) that keeps each PDF."""
