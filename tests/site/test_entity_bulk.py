"""What is done to many records at once: asked first, done one by one, every refusal named."""

from __future__ import annotations

from typing import Any

import pytest

from tests.site.entity_desk import Desk, furnish, rows, text

pytestmark = pytest.mark.both_engines


@pytest.fixture
def desk(library: Any, site_of: Any, visit: Any) -> Desk:
    return furnish(library, site_of(library), visit)


def test_nothing_happens_before_the_question_is_answered(desk: Desk) -> None:
    answer = desk.at("head").post("/book/action/", {"action": "delete", "rowid": [desk.ids["maps"], desk.ids["verse"]]})
    assert "2 records" in text(answer) and "Verse" in text(answer) and "地图集" in text(answer)
    assert len(rows(desk.at("head").get("/book/"))) == 3


def test_each_record_has_its_own_result(desk: Desk) -> None:
    ids = [desk.ids["maps"], desk.ids["tides"]]
    answer = desk.at("head").post("/book/action/", {"action": "delete", "rowid": ids, "confirmed": "1"})
    assert "1 done, 1 not done" in text(answer) and "B000001" in text(answer)
    assert sorted(rows(desk.at("head").get("/book/"))) == sorted([desk.ids["tides"], desk.ids["verse"]])


def test_everything_that_matches_is_meant_by_all(desk: Desk) -> None:
    form = {"action": "edit", "field": "genre", "genre": "history", "every": "price_from=1", "confirmed": "1"}
    answer = desk.at("head").post("/book/action/", form)
    assert "2 done, 0 not done" in text(answer)
    assert {desk.record("book", desk.ids[n])["genre"] for n in ("tides", "verse")} == {"history"}
    assert desk.record("book", desk.ids["maps"])["genre"] == "science"


def test_a_change_of_a_field_asks_which_and_then_its_value(desk: Desk) -> None:
    head, ids = desk.at("head"), [desk.ids["maps"], desk.ids["verse"]]
    first = text(head.post("/book/action/", {"action": "edit", "rowid": ids}))
    assert '<option value="genre">' in first and "isbn" not in first
    second = text(head.post("/book/action/", {"action": "edit", "field": "genre", "rowid": ids}))
    assert '<select id="f-genre"' in second
    refused = head.post(
        "/book/action/", {"action": "edit", "field": "price", "price": "much", "rowid": ids, "confirmed": "1"}
    )
    assert refused.status_code == 422 and 'value="much"' in text(refused)


def test_records_out_of_scope_are_left_out_without_a_word(desk: Desk) -> None:
    ids = [desk.ids["tides1"], desk.ids["verse1"], 99999]
    answer = desk.at("lea").post(
        "/copy/action/", {"action": "edit", "field": "note", "note": "seen", "rowid": ids, "confirmed": "1"}
    )
    assert answer.status_code == 302
    assert (
        desk.record("copy", desk.ids["tides1"])["note"] == "seen"
        and desk.record("copy", desk.ids["verse1"])["note"] is None
    )


def test_a_step_asks_for_what_it_needs(desk: Desk) -> None:
    head = desk.at("head")
    bare = desk.add("copy", book=desk.ids["maps"], shelf=desk.ids["a1"])
    asked = head.post("/copy/action/", {"action": "step:put_up", "rowid": bare})
    assert 'name="cost"' in text(asked)
    refused = head.post("/copy/action/", {"action": "step:put_up", "rowid": bare, "confirmed": "1", "cost": ""})
    assert refused.status_code == 422 and desk.record("copy", bare)["state"] == "ordered"
    head.post("/copy/action/", {"action": "step:put_up", "rowid": bare, "confirmed": "1", "cost": "5"})
    assert desk.record("copy", bare)["state"] == "shelved"
    refused = head.post("/copy/action/", {"action": "step:take_off", "rowid": bare, "confirmed": "1"})
    assert refused.status_code == 422 and "comment" in text(refused)
    head.post("/copy/action/", {"action": "step:take_off", "rowid": bare, "confirmed": "1", "comment": "Torn"})
    assert "Torn" in text(head.get(f"/copy/history/?id={bare}"))


def test_a_step_for_many_takes_nothing_away_and_names_those_that_lack_something(desk: Desk) -> None:
    head = desk.at("head")
    bare = desk.add("copy", book=desk.ids["maps"], shelf=desk.ids["a1"])
    form = {"action": "step:put_up", "rowid": [desk.ids["tides1"], bare], "confirmed": "1", "cost": ""}
    answer = head.post("/copy/action/", form)
    assert "1 done, 1 not done" in text(answer)
    assert desk.record("copy", bare)["state"] == "ordered"
    put_up = desk.record("copy", desk.ids["tides1"])
    assert (put_up["state"], str(put_up["cost"])) == ("shelved", "18.00")


def test_a_step_from_the_wrong_state_is_said_and_changes_nothing(desk: Desk) -> None:
    head, id = desk.at("head"), desk.ids["tides1"]
    answer = head.post("/copy/action/", {"action": "step:take_off", "rowid": id, "confirmed": "1", "comment": "x"})
    assert "Ordered" in text(head.get(answer.headers["Location"]))
    assert desk.record("copy", id)["state"] == "ordered"


@pytest.mark.parametrize("action", ["", "nothing", "step:nothing", "do:nothing", "step:hand_out", "delete:x:y"])
def test_an_unknown_deed_is_not_found(desk: Desk, action: str) -> None:
    form = {"action": action, "rowid": desk.ids["tides1"], "confirmed": "1"}
    assert desk.at("head").post("/copy/action/", form).status_code in (
        (404,) if action != "delete:x:y" else (200, 302, 404)
    )


def test_without_a_selection_the_list_says_so(desk: Desk) -> None:
    head = desk.at("head")
    answer = head.post("/book/action/", {"action": "delete"})
    assert "Select some records first" in text(head.get(answer.headers["Location"]))
