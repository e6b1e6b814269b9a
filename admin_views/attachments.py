"""Files on a record: taking them in, listing them, and sending them without letting a browser run them."""

from __future__ import annotations

from typing import Any

from flask import Response, send_file

from admin_views.screen import Screen
from models.actor import Source
from models.errors import Invalid
from models.record import Masked, Record
from models.storage.files import StoredFile
from schema.text import Text

FILE_TYPES = frozenset({"file", "files", "photo", "photos", "signature"})
SANDBOX = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; sandbox"
_NONE = Text("请先选择文件。", "Choose a file first.")


def attach(screen: Screen, id: int, uploads: Any) -> int:
    """Attach what was uploaded and return how many files; raises NotFound, NotAllowed, Invalid."""
    record = screen.registry.scope.get(screen.actor, screen.entity.name, id, "update")
    files = [file for file in uploads.getlist("file") if file.filename]
    if not files:
        raise Invalid({"": [_NONE]})
    for file in files:
        screen.registry.files.put(screen.actor, record.entity, record.id, file.filename, file.stream)
    return len(files)


def field_keys(record: Record) -> list[str]:
    """The file keys that the record's fields hold, of those this actor sees whole."""
    values = record.values.values()
    return [key for value in values if isinstance(value, tuple) for key in value if isinstance(key, str)]


def field_files(screen: Screen, record: Record) -> dict[str, list[StoredFile]]:
    """The files in each file field of the record."""
    names = [f.name for f in screen.columns if f.type.name in FILE_TYPES]
    held = {name: record.get(name) for name in names}
    return {
        name: screen.registry.files.named(record.entity, keys if isinstance(keys, tuple) else (keys,))
        for name, keys in held.items()
        if keys and not isinstance(keys, Masked)
    }


def download(screen: Screen, id: int, key: str, *, in_place: bool) -> Response:
    """The file's bytes; raises NotFound alike for no file and for a record the actor may not see."""
    record = screen.registry.scope.get(screen.actor, screen.entity.name, id)
    file = screen.registry.files.find(record, field_keys(record), key)
    _note_kept_back(screen, record, key)
    shown = in_place and file.shows_in_browser
    answer = send_file(
        screen.registry.files.path(file),
        mimetype=file.type if shown else "application/octet-stream" if file.type.startswith("text/") else file.type,
        as_attachment=not shown,
        download_name=file.name,
        etag=file.digest,
        conditional=True,
    )
    answer.headers["Content-Security-Policy"] = SANDBOX
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def _note_kept_back(screen: Screen, record: Record, key: str) -> None:
    """Write down who takes a file of a field that is not for everybody who sees the record."""
    rules = screen.entity.access.fields
    names = [
        name for name, value in record.values.items()
        if isinstance(value, tuple) and key in value and name in rules and (rules[name].hide or rules[name].mask)
    ]  # fmt: skip
    if names:
        registry, changes = screen.registry, dict.fromkeys(names, (None, None))
        with registry.store.transaction():
            registry.history.write(screen.actor, record.entity, record.id, record.title, "reveal", changes,
                                   Source("form"), registry.clock.now())  # fmt: skip


def detach(screen: Screen, id: int, key: str) -> StoredFile:
    """Take an attached file off the record; raises NotFound, NotAllowed."""
    record = screen.registry.scope.get(screen.actor, screen.entity.name, id, "update")
    return screen.registry.files.remove(record, key)
