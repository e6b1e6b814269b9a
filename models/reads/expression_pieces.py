"""Pieces of SQL text with their values, and what SQLite and PostgreSQL spell differently in expressions."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import peewee

from schema.expressions.nodes import NodeKind

Piece = tuple[Any, ...]
"""SQL text (str) and peewee nodes, in the order they are written."""

PG_TYPES = {
    "number": "BIGINT", "ref": "BIGINT", "text": "TEXT", "date": "DATE", "datetime": "TIMESTAMP", "time": "TIME",
    "boolean": "BOOLEAN",
}  # fmt: skip
LONGEST_STRETCH = 3_700_000
"""Days; more than lie between the years 1 and 9999."""


def write(template: str, *pieces: Piece) -> Piece:
    """``template`` with each {} replaced by a piece."""
    words = template.split("{}")
    out: list[Any] = [words[0]]
    for piece, word in zip(pieces, words[1:], strict=True):
        out += [*piece, word]
    return tuple(out)


def joined(pieces: list[Piece], glue: str) -> Piece:
    """Pieces with ``glue`` between them."""
    return write(glue.join(["{}"] * len(pieces)), *pieces)


def as_node(piece: Piece) -> peewee.NodeList:
    """The peewee node that writes ``piece``."""
    merged: list[Any] = []
    for part in piece:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    return peewee.NodeList([peewee.SQL(p) if isinstance(p, str) else p for p in merged if p != ""], glue="")


def bound(value: Any) -> Piece:
    """``value`` as a bound parameter."""
    return (peewee.Value(value, converter=False),)


class Dialect:
    """SQLite: dates are texts, booleans are 0 and 1."""

    sqlite = True

    def constant(self, value: Any, kind: NodeKind, places: int) -> Piece:
        """A value known before the query runs."""
        if value is None:
            return ("NULL",)
        if kind == "number":
            return (f"{int(value.scaleb(places))}",)
        if kind == "boolean":
            return ("1" if value else "0",)
        return bound(self._as_text(value))

    def _as_text(self, value: Any) -> Any:
        if isinstance(value, datetime):
            return str(value.astimezone(UTC).replace(tzinfo=None))
        return value.isoformat() if isinstance(value, date | time) else value

    def ordered(self, text: Piece) -> Piece:
        """A text to be compared by code point."""
        return text

    def position(self, text: Piece, part: Piece) -> Piece:
        """1-based place of ``part`` in ``text``, 0 where it is not."""
        return write("instr({}, {})", text, part)

    def least(self, name: str, args: list[Piece], kind: NodeKind) -> Piece:
        """The least ('min') or greatest ('max') of several, null where any is."""
        return write(f"{name}({{}})", joined(args, ", "))

    def lower(self, text: Piece) -> Piece:
        return write("lower({})", text)

    def length(self, text: Piece) -> Piece:
        return write("length({})", text)

    def year(self, day: Piece) -> Piece:
        return write("CAST(substr({}, 1, 4) AS INTEGER)", day)

    def month(self, day: Piece) -> Piece:
        return write("CAST(substr({}, 6, 2) AS INTEGER)", day)

    def month_text(self, day: Piece) -> Piece:
        return write("substr({}, 1, 7)", day)

    def days_between(self, later: Piece, earlier: Piece) -> Piece:
        return write("CAST(julianday({}) - julianday({}) AS INTEGER)", later, earlier)

    def moved(self, day: Piece, days: Piece, kind: NodeKind, *, safe: bool) -> Piece:
        """``day`` moved by a count of days; null outside the years 1 to 9999 (``safe``: it cannot get there)."""
        there = write("date({}, ({}) || ' days')", day, days)
        if not safe:
            bounds = f"BETWEEN -{LONGEST_STRETCH} AND {LONGEST_STRETCH}"
            there = write(f"CASE WHEN {{}} {bounds} AND {{}} >= '0001-01-01' THEN {{}} END", days, there, there)
        return there if kind == "date" else write("(({}) || substr({}, 11))", there, day)

    def total(self, numbers: Piece) -> Piece:
        return write("COALESCE(SUM({}), 0)", numbers)


class Postgres(Dialect):
    """PostgreSQL: everything has a type, and texts compare by code point only under COLLATE "C"."""

    sqlite = False

    def constant(self, value: Any, kind: NodeKind, places: int) -> Piece:
        if kind == "boolean" and value is not None:
            return ("TRUE" if value else "FALSE",)
        if kind not in PG_TYPES:
            return ("NULL",) if value is None else bound(value)
        if isinstance(value, datetime) and value.tzinfo is not None:
            value = value.astimezone(UTC).replace(tzinfo=None)
        given = super().constant(value, kind, places) if value is None or kind == "number" else bound(value)
        return write(f"CAST({{}} AS {PG_TYPES[kind]})", given)

    def ordered(self, text: Piece) -> Piece:
        return write('({} COLLATE "C")', text)

    def position(self, text: Piece, part: Piece) -> Piece:
        return write("strpos({}, {})", text, part)

    def least(self, name: str, args: list[Piece], kind: NodeKind) -> Piece:
        given = [self.ordered(a) if kind == "text" else a for a in args]
        missing = joined([write("{} IS NULL", a) for a in args], " OR ")
        word = "LEAST" if name == "min" else "GREATEST"
        return write(f"CASE WHEN {{}} THEN NULL ELSE {word}({{}}) END", missing, joined(given, ", "))

    def lower(self, text: Piece) -> Piece:
        return write('lower({} COLLATE "C")', text)

    def length(self, text: Piece) -> Piece:
        return write("CAST(char_length({}) AS BIGINT)", text)

    def year(self, day: Piece) -> Piece:
        return write("CAST(EXTRACT(YEAR FROM {}) AS BIGINT)", day)

    def month(self, day: Piece) -> Piece:
        return write("CAST(EXTRACT(MONTH FROM {}) AS BIGINT)", day)

    def month_text(self, day: Piece) -> Piece:
        return write("to_char({}, 'YYYY-MM')", day)

    def days_between(self, later: Piece, earlier: Piece) -> Piece:
        return write("CAST({} - {} AS BIGINT)", later, earlier)

    def moved(self, day: Piece, days: Piece, kind: NodeKind, *, safe: bool) -> Piece:
        step = "CAST({} AS INTEGER)" if kind == "date" else "({}) * INTERVAL '1 day'"
        there = write(f"({{}} + {step})", day, days)
        if safe:
            return there
        bounds = f"BETWEEN -{LONGEST_STRETCH} AND {LONGEST_STRETCH}"
        inside = write("{} >= DATE '0001-01-01' AND {} < DATE '9999-12-31' + 1", there, there)
        return write(f"CASE WHEN {{}} {bounds} THEN CASE WHEN {{}} THEN {{}} END END", days, inside, there)

    def total(self, numbers: Piece) -> Piece:
        return write("CAST(COALESCE(SUM({}), 0) AS BIGINT)", numbers)


def divided(number: Piece, power: int) -> Piece:
    """A scaled integer divided by 10 ** power, half away from zero (both engines cut toward zero)."""
    unit, half = 10**power, 10**power // 2
    return write(f"(({{}} + CASE WHEN {{}} < 0 THEN -{half} ELSE {half} END) / {unit})", number, number)


def quotient(top: Piece, bottom: Piece) -> Piece:
    """The whole quotient of two integers, half away from zero, null for a zero divisor."""
    return write(
        "((2 * {} + CASE WHEN ({} < 0) = ({} < 0) THEN {} ELSE -({}) END) / NULLIF(2 * {}, 0))",
        top, top, bottom, bottom, bottom, bottom,
    )  # fmt: skip


def widened(number: Piece, power: int) -> Piece:
    """A scaled integer with ``power`` more places."""
    return number if power == 0 else write(f"({{}} * {10**power})", number)
