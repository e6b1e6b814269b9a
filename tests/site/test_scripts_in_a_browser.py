"""The scripts of the forms in a real browser: look-ups by key, questions before a deed, unsaved work, one sending."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from models.actor import SYSTEM, Source

pytestmark = pytest.mark.browser

DESKTOP = {"width": 1440, "height": 900}


@pytest.fixture
def shelf_form(library: Any, open_page: Any, enter: Any, address: str) -> Any:
    """The form of a new shelf, whose branch is looked up among Harbour, Hill and Mill."""
    for name in ("Harbour", "Hill", "Mill"):
        library.store.create(SYSTEM, "branch", {"name": name}, Source("demo"))
    page = open_page(DESKTOP)
    enter(page)
    page.goto(f"{address}/shelf/new/")
    return page


def options(page: Any) -> list[str]:
    page.wait_for_selector(".combobox-list:not([hidden]) li")
    return page.locator(".combobox-list:not([hidden]) li").all_inner_texts()


def chosen(page: Any) -> str:
    return str(page.evaluate("document.querySelector('.combobox input[name=branch]').value"))


def test_a_link_is_looked_up_and_taken_by_keys(library: Any, shelf_form: Any) -> None:
    field = shelf_form.locator(".combobox[data-name=branch] [role=combobox]")
    field.press_sequentially("h")
    assert options(shelf_form) == ["Harbour", "Hill"]
    assert field.get_attribute("aria-expanded") == "true"
    field.press("ArrowDown")
    active = shelf_form.locator("#" + field.get_attribute("aria-activedescendant"))
    assert active.inner_text() == "Hill" and active.get_attribute("aria-selected") == "true"
    field.press("Enter")
    assert field.input_value() == "Hill" and field.get_attribute("aria-expanded") == "false"
    assert chosen(shelf_form) == str(library.scope.find(SYSTEM, "branch", "Hill"))


def test_words_that_name_nothing_are_not_kept(shelf_form: Any) -> None:
    field = shelf_form.locator(".combobox[data-name=branch] [role=combobox]")
    field.press_sequentially("nowhere")
    assert shelf_form.locator(".combobox-list .note").inner_text()
    field.press("Escape")
    field.press("Tab")
    expect(field).to_have_value("")
    assert chosen(shelf_form) == ""


def test_a_choice_is_taken_with_the_pointer_and_cleared(shelf_form: Any) -> None:
    box = shelf_form.locator(".combobox[data-name=branch]")
    box.locator("[role=combobox]").click()
    assert options(shelf_form) == ["Harbour", "Hill", "Mill"]
    shelf_form.locator(".combobox-list li", has_text="Mill").click()
    assert chosen(shelf_form)
    box.locator(".combobox-clear").click()
    assert chosen(shelf_form) == "" and box.locator("[role=combobox]").input_value() == ""


def test_unsaved_work_is_not_left_by_accident(shelf_form: Any, address: str) -> None:
    asked: list[str] = []
    shelf_form.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    shelf_form.locator(".combobox[data-name=branch] [role=combobox]").click()
    shelf_form.locator(".combobox-list li", has_text="Mill").click()
    shelf_form.goto(f"{address}/branch/")
    assert asked == ["beforeunload"]
    shelf_form.goto(f"{address}/shelf/new/")
    shelf_form.goto(f"{address}/branch/")
    assert asked == ["beforeunload"]


def test_a_deed_is_done_only_after_the_question(library: Any, shelf_form: Any, address: str) -> None:
    id = library.scope.find(SYSTEM, "branch", "Mill")
    shelf_form.goto(f"{address}/branch/details/?id={id}")
    delete = shelf_form.locator('form[action="/branch/delete/"] button')
    menu = shelf_form.locator("main details.menu > summary").last
    dialog = shelf_form.locator("#confirm")
    menu.click()
    delete.click()
    assert shelf_form.evaluate("document.activeElement.value") == "cancel"
    dialog.locator('[value="cancel"]').click()
    dialog.wait_for(state="hidden")
    menu.click()
    delete.click()
    assert library.scope.visible_ids(SYSTEM, "branch", [id])
    with shelf_form.expect_navigation():
        dialog.locator('[value="ok"]').click()
    assert not library.scope.visible_ids(SYSTEM, "branch", [id])


def test_a_form_is_sent_once_however_often_it_is_clicked(library: Any, shelf_form: Any, address: str) -> None:
    shelf_form.goto(f"{address}/branch/new/")
    shelf_form.fill("[name=name]", "Quay")
    sent: list[str] = []
    shelf_form.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    with shelf_form.expect_navigation():
        shelf_form.locator("main .form-actions .btn-primary").dblclick()
    assert len(sent) == 1 and library.scope.find(SYSTEM, "branch", "Quay")


def test_a_menu_stays_on_the_page_of_a_phone(library: Any, open_page: Any, enter: Any, address: str) -> None:
    id = library.store.create(SYSTEM, "branch", {"name": "Harbour"}, Source("demo"))
    page = open_page({"width": 390, "height": 844})
    enter(page)
    page.goto(f"{address}/branch/details/?id={id}")
    for summary in page.locator("details.menu > summary").all():
        summary.click()
        expect(page.locator("details[open] > .menu-panel")).to_be_in_viewport(ratio=1)
