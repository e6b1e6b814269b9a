"""What follows from records is done for imported ones too: many at a time, refused row by row, and taken back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from models.actor import SYSTEM, Actor, Source
from models.errors import Refused
from models.followups import Change, follow_up
from schema.spec import FollowSpec
from schema.text import Text
from transfer import imports
from transfer.jobs import undo_now

pytestmark = pytest.mark.both_engines
CALLS: list[int] = []
AUTHORS = frozenset({("author", "*"), ("author", "name")})


@follow_up("author_of_book")
def author_of_book(registry: Any, actor: Actor, changes: Sequence[Change], source: Source) -> None:
    """An author for every new book; none for one that is called bad."""
    CALLS.append(len(changes))
    if any(one.new and one.new["name"] == "bad" for one in changes):
        raise Refused(Text("不行", "no author for this one"))
    names = [{"name": f"of {one.row['name']}"} for one in changes if one.old is None]
    registry.store.create_many(actor, "author", names, source)


@pytest.fixture
def followed(library_schema: Any, opened: Any, engine: Any) -> Iterator[Any]:
    """A library whose books are followed by an author each."""
    book = replace(library_schema.entities["book"], follow=(FollowSpec("author_of_book", AUTHORS),))
    registry = opened(replace(library_schema, entities={**library_schema.entities, "book": book}), engine.blank())
    CALLS.clear()
    with registry.connection():
        yield registry


def file(names: Sequence[str]) -> bytes:
    return "\n".join(["书名,书号", *(f"{name},97800000{n:05}" for n, name in enumerate(names))]).encode()


def count(registry: Any) -> list[int]:
    return [registry.scope.count(SYSTEM, entity) for entity in ("book", "author")]


def test_rows_are_followed_up_together_and_taken_back_with_what_followed(followed: Any) -> None:
    ready = imports.prepare(followed, SYSTEM, "book", file([f"b{n}" for n in range(300)]), "books.csv")
    tried = imports.run(followed, SYSTEM, ready, dry_run=True)
    assert (tried.accepted, count(followed)) == (300, [0, 0])
    CALLS.clear()
    result = imports.run(followed, SYSTEM, ready, dry_run=False)
    assert (result.rejected, count(followed), sum(CALLS)) == ([], [300, 300], 300)
    assert len(CALLS) < 10
    undo_now(followed, SYSTEM, result.import_id)
    assert count(followed) == [0, 0]


def test_rows_that_change_records_are_followed_up_together(followed: Any) -> None:
    names = [f"b{n}" for n in range(200)]
    for kept in (names, [f"{name} again" for name in names]):
        CALLS.clear()
        ready = imports.prepare(followed, SYSTEM, "book", file(kept), "books.csv")
        assert imports.run(followed, SYSTEM, ready, dry_run=False).accepted == 200
        assert (sum(CALLS), len(CALLS) < 10) == (200, True)


def test_a_row_that_is_refused_afterwards_says_why_and_the_others_go(followed: Any) -> None:
    names = ["bad" if n == 77 else f"b{n}" for n in range(120)]
    ready = imports.prepare(followed, SYSTEM, "book", file(names), "books.csv")
    result = imports.run(followed, SYSTEM, ready, dry_run=False, bad_rows="skip")
    assert [(one.line, one.reason.to("en")) for one in result.rejected] == [(79, "no author for this one")]
    assert count(followed) == [119, 119]
