"""Uploaded spreadsheets: kept under the office's folder until they are written."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path, PurePath

from admin_views.import_choices import Choices
from models.actor import Actor
from models.errors import NotFound
from models.registry import Registry
from models.storage.files import safe_name
from transfer import imports, sheet
from transfer.imports import ImportOptions, Preparation
from transfer.records import LABEL, ImportEntry, ImportLog
from transfer.refusal import EMPTY, FileRefused

AS_IT_COMES = ImportOptions()


class Uploads:
    """The files that wait to be imported: bytes in ``var/imports/<token>/``, what was chosen in the list of imports."""

    def __init__(self, registry: Registry) -> None:
        self.registry, self.log = registry, ImportLog(registry)
        self.folder = registry.var / "imports"

    def keep(
        self, actor: Actor, target: str, filename: str, data: bytes, options: ImportOptions = AS_IT_COMES
    ) -> ImportEntry:
        """Keep a file that can be read as ``options`` say. Raises FileRefused, NotFound, NotAllowed; then nothing is
        kept."""
        if not data:
            raise FileRefused(EMPTY)
        filename = safe_name(filename)
        imports.prepare(self.registry, actor, target, data, filename, options)
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
