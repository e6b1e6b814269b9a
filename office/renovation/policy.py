"""The settings of renovation: what is looked at when works are accepted (D5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schema.settings import claim, setting
from schema.text import Text
from schema.written import Part, Words, say

if TYPE_CHECKING:
    from schema.spec import Schema


@setting("renovation")
class RenovationPolicy(Part):
    """How renovation is looked after."""

    acceptance_items: tuple[Words, ...] = ()
    """What engineer and steward each look at; an acceptance has these items from when it is opened."""

    def items(self) -> list[Text]:
        """The items of a new acceptance, in their order."""
        return [say(words) for words in self.acceptance_items]


def renovation_policy(schema: Schema) -> RenovationPolicy:
    """How this office looks after renovation."""
    return claim(schema, "renovation", RenovationPolicy)
