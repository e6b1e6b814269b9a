"""Records: their page, forms, conflicts, deletion and undo, history, files, comments, look-ups."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest

from tests.site.entity_desk import Desk, furnish, rows, text

PDF = b"%PDF-1.4 a plan"

pytestmark = pytest.mark.both_engines


@pytest.fixture
def desk(library: Any, site_of: Any, visit: Any) -> Desk:
    return furnish(library, site_of(library), visit)


def new_book(**changes: str) -> dict[str, str]:
    return {"name": "New", "isbn": "9780000000009", "genre": "novel", "price": "12.00", "discount": "0", **changes}


def test_the_record_page_has_its_values_links_and_children(desk: Desk) -> None:
    page = desk.at("head").get(f"/book/details/?id={desk.ids['tides']}")
    said = text(page)
    assert "9780000000001" in said and "20.50" in said and "Lin <b>Yu</b>" in said
    assert "<b>Yu" not in page.get_data(as_text=True)
    assert f"/copy/details/?id={desk.ids['tides1']}" in said and f"/copy/new/?book={desk.ids['tides']}" in said


def test_a_form_makes_a_record_and_leads_to_it(desk: Desk) -> None:
    head = desk.at("head")
    answer = head.post("/book/new/", new_book(authors=str(desk.ids["lin"])))
    assert answer.status_code == 302
    record = desk.record("book", int(answer.headers["Location"].rpartition("=")[2]))
    assert record["authors"] == (desk.ids["lin"],) and str(record["price"]) == "12.00" and record["topics"] is None
    assert "Saved" in text(head.get(answer.headers["Location"]))


def test_save_and_add_another_leads_to_an_empty_form(desk: Desk) -> None:
    answer = desk.at("head").post("/book/new/", new_book(again="1"))
    assert answer.headers["Location"].endswith("/book/new/")


def test_what_was_typed_stays_when_something_is_wrong(desk: Desk) -> None:
    answer = desk.at("head").post("/book/new/", new_book(price="twelve", isbn=""))
    said = text(answer)
    assert answer.status_code == 422 and 'value="twelve"' in said and 'value="New"' in said
    assert 'href="#f-price"' in said and 'href="#f-isbn"' in said and 'aria-invalid="true"' in said


def test_the_stores_refusals_stand_at_their_fields(desk: Desk) -> None:
    answer = desk.at("head").post("/book/new/", new_book(isbn="9780000000001"))
    assert answer.status_code == 422
    assert "Tides & <i>Time</i>" in text(answer) and 'id="f-isbn-errors"' in text(answer)
    answer = desk.at("head").post("/book/new/", new_book(authors="999999"))
    assert answer.status_code == 422 and 'id="f-authors-errors"' in text(answer)


def test_the_address_of_a_new_record_fills_in_its_links(desk: Desk) -> None:
    said = text(desk.at("head").get(f"/copy/new/?book={desk.ids['verse']}&cost=3.50&state=gone&nothing=1"))
    assert f'name="book" value="{desk.ids["verse"]}"' in said and 'value="3.50"' in said


def test_a_link_is_not_filled_in_with_what_may_not_be_seen(desk: Desk) -> None:
    said = text(desk.at("lea").get(f"/copy/new/?shelf={desk.ids['b1']}"))
    assert "South" not in said and f'name="shelf" value="{desk.ids["b1"]}"' not in said


def test_only_what_was_posted_is_changed(desk: Desk) -> None:
    desk.at("head").post(f"/book/edit/?id={desk.ids['tides']}", {"price": "21.00"})
    record = desk.record("book", desk.ids["tides"])
    assert (
        str(record["price"]) == "21.00"
        and record["isbn"] == "9780000000001"
        and record["authors"] == (desk.ids["lin"],)
    )


@pytest.mark.parametrize("version", ["", "0", "abc", "9999999999", "-1", "１"])
def test_a_version_nobody_can_have_seen_overwrites_nothing(desk: Desk, version: str) -> None:
    head, id = desk.at("head"), desk.ids["verse"]
    answer = head.post(f"/book/edit/?id={id}", {"version": version, "name": "Overwritten"})
    assert answer.status_code == 409
    assert desk.record("book", id).values["name"] == "Verse"


def test_two_people_saving_one_record_are_shown_both_versions(desk: Desk) -> None:
    id = desk.ids["verse"]
    first, second = desk.at("head"), desk.at("lea")
    opened = re.search(r'name="version" value="(\d+)"', text(second.get(f"/book/edit/?id={id}")))
    assert opened
    first.post(f"/book/edit/?id={id}", {"version": opened[1], "name": "Verse and worse", "price": "11.00"})
    answer = second.post(
        f"/book/edit/?id={id}", {"version": opened[1], "name": "Verse", "price": "8.00", "weight": "0.25"}
    )
    said = text(answer)
    assert answer.status_code == 409
    assert "Verse and worse" in said and "11.00" in said and "8.00" in said and "Head" in said
    kept = dict(re.findall(r'name="keep-(\w+)" value="(\w+)" checked', said))
    assert kept == {"name": "theirs", "price": "mine", "weight": "mine"}
    assert desk.record("book", id).title == "Verse and worse"

    now = re.search(r'name="version" value="(\d+)"', said)
    assert now
    choice = {
        "name": "Verse",
        "price": "8.00",
        "weight": "0.25",
        "version": now[1],
        **{f"keep-{n}": k for n, k in kept.items()},
    }
    assert second.post(f"/book/edit/?id={id}", choice).status_code == 302
    record = desk.record("book", id)
    assert (record.title, str(record["price"]), str(record["weight"])) == ("Verse and worse", "8.00", "0.250")


def test_a_value_that_was_given_up_stays_given_up_when_the_rest_is_refused(desk: Desk) -> None:
    id = desk.ids["verse"]
    form = {"name": "Mine", "keep-name": "theirs", "price": "much", "keep-price": "mine"}
    answer = desk.at("head").post(f"/book/edit/?id={id}", form)
    assert answer.status_code == 422 and 'value="Verse"' in text(answer) and "Mine" not in text(answer)


def test_a_deletion_can_be_taken_back_from_the_message(desk: Desk) -> None:
    head = desk.at("head")
    assert head.post("/book/delete/", {"id": desk.ids["maps"]}).status_code == 302
    page = text(head.get("/book/"))
    assert desk.ids["maps"] not in rows(head.get("/book/"))
    entry = re.search(r'name="entry" value="(\d+)"', page)
    assert entry and "was deleted" in page
    head.post("/book/trash/", {"entry": entry[1]})
    assert desk.ids["maps"] in rows(head.get("/book/"))


def test_what_others_refer_to_is_not_deleted_and_the_page_says_what_refers(desk: Desk) -> None:
    head = desk.at("head")
    answer = head.post("/book/delete/", {"id": desk.ids["tides"]})
    assert "B000001" in text(head.get(answer.headers["Location"]))
    assert desk.record("book", desk.ids["tides"])


def test_a_change_can_be_undone_from_the_history(desk: Desk) -> None:
    head, id = desk.at("head"), desk.ids["verse"]
    head.post(f"/book/edit/?id={id}", {"price": "99.00"})
    said = text(head.get(f"/book/history/?id={id}"))
    change = re.search(r'name="change" value="(\d+)"', said)
    assert change and "9.90" in said and "99.00" in said and "Head" in said
    head.post("/book/undo/", {"id": id, "change": change[1]})
    assert str(desk.record("book", id)["price"]) == "9.90"
    assert head.post("/book/undo/", {"id": desk.ids["maps"], "change": change[1]}).status_code == 404


def test_history_masks_and_hides_like_the_record(desk: Desk) -> None:
    id = desk.ids["mo"]
    desk.at("desk").post(f"/member/edit/?id={id}", {"phone": "13900001111", "email": "new@example.com"})
    said = text(desk.at("audit").get(f"/member/history/?id={id}"))
    assert "Phone" in said
    for secret in ("13812345678", "13900001111", "new@example.com", "mo@example.com", "E-mail"):
        assert secret not in said


def test_a_masked_value_is_revealed_to_who_may_and_that_is_recorded(desk: Desk) -> None:
    visitor, id = desk.at("desk"), desk.ids["mo"]
    page = text(visitor.get(f"/member/details/?id={id}"))
    assert "11010519491231002X" not in page and 'name="field" value="id_number"' in page
    answer = visitor.post("/member/reveal/", {"id": id, "field": "id_number"}, headers={"X-Part": "1"})
    assert answer.json == {"value": "11010519491231002X"}
    assert "Revealed" in text(desk.at("head").get(f"/member/history/?id={id}"))
    assert desk.at("audit").post("/member/reveal/", {"id": id, "field": "phone"}).status_code == 403
    assert visitor.post("/member/reveal/", {"id": id, "field": "phone"}).status_code == 404


def test_a_file_is_attached_sent_and_removed(desk: Desk) -> None:
    head, id = desk.at("head"), desk.ids["tides"]
    head.post(f"/book/files/?id={id}", {"file": (io.BytesIO(PDF), "../../plan <x>.pdf")})
    page = text(head.get(f"/book/details/?id={id}"))
    key = re.search(r"key=([\w-]{10,})", page)
    assert key and "plan _x_.pdf" in page
    answer = head.get(f"/book/files/?id={id}&key={key[1]}")
    assert answer.data == PDF and answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert head.get(f"/book/files/?id={id}&key={key[1]}&show=1").mimetype == "application/pdf"
    for other in (f"id={desk.ids['verse']}&key={key[1]}", f"id={id}&key=nothing", f"id=999&key={key[1]}"):
        assert head.get(f"/book/files/?{other}").status_code == 404
    head.post(f"/book/files/?id={id}", {"remove": key[1]})
    assert head.get(f"/book/files/?id={id}&key={key[1]}").status_code == 404


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", b"<script>"),
        ("run.exe", b"MZ"),
        ("fake.png", b"<svg onload=x>"),
        ("empty.pdf", b""),
        ("noending", b"x"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused_in_words(desk: Desk, name: str, content: bytes) -> None:
    head, id = desk.at("head"), desk.ids["tides"]
    answer = head.post(f"/book/files/?id={id}", {"file": (io.BytesIO(content), name)})
    assert name.rpartition(".")[0] in text(head.get(answer.headers["Location"].partition("#")[0]))
    assert not desk.registry.files.of(desk.record("book", id))


def test_pictures_in_a_field_are_kept_with_the_record_and_only_their_own_keys_count(desk: Desk) -> None:
    head, id = desk.at("head"), desk.ids["tides"]
    png = b"\x89PNG\r\n\x1a\n" + b"0" * 20
    head.post(f"/book/edit/?id={id}", {"cover-upload": (io.BytesIO(png), "front.png")})
    keys = desk.record("book", id)["cover"]
    assert len(keys) == 1 and head.get(f"/book/files/?id={id}&key={keys[0]}").data == png
    desk.at("lea").post(f"/book/edit/?id={desk.ids['verse']}", {"cover": keys[0]})
    assert not desk.record("book", desk.ids["verse"])["cover"]
    head.post(f"/book/edit/?id={id}", {"cover": ""})
    assert not desk.record("book", id)["cover"]


def test_an_upload_outlives_a_refused_form_and_is_nobody_elses(desk: Desk) -> None:
    head, png = desk.at("head"), b"\x89PNG\r\n\x1a\n" + b"1" * 20
    answer = head.post("/book/new/", new_book(price="much") | {"cover-upload": (io.BytesIO(png), "front.png")})
    key = re.search(r'name="cover" value="([\w-]{10,})" checked>front.png', text(answer))
    assert answer.status_code == 422 and key
    stolen = desk.at("lea").post("/book/new/", {"name": "Other", "isbn": "9780000000010", "cover": key[1]})
    assert not desk.record("book", int(stolen.headers["Location"].rpartition("=")[2]))["cover"]
    saved = head.post("/book/new/", new_book(cover=key[1]))
    assert desk.record("book", int(saved.headers["Location"].rpartition("=")[2]))["cover"] == (key[1],)
    wrong = head.post("/book/new/", new_book(isbn="9780000000011") | {"cover-upload": (io.BytesIO(b"x"), "x.exe")})
    assert wrong.status_code == 422 and 'id="f-cover-errors"' in text(wrong)


def test_comments_are_read_by_who_may_see_and_taken_back_by_their_author_alone(desk: Desk) -> None:
    head, lea, id = desk.at("head"), desk.at("lea"), desk.ids["tides"]
    head.post(f"/book/comments/?id={id}", {"text": "Bind it <b>again</b>"})
    page = lea.get(f"/book/details/?id={id}")
    assert "Bind it &lt;b&gt;again" in page.get_data(as_text=True)
    comment = desk.registry.comments.of(desk.record("book", id))[0].id
    assert lea.post(f"/book/comments/?id={id}", {"remove": comment}).status_code == 404
    assert desk.at("audit").post(f"/book/comments/?id={id}", {"text": "no"}).status_code == 403
    head.post(f"/book/comments/?id={id}", {"remove": comment})
    assert "Bind it" not in text(lea.get(f"/book/details/?id={id}"))


def test_a_look_up_goes_through_the_field_and_the_scope(desk: Desk) -> None:
    lea = desk.at("lea")
    assert lea.get("/copy/ajax/lookup/?field=shelf&query=").json == [[desk.ids["a1"], "North/A1"]]
    assert lea.get("/copy/ajax/lookup/?field=shelf&query=South").json == []
    assert lea.get("/copy/ajax/lookup/?field=cost&query=").status_code == 404
    assert lea.get("/copy/ajax/lookup/?field=nothing").status_code == 404
    assert lea.get("/fine/ajax/lookup/?field=member").status_code == 403
    for number in range(40):
        desk.add("author", name=f"Author {number:02}")
    assert len(lea.get("/book/ajax/lookup/?field=authors&limit=1000&query=").json) == 20


def test_a_pdf_named_wrongly_is_still_sent_as_a_download_of_its_own_name(desk: Desk) -> None:
    head, id = desk.at("head"), desk.ids["verse"]
    head.post(f"/book/files/?id={id}", {"file": (io.BytesIO("名,值".encode()), "清单.csv")})
    key = desk.registry.files.of(desk.record("book", id))[0].key
    answer = head.get(f"/book/files/?id={id}&key={key}&show=1")
    said = answer.headers["Content-Disposition"]
    assert said.startswith("attachment") and "UTF-8''" in said


def test_a_masked_field_is_filled_in_once_and_never_changed(desk: Desk) -> None:
    clerk = desk.at("desk")
    assert 'name="id_number"' in text(clerk.get("/member/new/"))
    assert 'name="id_number"' not in text(clerk.get(f"/member/edit/?id={desk.ids['mo']}"))
    answer = clerk.post("/member/new/", {"name": "Nan", "id_number": "310104198401220961", "joined_on": "2026-03-16"})
    id = int(answer.headers["Location"].rpartition("=")[2])
    assert desk.record("member", id)["id_number"] == "310104198401220961"
    assert "310104198401220961" not in text(clerk.get(f"/member/details/?id={id}"))
    assert clerk.post(f"/member/edit/?id={id}", {"id_number": "11010519491231002X"}).status_code == 403


def test_empty_fields_stand_behind_a_toggle(desk: Desk) -> None:
    page = text(desk.at("head").get(f"/member/details/?id={desk.ids['mo']}"))
    before, _, after = page.partition('class="fact-group blank-facts"')
    assert "13812345678" in before and "<dt>Birthday</dt>" not in before and "<dt>Birthday</dt>" in after
