"""Zipped workbooks looked through before they are read: nothing that unpacks, refers or spreads beyond measure."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator

from schema.text import Text
from transfer.refusal import NOT_A_TABLE, FileRefused

LARGEST_UNPACKED = 500_000_000
MOST_TIMES = 400
"""How many times its size a large member may unpack to; the fullest of honest sheets reach some 100."""
LARGE = 50_000_000
MOST_COLUMNS = 702
"""As many as two letters name: A to ZZ."""
MOST_LINES = 1_000_000
MOST_CELLS = 30_000_000

BROKEN = Text(
    "工作簿打不开：文件可能已损坏。请在表格软件中打开并另存。",
    "The workbook cannot be opened: it may be damaged. Open it in a spreadsheet program and save it again.",
)
BOMB = Text("工作簿展开后太大：请分成几个文件。", "The workbook is too large when unpacked: split it into several.")
DECLARES = Text(
    "工作簿里有外部声明（DOCTYPE），不能读取：请在表格软件中另存后重试。",
    "The workbook holds declarations of its own (DOCTYPE) and is not read: save it again in a spreadsheet program.",
)
TOO_WIDE = Text(
    "工作表太宽：最多 {limit} 列（到 ZZ 列）；请删去右边多余的列。",
    "The sheet is too wide: at most {limit} columns (up to ZZ); delete those on the right that are not needed.",
)
TOO_LONG = Text(
    "工作表太长：最多 {limit} 行；请删去下面多余的行，或分成几个文件。",
    "The sheet is too long: at most {limit} rows; delete those below that are not needed, or split the file.",
)
TOO_MANY_CELLS = Text(
    "工作表太大：{rows} 行 × {columns} 列；请删去多余的行和列，或分成几个文件。",
    "The sheet is too large: {rows} rows × {columns} columns; delete what is not needed, or split the file.",
)

_CHUNK = 1 << 20
_OVERLAP = 256
_WIDE = re.compile(rb"[\"']([A-Z]{2,})\d{1,9}[\"']")
_FAR = re.compile(rb"[\"'][A-Z]{1,3}(\d{5,})[\"']")
_ROW = re.compile(rb"row\s[^>]{0,80}?\br\s*=\s*[\"'](\d{1,9})[\"']")
_REPEATED = re.compile(
    rb"<[\w.-]*:?(table-cell|table-row)\b([^>]*?)[\w.-]*:?number-(?:columns|rows)-repeated=\"(\d+)\""
)
_ENDS = {b"table-cell": b">", b"table-row": b"table-row>"}


def check_archive(data: bytes) -> None:
    """Raises FileRefused for an archive that is no workbook, is damaged, or holds more than memory should."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            names = {m.filename for m in members}
            if not names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
                raise FileRefused(NOT_A_TABLE)
            if sum(m.file_size for m in members) > LARGEST_UNPACKED:
                raise FileRefused(BOMB)
            left = LARGEST_UNPACKED
            for member in members:
                if member.file_size > LARGE and member.file_size > MOST_TIMES * max(member.compress_size, 1):
                    raise FileRefused(BOMB)
                left -= _look_through(archive, member, left)
    except FileRefused:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError):
        raise FileRefused(BROKEN) from None


def member_text(data: bytes, name: str) -> str:
    """A small member of an archive that was looked through; '' where it has none of that name."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name).decode("utf-8", "replace") if name in archive.namelist() else ""


def chunks(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """A member unpacked a piece at a time; each begins with the end of the one before."""
    tail = b""
    with archive.open(name) as stream:
        while piece := stream.read(_CHUNK):
            yield tail + piece
            tail = piece[-_OVERLAP:]


def _look_through(archive: zipfile.ZipFile, member: zipfile.ZipInfo, left: int) -> int:
    """The true size of a member, read once from end to end. ``left`` is what may still be unpacked."""
    is_xml = member.filename.endswith((".xml", ".rels"))
    is_sheet = is_xml and member.filename.startswith("xl/worksheets/")
    is_ods = member.filename == "content.xml"
    extent = _Extent()
    size = 0
    for number, piece in enumerate(chunks(archive, member.filename)):
        size += len(piece)
        if size > left + _OVERLAP * (number + 1):
            raise FileRefused(BOMB)
        if is_xml and number == 0 and (b"\x00" in piece[:200] or b"<!DOCTYPE" in piece[:4096].upper()):
            raise FileRefused(DECLARES)
        if is_sheet:
            extent.add(piece)
        if is_ods:
            _check_repeats(piece)
    extent.check()
    return size


class _Extent:
    """How far a sheet reaches: the reader makes room for every cell up to the last one."""

    def __init__(self) -> None:
        self.rows, self.columns = 0, 26

    def add(self, piece: bytes) -> None:
        for letters in set(_WIDE.findall(piece)):
            if len(letters) > 2:
                raise FileRefused(TOO_WIDE.with_(limit=MOST_COLUMNS))
            self.columns = max(self.columns, (letters[0] - 64) * 26 + letters[1] - 64)
        for pattern in (_FAR, _ROW):
            found = pattern.findall(piece)
            self.rows = max(self.rows, max(map(int, found), default=0))

    def check(self) -> None:
        if self.rows > MOST_LINES:
            raise FileRefused(TOO_LONG.with_(limit=MOST_LINES))
        if self.columns > 26 and self.rows * self.columns > MOST_CELLS:
            raise FileRefused(TOO_MANY_CELLS.with_(rows=self.rows, columns=self.columns))


def _check_repeats(piece: bytes) -> None:
    """Raises FileRefused where a filled cell, or a row with one, is said to stand in a great many places."""
    for found in _REPEATED.finditer(piece):
        kind, before, times = found.groups()
        if int(times) <= MOST_COLUMNS:
            continue
        end = piece.find(_ENDS[kind], found.end())
        rest = before + piece[found.end() : end if end >= 0 else len(piece)]
        if b"value" in rest or b":p>" in rest:
            raise FileRefused(BOMB)
