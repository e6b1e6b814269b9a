"""Rows that are written together come out exactly as one by one, the refused ones with the same reasons."""

from __future__ import annotations

import csv
import io
import random

import pytest

from models.actor import SYSTEM, Source
from models.query import Query
from transfer import cells, columns, imports, matching, together
from transfer.columns import MOST_REMEMBERED

pytestmark = pytest.mark.both_engines
HEADERS = ["分馆", "架号", "书名", "书号", "类别", "定价", "购价", "备注"]
ROWS = 600
OF_THE_DATABASE = ("id", "branch", "shelf", "book", "created_at", "changed_at")
"""What depends on ids and on the moment."""


def spreadsheet(bad):
    """Purchases of which some mean the same shelf, book or copy, and some are wrong where ``bad``."""
    chance, out = random.Random(5), io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(HEADERS)
    rows = []
    for n in range(ROWS):
        book = chance.randrange(150)
        name, number, price = f"Book {book}", f"97800000{book:05}", f"{10 + book}.50"
        row = ["North", f"S{n % 9}", name, number, "小说", price, f"{n % 7}.00", f"no. {n}"]
        if bad and chance.random() < 0.04:
            at, wrong = chance.choice([(0, "East"), (2, ""), (3, ""), (4, "???"), (5, "ten"), (6, "-1")])
            row[at] = wrong
        rows.append(chance.choice(rows) if bad and n > 5 and chance.random() < 0.02 else row)
    sheet.writerows(rows)
    return out.getvalue().encode()


def taken(opened, library_schema, data, **how):
    """What an import gives: counts, reasons and every record, without ids and moments."""
    registry = opened(library_schema)
    with registry.connection():
        registry.store.create(SYSTEM, "branch", {"name": "North"}, Source("form"))
        ready = imports.prepare(registry, SYSTEM, "purchases", data, "file.csv")
        result = imports.run(registry, SYSTEM, ready, dry_run=False, bad_rows="skip", **how)
        answer = result.as_json("en")
        records = []
        for entity in ("shelf", "book", "copy"):
            for id in registry.scope.ids(SYSTEM, entity, Query(), 10_000):
                row = registry.rows.one(entity, id)
                log = [(c.verb, c.title) for c in registry.history.of(SYSTEM, entity, id)]
                kept = {name: value for name, value in row.items() if name not in OF_THE_DATABASE}
                records.append((entity, str(kept), str(log)))
        found = [registry.scope.count(SYSTEM, "book", Query(search=text)) for text in ("Book 12", "00007")]
    return answer, records, found


@pytest.fixture
def one_by_one(monkeypatch):
    """Makes every row go by itself from now on."""

    def begin():
        monkeypatch.setattr(together, "_together", lambda writer, rows: None)
        monkeypatch.setattr(together, "SMALLEST", ROWS)

    return begin


@pytest.mark.parametrize("bad", [False, True])
def test_together_is_the_same_as_one_by_one(opened, library_schema, one_by_one, bad):
    data = spreadsheet(bad)
    fast = taken(opened, library_schema, data)
    one_by_one()
    slow = taken(opened, library_schema, data)
    assert fast[0] == slow[0]
    assert sorted(fast[1]) == sorted(slow[1])
    assert fast[2] == slow[2]
    assert bool(fast[0]["rejected"]) == bad


def test_short_stretches_and_a_short_memory_change_nothing(opened, library_schema, monkeypatch):
    data = spreadsheet(bad=True)
    before = taken(opened, library_schema, data)
    monkeypatch.setattr(imports, "read_stretch", lambda rows, read=imports.read_stretch: read(rows, 37))
    monkeypatch.setattr(columns, "MOST_REMEMBERED", 3)
    after = taken(opened, library_schema, data)
    assert before[0] == after[0]
    assert sorted(before[1]) == sorted(after[1])
    assert MOST_REMEMBERED > ROWS


def test_a_clean_file_needs_no_second_way(opened, library_schema, monkeypatch):
    def never(*_words):
        raise AssertionError("went one by one")

    monkeypatch.setattr(together, "take_alone", never)
    answer, _records, _found = taken(opened, library_schema, spreadsheet(bad=False))
    assert (answer["created"], answer["rejected"]) == (ROWS, [])


def test_what_was_found_is_forgotten_after_its_stretch(opened, library_schema, monkeypatch):
    known = []
    forget = matching.Matcher.forget_all

    def counted(self):
        known.append(sum(len(one.ids) for one in self._known.values()))
        forget(self)

    monkeypatch.setattr(matching.Matcher, "forget_all", counted)
    monkeypatch.setattr(imports, "read_stretch", lambda rows, read=imports.read_stretch: read(rows, 50))
    taken(opened, library_schema, spreadsheet(bad=False))
    assert max(known) < 200


def test_a_text_that_a_workbook_cannot_hold_says_so_and_is_refused_when_it_comes_back():
    text = "字" * (cells.LONGEST + 1)
    cut = cells.fitting(text)
    assert (len(cut), cells.fitting(text[:-1])) == (cells.LONGEST, text[:-1])
    assert cut.endswith("32768 characters in all〕")
    assert cells.is_cut(cut) and not cells.is_cut(text)
