"""The number of a record as it comes in an address or a form: what a person can send there is any text at all."""

from __future__ import annotations

from werkzeug.routing import IntegerConverter

DIGITS = 18
"""What every database takes, and Python reads without counting."""


def id_of(text: str | None) -> int | None:
    """The number that stands there: up to DIGITS digits and nothing else; None for any other text, and for none."""
    return int(text) if text and len(text) <= DIGITS and text.isascii() and text.isdigit() else None


class IdConverter(IntegerConverter):
    """``<int:…>`` of an address: what ``id_of`` would not read is no such page."""

    regex = rf"[0-9]{{1,{DIGITS}}}"
