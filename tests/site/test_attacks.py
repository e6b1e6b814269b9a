"""The whole site under attack: every address of it, whatever it is sent, keeps to what holds for all of them."""

from __future__ import annotations

import base64
import json
import random
import re
import time
from collections.abc import Iterator
from typing import Any

import peewee
import pytest

from tests.site.entity_desk import PASSWORD, Desk, furnish

OPEN = {"sign-in.login", "sign-in.language", "health-check.healthz", "out-box.worker", "out-box.manifest"}
SECONDS = 5
"""How long the fuzzer goes on, on each engine."""


def cursor(*position: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


NASTY = (
    # numbers
    "", " ", "0", "-1", "1e9", "1e999999999", "-1e-999999999", "NaN", "Infinity", "-0", "9" * 18, "9" * 19, "9" * 400,
    "0x10", "٣", "－1", "１", "²", "1.5", "1,000", "0.0000000000000000001", "null", "true",
    # structures and signs no text should hold
    "[]", "{}", "[" * 5000, '{"a":' * 3000, "\x00", "a\x00b", "\ud800", "\udfff'", "\u202e", "%00", "%", "%%%", "_",
    "\\",     "'", '"', "';--", "<script>alert(1)</script>", "javascript:alert(1)", "../../../etc/passwd", "=1+1",
    "\r\nSet-Cookie: a=b", "a" * 5000, "张" * 300, "😀" * 50, "ﬁ½Ⅷ", "İ", "ß" * 99,
    # days and times
    "0000-00-00", "9999-12-31", "0001-01-01", "2026-02-30", "9999-12-31T23:59", "9999-12-31 23:59", "0001-01-01 00:00",
    "24:00", "99:99", "1000000-01", "9999-13",
    # words of the search and of lists
    "AND OR NOT", "NEAR(", "*", "^", "a*", "{x}:", "title:", "-id", "--id", "title", "last", "after", "|", "|a|",
    # places in a list
    cursor(), cursor(1), cursor(None), cursor(None, 1), cursor("\x00", 1), cursor("\ud800", 1), cursor(1e308, 1),
    cursor(10**30, 1), cursor([], 1), cursor({}, {}), cursor(True, 1), cursor("a", 1, 1), cursor("2026-01-01", 2),
    cursor("9" * 5000, 1), "not base64 é",
)  # fmt: skip
LOOKS_LIKE_A_DEED = (
    "rowid={id}&id={id}&action=delete&confirmed=1&remove=1&entry=1&change=1&field=name&value=X&name=X&text=X&user=1"
)


@pytest.fixture
def desk(library: Any, site_of: Any, visit: Any) -> Desk:
    with library.connection():
        return furnish(library, site_of(library, PROPAGATE_EXCEPTIONS=False), visit)


def routes(desk: Desk, method: str) -> Iterator[tuple[str, str]]:
    """(endpoint, address) of every page that takes ``method``, with something that exists in its place."""
    known = {"format": "csv", "token": "nosuchtoken"}
    for rule in desk.app.url_map.iter_rules():
        if method in (rule.methods or ()):
            for name in ("book", "member") if rule.rule.startswith("/<name>") else ("purchases",):
                path = rule.rule.replace("<name>", name)
                for argument, value in known.items():
                    path = path.replace(f"<{argument}>", value)
                yield rule.endpoint, re.sub("<[^>]*>", "x", re.sub("<int:[^>]*>", "1", path))


def state(registry: Any) -> dict[str, list[Any]]:
    """Everything in the database but what looking leaves behind on purpose: who signed in, who took files out."""
    db: peewee.Database = registry.db
    with registry.connection():
        tables = [
            name
            for name in db.get_tables()
            if name not in ("_sign_in", "_export") and "__search" not in name and not name.startswith("sqlite")
        ]
        found = {name: sorted(map(str, db.execute_sql(f'SELECT * FROM "{name}"').fetchall())) for name in tables}
        return {name: rows for name, rows in found.items() if rows}


def test_no_form_is_taken_without_its_token(desk: Desk) -> None:
    visitor = desk.at("head")
    before, tried = state(desk.registry), 0
    for endpoint, path in routes(desk, "POST"):
        for token in (None, "", "forged"):
            form = {
                "id": desk.ids["north"],
                "name": "X",
                "rowid": desk.ids["north"],
                "action": "delete",
                "confirmed": "1",
            }
            answer = visitor.client.post(path, data=form if token is None else {**form, "csrf_token": token})
            assert answer.status_code == 400, (endpoint, answer.status_code)
            tried += 1
    assert tried > 100
    assert state(desk.registry) == before


def test_looking_changes_nothing(desk: Desk) -> None:
    visitor = desk.at("head")
    before, tried = state(desk.registry), 0
    for endpoint, path in routes(desk, "GET"):
        for id in (1, 2):
            asked = LOOKS_LIKE_A_DEED.format(id=id)
            answer = visitor.get(f"{path}?{asked}")
            assert answer.get_data() is not None
            assert answer.status_code < 500, (endpoint, answer.status_code)
            tried += 1
    assert tried > 100
    assert state(desk.registry) == before
    assert visitor.get("/").status_code == 200


def test_asking_for_the_head_of_a_page_is_no_form(desk: Desk) -> None:
    visitor, stranger = desk.at("head"), desk.visit(desk.app)
    before, attempts = state(desk.registry), len(desk.registry.accounts.log.of("", 100))
    for endpoint, path in routes(desk, "GET"):
        for browser in (visitor, stranger):
            whole = browser.client.get(f"{path}?id=1")
            assert whole.get_data() is not None
            bare = browser.client.head(f"{path}?id=1")
            assert bare.status_code == whole.status_code, (endpoint, bare.status_code, whole.status_code)
            assert bare.get_data() == b""
    assert state(desk.registry) == before
    assert len(desk.registry.accounts.log.of("", 100)) == attempts


def test_a_stranger_finds_every_page_closed(desk: Desk) -> None:
    visitor = desk.visit(desk.app)
    for method in ("GET", "POST"):
        for endpoint, path in routes(desk, method):
            if endpoint in OPEN:
                continue
            answer = visitor.get(path) if method == "GET" else visitor.post(path, {"id": 1})
            assert answer.status_code == 302 and "/login" in answer.headers["Location"], (endpoint, answer.status_code)


def test_a_first_password_must_be_changed_before_anything_else(desk: Desk) -> None:
    with desk.registry.connection():
        desk.registry.accounts.set_password(desk.users["head"], PASSWORD, must_change=True)
    visitor = desk.at("head")
    before = state(desk.registry)
    for method in ("GET", "POST"):
        for endpoint, path in routes(desk, method):
            if endpoint in OPEN or endpoint in ("my-account.password", "sign-in.logout"):
                continue
            answer = visitor.get(path) if method == "GET" else visitor.post(path, {"id": 1})
            assert answer.status_code == 302 and answer.headers["Location"] == "/account/password", (
                endpoint,
                answer.status_code,
            )
    assert state(desk.registry) == before


@pytest.mark.both_engines
@pytest.mark.parametrize("who", ["head", "lea"])
def test_nothing_breaks_whatever_it_is_sent(desk: Desk, who: str) -> None:
    """Seeded, so that what fails once fails again (as far as it got)."""
    chance = random.Random(20260316 + len(who))
    visitor = desk.at(who)
    pages = {method: sorted(set(routes(desk, method))) for method in ("GET", "POST")}
    fields = sorted({name for entity in desk.registry.schema.entities.values() for name in entity.fields})
    end, asked = time.monotonic() + SECONDS, 0
    while time.monotonic() < end:
        method = chance.choice(("GET", "GET", "POST"))
        endpoint, path = chance.choice(pages[method])
        if endpoint in ("sign-in.logout", "my-account.password"):
            continue
        sent = dict(parameters(desk, chance, path, fields))
        answer = ask(visitor, method, path, sent)
        asked += 1
        assert answer.status_code < 500, (method, path, sent)
    assert asked > 20


def parameters(desk: Desk, chance: random.Random, path: str, fields: list[str]) -> Iterator[tuple[str, Any]]:
    """Some parameters, most of them nasty."""
    entity = desk.registry.schema.entities.get(path.split("/")[1])
    mine = list(entity.fields) if entity else fields
    if entity and path.endswith(("/new/", "/edit/")) and chance.random() < 0.8:
        yield from ((f.name, f.type.example("en") or "1") for f in entity.fields.values() if not f.type.computed)
    ends = ("", "_is", "_not", "_contains", "_starts", "_from", "_to", "_empty", "_has", "-text")
    others = ("id", "search", "sort", "page", "after", "before", "size", "saved", "query", "limit", "columns", "field",
              "tab", "version", "rowid", "every", "change", "entry", "key", "remove", "text", "user", "entity", "back",
              "next", "comment", "asked_by", "username", "password", "name")  # fmt: skip
    for _ in range(chance.randint(1, 6)):
        name = chance.choice(mine) + chance.choice(ends) if chance.random() < 0.6 else chance.choice(others)
        yield name, chance.choice(NASTY)
    if chance.random() < 0.5:
        yield "sort", chance.choice(("", "-")) + chance.choice(mine)
    if chance.random() < 0.6:
        yield "id", str(chance.randint(1, 3))
    if path.endswith("/action/"):
        steps = list(entity.workflow.steps) if entity and entity.workflow else []
        yield "action", chance.choice(["delete", "edit", "edit", *(f"step:{s}" for s in steps), "do:x", "x"])
        yield "field", chance.choice(mine)
        yield "rowid", str(chance.randint(1, 3))
        yield "confirmed", "1"


def ask(visitor: Any, method: str, path: str, sent: dict[str, Any]) -> Any:
    """The answer, read to its end."""
    raw = {name: value.encode("utf-8", "surrogatepass") for name, value in sent.items()}
    answer = visitor.get(path, query_string=raw) if method == "GET" else visitor.post(path, raw)
    assert answer.get_data() is not None
    return answer


@pytest.mark.both_engines
def test_a_place_in_a_list_that_was_made_up_begins_at_the_start(desk: Desk) -> None:
    visitor = desk.at("head")
    made_up = (("\x00", 1), ("\ud800", 1), (10**30, 1), (None, None), ([], {}), (True, False), ("x", 1, "x"), (1,) * 9)
    for sort in ("title", "-name", "-price", "id", "created_by", "lendable"):
        for position in made_up:
            answer = ask(visitor, "GET", "/book/", {"sort": sort, "after": cursor(*position)})
            assert answer.status_code == 200, (sort, position)


@pytest.mark.both_engines
def test_nothing_breaks_whatever_a_stranger_types(desk: Desk) -> None:
    for number, nasty in enumerate(NASTY):
        stranger = desk.visit(desk.app, f"198.51.100.{number}")
        for path, form in (
            ("/login", {"username": nasty, "password": nasty, "next": nasty}),
            ("/language", {"locale": nasty, "next": nasty}),
            ("/language", {"locale": "zh", "next": nasty}),
        ):
            answer = ask(stranger, "POST", path, form)
            assert answer.status_code in (302, 400, 401, 429), (path, nasty, answer.status_code)
            place = answer.headers.get("Location", "/")
            assert place.startswith("/") and not place.startswith("//"), place
        assert ask(stranger, "GET", "/login", {"next": nasty}).status_code == 200
