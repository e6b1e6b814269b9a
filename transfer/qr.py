"""QR codes: a text as an SVG picture, for screens and papers."""

from __future__ import annotations

from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

import segno

from models.addresses import address_of
from models.printing import Picture

if TYPE_CHECKING:
    from models.registry import Registry

QUIET = 4
"""Modules of white around the code, which readers need to find it."""
ERROR = "m"
"""15 % may be dirty or torn."""


def qr_svg(text: str, label: str = "") -> str:
    """The QR code of ``text`` as an SVG element that fills what holds it; ``label`` is read out in its place.

    Raises ValueError where ``text`` is longer than a code holds (some 2,300 bytes).
    """
    try:
        rows = segno.make_qr(text, error=ERROR, boost_error=False).matrix
    except segno.DataOverflowError as error:
        raise ValueError(f"{len(text)} characters do not go into a QR code") from error
    size = len(rows) + 2 * QUIET
    says = f' role="img" aria-label="{escape(label)}"' if label else ' aria-hidden="true"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="qr" viewBox="0 0 {size} {size}" width="{size}"'
        f' height="{size}" shape-rendering="crispEdges"{says}>'
        f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path d="{_bars(rows)}"/></svg>'
    )


def qr_picture(text: str) -> Picture:
    """The QR code of ``text`` for a sheet. Raises ValueError where it is too long."""
    return Picture(qr_svg(text).encode())


def code_picture(registry: Registry, path: str) -> Picture:
    """The QR code that opens the page at ``path`` ('/s/<token>/') on whichever phone reads it.

    Raises Refused where nobody said at which address the office is.
    """
    return qr_picture(address_of(registry.schema, path))


def _bars(rows: tuple[bytearray, ...]) -> str:
    """The dark modules as one path: a bar for each run in a row."""
    path = []
    for y, row in enumerate(rows, QUIET):
        x = QUIET
        for dark, run in groupby(row):
            width = len(list(run))
            if dark:
                path.append(f"M{x} {y}h{width}v1h-{width}z")
            x += width
    return "".join(path)
