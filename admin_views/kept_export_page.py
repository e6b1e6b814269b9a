"""Exports that jobs wrote: what the list of exports shows of them, and the files themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, send_file
from flask.typing import ResponseReturnValue

from admin_views.shell import current_actor
from models.actor import Actor
from transfer.export import FORMATS
from transfer.kept_exports import KeptExport, KeptExports

if TYPE_CHECKING:
    from models.registry import Registry


def kept_export_pages(registry: Registry) -> Blueprint:
    """`/exports/files/<id>/`."""
    pages = Blueprint("kept-exports", __name__)

    @pages.get("/exports/files/<int:id>/")
    def file(id: int) -> ResponseReturnValue:
        kept, path = KeptExports(registry).find(current_actor(), id)
        answer = send_file(path.resolve(), FORMATS[kept.format], as_attachment=True, download_name=kept.filename)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    return pages


def kept_exports(registry: Registry, actor: Actor) -> list[KeptExport]:
    """The files that the actor may fetch, newest first."""
    return KeptExports(registry).open_to(actor)
