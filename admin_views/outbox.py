"""What the site needs to be put on a phone's home screen and to work there without signal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from admin_views.locale import current_locale
from admin_views.once import keep_page
from admin_views.shell import current_actor

if TYPE_CHECKING:
    from models.registry import Registry

WORKER = Path(__file__).resolve().parent / "worker.js"
OPEN = frozenset({"out-box.worker", "out-box.manifest"})
"""Endpoints that say nothing of anybody, so that a browser gets them without signing in."""
COLOR = "#0b6e63"
SIZES = (192, 512)


def outbox_pages(registry: Registry) -> Blueprint:
    """The worker of the browser, the manifest, the page of what waits, and the token to send it with."""
    pages = Blueprint("out-box", __name__)

    @pages.get("/sw.js")
    def worker() -> ResponseReturnValue:
        """The script that answers for the site where there is no signal; only for pages of this site."""
        return Response(WORKER.read_bytes(), mimetype="text/javascript", headers={"Cache-Control": "no-cache"})

    @pages.get("/manifest.webmanifest")
    def manifest() -> ResponseReturnValue:
        """How the site is called and looks on a home screen."""
        name = registry.schema.office.name.to(current_locale())
        return Response(json.dumps(_manifest(name), ensure_ascii=False), mimetype="application/manifest+json")

    @pages.get("/waiting/")
    def waiting() -> str:
        """What this phone has kept and not sent; the list itself is made on the phone."""
        keep_page()
        return render_template("outbox/waiting.html")

    @pages.get("/outbox/token")
    def token() -> ResponseReturnValue:
        """Who is signed in, and the mark that their forms carry now."""
        return jsonify({"user": current_actor().id, "csrf": generate_csrf()})

    return pages


def _manifest(name: str) -> dict[str, object]:
    asset = current_app.jinja_env.globals["asset"]
    one = {"type": "image/png", "purpose": "any maskable"}
    icons = [{"src": asset(f"icons/app-{size}.png"), "sizes": f"{size}x{size}", **one} for size in SIZES]
    root = request.script_root
    return {
        "name": name, "short_name": name, "start_url": f"{root}/", "scope": f"{root}/", "display": "standalone",
        "background_color": "#ffffff", "theme_color": COLOR, "icons": icons,
    }  # fmt: skip
