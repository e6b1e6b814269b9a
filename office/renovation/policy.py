"""The settings of renovation: what the notice of the rules tells, and what is looked at at an acceptance (D1, D5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schema.settings import claim, setting
from schema.text import Text
from schema.written import Part, Words, say

if TYPE_CHECKING:
    from schema.spec import Schema


class Rule(Part):
    """A paragraph of the notice of the rules."""

    title: Words
    text: Words


@setting("renovation")
class RenovationPolicy(Part):
    """How renovation is looked after."""

    acceptance_items: tuple[Words, ...] = ()
    """What engineer and steward each look at; an acceptance has these items from when it is opened."""
    work_hours: Words | None = None
    """When works may go on; on the notice of the rules and on the permit at the door."""
    rules: tuple[Rule, ...] = ()
    """What owner and contractor are told of in writing, beside the prohibited works."""

    def items(self) -> list[Text]:
        """The items of a new acceptance, in their order."""
        return [say(words) for words in self.acceptance_items]

    def hours(self) -> Text | None:
        """When works may go on, where the office says so."""
        return say(self.work_hours) if self.work_hours else None

    def told(self) -> list[tuple[Text, Text]]:
        """The rules that are told of, as (title, text), in their order."""
        return [(say(one.title), say(one.text)) for one in self.rules]


def renovation_policy(schema: Schema) -> RenovationPolicy:
    """How this office looks after renovation."""
    return claim(schema, "renovation", RenovationPolicy)
