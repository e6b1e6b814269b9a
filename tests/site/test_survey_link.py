"""`/s/<token>/`: a private link is answered once, shows nobody, and is not worth guessing (S8)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from office.surveys.policy import policy_of
from tests.office.surveys import Surveys, surveys_office

SECRET = "王秘密"


@pytest.fixture
def surveys(office: Any, person: Callable[..., Any]) -> Surveys:
    made = surveys_office(office, person)
    for room in ("101", "102", "103"):
        made.home(room, owner=f"{SECRET}{room}")
    return made


@pytest.fixture
def app(surveys: Surveys, site_of: Callable[..., Flask]) -> Flask:
    return site_of(surveys.registry)


@pytest.fixture
def links(surveys: Surveys) -> list[str]:
    """The private links of three households."""
    survey = surveys.survey()
    surveys.draw(survey, channel="link")
    return [surveys.link(id) for id in surveys.invitations(survey).values()]


def filled_in(surveys: Surveys, points: str = "4", text: str = "多种树") -> dict[str, Any]:
    rating, choice, choices, words = surveys.questions(1)
    return {f"q{rating.id}": points, f"q{choice.id}": "2", f"q{choices.id}": ["1", "3"], f"q{words.id}": text}


def test_who_holds_the_link_answers_once_without_an_account(surveys: Surveys, app: Flask, links: list[str]) -> None:
    stranger = app.test_client()
    page = stranger.get(links[0]).get_data(as_text=True)
    assert "满意度调查" in page and "客服态度" in page and "提交答卷" in page
    sent = stranger.post(links[0], data=filled_in(surveys))
    assert sent.status_code == 303 and sent.headers["Location"].startswith(links[0])
    thanks = stranger.get(sent.headers["Location"]).get_data(as_text=True)
    assert "感谢您" in thanks
    assert surveys.answers(1) == [(1, 4, 4, None), (2, 2, None, None), (3, 1, None, None), (3, 3, None, None),
                                  (4, 0, None, "多种树")]  # fmt: skip
    kept = surveys.get("survey_invitation", 1)
    assert (kept["state"], kept["answered_by"], kept["entered_by"]) == ("answered", "link", None)


def test_a_second_visit_thanks_and_tells_no_answer(surveys: Surveys, app: Flask, links: list[str]) -> None:
    stranger = app.test_client()
    stranger.post(links[0], data=filled_in(surveys, text="只说一遍的话"))
    again = stranger.get(links[0])
    assert again.status_code == 200 and "感谢您" in again.get_data(as_text=True)
    assert "只说一遍的话" not in again.get_data(as_text=True) and "客服态度" not in again.get_data(as_text=True)
    assert stranger.post(links[0], data=filled_in(surveys, points="1")).status_code == 303
    assert surveys.answers(1)[0] == (1, 4, 4, None)


def test_it_names_nobody_and_no_home(surveys: Surveys, app: Flask, links: list[str]) -> None:
    surveys.enter(2, text="邻居的话")
    pages = [app.test_client().get(f"{links[0]}?lang={lang}").get_data(as_text=True) for lang in ("zh", "en")]
    for page in pages:
        for word in (SECRET, "1-1-10", "邻居的话", surveys.get("survey_invitation", 1)["code"], "csrf", "<script"):
            assert word not in page


def test_both_languages_by_the_switch_and_by_the_browser(app: Flask, links: list[str]) -> None:
    stranger = app.test_client()
    zh = stranger.get(links[0], headers={"Accept-Language": "en"}).get_data(as_text=True)
    assert "How are we doing" in zh and "Manners of the desk" in zh and 'lang="en"' in zh
    switch = re.search(r'class="top-lang" href="([^"]+)"', zh)
    assert switch is not None
    page = stranger.get(switch[1], headers={"Accept-Language": "en"}).get_data(as_text=True)
    assert "客服态度" in page and "希望改进的方面" in page
    form = re.search(r'action="([^"]+)"', page)
    assert form is not None and form[1].endswith("?lang=zh")
    assert "请回答这一题" in stranger.post(form[1], data={}, headers={"Accept-Language": "en"}).get_data(as_text=True)


def test_what_is_missing_is_said_and_what_was_filled_in_stays(surveys: Surveys, app: Flask, links: list[str]) -> None:
    rating, choice, _choices, words = surveys.questions(1)
    answer = app.test_client().post(links[0], data={f"q{choice.id}": "3", f"q{words.id}": "<b>还在</b>"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422 and "请回答这一题" in page
    assert f'href="#ask-{rating.id}"' in page and "&lt;b&gt;还在&lt;/b&gt;" in page
    assert re.search(rf'name="q{choice.id}" value="3" checked', page)
    assert surveys.answers(1) == []


def test_no_cookie_no_index_no_store(app: Flask, links: list[str]) -> None:
    for answer in (app.test_client().get(links[0]), app.test_client().post(links[0]), app.test_client().get("/s/x/")):
        assert "Set-Cookie" not in answer.headers
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert 'name="robots" content="noindex' in answer.get_data(as_text=True)


def test_a_link_that_is_none_reads_like_one_that_is_over(
    surveys: Surveys, app: Flask, links: list[str], clock: Any
) -> None:
    """Byte by byte, but for the language switch that names the address itself."""

    def body(path: str) -> tuple[int, str]:
        answer = app.test_client().get(path)
        return answer.status_code, answer.get_data(as_text=True).replace(path, "")

    guessed = body("/s/AbCdEfGhIjKlMnOpQr/")
    forged = body(links[0][:-2] + ("A/" if links[0][-2] != "A" else "B/"))
    surveys.step(1, "finish")
    closed = body(links[1])
    surveys.step(1, "open_again", closes_on=clock.today())
    clock.at += timedelta(days=1)
    past = body(links[2])
    assert guessed == forged == closed == past
    assert guessed[0] == 404 and "链接无效" in guessed[1]


def test_wrong_links_are_braked_by_address_and_right_ones_go_on(surveys: Surveys, app: Flask, links: list[str]) -> None:
    most = policy_of(surveys.registry.schema).wrong_links
    here, there = {"REMOTE_ADDR": "198.51.100.7"}, {"REMOTE_ADDR": "198.51.100.8"}
    client = app.test_client()
    statuses = [client.get(f"/s/guess{n}/", environ_base=here).status_code for n in range(most + 2)]
    assert statuses == [404] * most + [429, 429]
    slow = client.get("/s/guess/", environ_base=here)
    assert 0 < int(slow.headers["Retry-After"]) <= 901 and "noindex" in slow.headers["X-Robots-Tag"]
    assert client.get("/s/guess/", environ_base=there).status_code == 404
    assert client.get(links[0], environ_base=here).status_code == 200


def test_one_link_takes_so_many_requests_a_while(surveys: Surveys, app: Flask, links: list[str], clock: Any) -> None:
    most = policy_of(surveys.registry.schema).page_visits
    client = app.test_client()
    for n in range(most):
        assert client.get(links[0], environ_base={"REMOTE_ADDR": f"198.51.100.{n}"}).status_code == 200
    assert client.get(links[0]).status_code == 429
    assert client.post(links[0], data=filled_in(surveys)).status_code == 429 and surveys.answers(1) == []
    assert client.get(links[1]).status_code == 200
    clock.at += timedelta(minutes=15)
    assert client.get(links[0]).status_code == 200


def test_one_address_makes_so_many_requests_a_while(surveys: Surveys, app: Flask, links: list[str]) -> None:
    most = policy_of(surveys.registry.schema).address_visits
    brake, now = surveys.registry.brake, surveys.registry.clock.now()
    for _ in range(most):
        assert brake.lets_pass("survey address 198.51.100.7", most, now)
    client = app.test_client()
    assert client.get(links[0], environ_base={"REMOTE_ADDR": "198.51.100.7"}).status_code == 429
    assert client.get(links[0], environ_base={"REMOTE_ADDR": "198.51.100.8"}).status_code == 200


def test_the_brake_holds_for_every_process(surveys: Surveys, app: Flask, site_of: Callable[..., Flask]) -> None:
    """It is counted in the database: a second site of the same office knows."""
    most = policy_of(surveys.registry.schema).wrong_links
    for n in range(most):
        app.test_client().get(f"/s/guess{n}/")
    assert site_of(surveys.registry).test_client().get("/s/guess/").status_code == 429


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}], ids=["fetch", "origin"]
)
def test_a_form_of_another_site_is_refused(
    surveys: Surveys, app: Flask, links: list[str], headers: dict[str, str]
) -> None:
    assert app.test_client().post(links[0], data=filled_in(surveys), headers=headers).status_code == 400
    assert surveys.answers(1) == []
    own = {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}
    assert app.test_client().post(links[0], data=filled_in(surveys), headers=own).status_code == 303


def test_nothing_but_the_two_pages_is_open_to_strangers(app: Flask, links: list[str]) -> None:
    client = app.test_client()
    for path in ("/questionnaires/", "/questionnaires/1/", "/questionnaires/invitations/1/", "/survey_answer/",
                 "/survey_invitation/", "/reports/survey_results/", "/questionnaires/1/links/"):  # fmt: skip
        assert client.get(path).status_code == 302 and "/login" in client.get(path).headers["Location"]
    assert client.get(links[0].rstrip("/")).status_code == 200


def test_what_is_too_much_is_not_read(surveys: Surveys, app: Flask, links: list[str]) -> None:
    words = surveys.questions(1)[3]
    assert app.test_client().post(links[0], data={f"q{words.id}": "长" * 300_000}).status_code == 413
    assert surveys.answers(1) == []


def test_someone_signed_in_leaves_no_trace_of_who_they_are(
    surveys: Surveys, app: Flask, links: list[str], visit: Callable[..., Any]
) -> None:
    from tests.site.conftest import PASSWORD

    surveys.registry.accounts.set_password(surveys.people["frontdesk"].id, PASSWORD)
    clerk = visit(app)
    clerk.sign_in("frontdesk")
    assert clerk.post(links[0], filled_in(surveys)).status_code == 303
    change = surveys.registry.history.of(surveys.people["supervisor"], "survey_invitation", 1)[0]
    assert change.actor_id is None and "Frontdesk" not in change.actor_name
