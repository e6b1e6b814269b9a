"""The report on a survey: returns against the target, scores, choices, buildings, and what was said (S8)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from models.errors import NotAllowed
from models.query import Condition, Drill, Query
from models.reads.aggregates import Count
from models.reports import ChartData, Column, Figure, Row, Table, Target, mean, rate, report
from office.surveys.answering import ANSWERED, GIVEN
from office.surveys.publishing import DRAFT
from office.surveys.questions import CHOICES, POINTS, RATING, WITH_OPTIONS, WORDS, Question, questions_of
from office.surveys.tallies import SATISFIED, Score, Tallies
from schema.text import Text

if TYPE_CHECKING:
    from models.actor import Actor
    from models.record import Record
    from models.registry import Registry

NO_SURVEY = Text("还没有发布过问卷。", "No survey was published yet.")
TOO_FEW = Text(
    "有效答卷不足 {least} 份，暂不显示得分。", "Fewer than {least} sheets are answered, so no scores are shown yet."
)
NO_RATINGS = Text("这份问卷没有评分题。", "This survey has no ratings.")
NO_CHOICES = Text("这份问卷没有选择题。", "This survey has nothing to choose.")
NO_WORDS = Text("没有人写下文字。", "Nobody wrote anything.")
NOBODY = Text("还没有发放。", "It was not given out yet.")
NOT_YOURS = Text("住户原话仅主管和主任可见。", "Verbatims are for the supervisor and the director.")

QUESTION, ANSWERS, SHARE = Text("题目", "Question"), Text("作答", "Answers"), Text("占比", "Share")
MEAN, SATISFIED_SHARE = Text("平均分", "Mean"), Text("满意率", "Satisfied")
BUILDING, OPTION, SAID = Text("楼栋", "Building"), Text("选项", "Option"), Text("原话", "In their words")
RETURN_RATE = Text("回收率", "Return rate")
RETURNED = Text("发放 {given}，回收 {returned}", "{returned} of {given}")


@report("survey_results")
def survey_results(registry: Registry, actor: Actor, now: datetime, answers: Mapping[str, Any]) -> Table:
    """One part of what a survey found, under its return rate; figures tell of nobody, words only to those who may."""
    survey = _survey(registry, actor, answers.get("survey"))
    if survey is None:
        return Table((Column("question", QUESTION),), (), empty=NO_SURVEY)
    part = answers.get("part") or "scores"
    tallies, questions = Tallies(registry, survey.id), questions_of(registry, actor, survey.id)
    if part == "returns":
        return _returns(registry, actor, survey)
    if part == "words":
        return _words(registry, actor, survey, questions)
    scores = tallies.scores()
    headline = (*_headline(survey), *_overall(questions, scores))
    said = None if tallies.is_shown or not survey["given"] else TOO_FEW.with_(least=tallies.least)
    if part == "buildings":
        return _buildings(tallies, headline, said)
    make = _options if part == "options" else _scores
    return make(questions if tallies.is_shown else [], scores, headline, said)


def _survey(registry: Registry, actor: Actor, asked: int | None) -> Record | None:
    """The survey that is asked for, or the latest one published."""
    if asked:
        return registry.scope.get(actor, "survey", asked)
    out = Condition("state", "not_equals", DRAFT)
    found = registry.scope.page(actor, "survey", Query(conditions=(out,), columns=("name",), sort="-opens_on", size=1))
    return registry.scope.get(actor, "survey", found.rows[0].id) if found.rows else None


def _headline(survey: Record) -> tuple[Figure, ...]:
    said = RETURNED.with_(given=survey["given"], returned=survey["returned"])
    of = Drill("survey_invitation", (Condition("survey", "equals", survey.id),))
    whole = rate(survey["returned"], survey["given"])
    return (
        Figure(RETURN_RATE, whole, "percent", target=Target(survey["target"]), said=said, drill=of),
        Figure(Text("有效答卷", "Sheets answered"), survey["answered"]),
    )


def _overall(questions: list[Question], scores: Mapping[int, Score]) -> tuple[Figure, ...]:
    rated = [scores[one.id] for one in questions if one.kind == RATING and one.id in scores]
    ratings = sum(sum(one.counts.values()) for one in rated)
    total = sum(points * n for one in rated for points, n in one.counts.items())
    good = sum(n for one in rated for points, n in one.counts.items() if points >= SATISFIED)
    return (
        Figure(MEAN, mean(total, ratings, 2), "decimal", places=2),
        Figure(SATISFIED_SHARE, rate(good, ratings), "percent"),
    ) * bool(rated)


def _scores(
    questions: list[Question], scores: Mapping[int, Score], headline: tuple[Figure, ...], said: Text | None
) -> Table:
    rated = [(one, scores.get(one.id, Score())) for one in questions if one.kind == RATING]
    points = [(f"points_{n}", n) for n in reversed(POINTS)]
    return Table(
        columns=(
            Column("question", QUESTION), Column("answers", ANSWERS, "integer"),
            Column("mean", MEAN, "decimal", places=2), Column("satisfied", SATISFIED_SHARE, "percent"),
            *(Column(name, Text("{n} 分", "{n} pt").with_(n=n), "integer") for name, n in points),
        ),
        rows=[
            Row({"question": one.words, "answers": score.sheets, "mean": score.mean, "satisfied": score.satisfied,
                 **{name: score.counts.get(n, 0) for name, n in points}},
                drills={"answers": _answers_of(one)})
            for one, score in rated
        ],
        headline=headline, chart=ChartData("question", ("mean",)), said=said, empty=said or NO_RATINGS,
    )  # fmt: skip


def _options(
    questions: list[Question], scores: Mapping[int, Score], headline: tuple[Figure, ...], said: Text | None
) -> Table:
    asked = [(one, scores.get(one.id, Score())) for one in questions if one.kind in WITH_OPTIONS]
    several = Text("（多选）", " (several)")
    return Table(
        columns=(
            Column("question", QUESTION), Column("option", OPTION), Column("answers", ANSWERS, "integer"),
            Column("share", SHARE, "percent"),
        ),
        rows=[
            Row({"question": _joined(one.words, several) if one.kind == CHOICES else one.words, "option": option.words,
                 "answers": score.counts.get(option.code, 0),
                 "share": rate(score.counts.get(option.code, 0), score.sheets)})
            for one, score in asked for option in one.options
        ],
        headline=headline, chart=ChartData("option", ("share",)), said=said, empty=said or NO_CHOICES,
    )  # fmt: skip


def _buildings(tallies: Tallies, headline: tuple[Figure, ...], said: Text | None) -> Table:
    groups = tallies.buildings()
    return Table(
        columns=(
            Column("building", BUILDING), Column("sheets", Text("答卷", "Sheets"), "integer"),
            Column("mean", MEAN, "decimal", places=2), Column("satisfied", SATISFIED_SHARE, "percent"),
        ),
        rows=[
            Row({"building": one.label, "sheets": one.sheets, "mean": mean(one.points, one.ratings, 2),
                 "satisfied": rate(one.good, one.ratings)})
            for one in groups
        ],
        headline=headline, chart=ChartData("building", ("mean",)), said=said, empty=said or NO_RATINGS,
    )  # fmt: skip


def _returns(registry: Registry, actor: Actor, survey: Record) -> Table:
    """Building by building, of what the actor may see."""
    counted = {
        "answered": "state == 'answered'", "empty": "state == 'returned_empty'", "refused": "state == 'refused'",
        "paper": "answered_by == 'paper' and state == 'answered'",
        "phone": "answered_by == 'phone' and state == 'answered'",
        "link": "answered_by == 'link' and state == 'answered'",
    }  # fmt: skip
    mine = Query(conditions=(Condition("survey", "equals", survey.id),))
    found = registry.scope.aggregate(
        actor, "survey_invitation", {name: Count(where=where) for name, where in counted.items()},
        by=["unit.building"], query=mine,
    )  # fmt: skip
    channels = registry.schema.choices["survey_channel"]
    states = registry.schema.choices["invitation_state"]
    sums = {name: sum(one[name] for one in found) for name in counted}
    given, target = sum(one.count for one in found), Target(survey["target"])
    rows = [
        Row({"building": one.refs.get("unit.building"), "given": one.count, **{name: one[name] for name in counted},
             "rate": rate(one["answered"] + one["empty"], one.count)}, drills=_returned(one.drill))
        for one in found
    ]  # fmt: skip
    return Table(
        columns=(
            Column("building", BUILDING, "ref"), Column("given", Text("发放", "Given out"), "integer"),
            Column("answered", states["answered"].label, "integer"),
            *(Column(name, channels[name].label, "integer") for name in ("paper", "phone", "link")),
            Column("empty", states["returned_empty"].label, "integer"),
            Column("refused", states["refused"].label, "integer"),
            Column("rate", RETURN_RATE, "percent", target=target),
        ),
        rows=rows,
        totals=Row({"given": given, **sums, "rate": rate(sums["answered"] + sums["empty"], given)}),
        headline=_headline(survey), chart=ChartData("building", ("rate",), target=survey["target"]), empty=NOBODY,
    )  # fmt: skip


def _returned(drill: Drill | None) -> dict[str, Drill | None]:
    if drill is None:
        return {}
    return {"given": drill, "answered": drill.and_(Condition("state", "equals", ANSWERED)),
            "rate": drill.and_(Condition("state", "equals", GIVEN))}  # fmt: skip


def _words(registry: Registry, actor: Actor, survey: Record, questions: list[Question]) -> Table:
    """What was written, without a name and in an order that tells nothing of who wrote it."""
    columns = (Column("question", QUESTION), Column("words", SAID))
    headline = _headline(survey)
    try:
        registry.scope.require(actor, "survey_answer", "read")
    except NotAllowed:
        return Table(columns, (), headline=headline, empty=NOT_YOURS)
    asked = {one.id: one for one in questions if one.kind == WORDS}
    query = Query(
        conditions=(Condition("question.survey", "equals", survey.id), Condition("text", "filled")),
        columns=("question", "text"),
    )
    found = [(row["question"], row["text"]) for row in registry.scope.stream(actor, "survey_answer", query)]
    found.sort(key=lambda one: (asked[one[0]].place if one[0] in asked else 0, one[1]))
    rows = [Row({"question": asked[id].words, "words": text}) for id, text in found if id in asked]
    return Table(columns, rows, headline=headline, empty=NO_WORDS)


def _answers_of(asked: Question) -> Drill:
    return Drill("survey_answer", (Condition("question", "equals", asked.id),))


def _joined(words: Text, more: Text) -> Text:
    return Text(words.zh + more.zh, words.en + more.en)
