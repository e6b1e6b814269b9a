"""The pages that are measured, each beside the bare SQL that would fetch the same rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from models.reads.search_tokens import query_phrases

SIZE = 50
NAME, COMMON = "王伟", "物业"
"""Two characters that few bills hold, and two that all of them do."""
COLUMNS = (
    "b.id, b.version, b.title_text, b.unit_id, u.title_text, b.payer_id, r.title_text, b.period, b.amount, b.paid,"
    " b.due_on, b.state"
)
JOINS = "bill b LEFT JOIN unit u ON u.id = b.unit_id LEFT JOIN resident r ON r.id = b.payer_id"


@dataclass(frozen=True)
class Page:
    """One measured page: its address, and the statements that are its floor."""

    name: str
    address: str
    floor: Callable[[Any], object]


def listed(ids: str, *values: Any, order: str = "b.id DESC") -> Callable[[Any], object]:
    """The cheapest way to a page: its ids from an index, then those rows with their titles."""
    sql = f"SELECT {COLUMNS} FROM {JOINS} WHERE b.id IN ({ids}) ORDER BY {order}"
    return lambda connection: connection.execute(sql, values).fetchall()


def quoted(word: str) -> str:
    """A word of two characters as the search index keeps it."""
    return f'"{query_phrases(word)[0][0][0]}"'


def _newest(where: str = "") -> str:
    return f"SELECT id FROM bill {where} ORDER BY id DESC LIMIT {SIZE}"


def pages(rows: int, cursor: str) -> list[Page]:
    """What is measured on an office of that many bills; ``cursor`` is the address of a page after one in the middle."""
    middle = rows // 2 // SIZE
    by_amount = f"SELECT id FROM bill ORDER BY amount, id LIMIT {SIZE}"
    by_due = f"SELECT id FROM bill ORDER BY due_on DESC, id DESC LIMIT {SIZE}"
    by_unit = (
        f"SELECT b.id FROM unit u CROSS JOIN bill b ON b.unit_id = u.id ORDER BY u.title_order, u.id, b.id LIMIT {SIZE}"
    )
    found = f"SELECT rowid FROM bill__search WHERE bill__search MATCH ? ORDER BY rowid DESC LIMIT {SIZE}"
    matching = "SELECT rowid FROM bill__search WHERE bill__search MATCH ?"
    by = "b.amount, b.id"
    filtered = f"SELECT id FROM bill WHERE state = ? ORDER BY amount, id LIMIT {SIZE}"
    linked = f"SELECT id FROM bill WHERE unit_id = ? ORDER BY amount, id LIMIT {SIZE}"
    both = f"SELECT id FROM bill WHERE id IN ({matching}) AND state = ? ORDER BY id DESC LIMIT {SIZE}"
    sorted_ = f"SELECT id FROM bill WHERE id IN ({matching}) ORDER BY amount, id LIMIT {SIZE}"
    return [
        Page("list_first", "/bill/", listed(_newest())),
        Page("list_last", "/bill/?page=last", listed(f"SELECT id FROM bill ORDER BY id LIMIT {SIZE}")),
        Page("list_middle", f"/bill/?page={middle}", listed(f"{_newest()} OFFSET {middle * SIZE}")),
        Page("list_next", cursor, listed(_newest("WHERE id < ?"), rows // 2)),
        Page("list_sort", "/bill/?sort=amount", listed(by_amount, order="b.amount, b.id")),
        Page("list_sort_date", "/bill/?sort=-due_on", listed(by_due, order="b.due_on DESC, b.id DESC")),
        Page("list_sort_link", "/bill/?sort=unit", listed(by_unit, order="u.title_order, u.id, b.id")),
        Page("list_filter", "/bill/?state=part_paid", listed(_newest("WHERE state = ?"), "part_paid")),
        Page("list_filter_link", "/bill/?unit=42", listed(_newest("WHERE unit_id = ?"), 42)),
        Page("list_filter_sort", "/bill/?state=part_paid&sort=amount", listed(filtered, "part_paid", order=by)),
        Page("list_filter_link_sort", "/bill/?unit=42&sort=amount", listed(linked, 42, order=by)),
        Page("list_search", f"/bill/?search={NAME}", listed(found, quoted(NAME))),
        Page("list_search_common", f"/bill/?search={COMMON}", listed(found, quoted(COMMON))),
        Page("list_search_filter", f"/bill/?search={NAME}&state=paid", listed(both, quoted(NAME), "paid")),
        Page("list_search_sort", f"/bill/?search={NAME}&sort=amount", listed(sorted_, quoted(NAME), order=by)),
        Page("board", "/bill/board/", _board),
        Page("board_search", f"/bill/board/?search={NAME}", _board),
        Page("form_edit", f"/bill/edit/?id={rows // 2}", _form(rows // 2)),
        Page("lookup", f"/bill/ajax/lookup/?field=payer&query={NAME}", _lookup()),
    ]


def _board(connection: Any) -> list[object]:
    """The first cards of each lane by an index over state and order, as many lists as there are lanes."""
    ids = f"SELECT id FROM bill WHERE state = ? ORDER BY due_on, id LIMIT {SIZE}"
    sql = f"SELECT {COLUMNS} FROM {JOINS} WHERE b.id IN ({ids}) ORDER BY b.due_on, b.id"
    return [connection.execute(sql, (state,)).fetchall() for state in ("draft", "published", "part_paid", "paid")]


def _form(id: int) -> Callable[[Any], object]:
    own = "SELECT * FROM bill WHERE id = ?"
    unit = "SELECT id, title_text FROM unit WHERE id = (SELECT unit_id FROM bill WHERE id = ?)"
    payer = "SELECT id, title_text FROM resident WHERE id = (SELECT payer_id FROM bill WHERE id = ?)"
    return lambda connection: [connection.execute(sql, (id,)).fetchone() for sql in (own, unit, payer)]


def _lookup() -> Callable[[Any], object]:
    sql = "SELECT id, title_text FROM resident WHERE title_text >= ? AND title_text < ? LIMIT 20"
    return lambda connection: connection.execute(sql, (NAME, NAME + "\U0010ffff")).fetchall()
