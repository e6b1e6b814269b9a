"""A title is the same whoever writes the record, one by one or many at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from models import open_office
from models.actor import Actor, Source
from schema import load
from schema.text import Locale

SCHEMA = """
office: {name: {zh: 图书馆, en: Library}}
roles: {clerk: {label: {zh: 馆员, en: Clerk}}}
choices: {hold: {promise: {zh: 承诺, en: Promise}}}
entities:
  hold:
    title: "{number} {kind}"
    fields: {number: {type: text, required: true}, kind: {type: choice, of: hold, default: promise}}
    access: {read: [clerk], create: [clerk], update: [clerk]}
"""


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_an_option_in_a_title_is_kept_in_one_language(tmp_path: Path, locale: Locale) -> None:
    (tmp_path / "schema.yaml").write_text(SCHEMA, encoding="utf-8")
    registry = open_office(load(tmp_path / "schema.yaml"), tmp_path / "var")
    clerk, source = Actor(None, "clerk", frozenset({"clerk"}), locale), Source("form")
    with registry.connection():
        one = registry.store.create(clerk, "hold", {"number": "1"}, source)
        many = registry.store.create_many(clerk, "hold", [{"number": "2"}, {"number": "3"}], source)
        registry.store.update(clerk, "hold", one, {"number": "9"}, source)
        titles = registry.scope.titles(clerk, "hold", [one, *many])
    registry.close()
    assert list(titles.values()) == ["9 承诺", "2 承诺", "3 承诺"]
