"""Good files spoilt at random, always the same way for one seed: refused in words or taken whole, never half."""

from __future__ import annotations

import csv
import io
import random
import time
from pathlib import Path

import pytest

from models.actor import SYSTEM
from transfer import imports
from transfer.imports import ImportOptions
from transfer.refusal import FileRefused

SAMPLES = Path(__file__).parent.parent / "samples"
GOOD = list(csv.reader(io.StringIO((SAMPLES / "units_owners_utf8bom.csv").read_text(encoding="utf-8-sig"))))[:16]
FILES, SECONDS = 40, 8
"""Files a seed spoils, and how long it may take at most."""
NASTY = [
    "", " ", "\u3000", "-", "0", "-1", "1e9", "1.38E+10", "99999999999999999999", "九十平", "=1+1", "+1", "@x", "'",
    '"', "合计", "总计",
    "2026-02-30", "46023", "1/2/3", "12:61", "null", "None", "NaN", "Infinity", "true", "<b>x</b>", "../../etc", "%s{}",
    "a\nb", "a\r\nb", "\t", "x" * 5000, "𠮷野家", "é", "\u202e反", "Ω≈ç√", "１２３", "¥1,234.50", "(100)", "95%",
]  # fmt: skip
ENTITIES = ("building", "unit", "resident", "occupancy")


def spoilt(rows: list[list[str]], chance: random.Random) -> bytes:
    """The table with a few cells, rows, columns or bytes changed."""
    rows = [list(row) for row in rows]
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(rows))
        column = chance.randrange(max(1, len(rows[at]) or 1))
        match chance.randrange(8):
            case 0 | 1 | 2 if rows[at]:
                rows[at][min(column, len(rows[at]) - 1)] = chance.choice(NASTY)
            case 3:
                rows.insert(at, list(chance.choice(rows)))
            case 4 if len(rows) > 2:
                del rows[at]
            case 5:
                rows[at] = rows[at][:column]
            case 6:
                rows = [[*row[:column], *row[column + 1 :]] for row in rows]
            case _:
                rows[at] = [*rows[at], chance.choice(NASTY)]
    out = io.StringIO()
    csv.writer(out, delimiter=chance.choice(",;\t")).writerows(rows)
    data = out.getvalue().encode(chance.choice(["utf-8", "utf-8-sig", "gb18030", "utf-16"]), "replace")
    if chance.random() < 0.3:
        place = chance.randrange(len(data))
        data = data[:place] + chance.randbytes(chance.randint(0, 3)) + data[place + chance.randint(0, 3) :]
    return data


def choices(chance: random.Random) -> ImportOptions:
    """Choices such as a person, or a bent form, might send along."""
    return ImportOptions(
        constants={"unit.kind": chance.choice(["住宅", "??", ""])} if chance.random() < 0.2 else {},
        keys={"unit": chance.choice([("room",), ("building", "section", "room"), ("x",)])}
        if chance.random() < 0.2
        else {},
        meanings={"unit.state": {"九十平": chance.choice(["skip", "clear", "is:空置", "record:7", "create"])}},
        same={(chance.randint(2, 9), "resident"): chance.randint(-9, 9)} if chance.random() < 0.2 else {},
        clears=chance.random() < 0.3,
    )


@pytest.mark.parametrize("seed", range(4))
def test_a_spoilt_file_is_taken_or_refused_whole(office, seed):
    chance = random.Random(seed)
    end, tried, refused = time.monotonic() + SECONDS, 0, 0
    with office.connection():
        while tried < FILES and time.monotonic() < end:
            data, how = spoilt(GOOD, chance), chance.choice(["stop", "skip"])
            tried += 1
            try:
                ready = imports.prepare(office, SYSTEM, "units_owners", data, "x.csv", choices(chance))
            except FileRefused as problem:
                assert problem.text.to("zh") and problem.text.to("en")
                continue
            if ready.problems:
                assert all(p.to("zh") and p.to("en") for p in ready.problems)
                continue
            with office.store.rehearse():
                mode = chance.choice(["upsert", "upsert", "insert", "update"])
                result = imports.run(office, SYSTEM, ready, dry_run=False, bad_rows=how, mode=mode)
                made = {name: office.scope.count(SYSTEM, name) for name in ENTITIES}
            refused += len(result.rejected)
            for one in result.rejected:
                assert one.line > ready.sheet.header_line, one
                assert one.column.to("zh") and one.column.to("en") and one.reason.to("zh") and one.reason.to("en"), one
            if result.rejected and how == "stop":
                assert not any(made.values()) and not result.written
            else:
                assert made == {n: result.by_entity[n].created if n in result.by_entity else 0 for n in ENTITIES}
    assert tried > 5 and refused
