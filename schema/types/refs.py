"""Links to other records: ref to one, refs to many."""

from __future__ import annotations

import re
from typing import Any

import peewee
from wtforms.fields.core import UnboundField

from schema.spec import Field
from schema.text import Text
from schema.types.base import Context, FieldType, Operator, Options, SomeOptions
from schema.types.cleaning import quoted, refuse
from schema.types.columns import column
from schema.types.form_fields import ComboboxWidget, ManyComboboxWidget, typed


class RefOptions(Options):
    to: str


class RefBase(FieldType):
    """What ref and refs share: ``to`` is the entity pointed at, a value is a record id."""

    Options = RefOptions
    options: RefOptions

    def __init__(self, options: SomeOptions | None = None) -> None:
        super().__init__(options)
        self.to = self.options.to

    def id_of(self, value: Any) -> int:
        """``value`` as a record id (whether the record exists is the store's business); raises BadValue."""
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63:
            return value
        if isinstance(value, str) and re.fullmatch(r"[1-9][0-9]{0,17}", value.strip()):
            return int(value)
        raise refuse("“{text}”不是一条记录", "“{text}” is not a record", text=quoted(value))


class RefType(RefBase):
    name = "ref"
    label = Text("关联", "Link")
    doc = (
        "One record of the entity `to`. Read from its title, one of its spellings or its key. "
        "A record that others point at cannot be deleted."
    )
    kind = "ref"
    filters: tuple[Operator, ...] = ("equals", "in", "empty", "filled")

    def column(self, *, null: bool) -> peewee.Field | None:
        """A bare BIGINT; ``foreign_key`` is the column once the model pointed at exists."""
        return column(peewee.BigIntegerField, null)

    def foreign_key(self, target: type[peewee.Model], field: str, *, null: bool) -> peewee.ForeignKeyField:
        """The foreign key to ``target``: column ``<field>_id``, RESTRICT, and the id itself as its value."""
        foreign_key: peewee.ForeignKeyField = column(
            peewee.ForeignKeyField, null, target, column_name=field + "_id", object_id_name=field + "_id",
            backref="+", on_delete="RESTRICT", on_update="RESTRICT", lazy_load=False,
        )  # type: ignore[assignment]  # fmt: skip
        return foreign_key

    def parse(self, text: str, context: Context) -> int | None:
        words = text.strip()
        return context.find(self.to, words) if words else None

    def check(self, value: Any, context: Context) -> int | None:
        return None if value in (None, "") else self.id_of(value)

    def display(self, value: Any, context: Context) -> str:
        return "" if value is None else context.title(self.to, value) or ""

    def form_field(self, field: Field, context: Context) -> UnboundField:
        return typed(field, context, ComboboxWidget())


class RefsType(RefBase):
    name = "refs"
    label = Text("多个关联", "Links")
    doc = "Any number of records of the entity `to`, kept in a table of links; written with ; or 、 between."
    kind = "list"
    filters = ("has", "empty", "filled")
    sortable = False
    multiple = True
    stored = False

    def column(self, *, null: bool) -> peewee.Field | None:
        """None: the links stand in the table ``<entity>__<field>`` (owner_id, target_id)."""
        return None

    def parse(self, text: str, context: Context) -> tuple[int, ...] | None:
        parts = [p.strip() for p in re.split(r"[;；、\n]", text)]
        return self.check(tuple(context.find(self.to, p) for p in parts if p), context)

    def check(self, value: Any, context: Context) -> tuple[int, ...] | None:
        """The ids, each once, ascending; None when there are none."""
        if not value:
            return None
        values = (value,) if isinstance(value, int | str) else value
        return tuple(sorted({self.id_of(v) for v in values}))

    def display(self, value: Any, context: Context) -> str:
        titles = (context.title(self.to, id) for id in value or ())
        return "; ".join(title for title in titles if title)

    def to_json(self, value: Any) -> Any:
        return None if value is None else list(value)

    def from_json(self, value: Any) -> Any:
        return tuple(value) if value else None

    def form_field(self, field: Field, context: Context) -> UnboundField:
        return typed(field, context, ManyComboboxWidget())
