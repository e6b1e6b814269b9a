"""Checks a piece of YAML against its pydantic model, and goes on with what is right of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from schema.problems import Path, closest, unknown
from schema.text import BadValue, Text, same

Model = TypeVar("Model", bound=BaseModel)
Say = Callable[[Path, Text, bool], None]
"""Notes a problem: path, sentence, and whether it is the key there that is wrong."""

KEY = Text("键", "key")
VALUE = Text("值", "value")

SHAPES = {
    "string_type": Text("文字", "a text"),
    "bool_type": Text("true 或 false", "true or false"),
    "bool_parsing": Text("true 或 false", "true or false"),
    "dict_type": Text("一组“名称: 值”", "a map of 'name: value'"),
    "mapping_type": Text("一组“名称: 值”", "a map of 'name: value'"),
    "model_type": Text("一组“名称: 值”", "a map of 'name: value'"),
    "model_attributes_type": Text("一组“名称: 值”", "a map of 'name: value'"),
    "tuple_type": Text("一个列表", "a list"),
    "list_type": Text("一个列表", "a list"),
    "int_type": Text("一个整数", "a whole number"),
    "int_parsing": Text("一个整数", "a whole number"),
    "int_from_float": Text("一个整数", "a whole number"),
    "decimal_type": Text("一个数字", "a number"),
    "decimal_parsing": Text("一个数字", "a number"),
    "float_type": Text("一个数字", "a number"),
    "float_parsing": Text("一个数字", "a number"),
    "date_parsing": Text("一个日期，如 2026-01-31", "a date such as 2026-01-31"),
    "date_type": Text("一个日期，如 2026-01-31", "a date such as 2026-01-31"),
    "time_type": Text("一个时刻，如 06:30", "a time of day such as 06:30"),
    "time_parsing": Text("一个时刻，如 06:30", "a time of day such as 06:30"),
    "date_from_datetime_parsing": Text("一个日期，如 2026-01-31", "a date such as 2026-01-31"),
}
BOUNDS = {
    "greater_than": (Text("应大于 {bound}", "should be more than {bound}"), "gt"),
    "greater_than_equal": (Text("不应小于 {bound}", "should be at least {bound}"), "ge"),
    "less_than": (Text("应小于 {bound}", "should be less than {bound}"), "lt"),
    "less_than_equal": (Text("不应大于 {bound}", "should be at most {bound}"), "le"),
    "string_pattern_mismatch": (Text("应符合 {bound}", "should match {bound}"), "pattern"),
    "too_short": (Text("至少要有 {bound} 项", "needs at least {bound}"), "min_length"),
    "string_too_short": (Text("至少要有 {bound} 个字", "needs at least {bound} characters"), "min_length"),
}


def validated(model: type[Model], data: Any, path: Path, say: Say, known: Sequence[str] = ()) -> Model | None:
    """``data`` as a ``model``, every problem said; None where nothing can be made of it.

    What is wrong is taken out of ``data`` (a misspelt key put right) and the rest tried again, so that one
    mistake neither hides another nor makes a second one of itself.
    ``known`` are keys beside the model's own that could have been meant.
    """
    gone: set[Path] = set()
    while True:
        try:
            return model.model_validate(data)
        except ValidationError as error:
            found = [(detail, *_walk(data, detail["loc"])) for detail in error.errors(include_url=False)]
        said: set[tuple[Path, Path]] = set()
        for detail, at, rest in found:
            where = _path(data, at, path)
            mistake = (where, rest if detail["type"] == "missing" else ())
            if mistake not in said and not _follows(detail, where, rest, gone):
                said.add(mistake)
                _report(detail, where, rest, say, known)
        gone.update(where for where, _ in said)
        if not _take_out(data, found):
            return None


def _follows(detail: ErrorDetails, where: Path, rest: Path, gone: set[Path]) -> bool:
    """Whether something is missing only because what was wrong there has been taken out."""
    return detail["type"] == "missing" and (where in gone or (*where, *rest) in gone)


def _walk(data: Any, loc: tuple[str | int, ...]) -> tuple[Path, Path]:
    """The part of a pydantic location that leads through ``data`` as written, and the rest of it."""
    at: list[str | int] = []
    rest: list[str | int] = []
    for step in loc:
        inside = isinstance(data, dict) and step in data
        inside = inside or (isinstance(data, list) and isinstance(step, int) and step < len(data))
        if inside:
            data = data[step]
            at.append(step)
            rest.clear()
        else:
            rest.append(step)
    return tuple(at), tuple(rest)


def _path(data: Any, at: Path, root: Path) -> Path:
    """The path at which the value at ``at`` was written, whatever has been taken out of lists since."""
    path = root
    for step in at:
        data = data[step]
        path = getattr(data, "path", None) or (*path, step)
    return path


def _report(detail: ErrorDetails, where: Path, rest: Path, say: Say, known: Sequence[str]) -> None:
    context: dict[str, Any] = detail.get("ctx") or {}
    if detail["type"] == "unknown_keys":
        for key in context["keys"]:
            say((*where, key), unknown(KEY, key, [*context["known"], *known]), True)
    elif detail["type"] == "extra_forbidden":
        say(where, unknown(KEY, where[-1], known), True)
    elif detail["type"] == "missing":
        name = str(rest[-1])
        say(where, Text("缺少“{name}”", "'{name}' is missing").with_(name=name), True)
    else:
        say(where, sentence(detail, context), False)


def sentence(detail: ErrorDetails, context: dict[str, Any]) -> Text:
    """What a pydantic error says to people."""
    kind = detail["type"]
    value = detail["input"]
    shown = f"'{value}'" if isinstance(value, str) else _shown(value)
    if kind in SHAPES:
        words = Text("应为{shape}，而不是 {value}", "should be {shape}, not {value}")
        return words.with_(shape=SHAPES[kind], value=shown)
    if kind in BOUNDS:
        words, bound = BOUNDS[kind]
        return words.with_(bound=context[bound])
    if kind in ("literal_error", "enum"):
        return unknown(VALUE, value, re.findall(r"'([^']*)'", str(context.get("expected", ""))))
    cause = context.get("error")
    if isinstance(cause, BadValue):
        return cause.text
    return same(str(cause) if cause is not None else detail["msg"])


def _shown(value: Any) -> Text:
    if value is None:
        return Text("空", "nothing")
    if isinstance(value, dict):
        return Text("一组“名称: 值”", "a map")
    if isinstance(value, (list, tuple)):
        return Text("一个列表", "a list")
    return same(str(value).lower() if isinstance(value, bool) else str(value))


def _take_out(data: Any, found: list[tuple[ErrorDetails, Path, Path]]) -> bool:
    """Removes what is wrong from ``data``; False where that is all of it."""
    strange = [(_at(data, at), detail["ctx"]) for detail, at, _ in found if detail["type"] == "unknown_keys"]
    for holder, context in strange:
        for key in context["keys"]:
            value, meant = holder.pop(key), closest(key, context["known"])
            if meant:
                holder.setdefault(meant, value)
    wrong = {at for detail, at, _ in found if detail["type"] != "unknown_keys"}
    if () in wrong:
        return False
    for at in sorted(wrong, key=_order, reverse=True):
        if any(at[:n] in wrong for n in range(1, len(at))):
            continue
        holder = _at(data, at[:-1])
        whole = isinstance(holder, dict) or (holder and all(isinstance(item, dict) for item in holder))
        if whole:
            del holder[at[-1]]
        else:
            holder.clear()
    return True


def _at(data: Any, at: Path) -> Any:
    for step in at:
        data = data[step]
    return data


def _order(at: Path) -> list[tuple[int, str]]:
    return [(step, "") if isinstance(step, int) else (-1, step) for step in at]
