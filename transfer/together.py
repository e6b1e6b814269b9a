"""A stretch of good rows written together, part by part; where one of them is in doubt by halves, then row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from models.errors import Refused
from models.writes.bulk import Doubt
from transfer.matching import Ambiguous, Key
from transfer.reasons import RowRefused
from transfer.rows import Parsed
from transfer.writing import Outcome, RowWriter

SMALLEST = 50
"""Rows of a stretch in doubt that are taken one by one rather than halved again."""
Taken = Outcome | RowRefused


@dataclass(slots=True)
class _New:
    """A record that the stretch will make: its values, and the first row that asks for it."""

    values: dict[str, Any]
    first: int
    id: int = 0


def take_rows(writer: RowWriter, rows: Sequence[Parsed]) -> list[Taken]:
    """What each row did, or why it was refused: as if ``writer.take`` were asked for one after the other.

    The rows have no problems of their own yet.
    """
    together = _together(writer, rows) if len(rows) > 1 else None
    if together is not None:
        return list(together)
    if len(rows) <= SMALLEST:
        writer.prepare(rows)
        return [take_alone(writer, row) for row in rows]
    half = len(rows) // 2
    return take_rows(writer, rows[:half]) + take_rows(writer, rows[half:])


def take_alone(writer: RowWriter, row: Parsed) -> Taken:
    """What a row did, or why it was refused."""
    try:
        return writer.take(row)
    except RowRefused as refused:
        return refused


def _together(writer: RowWriter, rows: Sequence[Parsed]) -> list[Outcome] | None:
    """What each row did, or None with nothing done: then one of them has to be looked at by itself."""
    outcomes = [Outcome() for _ in rows]
    outlines = [writer.outline(row) for row in rows]
    made = [False] * len(rows)
    try:
        with writer.registry.store.gathered(writer.actor, writer.source):
            for part in writer.active:
                here = [at for at, outline in enumerate(outlines) if part in outline.present]
                _take_part(writer, part, here, rows, outcomes, made)
            for row, outline, outcome in zip(rows, outlines, outcomes, strict=True):
                writer.refuse_repeat(row, outline.subjects, outcome)
    except (Doubt, RowRefused, Refused, Ambiguous):
        for outcome in outcomes:
            writer.take_back(outcome)
        return None
    writer.settle_all((rows[at], outcomes[at]) for at, is_new in enumerate(made) if is_new)
    return outcomes


def _take_part(
    writer: RowWriter, part: str, here: Sequence[int], rows: Sequence[Parsed], outcomes: Sequence[Outcome],
    made: list[bool],
) -> None:  # fmt: skip
    """Find or make what the rows at the places ``here`` mean by one part, and change what says otherwise."""
    matcher, is_choosy = writer.matcher, writer.is_choosy(part)
    values = [matcher.values(part, rows[at]) for at in here]
    found, keys = matcher.look_up(part, values, [outcomes[at].ids for at in here])
    writer.read(part, {id for id in found if id is not None})
    pending: dict[tuple[int, Key], _New] = {}
    wanted: list[_New] = []
    asked: list[tuple[int, _New]] = []
    for at, said, id, mine in zip(here, values, found, keys, strict=True):
        row, outcome = rows[at], outcomes[at]
        if is_choosy or not mine or row.same:
            id = writer.confirmed(part, row, said, outcome.ids, id, bool(mine))
        if id is not None:
            outcome.ids[part] = id
            writer.change(part, id, row, outcome)
            continue
        new, wanted_values = None, writer.to_create(part, row, outcome.ids)
        for key in mine:
            new = new or pending.get(key)
        if new is None:
            new = _New(wanted_values, at)
            wanted.append(new)
        elif new.values != wanted_values:
            raise Doubt
        for key in mine:
            pending[key] = new
        asked.append((at, new))
    _create(writer, part, wanted)
    only = frozenset((part,))
    for at, new in asked:
        outcome = outcomes[at]
        outcome.ids[part] = new.id
        made[at] = True
        if at == new.first:
            outcome.created = outcome.created | only if outcome.created else only
            matcher.created(part, new.id)


def _create(writer: RowWriter, part: str, wanted: Sequence[_New]) -> None:
    if not wanted:
        return
    entity, store = writer.layout.parts[part].entity, writer.registry.store
    ids = store.create_together(writer.actor, entity, [new.values for new in wanted], writer.source)
    for new, id in zip(wanted, ids, strict=True):
        new.id = id
