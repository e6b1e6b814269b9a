"""The typesetting process: JSON with groups of sheets in, one PDF a group out.

It is a process of its own because typst keeps what it laid out for later runs: a bundle of 500 letters leaves over a
gigabyte behind, which only the end of the process gives back. Run by ``transfer.typesetting``; it imports nothing
of the program, so that it starts in a tenth of a second.
"""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import manimgx_fonts_cjk
import typst

FAILED = 3
"""The exit code when a template could not be set; what typst said is then on standard error."""
TAGGED = 4
"""Up to so many sheets a PDF names its headings and tables for those who listen to it; in a bundle, which is made for
the printer, that would make the file ten times as large."""


def pdfs(request: Mapping[str, Any]) -> Iterator[bytes]:
    """The PDF of every group. Raises typst.TypstError where the template is wrong."""
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False,
        font_paths=[str(Path(manimgx_fonts_cjk.__file__).parent)],
    )  # fmt: skip
    source = Path(request["template"]).read_bytes()
    compiler = typst.Compiler(source, root=request["root"], font_paths=fonts, ignore_system_fonts=True)
    broken: set[str] | None = None
    for sheets in request["groups"]:
        try:
            yield _pdf(compiler, source, request, sheets, broken or set())
        except typst.TypstError:
            if broken is not None or not request["pictures"]:
                raise
            broken = set(_broken(compiler, request["pictures"]))
            yield _pdf(compiler, source, request, sheets, broken)


def _pdf(compiler: typst.Compiler, source: bytes, request: Mapping[str, Any], sheets: Any, without: set[str]) -> bytes:
    data = json.dumps({**request["data"], "sheets": _less(sheets, without)}, ensure_ascii=False)
    made = compiler.compile(
        input=source, format="pdf", sys_inputs={"data": data}, pdf_tags=len(sheets) <= TAGGED,
        timestamp=request["printed"],
    )  # fmt: skip
    assert isinstance(made, bytes)
    return made


def _broken(compiler: typst.Compiler, pictures: Sequence[str]) -> Iterator[str]:
    """The pictures that cannot be read: a photo that came in half must not keep a whole bundle from being printed."""
    for name in pictures:
        try:
            compiler.compile(input=f'#image("{name}")'.encode(), format="pdf", sys_inputs={})
        except typst.TypstError as error:
            sys.stderr.write(f"left out {name}: {error.message}\n")
            yield name


def _less(value: Any, without: set[str]) -> Any:
    """``value`` with nothing in the place of the pictures ``without``."""
    if isinstance(value, dict):
        return {key: _less(one, without) for key, one in value.items()}
    if isinstance(value, list):
        kept = [_less(one, without) for one in value]
        return [new for new, old in zip(kept, value, strict=True) if new is not None or old is None]
    return None if isinstance(value, str) and value in without else value


def main() -> int:
    """Read one request and write its PDFs, each behind its length in eight bytes. Returns the exit code."""
    try:
        for made in pdfs(json.load(sys.stdin.buffer)):
            sys.stdout.buffer.write(struct.pack(">Q", len(made)) + made)
    except typst.TypstError as error:
        sys.stderr.write(error.diagnostic or error.message)
        return FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main())
