"""The fields every record has without being asked: who made and who changed it, and when."""

from __future__ import annotations

from wtforms.fields.core import UnboundField

from schema.spec import Field
from schema.text import Text
from schema.types.base import Context, Options, SomeOptions
from schema.types.days import DateTimeType
from schema.types.form_fields import ReadOnlyWidget, typed
from schema.types.refs import RefOptions, RefType

USER = "user"
"""The built-in entity of accounts."""


class MomentKept(DateTimeType):
    """A moment only the store writes."""

    computed = True
    system = True

    def form_field(self, field: Field, context: Context) -> UnboundField:
        return typed(field, context, ReadOnlyWidget())


class PersonKept(RefType):
    """An account only the store writes; null stands for the system itself."""

    Options = Options  # type: ignore[assignment]
    computed = True
    system = True

    def __init__(self, options: SomeOptions | None = None) -> None:
        super().__init__(RefOptions(to=USER))

    def form_field(self, field: Field, context: Context) -> UnboundField:
        return typed(field, context, ReadOnlyWidget())


class CreatedAtType(MomentKept):
    name = "created_at"
    label = Text("创建时间", "Created at")
    doc = "When the record was made."


class ChangedAtType(MomentKept):
    name = "changed_at"
    label = Text("修改时间", "Changed at")
    doc = "When the record was last changed."


class CreatedByType(PersonKept):
    name = "created_by"
    label = Text("创建人", "Created by")
    doc = "Who made the record."


class ChangedByType(PersonKept):
    name = "changed_by"
    label = Text("修改人", "Changed by")
    doc = "Who last changed the record."
