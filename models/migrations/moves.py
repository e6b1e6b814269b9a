"""Renaming: tables, link tables, columns, and the names by which the program's own tables know them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from models.migrations.aside import SCHEMA_TABLE
from models.migrations.engine import Engine, quote
from models.migrations.match import PARKED, ColumnChange, TableChange

PASSING = "__tmp_"


def table_moves(changes: Iterable[TableChange]) -> dict[str, str]:
    """{table: its name from now on} of entities and link tables that are renamed or about to go."""
    moves: dict[str, str] = {}
    for change in changes:
        if change.before is None:
            continue
        if change.after is None or change.renamed:
            moves[change.before.name] = change.after.name if change.after else PARKED + change.before.name
        for column in change.columns:
            if column.before is not None and column.before.link:
                moves[column.before.link] = _link_name(column)
    return {old: new for old, new in moves.items() if old != new}


def _link_name(column: ColumnChange) -> str:
    return column.after.link if column.fate == "keep" and column.after else column.parked


def column_moves(change: TableChange) -> dict[str, str]:
    """{column: its name from now on} of columns that are renamed or about to go."""
    moves: dict[str, str] = {}
    for column in change.columns:
        if column.before is None or column.before.link:
            continue
        stays = column.fate in ("keep", "places") and column.after is not None
        moves[column.before.name] = column.after.name if stays and column.after else column.parked
    return {old: new for old, new in moves.items() if old != new}


def moved_tables(changes: Iterable[TableChange]) -> set[str]:
    """Tables, by their old names, whose indexes and foreign keys no longer mean what their names say."""
    changes = tuple(changes)
    touched = {change.before.name for change in changes if change.before and (change.renamed or column_moves(change))}
    return touched | table_moves(changes).keys()


def rename_all(engine: Engine, changes: tuple[TableChange, ...]) -> None:
    """Give every table and column its new name; those that swap names pass through a third."""
    for old, new in _passing(table_moves(changes)):
        engine.rename_table(old, new)
    for change in changes:
        if change.before is not None and change.after is not None:
            for old, new in _passing(column_moves(change)):
                engine.rename_column(change.after.name, old, new)
    _rename_known(engine, changes)


def _passing(moves: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Renames in an order in which no name is ever taken twice."""
    taken = moves.keys() & set(moves.values())
    for place, old in enumerate(moves):
        if old in taken:
            yield old, f"{PASSING}{place}"
    for place, (old, new) in enumerate(moves.items()):
        yield (f"{PASSING}{place}" if old in taken else old), new


def _rename_known(engine: Engine, changes: tuple[TableChange, ...]) -> None:
    """Rename entities and fields in every table of the program's own that names them.

    These tables start with an underscore and keep names in the columns ``entity`` and ``field``,
    or ``series`` for both ("permit.number").
    """
    entities = {c.before.name: c.after.name for c in changes if c.before and c.after and c.renamed}
    for table in sorted(engine.tables() - {SCHEMA_TABLE}):
        columns = engine.columns(table) if table.startswith("_") and not table.startswith("__") else set()
        if "series" in columns:
            _rename_series(engine, table, changes)
        if "entity" in columns and "field" in columns:
            _rename_fields(engine, table, changes)
        if "entity" in columns:
            for old, new in _passing(entities):
                engine.run(f"UPDATE {quote(table)} SET entity = ? WHERE entity = ?", (new, old))


def _rename_fields(engine: Engine, table: str, changes: tuple[TableChange, ...]) -> None:
    for change in changes:
        fields = {c.before.field: c.after.field for c in change.columns if c.renamed and c.before and c.after}
        if change.before is None:
            continue
        for old, new in _passing(fields):
            engine.run(
                f"UPDATE {quote(table)} SET field = ? WHERE field = ? AND entity = ?", (new, old, change.before.name)
            )


def _rename_series(engine: Engine, table: str, changes: tuple[TableChange, ...]) -> None:
    """Let a number series go on counting when its entity or field is renamed."""
    series = {
        f"{change.before.name}.{column.before.field}": f"{change.name}.{column.after.field}"
        for change in changes
        for column in change.columns
        if change.before and column.before and column.after and (change.renamed or column.renamed)
    }
    for old, new in _passing(series):
        engine.run(f"UPDATE {quote(table)} SET series = ? WHERE series = ?", (new, old))
