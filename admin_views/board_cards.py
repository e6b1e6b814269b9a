"""The cards of a board as HTML: what stands on one and the buttons that move it; everything is escaped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from flask_babel import gettext as _
from markupsafe import Markup

from admin_views.row_blocks import Cell, RowWords, cell_for, choices_of
from admin_views.screen import Screen
from models.record import Record
from schema.spec import Field
from schema.spec_clocks import DUE_LIGHT

FORM = "board-move"
"""The one form of the board to which all buttons belong."""


@dataclass(frozen=True, slots=True)
class CardMove:
    """A button of a card: ``to`` is the lane it leads to, '' where it leaves the board."""

    action: str
    label: str
    to: str
    color: str = ""


@dataclass(frozen=True, slots=True)
class CardFact:
    """A field on a card: its HTML by record, and the columns this takes. The light has no label, it has words."""

    label: str
    cell: Cell
    reads: tuple[str, ...]
    is_light: bool = False


def card_facts(screen: Screen, names: Sequence[str]) -> list[CardFact]:
    """What stands on a card, the light of its deadlines first."""
    fields = screen.entity.fields
    lit = [DUE_LIGHT] if DUE_LIGHT in fields and DUE_LIGHT in screen.field_names else []
    return [_fact(screen, fields[name]) for name in dict.fromkeys([*lit, *names])]


def _fact(screen: Screen, field: Field) -> CardFact:
    # A light is worked out of moments that the cell also reads, to say how much is left.
    inner = (getattr(field.type, part, "") for part in ("moment", "met", "left"))
    reads = tuple(dict.fromkeys([field.name, *(name for name in inner if name in screen.field_names)]))
    return CardFact(screen.say(field.label), _cell(screen, field), reads, is_light=field.name == DUE_LIGHT)


def _cell(screen: Screen, field: Field) -> Cell:
    """A value as it stands on a card: chips as in a list, everything else in plain words, for a card has one link."""
    if choices_of(screen, field) or field.type.kind == "boolean":
        return cell_for(screen, field.name, RowWords("", _("Yes"), _("No"), ""))
    unit = screen.unit_of(field)

    def cell(record: Record) -> str:
        shown = screen.show(record, field) if record.get(field.name) is not None else ""
        return escape(f"{shown} {unit}" if shown and unit else shown)

    return cell


def card_writer(
    screen: Screen, facts: Sequence[CardFact], words: RowWords, moves: Mapping[int, Sequence[CardMove]]
) -> Callable[[Iterable[Record]], Markup]:
    """A function from records to their ``<li>`` elements."""
    details = escape(f"{screen.base}details/?id=")

    def cards(records: Iterable[Record]) -> Markup:
        written = []
        for record in records:
            title, mine = escape(screen.title_of(record)), moves.get(record.id, ())
            written.append(
                f'<li class="board-card" data-card="{record.id}"><div class="card-top"><a href="{details}{record.id}"'
                f' draggable="false">{title}</a>{_menu(record, title, mine)}</div>{_facts(facts, record)}'
                f"{_buttons(record, mine)}</li>"
            )
        return Markup("\n".join(written))  # noqa: S704 - every value in it was escaped

    return cards


def _facts(facts: Sequence[CardFact], record: Record) -> str:
    parts, light = [], ""
    for fact in facts:
        value = fact.cell(record)
        if value and fact.is_light:
            light = f'<p class="card-light">{value}</p>'
        elif value:
            parts.append(f"<div><dt>{escape(fact.label)}</dt><dd>{value}</dd></div>")
    return light + (f'<dl class="card-facts">{"".join(parts)}</dl>' if parts else "")


def _menu(record: Record, title: str, moves: Sequence[CardMove]) -> str:
    """On a desktop the buttons fold away behind one."""
    if not moves:
        return ""
    label = escape(_("Move %(title)s", title="\0")).replace("\0", title)
    inner = "".join(_button(record, move, "danger" if move.color == "danger" else "") for move in moves)
    return (
        f'<details class="menu card-menu"><summary class="btn btn-quiet btn-icon" aria-label="{label}">'
        f'<i class="fa fa-ellipsis-v" aria-hidden="true"></i></summary><div class="menu-panel">{inner}</div></details>'
    )


def _buttons(record: Record, moves: Sequence[CardMove]) -> str:
    """On a phone they stand on the card."""
    if not moves:
        return ""
    styles = {"danger": "btn btn-danger-quiet", "success": "btn btn-success", "primary": "btn btn-primary"}
    inner = "".join(_button(record, move, styles.get(move.color, "btn")) for move in moves)
    return f'<div class="card-moves">{inner}</div>'


def _button(record: Record, move: CardMove, style: str) -> str:
    to = f' data-to="{escape(move.to)}"' if move.to else ""
    look = f' class="{style}"' if style else ""
    return (
        f'<button form="{FORM}" name="move" value="{record.id}.{record.version}.{escape(move.action)}"{to}{look}'
        f" data-part-form>{escape(move.label)}</button>"
    )
