"""Signing in and out, the session of a person, and the guard in front of every page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, abort, flash, g, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from admin_views.health import HEALTH
from admin_views.locale import BABEL_NAMES, current_locale, say
from admin_views.outbox import OPEN as UNSIGNED
from admin_views.security import local_path, wants_json
from models.actor import Actor
from models.people.sign_in_log import SignInRefused

if TYPE_CHECKING:
    from models.people.accounts import Session
    from models.registry import Registry

OPEN = frozenset({"sign-in.login", "sign-in.language", HEALTH}) | UNSIGNED
"""The endpoints for people who are not signed in. All others are closed."""
FOR_STRANGERS = frozenset({"survey-link"})
"""The blueprints whose pages are opened by a private link: they know nobody, signed in or not, and set no cookie."""
BEFORE_OWN_PASSWORD = OPEN | {"sign-in.logout", "my-account.password"}
"""The endpoints for people who still have to choose their own password."""


class SignedIn(UserMixin):  # type: ignore[misc]
    """A session's person, as flask-login wants it."""

    def __init__(self, known: Session) -> None:
        self.actor, self.token, self.must_change = known.actor, known.token, known.must_change

    def get_id(self) -> str:
        """What the cookie carries; it stops being true when password, roles or standing change."""
        return self.token


def guard_sign_in(app: Flask, registry: Registry) -> None:
    """Close every page of ``app`` to strangers, and put who is asking into ``g.actor``."""
    manager = LoginManager(app)
    manager.session_protection = None

    @manager.user_loader
    def load(token: str) -> SignedIn | None:
        known = registry.accounts.session(token)
        return SignedIn(known) if known else None

    @app.before_request
    def guard() -> ResponseReturnValue | None:
        if request.endpoint == HEALTH or request.blueprint in FOR_STRANGERS:
            return None
        if current_user.is_authenticated:
            g.actor = current_user.actor
            if current_user.must_change and request.endpoint not in BEFORE_OWN_PASSWORD:
                return redirect(f"{request.script_root}/account/password")
            return None
        return None if request.endpoint in OPEN else _to_login()

    app.register_blueprint(_pages(registry))


def _to_login() -> ResponseReturnValue:
    """Where a stranger is sent: to the sign-in page, which leads back to what they asked for."""
    ended = session.pop("_user_id", None) is not None
    if wants_json():
        return {"error": gettext("Please sign in again.")}, 401
    if ended:
        flash(gettext("Your session has ended. Please sign in again."), "info")
    asked = request.full_path if request.query_string else request.path
    if request.method != "GET" or asked == "/":
        return redirect(f"{request.script_root}/login")
    return redirect(f"{request.script_root}/login?{urlencode({'next': asked})}")


def start_session(app_session: Any, known: SignedIn) -> None:
    """Begin a session under a fresh cookie: nothing of the stranger's goes over."""
    app_session.clear()
    app_session.permanent = True
    login_user(known)


def _pages(registry: Registry) -> Blueprint:
    pages = Blueprint("sign-in", __name__)

    @pages.route("/login", methods=["GET", "POST"])
    def login() -> ResponseReturnValue:
        if current_user.is_authenticated:
            return redirect(request.script_root + local_path(request.values.get("next")))
        if request.method == "GET":
            return _login_page(registry)
        username = request.form.get("username", "")
        password = request.form.get("password", "")
        found = registry.accounts.verify(username, password, request.remote_addr or "", registry.clock.now())
        return _refused(registry, found) if isinstance(found, SignInRefused) else _let_in(registry, found)

    @pages.post("/logout")
    def logout() -> ResponseReturnValue:
        locale = current_locale()
        logout_user()
        session.clear()
        session["locale"] = locale
        answer: Response = redirect(f"{request.script_root}/login")  # type: ignore[assignment]
        answer.headers["Clear-Site-Data"] = '"cache"'
        return answer

    @pages.post("/language")
    def language() -> ResponseReturnValue:
        locale = request.form.get("locale")
        if locale not in BABEL_NAMES:
            abort(400)
        session["locale"] = locale
        if g.get("actor") is not None:
            registry.accounts.set_locale(g.actor, "en" if locale == "en" else "zh")
        return redirect(request.script_root + local_path(request.form.get("next")))

    return pages


def _login_page(registry: Registry, error: str = "") -> str:
    demo = [a for a in registry.accounts.list() if a.demo and a.active] if registry.accounts.has_demo() else []
    return render_template(
        "account/login.html", error=error, username=request.form.get("username", ""),
        next=local_path(request.values.get("next"), ""), demo=demo, roles=registry.schema.roles,
    )  # fmt: skip


def _refused(registry: Registry, refused: SignInRefused) -> ResponseReturnValue:
    headers = {"Retry-After": str(refused.retry_after)} if refused.retry_after else {}
    return _login_page(registry, say(refused.text)), 429 if refused.retry_after else 401, headers


def _let_in(registry: Registry, actor: Actor) -> ResponseReturnValue:
    token = registry.accounts.session_token(actor.id) if actor.id is not None else None
    known = registry.accounts.session(token) if token else None
    if known is None:
        abort(401)
    target = request.script_root + local_path(request.form.get("next"))
    start_session(session, SignedIn(known))
    return redirect(target)
