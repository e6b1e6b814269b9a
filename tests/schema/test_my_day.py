"""A filter that is counted on the front page says under which word; plain ``true`` is the general one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

TEXT = """entities:
  book:
    fields: {{name: {{type: text}}}}
    filters: {{here: {{where: "name != null"{}}}}}
"""


@pytest.mark.parametrize(
    ("written", "meant"),
    [("", ""), (", my_day: false", ""), (", my_day: true", "waiting"), (", my_day: late", "late")]
    + [(f", my_day: {kind}", kind) for kind in ("due", "waiting", "assigned", "call")],
)
def test_the_word_is_kept(loaded: Callable, written: str, meant: str) -> None:
    assert loaded(TEXT.format(written)).entities["book"].filters["here"].my_day == meant


def test_another_word_is_refused_with_those_there_are(said: Callable) -> None:
    (line,) = said(TEXT.format(", my_day: lat"))
    assert "book.filters.here.my_day" in line and "late" in line, line
