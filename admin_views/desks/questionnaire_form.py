"""The builder's form: rows of questions as they were sent, moved, added to and taken from without a script (S8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from admin_views.ids import id_of
from models.errors import Invalid
from office.surveys.questions import KINDS, RATING, WITH_OPTIONS, Question, question
from office.surveys.writing import MOST, Written
from schema.text import BadValue, Text
from schema.types.base import Context

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    from models.registry import Registry

LONGEST = 2000
FIELDS = ("name", "name_en", "intro", "intro_en", "opens_on", "closes_on", "target")
"""What the form holds of the survey itself."""
NO_WORDS = Text("（还没有写题目）", "(no words yet)")


def read_rows(given: MultiDict[str, str]) -> list[Written]:
    """The questions as they were sent, in their order."""
    count = given.get("rows", "")
    rows = int(count) if count.isascii() and count.isdigit() and len(count) < 4 else 0
    return [_row(given, f"q-{n}-") for n in range(min(rows, MOST + 1)) if f"q-{n}-kind" in given]


def _row(given: MultiDict[str, str], start: str) -> Written:
    def text(name: str) -> str:
        return given.get(start + name, "").strip()[:LONGEST]

    id, kind = text("id"), text("kind")
    return Written(
        id_of(id) or 0, kind if kind in KINDS else RATING,
        text("words"), text("words_en"), given.get(f"{start}options", "").strip("\r\n")[:LONGEST],
        bool(given.get(f"{start}required")),
    )  # fmt: skip


def changed(rows: list[Written], deed: str) -> tuple[list[Written], int]:
    """The rows after 'add:rating', 'up:2', 'down:2', 'copy:2' or 'remove:2', and the row that is worked on then (-1:
    none). Any other word changes nothing."""
    name, _, told = deed.partition(":")
    if name == "add":
        return (
            ([*rows, Written(0, told if told in KINDS else RATING, "")], len(rows)) if len(rows) < MOST else (rows, -1)
        )
    at = int(told) if told.isascii() and told.isdigit() and len(told) < 4 else -1
    if not 0 <= at < len(rows):
        return rows, -1
    rows = list(rows)
    if name == "remove":
        del rows[at]
        return rows, min(at, len(rows) - 1)
    if name == "copy" and len(rows) < MOST:
        return [*rows[: at + 1], replace(rows[at], id=0), *rows[at + 1 :]], at + 1
    to = {"up": at - 1, "down": at + 1}.get(name, at)
    if 0 <= to < len(rows):
        rows[at], rows[to] = rows[to], rows[at]
        return rows, to
    return rows, at


def preview(rows: list[Written]) -> list[Question]:
    """The questions as a resident will see them."""
    return [
        question(n, n, one.kind, one.words or NO_WORDS.zh, one.words_en or (NO_WORDS.en if not one.words else None),
                 one.options, one.required)
        for n, one in enumerate(rows, 1)
    ]  # fmt: skip


def survey_values(registry: Registry, given: Mapping[str, str], context: Context) -> dict[str, Any]:
    """The survey's own fields in normal form. Raises Invalid, naming those that cannot be read."""
    fields, values, problems = registry.schema.entities["survey"].fields, {}, {}
    for name in FIELDS:
        text = given.get(name, "").strip()
        try:
            values[name] = fields[name].type.parse(text, context) if text else None
        except BadValue as wrong:
            problems[name] = [wrong.text]
    if problems:
        raise Invalid(problems)
    return values


def has_options(kind: str) -> bool:
    """Whether a question of this kind has lines of options."""
    return kind in WITH_OPTIONS
