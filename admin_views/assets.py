"""Static files: one folder per content hash, compressed, and kept by browsers for a year."""

from __future__ import annotations

import gzip
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from wsgiref.headers import Headers

import brotli
import flask_admin
from flask import Flask, request
from whitenoise import WhiteNoise

OURS = Path(__file__).resolve().parent / "static"
THEIRS = Path(flask_admin.__file__).parent / "static" / "bootstrap" / "bootstrap4"
ICON_FILES = ("css/font-awesome.min.css", "fonts/fontawesome-webfont.woff2", "fonts/fontawesome-webfont.woff")
STYLESHEETS = ("base", "shell", "parts", "list", "form", "entity", "place", "outbox", "print")
"""They are sent as one, css/site.css, in this order."""
COMPRESSED = {".css", ".js", ".svg", ".json", ".webmanifest"}
PREFIX = "/static/"
YEAR = 365 * 24 * 3600


def serve_assets(app: Flask, cache: Path | None = None) -> str:
    """Serve the static files from ``cache`` (made when missing) and give templates ``asset('css/site.css')``.

    The URL holds the hash of all files together, so that styles and modules may name one another relatively.
    Returns that hash.
    """
    files = dict(_files())
    digest = _digest(files)
    folder = (cache or Path(tempfile.gettempdir()) / "estatedesk-static") / digest
    if folder.is_dir():
        os.utime(folder)  # in use: only what no start has touched for long is taken away
    else:
        _publish(files, folder)
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=folder,
        prefix=f"{PREFIX}{digest}/",
        max_age=YEAR,
        immutable_file_test=lambda path, url: True,
        allow_all_origins=False,
        add_headers_function=_harden,
    )

    def asset(name: str) -> str:
        return f"{request.script_root}{PREFIX}{digest}/{name}"

    app.jinja_env.globals["asset"] = asset
    return digest


def _harden(headers: Headers, path: str, url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Content-Security-Policy"] = "default-src 'none'; style-src 'self'"


def _files() -> Iterator[tuple[str, bytes]]:
    """(URL path, content) of every file that is served."""
    sheets = [OURS / "css" / f"{name}.css" for name in STYLESHEETS]
    yield "css/site.css", b"\n".join(sheet.read_bytes() for sheet in sheets if sheet.exists())
    for path in sorted(OURS.rglob("*")):
        if path.is_file() and path not in sheets:
            yield path.relative_to(OURS).as_posix(), path.read_bytes()
    for name in ICON_FILES:
        yield f"icons/{name}", (THEIRS / name).read_bytes()


def _digest(files: dict[str, bytes]) -> str:
    whole = hashlib.sha256()
    for name, content in files.items():
        whole.update(name.encode() + b"\0" + content + b"\0")
    return whole.hexdigest()[:12]


def _publish(files: dict[str, bytes], folder: Path) -> None:
    """Write the files with their compressed twins, so that a half-written folder never has the final name."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        fresh = Path(scratch) / "files"
        for name, content in files.items():
            path = fresh / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            if path.suffix in COMPRESSED:
                path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(content, 9, mtime=0))
                path.with_name(f"{path.name}.br").write_bytes(brotli.compress(content))
        try:
            fresh.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
