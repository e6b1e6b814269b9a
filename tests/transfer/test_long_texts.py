"""Texts longer than a cell of a workbook: cut, which they say, whole in CSV, and never taken in as they were cut."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import openpyxl
import pytest

from models.actor import SYSTEM, Source
from models.query import Query
from schema import load
from transfer import imports
from transfer.cells import LONGEST, fitting, is_cut
from transfer.export import export

BY = Source("cli")
LIBRARY = Path(__file__).parents[1] / "library.yaml"
COUNT = 40_000


@pytest.fixture
def library(opened, tmp_path):
    """A library that may say a great deal about an author."""
    words = LIBRARY.read_text(encoding="utf-8")
    path = tmp_path / "library.yaml"
    path.write_text(words.replace("{type: long_text,", "{type: long_text, max: 100000,"), encoding="utf-8")
    return opened(load(path))


def units(text):
    """How long a workbook takes a text to be."""
    return len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("长" * LONGEST, True),
        ("长" * (LONGEST + 1), False),
        ("😀" * 16_383, True),
        ("😀" * 16_384, False),
        ("a" + "😀" * 20_000, False),
    ],
)
def test_a_text_is_cut_only_where_it_does_not_fit(text, fits):
    made = fitting(text)
    assert (made == text) is fits and is_cut(made) is not fits
    assert units(made) <= LONGEST
    if not fits:
        assert f"{len(text)} characters in all" in made and text.startswith(made[:16_000])


@pytest.mark.parametrize("sign", ["长", "😀"])
def test_a_cut_cell_says_so_and_is_refused_on_its_way_back(library, sign):
    with library.connection():
        author = library.store.create(SYSTEM, "author", {"name": "甲", "about": sign * COUNT}, BY)

        def out(format):
            return b"".join(export(library, SYSTEM, "author", format, Query(), ("name", "about")))

        (row,) = list(csv.reader(io.StringIO(out("csv").decode("utf-8-sig"), newline="")))[1:]
        assert row[1] == sign * COUNT
        cell = openpyxl.load_workbook(io.BytesIO(out("xlsx"))).active.cell(2, 2).value
        assert f"{COUNT} characters in all" in cell and units(cell) <= LONGEST
        ready = imports.prepare(library, SYSTEM, "author", out("xlsx"), "x.xlsx")
        result = imports.run(library, SYSTEM, ready, dry_run=False)
        assert [(r.line, bool(r.column.to("zh")), r.index) for r in result.rejected] == [(2, True, 1)]
        assert library.scope.get(SYSTEM, "author", author)["about"] == sign * COUNT
