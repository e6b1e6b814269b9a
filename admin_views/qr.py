"""QR codes on screens: a Jinja function, and an SVG as an answer of its own."""

from __future__ import annotations

from flask import Flask, Response, request
from markupsafe import Markup

from models.addresses import ASKED_AT
from transfer.qr import qr_svg


def show_codes(app: Flask) -> None:
    """Give templates ``qr(text, label)``, an SVG in the page; tell what is printed where the office was asked."""
    app.jinja_env.globals["qr"] = qr_block

    @app.before_request
    def note_address() -> None:
        ASKED_AT.set(request.url_root.rstrip("/"))


def qr_block(text: str, label: str = "") -> Markup:
    """The code of ``text`` as it stands in a page."""
    return Markup(qr_svg(text, label))  # noqa: S704 - the label is escaped, the rest are numbers


def qr_answer(text: str, name: str = "code") -> Response:
    """The code of ``text`` as a file ``<name>.svg``, shown in place and kept by nobody on the way."""
    answer = Response(qr_svg(text), mimetype="image/svg+xml")
    answer.headers["Content-Disposition"] = f'inline; filename="{name}.svg"'
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
