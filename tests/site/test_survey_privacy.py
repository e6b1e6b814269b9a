"""Nobody but the supervisor and the director reads an answer; every door is tried (S8)."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask

from office.surveys.answering import enter_answers
from tests.office.surveys import Surveys, surveys_office
from tests.site.conftest import PASSWORD, Visitor

SECRET = "谁也不许看的话"
SCAN = b"\x89PNG\r\n\x1a\n the paper itself"
OUTSIDERS = ("assistant", "steward1", "frontdesk", "auditor", "cashier", "engineer", "security")
READERS = ("supervisor", "director")
DOORS = (
    "/survey_answer/",
    "/survey_answer/?search=谁也",
    "/survey_answer/?text_contains=谁也",
    "/survey_answer/details/?id=5",
    "/survey_answer/history/?id=5",
    "/survey_answer/edit/?id=5",
    "/survey_answer/export/csv/",
    "/survey_answer/export/xlsx/",
    "/survey_answer/ajax/lookup/?query=1",
    "/survey_answer/trash/",
    "/survey_answer/filters/",
    "/survey_invitation/",
    "/survey_invitation/details/?id=1",
    "/survey_invitation/details/?id=1&tab=survey_answer",
    "/survey_invitation/history/?id=1",
    "/survey_invitation/export/csv/",
    "/survey/details/?id=1",
    "/survey/details/?id=1&tab=survey_invitation",
    "/survey_question/details/?id=4",
    "/survey_question/details/?id=4&tab=survey_answer",
    "/questionnaires/",
    "/questionnaires/1/",
    "/questionnaires/enter/",
    "/questionnaires/invitations/1/",
    "/questionnaires/1/links/",
    "/questionnaires/1/links/?file=csv",
    "/reports/survey_results/?survey=1",
    "/reports/survey_results/?survey=1&part=words",
    "/reports/survey_results/?survey=1&part=buildings",
    "/reports/survey_results/csv/?survey=1&part=words",
    "/reports/survey_results/file/csv/?survey=1&part=words",
    "/search/?query=谁也不许",
    "/",
    "/inbox/",
    "/calls/",
)


@pytest.fixture
def surveys(office: Any, person: Callable[..., Any]) -> Surveys:
    """Six answered sheets; the first has a text and a scan."""
    made = surveys_office(office, person, PASSWORD)
    for n in range(6):
        made.home(str(101 + n))
    made.survey()
    made.draw(1)
    first, *others = made.invitations(1).values()
    assert first == 1
    now = office.clock.now()
    scan = ("回收.png", io.BytesIO(SCAN))
    enter_answers(office, made.people["frontdesk"], first, made.sheet(1, 1, SECRET), "paper", now, [scan])
    for id in others:
        made.enter(id)
    return made


@pytest.fixture
def enter(surveys: Surveys, site_of: Callable[..., Flask], visit: Callable[..., Visitor]) -> Callable[[str], Visitor]:
    app = site_of(surveys.registry)

    def go_in(who: str) -> Visitor:
        visitor = visit(app)
        visitor.sign_in(who)
        return visitor

    return go_in


@pytest.mark.parametrize("who", OUTSIDERS)
def test_no_door_shows_an_answer_to_others(enter: Callable[[str], Visitor], who: str) -> None:
    visitor = enter(who)
    for door in DOORS:
        for part in ({}, {"headers": {"X-Part": "1"}}):
            answer = visitor.get(door, **part)
            assert SECRET.encode() not in answer.data and SCAN not in answer.data, door
            assert answer.status_code in (200, 302, 303, 403, 404, 422), (door, answer.status_code)


@pytest.mark.parametrize("who", OUTSIDERS)
def test_no_deed_shows_an_answer_to_others(enter: Callable[[str], Visitor], who: str, surveys: Surveys) -> None:
    visitor = enter(who)
    keys = surveys.get("survey_invitation", 1)["scans"]
    posts = (
        ("/survey_invitation/action/", {"rowid": "1", "action": "print:questionnaire", "confirmed": "1"}),
        ("/survey_invitation/action/", {"rowid": "1", "action": "do:void_answers", "confirmed": "1", "why": "x"}),
        ("/survey_invitation/action/", {"rowid": "1", "action": "do:record_return", "confirmed": "1",
                                        "outcome": "refused"}),
        ("/survey_answer/action/", {"rowid": "5", "action": "delete", "confirmed": "1"}),
        ("/survey_answer/new/", {"invitation": "1", "question": "4", "code": "7", "text": SECRET[:2]}),
        ("/questionnaires/invitations/1/", {"do": "save"}), ("/questionnaires/invitations/1/", {"do": "refused"}),
        ("/survey_invitation/reveal/", {"id": "1", "field": "scans"}),
        ("/survey_answer/comments/", {"id": "5", "text": "?"}),
    )  # fmt: skip
    for path, form in posts:
        assert SECRET.encode() not in visitor.post(path, form).data, path
    for key in keys:
        assert visitor.get(f"/survey_invitation/files/?{urlencode({'id': 1, 'key': key})}").status_code in (403, 404)
        assert SCAN not in visitor.get(f"/survey_answer/files/?{urlencode({'id': 5, 'key': key})}").data
    assert surveys.get("survey_invitation", 1)["state"] == "answered" and len(surveys.answers(1)) == 5


@pytest.mark.parametrize("who", READERS)
def test_supervisor_and_director_read_it(enter: Callable[[str], Visitor], who: str, surveys: Surveys) -> None:
    visitor = enter(who)
    assert SECRET.encode() in visitor.get("/survey_answer/details/?id=5").data
    assert SECRET.encode() in visitor.get("/reports/survey_results/?survey=1&part=words").data
    (key,) = surveys.get("survey_invitation", 1)["scans"]
    file = visitor.get(f"/survey_invitation/files/?{urlencode({'id': 1, 'key': key})}")
    assert file.status_code == 200 and SCAN in file.data


def test_verbatims_name_nobody_even_to_them(enter: Callable[[str], Visitor]) -> None:
    page = enter("director").get("/reports/survey_results/?survey=1&part=words").get_data(as_text=True)
    assert SECRET in page and "1-1-101" not in page and "业主1-101" not in page


def test_a_stranger_gets_nothing_by_any_address(surveys: Surveys, site_of: Callable[..., Flask]) -> None:
    client = site_of(surveys.registry).test_client()
    (key,) = surveys.get("survey_invitation", 1)["scans"]
    for path in (*DOORS, surveys.link(1), f"/survey_invitation/files/?id=1&key={key}", f"/s/{key}/"):
        answer = client.get(path)
        assert SECRET.encode() not in answer.data and SCAN not in answer.data, path
