"""Measures pages against bare SQL on small and large tables, prints a table, and writes bench/results.json."""

from __future__ import annotations

import argparse
import json
import re
import sqlite3
import statistics
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from admin_views import create_site
from bench import arrears, billing, data, exporting, figures, importing, service
from bench.pages import SIZE, Page, pages
from bench.throughput import CLIENTS, pages_per_second
from models import Registry
from models.storage.database import PRAGMAS

ROUNDS = 25
WARM_UP = 2
"""Rounds that are not counted."""
RESULTS = data.HERE / "results.json"


@dataclass
class Subject:
    """One office under measurement."""

    rows: int
    registry: Registry
    client: FlaskClient
    sql: sqlite3.Connection
    pages: list[Page] = field(default_factory=list)
    ours: dict[str, list[float]] = field(default_factory=dict)
    floor: dict[str, list[float]] = field(default_factory=dict)


def main() -> None:
    """Fill what is missing, measure in turns, print and write."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rows", default="10000,1000000", help="sizes of the table of bills, with commas between")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each page is asked for")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the figures are written")
    parser.add_argument("--no-server", action="store_true", help="leave out the run against a real server")
    parser.add_argument("--no-exports", action="store_true", help="leave out whole files")
    parser.add_argument("--imports", type=int, default=100_000, help="rows of the file that is read in; 0 for none")
    parser.add_argument(
        "--billed", type=int, default=100_000, help="units of the bill run, ten times the bills of late fees"
    )
    parser.add_argument("--long-import", type=int, default=1_000_000, help="rows of the file whose memory is measured")
    options = parser.parse_args()
    subjects = [subject(int(rows)) for rows in options.rows.split(",")]
    for _ in range(options.rounds + WARM_UP):
        for number in range(len(subjects[0].pages)):
            for one in subjects:
                measure(one, one.pages[number])
    found = results(subjects)
    found += [one for office in subjects for one in figures.figures(office.registry, office.sql, office.rows)]
    found += [one for office in subjects for one in arrears.figures(office.rows)]
    found += service.figures([office.rows for office in subjects], options.rounds)
    if not options.no_exports:
        found += [one for office in subjects for one in exporting.figures(office.registry, office.rows)]
    if options.imports and not options.no_exports:
        found += importing.figures(options.imports)
        found += [importing.peak_of(options.long_import)] if options.long_import else []
    found += billing.figures(options.billed, options.billed * 10) if options.billed else []
    if not options.no_server:
        found += [throughput(one, found) for one in subjects]
    print(as_table(found))
    options.results.write_text(json.dumps(found, indent=1) + "\n")


def subject(rows: int) -> Subject:
    """An office of that size, its pages, and somebody signed in."""
    registry = data.office(rows)
    site = create_site(registry, config={"SECRET_KEY": "measured"})
    client = site.test_client()
    sign_in(client)
    sql = sqlite3.connect(registry.var / "office.db")
    for name in ("cache_size", "mmap_size"):
        sql.execute(f"PRAGMA {name} = {PRAGMAS[name]}")
    one = Subject(rows, registry, client, sql)
    one.pages = pages(rows, next_page(client, rows))
    return one


def sign_in(client: FlaskClient) -> None:
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/login").text)
    assert token is not None
    form = {"username": data.CLERK, "password": data.PASSWORD, "csrf_token": token[1]}
    assert client.post("/login", data=form).status_code == 302, "the clerk of the bench cannot sign in"


def next_page(client: FlaskClient, rows: int) -> str:
    """The address behind 'next' on a page in the middle."""
    found = re.search(r'href="(/bill/\?[^"]*after=[^"]+)"', client.get(f"/bill/?page={rows // 2 // SIZE}").text)
    assert found is not None, "the page in the middle has no next"
    return found[1].replace("&amp;", "&")


def measure(one: Subject, page: Page) -> None:
    """Ask once for a page and once for its floor."""
    one.ours.setdefault(page.name, []).append(timed(lambda: fetch(one.client, page)))
    one.floor.setdefault(page.name, []).append(timed(lambda: page.floor(one.sql)))


def fetch(client: FlaskClient, page: Page) -> None:
    with closing(client.get(page.address)) as answer:
        assert answer.status_code == 200, f"{page.address}: {answer.status}"


def timed(work: Callable[[], object]) -> float:
    """Milliseconds."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def results(subjects: list[Subject]) -> list[dict[str, Any]]:
    """One entry a page and size, each the median of the rounds."""
    return [result(one, subjects[0], page.name) for page in subjects[0].pages for one in subjects]


def result(one: Subject, smallest: Subject, page: str) -> dict[str, Any]:
    return entry(page, one.rows, middle(one.ours[page]), middle(one.floor[page]), growth(one, smallest, page))


def middle(times: list[float]) -> float:
    return statistics.median(times[WARM_UP:])


def growth(one: Subject, smallest: Subject, page: str) -> float:
    """How often the smaller office's time the page took, round by round, so that a busy moment hits both."""
    pairs = zip(one.ours[page], smallest.ours[page], strict=True)
    return middle([ours / theirs for ours, theirs in pairs])


def entry(name: str, rows: int, ours: float, floor: float, growth: float) -> dict[str, Any]:
    return {
        "name": name, "rows": rows, "ours_ms": round(ours, 2), "floor_ms": round(floor, 3),
        "ratio": round(ours / floor, 1), "growth": round(growth, 2),
    }  # fmt: skip


def throughput(one: Subject, figures: list[dict[str, Any]]) -> dict[str, Any]:
    """First pages from the real server to many clients at once; ``ours_ms`` is the time between two answers."""
    rate = pages_per_second(one.registry.var)
    floor = next(f["floor_ms"] for f in figures if f["name"] == "list_first" and f["rows"] == one.rows)
    found = entry(f"list_first_{CLIENTS}_clients", one.rows, 1000 / rate, floor, 1.0)
    return {**found, "per_second": round(rate, 1)}


def as_table(figures: list[dict[str, Any]]) -> str:
    lines = [f"{'page':24}{'rows':>10}{'ours ms':>10}{'SQL ms':>9}{'ratio':>8}{'growth':>8}"]
    for one in figures:
        rate = f"  {one['per_second']:.0f} a second" if "per_second" in one else ""
        rate += exporting.words(one) if "first_byte_ms" in one else ""
        rate += importing.words(one) if "times_row_by_row" in one else ""
        rate += billing.words(one) if one["name"] in billing.NAMES else ""
        lines.append(
            f"{one['name']:24}{one['rows']:>10,}{one['ours_ms']:>10.1f}{one['floor_ms']:>9.2f}"
            f"{one['ratio']:>8.1f}{one['growth']:>8.2f}{rate}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
