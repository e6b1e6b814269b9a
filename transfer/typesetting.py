"""Letters, notices and receipts as PDF: a template of ``documents/`` filled with the data of its sheets by typst."""

from __future__ import annotations

import calendar
import io
import json
import logging
import struct
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Any

from pypdf import PdfReader, PdfWriter

from models.errors import Refused
from models.printing import Picture
from schema.text import Locale, Text
from transfer.typesetting_room import Room

log = logging.getLogger(__name__)

HOUSE = Path(__file__).resolve().parent.parent / "documents"
"""The templates that ship with the program, with ``house.typ`` that all of them import."""
BATCH = 80
"""Sheets one process sets: about two megabytes each."""
PATIENCE = 120
"""Seconds a batch may take."""
AT_ONCE = 2

_TYPESETTER = Path(__file__).with_name("typesetter.py")
_places = threading.BoundedSemaphore(AT_ONCE)

NO_TEMPLATE = Text("找不到模板 {template}.typ。", "There is no template {template}.typ.")
BROKEN = Text(
    "“{template}”未能排版，原因已记录在系统日志中；请联系管理员检查模板。",
    "“{template}” could not be set; the reason is in the log. Please ask an administrator to look at the template.",
)
SLOW = Text(
    "“{template}”排版超过 {seconds} 秒，已停止；请减少份数后再试。",
    "“{template}” took longer than {seconds} seconds to set and was stopped; try with fewer sheets.",
)


def typeset(template: str, data: Mapping[str, Any], locale: Locale, folder: Path = HOUSE) -> bytes:
    """One PDF of all ``data["sheets"]``, each beginning a page of its own.

    ``data`` is what documents/house.typ names, and ``printed_on``, the day the file says it was made; Text is said
    in ``locale``, Decimal and dates become exact strings.
    ``folder`` holds the template where it is not one of the house. Raises Refused.
    """
    sheets = data["sheets"]
    parts = [
        _set(template, data, locale, folder, [sheets[start : start + BATCH]])[0]
        for start in range(0, len(sheets), BATCH)
    ]
    return parts[0] if len(parts) == 1 else _joined(parts)


def typeset_each(template: str, data: Mapping[str, Any], locale: Locale, folder: Path = HOUSE) -> list[bytes]:
    """A PDF of its own for every sheet of ``data``, in their order. Raises Refused."""
    sheets = data["sheets"]
    return [
        made
        for start in range(0, len(sheets), BATCH)
        for made in _set(template, data, locale, folder, [[one] for one in sheets[start : start + BATCH]])
    ]


def plain(value: Any, locale: Locale, zone: tzinfo | None = None) -> Any:
    """A value as JSON carries it to a template: Text in ``locale``, Decimal without exponent, dates in ISO, moments to
    the minute as the clocks of ``zone`` show them; a Picture stays one until its file lies beside the template."""
    if isinstance(value, Text):
        return value.to(locale)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return f"{value.astimezone(zone) if zone is not None and value.tzinfo else value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(one, locale, zone) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one, locale, zone) for one in value]
    if value is None or isinstance(value, str | int | bool | Picture):
        return value
    raise TypeError(f"a template cannot be given a {type(value).__name__}")


def _set(
    template: str, data: Mapping[str, Any], locale: Locale, folder: Path, groups: Sequence[Sequence[Any]]
) -> list[bytes]:
    """A PDF for every group of sheets, from one process. Raises Refused."""
    path = folder / f"{template}.typ"
    if not path.is_file():
        raise Refused(NO_TEMPLATE.with_(template=template))
    rest = {name: plain(value, locale) for name, value in data.items() if name != "sheets"}
    printed = data.get("printed_on")
    with Room(HOUSE) as room:
        request = {
            "groups": room.placed(plain(groups, locale)), "data": {**rest, "locale": locale},
            "template": str(path), "root": str(room.root), "pictures": room.names,
            "printed": calendar.timegm(printed.timetuple()) if isinstance(printed, date) else 0,
        }  # fmt: skip
        return _unpacked(_run(template, request, len(groups)))


def _run(template: str, request: Mapping[str, Any], count: int) -> bytes:
    """What the typesetting process answers. Raises Refused."""
    try:
        with _places:
            run = subprocess.run(
                [sys.executable, "-I", str(_TYPESETTER)], input=json.dumps(request).encode(), capture_output=True,
                timeout=PATIENCE, check=False,
            )  # fmt: skip
    except OSError as error:
        log.error("template %s: the typesetter could not be started: %s", template, error)
        raise Refused(BROKEN.with_(template=template)) from error
    except subprocess.TimeoutExpired:
        log.error("template %s took over %s seconds for %s groups", template, PATIENCE, count)
        raise Refused(SLOW.with_(template=template, seconds=PATIENCE)) from None
    if run.returncode:
        log.error("template %s: exit %s: %s", template, run.returncode, run.stderr.decode("utf-8", "replace").strip())
        raise Refused(BROKEN.with_(template=template))
    if run.stderr:
        log.warning("template %s: %s", template, run.stderr.decode("utf-8", "replace").strip())
    return run.stdout


def _unpacked(stream: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(stream):
        (size,) = struct.unpack_from(">Q", stream, at)
        found.append(stream[at + 8 : at + 8 + size])
        at += 8 + size
    return found


def _joined(parts: Sequence[bytes]) -> bytes:
    """One PDF of several."""
    writer = PdfWriter()
    writer.add_metadata(PdfReader(io.BytesIO(parts[0])).metadata or {})
    for part in parts:
        writer.append(io.BytesIO(part), import_outline=False)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
