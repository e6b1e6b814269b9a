"""What is done to one record or to a selection: delete, workflow steps, named actions, a change of one field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl

from werkzeug.datastructures import MultiDict

from admin_views import form_page
from admin_views.forms import Forms, RecordForm
from admin_views.ids import id_of
from admin_views.list_query import read_list
from admin_views.screen import Screen
from admin_views.upload_box import take_uploads
from models.actor import Source
from models.errors import Invalid, NotFound
from models.operations import Outcome
from models.writes.values import default_of
from schema.spec import Field, Step
from schema.text import Text
from transfer.printing import print_document

MOST = 2000
"""Records one action takes on at a time."""
NAMED = 8
"""Titles the question shows before it only counts."""
WHOLE_COMMENT = 2000
NOT_IN_BULK = frozenset({"file", "files", "photo", "photos", "signature"})

_SOURCES = {"do": "action", "step": "step"}
_NONE = Text("请先选择记录。", "Select some records first.")
_MANY = Text(
    "选中了 {count} 条以上，一次最多 {most} 条；请先缩小范围。",
    "More than {count} records match; at most {most} can be done at a time. Narrow the list first.",
)
_ONE = Text(
    "“{action}”一次只能办理一条记录；选中了 {count} 条。", "{action}: one record at a time; {count} were selected."
)
_DELETED = Text("已删除", "Deleted")
_CHANGED = Text("已修改", "Changed")
_SAME = Text("没有变化", "No change")
_NOT_YOURS = Text("您对这条记录没有此项权限。", "You may not do this with this record.")
_ACTION = Text("操作", "action")


@dataclass(frozen=True, slots=True)
class Deed:
    """What is to be done. ``grant`` is the action the actor needs, ``asks`` the fields that must be asked first."""

    kind: str
    """delete, edit, step, do or print"""
    name: str
    label: Text
    grant: str
    asks: tuple[Field, ...] = ()
    wants_comment: bool = False
    needs_comment: bool = False
    confirm: Text | None = None
    is_dangerous: bool = False

    @property
    def action(self) -> str:
        """The parameter that names it."""
        return f"{self.kind}:{self.name}" if self.name else self.kind


@dataclass(slots=True)
class Question:
    """What the person is asked before it is done."""

    screen: Screen
    deed: Deed
    ids: list[int]
    titles: list[str]
    form: RecordForm | None
    problems: list[str] = field(default_factory=list)
    fields: list[tuple[str, str]] = field(default_factory=list)
    """For a change of one field: the fields to choose from, until one is chosen."""
    comment: str = ""
    version: str = ""
    every: str = ""
    back: str = ""


def read_deed(screen: Screen, posted: Any) -> Deed:
    """The deed that ``action=`` names. Raises NotFound for an unknown one, NotAllowed without its grant."""
    kind, _, name = posted.get("action", "").partition(":")
    deed = _known(screen, kind, name, posted)
    if deed is None:
        raise NotFound(_ACTION)
    screen.registry.scope.require(screen.actor, screen.entity.name, deed.grant)
    return deed


def _known(screen: Screen, kind: str, name: str, posted: Any) -> Deed | None:
    entity = screen.entity
    if kind == "delete":
        return Deed("delete", "", Text("删除", "Delete"), "delete", is_dangerous=True)
    if kind == "edit":
        chosen = posted.get("field", "")
        one = (entity.fields[chosen],) if chosen in editable_at_once(screen) else ()
        return Deed("edit", "", Text("修改字段", "Change a field"), "update", _always_shown(one))
    if kind == "step" and entity.workflow and name in entity.workflow.steps:
        return _step_deed(screen, entity.workflow.steps[name])
    if kind == "do" and name in entity.actions:
        action = entity.actions[name]
        return Deed("do", name, action.label, name, tuple(action.ask.values()), confirm=action.confirm)
    paper = screen.registry.schema.documents.get(name) if kind == "print" else None
    if paper is not None and paper.entity == entity.name:
        return Deed("print", name, paper.label, name, tuple(paper.ask.values()))
    return None


def _step_deed(screen: Screen, step: Step) -> Deed:
    needed = [replace(screen.entity.fields[name], required=True) for name in step.needs]
    asked = [screen.entity.fields[name] for name in step.ask if name not in step.needs]
    visible = [spec for spec in (*needed, *asked) if screen.is_clear(spec)]
    return Deed(
        "step", step.name, step.label, step.name, _always_shown(visible),
        wants_comment=True, needs_comment=step.comment, is_dangerous=step.color == "danger",
    )  # fmt: skip


def _always_shown(asked: Sequence[Field]) -> tuple[Field, ...]:
    """The fields as a question asks them: only what the question itself asks can hide one of them."""
    names = {spec.name for spec in asked}
    return tuple(
        spec if spec.shown_if is None or names.issuperset(spec.shown_if.paths) else replace(spec, shown_if=None)
        for spec in asked
    )


def editable_at_once(screen: Screen) -> list[str]:
    """The fields that may be given one value for many records."""
    return [
        spec.name
        for spec in screen.columns
        if spec.name in screen.writable
        and not spec.unique
        and spec.type.name not in NOT_IN_BULK
        and (spec.name,) != screen.entity.key
    ]


def read_selection(screen: Screen, posted: Any, deed: Deed) -> list[int]:
    """The ids meant: the ticked ones, or with ``every`` all that match that list. Only those the actor sees.

    Raises Invalid for none, too many, and more than one where the action is not for many; ids that do not exist for
    the actor are left out without a word.
    """
    if "every" in posted:
        asked = read_list(MultiDict(parse_qsl(posted.get("every", ""))), screen)
        ids = screen.registry.scope.ids(screen.actor, screen.entity.name, asked.query(()), MOST + 1)
    else:
        texts = [*posted.getlist("rowid"), *posted.getlist("ids")]
        wanted = dict.fromkeys(id for id in map(id_of, texts) if id is not None)
        seen = screen.registry.scope.visible_ids(screen.actor, screen.entity.name, list(wanted)[: MOST + 1])
        ids = [id for id in wanted if id in seen]
        if wanted and not ids:
            raise NotFound(screen.entity.label)
    if not ids:
        raise Invalid({"": [_NONE]})
    if len(ids) > MOST:
        raise Invalid({"": [_MANY.with_(count=MOST, most=MOST)]})
    if len(ids) > 1 and deed.kind == "do" and not screen.entity.actions[deed.name].bulk:
        raise Invalid({"": [_ONE.with_(action=deed.label, count=len(ids))]})
    return ids


def ask(screen: Screen, forms: Forms, deed: Deed, ids: list[int], posted: Any) -> Question:
    """The question for a deed; one record's own values are filled in."""
    names = list(screen.registry.scope.titles(screen.actor, screen.entity.name, ids[:NAMED]).values())
    form = None
    if deed.asks:
        values = _present(screen, deed, ids)
        form = forms.over(_asked(deed, ids), screen)(screen.context, None, values)
    question = Question(screen, deed, ids, names, form, back=posted.get("back", ""))
    question.version, question.every = posted.get("version", ""), posted.get("every", "")
    if deed.kind == "edit" and not deed.asks:
        fields = screen.entity.fields
        question.fields = [(name, screen.say(fields[name].label)) for name in editable_at_once(screen)]
    return question


def _asked(deed: Deed, ids: list[int]) -> list[Field]:
    """The fields of the question. What a step needs may already stand in each of many records."""
    alone = len(ids) == 1 or deed.kind != "step"
    return [spec if alone else replace(spec, required=False) for spec in deed.asks]


def _answers(deed: Deed, ids: list[int], form: RecordForm) -> dict[str, Any]:
    """The answers; of a step for many records only those given, so that a blank takes nothing away."""
    answers = {spec.name: form[spec.name].data for spec in deed.asks}
    if deed.kind == "step" and len(ids) > 1:
        return {name: value for name, value in answers.items() if value is not None}
    return answers


def _present(screen: Screen, deed: Deed, ids: list[int]) -> dict[str, Any]:
    """What the question starts with, field by field: for a step of one record its values, else the defaults."""
    if deed.kind == "edit" or (deed.kind == "step" and len(ids) > 1):
        return {spec.name: None for spec in deed.asks}
    environment = screen.registry.store.environments.of(screen.actor)
    values = {spec.name: default_of(spec, environment) for spec in deed.asks}
    if deed.kind == "step":
        record = screen.registry.scope.get(screen.actor, screen.entity.name, ids[0])
        values |= {name: record.get(name) for name in values if record.get(name) is not None}
    return values


def perform(
    screen: Screen, forms: Forms, deed: Deed, ids: list[int], posted: Any, uploads: Any
) -> Outcome | Question:  # fmt: skip
    """Do it record by record; the question again when an answer is missing or wrong."""
    question = ask(screen, forms, deed, ids, posted)
    if deed.kind == "edit" and not deed.asks:
        return question
    comment = posted.get("comment", "")[:WHOLE_COMMENT]
    question.comment = "".join(sign for sign in comment if sign.isprintable() or sign in "\n\t").strip()
    answers: dict[str, Any] = {}
    if deed.asks:
        held = _present(screen, deed, ids)
        question.form = forms.over(_asked(deed, ids), screen)(screen.context, posted, held)
        take_uploads(screen, question.form, held, uploads, held)
        if not question.form.validate():
            return question
        answers = _answers(deed, ids, question.form)
    if deed.needs_comment and not question.comment:
        question.problems.append(screen.say(Text("请写明原因或说明。", "A comment is needed here.")))
        return question
    try:
        return _done(screen, deed, ids, answers, question)
    except Invalid as wrong:
        loose = question.form.refuse(wrong.problems) if question.form else [screen.say(wrong.text)]
        question.problems += loose
        return question


def _done(screen: Screen, deed: Deed, ids: list[int], answers: Mapping[str, Any], question: Question) -> Outcome:
    registry, actor, entity = screen.registry, screen.actor, screen.entity.name
    alone = len(ids) == 1
    source = Source(_SOURCES.get(deed.kind, "form") if alone else "bulk")
    version = form_page.version_of(question.version) if alone else None
    if deed.kind == "do":
        return _complete(registry.act(actor, entity, deed.name, tuple(ids), answers, source), ids)
    if deed.kind == "print":
        return _complete(print_document(registry, actor, deed.name, ids, answers), ids)

    def one(id: int) -> Text:
        if deed.kind == "delete":
            registry.store.delete(actor, entity, id, source)
            return _DELETED
        if deed.kind == "step":
            registry.store.step(actor, entity, id, deed.name, answers, question.comment, source, version)
            return deed.label
        return _CHANGED if registry.store.update(actor, entity, id, answers, source, version) else _SAME

    if alone:
        return Outcome(done=[(ids[0], one(ids[0]))])
    return registry.store.each(ids, one)


def is_one_paper(deed: Deed, ids: list[int]) -> bool:
    """Whether one paper is printed: it comes in a tab of its own, in which there is nothing to confirm or to report."""
    return deed.kind == "print" and len(ids) == 1


def _complete(outcome: Outcome, ids: list[int]) -> Outcome:
    """An action's outcome with the records it left out, because the actor may not do it on them."""
    named = {id for id, _ in (*outcome.done, *outcome.skipped)}
    outcome.skipped += [(id, _NOT_YOURS) for id in ids if id not in named]
    return outcome


def results(screen: Screen, outcome: Outcome, titles: Mapping[int, str]) -> dict[str, Any]:
    """An outcome in words: (title, id, sentence) of what was done and what was not."""

    def said(pairs: list[tuple[int, Text]]) -> list[tuple[str, int, str]]:
        return [(titles.get(id, f"#{id}"), id, screen.say(text)) for id, text in pairs]

    return {"done": said(outcome.done), "skipped": said(outcome.skipped)}
