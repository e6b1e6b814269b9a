"""Error pages in the reader's language, for what Flask and what the models refuse."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask, current_app, g, render_template
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError, TooManyRequests

from admin_views.locale import say
from admin_views.security import wants_json
from models.errors import Duplicate, Invalid, NotAllowed, NotFound, Refused, Stale, StillReferred
from schema.text import Text

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Face:
    """How an error page looks: an icon, a heading, and a sentence for want of a better one."""

    icon: str
    heading: Text
    sentence: Text


_FAILED = Text("操作没有成功", "That did not work")
FACES = {
    400: Face(
        "chain-broken",
        _FAILED,
        Text("请求不完整，请返回后重试。", "The request was not complete. Go back and try again."),
    ),
    401: Face(
        "lock",
        Text("请先登录", "Please sign in"),
        Text("此页面需要登录后查看。", "This page is for people who are signed in."),
    ),
    403: Face(
        "lock",
        Text("没有权限", "You may not do that"),
        Text(
            "您的角色不包含此项权限，如有需要请联系管理员。",
            "Your roles do not include this. Ask an administrator if you need it.",
        ),
    ),
    404: Face(
        "map-o",
        Text("找不到内容", "There is nothing here"),
        Text("页面或记录不存在，或者您无权查看。", "The page or record does not exist, or you may not see it."),
    ),
    405: Face("chain-broken", _FAILED, Text("不能以这种方式打开此页面。", "This page cannot be opened that way.")),
    409: Face(
        "code-fork",
        Text("与其他操作冲突", "Something got in between"),
        Text(
            "记录已被修改，请重新打开后再做修改。",
            "The record has changed meanwhile. Open it again and repeat your change.",
        ),
    ),
    413: Face(
        "file-archive-o",
        Text("文件过大", "That is too large"),
        Text("文件或表单最大 {limit} MB。", "A file or form may have {limit} MB at most."),
    ),
    422: Face(
        "pencil-square-o",
        Text("有些内容不正确", "Some values are not right"),
        Text("请返回检查所填内容。", "Go back and check what you entered."),
    ),
    429: Face(
        "hourglass-half",
        Text("请求过于频繁", "Too many requests"),
        Text("请稍候再试。", "Wait a moment, then try again."),
    ),
    500: Face(
        "wrench",
        Text("系统出了问题", "Something broke on our side"),
        Text(
            "本次操作没有保存任何内容。问题已记录，请稍后再试。",
            "Nothing was saved by this step. It has been logged; try again in a moment.",
        ),
    ),
}
OTHER = Face("chain-broken", _FAILED, Text("请返回后重试。", "Go back and try again."))
_FORGED = Text(
    "页面打开时间过长，或已换了登录。请返回、刷新页面后再试。",
    "This page was open for too long, or in another session. Go back, reload it, and try again.",
)

STATUS: Mapping[type[Refused], int] = {
    NotFound: 404,
    NotAllowed: 403,
    Stale: 409,
    StillReferred: 409,
    Duplicate: 409,
    Invalid: 422,
}


def show_refusals(app: Flask) -> None:
    """Answer every refusal of ``app`` with a page, or with JSON where a script asks."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(InternalServerError, _broken)


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.response is not None or error.code < 400:
        return error.get_response()
    headers = {}
    if isinstance(error, TooManyRequests) and error.retry_after:
        headers["Retry-After"] = str(error.retry_after)
    return _page(error.code, "", headers)


def _forged(error: CSRFError) -> ResponseReturnValue:
    return _page(400, say(_FORGED))


def _refused(error: Refused) -> ResponseReturnValue:
    status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 409)
    return _page(status, say(error.text))


def _broken(error: InternalServerError) -> ResponseReturnValue:
    log.error("request failed", exc_info=error.original_exception)
    return _page(500, "")


def _page(status: int, said: str, headers: Mapping[str, str] | None = None) -> ResponseReturnValue:
    face = FACES.get(min(500, status), OTHER)
    limit = (current_app.config["MAX_CONTENT_LENGTH"] or 0) // 1024**2
    sentence = said or say(face.sentence.with_(limit=limit))
    if wants_json():
        return {"error": sentence}, status, dict(headers or {})
    template = "errors/framed.html" if g.get("actor") is not None else "errors/lonely.html"
    page = render_template(template, face=face, sentence=sentence, status=status)
    return page, status, dict(headers or {})
