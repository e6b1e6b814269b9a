"""A template and data become a PDF: the words, the pages, both languages, hostile names, many sheets, broken ones."""

from __future__ import annotations

import io
import logging
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pypdf import PdfReader

from models.errors import Refused
from schema.text import Text
from tests.printing.conftest import HERE, pages_of
from transfer import typesetting
from transfer.typesetting import plain, typeset, typeset_each

OFFICE = {"name": Text("河湾借阅馆", "Bend of the River Library"), "telephone": "000 0000"}


def slip(locale: str = "en", **values: object) -> list[str]:
    data = {"office": OFFICE, "sheets": [{"member": "Mo", **values}]}
    return pages_of(typeset("loan_slip", data, locale, HERE))  # type: ignore[arg-type]


def test_words_dates_and_money_are_said_in_the_language_of_the_reader() -> None:
    values = {"due_on": date(2026, 4, 1), "fee": Decimal("1234567.5"), "book": Text("潮汐", "Tides")}
    (english,) = slip("en", **values)
    assert "BendoftheRiverLibrary" in english and "1April2026" in english and "Tides" in english
    assert "¥1,234,567.50" in english and "Page1of1" in english
    (chinese,) = slip("zh", **values)
    assert "河湾借阅馆" in chinese and "2026年4月1日" in chinese and "潮汐" in chinese
    assert "¥1,234,567.50" in chinese and "第1页，共1页" in chinese


HOSTILE = [
    "#panic()", "*x*", "_y_ $z$ `q`", '#import "house.typ"', "</script>", "\\u{41}", "a\\b", "@ref <label>", "= H",
    "张#let 伟", "O'Brien \"quoted\"", "//comment", "[x](y)", "~", "--", '#{read("/etc/passwd")}',
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_only_ever_text(name: str) -> None:
    (page,) = slip(member=name)
    assert page.count("".join(name.split())) == 2, "in the sheet and at its foot, as written"


def test_each_sheet_begins_a_page_and_counts_its_own() -> None:
    sheets = [{"member": "One", "copies": 3}, {"member": "Two", "copies": 130}, {"member": "Three"}]
    pages = pages_of(typeset("loan_slip", {"office": OFFICE, "sheets": sheets}, "en", HERE))
    feet = [re.search(r"(One|Two|Three)Page(\d)of(\d)$", page) for page in pages]
    assert [foot.groups() for foot in feet if foot] == [
        ("One", "1", "1"), ("Two", "1", "3"), ("Two", "2", "3"), ("Two", "3", "3"), ("Three", "1", "1")
    ]  # fmt: skip


def test_more_sheets_than_one_process_sets_are_one_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typesetting, "BATCH", 2)
    data = {"office": OFFICE, "title": "Slips", "sheets": [{"member": f"Reader {n}"} for n in range(5)]}
    pdf = typeset("loan_slip", data, "en", HERE)
    assert [re.findall(r"Reader\d", page)[0] for page in pages_of(pdf)] == [f"Reader{n}" for n in range(5)]
    assert (PdfReader(io.BytesIO(pdf)).metadata or {})["/Title"] == "Slips"


def test_sheets_can_be_files_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typesetting, "BATCH", 2)
    data = {"office": OFFICE, "sheets": [{"member": f"Reader {n}"} for n in range(3)]}
    assert ["Reader1" in pages_of(pdf)[0] for pdf in typeset_each("loan_slip", data, "en", HERE)] == [
        False,
        True,
        False,
    ]


def test_the_same_paper_on_the_same_day_is_the_same_file() -> None:
    def made(day: date) -> bytes:
        return typeset("loan_slip", {"office": OFFICE, "printed_on": day, "sheets": [{"member": "Mo"}]}, "zh", HERE)

    assert made(date(2026, 3, 16)) == made(date(2026, 3, 16)) != made(date(2026, 3, 17))


def test_only_the_fonts_of_the_package_are_used() -> None:
    pdf = PdfReader(io.BytesIO(typeset("loan_slip", {"office": OFFICE, "sheets": [{"member": "王Mo"}]}, "zh", HERE)))
    fonts = {font["/BaseFont"] for page in pdf.pages for font in _fonts(page)}
    assert fonts and all("NotoSansCJK" in name for name in fonts)


def _fonts(page: object) -> list[dict[str, str]]:
    return [font.get_object() for font in page["/Resources"]["/Font"].values()]  # type: ignore[index]


def test_a_template_that_fails_is_a_sentence_and_a_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR), pytest.raises(Refused) as refused:
        typeset("broken", {"office": OFFICE, "sheets": [{"member": "Mo"}]}, "en", HERE)
    assert "“broken” could not be set" in refused.value.text.to("en")
    assert "Traceback" not in refused.value.text.to("en") and "nothing_of_this_name" in caplog.text


def test_a_template_that_is_not_there_is_named() -> None:
    with pytest.raises(Refused, match=r"There is no template gone\.typ"):
        typeset("gone", {"office": OFFICE, "sheets": [{}]}, "en", HERE)


def test_a_template_that_takes_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typesetting, "PATIENCE", 0.001)
    with pytest.raises(Refused, match="was stopped"):
        slip()


VALUES = [
    (Decimal("1E+3"), "1000"),
    (Decimal("0.10"), "0.10"),
    (date(2026, 3, 1), "2026-03-01"),
    (datetime(2026, 3, 1, 1, 30, tzinfo=UTC), "2026-03-01 09:30"),
    (Text("中", "Middle"), "中"),
    ({"a": (1, None, True)}, {"a": [1, None, True]}),
]


@pytest.mark.parametrize(("value", "carried"), VALUES)
def test_values_reach_the_template_without_loss(value: object, carried: object) -> None:
    assert plain(value, "zh", ZoneInfo("Asia/Shanghai")) == carried


@pytest.mark.parametrize("value", [1.5, object(), b"x"])
def test_a_value_that_would_lose_something_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="cannot be given"):
        plain({"a": [value]}, "zh")


def test_nothing_of_the_fonts_lies_in_the_tree() -> None:
    assert not [path for path in Path(typesetting.HOUSE).rglob("*") if path.suffix in (".ttf", ".otf", ".ttc")]
