"""The board in a real browser: dragged by mouse, moved by keys, by buttons on a phone; cancelled and overtaken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from models.actor import SYSTEM, Source
from tests.site.entity_desk import Desk, furnish

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def desk(library: Any, site_of: Any, visit: Any) -> Desk:
    """Four loans: two asked for, one out, and one whose copy is not there to be handed out."""
    desk = furnish(library, site_of(library), visit)
    desk.add("copy", "tides2", book=desk.ids["tides"], shelf=desk.ids["a1"], cost="18.00")
    for copy in ("tides1", "tides2", "verse1"):
        library.store.step(SYSTEM, "copy", desk.ids[copy], "put_up", {}, "", Source("demo"))
    for day, (name, copy) in enumerate([("late", "tides1"), ("soon", "tides2"), ("far", "verse1"), ("none", "tides1")]):
        desk.add("loan", name, book_copy=desk.ids[copy], member=desk.ids["mo"], due_on=date(2026, 4, 1 + day))
    library.store.step(SYSTEM, "loan", desk.ids["late"], "hand_out", {}, "", Source("demo"))
    return desk


@pytest.fixture
def board(desk: Desk, serve: Callable[[Any], str], signed_in: Any) -> Callable[..., Any]:
    """``board(**device)``: the board of loans before the head of the library."""
    address = serve(desk.app)

    def enter(**device: Any) -> Any:
        page = signed_in(address, "head", locale="en-GB", **device)
        page.goto("/loan/board/")
        page.wait_for_selector("html[data-ready]")
        return page

    return enter


def lane_of(page: Any, id: int) -> str:
    """The lane in which the card is shown."""
    return str(page.locator(f'[data-card="{id}"]').evaluate("card => card.closest('[data-lane]').dataset.lane"))


def drag(page: Any, id: int, lane: str) -> None:
    page.drag_and_drop(f'[data-card="{id}"] .card-facts', f'[data-lane="{lane}"] > h2')


def settled(page: Any, words: str) -> None:
    """The server has answered, and the board says so."""
    page.wait_for_selector(f'.toast:has-text("{words}")')
    page.wait_for_function("() => !document.querySelector('.is-moving, .is-carried, .is-carrying')")


def state(desk: Desk, known: str) -> str:
    return str(desk.record("loan", desk.ids[known])["state"])


def test_a_card_is_dragged_where_it_may_go_and_nowhere_else(desk: Desk, board: Callable[..., Any]) -> None:
    page, id = board(viewport={"width": 1280, "height": 800}), desk.ids["soon"]
    drag(page, id, "lost")
    assert lane_of(page, id) == "asked" and state(desk, "soon") == "asked"
    drag(page, id, "out")
    settled(page, "Hand out")
    assert lane_of(page, id) == "out" and state(desk, "soon") == "out"
    assert page.locator("#lane-out .count").inner_text() == "2"
    drag(page, desk.ids["none"], "out")
    settled(page, "This copy is not on the shelf")
    assert lane_of(page, desk.ids["none"]) == "asked", "a refused card is back where it was"


def test_a_drop_that_asks_opens_the_form_and_cancelling_takes_the_card_back(
    desk: Desk, board: Callable[..., Any]
) -> None:  # fmt: skip
    page, id = board(), desk.ids["late"]
    drag(page, id, "returned")
    page.wait_for_selector("#part[open] #f-returned_on")
    assert lane_of(page, id) == "returned"
    page.keyboard.press("Escape")
    page.wait_for_function("() => !document.querySelector('.is-moving')")
    assert lane_of(page, id) == "out" and state(desk, "late") == "out"
    drag(page, id, "returned")
    page.fill("#part[open] #f-returned_on", "2026-03-20")
    page.click("#part [name=confirmed]")
    settled(page, "Take back")
    assert lane_of(page, id) == "returned" and state(desk, "late") == "returned"
    assert not page.locator("#part[open]").count()


def test_the_keys_walk_over_the_cards_and_move_them(desk: Desk, board: Callable[..., Any]) -> None:
    page, ids = board(), desk.ids
    page.locator(f'[data-card="{ids["soon"]}"] a').focus()
    focused = "document.activeElement.closest('[data-card]').dataset.card"
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused) == str(ids["far"])
    page.keyboard.press("ArrowRight")
    assert page.evaluate(focused) == str(ids["late"])
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(focused) == str(ids["soon"])
    page.keyboard.press("Shift+ArrowRight")
    settled(page, "Hand out")
    assert state(desk, "soon") == "out" and page.evaluate(focused) == str(ids["soon"]), "the card keeps the focus"
    page.keyboard.press("Shift+ArrowLeft")
    page.wait_for_selector('.toast:has-text("cannot be moved there")')
    page.keyboard.press("Shift+ArrowRight")
    page.fill("#part[open] #f-returned_on", "2026-03-20")
    page.keyboard.press("Escape")
    page.wait_for_function("() => !document.querySelector('.is-moving')")
    assert page.evaluate(focused) == str(ids["soon"]) and state(desk, "soon") == "out"
    page.locator(f'[data-card="{ids["soon"]}"] summary').press("Enter")
    page.get_by_role("button", name="Lost").press("Enter")
    page.fill("#part[open] [name=comment]", "Left on the train")
    page.click("#part [name=confirmed]")
    settled(page, "Lost")
    assert state(desk, "soon") == "lost"


def test_a_card_that_was_moved_meanwhile_goes_where_it_is_now(desk: Desk, board: Callable[..., Any]) -> None:
    page, id = board(), desk.ids["soon"]
    desk.registry.store.step(SYSTEM, "loan", id, "hand_out", {}, "", Source("demo"))
    drag(page, id, "out")
    settled(page, "meanwhile and is now: Out")
    desk.registry.store.step(SYSTEM, "loan", id, "lose", {}, "gone", Source("demo"))
    drag(page, id, "returned")
    settled(page, "meanwhile and is now: Lost")
    assert lane_of(page, id) == "lost"


def test_on_a_phone_there_is_one_lane_at_a_time_and_buttons_move_its_cards(
    desk: Desk, board: Callable[..., Any]
) -> None:  # fmt: skip
    page, ids = board(**PHONE), desk.ids
    card = page.locator(f'[data-card="{ids["soon"]}"]')
    assert card.is_visible() and not page.locator(f'[data-card="{ids["late"]}"]').is_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    card.get_by_role("button", name="Hand out").tap()
    settled(page, "Hand out")
    page.locator(".board-tabs a", has_text="Out").tap()
    page.wait_for_selector('.board-tabs [aria-current]:has-text("Out")')
    assert card.is_visible()
    sizes = page.eval_on_selector_all(
        "#lane-out .card-moves button, .board-tabs a", "all => all.map(one => one.getBoundingClientRect().height)"
    )
    assert sizes and min(sizes) >= 44
    card.get_by_role("button", name="Take back").tap()
    page.fill("#part[open] #f-returned_on", "2026-03-20")
    page.locator("#part [name=confirmed]").tap()
    settled(page, "Take back")
    assert state(desk, "soon") == "returned"
    assert page.locator(f'[data-card="{ids["late"]}"]').is_visible(), "the same lane is shown"


@pytest.mark.parametrize("device", [{"viewport": {"width": 1280, "height": 800}}, PHONE], ids=["desktop", "phone"])
def test_nothing_serious_is_wrong_with_a_board(board: Callable[..., Any], device: dict[str, Any]) -> None:
    page = board(**device)
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
