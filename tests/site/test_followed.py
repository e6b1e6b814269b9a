"""What a follow-up refuses is said on the form, beside everything that was typed; a step and a list say it too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from models.actor import SYSTEM, Actor, Source
from models.errors import Refused
from models.followups import Change, follow_up
from schema.spec import FollowSpec
from schema.text import Text
from tests.site.conftest import PASSWORD, Visitor

REFUSED = "Nobody born in 1999 yet."


@follow_up("not_from_1999")
def not_from_1999(registry: Any, actor: Actor, changes: Sequence[Change], source: Source) -> None:
    if any(one.new and one.new["born"] == 1999 for one in changes):
        raise Refused(Text("还没有 1999 年出生的。", REFUSED))


@pytest.fixture
def visitor(library_schema: Any, opened: Any, engine: Any, site_of: Any, person: Any) -> Visitor:
    author = replace(library_schema.entities["author"], follow=(FollowSpec("not_from_1999"),))
    schema = replace(library_schema, entities={**library_schema.entities, "author": author})
    registry = opened(schema, engine.blank())
    person(registry, "head", password=PASSWORD)
    visitor = Visitor(site_of(registry))
    visitor.registry = registry  # type: ignore[attr-defined]
    visitor.sign_in("head")
    return visitor


def test_the_form_comes_back_with_the_sentence_and_what_was_typed(visitor: Any) -> None:
    answer = visitor.post("/author/new/", {"name": "Ada Lind", "born": "1999"})
    page = answer.get_data(as_text=True)
    assert answer.status_code in (200, 422) and REFUSED in page
    assert 'value="Ada Lind"' in page and 'value="1999"' in page
    assert visitor.registry.scope.count(SYSTEM, "author") == 0
    assert visitor.post("/author/new/", {"name": "Ada Lind", "born": "1998"}).status_code == 302


def test_a_change_that_is_refused_leaves_the_record(visitor: Any) -> None:
    id = visitor.registry.store.create(SYSTEM, "author", {"name": "Ada Lind", "born": 1998}, Source("demo"))
    answer = visitor.post(f"/author/edit/?id={id}", {"name": "Ada Lind", "born": "1999", "version": "1"})
    assert REFUSED in answer.get_data(as_text=True)
    assert visitor.registry.rows.one("author", id)["born"] == 1998
