"""What every answer and every form keeps to: headers, cookies, sizes, and the token against forged requests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, request
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
LARGEST_REQUEST = 64 * 1024 * 1024
SESSION_LIFETIME = timedelta(hours=12)

csrf = CSRFProtect()


class HeadAsGet:
    """Answers HEAD as GET without the body, so that no page takes for a form what carries none (and no token)."""

    def __init__(self, application: Any) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if environ["REQUEST_METHOD"] != "HEAD":
            return self.application(environ, start_response)
        answer = self.application({**environ, "REQUEST_METHOD": "GET"}, start_response)
        if hasattr(answer, "close"):
            answer.close()
        return []


def secure(app: Flask, *, https: bool, proxies: int = 0) -> None:
    """Harden ``app``. ``https`` marks cookies secure; ``proxies`` in front are believed about address and scheme."""
    app.config.setdefault("MAX_CONTENT_LENGTH", LARGEST_REQUEST)
    app.config.update(
        SESSION_COOKIE_NAME="estatedesk",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=SESSION_LIFETIME,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        MAX_FORM_PARTS=5000,
        WTF_CSRF_TIME_LIMIT=None,
    )
    csrf.init_app(app)
    app.wsgi_app = HeadAsGet(app.wsgi_app)  # type: ignore[method-assign]
    if proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies, x_prefix=proxies
        )

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if https:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response


def local_path(target: str | None, otherwise: str = "/") -> str:
    """``target`` when it is a path of this site, else ``otherwise``: no one is sent to a stranger's page."""
    if not target or not target.startswith("/") or target.startswith("//"):
        return otherwise
    if "\\" in target or any(ord(char) < 32 or ord(char) == 127 for char in target):
        return otherwise
    parts = urlsplit(target)
    return otherwise if parts.scheme or parts.netloc else target


def wants_json() -> bool:
    """Whether the request comes from a script that reads JSON rather than from a person."""
    accepted = request.accept_mimetypes
    return accepted.best_match(["text/html", "application/json"], "text/html") == "application/json"
