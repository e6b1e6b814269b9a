"""A form that a phone kept and sends later: done once however often it arrives, with the time it was done."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from flask import g, make_response, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from admin_views.script_answers import for_script
from admin_views.shell import current_actor
from models.errors import Refused
from models.once import AHEAD, moment_of

if TYPE_CHECKING:
    from flask import Flask

    from models.actor import Actor
    from models.registry import Registry
    from schema.spec import Entity

TOKEN, AGE = "_once", "_age"
"""What a kept form carries beside its fields: its token, and how many seconds ago it was filled in."""
KEEP = "X-Keep"
"""The header of a page that may be kept on the phone; its value is whose it is."""
GONE_TO = (301, 302, 303)
_SECONDS = re.compile(r"-?[0-9]{1,11}")


class _NotDone(Exception):
    """The answer says that nothing was written, so the token is given back."""

    def __init__(self, answer: Response) -> None:
        self.answer = answer


def at_most_once(registry: Registry, do: Callable[[], ResponseReturnValue]) -> ResponseReturnValue:
    """What ``do`` answers to this POST; where the same form was done before, the way to what came of it.

    What it writes and its token are one transaction. A form without a token is done as it comes. The script that
    sends what a phone kept is told where to go, and goes there itself.
    """
    token = request.form.get(TOKEN, "")
    answer = make_response(_once(registry, token, do) if token else do())
    return for_script(answer) if "X-Part" in request.headers else answer  # type: ignore[no-any-return]


def _once(registry: Registry, token: str, do: Callable[[], ResponseReturnValue]) -> ResponseReturnValue:
    actor = current_actor()
    try:
        with registry.store.transaction():
            before = registry.once.begin(actor, token)
            if before is not None:
                return redirect(before)
            answer = make_response(do())
            if answer.status_code not in GONE_TO:
                raise _NotDone(answer)
            registry.once.keep(actor, token, answer.headers["Location"])
            return answer
    except _NotDone as refused:
        return refused.answer


def done_at(registry: Registry) -> datetime | None:
    """When the person filled the form in, by the office's clock; None where it comes as it was sent. Raises Refused."""
    text = request.form.get(AGE, "")
    if not text:
        return None
    if not _SECONDS.fullmatch(text):
        raise Refused(AHEAD)
    return moment_of(int(text), registry.clock.now())


def dated(registry: Registry, actor: Actor, entity: Entity) -> tuple[Actor, dict[str, datetime]]:
    """The one who writes a new record, and the moment at which it was done, where the entity says which field holds
    that. Raises Refused."""
    if entity.offline is None or not entity.offline.at:
        return actor, {}
    moment = done_at(registry)
    if moment is None:
        return actor, {}
    at = entity.offline.at
    return replace(actor, writes=actor.writes | {(entity.name, at)}), {at: moment}


def keep_page() -> None:
    """The page that is being made may be kept on the phone, for this person, and shown without signal."""
    g.keep_page = True


def mark_kept_pages(app: Flask) -> None:
    """Tell the phone which pages it may keep."""

    @app.after_request
    def mark(response: Response) -> Response:
        actor = g.get("actor")
        if g.get("keep_page") and actor is not None and response.status_code == 200:
            response.headers[KEEP] = str(actor.id)
        return response
