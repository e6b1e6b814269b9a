"""Pictures on papers: codes that say where they lead, photos of a record, and photos that came in broken."""

from __future__ import annotations

import io
import logging
import re
import struct
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import segno
from flask import render_template_string
from pypdf import PdfReader

from admin_views.qr import qr_answer
from models.addresses import ASKED_AT, address_of
from models.errors import Refused
from models.printing import Picture, pictures
from schema import load
from schema.problems import SchemaErrors
from schema.settings import claim
from tests.printing.conftest import HERE, pages_of
from tests.site.entity_desk import Desk
from transfer.qr import qr_picture, qr_svg
from transfer.typesetting import typeset

OFFICE = {"name": "Library"}
BROKEN = b"\x89PNG\r\n\x1a\n" + b"0" * 20


def png(red: int = 200) -> bytes:
    """A picture of 8 by 8 dots of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + bytes((red, 10, 10)) * 8) * 8
    head = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
    return BROKEN[:8] + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def label(**data: Any) -> bytes:
    return typeset("book_label", {"office": OFFICE, "sheets": [{"name": "Tides", **data}]}, "en", HERE)


def images_of(pdf: bytes) -> list[list[tuple[int, int]]]:
    """The sizes of the photos on each page."""
    return [[image.image_size for image in _images(page)] for page in PdfReader(io.BytesIO(pdf)).pages]


class _Image:
    def __init__(self, raw: Any) -> None:
        self.image_size = (int(raw["/Width"]), int(raw["/Height"]))


def _images(thing: Any) -> list[_Image]:
    found: list[_Image] = []
    for raw in (thing["/Resources"].get_object().get("/XObject") or {}).values():
        it = raw.get_object()
        if it["/Subtype"] == "/Image":
            found.append(_Image(it))
        elif "/Resources" in it:
            found += _images(it)
    return found


@pytest.mark.parametrize("text", ["https://office.example.org/s/abc-DEF_123/", "中文 & <b>", "x" * 1200])
def test_a_code_shows_the_modules_of_its_text(text: str) -> None:
    svg = qr_svg(text)
    wanted = [[bool(dark) for dark in row] for row in segno.make_qr(text, error="m", boost_error=False).matrix]
    size = len(wanted)
    drawn = [[False] * size for _ in range(size)]
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-", svg):
        for column in range(int(x), int(x) + int(width)):
            drawn[int(y) - 4][column - 4] = True
    assert drawn == wanted and f'viewBox="0 0 {size + 8} {size + 8}"' in svg


def test_what_no_code_holds_is_said() -> None:
    with pytest.raises(ValueError, match="do not go into a QR code"):
        qr_svg("x" * 3000)


def test_a_label_is_read_out_as_it_is_written() -> None:
    assert 'aria-label="&quot;&gt;&lt;b&gt;"' in qr_svg("x", '"><b>') and "<b>" not in qr_svg("x", '"><b>')


def test_pictures_stand_on_the_sheet_and_nothing_of_them_stays_behind(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    file = tmp_path / "photo"
    file.write_bytes(png(90))
    pdf = label(code=qr_picture("https://office.example.org/"), photos=[Picture(png()), Picture(file)])
    assert images_of(pdf) == [[(8, 8), (8, 8)]]
    assert [one.name for one in tmp_path.iterdir()] == ["photo"]


def test_a_photo_that_came_in_broken_is_left_out_alone(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        pdf = label(code=qr_picture("x"), photos=[Picture(BROKEN), Picture(png()), Picture(b"\xff\xd8\xff0")])
    assert images_of(pdf) == [[(8, 8)]] and caplog.text.count("left out") == 2
    assert images_of(label(photos=[Picture(BROKEN)])) == [[]]


def test_a_template_that_is_wrong_stays_wrong_with_pictures() -> None:
    with pytest.raises(Refused, match="could not be set"):
        typeset("broken", {"office": OFFICE, "sheets": [{"member": "Mo", "photos": [Picture(png())]}]}, "en", HERE)


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"<html>", b"\x00\x00\x00\x18ftypheic"])
def test_only_what_a_paper_can_hold_is_a_picture(data: bytes) -> None:
    with pytest.raises(ValueError, match="a paper holds"):
        Picture(data)


def test_the_photos_of_a_record_and_its_code_are_printed(desk: Desk) -> None:
    head, id = desk.at("head"), desk.ids["tides"]
    uploads = [(io.BytesIO(png(n)), f"{n}.png") for n in (1, 2)]
    form = {"name": "Tides", "isbn": "9780000000001", "cover": "", "cover-upload": uploads}
    assert head.post(f"/book/edit/?id={id}", form).status_code == 302
    answer = head.post("/book/action/", {"action": "print:book_label", "rowid": [id]})
    pdf = head.get(answer.location).get_data()
    assert images_of(pdf) == [[(8, 8), (8, 8)]] and "Tides" in pages_of(pdf)[0]
    book = desk.record("book", id)
    assert len(pictures(desk.registry, book, "cover", most=1)) == 1
    assert pictures(desk.registry, book, "name") == pictures(desk.registry, book, "nothing") == []


def test_a_code_is_shown_in_a_page_and_as_a_file(desk: Desk) -> None:
    with desk.app.test_request_context():
        assert render_template_string("{{ qr('x', 'The <door>') }}") == qr_svg("x", "The <door>")
        answer = qr_answer("x", "pass")
    assert answer.mimetype == "image/svg+xml" and answer.get_data(as_text=True) == qr_svg("x")
    assert "pass.svg" in answer.headers["Content-Disposition"] and "no-store" in answer.headers["Cache-Control"]


@pytest.fixture
def nowhere() -> Any:
    """Nobody is asking from a browser."""
    token = ASKED_AT.set("")
    yield
    ASKED_AT.reset(token)


def test_a_code_printed_by_nobody_needs_the_address_of_the_office(nowhere: None, slips_schema: Any) -> None:
    with pytest.raises(Refused, match=r"site: \{address"):
        address_of(slips_schema, "/s/x/")
    ASKED_AT.set("http://192.0.2.7:5000/office")
    assert address_of(slips_schema, "/s/x/") == "http://192.0.2.7:5000/office/s/x/"


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Any]:
    """The library with this address in its settings."""

    def load_with(address: str) -> Any:
        path = tmp_path / "schema.yaml"
        path.write_text(f"include: {HERE.parent / 'library.yaml'}\nsettings: {{site: {{address: '{address}'}}}}\n")
        return load(path)

    return load_with


def test_the_address_of_the_settings_goes_before(nowhere: None, written: Callable[[str], Any]) -> None:
    ASKED_AT.set("http://192.0.2.7:5000")
    assert (
        address_of(written("https://office.example.org/estate/"), "/s/x/") == "https://office.example.org/estate/s/x/"
    )


@pytest.mark.parametrize(
    "address", ["office.example.org", "javascript:alert(1)", "https://", "https://a b", "https://a/?x"]
)
def test_what_is_no_address_is_told_at_the_start(written: Callable[[str], Any], address: str) -> None:
    from models.addresses import Site

    with pytest.raises(SchemaErrors, match=r"settings\.site\.address"):
        claim(written(address), "site", Site)
