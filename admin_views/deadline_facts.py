"""The deadlines of a record as its page shows them: one line each, with its light, its moment, and who was told."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from markupsafe import Markup

from admin_views.row_blocks import RowWords, full_cell
from admin_views.screen import Screen
from models.record import Record
from schema.spec_clocks import DeadlineSpec, made_names
from schema.types.days import DateTimeType


def deadline_names(screen: Screen) -> frozenset[str]:
    """The fields of a record that its deadlines make."""
    return frozenset(made_names(screen.entity.deadlines))


def deadline_lines(screen: Screen, record: Record, words: RowWords) -> list[tuple[str, str, Markup]]:
    """(field, label, what stands beside it) of each deadline that the record has and the person may see."""
    found = []
    for deadline in screen.entity.deadlines.values():
        light = record.values.get(deadline.light)
        if light is not None and deadline.light in screen.field_names:
            found.append((deadline.light, screen.say(deadline.label), _line(screen, record, deadline, words)))
    return found


def _line(screen: Screen, record: Record, deadline: DeadlineSpec, words: RowWords) -> Markup:
    cell = full_cell(screen, screen.entity.fields[deadline.light], words)
    line = Markup(cell(record))  # noqa: S704 - escaped by the row writer
    said = [part for part in (_moment(screen, record, deadline), _raised(record, deadline)) if part]
    return line + Markup('<div class="muted small">%s</div>') % _("; ").join(said) if said else line


def _moment(screen: Screen, record: Record, deadline: DeadlineSpec) -> str:
    due, met = record.values.get(deadline.due_at), record.values.get(deadline.met_at)
    parts = []
    if isinstance(due, datetime):
        parts.append(_("due %(moment)s", moment=DateTimeType().display(due, screen.context)))
    if isinstance(met, datetime):
        parts.append(_("met %(moment)s", moment=DateTimeType().display(met, screen.context)))
    return _("; ").join(parts)


def _raised(record: Record, deadline: DeadlineSpec) -> str:
    times = record.values.get(deadline.raised)
    return _("raised %(count)s×", count=times) if isinstance(times, int) and times else ""
