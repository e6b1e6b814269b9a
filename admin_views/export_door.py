"""Records as a download: streamed while they are read, under a name that says what and when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from flask import Response

from admin_views.list_query import read_list
from admin_views.screen import Screen
from models.actor import Source
from models.errors import NotFound
from models.query import Query
from schema.text import Text
from transfer.export import ENCODINGS, FORMATS, Way, export

BY_HAND = Source("form")
_FORMAT = Text("文件格式", "file format")


def export_answer(screen: Screen, args: Any, format: str) -> Response:
    """The records of the list at this address, as a download. Raises NotFound, NotAllowed."""
    wanted = [name for name in args.getlist("columns") if name == "title" or name in screen.field_names]
    encoding = args.get("encoding", "") if args.get("encoding", "") in ENCODINGS else ENCODINGS[0]
    return download(screen, read_list(args, screen).query(()), format, wanted, Way(encoding, source=BY_HAND))


def download(screen: Screen, query: Query, format: str, columns: list[str], way: Way) -> Response:
    """The records of ``query`` as a file. Raises NotFound for an unknown format, NotAllowed."""
    if format not in FORMATS:
        raise NotFound(_FORMAT)
    blocks = export(screen.registry, screen.actor, screen.entity.name, format, query, columns, way)
    kind = f"{FORMATS[format]}; charset={way.encoding}" if format == "csv" else FORMATS[format]
    answer = Response(_connected(screen, blocks), content_type=kind)
    return named(answer, screen.entity.name, screen.say(screen.entity.plural), screen, format)


def named(answer: Response, plain: str, shown: str, screen: Screen, format: str) -> Response:
    """``answer`` as a download called after what it holds and the day; never kept by a cache on the way."""
    day = f"{screen.context.today:%Y%m%d}"
    answer.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}-{day}.{format}\"; filename*=UTF-8''{quote(f'{shown}-{day}.{format}', safe='')}"
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _connected(screen: Screen, blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The blocks, with a database connection of their own: the request's is gone once they are sent."""
    with screen.registry.connection():
        yield from blocks
