"""The board of an entity: its records as cards in lanes, and what is done when a card is moved."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from admin_views.board_cards import CardMove, card_facts, card_writer
from admin_views.bulk import Deed
from admin_views.list_page import chips, has_board, row_words, tabs
from admin_views.list_query import ListRequest, door_url, list_url, read_list
from admin_views.row_blocks import choice_chip, choices_of
from admin_views.screen import Screen
from models.errors import NotFound
from models.query import Query
from models.reads.lanes import BOUND, Lane, lanes, ready
from models.record import Record
from schema.spec import Field, Workflow
from schema.spec_board import Board
from schema.text import Text

SIZE = 50
"""Cards of a lane."""
MOST_OPTIONS = 100
"""Records that the control over the board offers."""
_BOARD = Text("看板", "board")
_MOVE = re.compile(r"(\d{1,18})\.(\d{1,9})\.((?:step|do):\w+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class LaneView:
    """A lane on the page: ``count`` in words, ``more`` the list of all its records where there are more than shown."""

    value: str
    label: str
    chip: Markup
    count: str
    cards: Markup
    more: str


@dataclass(frozen=True, slots=True)
class Narrowing:
    """The control that narrows the whole board by one field: (value, label, chosen) and what else the address says."""

    param: str
    label: str
    options: tuple[tuple[str, str, bool], ...]
    kept: tuple[tuple[str, Any], ...]


def with_board(screen: Screen) -> Screen:
    """The screen, once it is known that this person has a board there. Raises NotFound, NotAllowed."""
    screen.registry.scope.require(screen.actor, screen.entity.name, "read")
    if not has_board(screen):
        raise NotFound(_BOARD)
    return screen


def board_page(screen: Screen, args: Any, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """What the board template shows. ``chosen`` are the person's preferences at this entity."""
    request = read_list(args, screen)
    board, flow = _parts(screen)
    names = [name for name in board.cards if name in screen.field_names]
    facts = card_facts(screen, names)
    needed = tuple(dict.fromkeys([flow.field, *(name for fact in facts for name in fact.reads)]))
    query = Query(request.search, request.conditions(), request.saved, sort=board.sort, size=SIZE, columns=needed)
    found = lanes(screen.registry.scope, screen.actor, screen.entity.name, query, flow.field, board.lanes)
    write = card_writer(screen, facts, row_words(), _moves(screen, found))
    return {
        "screen": screen,
        "entity": screen.entity,
        "asked": request,
        "lanes": [_lane(screen, request, flow, lane, write) for lane in found],
        "chips": chips(screen, request, "board"),
        "tabs": tabs(screen, request, chosen.get("views") or [], "board"),
        "by": narrowing(screen, request, board.by),
        "doors": _doors(screen, request),
    }


def _parts(screen: Screen) -> tuple[Board, Workflow]:
    board, flow = screen.entity.show.board, screen.entity.workflow
    assert board is not None and flow is not None
    return board, flow


def _lane(screen: Screen, request: ListRequest, flow: Workflow, lane: Lane, write: Any) -> LaneView:
    choice = choices_of(screen, screen.entity.fields[flow.field])[lane.value]
    more = list_url(screen, request, **{flow.field: lane.value}) if lane.count > len(lane.records) else ""
    return LaneView(
        lane.value, screen.say(choice.label), Markup(choice_chip(screen, choice)),  # noqa: S704 - escaped there
        f"{lane.count}" if lane.count <= BOUND else f"{BOUND}+", write(lane.records), more,
    )  # fmt: skip


def _doors(screen: Screen, request: ListRequest) -> dict[str, str]:
    """The other pages this person may go to from the board; '' where not."""
    return {
        "here": door_url(screen, "board", request),
        "list": door_url(screen, "", request),
        "filters": door_url(screen, "filters", request, {"tab": "board"}),
        "clear": screen.url("board"),
        "new": screen.url("new") if screen.may("create") else "",
    }


# -- where a card may go ---------------------------------------------------------------------------


def _moves(screen: Screen, found: Sequence[Lane]) -> Mapping[int, list[CardMove]]:
    """By record: the steps and actions that lead from its lane, in the order of the schema, one for each lane first.

    A few statements for all cards together: what is not open to the person is not offered.
    """
    board, flow = _parts(screen)
    scope, actor, entity = screen.registry.scope, screen.actor, screen.entity
    made: dict[int, list[CardMove]] = {record.id: [] for lane in found for record in lane.records}
    for name, action in entity.actions.items():
        for to in (to for to, drop in board.drops.items() if drop == name):
            ids = [record.id for lane in found if lane.value != to for record in lane.records]
            move = CardMove(f"do:{name}", screen.say(action.label), to)
            _offer(made, ready(scope, actor, entity.name, ids, name, action.when), move)
    for name, step in flow.steps.items():
        ids = [record.id for lane in found if lane.value in step.from_ for record in lane.records]
        move = CardMove(f"step:{name}", screen.say(step.label), step.to if step.to in board.lanes else "", step.color)
        _offer(made, ready(scope, actor, entity.name, ids, name, None), move, first=board.drops.get(step.to) == name)
    return made


def _offer(made: dict[int, list[CardMove]], ids: Iterable[int], move: CardMove, first: bool = False) -> None:
    for id in ids:
        made[id].insert(0 if first else len(made[id]), move)


def read_move(screen: Screen, posted: Any) -> MultiDict[str, str] | None:
    """The form that the record's own page would send for this move; None where the card had changed meanwhile, which
    is then said.

    Raises NotFound, NotAllowed for what this person may not see or do.
    """
    found = _MOVE.fullmatch(posted.get("move", ""))
    if found is None:
        raise NotFound(_BOARD)
    id, version, action = found.groups()
    record = screen.registry.scope.get(screen.actor, screen.entity.name, int(id))
    if record.version != int(version):
        flash(_overtaken(screen, record), "warning")
        return None
    return MultiDict({"action": action, "rowid": id, "version": version, "back": posted.get("back", "")})


def is_plain(deed: Deed) -> bool:
    """Whether a dropped card needs no word from the person: nothing is asked, nothing is to be confirmed."""
    asks = deed.asks or deed.needs_comment or deed.confirm is not None
    return deed.kind in ("step", "do") and not asks and not deed.is_dangerous


def _overtaken(screen: Screen, record: Record) -> str:
    """What happened to a card while somebody looked at the board."""
    _board, flow = _parts(screen)
    state = screen.show(record, screen.entity.fields[flow.field])
    who = record.titles.get("changed_by") or ""
    title = screen.title_of(record)
    if who:
        return _(
            "“%(title)s” was changed by %(who)s meanwhile and is now: %(state)s. Nothing was moved; the board shows it "
            "as it is.", title=title, who=who, state=state,
        )  # fmt: skip
    return _(
        "“%(title)s” was changed meanwhile and is now: %(state)s. Nothing was moved; the board shows it as it is.",
        title=title, state=state,
    )  # fmt: skip


# -- the control over the board --------------------------------------------------------------------


def narrowing(screen: Screen, request: ListRequest, by: str) -> Narrowing | None:
    """The control that narrows by the field ``by``; None where there is none, or this person does not see it."""
    field = screen.entity.fields.get(by)
    if field is None or not screen.is_clear(field):
        return None
    mine = next((one for one in request.filters if one.field.name == by and one.op == "equals"), None)
    chosen = set(mine.texts) if mine is not None else set()
    options = tuple((value, label, value in chosen) for value, label in _options(screen, field))
    kept = tuple((name, value) for name, value in request.params(**{by: None}) if value not in (None, ""))
    return Narrowing(by, screen.say(field.label), options, kept) if options else None


def _options(screen: Screen, field: Field) -> list[tuple[str, str]]:
    if field.type.name == "choice":
        return [(code, screen.say(choice.label)) for code, choice in choices_of(screen, field).items()]
    if not screen.may_at(field.target, "read"):
        return []
    found = screen.registry.scope.lookup(screen.actor, field.target, "", MOST_OPTIONS)
    return [(str(id), title) for id, title in found]
