"""One entity as one person meets it: what they may see, do and write there, and where its pages are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from models.record import Masked, Record
from schema.spec import Entity, Field
from schema.text import Locale, Text
from schema.types.base import Context

if TYPE_CHECKING:
    from models.actor import Actor
    from models.registry import Registry

LINKS = ("ref", "refs")
Params = Iterable[tuple[str, Any]]


@dataclass(frozen=True)
class Screen:
    """An entity, the actor in front of it, and the path under which the site is mounted (``root``)."""

    registry: Registry
    entity: Entity
    actor: Actor
    root: str = ""

    @property
    def locale(self) -> Locale:
        return self.actor.locale

    @cached_property
    def columns(self) -> tuple[Field, ...]:
        """Every field that is not hidden from the actor."""
        return tuple(self.registry.access.columns(self.actor, self.entity.name))

    @cached_property
    def field_names(self) -> frozenset[str]:
        return frozenset(field.name for field in self.columns)

    @cached_property
    def context(self) -> Context:
        """What field types need to know to read and show values for this actor."""
        return self.registry.scope.context(self.actor)

    def say(self, text: Text | None) -> str:
        """``text`` in the actor's language; '' for none."""
        return "" if text is None else text.to(self.locale)

    def noun(self, text: Text) -> str:
        """A label in the middle of a sentence: English ones begin small, unless they are an abbreviation."""
        words = self.say(text)
        if self.locale == "zh" or words[1:2].isupper():
            return words
        return words[:1].lower() + words[1:]

    def may(self, action: str) -> bool:
        return self.registry.access.may(self.actor, self.entity.name, action)

    def may_at(self, entity: str, action: str) -> bool:
        """Whether the actor may do ``action`` at another entity."""
        return self.registry.access.may(self.actor, entity, action)

    def state_of(self, field: Field) -> str:
        """'open', 'locked', 'masked' or 'hidden'."""
        return self.registry.access.field(self.actor, self.entity.name, field.name)

    def is_clear(self, field: Field) -> bool:
        """Whether the actor sees the values themselves, so that filtering and sorting tell nothing new."""
        return self.registry.access.is_clear(self.actor, self.entity.name, field.name)

    @cached_property
    def writable(self) -> frozenset[str]:
        """The fields that the actor may write in a record there is."""
        return frozenset(field.name for field in self.registry.access.writable(self.actor, self.entity.name))

    @cached_property
    def fillable(self) -> frozenset[str]:
        """The fields that the actor may fill in of a new record: masked ones too, whose mask they see afterwards."""
        return frozenset(field.name for field in self.registry.access.writable(self.actor, self.entity.name, new=True))

    @property
    def base(self) -> str:
        return f"{self.root}/{self.entity.name}/"

    def url(self, door: str = "", **params: Any) -> str:
        """The address of one of the entity's pages: ``url('details', id=4)``."""
        path = f"{self.base}{door}/" if door else self.base
        return with_query(path, params.items())

    def at(self, entity: str) -> Screen:
        """The same person in front of another entity."""
        return Screen(self.registry, self.registry.schema.entities[entity], self.actor, self.root)

    def show(self, record: Record, field: Field) -> str:
        """A record's value in plain words (a link by its title), as a page prints it."""
        value = record.get(field.name)
        if isinstance(value, Masked):
            return value.text
        title = record.titles.get(field.name)
        if title is not None:
            return title if isinstance(title, str) else "、".join(name for _, name in title)
        return "" if field.type.name in LINKS else field.type.display(value, self.context)

    def unit_of(self, field: Field) -> str:
        """What stands behind a number: the unit of the field, for money the office's currency."""
        if field.type.name == "money":
            currency = self.registry.schema.office.currency
            return "元" if currency == "CNY" and self.locale == "zh" else currency
        unit = getattr(field.type.options, "unit", "") or ""
        return self.say(unit) if isinstance(unit, Text) else str(unit)

    def title_of(self, record: Record) -> str:
        """The record's title, or its number where the title is empty."""
        return record.title or f"#{record.id}"


def with_query(path: str, params: Params) -> str:
    """``path`` with those parameters that are not empty."""
    pairs = [(name, value) for name, value in params if value not in (None, "")]
    return f"{path}?{urlencode(pairs)}" if pairs else path
