"""Makes a field type by name, and the reader it speaks to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from schema.spec import Choice
from schema.text import BadValue, Text
from schema.types import Context, FieldType

BUILDINGS = {"1栋": 1, "2栋": 2, "3-2-1001": 3}
STATES = {
    "vacant": Choice("vacant", Text("空置", "Vacant"), aliases=("空置房",)),
    "occupied": Choice("occupied", Text("自住", "Occupied")),
    "let": Choice("let", Text("出租", "Let"), "green", ("租出", "rented out")),
}


def _find(entity: str, text: str) -> int:
    if text not in BUILDINGS:
        raise BadValue(Text("没有“{text}”", "there is no “{text}”").with_(text=text))
    return BUILDINGS[text]


def _title(entity: str, id: int) -> str | None:
    return next((title for title, known in BUILDINGS.items() if known == id), None)


ZH = Context("zh", today=date(2026, 3, 16), find=_find, title=_title)
EN = Context("en", today=date(2026, 3, 16), find=_find, title=_title)


def make_type(name: str, **options: Any) -> FieldType:
    """The type ``name`` with these options; a choice type gets its list."""
    kind = FieldType.registry[name]
    made = kind(kind.Options(**options))
    bind = getattr(made, "bind", None)
    if bind is not None:
        bind(STATES)
    return made


@pytest.fixture
def refusal() -> Callable[[FieldType, str], tuple[str, str]]:
    """The Chinese and the English sentence with which a type refuses a text."""

    def refused(kind: FieldType, text: str) -> tuple[str, str]:
        with pytest.raises(BadValue) as bad:
            kind.parse(text, ZH)
        return bad.value.text.to("zh"), bad.value.text.to("en")

    return refused
