"""A person is found as people look for one: by character, sound, initials, number endings, and only if they may."""

from __future__ import annotations

from typing import Any

import pytest

from models.actor import SYSTEM
from models.query import Condition, Query
from models.storage.natural_order import order_key
from tests.models.conftest import FORM, Shelves

pytestmark = pytest.mark.both_engines

PEOPLE = {"张伟": "13900001234", "张小伟": "13900005678", "王伟": "13800001234", "Wei Zhang": "13700000000"}


@pytest.fixture
def members(shelves: Shelves) -> dict[str, int]:
    return {name: shelves.make("member", name=name, phone=phone) for name, phone in PEOPLE.items()}


def found(shelves: Shelves, who: Any, text: str) -> set[str]:
    page = shelves.registry.scope.page(who, "member", Query(search=text, columns=("name",)))
    return {record["name"] for record in page.rows}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("张", {"张伟", "张小伟"}), ("张伟", {"张伟"}), ("小伟", {"张小伟"}), ("伟", {"张伟", "张小伟", "王伟"}),
        ("zw", {"张伟"}), ("zxw", {"张小伟"}), ("zhangwei", {"张伟"}), ("zhang", {"张伟", "张小伟", "Wei Zhang"}),
        ("wei zhang", {"Wei Zhang"}), ("1234", {"张伟", "王伟"}), ("139", {"张伟", "张小伟"}),
        ("13900001234", {"张伟"}), ("张 1234", {"张伟"}), ("％", set()), ("%", set()), ("_", set()), ("nobody", set()),
    ],
)  # fmt: skip
def test_names_and_numbers(shelves: Shelves, members: dict[str, int], text: str, names: set[str]) -> None:
    assert found(shelves, shelves.people["desk"], text) == names


def test_a_masked_number_cannot_be_searched(shelves: Shelves, members: dict[str, int]) -> None:
    assert found(shelves, shelves.people["auditor"], "1234") == set()
    assert found(shelves, shelves.people["auditor"], "zw") == {"张伟"}


def test_the_index_follows_changes(shelves: Shelves, members: dict[str, int]) -> None:
    shelves.registry.store.update(SYSTEM, "member", members["张伟"], {"name": "李四"}, FORM)
    shelves.registry.store.delete(SYSTEM, "member", members["王伟"], FORM)
    desk = shelves.people["desk"]
    assert found(shelves, desk, "伟") == {"张小伟"}
    assert found(shelves, desk, "lisi") == {"李四"}


ABOUT = {"一": "写过很多关于河流的小说", "二": "Rivers and 河流", "三": "河与流", "四": "rivers only", "五": None}


@pytest.mark.parametrize(
    ("text", "names"),
    [("河流", {"一", "二"}), ("流", {"一", "二", "三"}), ("河", {"一", "二", "三"}), ("流河", set()), ("小说", {"一"}),
     ("iver", {"二", "四"}), ("RIVERS", {"二", "四"}), ("and 河", {"二"}), ("%", set())],
)  # fmt: skip
def test_a_part_of_a_text_is_found_through_the_index_as_without_it(
    shelves: Shelves, monkeypatch: pytest.MonkeyPatch, text: str, names: set[str]
) -> None:
    for name, about in ABOUT.items():
        shelves.make("author", name=name, about=about)
    asked = Query(conditions=(Condition("about", "contains", text),))
    registry = shelves.registry
    for _ in range(2):
        assert {record.title for record in registry.scope.page(SYSTEM, "author", asked).rows} == names
        monkeypatch.setattr(registry.search, "containing", lambda *_: None)


def test_a_word_without_end_is_kept_and_found(shelves: Shelves) -> None:
    """PostgreSQL takes words of its index only up to 2046 bytes."""
    endless = "wonderful" * 600
    shelves.make("author", name="六", about=f"odd {endless}")
    page = shelves.registry.scope.page(SYSTEM, "author", Query(search=endless, columns=("name",)))
    assert [record["name"] for record in page.rows] == ["六"]


def test_an_index_made_anew_finds_the_same(shelves: Shelves, members: dict[str, int]) -> None:
    shelves.registry.upkeep.reindex("member", anew=True)
    assert found(shelves, SYSTEM, "zw") == {"张伟"}


@pytest.mark.parametrize(
    "text", ['"', "'", "a*b", "NEAR(a b)", "a AND", "(", "{x}:", "-", "\x00", "x" * 500, "'::tsquery"]
)
def test_signs_of_the_search_engine_are_only_signs(shelves: Shelves, members: dict[str, int], text: str) -> None:
    found(shelves, SYSTEM, text)
    shelves.registry.scope.lookup(SYSTEM, "member", text)


def test_looking_up_prefers_what_begins_like_the_text(shelves: Shelves, members: dict[str, int]) -> None:
    titles = [title for _, title in shelves.registry.scope.lookup(shelves.people["desk"], "member", "张")]
    assert titles[0].startswith("张") and len(titles) == 2


def test_titles_sort_two_before_ten_and_chinese_by_sound() -> None:
    names = ["10栋", "2栋", "1栋", "王", "张", "李", "b", "A"]
    assert sorted(names, key=order_key) == ["1栋", "2栋", "10栋", "A", "b", "李", "王", "张"]
