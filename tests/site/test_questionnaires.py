"""`/questionnaires/` through HTTP: written in drafts, drawn once counted, entered by code (S8)."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from models.actor import SYSTEM, Source
from tests.office.surveys import Surveys, surveys_office
from tests.site.conftest import PASSWORD, Visitor


@pytest.fixture
def surveys(office: Any, person: Callable[..., Any]) -> Surveys:
    return surveys_office(office, person, PASSWORD)


@pytest.fixture
def enter(surveys: Surveys, site_of: Callable[..., Flask], visit: Callable[..., Visitor]) -> Callable[[str], Visitor]:
    app = site_of(surveys.registry)

    def go_in(who: str) -> Visitor:
        visitor = visit(app)
        visitor.sign_in(who)
        return visitor

    return go_in


def form_of(page: str) -> dict[str, str]:
    """The builder's form as a browser would send it."""
    fields: dict[str, str] = {}
    for tag in re.findall(r"<input [^>]+>", page.split('class="build"')[1].split("build-preview")[0]):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if attributes.get("type") != "checkbox" or " checked" in tag:
            fields[attributes["name"]] = attributes.get("value", "on")
    for name, options in re.findall(r'<select [^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]+)" selected', options)
        fields[name] = chosen[1] if chosen else ""
    return fields | dict(re.findall(r'<textarea [^>]*name="((?:q-|intro)[^"]*)"[^>]*>([^<]*)</textarea>', page))


def test_a_survey_is_written_on_one_page_and_kept_together(surveys: Surveys, enter: Callable[[str], Visitor]) -> None:
    visitor = enter("assistant")
    made = visitor.post("/questionnaires/")
    assert made.status_code == 303 and made.headers["Location"].endswith("/questionnaires/1/build/")
    form = form_of(visitor.get("/questionnaires/1/build/").get_data(as_text=True))
    for deed in ("add:rating", "add:choice", "add:text"):
        page = visitor.post("/questionnaires/1/build/", {**form, "do": deed})
        form = form_of(page.get_data(as_text=True))
    assert surveys.questions(1) == []
    form |= {"name": "春季问卷", "q-0-words": "保洁", "q-0-required": "1", "q-1-words": "频率", "q-1-options": "常\n少",
             "q-2-words": "建议"}  # fmt: skip
    form = form_of(visitor.post("/questionnaires/1/build/", {**form, "do": "up:2"}).get_data(as_text=True))
    assert visitor.post("/questionnaires/1/build/", {**form, "do": "save"}).status_code == 303
    kept = [(one.place, one.kind, one.words.zh, one.required) for one in surveys.questions(1)]
    assert kept == [(1, "rating", "保洁", True), (2, "text", "建议", False), (3, "choice", "频率", False)]
    assert surveys.get("survey", 1)["name"] == "春季问卷"
    ids = [one.id for one in surveys.questions(1)]
    form = form_of(visitor.get("/questionnaires/1/build/").get_data(as_text=True))
    form = form_of(visitor.post("/questionnaires/1/build/", {**form, "do": "remove:1"}).get_data(as_text=True))
    visitor.post("/questionnaires/1/build/", {**form, "do": "save"})
    assert [one.id for one in surveys.questions(1)] == [ids[0], ids[2]]


def test_what_is_wrong_stands_at_its_question_and_nothing_is_kept(
    surveys: Surveys, enter: Callable[[str], Visitor]
) -> None:
    survey = surveys.survey(publish=False)
    visitor = enter("supervisor")
    form = form_of(visitor.get(f"/questionnaires/{survey}/build/").get_data(as_text=True))
    answer = visitor.post(
        f"/questionnaires/{survey}/build/",
        {**form, "do": "save", "q-0-words": "改了的", "q-1-options": "只有一个", "q-3-words": ""},
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422 and "Write two options at least" in page and page.count("build-row has-error") == 2
    assert 'value="改了的"' in page
    assert surveys.questions(survey)[0].words.zh == "客服态度"
    wrong = visitor.post(f"/questionnaires/{survey}/build/", {**form, "do": "save", "closes_on": "2026-02-01"})
    assert wrong.status_code == 422 and "cannot close before it opens" in wrong.get_data(as_text=True)


def test_of_two_who_write_at_once_the_second_is_told(surveys: Surveys, enter: Callable[[str], Visitor]) -> None:
    survey = surveys.survey(publish=False)
    visitor = enter("supervisor")
    form = form_of(visitor.get(f"/questionnaires/{survey}/build/").get_data(as_text=True))
    first = surveys.questions(survey)[0].id
    surveys.registry.store.update(SYSTEM, "survey_question", first, {"words": "别人改的"}, Source("form"))
    answer = visitor.post(f"/questionnaires/{survey}/build/", {**form, "do": "save", "q-0-words": "我改的"})
    assert answer.status_code == 422 and "changed this survey after you opened it" in answer.get_data(as_text=True)
    assert surveys.questions(survey)[0].words.zh == "别人改的"


def test_a_published_survey_is_not_opened_in_the_builder(surveys: Surveys, enter: Callable[[str], Visitor]) -> None:
    survey = surveys.survey()
    answer = enter("supervisor").get(f"/questionnaires/{survey}/build/")
    assert answer.status_code == 409 and "its questions stand" in answer.get_data(as_text=True)


@pytest.mark.parametrize("who", ["director", "steward1", "frontdesk", "auditor"])
def test_only_who_writes_surveys_writes_them(surveys: Surveys, enter: Callable[[str], Visitor], who: str) -> None:
    survey = surveys.survey(publish=False)
    visitor = enter(who)
    assert visitor.get("/questionnaires/").status_code == 200
    assert visitor.get(f"/questionnaires/{survey}/build/").status_code == 403
    assert visitor.post(f"/questionnaires/{survey}/build/", {"do": "save"}).status_code == 403
    assert visitor.post("/questionnaires/").status_code == 403
    assert visitor.get(f"/questionnaires/{survey}/sample/").status_code == 403
    assert visitor.post(f"/questionnaires/{survey}/sample/", {"by": "everyone"}).status_code == 403


@pytest.mark.parametrize("who", ["cashier", "engineer", "security"])
def test_others_find_no_questionnaires(surveys: Surveys, enter: Callable[[str], Visitor], who: str) -> None:
    surveys.survey()
    visitor = enter(who)
    for path in ("/questionnaires/", "/questionnaires/1/", "/questionnaires/enter/", "/questionnaires/1/links/"):
        assert visitor.get(path).status_code == 403
    assert "/questionnaires/" not in visitor.get("/").get_data(as_text=True)


def test_a_sample_is_counted_before_it_is_drawn(surveys: Surveys, enter: Callable[[str], Visitor]) -> None:
    for n in range(12):
        surveys.home(str(101 + n))
    surveys.survey()
    visitor = enter("supervisor")
    asked = "?by=percent&percent=50&whom=residents&channel=paper"
    part = visitor.get(f"/questionnaires/1/sample/{asked}", headers={"X-Part": "1"}).get_data(as_text=True)
    assert ">6<" in part and "12 households" in part and surveys.invitations(1) == {}
    form = {"by": "percent", "percent": "50", "whom": "residents", "channel": "link"}
    assert visitor.post("/questionnaires/1/sample/", form).status_code == 303
    assert len(surveys.invitations(1)) == 6
    units = {"by": "units", "units": "1-1-101，1-1-999", "whom": "residents", "channel": "paper"}
    wrong = visitor.post("/questionnaires/1/sample/", units)
    assert wrong.status_code == 422 and "There is no unit 1-1-999" in wrong.get_data(as_text=True)
    visitor.post("/questionnaires/1/sample/", {**units, "units": "1-1-101\n1-1-102 1-1-103"})
    assert len(surveys.invitations(1)) >= 6


def test_a_code_leads_to_the_sheet_and_the_sheet_to_the_next_code(
    surveys: Surveys, enter: Callable[[str], Visitor]
) -> None:
    surveys.home("101")
    survey = surveys.survey()
    surveys.draw(survey)
    code = surveys.get("survey_invitation", 1)["code"]
    visitor = enter("frontdesk")
    assert visitor.get("/questionnaires/enter/?code=999").status_code == 422
    found = visitor.get(f"/questionnaires/enter/?code={code}")
    assert found.headers["Location"].endswith("/questionnaires/invitations/1/")
    scanned = visitor.get("/questionnaires/enter/", query_string={"code": f"http://localhost{surveys.link(1)}"})
    assert scanned.headers["Location"] == found.headers["Location"]
    sheet = visitor.get("/questionnaires/invitations/1/").get_data(as_text=True)
    assert "1-1-101" in sheet and "Manners of the desk" in sheet
    rating = surveys.questions(survey)[0].id
    missing = visitor.post("/questionnaires/invitations/1/", {"do": "save", "how": "paper"})
    assert missing.status_code == 422 and "Please answer this question" in missing.get_data(as_text=True)
    scan = (io.BytesIO(b"\x89PNG\r\n\x1a\n scan"), "纸.png")
    sent = visitor.post(
        "/questionnaires/invitations/1/", {"do": "save", "how": "paper", f"q{rating}": "3", "scans": scan},
        content_type="multipart/form-data",
    )  # fmt: skip
    assert sent.status_code == 303 and sent.headers["Location"].endswith("/questionnaires/enter/")
    assert surveys.answers(1) == [(1, 3, 3, None)] and len(surveys.get("survey_invitation", 1)["scans"]) == 1
    again = visitor.post("/questionnaires/invitations/1/", {"do": "save", f"q{rating}": "1"})
    assert again.status_code == 303 and surveys.answers(1) == [(1, 3, 3, None)]
    assert "This one is back already" in visitor.get("/questionnaires/invitations/1/").get_data(as_text=True)


def test_who_talks_on_the_phone_goes_back_to_the_call(surveys: Surveys, enter: Callable[[str], Visitor]) -> None:
    surveys.home("101")
    survey = surveys.survey()
    surveys.draw(survey, channel="phone")
    rating = surveys.questions(survey)[0].id
    form = {"do": "save", "how": "phone", f"q{rating}": "5", "back": "/calls/7/"}
    sent = enter("frontdesk").post("/questionnaires/invitations/1/", form)
    assert sent.headers["Location"].endswith("/calls/7/")
    assert surveys.get("survey_invitation", 1)["answered_by"] == "phone"
    evil = enter("frontdesk").post("/questionnaires/invitations/1/", {**form, "back": "https://evil.example/"})
    assert "evil" not in evil.headers["Location"]


def test_links_are_listed_for_those_who_send_them(surveys: Surveys, enter: Callable[[str], Visitor]) -> None:
    surveys.home("101")
    surveys.home("102")
    survey = surveys.survey()
    surveys.draw(survey, channel="link")
    surveys.enter(2)
    page = enter("frontdesk").get("/questionnaires/1/links/").get_data(as_text=True)
    assert surveys.link(1) in page and surveys.link(2) not in page
    assert enter("frontdesk").get("/questionnaires/1/links/?file=csv").status_code == 403
    file = enter("supervisor").get("/questionnaires/1/links/?file=csv")
    assert file.mimetype == "text/csv" and surveys.link(1) in file.get_data(as_text=True)
    for who in ("steward1", "auditor", "director"):
        assert enter(who).get("/questionnaires/1/links/").status_code == 403


def test_a_page_costs_the_same_for_two_homes_and_for_forty(surveys: Surveys, enter: Callable[[str], Visitor]) -> None:
    asked: list[str] = []
    plain = surveys.registry.db.execute_sql

    def listening(sql: str, *rest: Any, **more: Any) -> Any:
        asked.append(sql)
        return plain(sql, *rest, **more)

    visitor = enter("supervisor")

    def costs() -> list[int]:
        found = []
        for path in ("/questionnaires/", "/questionnaires/1/", "/questionnaires/1/links/", "/questionnaires/enter/",
                     "/reports/survey_results/?part=scores", "/reports/survey_results/?part=buildings"):  # fmt: skip
            visitor.get(path)
            asked.clear()
            assert visitor.get(path).status_code == 200
            found.append(len(asked))
        return found

    for n in range(6):
        surveys.home(str(101 + n), str(1 + n % 2))
    surveys.survey()
    surveys.draw(1, channel="link")
    for id in range(1, 6):
        surveys.enter(id, who="supervisor")
    surveys.registry.db.execute_sql = listening
    few = costs()
    for n in range(40):
        surveys.home(str(201 + n), str(1 + n % 9))
    surveys.draw(1, channel="link")
    for id in range(10, 30):
        surveys.enter(id, who="supervisor")
    many = costs()
    del surveys.registry.db.execute_sql
    assert all(now <= before for now, before in zip(many, few, strict=True)) and max(many) < 40
