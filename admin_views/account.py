"""A person's own account: password, sign-ins; and first passwords, given out by those who keep the accounts."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from flask import Blueprint, abort, flash, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from admin_views.ids import id_of
from admin_views.locale import say
from admin_views.shell import current_actor
from admin_views.sign_in import SignedIn, start_session
from models.errors import Invalid
from models.people.accounts import SHORTEST_PASSWORD

if TYPE_CHECKING:
    from models.registry import Registry

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""For first passwords that are read aloud: none that look alike."""


def account_pages(registry: Registry) -> Blueprint:
    """The pages under /account."""
    pages = Blueprint("my-account", __name__, url_prefix="/account")

    @pages.get("")
    def own() -> ResponseReturnValue:
        attempts = registry.accounts.sign_ins(_own_id())
        return render_template("account/account.html", attempts=attempts, zone=registry.clock.zone)

    @pages.route("/password", methods=["GET", "POST"])
    def password() -> ResponseReturnValue:
        first = bool(current_user.must_change)
        problems = _change_password(registry) if request.method == "POST" else None
        if problems == {}:
            flash(gettext("Your password has been changed. Other sessions of yours have ended."), "success")
            return redirect(f"{request.script_root}/")
        status = 422 if problems else 200
        page = render_template("account/password.html", problems=problems or {}, first=first, least=SHORTEST_PASSWORD)
        return page, status

    @pages.route("/first-password", methods=["GET", "POST"])
    def first_password() -> ResponseReturnValue:
        id = id_of(request.values.get("user"))
        if id is None:
            abort(404)
        user = registry.scope.get(current_actor(), "user", id, "update")
        fresh = ""
        if request.method == "POST":
            fresh = "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))
            registry.accounts.set_password(id, fresh, must_change=True)
        return render_template("account/first_password.html", user=user, fresh=fresh)

    return pages


def _own_id() -> int:
    id = current_actor().id
    return id if id is not None else abort(403)


def _change_password(registry: Registry) -> dict[str, list[str]]:
    """Set the password of the form for the person signed in; what is wrong with it, by input, or {} when done."""
    form, id = request.form, _own_id()
    old, new = form.get("old_password", ""), form.get("password", "")
    if not registry.accounts.is_password(id, old):
        return {"old_password": [gettext("This is not your current password.")]}
    if new != form.get("password_again", ""):
        return {"password_again": [gettext("The two new passwords differ.")]}
    if new == old:
        return {"password": [gettext("Choose a password that differs from the current one.")]}
    try:
        registry.accounts.set_password(id, new)
    except Invalid as wrong:
        return {"password": [say(text) for texts in wrong.problems.values() for text in texts]}
    token = registry.accounts.session_token(id)
    known = registry.accounts.session(token) if token else None
    if known is None:
        abort(401)
    start_session(session, SignedIn(known))
    return {}
