"""From a board as written to the board of the specification."""

from __future__ import annotations

from schema import document as doc
from schema.compile_workflow import STATE
from schema.desk import Desk
from schema.document_board import BoardPart
from schema.problems import Path
from schema.spec import Field
from schema.spec_board import Board
from schema.text import Text

MOST_FACTS = 4
"""Fields on a card where the schema names none."""
NOT_ON_CARDS = ("long_text", "json", "file", "files", "photo", "photos", "signature", "refs")
BY = ("choice", "ref")
FIRST_DUE = "due_at"
"""The field of an entity with deadlines that says what is due next."""

NO_WORKFLOW = Text("看板的各列是流程的状态，请先写 workflow", "the lanes of a board are states: it needs a workflow")
NOT_ON_A_CARD = Text("类型 {type} 的字段放不进卡片", "a field of type {type} does not fit a card")
NOT_BY = Text(
    "“{name}”的类型是 {type}，这里要能筛选的 choice 或 ref 字段",
    "'{name}' is of type {type}; this takes a choice or ref field that lists can be filtered by",
)
NO_DEED = Text("步骤或操作", "step or action")
ELSEWHERE = Text("步骤“{name}”通向“{to}”，不是这一列", "the step '{name}' leads to '{to}', not to this lane")
NO_ORDER = Text(
    "看板不能按“{name}”排序：要选能排序、有自己的列、不是链接的字段",
    "a board cannot be sorted by '{name}': it takes a field that sorts, has a column and is no link",
)


def make_board(desk: Desk, entity: str, part: doc.EntityPart, fields: dict[str, Field]) -> Board | None:
    """The board; what is wrong in it is said. None where there is none, or no workflow to have one of."""
    board, flow = part.show.board, part.workflow
    if board is None:
        return None
    path = board.path or (*part.show.path, "board")
    if flow is None:
        desk.say(path, NO_WORKFLOW)
        return None
    states = _states(desk, entity, flow)
    if not states:
        return None
    for n, lane in enumerate(board.lanes):
        desk.misses((*path, "lanes", n), STATE, lane, states, (entity,))
    drops = {
        lane: name for lane, name in board.drops.items()
        if not desk.misses((*path, "drops", lane), STATE, lane, states, (entity,), key=True)
    }  # fmt: skip
    left = {state for step in flow.steps.values() for state in step.from_}
    return Board(
        lanes=board.lanes or tuple(state for state in states if state in left),
        cards=_cards(desk, entity, part, board, fields),
        by=_by(desk, (*path, "by"), entity, board.by, fields),
        sort=_sort(desk, (*path, "sort"), entity, part, fields),
        drops=_drops(desk, (*path, "drops"), part, drops),
    )


def _states(desk: Desk, entity: str, flow: doc.WorkflowPart) -> tuple[str, ...]:
    draft = desk.draft(entity, flow.field)
    return desk.codes.get(str((draft.part.model_extra or {}).get("of")), ()) if draft is not None else ()


def _cards(
    desk: Desk, entity: str, part: doc.EntityPart, board: BoardPart, fields: dict[str, Field]
) -> tuple[str, ...]:  # fmt: skip
    path = (*board.path, "cards")
    moved = part.workflow.field if part.workflow is not None else ""
    if not board.cards:
        fit = (n for n in part.show.list if n in fields and fields[n].type.name not in NOT_ON_CARDS and n != moved)
        return tuple(fit)[:MOST_FACTS]
    for n, name in enumerate(board.cards):
        if name in fields and fields[name].type.name in NOT_ON_CARDS:
            desk.say((*path, n), NOT_ON_A_CARD.with_(type=fields[name].type.name))
    return desk.some_fields(path, entity, board.cards)


def _by(desk: Desk, path: Path, entity: str, name: str, fields: dict[str, Field]) -> str:
    if not name or desk.no_field(path, entity, name):
        return ""
    field = fields.get(name)
    if field is not None and (field.type.name not in BY or not field.filterable):
        desk.say(path, NOT_BY.with_(name=name, type=field.type.name))
    return name


def _sort(desk: Desk, path: Path, entity: str, part: doc.EntityPart, fields: dict[str, Field]) -> str:
    board = part.show.board
    assert board is not None
    if not board.sort:
        wanted = FIRST_DUE if part.deadlines else part.show.sort
        return wanted if _is_order(wanted, fields) else "-id"
    name = board.sort.lstrip("-")
    if not desk.no_field(path, entity, name, ("id", "title")) and not _is_order(name, fields):
        desk.say(path, NO_ORDER.with_(name=name))
    return board.sort


def _is_order(sort: str, fields: dict[str, Field]) -> bool:
    """Whether an index of the state and this keeps a lane in order."""
    name = sort.lstrip("-")
    field = fields.get(name)
    if name in ("id", "title"):
        return True
    return field is not None and field.sortable and field.type.stored and not field.target


def _drops(desk: Desk, path: Path, part: doc.EntityPart, drops: dict[str, str]) -> dict[str, str]:
    """Lane → step or action, those that are there and lead there."""
    steps = part.workflow.steps if part.workflow is not None else {}
    for lane, name in drops.items():
        at = (*path, lane)
        if not desk.misses(at, NO_DEED, name, (*steps, *part.actions)) and name in steps and steps[name].to != lane:
            desk.say(at, ELSEWHERE.with_(name=name, to=steps[name].to))
    return drops
