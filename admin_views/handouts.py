"""Files made for a person (printed papers, what an action gives), kept for an hour and for nobody else."""

from __future__ import annotations

import json
import os
import re
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request, send_file

from admin_views.shell import current_actor
from models.errors import NotFound
from models.storage.files import safe_name
from schema.text import Text

if TYPE_CHECKING:
    from models.actor import Actor
    from models.registry import Registry

KEPT = 3600
"""Seconds, of the machine and not of the office's clock."""
IN_PLACE = "application/pdf"
"""The one type a browser shows in its own viewer; everything else is downloaded."""
POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"

_KEY = re.compile(r"[A-Za-z0-9_-]{32}")
_LABEL = Text("文件", "file")


@dataclass(frozen=True, slots=True)
class Handout:
    """A file that waits for its person: the address it is fetched at, its name, size in bytes and type."""

    url: str
    name: str
    size: int
    type: str

    @property
    def shows_in_browser(self) -> bool:
        return self.type == IN_PLACE


def handout_pages(registry: Registry) -> Blueprint:
    """`/handouts/<key>/`; with `?download` a PDF is saved and not shown."""
    pages = Blueprint("handout-files", __name__)

    def fetch(key: str) -> Response:
        return Handouts(registry).answer(current_actor(), key, download="download" in request.args)

    pages.add_url_rule("/handouts/<key>/", "fetch", fetch)
    return pages


class Handouts:
    """Bytes in ``var/cache/handouts`` with a note of whose they are; on disk, so that any server process finds them."""

    def __init__(self, registry: Registry) -> None:
        self.folder = registry.var / "cache" / "handouts"

    def keep(self, actor: Actor, files: Iterable[tuple[str, bytes, str]]) -> list[Handout]:
        """Keep files for the actor for an hour; what is older goes."""
        self._clear()
        return [self._kept(actor, safe_name(name) or "file", content, type) for name, content, type in files]

    def answer(self, actor: Actor, key: str, *, download: bool = False) -> Response:
        """The file, shown in place if it is a PDF. Raises NotFound alike for none, too old, and another person's."""
        path = self.folder / key
        if not _KEY.fullmatch(key) or not path.with_suffix(".json").is_file():
            raise NotFound(_LABEL)
        note = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        if note["person"] != actor.id or note["until"] < time.time():
            raise NotFound(_LABEL)
        shown = note["type"] == IN_PLACE and not download
        answer = send_file(path.resolve(), note["type"], as_attachment=not shown, download_name=note["name"])
        answer.headers["Cache-Control"] = "private, no-store"
        answer.headers["Content-Security-Policy"] = POLICY
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer

    def _kept(self, actor: Actor, name: str, content: bytes, type: str) -> Handout:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = secrets.token_urlsafe(24)
        note = {"person": actor.id, "until": time.time() + KEPT, "name": name, "type": type}
        _write(self.folder / key, content)
        _write(self.folder / f"{key}.json", json.dumps(note, ensure_ascii=False).encode())
        return Handout(f"{request.script_root}/handouts/{key}/", name, len(content), type)

    def _clear(self) -> None:
        """Take away what is past its hour."""
        limit = time.time() - KEPT
        for path in self.folder.glob("*"):
            if path.stat().st_mtime < limit:
                path.unlink(missing_ok=True)


def _write(path: Path, content: bytes) -> None:
    """A file that its owner alone may read."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(content)
