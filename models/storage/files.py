"""Attached files: the bytes under a folder by their own digest, who attached what in the table ``_file``."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import peewee

from models.actor import Actor
from models.clock import Clock
from models.errors import Invalid, NotFound
from models.record import Record
from models.storage.build import model
from models.storage.database import hold
from schema.text import Text

MAX_BYTES = 20 * 1024 * 1024
MAX_PER_RECORD = 100
TYPES = {
    "pdf": "application/pdf", "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif",
    "webp": "image/webp", "bmp": "image/bmp", "tif": "image/tiff", "tiff": "image/tiff", "heic": "image/heic",
    "txt": "text/plain", "csv": "text/csv", "doc": "application/msword", "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint", "rtf": "application/rtf", "zip": "application/zip",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text", "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "mp3": "audio/mpeg", "m4a": "audio/mp4", "mp4": "video/mp4", "mov": "video/quicktime",
    "dwg": "application/acad", "eml": "message/rfc822",
}  # fmt: skip
"""What may be attached, by the ending of its name, and the content type it is sent with."""

_MAGIC = {
    "application/pdf": (b"%PDF-",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/webp": (b"RIFF",),
}
"""Types a browser may show in place, and how their bytes begin."""

_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LABEL = Text("文件", "file")
_NO_NAME = Text("请先选择文件。", "Choose a file first.")
_KIND = Text("不能附加“{name}”：只收 {kinds} 文件。", "“{name}” cannot be attached: only {kinds} files are taken.")
_BIG = Text("“{name}”超过 {most} MB，请缩小后再传。", "“{name}” is over {most} MB; make it smaller first.")
_BLANK = Text("“{name}”是空文件。", "“{name}” is empty.")
_MANY = Text("一条记录最多附 {most} 个文件。", "A record carries at most {most} files.")
_FALSE = Text("“{name}”的内容不是 {kind} 文件。", "The content of “{name}” is no {kind} file.")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An attached file; ``key`` names it in a field's value and in its address."""

    key: str
    entity: str
    record_id: int | None
    name: str
    size: int
    """Bytes."""
    type: str
    digest: str
    at: datetime
    """Aware, in UTC."""
    author_id: int | None
    author: str

    @property
    def shows_in_browser(self) -> bool:
        """Whether a browser may show it in place (its bytes were checked on the way in)."""
        return self.type in _MAGIC

    @property
    def is_image(self) -> bool:
        return self.shows_in_browser and self.type.startswith("image/")


class Files:
    """Bytes in ``folder`` and rows in ``_file``. Who may see or attach is asked of the record's scope by the caller
    that holds the record (``put``, ``of`` and ``find`` take it)."""

    def __init__(self, database: peewee.Database, folder: Path, clock: Clock) -> None:
        self.database, self.folder, self.clock = database, folder, clock
        self.table = model("_file", _columns(), database)
        self.table._meta.indexes = [
            (("key",), True), (("entity", "record_id"), False), (("digest",), False),
        ]  # fmt: skip

    def create_table(self) -> None:
        """Make the table if it is not there yet."""
        self.database.create_tables([self.table], safe=True)

    def put(self, actor: Actor, entity: str, record_id: int | None, name: str, stream: BinaryIO) -> str:
        """Keep a file and return its key. ``record_id`` None: it belongs to a field's value that names the key.

        Raises Invalid for a kind, size or content that is not taken.
        """
        name = safe_name(name)
        kind = _kind_of(name)
        if record_id is not None and self._count(entity, record_id) >= MAX_PER_RECORD:
            raise Invalid({"": [_MANY.with_(most=MAX_PER_RECORD)]})
        key = secrets.token_urlsafe(16)
        table: Any = self.table
        with self._written(name, TYPES[kind], stream) as (beside, digest, size), self.database.atomic():
            hold(self.database, digest)
            table.insert(
                key=key, entity=entity, record_id=record_id, name=name, size=size, type=TYPES[kind], digest=digest,
                at=self.clock.now().replace(tzinfo=None), author_id=actor.id, author=actor.name,
            ).execute()  # fmt: skip
            place = self.folder / digest[:2] / digest
            place.parent.mkdir(exist_ok=True)
            os.replace(beside, place)
        return key

    def of(self, record: Record) -> list[StoredFile]:
        """The files attached to a record (not those in its fields), oldest first."""
        table: Any = self.table
        mine = (table.entity == record.entity) & (table.record_id == record.id)
        return [_stored(row) for row in table.select().where(mine).order_by(table.id)]

    def named(self, entity: str, keys: Iterable[str]) -> list[StoredFile]:
        """The files of these keys, in their order; unknown keys and those of other entities are left out."""
        wanted = [key for key in keys if _KEY.fullmatch(key)]
        table: Any = self.table
        rows = table.select().where((table.entity == entity) & table.key.in_(wanted)) if wanted else ()
        found = {row.key: _stored(row) for row in rows}
        return [found[key] for key in wanted if key in found]

    def find(self, record: Record, field_keys: Sequence[str], key: str) -> StoredFile:
        """The record's own file of this key, attached or among the keys its fields hold; raises NotFound."""
        for file in self.named(record.entity, [key] if _KEY.fullmatch(key) else []):
            if file.record_id == record.id or key in field_keys:
                return file
        raise NotFound(_LABEL)

    def path(self, file: StoredFile) -> Path:
        """Where the bytes are."""
        return self.folder / file.digest[:2] / file.digest

    def remove(self, record: Record, key: str) -> StoredFile:
        """Take an attached file off its record; the bytes go when nothing else holds them. Raises NotFound."""
        file = self.find(record, (), key)
        table: Any = self.table
        table.delete().where(table.key == key).execute()
        # Only now, so that an undone deletion finds its bytes; held, so that nobody begins to need them meanwhile.
        with self.database.atomic():
            hold(self.database, file.digest)
            if not table.select().where(table.digest == file.digest).exists():
                self.path(file).unlink(missing_ok=True)
        return file

    def _count(self, entity: str, record_id: int) -> int:
        table: Any = self.table
        return int(table.select().where((table.entity == entity) & (table.record_id == record_id)).count())

    @contextmanager
    def _written(self, name: str, type: str, stream: BinaryIO) -> Iterator[tuple[str, str, int]]:
        """Where the bytes lie beside their place, with digest and size: a whole file is moved there, never half."""
        self.folder.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=self.folder, prefix="incoming-")
        try:
            with os.fdopen(handle, "wb") as out:
                digest, size = _copy(name, type, stream, out)
            yield beside, digest, size
        finally:
            Path(beside).unlink(missing_ok=True)


def safe_name(name: str) -> str:
    """A file's name without folders and without signs that are not seen (some turn its ending round).

    It has at most 150 characters and keeps its ending.
    """
    last = re.split(r"[\\/]", name)[-1]
    last = re.sub(r'["<>|:*?]+', "_", "".join(sign if sign.isprintable() else "_" for sign in last)).strip(" .")
    stem, dot, ending = last.rpartition(".")
    return f"{stem[:140]}.{ending[:8]}" if dot else last[:150]


def _kind_of(name: str) -> str:
    if not name:
        raise Invalid({"": [_NO_NAME]})
    ending = name.rpartition(".")[2].lower()
    if "." not in name or ending not in TYPES:
        raise Invalid({"": [_KIND.with_(name=name, kinds=" ".join(TYPES))]})
    return ending


def _copy(name: str, type: str, stream: BinaryIO, out: BinaryIO) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while piece := stream.read(1 << 16):
        if not size and type in _MAGIC and not piece.startswith(_MAGIC[type]):
            raise Invalid({"": [_FALSE.with_(name=name, kind=name.rpartition(".")[2])]})
        size += len(piece)
        if size > MAX_BYTES:
            raise Invalid({"": [_BIG.with_(name=name, most=MAX_BYTES // (1024 * 1024))]})
        digest.update(piece)
        out.write(piece)
    if not size:
        raise Invalid({"": [_BLANK.with_(name=name)]})
    return digest.hexdigest(), size


def _columns() -> dict[str, object]:
    return {
        "id": peewee.BigAutoField(),
        "key": peewee.TextField(),
        "entity": peewee.TextField(),
        "record_id": peewee.BigIntegerField(null=True),
        "name": peewee.TextField(),
        "size": peewee.BigIntegerField(),
        "type": peewee.TextField(),
        "digest": peewee.TextField(),
        "at": peewee.DateTimeField(),
        "author_id": peewee.BigIntegerField(null=True),
        "author": peewee.TextField(),
    }


def _stored(row: Any) -> StoredFile:
    return StoredFile(
        row.key, row.entity, row.record_id, row.name, row.size, row.type, row.digest,
        row.at.replace(tzinfo=UTC), row.author_id, row.author,
    )  # fmt: skip
