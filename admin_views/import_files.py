"""Uploaded spreadsheets: kept under the office's folder until they are written, with what a person chose for them."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any, cast

from admin_views.import_preview import LONGEST_CELL
from models.actor import Actor
from models.errors import NotFound
from models.files import safe_name
from models.registry import Registry
from transfer import imports, sheet
from transfer.imports import BadRows, ImportOptions, Preparation
from transfer.match import IGNORE
from transfer.records import LABEL, ImportEntry, ImportLog
from transfer.refusal import EMPTY, FileRefused
from transfer.sheet import ReadOptions
from transfer.writing import Mode

MODES = ("upsert", "insert", "update")
BAD_ROWS = ("stop", "skip")
ENCODINGS = ("", "utf-8", "gb18030", "utf-16")


@dataclass(slots=True)
class Choices:
    """What a person chose for a file: reading, columns, cells put right, and what the import may do."""

    encoding: str = ""
    sheet: str = ""
    columns: dict[int, str] = field(default_factory=dict)
    edits: dict[tuple[int, int], str] = field(default_factory=dict)
    mode: Mode = "upsert"
    bad_rows: BadRows = "stop"

    @property
    def options(self) -> ImportOptions:
        return ImportOptions(ReadOptions(encoding=self.encoding, sheet=self.sheet), self.columns, self.edits)

    def as_json(self) -> dict[str, Any]:
        """The choices as they are kept with the upload."""
        return {
            "encoding": self.encoding,
            "sheet": self.sheet,
            "chosen": {str(index): key for index, key in self.columns.items()},
            "edits": [[line, index, text] for (line, index), text in self.edits.items()],
            "mode": self.mode,
            "bad_rows": self.bad_rows,
        }


def kept_choices(data: Mapping[str, Any]) -> Choices:
    """The choices that were kept with an upload."""
    return Choices(
        encoding=data.get("encoding", ""),
        sheet=data.get("sheet", ""),
        columns={int(index): key for index, key in data.get("chosen", {}).items()},
        edits={(line, index): text for line, index, text in data.get("edits", ())},
        mode=data.get("mode", "upsert"),
        bad_rows=data.get("bad_rows", "stop"),
    )


def read_choices(form: Any, before: Choices) -> Choices:
    """The choices as the preview's form sends them; cells put right earlier stay so.

    A cell that the form did not change, and anything that is no choice at all, is left as it was.
    """
    choices = Choices(columns=dict(before.columns), edits=dict(before.edits))
    choices.encoding = _one_of(form.get("encoding", before.encoding), ENCODINGS)
    choices.sheet = form.get("sheet", before.sheet)[:200]
    if (choices.encoding, choices.sheet) != (before.encoding, before.sheet):
        choices.columns, choices.edits = {}, {}
    choices.mode = cast(Mode, _one_of(form.get("mode", before.mode), MODES))
    choices.bad_rows = cast(BadRows, _one_of(form.get("bad_rows", before.bad_rows), BAD_ROWS))
    for name, value in form.items():
        kind, _, place = name.partition("-")
        if kind == "column" and place.isascii() and place.isdigit():
            _choose(choices.columns, int(place), value, form.get(f"was-column-{place}", ""))
        elif kind == "cell" and (found := _place(place)) and value != form.get(f"was-cell-{place}"):
            choices.edits[found] = value[:LONGEST_CELL]
    return choices


def _choose(columns: dict[int, str], index: int, value: str, was: str) -> None:
    """A column that the person left as it was matched stays open to matching anew."""
    if value != was:
        columns[index] = value or IGNORE


def _place(text: str) -> tuple[int, int] | None:
    line, _, index = text.partition("-")
    known = all(part.isascii() and part.isdigit() and len(part) < 10 for part in (line, index))
    return (int(line), int(index)) if known else None


def _one_of(value: str, known: tuple[str, ...]) -> str:
    return value if value in known else known[0]


class Uploads:
    """The files that wait to be imported: bytes in ``var/imports/<token>/``, what was chosen in the list of imports."""

    def __init__(self, registry: Registry) -> None:
        self.registry, self.log = registry, ImportLog(registry)
        self.folder = registry.var / "imports"

    def keep(self, actor: Actor, target: str, filename: str, data: bytes) -> ImportEntry:
        """Keep a file that can be read. Raises FileRefused, NotFound, NotAllowed; then nothing is kept."""
        if not data:
            raise FileRefused(EMPTY)
        filename = safe_name(filename)
        imports.prepare(self.registry, actor, target, data, filename)
        for token in self.log.forget_unused():
            shutil.rmtree(self.folder / token, ignore_errors=True)
        entry = self.log.upload(actor, target, filename, hashlib.sha256(data).hexdigest(), len(data))
        path = self._path(entry)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return entry

    def find(self, actor: Actor, target: str, token: str) -> ImportEntry:
        """The actor's own upload for this target. Raises NotFound alike for all others."""
        entry = self.log.of_token(actor, token)
        if entry.target != target:
            raise NotFound(LABEL)
        return entry

    def prepared(self, actor: Actor, entry: ImportEntry, choices: Choices) -> Preparation:
        """The file read and matched as chosen. Raises FileRefused."""
        path = self._path(entry)
        if not path.exists():
            raise FileRefused(sheet.EMPTY)
        return imports.prepare(self.registry, actor, entry.target, path.read_bytes(), entry.filename, choices.options)

    def discard(self, actor: Actor, entry: ImportEntry) -> None:
        """Take away a file that was not written."""
        self.log.discard(actor, entry.token)
        shutil.rmtree(self.folder / entry.token, ignore_errors=True)

    def _path(self, entry: ImportEntry) -> Path:
        suffix = PurePath(entry.filename).suffix.lower()
        return self.folder / entry.token / f"file{suffix if suffix in sheet.SUFFIXES else ''}"
