"""Papers are printed for those who may, of what they see, kept in the archive and told in the history."""

from __future__ import annotations

import re
from typing import Any

import pytest

from models import printing
from models.actor import SYSTEM, Source
from models.errors import Invalid, NotAllowed
from models.printing import Sheet
from tests.printing.conftest import pages_of
from tests.site.entity_desk import PASSWORD, Desk, text
from transfer.printing import print_document

pytestmark = pytest.mark.both_engines


def printed(visitor: Any, form: dict[str, Any], entity: str = "loan") -> Any:
    """The answer to the button, with everything answered at once."""
    return visitor.post(f"/{entity}/action/", {"action": "print:loan_slip", "confirmed": "1", **form})


def pdf_of(visitor: Any, page: str) -> list[str]:
    """The pages of the PDF that a result page offers."""
    url = re.search(r'href="(/handouts/[^"?]+)"', page)
    assert url, page
    return pages_of(visitor.get(url[1]).get_data())


def test_one_paper_is_shown_in_place_to_its_person_alone(desk: Desk) -> None:
    head = desk.at("head")
    answer = printed(head, {"rowid": [desk.ids["north_loan"]], "greeting": "See you *soon* #panic()"})
    assert answer.status_code == 302
    got = head.get(answer.location)
    assert got.status_code == 200 and got.mimetype == "application/pdf"
    assert got.headers["Content-Disposition"].startswith("inline")
    assert "no-store" in got.headers["Cache-Control"]
    (page,) = pages_of(got.get_data())
    assert "1April2026" in page and "13812345678" in page and "Seeyou*soon*#panic()" in page
    assert "BendoftheRiverLibrary" in page and "1RiverRoad" in page
    saved = head.get(f"{answer.location}?download")
    assert saved.headers["Content-Disposition"].startswith("attachment")
    for other in ("lea", "audit", "desk"):
        assert desk.at(other).get(answer.location).status_code == 404
    assert desk.visit(desk.app).get(answer.location).status_code in (302, 401)


@pytest.mark.parametrize("key", ["x", "..", "a" * 32, "%2e%2e%2f%2e%2e%2fsecret_key"])
def test_no_other_file_comes_out_of_that_door(desk: Desk, key: str) -> None:
    assert desk.at("head").get(f"/handouts/{key}/").status_code == 404


def test_a_handout_is_gone_after_its_hour(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from admin_views import handouts

    head = desk.at("head")
    first = printed(head, {"rowid": [desk.ids["north_loan"]]}).location
    monkeypatch.setattr(handouts, "KEPT", -1)
    assert head.get(first).status_code == 200, "its hour was said when it was made"
    second = printed(head, {"rowid": [desk.ids["north_loan"]]}).location
    assert head.get(second).status_code == 404
    printed(head, {"rowid": [desk.ids["north_loan"]]})
    assert head.get(first).status_code == 404, "what is over was taken away"


def test_the_buttons_are_for_those_who_may_print(desk: Desk) -> None:
    page = f"/loan/details/?id={desk.ids['north_loan']}"
    for who, shown in (("head", True), ("desk", True), ("lea", True), ("audit", False)):
        visitor = desk.at(who)
        assert ("print:loan_slip" in text(visitor.get(page))) is shown, who
        assert ("print:loan_slip" in text(visitor.get("/loan/"))) is shown, who


def test_who_may_not_print_is_refused_at_the_door(desk: Desk) -> None:
    assert printed(desk.at("audit"), {"rowid": [desk.ids["north_loan"]]}).status_code == 403
    assert printed(desk.at("head"), {"rowid": [desk.ids["mo"]]}, "member").status_code == 404, "of another entity"
    answer = desk.at("head").post("/loan/action/", {"action": "print:nothing", "rowid": [desk.ids["north_loan"]]})
    assert answer.status_code == 404


def test_records_out_of_scope_are_not_printed(desk: Desk) -> None:
    lea, both = desk.at("lea"), [desk.ids["north_loan"], desk.ids["south_loan"]]
    assert printed(lea, {"rowid": [desk.ids["south_loan"]]}).status_code == 404
    answer = printed(lea, {"rowid": both})
    (page,) = pages_of(lea.get(answer.location).get_data())
    assert "138****5678" in page and "13812345678" not in page, "masked as on her screen"


def test_a_selection_is_one_file_in_the_order_of_the_list_with_who_was_left_out(desk: Desk) -> None:
    ann = desk.add("member", name="Ann")
    third = desk.add("loan", book_copy=desk.ids["tides1"], member=ann, due_on="2026-03-20")
    head = desk.at("head")
    page = text(printed(head, {"every": "sort=due_on"}))
    assert "3 done, 0 not done" in page
    assert [re.findall(r"Reader(Ann|Mo)", sheet)[0] for sheet in pdf_of(head, page)] == ["Ann", "Mo", "Mo"]
    page = text(printed(head, {"rowid": [desk.ids["south_loan"], third, desk.ids["north_loan"]]}))
    assert [re.findall(r"Reader(Ann|Mo)", sheet)[0] for sheet in pdf_of(head, page)] == ["Mo", "Ann", "Mo"]


def test_records_without_a_sheet_are_named_with_the_reason(desk: Desk) -> None:
    desk.registry.rows.models["loan"].update(state="returned").where(
        desk.registry.rows.models["loan"].id == desk.ids["south_loan"]
    ).execute()
    head = desk.at("head")
    page = text(printed(head, {"rowid": [desk.ids["north_loan"], desk.ids["south_loan"]]}))
    assert "1 done, 1 not done" in page and "Has been returned" in page and len(pdf_of(head, page)) == 1
    alone = printed(head, {"rowid": [desk.ids["south_loan"]]})
    assert alone.status_code == 302 and "Has been returned" in text(head.get(alone.location))


def test_the_question_comes_first_where_there_is_one(desk: Desk) -> None:
    head, ids = desk.at("head"), [desk.ids["north_loan"], desk.ids["south_loan"]]
    answer = text(head.post("/loan/action/", {"action": "print:loan_slip", "rowid": ids}))
    assert 'name="greeting"' in answer and "2 records" in answer
    assert "at most 600" in answer
    direct = head.post("/member/action/", {"action": "print:reader_card", "rowid": [desk.ids["mo"]]})
    assert direct.status_code == 302 and "/handouts/" in direct.location


def test_in_a_dialog_one_paper_is_offered_and_not_gone_to(desk: Desk) -> None:
    form = {"csrf_token": "", "action": "print:reader_card", "rowid": [desk.ids["mo"]], "confirmed": "1"}
    head = desk.at("head")
    page = head.client.post("/member/action/", data={**form, "csrf_token": head.token}, headers={"X-Part": "1"})
    assert page.status_code == 200 and pages_of(head.get(re.findall(r"/handouts/[^/]+/", text(page))[0]).get_data())


def test_too_many_are_refused_with_the_bound(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "MOST", 1)
    answer = printed(desk.at("head"), {"rowid": [desk.ids["north_loan"], desk.ids["south_loan"]]})
    assert answer.status_code == 422 and "at most 1 can be printed" in text(answer)


def test_a_printed_paper_is_in_the_archive_and_in_the_history(desk: Desk) -> None:
    head = desk.at("head")
    printed(head, {"rowid": [desk.ids["north_loan"]]})
    (key,) = desk.record("member", desk.ids["mo"])["papers"]
    (file,) = desk.registry.files.named("member", [key])
    assert "1April2026" in pages_of(desk.registry.files.path(file).read_bytes())[0]
    assert file.name.startswith("Loan slip L260316-001")
    (change, *_) = desk.registry.history.of(SYSTEM, "loan", desk.ids["north_loan"])
    assert (change.verb, change.source, change.actor_name) == ("print:loan_slip", "print", "Head")
    assert "Printed: Loan slip" in text(head.get(f"/loan/history/?id={desk.ids['north_loan']}"))
    (kept, *_) = desk.registry.history.of(SYSTEM, "member", desk.ids["mo"])
    assert (kept.source, kept.detail) == ("print", "loan_slip")


def test_the_same_paper_again_is_kept_once_and_another_beside_it(desk: Desk) -> None:
    head = desk.at("head")
    for greeting in ("", "", "Hello", ""):
        printed(head, {"rowid": [desk.ids["north_loan"]], "greeting": greeting})
    assert len(desk.record("member", desk.ids["mo"])["papers"]) == 3
    verbs = [change.verb for change in desk.registry.history.of(SYSTEM, "loan", desk.ids["north_loan"])]
    assert verbs.count("print:loan_slip") == 4


def test_an_archive_that_is_full_stops_no_printing_and_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    options = desk.registry.schema.entities["member"].fields["papers"].type.options
    monkeypatch.setitem(options.__dict__, "max", 1)
    head = desk.at("head")
    page = text(printed(head, {"rowid": [desk.ids["north_loan"], desk.ids["south_loan"]]}))
    assert "1 done, 1 not done" in page and "not kept in the archive" in page and len(pdf_of(head, page)) == 2


def test_who_may_print_need_not_be_able_to_write_the_archive(desk: Desk, person: Any) -> None:
    assert not desk.registry.access.may(desk.registry.accounts.actor(desk.users["lea"]), "member", "update")
    printed(desk.at("lea"), {"rowid": [desk.ids["north_loan"]]})
    assert len(desk.record("member", desk.ids["mo"])["papers"]) == 1


def test_the_rules_below_the_screens_hold_without_them(desk: Desk) -> None:
    def actor(name: str) -> Any:
        return desk.registry.accounts.actor(desk.users[name])

    with pytest.raises(NotAllowed):
        print_document(desk.registry, actor("audit"), "loan_slip", [desk.ids["north_loan"]], {})
    with pytest.raises(Invalid, match="A word to the reader"):
        print_document(desk.registry, actor("head"), "loan_slip", [desk.ids["north_loan"]], {"greeting": "x" * 81})
    nothing = print_document(desk.registry, actor("lea"), "loan_slip", [desk.ids["south_loan"]], {})
    assert nothing.files == [] and nothing.done == []


def test_a_document_without_a_function_is_named_at_the_start(
    slips_schema: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list(printing.absent(slips_schema)) == []
    monkeypatch.delitem(printing._known, "reader_card")
    assert list(printing.absent(slips_schema)) == ["reader_card"]


def test_two_functions_of_one_name_are_refused() -> None:
    def other(*_: Any) -> Any:
        return Sheet(1, {})

    other.__module__ = "elsewhere"
    with pytest.raises(ValueError, match="two documents"):
        printing.document("loan_slip")(other)


def test_every_paper_of_the_office_is_closed_to_roles_it_does_not_name(
    office: Any, person: Any, site_of: Any, visit: Any
) -> None:
    app, tried = site_of(office), 0
    for role in office.schema.roles:
        person(office, role, password=PASSWORD)
        visitor = visit(app)
        visitor.sign_in(role, PASSWORD)
        for paper in office.schema.documents.values():
            form = {"action": f"print:{paper.name}", "rowid": ["1"], "confirmed": "1"}
            status = visitor.post(f"/{paper.entity}/action/", form).status_code
            if role in paper.by:
                assert status == 404, "there is no such record yet"
            else:
                tried += status == 403
                assert status == 403, (role, paper.name)
    assert tried


def test_why_says_who_may_print(desk: Desk) -> None:
    desk.registry.store.update(SYSTEM, "user", desk.users["head"], {"roles": ("head", "admin")}, Source("cli"))
    page = text(desk.at("head").get("/admin/why?user=audit&entity=loan"))
    assert "Loan slip" in page
