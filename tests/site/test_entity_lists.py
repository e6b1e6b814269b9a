"""Lists: rows, sort, search, filters, pages, columns, saved filters, sums, empty states, and what they cost."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import quote

import pytest

from tests.site.entity_desk import Desk, furnish, rows, text

pytestmark = pytest.mark.both_engines


@pytest.fixture
def desk(library: Any, site_of: Any, visit: Any) -> Desk:
    return furnish(library, site_of(library), visit)


def test_a_value_is_shown_as_text_and_never_as_markup(desk: Desk) -> None:
    page = desk.at("head").get("/book/").get_data(as_text=True)
    assert "Tides &amp; &lt;i&gt;Time&lt;/i&gt;" in page and "<i>Time</i>" not in page
    assert "Lin &lt;b&gt;Yu&lt;/b&gt;" in page and "<b>Yu" not in page


def test_a_header_sorts_and_turns_round(desk: Desk) -> None:
    head = desk.at("head")
    up, down = rows(head.get("/book/?sort=price")), rows(head.get("/book/?sort=-price"))
    assert up[:2] == [desk.ids["verse"], desk.ids["tides"]] and down[:2] == up[:2][::-1]
    assert 'aria-sort="ascending"' in text(head.get("/book/?sort=price"))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("genre=poetry", ["verse"]),
        ("genre=poetry&genre=science", ["maps", "verse"]),
        ("genre_not=novel", ["maps", "verse"]),
        ("price_from=10", ["tides"]),
        ("price_to=10", ["verse"]),
        ("price_empty=1", ["maps"]),
        ("topics=travel", ["maps"]),
        ("isbn_contains=0002", ["verse"]),
        ("search=" + quote("地图"), ["maps"]),
        ("saved=children", []),
        ("search=nothing-like-this", []),
    ],
)
def test_an_address_narrows_the_list(desk: Desk, query: str, found: list[str]) -> None:
    assert sorted(rows(desk.at("head").get(f"/book/?{query}"))) == sorted(desk.ids[name] for name in found)


def test_links_filter_by_the_record_they_point_at(desk: Desk) -> None:
    head = desk.at("head")
    assert rows(head.get(f"/copy/?book={desk.ids['verse']}")) == [desk.ids["verse1"]]
    assert rows(head.get(f"/book/?authors={desk.ids['lin']}")) == [desk.ids["tides"]]


def test_a_filter_that_is_not_understood_is_said_and_not_a_failure(desk: Desk) -> None:
    page = desk.at("head").get("/book/?price_from=cheap&genre=opera&saved=secret")
    assert page.status_code == 200
    assert "cheap" in text(page) and "opera" in text(page) and "secret" in text(page)


@pytest.mark.parametrize(
    "query", ["page=-1", "page=abc", "after=xx", "before=%00", "size=1000000", "sort=nothing", "page=999999999"]
)
def test_a_bent_address_still_gives_a_list(desk: Desk, query: str) -> None:
    assert desk.at("head").get(f"/book/?{query}").status_code == 200


def test_pages_follow_one_another_both_ways(desk: Desk) -> None:
    import re

    for number in range(60):
        desk.add("author", name=f"Author {number:03}")
    head = desk.at("head")
    first = head.get("/author/?size=25")
    assert len(rows(first)) == 25 and "1–25 / 61" in text(first)
    seen = rows(first)
    page = first
    while step := re.search(r'href="([^"]+)" rel="next"', text(page)):
        page = head.get(step[1])
        seen += rows(page)
    assert len(seen) == len(set(seen)) == 61
    back = re.search(r'href="([^"]+)" rel="prev"', text(page))
    assert back and rows(head.get(back[1])) == seen[25:50]
    assert rows(head.get("/author/?size=25&page=2")) == seen[25:50]
    assert "/ 61" in text(head.get("/author/?size=25&page=last"))


def test_a_field_hidden_from_a_role_is_no_column_filter_sort_or_sum(desk: Desk) -> None:
    page = desk.at("desk").get("/book/?price_from=10&sort=-price")
    assert len(rows(page)) == 3
    assert "20.50" not in text(page) and "Price" not in text(page)


def test_a_masked_value_is_masked_and_cannot_be_probed_by_filters(desk: Desk) -> None:
    audit = desk.at("audit")
    assert "138****5678" in text(audit.get("/member/")) and "13812345678" not in text(audit.get("/member/"))
    for probe in ("phone_contains=1381", "phone_contains=9999", "search=13812345678"):
        found = rows(audit.get(f"/member/?{probe}"))
        assert found == (rows(audit.get("/member/")) if "contains" in probe else [])


def test_money_has_its_sum_under_the_list(desk: Desk) -> None:
    assert "30.40" in text(desk.at("head").get("/book/"))


def test_each_person_has_their_own_columns(desk: Desk) -> None:
    head = desk.at("head")
    head.post("/book/columns/", {"column": ["title", "weight"]})
    assert 'data-label="Weight"' not in text(desk.at("lea").get("/book/"))
    page = head.get("/book/")
    assert "Weight" in text(page) and "ISBN" not in text(page)
    head.post("/book/columns/", {"reset": "1"})
    assert "ISBN" in text(head.get("/book/"))


def test_a_hidden_column_cannot_be_chosen(desk: Desk) -> None:
    visitor = desk.at("desk")
    visitor.post("/book/columns/", {"column": ["title", "price"]})
    assert "20.50" not in text(visitor.get("/book/"))


def test_a_person_saves_a_filter_under_a_name(desk: Desk) -> None:
    head = desk.at("head")
    head.post("/book/views/", {"name": "Only verse", "query": "genre=poetry&sort=-price"})
    page = text(head.get("/book/"))
    assert "Only verse" in page and "?genre=poetry&sort=-price" in page
    assert "Only verse" not in text(desk.at("lea").get("/book/"))
    head.post("/book/views/", {"remove": "Only verse"})
    assert "Only verse" not in text(head.get("/book/"))


def test_an_empty_list_says_what_to_do(desk: Desk) -> None:
    assert "No fines yet" in text(desk.at("desk").get("/fine/"))
    assert "Add the first one" in text(desk.at("desk").get("/fine/"))
    assert "Add the first one" not in text(desk.at("audit").get("/fine/"))
    assert "No matches" in text(desk.at("head").get("/book/?search=zzzz"))


def test_a_list_of_fifty_takes_at_most_six_queries(desk: Desk) -> None:
    for number in range(60):
        desk.add("copy", book=desk.ids["tides"], shelf=desk.ids["a1"], cost=f"{number}.00")
    head = desk.at("head")
    head.get("/copy/")
    said = Said()
    log = logging.getLogger("peewee")
    log.addHandler(said)
    log.setLevel(logging.DEBUG)
    try:
        page = head.get("/copy/")
    finally:
        log.removeHandler(said)
        log.setLevel(logging.NOTSET)
    assert len(rows(page)) == 50
    assert len(said.queries) <= 6, said.queries


class Said(logging.Handler):
    """The statements that peewee logs."""

    def __init__(self) -> None:
        super().__init__()
        self.queries: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        words = str(record.msg[0] if isinstance(record.msg, tuple) else record.msg)
        if words.startswith("SELECT"):
            self.queries.append(words)
