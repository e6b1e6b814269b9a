"""``internal`` fields: readonly, in no list, filter or form of themselves, and refused where people look."""

from __future__ import annotations

from collections.abc import Callable

import pytest

TEXT = """entities:
  book:
    fields:
      name: {{type: text}}
      turn: {{type: integer, default: 0, internal: true}}
    {}
"""


def test_it_stands_nowhere_of_itself(loaded: Callable) -> None:
    book = loaded(TEXT.format("")).entities["book"]
    turn = book.fields["turn"]
    assert (turn.internal, turn.readonly, turn.sortable, turn.filterable) == (True, True, False, False)
    assert "turn" not in (*book.show.list, *book.show.filter, *book.show.form[0].fields)
    assert not book.fields["name"].internal


@pytest.mark.parametrize(
    "written",
    [
        "show: {list: [name, turn]}",
        "show: {list: [name], filter: [name, turn]}",
        "show: {form: [name, turn]}",
        "show: {form: [{section: Mine, fields: [turn]}]}",
        "title: '{turn}'",
    ],
)
def test_it_is_refused_where_people_look(said: Callable, written: str) -> None:
    lines = said(TEXT.format(written))
    assert any("'turn' is internal, so it cannot be shown here" in line for line in lines), lines


def test_rules_may_read_it(said: Callable) -> None:
    more = "unique: [[name, turn]]\n    checks: [{that: turn >= 0, say: never}]"
    assert said(TEXT.format(more)) == []
