"""A signature drawn in the form: by mouse and by finger, cleared, drawn anew, or chosen as a picture instead."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.site.entity_desk import Desk, furnish, text

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


@pytest.fixture
def desk(library: Any, site_of: Any, visit: Any) -> Desk:
    return furnish(library, site_of(library), visit)


@pytest.fixture
def enter(desk: Desk, serve: Callable[[Any], str], signed_in: Any) -> Callable[..., Any]:
    """``enter(has_touch=True)``: a page with the head of the library signed in."""
    address = serve(desk.app)
    return lambda **device: signed_in(address, "head", locale="en-GB", **device)


def stroke(page: Any) -> None:
    """One line over the pad, with the mouse."""
    pad = page.locator(".signature canvas")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    page.mouse.move(box["x"] + 40, box["y"] + 90)
    page.mouse.down()
    page.mouse.move(box["x"] + 160, box["y"] + 40, steps=5)
    page.mouse.move(box["x"] + 260, box["y"] + 110, steps=5)
    page.mouse.up()


def picture_of(desk: Desk) -> bytes:
    """The bytes of Mo's signature."""
    record = desk.record("member", desk.ids["mo"])
    (key,) = record["signature"]
    (file,) = desk.registry.files.named("member", [key])
    return bytes(desk.registry.files.path(file).read_bytes())


@pytest.mark.browser
def test_a_signature_is_drawn_cleared_drawn_again_and_shown(desk: Desk, enter: Callable[..., Any]) -> None:
    page, id = enter(), desk.ids["mo"]
    page.goto(f"/member/edit/?id={id}")
    stroke(page)
    page.click("[data-wipe]")
    assert page.input_value("#f-signature") == "" and page.is_visible("[data-hint]")
    stroke(page)
    assert page.input_value("#f-signature").endswith("signature.png")
    serious = [v["id"] for v in Axe().run(page).response["violations"] if v["impact"] in ("serious", "critical")]
    assert serious == []
    page.click(".form-actions .btn-primary")
    page.wait_for_url("**/member/details/?id=*")
    image = page.locator(".signed img")
    image.scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelector('.signed img').naturalWidth > 200")
    first = picture_of(desk)
    width, height = struct.unpack(">II", first[16:24])
    assert first.startswith(b"\x89PNG") and width > 200 and height > 100
    page.goto(f"/member/edit/?id={id}")
    page.locator(".signature canvas").scroll_into_view_if_needed()
    box = page.locator(".signature canvas").bounding_box()
    page.mouse.click(box["x"] + 30, box["y"] + 30)
    page.click(".form-actions .btn-primary")
    page.wait_for_url("**/member/details/?id=*")
    assert picture_of(desk) != first


@pytest.mark.browser
def test_a_finger_signs_on_a_phone(desk: Desk, enter: Callable[..., Any]) -> None:
    page, id = enter(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True), desk.ids["mo"]
    page.goto(f"/member/edit/?id={id}")
    pad = page.locator(".signature canvas")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    session = page.context.new_cdp_session(page)
    points = [(box["x"] + 30 + 12 * n, box["y"] + 60 + 10 * (n % 3)) for n in range(12)]
    for n, (x, y) in enumerate(points):
        kind = "touchStart" if n == 0 else "touchMove"
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_function("() => document.querySelector('#f-signature').files.length === 1")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.click(".form-actions .btn-primary")
    page.wait_for_url("**/member/details/?id=*")
    assert picture_of(desk).startswith(b"\x89PNG")


def test_a_picture_of_a_signature_takes_the_old_ones_place(desk: Desk) -> None:
    head, id = desk.at("head"), desk.ids["mo"]
    assert 'type="file"' in text(head.get(f"/member/edit/?id={id}"))
    for name in ("one.png", "two.png"):
        kept = desk.record("member", id)["signature"] or ("",)
        head.post(f"/member/edit/?id={id}", {"signature": kept[0], "signature-upload": (io.BytesIO(PNG), name)})
    (key,) = desk.record("member", id)["signature"]
    assert desk.registry.files.named("member", [key])[0].name == "two.png"
    assert 'class="thumb signed"' in text(head.get(f"/member/details/?id={id}"))
    assert desk.at("lea").post(f"/member/edit/?id={id}", {"signature": ""}).status_code == 403
