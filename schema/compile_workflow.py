"""What can be done to a record: workflow steps and actions; and the rules and filters over records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from schema import document as doc
from schema.compile_expressions import boolean, constant, default_of
from schema.compile_fields import Marks, draft_fields, make_field
from schema.desk import Desk, label
from schema.document_fields import FieldPart
from schema.names import bad_word
from schema.problems import Path
from schema.spec import ACTIONS, ActionSpec, CheckSpec, Field, FollowSpec, OfflineSpec, SavedFilter, Step, Workflow
from schema.text import Text
from schema.written import say

STATE = Text("状态", "state")
NOT_A_CHOICE = Text(
    "“{name}”的类型是 {type}，流程的字段必须是 choice", "'{name}' is of type {type}; a workflow needs a choice field"
)
OWN_START = Text(
    "流程字段的初值是 start（{start}），请去掉 default",
    "a workflow's field starts as '{start}' (start); remove its default",
)
COMPUTED = Text("“{name}”由程序计算，不能填写", "'{name}' is worked out by the program and cannot be written")
TAKEN = Text("“{name}”已是一种权限或步骤的名称，请换一个", "'{name}' is already a grant or a step, choose another name")
WHOLE_NAME = Text("请写成“实体.字段”，如“book.note”", "write entity.field, such as book.note")
NO_MOMENT_FIELD = Text(
    "“{name}”应是只读的 datetime 字段，好由程序填写时间",
    "'{name}' should be a read-only datetime field, for the program to fill in",
)
TWICE = Text("“{name}”已写过一次", "'{name}' stands here already")
MOVES = Text("“{name}”只由步骤改变，不能在此填写", "'{name}' moves only by steps and cannot be written here")


def make_workflow(desk: Desk, entity: str, part: doc.WorkflowPart) -> Workflow | None:
    """The workflow, or None where its field is not usable."""
    path = part.path
    if desk.no_field((*path, "field"), entity, part.field):
        return None
    draft = desk.draft(entity, part.field)
    if draft is None or draft.type is None:
        return None
    states = desk.codes.get(str((draft.part.model_extra or {}).get("of")), ())
    if draft.type.name != "choice":
        desk.say((*path, "field"), NOT_A_CHOICE.with_(name=part.field, type=draft.type.name))
        return None
    if not states:
        return None
    if draft.part.default not in (None, part.start):
        desk.say((*draft.path, "default"), OWN_START.with_(start=part.start))
    desk.misses((*path, "start"), STATE, part.start, states, (entity,))
    steps = {name: _step(desk, entity, part.field, name, step, states) for name, step in part.steps.items()}
    return Workflow(part.field, part.start, steps)


def _step(desk: Desk, entity: str, field: str, name: str, part: doc.StepPart, states: tuple[str, ...]) -> Step:
    path = part.path
    refused = bad_word(name) or (TAKEN.with_(name=name) if name in ACTIONS else None)
    if refused is not None:
        desk.say(path, refused, key=True)
    for n, state in enumerate(part.from_):
        desk.misses((*path, "from", n), STATE, state, states, (entity,))
    desk.misses((*path, "to"), STATE, part.to, states, (entity,))
    _writable(desk, (*path, "ask"), entity, field, {n: (i,) for i, n in enumerate(part.ask)})
    _writable(desk, (*path, "set"), entity, field, {n: (n,) for n in part.set}, key=True)
    return Step(
        name=name,
        label=label(part.label, name),
        from_=part.from_,
        to=part.to,
        by=desk.some_roles((*path, "by"), part.by),
        when=boolean(desk, (*path, "when"), part.when, entity) if part.when is not None else None,
        needs=desk.some_fields((*path, "needs"), entity, part.needs),
        ask=desk.some_fields((*path, "ask"), entity, part.ask),
        that=boolean(desk, (*path, "that"), part.that, entity) if part.that is not None else None,
        say=say(part.say) if part.say is not None else None,
        set=constants(desk, (*path, "set"), entity, part.set),
        comment=part.comment,
        color=part.color,
    )


def _writable(desk: Desk, path: Path, entity: str, state: str, names: Mapping[str, Path], key: bool = False) -> None:
    for name, at in names.items():
        draft = desk.draft(entity, name)
        if draft is None or draft.type is None:
            continue
        if draft.type.computed or draft.system:
            desk.say((*path, *at), COMPUTED.with_(name=name), key)
        elif name == state:
            desk.say((*path, *at), MOVES.with_(name=name), key)


def constants(desk: Desk, path: Path, entity: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Field → value or Expression, for fields that get a value by themselves."""
    found = {}
    for name, value in values.items():
        if desk.no_field((*path, name), entity, name, key=True):
            continue
        draft = desk.draft(entity, name)
        if draft is not None:
            found[name] = constant(desk, (*path, name), value, draft)
    return found


def make_actions(desk: Desk, entity: str, part: doc.EntityPart) -> dict[str, ActionSpec]:
    """The actions by name."""
    steps = part.workflow.steps if part.workflow is not None else {}
    found = {}
    for name, action in part.actions.items():
        path = action.path
        refused = bad_word(name) or (TAKEN.with_(name=name) if name in (*ACTIONS, *steps) else None)
        if refused is not None:
            desk.say(path, refused, key=True)
        found[name] = ActionSpec(
            name=name,
            label=label(action.label, name),
            by=desk.some_roles((*path, "by"), action.by),
            bulk=action.bulk,
            when=boolean(desk, (*path, "when"), action.when, entity) if action.when is not None else None,
            confirm=say(action.confirm) if action.confirm is not None else None,
            ask=asked_fields(desk, entity, action.ask),
            icon=action.icon,
            writes=frozenset(written_fields(desk, (*path, "writes"), entity, action.writes)),
            position=desk.source.place(path).key,
        )
    return found


def asked_fields(desk: Desk, entity: str, parts: Mapping[str, FieldPart]) -> dict[str, Field]:
    """The fields a person fills in for something to be done; '' where it is about no entity."""
    made = {n: make_field(desk, d, Marks(default_of(desk, d))) for n, d in draft_fields(desk, entity, parts).items()}
    return {name: field for name, field in made.items() if field is not None}


def written_fields(desk: Desk, path: Path, entity: str, names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The fields named ``entity.field`` (or just ``field`` of ``entity``, if there is one); ``entity.*`` is all of them
    and the marker ``*``, which stands for making new ones."""
    for index, name in enumerate(names):
        owner, _, field = name.rpartition(".")
        owner = owner or entity
        if not owner:
            desk.say((*path, index), WHOLE_NAME)
        if not owner or desk.no_entity((*path, index), owner):
            continue
        if field == "*":
            yield from ((owner, each) for each in ("*", *desk.drafts.get(owner, ())))
        elif not desk.no_field((*path, index), owner, field):
            yield owner, field


def make_follow(desk: Desk, entity: str, part: doc.EntityPart) -> tuple[FollowSpec, ...]:
    """What is done after every write, in order."""
    found: dict[str, FollowSpec] = {}
    for n, one in enumerate(part.follow):
        path = one.path or (*part.path, "follow", n)
        if one.run in found:
            desk.say(path, TWICE.with_(name=one.run))
        found[one.run] = FollowSpec(one.run, frozenset(written_fields(desk, (*path, "writes"), entity, one.writes)))
    return tuple(found.values())


def make_offline(desk: Desk, entity: str, part: doc.EntityPart) -> OfflineSpec | None:
    """How its form works without signal."""
    if part.offline is None:
        return None
    at, path = part.offline.at, (*part.path, "offline", "at")
    if at and not desk.no_field(path, entity, at):
        draft = desk.drafts[entity].get(at)
        if draft is None or draft.part.type != "datetime" or not draft.part.readonly:
            desk.say(path, NO_MOMENT_FIELD.with_(name=at))
    return OfflineSpec(at)


def make_filters(desk: Desk, entity: str, part: doc.EntityPart) -> dict[str, SavedFilter]:
    """The named filters."""
    found = {}
    for name, saved in part.filters.items():
        refused = bad_word(name)
        if refused is not None:
            desk.say(saved.path, refused, key=True)
        roles = desk.some_roles((*saved.path, "roles"), saved.roles)
        where = boolean(desk, (*saved.path, "where"), saved.where, entity)
        if where is not None:
            day = "waiting" if saved.my_day is True else saved.my_day or ""
            found[name] = SavedFilter(name, label(saved.label, name), where, roles, day)
    return found


def make_checks(desk: Desk, entity: str, part: doc.EntityPart) -> tuple[CheckSpec, ...]:
    """The rules that every saved record keeps."""
    found = []
    for check in part.checks:
        that = boolean(desk, (*check.path, "that"), check.that, entity)
        fields = desk.some_fields((*check.path, "fields"), entity, check.fields)
        if that is not None:
            found.append(CheckSpec(that, say(check.say), fields, desk.source.place((*check.path, "that")).value))
    return tuple(found)
