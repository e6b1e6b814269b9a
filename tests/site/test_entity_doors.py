"""Every door is closed to those whom nothing lets in, and says the same of what is hidden and what is not there."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.site.entity_desk import Desk, furnish, rows, text

pytestmark = pytest.mark.both_engines


@pytest.fixture
def desk(library: Any, site_of: Any, visit: Any) -> Desk:
    return furnish(library, site_of(library), visit)


def plain(answer: Any) -> str:
    """A page without what differs at every request."""
    return re.sub(r'content="[^"]+"|value="[^"]+"|/details/\?id=\d+', "", text(answer))


def test_a_record_out_of_scope_looks_exactly_like_none(desk: Desk) -> None:
    lea, theirs = desk.at("lea"), desk.ids["verse1"]
    for door in ("details", "edit", "history", "files"):
        hidden, absent = lea.get(f"/copy/{door}/?id={theirs}"), lea.get(f"/copy/{door}/?id=99999")
        assert hidden.status_code == absent.status_code == 404, door
        assert plain(hidden) == plain(absent)
    for door, form in (("edit", {"note": "x"}), ("files", {"remove": "x"}), ("comments", {"text": "x"})):
        assert lea.post(f"/copy/{door}/?id={theirs}", form).status_code == 404, door
    assert lea.post("/copy/action/", {"action": "step:put_up", "rowid": theirs, "confirmed": "1"}).status_code == 404
    assert lea.post("/copy/undo/", {"id": theirs, "change": "1"}).status_code == 404


@pytest.mark.parametrize("id", ["", "abc", "-1", "0", "1e3", "９", "99999999999999999999", "1 OR 1=1"])
def test_an_id_that_is_none_is_simply_not_there(desk: Desk, id: str) -> None:
    head = desk.at("head")
    for door in ("details", "edit", "history", "files"):
        assert head.get(f"/book/{door}/", query_string={"id": id}).status_code == 404
    assert head.post("/book/delete/", {"id": id}).status_code == 404


def test_the_auditor_reads_and_writes_nowhere(desk: Desk) -> None:
    audit, id = desk.at("audit"), desk.ids["tides"]
    assert audit.get(f"/book/details/?id={id}").status_code == 200
    writes = [
        ("/book/new/", {"name": "x", "isbn": "9780000000099"}),
        (f"/book/edit/?id={id}", {"name": "x"}),
        ("/book/delete/", {"id": id}),
        ("/book/action/", {"action": "delete", "rowid": id, "confirmed": "1"}),
        ("/book/action/", {"action": "edit", "field": "genre", "genre": "poetry", "rowid": id, "confirmed": "1"}),
        (f"/book/files/?id={id}", {"remove": "x"}),
        (f"/book/comments/?id={id}", {"text": "x"}),
        ("/book/trash/", {"entry": "1"}),
        ("/book/reveal/", {"id": id, "field": "price"}),
    ]
    before = dict(desk.record("book", id).values)
    for path, form in writes:
        assert audit.post(path, form).status_code == 403, path
    assert dict(desk.record("book", id).values) == before
    page = text(audit.get(f"/book/details/?id={id}"))
    assert "/edit/" not in page and "/delete/" not in page and "<textarea" not in page


def test_a_field_that_may_not_be_written_is_no_part_of_the_form_and_refused_when_posted(desk: Desk) -> None:
    lea, id = desk.at("lea"), desk.ids["tides"]
    assert 'name="discount"' not in text(lea.get(f"/book/edit/?id={id}"))
    answer = lea.post(f"/book/edit/?id={id}", {"discount": "50", "name": "Cheap"})
    assert answer.status_code == 403 and "Discount" in text(answer)
    assert desk.record("book", id).title == "Tides & <i>Time</i>"


def test_a_hidden_field_is_absent_even_from_refusals(desk: Desk) -> None:
    visitor = desk.at("desk")
    for path in ("/book/", f"/book/details/?id={desk.ids['tides']}", "/book/filters/", "/book/columns/"):
        page = text(visitor.get(path))
        assert "20.50" not in page and "Price" not in page and "Worth" not in page


def test_a_state_moves_only_by_its_steps(desk: Desk) -> None:
    head, id = desk.at("head"), desk.ids["tides1"]
    assert head.post(f"/copy/edit/?id={id}", {"state": "gone"}).status_code == 403
    head.post("/copy/action/", {"action": "step:put_up", "rowid": id, "confirmed": "1", "cost": "18.00"})
    assert desk.record("copy", id)["state"] == "shelved"


def test_an_entity_that_may_not_be_read_has_no_door(desk: Desk) -> None:
    lea = desk.at("lea")
    for door in ("", "new/", "details/?id=1", "edit/?id=1", "filters/", "columns/", "views/", "trash/", "history/?id=1",
                 "export/csv/", "ajax/lookup/?field=member"):  # fmt: skip
        assert lea.get(f"/fine/{door}").status_code == 403, door


def test_an_export_needs_its_grant_and_holds_the_scope(desk: Desk) -> None:
    assert desk.at("desk").get("/copy/export/csv/").status_code == 403
    file = desk.at("lea").get("/copy/export/csv/?cost_from=1")
    assert file.status_code == 200 and "B000001" in text(file) and "B000002" not in text(file)
    assert desk.at("lea").get("/copy/export/exe/").status_code == 404


def test_every_form_needs_its_token(desk: Desk) -> None:
    head = desk.at("head")
    for path in ("/book/new/", "/book/delete/", "/book/action/", "/book/trash/", "/book/columns/"):
        head.token = "forged"
        assert head.post(path, {"id": desk.ids["maps"], "action": "delete"}).status_code == 400


def test_a_way_back_leads_only_within_the_site(desk: Desk) -> None:
    head = desk.at("head")
    for bad in ("https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        answer = head.post("/book/columns/", {"column": "title", "back": bad})
        assert answer.headers["Location"].endswith("/book/")


def test_nothing_lets_a_stranger_in(desk: Desk, visit: Any) -> None:
    for path in ("/book/", f"/book/details/?id={desk.ids['tides']}", "/book/ajax/lookup/?field=authors"):
        answer = visit(desk.app).get(path)
        assert answer.status_code in (302, 401) and "Tides" not in text(answer)


def test_a_child_tab_is_scoped_like_its_own_list(desk: Desk) -> None:
    desk.add("copy", "tides2", book=desk.ids["tides"], shelf=desk.ids["b1"], cost="1.00")
    page = desk.at("lea").get(f"/book/details/?id={desk.ids['tides']}")
    assert rows(page) == [desk.ids["tides1"]] and "South" not in text(page)


@pytest.mark.parametrize(
    "path",
    [
        "/book/?search=%00",
        "/book/?isbn_contains=%00",
        "/book/files/?id=1&key=%00",
        "/book/ajax/lookup/?field=authors&query=%00",
        "/book/?price_from=1e400",
        "/copy/?book=999999999999999999",
        "/copy/?created_at_from=9999-12-31",
        "/copy/?created_at=0001-01-01",
        "/book/?after=WzFlNDAwLDFd&sort=price",
        "/book/?after=W05hTiwxXQ&sort=price",
        "/book/?before=W1tdLHt9XQ&sort=title",
        "/copy/?sort=bought_on&after=WyJ4IiwxXQ",
        "/book/?page=999999999&size=200",
        "/book/history/?id=1&before=999999999999999999",
    ],
)
def test_a_bent_address_never_breaks(desk: Desk, path: str) -> None:
    assert desk.at("head").get(path).status_code in (200, 404)


def test_a_bent_form_never_breaks(desk: Desk) -> None:
    head, id = desk.at("head"), desk.ids["tides"]
    forms: list[tuple[str, dict[str, Any]]] = [
        ("/book/new/", {"name": "a\0b", "isbn": "9780000000077"}),
        (f"/book/comments/?id={id}", {"text": "a\0b"}),
        (f"/book/comments/?id={id}", {"remove": "９"}),
        ("/book/views/", {"name": "a\0", "query": "search=x%00"}),
        ("/book/columns/", {"column": ["a\0"]}),
        ("/book/trash/", {"entry": "999999999999999999"}),
        (f"/book/files/?id={id}", {"remove": "\0"}),
        (f"/book/edit/?id={id}", {"price": "9" * 40, "version": "999999999"}),
        ("/book/action/", {"action": "delete", "rowid": ["1"] * 5000}),
        ("/copy/action/", {"action": "step:put_up", "rowid": desk.ids["tides1"], "comment": "\0", "confirmed": "1"}),
    ]
    for path, form in forms:
        assert head.post(path, form).status_code < 500, path
