"""An action declared with ``writes: [entity.*]`` may make records that nobody may make by hand; nothing else may."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from models import open_office
from models.actor import Actor, Source
from models.errors import NotAllowed
from models.registry import Registry
from schema import load

SCHEMA = """
office: {name: {zh: 图书馆, en: Library}}
roles: {clerk: {label: {zh: 馆员, en: Clerk}}, guest: {label: {zh: 读者, en: Guest}}}
entities:
  fine:
    title: "{reason}"
    fields: {reason: {type: text, required: true}, paid: {type: boolean, readonly: true}}
    access: {read: [clerk]}
    actions: {}
"""


@pytest.fixture
def clerk(tmp_path: Path) -> Iterator[tuple[Registry, Actor]]:
    (tmp_path / "schema.yaml").write_text(SCHEMA, encoding="utf-8")
    registry = open_office(load(tmp_path / "schema.yaml"), tmp_path / "var")
    with registry.connection():
        yield registry, Actor(None, "clerk", frozenset({"clerk"}))
    registry.close()


def test_nobody_makes_one_by_hand(clerk: tuple[Registry, Actor]) -> None:
    registry, actor = clerk
    with pytest.raises(NotAllowed):
        registry.store.create(actor, "fine", {"reason": "late"}, Source("form"))


def test_the_action_makes_and_fills_one(clerk: tuple[Registry, Actor]) -> None:
    registry, actor = clerk
    deputy = replace(actor, writes=frozenset({("fine", "*"), ("fine", "reason"), ("fine", "paid")}))
    id = registry.store.create(deputy, "fine", {"reason": "late", "paid": True}, Source("action", "charge"))
    assert registry.scope.get(actor, "fine", id)["paid"] is True


def test_who_may_not_see_them_makes_none_through_an_action(clerk: tuple[Registry, Actor]) -> None:
    registry, _ = clerk
    guest = Actor(None, "guest", frozenset({"guest"}), writes=frozenset({("fine", "*"), ("fine", "reason")}))
    with pytest.raises(NotAllowed):
        registry.store.create(guest, "fine", {"reason": "late"}, Source("action", "charge"))
