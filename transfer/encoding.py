"""Bytes to text: judges the whole file, never only its header, and refuses what it cannot read."""

from __future__ import annotations

import codecs
import io
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass, field

from schema.text import Text
from transfer.refusal import EMPTY, NOT_A_TABLE, FileRefused

UNREADABLE = Text(
    "无法识别文件的文字编码：请在表格软件中另存为“CSV UTF-8”后重试。",
    "The text encoding was not recognised: save the file as “CSV UTF-8” in the spreadsheet program and try again.",
)
WRONG_ENCODING = Text(
    "文件不是 {encoding} 编码：第 {line} 行读不出来；请选择别的编码或自动识别。",
    "The file is not {encoding}: line {line} cannot be read; choose another encoding or automatic.",
)
UNKNOWN_ENCODING = Text("没有名为“{encoding}”的编码。", "There is no encoding called “{encoding}”.")

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
FOREIGN = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"MZ", b"\x7fELF")

MARK = "\ufeff"

_BLOCK = 1 << 20
_OF_SINGLE_BYTES = ("utf-8", "utf-8-sig", "gb18030")
"""Encodings in which a byte of a control character is one wherever it stands."""
_CONTROL_BYTES = bytes([*range(0x09), *range(0x0E, 0x20), 0x7F])
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_COMMON = re.compile(
    r"[\t\r\n\x0b\x0c\x20-\x7e\u00b0-\u00d7\u2010-\u22ff\u2460-\u24ff\u25a0-\u25ff\u3000-\u30ff"
    r"\u3400-\u9fff\uff00-\uffef\u33a0-\u33df]"
)
_UNUSUAL_SHARE = 0.05
_NAMES = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "utf-16": "UTF-16", "utf-32": "UTF-32", "gb18030": "GB18030"}


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file that is text throughout, and the name of the encoding it is read by. It is decoded as it is read."""

    encoding: str
    _codec: str
    _data: bytes = field(repr=False)

    def lines(self) -> Iterator[str]:
        """The lines with their ends as they are."""
        stream = io.TextIOWrapper(io.BytesIO(self._data), self._codec, newline="")
        if stream.read(1) != MARK:
            stream.seek(0)
        return stream

    def head(self, characters: int) -> str:
        """The first of the text."""
        return io.TextIOWrapper(io.BytesIO(self._data), self._codec, newline="").read(characters).removeprefix(MARK)

    @property
    def has_apostrophes(self) -> bool:
        """Whether there may be an apostrophe anywhere."""
        return b"'" in self._data


def decode(data: bytes, encoding: str | None = None) -> Decoded:
    """``data`` as text, by the named encoding or by the best guess over all of it.

    Order of the guess: a byte-order mark, UTF-16 by its zero bytes, UTF-8 strictly, GB18030.
    Raises FileRefused where the bytes are no text or the text makes no sense.
    """
    if not data.strip():
        raise FileRefused(EMPTY)
    if encoding:
        return _by_name(data, encoding)
    if data.startswith(FOREIGN):
        raise FileRefused(NOT_A_TABLE)
    for mark, name in MARKS:
        if data.startswith(mark):
            return _strictly(data, name)
    for name in (*_unmarked_utf16(data), "utf-8", "gb18030"):
        try:
            return _sensible(data, name)
        except UnicodeDecodeError:
            continue
    raise FileRefused(UNREADABLE)


def _by_name(data: bytes, encoding: str) -> Decoded:
    try:
        name = codecs.lookup(encoding.strip()).name
    except LookupError:
        raise FileRefused(UNKNOWN_ENCODING.with_(encoding=encoding)) from None
    if name in ("gbk", "gb2312", "hz"):
        name = "gb18030"
    if name == "utf-8":
        name = "utf-8-sig"
    return _strictly(data, name)


def _strictly(data: bytes, name: str) -> Decoded:
    try:
        return _sensible(data, name)
    except UnicodeDecodeError:
        raise FileRefused(WRONG_ENCODING.with_(encoding=_NAMES.get(name, name), line=_bad_line(data, name))) from None
    except UnicodeError as error:
        raise FileRefused(WRONG_ENCODING.with_(encoding=_NAMES.get(name, name), line=1)) from error
    except (LookupError, TypeError, AttributeError):  # a codec of bytes to bytes, such as "hex"
        raise FileRefused(UNKNOWN_ENCODING.with_(encoding=name)) from None


def _bad_line(data: bytes, name: str) -> int:
    """The first line that cannot be read."""
    try:
        data.decode(name)
    except UnicodeDecodeError as error:
        return data.count(b"\n", 0, error.start) + 1
    return 1


def _unmarked_utf16(data: bytes) -> tuple[str, ...]:
    """UTF-16 by its zero bytes: separators and digits leave one in every pair, always on the same side."""
    head = data[:4096]
    if len(data) % 2 or b"\x00" not in head:
        return ()
    even, odd = head[0::2].count(0), head[1::2].count(0)
    return ("utf-16-le",) if odd > even else ("utf-16-be",)


def _sensible(data: bytes, name: str) -> Decoded:
    """The file as text, or a refusal: control characters mean a binary file, odd ones a wrong guess.

    Raises FileRefused, UnicodeError where it is no text of this encoding, LookupError for what is no such encoding.
    """
    seen = _Seen()
    bytes(4).decode(name)
    decoder = codecs.getincrementaldecoder(name)()
    for start in range(0, len(data), _BLOCK):
        block = data[start : start + _BLOCK]
        seen.add(decoder.decode(block, start + _BLOCK >= len(data)), block, name)
    if seen.is_blank:
        raise FileRefused(EMPTY)
    if seen.has_controls:
        raise FileRefused(NOT_A_TABLE)
    if name == "gb18030" and seen.unusual > seen.beyond * _UNUSUAL_SHARE:
        raise FileRefused(UNREADABLE)
    return Decoded(_NAMES.get(name, name), name, data)


@dataclass(slots=True)
class _Seen:
    """What was met in the text so far."""

    is_blank: bool = True
    has_controls: bool = False
    beyond: int = 0
    """Characters beyond ASCII, of a text in GB18030."""
    unusual: int = 0
    """Those of them that a Chinese office would hardly ever write."""

    def add(self, text: str, block: bytes, name: str) -> None:
        """Look at the next piece of the text, and the bytes it was."""
        self.is_blank = self.is_blank and not text.strip(MARK + string.whitespace)
        if name in _OF_SINGLE_BYTES:
            self.has_controls |= len(block.translate(None, _CONTROL_BYTES)) != len(block)
        else:
            self.has_controls |= _CONTROL.search(text) is not None
        if name == "gb18030":
            self.beyond += sum(1 for c in text if c > "\x7f")
            self.unusual += len(text) - len(_COMMON.findall(text))
