"""A stretch of good rows written together, part by part; where one of them is in doubt, not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from models.errors import Refused
from transfer.rows import Parsed
from transfer.writing import Outcome, RowRefused, RowWriter

Keys = list[tuple[int, tuple[Any, ...]]]


class _Doubt(Exception):
    """A row has to be looked at by itself."""


@dataclass(slots=True)
class _New:
    """A record that the stretch will make: its values, and the first row that asks for it."""

    values: dict[str, Any]
    first: int
    id: int = 0


def take_together(writer: RowWriter, rows: Sequence[Parsed]) -> list[Outcome] | None:
    """What each row did, or None with nothing done: then the rows are to be taken one by one.

    The rows have no problems of their own yet. The outcomes are those that ``writer.take`` would give.
    """
    outcomes = [Outcome() for _ in rows]
    seen = writer.seen()
    present = [writer.present(row) for row in rows]
    try:
        with writer.registry.store.transaction():
            for part in writer.active:
                _take_part(writer, part, rows, present, outcomes)
            for row, parts, outcome in zip(rows, present, outcomes, strict=True):
                writer.refuse_repeat(row, parts, outcome)
    except (_Doubt, RowRefused, Refused):
        for outcome in outcomes:
            writer.take_back(outcome)
        writer.forget_seen(seen)
        return None
    writer.matcher.settle()
    return outcomes


def _take_part(
    writer: RowWriter, part: str, rows: Sequence[Parsed], present: Sequence[Sequence[str]], outcomes: Sequence[Outcome]
) -> None:
    """Find or make what every row means by one part, and change what says otherwise."""
    pending: dict[tuple[int, tuple[Any, ...]], _New] = {}
    wanted: list[_New] = []
    asked: list[tuple[int, _New]] = []
    for index, row in enumerate(rows):
        if part not in present[index]:
            continue
        outcome = outcomes[index]
        id = writer.found(part, row, outcome.ids)
        if id is not None:
            outcome.ids[part] = id
            writer.change(part, id, row, outcome)
            continue
        values = writer.to_create(part, row, outcome.ids)
        keys = writer.matcher.keys(part, writer.matcher.values(part, row), outcome.ids)
        new = next((pending[key] for key in keys if key in pending), None)
        if new is None:
            new = _New(values, index)
            wanted.append(new)
        elif new.values != values:
            raise _Doubt
        pending.update(dict.fromkeys(keys, new))
        asked.append((index, new))
    _create(writer, part, wanted)
    for index, new in asked:
        outcomes[index].ids[part] = new.id
        if index == new.first:
            outcomes[index].created.add(part)
            writer.matcher.created(part, new.id)
    for index, _ in asked:
        writer.remember(rows[index], outcomes[index].ids)


def _create(writer: RowWriter, part: str, wanted: Sequence[_New]) -> None:
    if not wanted:
        return
    entity = writer.layout.parts[part].entity
    store = writer.registry.store
    made = store.create_each(writer.actor, entity, [new.values for new in wanted], writer.source, normal=True)
    for new, id in zip(wanted, made, strict=True):
        if isinstance(id, Refused):
            raise _Doubt
        new.id = id
