"""The list as a file: what the address narrows it to, streamed while it is read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from flask import Response

from admin_views.list_query import read_list
from admin_views.screen import Screen
from models.errors import NotFound
from schema.text import Text
from transfer.export import FORMATS, export

_FORMAT = Text("文件格式", "file format")


def export_answer(screen: Screen, args: Any, format: str) -> Response:
    """The records of the list at this address, as a download. Raises NotFound, NotAllowed."""
    if format not in FORMATS:
        raise NotFound(_FORMAT)
    asked = read_list(args, screen)
    wanted = [name for name in args.getlist("columns") if name == "title" or name in screen.field_names]
    blocks = export(screen.registry, screen.actor, screen.entity.name, format, asked.query(()), wanted)
    answer = Response(_connected(screen, blocks), mimetype=FORMATS[format])
    name = f"{screen.say(screen.entity.plural)}-{screen.context.today:%Y%m%d}.{format}"
    plain = f"{screen.entity.name}-{screen.context.today:%Y%m%d}.{format}"
    answer.headers["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _connected(screen: Screen, blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The blocks, with a database connection of their own: the request's is gone once they are sent."""
    with screen.registry.connection():
        yield from blocks
