"""A survey in Chromium: written and published by keyboard, entered by digits, answered on an old phone (S8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.office.surveys import Surveys, surveys_office
from tests.site.conftest import PASSWORD

pytestmark = pytest.mark.browser
DESKTOP = {"viewport": {"width": 1280, "height": 860}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def surveys(office: Any, person: Callable[..., Any]) -> Surveys:
    return surveys_office(office, person, PASSWORD)


@pytest.fixture
def address(surveys: Surveys, site_of: Callable[..., Any], serve: Callable[..., str]) -> str:
    return serve(site_of(surveys.registry))


def test_a_survey_is_written_by_keyboard_and_published(surveys: Surveys, address: str, signed_in: Any) -> None:
    page = signed_in(address, "supervisor", **DESKTOP, locale="en-GB")
    page.goto("/questionnaires/")
    page.get_by_role("button", name="New survey").first.press("Enter")
    page.wait_for_url("**/questionnaires/1/build/")
    page.keyboard.press("Alt+1")
    page.wait_for_selector('[data-build-row="0"]')
    page.wait_for_selector("[data-build-first]:focus")
    page.keyboard.type("保洁怎么样")
    page.wait_for_selector(".phone legend:has-text('保洁怎么样')")
    page.keyboard.press("Alt+2")
    page.wait_for_selector('[data-build-row="1"]')
    page.wait_for_selector('[name="q-1-words"]:focus')
    page.keyboard.type("多久一次")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("常\n少")
    page.wait_for_selector(".phone .ask-choice:has-text('少')")
    page.keyboard.press("Alt+ArrowUp")
    page.wait_for_selector('[name="q-0-words"][value="多久一次"]')
    page.keyboard.press("Control+s")
    page.wait_for_selector(".toast:has-text('Saved')")
    assert [one.words.zh for one in surveys.questions(1)] == ["多久一次", "保洁怎么样"]
    assert [option.words.zh for option in surveys.questions(1)[0].options] == ["常", "少"]
    page.goto("/questionnaires/1/")
    page.get_by_role("button", name="Publish").press("Enter")
    page.wait_for_selector("[name=confirmed]")
    page.locator("[name=confirmed]").press("Enter")
    page.wait_for_selector("text=Nobody is asked yet")
    assert surveys.get("survey", 1)["state"] == "open"


def test_buttons_move_copy_and_remove_without_leaving_the_page(surveys: Surveys, address: str, signed_in: Any) -> None:
    surveys.survey(publish=False)
    page = signed_in(address, "assistant", **PHONE, locale="zh-CN")
    page.goto("/questionnaires/1/build/")
    page.evaluate("window.stayed = true")
    words = "[...document.querySelectorAll('[data-build-first]')].map(one => one.value)"
    page.locator('[value="down:0"]').tap()
    page.wait_for_selector('[name="q-1-words"][value="客服态度"]')
    page.locator('[value="copy:1"]').tap()
    page.wait_for_selector('[data-build-row="4"]')
    page.locator('[value="remove:0"]').tap()
    page.wait_for_selector('[data-build-row="4"]', state="detached")
    assert page.evaluate(words) == ["客服态度", "客服态度", "希望改进的方面", "您的建议"]
    assert page.evaluate("window.stayed") is True
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("[data-build-save]").tap()
    page.wait_for_selector(".toast")
    assert [one.words.zh for one in surveys.questions(1)] == ["客服态度", "客服态度", "希望改进的方面", "您的建议"]


def test_a_pile_of_paper_is_entered_by_digits(surveys: Surveys, address: str, signed_in: Any) -> None:
    for n in range(2):
        surveys.home(str(101 + n))
    survey = surveys.survey()
    surveys.draw(survey)
    page = signed_in(address, "frontdesk", **DESKTOP, locale="en-GB")
    page.goto("/questionnaires/enter/")
    for id, points in ((1, "4"), (2, "2")):
        page.wait_for_selector("#code:focus")
        page.keyboard.type(surveys.get("survey_invitation", id)["code"] + "\n")
        page.wait_for_url(f"**/questionnaires/invitations/{id}/")
        page.wait_for_selector("[data-ask=rating] input:focus")
        page.keyboard.press(points)
        page.keyboard.press("3")
        page.keyboard.press("1")
        page.keyboard.press("2")
        page.keyboard.press("Enter")
        page.keyboard.type("谢谢")
        page.keyboard.press("Control+Enter")
        page.wait_for_url("**/questionnaires/enter/")
    assert surveys.answers(1) == [(1, 4, 4, None), (2, 3, None, None), (3, 1, None, None), (3, 2, None, None),
                                  (4, 0, None, "谢谢")]  # fmt: skip
    assert surveys.answers(2)[0] == (1, 2, 2, None)


def test_an_old_phone_without_scripts_answers_by_the_link(surveys: Surveys, address: str, browser: Any) -> None:
    surveys.home("101")
    surveys.survey()
    surveys.draw(1, channel="link")
    context = browser.new_context(base_url=address, **PHONE, java_script_enabled=False, locale="zh-CN")
    try:
        page = context.new_page()
        page.goto(surveys.link(1))
        assert page.locator("h1").inner_text() == "满意度调查"
        page.locator("button").tap()
        page.wait_for_selector(".stop")
        page.locator(".ask-point").nth(3).tap()
        page.locator(".ask-choice").first.tap()
        page.locator("textarea").fill("没有脚本也行")
        page.locator("button").tap()
        page.wait_for_selector("h1:has-text('感谢您')")
        assert context.cookies() == []
    finally:
        context.close()
    assert surveys.answers(1) == [(1, 4, 4, None), (2, 1, None, None), (4, 0, None, "没有脚本也行")]


def test_the_pages_are_fit_for_readers_aloud_and_for_narrow_phones(
    surveys: Surveys, address: str, signed_in: Any
) -> None:
    for n in range(6):
        surveys.home(str(101 + n), str(1 + n % 2))
    surveys.survey()
    surveys.survey(publish=False, name="草稿")
    surveys.draw(1)
    surveys.enter(1)
    page = signed_in(address, "supervisor", **PHONE, locale="zh-CN")
    paths = ["/questionnaires/", "/questionnaires/1/", "/questionnaires/2/build/", "/questionnaires/1/sample/",
             "/questionnaires/enter/", "/questionnaires/invitations/2/", "/questionnaires/1/links/",
             surveys.link(3)]  # fmt: skip
    for path in paths:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"]})
        assert found.violations_count == 0, (path, found.generate_report())
