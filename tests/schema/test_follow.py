"""``follow:`` is a name, a map or a list of them; what is wrong in it is said with its place."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from schema.spec import FollowSpec

HEAD = """entities:
  shelf:
    fields: {code: {type: text}, note: {type: text}}
  book:
    fields: {name: {type: text}}
    follow: """


def spec(run: str, *writes: tuple[str, str]) -> FollowSpec:
    return FollowSpec(run, frozenset(writes))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("tell", [spec("tell")]),
        ("{run: tell, writes: [shelf.code, name]}", [spec("tell", ("shelf", "code"), ("book", "name"))]),
        ("[tell, {run: count, writes: shelf.note}]", [spec("tell"), spec("count", ("shelf", "note"))]),
        ("[]", []),
    ],
)  # fmt: skip
def test_what_is_written_is_what_is_meant(loaded: Callable, written: str, meant: list[FollowSpec]) -> None:
    assert list(loaded(HEAD + written).entities["book"].follow) == meant


def test_everything_of_an_entity_is_its_fields_and_new_records(loaded: Callable) -> None:
    (follow,) = loaded(HEAD + "{run: tell, writes: shelf.*}").entities["book"].follow
    assert {("shelf", "*"), ("shelf", "code"), ("shelf", "note")} <= follow.writes
    assert follow.reach == {"shelf"}


@pytest.mark.parametrize(
    ("written", "said_of_it"),
    [
        ("{writes: [shelf.code]}", "6:5 book.follow: 'run' is missing"),
        ("{run: tell, writes: [shelf.coed]}", "book.follow.writes: unknown field 'coed', did you mean 'code'?"),
        ("{run: tell, writes: [shelv.code]}", "book.follow.writes: unknown entity 'shelv', did you mean 'shelf'?"),
        ("{run: tell, write: [shelf.code]}", "book.follow.write: unknown key 'write', did you mean 'writes'?"),
        ("[tell, tell]", "book.follow: 'tell' stands here already"),
        ("[{run: a}, {run: b, writes: nothing}]", "unknown field 'nothing'"),
        ("5.5", ""),
    ],
)
def test_what_is_wrong_is_said(said: Callable, written: str, said_of_it: str) -> None:
    lines = said(HEAD + written)
    assert len(lines) == 1 and said_of_it in lines[0], lines
