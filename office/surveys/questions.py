"""The questions of a survey: how options are written, what may be answered, what an answer sheet lacks (S8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models.query import Condition, Query
from schema.text import Text, same

if TYPE_CHECKING:
    from models.actor import Actor
    from models.record import Record
    from models.registry import Registry

RATING, CHOICE, CHOICES, WORDS = "rating", "choice", "choices", "text"
KINDS = (RATING, CHOICE, CHOICES, WORDS)
WITH_OPTIONS = (CHOICE, CHOICES)
POINTS = range(1, 6)
"""A rating, from very bad to very good."""
MOST_OPTIONS = 30
LONGEST = 2000
"""Characters of a text answer."""
WHOLE = 0
"""Stands for the sheet as a whole where its problems are listed by question."""
COLUMNS = ("place", "kind", "words", "words_en", "options", "required")

POINT_WORDS = (
    Text("很不满意", "Very poor"), Text("不满意", "Poor"), Text("一般", "Fair"), Text("满意", "Good"),
    Text("非常满意", "Very good"),
)  # fmt: skip
"""What 1 to 5 points are called."""

UNANSWERED = Text("请回答这一题。", "Please answer this question.")
NO_OPTION = Text("请从所列选项中选择。", "Please choose one of the options.")
ONLY_ONE = Text("这一题只能选一项。", "Only one option can be chosen here.")
TOO_LONG = Text("请控制在 {most} 字以内。", "Please keep it within {most} characters.")
BLANK_SHEET = Text("还没有填写任何一题。", "Nothing is filled in yet.")
FEW_OPTIONS = Text("至少写两个选项，每行一个。", "Write two options at least, one a line.")
MANY_OPTIONS = Text("最多 {most} 个选项。", "{most} options at most.")
TWICE = Text("选项“{words}”写了两遍。", "The option “{words}” stands there twice.")


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose; ``code`` counts from 1 in the order of the lines."""

    code: int
    words: Text


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it is asked. ``options`` of a rating are its points, of a text none."""

    id: int
    place: int
    kind: str
    words: Text
    options: tuple[Option, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to a question: an option, points, or a text; a question with several has one for each."""

    question: int
    code: int = 0
    points: int | None = None
    text: str | None = None


def both(chinese: str, english: str | None) -> Text:
    """Words in both languages; where there is no English, the Chinese stands for it."""
    return Text(chinese, english) if english else same(chinese)


def read_options(lines: str | None) -> tuple[Option, ...]:
    """The options written one a line, English behind a ``|``; blank lines are nothing."""
    written = [line.strip() for line in (lines or "").splitlines() if line.strip()]
    parts = [line.partition("|") for line in written]
    words = [(zh.strip() or en.strip(), en.strip()) for zh, _, en in parts]
    return tuple(Option(n, both(zh, en)) for n, (zh, en) in enumerate((one for one in words if one[0]), 1))


def wrong_options(options: Sequence[Option]) -> Text | None:
    """What is wrong with the options of a question; None where nothing is."""
    if len(options) < 2:
        return FEW_OPTIONS
    if len(options) > MOST_OPTIONS:
        return MANY_OPTIONS.with_(most=MOST_OPTIONS)
    seen: set[str] = set()
    for one in options:
        if one.words.zh in seen:
            return TWICE.with_(words=one.words.zh)
        seen.add(one.words.zh)
    return None


def question(
    id: int, place: int, kind: str, words: str, english: str | None, lines: str | None, must: bool
) -> Question:
    """The question of these values."""
    options = tuple(Option(n, POINT_WORDS[n - 1]) for n in POINTS) if kind == RATING else ()
    if kind in WITH_OPTIONS:
        options = read_options(lines)
    return Question(id, place, kind, both(words, english), options, must)


def of_record(row: Record | Mapping[str, Any], id: int) -> Question:
    """The question of a record with COLUMNS."""
    return question(
        id, row["place"], row["kind"], row["words"], row["words_en"], row["options"], bool(row["required"])
    )  # fmt: skip


def questions_of(registry: Registry, actor: Actor, survey: int) -> list[Question]:
    """The questions of a survey in their order."""
    query = Query(conditions=(Condition("survey", "equals", survey),), columns=COLUMNS, sort="place")
    rows = registry.scope.stream(actor, "survey_question", query)
    return sorted((of_record(row, row.id) for row in rows), key=lambda one: (one.place, one.id))


def read_answers(
    questions: Iterable[Question], given: Mapping[int, Sequence[str]]
) -> tuple[list[Answer], dict[int, Text]]:
    """The answers on a sheet, and what is wrong with it by question (WHOLE: nothing is filled in).

    ``given`` holds what was sent by question: codes, points or the text; what is no question is left out.
    """
    answers: list[Answer] = []
    problems: dict[int, Text] = {}
    for one in questions:
        texts = [text.strip() for text in given.get(one.id, ()) if text.strip()]
        found, wrong = _words(one, texts) if one.kind == WORDS else _chosen(one, texts)
        answers += found
        if wrong or (one.required and not found):
            problems[one.id] = wrong or UNANSWERED
    if not answers and not problems:
        problems[WHOLE] = BLANK_SHEET
    return answers, problems


def _words(asked: Question, texts: Sequence[str]) -> tuple[list[Answer], Text | None]:
    text = "\n".join(texts).replace("\x00", "")
    if len(text) > LONGEST:
        return [], TOO_LONG.with_(most=LONGEST)
    return ([Answer(asked.id, text=text)] if text else []), None


def _chosen(asked: Question, texts: Sequence[str]) -> tuple[list[Answer], Text | None]:
    known = {str(option.code) for option in asked.options}
    codes = sorted(set(texts), key=lambda text: (len(text), text))
    if not known.issuperset(codes):
        return [], NO_OPTION
    if len(codes) > 1 and asked.kind != CHOICES:
        return [], ONLY_ONE
    return [Answer(asked.id, int(code), int(code) if asked.kind == RATING else None) for code in codes], None
