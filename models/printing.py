"""Documents: decorated functions that gather what stands in a letter or form, for the records chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.actor import Actor
from models.errors import Invalid, NotFound
from models.operations import Selection
from models.record import Record
from models.registry import answers_of
from schema.spec import DocumentSpec, Schema
from schema.text import Locale, Text

if TYPE_CHECKING:
    from models.registry import Registry

MOST = 600
"""Sheets printed at a time."""
MOST_PICTURES = 8
"""Pictures of one field that go onto a sheet, unless the document says otherwise."""

_SIGNS = {b"<svg": "svg", b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg", b"GIF8": "gif", b"RIFF": "webp"}
"""How the bytes of pictures begin that a paper can hold."""

_LABEL = Text("打印件", "document")
_MANY = Text(
    "选中了 {count} 条，一次最多打印 {most} 条；请先缩小范围。",
    "{count} records are chosen; at most {most} can be printed at a time. Narrow the list first.",
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture on a sheet: an SVG, PNG, JPEG, GIF or WebP, as its bytes or the file that holds them.

    Raises ValueError for anything else.
    """

    data: bytes | Path

    def __post_init__(self) -> None:
        if not self.ending:
            raise ValueError("a paper holds SVG, PNG, JPEG, GIF and WebP pictures")

    @property
    def ending(self) -> str:
        """What a file of it is called at its end: "png"; '' for what cannot be printed."""
        if isinstance(self.data, Path):
            with self.data.open("rb") as file:
                begins = file.read(16)
        else:
            begins = self.data[:16]
        return next((ending for sign, ending in _SIGNS.items() if begins.startswith(sign)), "")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on the sheet of record ``id``: what the head of the template names, of Text, Decimal, dates, str,
    int, bool, Picture, lists and mappings of these. Its PDF goes to the archive of the records ``keeps`` of the
    archive's entity; none named: of the record itself. ``others`` are further records of the document's entity that
    stand on the sheet: that they were printed is noted in their histories too. ``dated`` is the day that stands in its
    file instead of today, for a paper that shall be the same file until what it says changes."""

    id: int
    data: Mapping[str, Any]
    keeps: tuple[int, ...] = ()
    others: tuple[int, ...] = ()
    dated: date | None = None


@dataclass(slots=True)
class Printing:
    """The sheets in the order of printing, and the records without one: (id, why). ``locale`` is the language of
    the paper where it is not that of who prints."""

    sheets: list[Sheet] = field(default_factory=list)
    skipped: list[tuple[int, Text]] = field(default_factory=list)
    locale: Locale | None = None


Gather = Callable[["Registry", Actor, Selection, datetime, Mapping[str, Any]], Printing]
"""``(registry, actor, selection, now, answers)``: reads through the scope, writes nothing. Raises Refused."""


@dataclass(frozen=True, slots=True)
class _Known:
    gather: Gather
    folder: Path | None


_known: dict[str, _Known] = {}


def document(name: str, folder: Path | None = None) -> Callable[[Gather], Gather]:
    """Make a function the one that a schema's ``documents`` call ``name``.

    ``folder`` holds the template where it does not lie in ``documents/``.
    """

    def keep(function: Gather) -> Gather:
        if name in _known and _known[name].gather.__module__ != function.__module__:
            raise ValueError(f"two documents are called {name!r}")
        _known[name] = _Known(function, folder)
        return function

    return keep


def absent(schema: Schema) -> Iterable[str]:
    """The documents of the schema for which no function gathers what stands in them."""
    for spec in schema.documents.values():
        if spec.run not in _known:
            yield spec.name


def folder_of(spec: DocumentSpec) -> Path | None:
    """Where the document's template lies; None: in ``documents/``."""
    return _known[spec.run].folder


def documents_of(schema: Schema, entity: str) -> list[DocumentSpec]:
    """The documents printed for records of ``entity``, in the schema's order."""
    return [spec for spec in schema.documents.values() if spec.entity == entity]


def find(schema: Schema, name: str, entity: str = "") -> DocumentSpec:
    """The document ``name`` (of ``entity``, where one is given). Raises NotFound."""
    spec = schema.documents.get(name)
    if spec is None or (entity and spec.entity != entity):
        raise NotFound(_LABEL)
    return spec


def pictures(registry: Registry, record: Record, name: str, most: int = MOST_PICTURES) -> list[Picture]:
    """The pictures in a file field of a record that was read for the person who prints, ``most`` at most.

    Files that are no pictures are left out, as are kinds that a paper cannot hold; a field that is hidden from the
    person or masked gives none.
    """
    held = record.get(name)
    keys = held if isinstance(held, tuple) else (held,) if isinstance(held, str) else ()
    paths = (registry.files.path(file) for file in registry.files.named(record.entity, keys) if file.is_image)
    return [Picture(path) for path in islice(filter(Path.is_file, paths), most)]


def gather(
    registry: Registry, actor: Actor, spec: DocumentSpec, ids: Iterable[int], given: Mapping[str, Any]
) -> Printing:
    """What is to be printed of the records among ``ids`` that the actor may print this document for, in their order.

    Raises NotAllowed, Invalid (answers, too many records) and what the function refuses.
    """
    registry.scope.require(actor, spec.entity, spec.name)
    asked = answers_of(registry, actor, spec.ask, given)
    wanted = list(dict.fromkeys(ids))
    if len(wanted) > MOST:
        raise Invalid({"": [_MANY.with_(count=len(wanted), most=MOST)]})
    visible = registry.scope.visible_ids(actor, spec.entity, wanted, spec.name)
    selection = Selection(spec.entity, tuple(id for id in wanted if id in visible))
    if not selection.ids:
        return Printing()
    return _known[spec.run].gather(registry, actor, selection, registry.clock.now(), asked)
