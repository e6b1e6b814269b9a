"""Which cells of an XLSX sheet are shown as percentages: the file keeps 0.95 where people see 95 %."""

from __future__ import annotations

import io
import re
import zipfile
from html import unescape

from transfer.archive import chunks, member_text

BUILT_IN = frozenset({9, 10})
"""The numbers of the formats 0% and 0.00%."""

_FORMAT = re.compile(r"<numFmt\b[^>]*>")
_ATTRIBUTE = re.compile(r'([\w:]+)\s*=\s*"([^"]*)"')
_STYLES = re.compile(r"<cellXfs\b.*?</cellXfs>", re.DOTALL)
_STYLE = re.compile(r"<xf\b[^>]*>")
_LITERAL = re.compile(r'"[^"]*"|\\.')

Places = frozenset[tuple[int, int]]
"""(row, column), both counted from 0."""


def percent_cells(data: bytes, sheet: str) -> Places:
    """The cells of ``sheet`` whose number format has a percent sign; empty for all but XLSX."""
    styles = percent_styles(member_text(data, "xl/styles.xml"))
    path = _sheet_path(data, sheet) if styles else ""
    if not path:
        return frozenset()
    wanted = b"|".join(str(n).encode() for n in sorted(styles))
    cell = re.compile(rb'<c\b(?=[^>]*\bs="(?:' + wanted + rb')")[^>]*\br="([A-Z]{1,2})(\d+)"')
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return frozenset(
            (int(row) - 1, _column(letters)) for piece in chunks(archive, path) for letters, row in cell.findall(piece)
        )


def percent_styles(styles: str) -> set[int]:
    """The positions in ``cellXfs`` of the styles that show a percentage."""
    numbers = set(BUILT_IN)
    for tag in _FORMAT.findall(styles):
        given = dict(_ATTRIBUTE.findall(tag))
        if "%" in _LITERAL.sub("", unescape(given.get("formatCode", ""))) and given.get("numFmtId", "").isdigit():
            numbers.add(int(given["numFmtId"]))
    block = _STYLES.search(styles)
    tags = _STYLE.findall(block[0]) if block else []
    found = [dict(_ATTRIBUTE.findall(tag)).get("numFmtId", "") for tag in tags]
    return {n for n, id in enumerate(found) if id.isdigit() and int(id) in numbers}


def _sheet_path(data: bytes, sheet: str) -> str:
    """The member of the archive that holds the sheet of this name, or ''."""
    tags = re.findall(r"<sheet\b[^>]*>", member_text(data, "xl/workbook.xml"))
    sheets = [dict(_ATTRIBUTE.findall(tag)) for tag in tags]
    id = next((s.get("r:id", "") for s in sheets if unescape(s.get("name", "")) == sheet), "")
    links = re.findall(r"<Relationship\b[^>]*>", member_text(data, "xl/_rels/workbook.xml.rels"))
    for given in (dict(_ATTRIBUTE.findall(tag)) for tag in links):
        if id and given.get("Id") == id:
            target = given.get("Target", "")
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return ""


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
