"""Photos are made smaller before they leave the phone; what is no photo, is small or cannot be read goes as it is."""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable
from typing import Any

import pytest

from tests.site.entity_desk import Desk, furnish

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
UPRIGHT = 6
"""The orientation of a phone held upright: what was taken is turned a quarter to the right to be seen."""
PAINT = """([width, height, type]) => {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#0000ff"; pen.fillRect(0, 0, width, height);
  pen.fillStyle = "#ff0000"; pen.fillRect(0, 0, width / 2, height);
  return canvas.toDataURL(type, 0.95).split(",")[1];
}"""
TOP = """async (data) => {
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0))]));
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: 10, height: 10 });
  const pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0, 10, 10);
  return [...pen.getImageData(5, 1, 1, 1).data].slice(0, 3);
}"""


@pytest.fixture
def desk(library: Any, site_of: Any, visit: Any) -> Desk:
    return furnish(library, site_of(library), visit)


@pytest.fixture
def phone(desk: Desk, serve: Callable[[Any], str], signed_in: Any) -> Any:
    """The head of the library with a phone."""
    return signed_in(serve(desk.app), "head", locale="en-GB", **PHONE)


def painted(page: Any, width: int, height: int, type: str = "image/jpeg") -> bytes:
    """A picture, its left half red and its right half blue."""
    return base64.b64decode(page.evaluate(PAINT, [width, height, type]))


def turned(jpeg: bytes, orientation: int) -> bytes:
    """The JPEG with a note on how it is to be held."""
    tag = struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0)
    exif = b"Exif\0\0MM\0*" + struct.pack(">IH", 8, 1) + tag + struct.pack(">I", 0)
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]


def size_of(jpeg: bytes) -> tuple[int, int]:
    """Width and height, from the frame header of a JPEG."""
    at = 2
    while jpeg[at + 1] not in (0xC0, 0xC1, 0xC2):
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    height, width = struct.unpack(">HH", jpeg[at + 5 : at + 9])
    return width, height


def send(page: Any, desk: Desk, entity: str, known: str, field: str, *files: tuple[str, str, bytes]) -> list[Any]:
    """(name, bytes) of what arrived in the field after these files were chosen and the form sent at once."""
    page.goto(f"/{entity}/edit/?id={desk.ids[known]}")
    page.wait_for_selector("html[data-ready]")
    payloads = [{"name": name, "mimeType": type, "buffer": data} for name, type, data in files]
    page.locator(f"#f-{field}").set_input_files(payloads)
    page.locator(".form-actions .btn-primary").tap()
    page.wait_for_url(f"**/{entity}/details/?id=*")
    stored = desk.registry.files.named(entity, desk.record(entity, desk.ids[known])[field])
    return [(file.name, desk.registry.files.path(file).read_bytes()) for file in stored]


def test_a_photo_arrives_small_and_upright_however_the_phone_was_held(desk: Desk, phone: Any) -> None:
    wide, upright = painted(phone, 4000, 2000), turned(painted(phone, 4000, 2000), UPRIGHT)
    sent = send(
        phone, desk, "book", "tides", "cover",
        ("IMG_1.JPG", "image/jpeg", wide), ("IMG_2.jpeg", "image/jpeg", upright),
        ("shot.png", "image/png", painted(phone, 1000, 3200, "image/png")),
    )  # fmt: skip
    assert [name for name, _ in sent] == ["IMG_1.jpg", "IMG_2.jpg", "shot.jpg"]
    assert [size_of(data) for _, data in sent] == [(1600, 800), (800, 1600), (500, 1600)]
    assert len(sent[0][1]) < len(wide) / 2
    red, green, blue = phone.evaluate(TOP, base64.b64encode(sent[1][1]).decode())
    assert red > 200 and green < 60 and blue < 60, "what was on the left of the chip is at the top"


def test_what_is_small_or_moves_or_cannot_be_read_is_sent_as_it_is(desk: Desk, phone: Any) -> None:
    small, broken = turned(painted(phone, 1600, 900), UPRIGHT), b"\xff\xd8\xff\xe0 a photo cut off"
    gif = b"GIF89a\x00\x10\x00\x10\x80\x00\x00" + b"0" * 40
    files = (
        ("a.jpg", "image/jpeg", small), ("b.jpg", "image/jpeg", broken), ("c.gif", "image/gif", gif),
    )  # fmt: skip
    assert send(phone, desk, "book", "tides", "cover", *files) == [(name, data) for name, _, data in files]


def test_a_box_for_files_of_any_kind_sends_them_untouched(desk: Desk, phone: Any) -> None:
    files = (
        ("lease.pdf", "application/pdf", b"%PDF-1.7 a lease"), ("scan.jpg", "image/jpeg", painted(phone, 4000, 2000)),
    )  # fmt: skip
    assert send(phone, desk, "member", "mo", "papers", *files) == [(name, data) for name, _, data in files]


@pytest.mark.parametrize(
    "lacking",
    [
        "HTMLCanvasElement.prototype.toBlob = (done) => done(null)",
        "HTMLCanvasElement.prototype.getContext = () => null",
        "Image.prototype.decode = () => Promise.reject(new DOMException('no'))",
        "delete window.DataTransfer",
    ],
)
def test_a_browser_that_cannot_make_it_smaller_sends_it_whole(desk: Desk, phone: Any, lacking: str) -> None:
    photo = painted(phone, 4000, 2000)
    phone.add_init_script(lacking)
    assert send(phone, desk, "book", "tides", "cover", ("IMG_1.JPG", "image/jpeg", photo)) == [("IMG_1.JPG", photo)]


def test_the_person_is_told_what_was_saved(desk: Desk, phone: Any) -> None:
    phone.goto(f"/book/edit/?id={desk.ids['tides']}")
    photo = {"name": "IMG.jpg", "mimeType": "image/jpeg", "buffer": painted(phone, 4000, 3000)}
    phone.locator("#f-cover").set_input_files([photo, {**photo, "name": "IMG_2.jpg"}])
    phone.wait_for_selector('output:has-text("Made smaller to send: 2")')
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    phone.locator("#f-cover").scroll_into_view_if_needed()
    small = {**photo, "buffer": painted(phone, 300, 200)}
    phone.locator("#f-cover").set_input_files([small])
    phone.wait_for_function("() => document.querySelector('output.shrunk').textContent === ''")
