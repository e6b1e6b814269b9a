"""Whatever happens to a good file on its way, it is read or refused with a sentence; never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.actor import SYSTEM
from transfer import imports, sheet
from transfer.refusal import FileRefused

SAMPLES = Path(__file__).parent.parent / "samples"
GOOD = [path.read_bytes()[:4000] for path in sorted(SAMPLES.glob("units_owners_*.csv"))]
BOOK = (SAMPLES / "units_owners_titled.xlsx").read_bytes()
NASTY = [
    b"\x00",
    b"\xff",
    b'"',
    b"\n",
    b"\r",
    b",",
    b";",
    b"\t",
    b"\xef\xbb\xbf",
    b"\x80",
    b"=1+1",
    "零".encode(),
    b"'",
]

edits = st.lists(
    st.tuples(st.integers(0, 4000), st.integers(0, 40), st.sampled_from(NASTY) | st.binary(max_size=6)), max_size=6
)


def mutated(data: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    """``data`` with stretches replaced: (place, bytes to take out, bytes to put in)."""
    for place, length, new in changes:
        data = data[:place] + new + data[place + length :]
    return data


@settings(max_examples=400, deadline=None)
@given(data=st.sampled_from(GOOD), changes=edits)
def test_mutated_text_is_read_or_refused(data, changes):
    try:
        table = sheet.read(mutated(data, changes))
    except FileRefused as refused:
        assert refused.text.to("zh") and refused.text.to("en")
        return
    lines = [row.line for row in table.rows()]
    assert lines == sorted(set(lines)) and len(lines) == table.row_count
    assert all(line > table.header_line for line in lines)


@settings(max_examples=150, deadline=None)
@given(changes=st.lists(st.tuples(st.integers(0, len(BOOK)), st.integers(0, 40), st.binary(max_size=6)), max_size=4))
def test_a_mutated_workbook_is_read_or_refused(changes):
    try:
        list(sheet.read(mutated(BOOK, changes)).rows())
    except FileRefused as refused:
        assert refused.text.to("zh")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data):
    try:
        list(sheet.read(data).rows())
    except FileRefused as refused:
        assert refused.text.to("zh")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.sampled_from(GOOD), changes=edits)
def test_a_mutated_file_is_tried_without_a_trace(office, data, changes):
    with office.connection():
        try:
            ready = imports.prepare(office, SYSTEM, "units_owners", mutated(data, changes), "file.csv")
            result = imports.run(office, SYSTEM, ready, dry_run=True, limit=20)
        except FileRefused:
            return
        assert all(r.line > ready.sheet.header_line and r.reason.to("zh") for r in result.rejected)
        assert all(r.column.to("zh") for r in result.rejected)
        assert office.scope.count(SYSTEM, "unit") == 0


@pytest.mark.parametrize("size", [1, 3, 100, 2000])
def test_a_file_cut_off_anywhere_is_read_or_refused(size):
    for data in [*GOOD, BOOK]:
        try:
            list(sheet.read(data[:size]).rows())
        except FileRefused:
            continue
