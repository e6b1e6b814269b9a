"""The other ways people write a record's title, turned into the title itself."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from schema.spec import Entity, Template

LONGEST = 300
"""Nobody calls a record by more characters than this."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def canonical(entity: Entity, text: str) -> str:
    """``text`` as the entity's title would write it; unchanged where no spelling fits (domain A2)."""
    written = _CONTROL.sub("", text).strip()[:LONGEST]
    plain = unicodedata.normalize("NFKC", written)
    for spelling in (template for template in (entity.title, *entity.spellings) if len(template) > 1):
        found = _pattern(spelling).fullmatch(plain)
        if found:
            values = found.groupdict()
            return "".join(part.text or values.get(part.field, "") for part in entity.title)
    return written


@lru_cache(maxsize=500)
def _pattern(template: Template) -> re.Pattern[str]:
    """A pattern whose groups are the template's fields."""
    pieces: list[str] = []
    for part in template:
        if part.text:
            literal = unicodedata.normalize("NFKC", part.text).strip()
            pieces.append(r"\s*" + re.escape(literal) + r"\s*" if literal else r"\s+")
        else:
            pieces.append(f"(?P<{part.field}>[^\\s]+?)")
    return re.compile("".join(pieces), re.IGNORECASE)
