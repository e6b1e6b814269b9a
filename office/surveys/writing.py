"""Keeps what somebody wrote in the builder: the survey and its questions in their order, all or nothing (S8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models.actor import Actor, Source
from models.errors import Invalid, Refused
from models.query import Condition, Query
from office.surveys.publishing import DRAFT, PUBLISHED
from office.surveys.questions import COLUMNS, WITH_OPTIONS
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

FORM = Source("form")
MOST = 100
"""Questions of a survey."""

MEANWHILE = Text(
    "这份问卷在您打开之后已被别人修改，您的修改尚未保存。请另开一页查看，再决定怎样修改。",
    "Somebody else changed this survey after you opened it; your changes are not saved yet. Look at it in another tab.",
)
TOO_MANY = Text("一份问卷最多 {most} 题。", "A survey has {most} questions at most.")


@dataclass(frozen=True, slots=True)
class Written:
    """A question as somebody wrote it; ``id`` is 0 for a new one."""

    id: int
    kind: str
    words: str
    words_en: str = ""
    options: str = ""
    required: bool = False

    def values(self, place: int) -> dict[str, Any]:
        """The fields of its record."""
        options = self.options if self.kind in WITH_OPTIONS else None
        return {"place": place, "kind": self.kind, "words": self.words or None, "words_en": self.words_en or None,
                "options": options or None, "required": self.required}  # fmt: skip


class WrongQuestions(Refused):
    """Questions that cannot be kept; ``problems`` has the sentences by row, counted from 0, and by field."""

    def __init__(self, problems: Mapping[int, Mapping[str, list[Text]]]) -> None:
        self.problems = problems
        first = next(text for fields in problems.values() for texts in fields.values() for text in texts)
        super().__init__(first)


def read_written(registry: Registry, actor: Actor, survey: int) -> tuple[list[Written], str]:
    """The questions of a survey as the builder shows them, and a mark that changes with any of them."""
    query = Query(conditions=(Condition("survey", "equals", survey),), columns=COLUMNS, sort="place")
    rows = sorted(registry.scope.stream(actor, "survey_question", query), key=lambda row: (row["place"], row.id))
    written = [
        Written(row.id, row["kind"], row["words"], row["words_en"] or "", row["options"] or "", bool(row["required"]))
        for row in rows
    ]
    return written, " ".join(f"{row.id}.{row.version}" for row in rows)


def save_survey(
    registry: Registry, actor: Actor, survey: int, values: Mapping[str, Any], version: int,
    questions: Sequence[Written], mark: str,
) -> None:  # fmt: skip
    """Keep the survey's own ``values`` (in normal form) and its questions in this order; the others of it go.

    ``version`` and ``mark`` are those that the writer started from. Raises NotFound, NotAllowed, Stale, Invalid,
    WrongQuestions, Refused where the questions were changed by somebody else or stand already.
    """
    with registry.store.transaction():
        before, now = read_written(registry, actor, survey)
        if now != mark:
            raise Refused(MEANWHILE)
        record = registry.scope.get(actor, "survey", survey, "update")
        if record["state"] != DRAFT:
            raise Refused(PUBLISHED.with_(survey=record.title))
        registry.store.update(actor, "survey", survey, values, FORM, version)
        if len(questions) > MOST:
            raise Refused(TOO_MANY.with_(most=MOST))
        known = {one.id for one in before}
        for gone in known - {one.id for one in questions}:
            registry.store.delete(actor, "survey_question", gone, FORM)
        problems = {}
        for row, one in enumerate(questions):
            try:
                _save(registry, actor, survey, one, row + 1, is_known=one.id in known)
            except Invalid as wrong:
                problems[row] = wrong.problems
        if problems:
            raise WrongQuestions(problems)


def _save(registry: Registry, actor: Actor, survey: int, one: Written, place: int, *, is_known: bool) -> None:
    with registry.store.transaction():
        if is_known:
            registry.store.update(actor, "survey_question", one.id, one.values(place), FORM)
        else:
            registry.store.create(actor, "survey_question", {"survey": survey, **one.values(place)}, FORM)
