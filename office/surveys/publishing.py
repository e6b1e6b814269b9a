"""The life of a survey: its questions stand once it is published, it is copied, it closes by itself (S8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from models.actor import Actor, Source
from models.jobs import JobResult, job
from models.operations import Outcome, Selection, operation
from models.preparations import Draft, Prepared, preparation
from models.query import Condition, Query
from office.surveys.questions import COLUMNS, WITH_OPTIONS, read_options, wrong_options
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

DRAFT, OPEN, CLOSED = "draft", "open", "closed"
KEPT = ("name", "name_en", "intro", "intro_en", "target")
"""What a copy has of the original."""
SPAN = 14
"""Days for which a copy is open, until somebody says otherwise."""

PUBLISHED = Text(
    "问卷“{survey}”已发布，题目不能再改；需要修改请先复制为新问卷。",
    "“{survey}” is published, so its questions stand. Copy it as a new survey to change them.",
)
NOT_THERE = Text("请选择您能查看的问卷。", "Choose a survey that you may see.")
COPY = Text("{name}（副本）", "{name} (copy)")
COPIED = Text("已复制为“{name}”。", "Copied as “{name}”.")
CLOSED_MANY = Text("结束了 {n} 份到期的问卷。", "{n} surveys were closed.")


@preparation("survey_question")
def check_questions(registry: Registry, actor: Actor, drafts: Sequence[Draft]) -> Sequence[Prepared]:
    """Refuse changes to the questions of a published survey, and options that are none (S8)."""
    ids = {row["survey"] for one in drafts for row in (one.old, one.values) if row and row.get("survey")}
    surveys = registry.scope.records(actor, "survey", sorted(ids), ("state",))
    states = {one.id: (one["state"], one.title) for one in surveys}
    return [_checked(one, states) for one in drafts]


def _checked(one: Draft, states: Mapping[int, tuple[str, str]]) -> Prepared:
    for row in (one.old, one.values):
        if row and row.get("survey"):
            state, title = states.get(row["survey"], ("", ""))
            if not state:
                return Prepared(problems={"survey": [NOT_THERE]})
            if state != DRAFT:
                return Prepared(problems={"": [PUBLISHED.with_(survey=title)]})
    if one.values and one.values.get("kind") in WITH_OPTIONS and one.values.get("options"):
        wrong = wrong_options(read_options(one.values["options"]))
        if wrong:
            return Prepared(problems={"options": [wrong]})
    return Prepared()


@operation("copy_survey")
def copy_survey(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """A new draft with the same words and questions (S8)."""
    today, source = now.astimezone(registry.clock.zone).date(), Source("action", "copy_survey")

    def one(id: int) -> Text:
        survey = registry.scope.get(actor, "survey", id)
        values = {name: survey[name] for name in KEPT}
        values["name"] = (answers.get("name") or COPY.with_(name=survey["name"]).to("zh"))[:200]
        made = registry.store.create(actor, "survey", {**values, **dates(today)}, source)
        query = Query(conditions=(Condition("survey", "equals", id),), columns=COLUMNS, sort="place")
        rows = [
            {"survey": made, **{name: row[name] for name in COLUMNS}}
            for row in registry.scope.stream(actor, "survey_question", query)
        ]
        registry.store.create_many(actor, "survey_question", rows, source)
        return COPIED.with_(name=values["name"])

    return registry.store.each(selection.ids, one)


@job("close_surveys")
def close_surveys(registry: Registry, actor: Actor, now: datetime, told: Any) -> JobResult:
    """Close the open surveys whose last day is over (S8)."""
    yesterday = now.astimezone(registry.clock.zone).date() - timedelta(days=1)
    over = (Condition("state", "equals", OPEN), Condition("closes_on", "to", yesterday))
    ids = [row.id for row in registry.scope.stream(actor, "survey", Query(conditions=over, columns=("state",)))]
    for id in ids:
        registry.store.update(actor, "survey", id, {"state": CLOSED}, Source("job", "close_surveys"))
    return JobResult(len(ids), CLOSED_MANY.with_(n=len(ids)))


def dates(today: date) -> dict[str, date]:
    """When a new survey opens and closes, until somebody says otherwise."""
    return {"opens_on": today, "closes_on": today + timedelta(days=SPAN)}
