"""Every address of the desks with numbers that are none: in its path, its query and its forms; never a broken page."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from admin_views.ids import id_of
from office.demo import add_accounts, fill
from tests.site.conftest import PASSWORD

LONG = "9" * 5000
"""More digits than Python turns into a number."""
MOST = "9" * 18
"""The greatest that is read; no record has it."""
ABSURD = (LONG, "9" * 400, "9" * 19, f"-{LONG}", "-1", "²", "٣", "１.5", " 1", "x", "\x00")
SENT = (MOST, LONG, "9" * 19, "-1", "²", "\x00")
NAME = re.compile(r"[a-z][a-z0-9_-]{1,19}")
DESKS = "admin_views.desks."
ANYBODY = ("director", "supervisor", "steward", "frontdesk", "cashier", "billing_supervisor", "engineer", "security")


@pytest.mark.parametrize(
    ("text", "id"),
    [("1", 1), ("007", 7), ("0", 0), (MOST, 10**18 - 1), *((text, None) for text in ("", *ABSURD)), (None, None)],
)
def test_what_is_an_id(text: str | None, id: int | None) -> None:
    assert id_of(text) == id


@dataclass(frozen=True)
class Address:
    """A page of a desk: how it is asked, its path with {} for each argument, and what its module reads."""

    method: str
    path: str
    names: tuple[str, ...]


@pytest.fixture
def visitor(office: Any, site_of: Any, visit: Callable[[Any], Any], person: Callable[..., Any]) -> Any:
    """Somebody who may open every desk, in an office where there is something on each."""
    add_accounts(office, PASSWORD)
    fill(office, units=30)
    person(office, *ANYBODY, username="anybody", password=PASSWORD)
    found = visit(site_of(office, PROPAGATE_EXCEPTIONS=False))
    assert found.sign_in("anybody", PASSWORD).status_code == 302
    return found


def addresses(app: Any) -> Iterator[Address]:
    """Every address of the desks."""
    for rule in app.url_map.iter_rules():
        module = app.view_functions[rule.endpoint].__module__
        if module.startswith(DESKS):
            path = re.sub("<any[(]([a-z]+)[^>]*>", r"\1", rule.rule)
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield Address(method, re.sub("<[^>]*>", "{}", path), names_of(module))


def names_of(module: str) -> tuple[str, ...]:
    """The words that a desk may ask an address or a form for: those that its files give to a call or an index."""
    own = Path(sys.modules[module].__file__ or "")
    found = set()
    for file in own.parent.glob(f"{own.stem.split('_')[0]}*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            given = node.args if isinstance(node, ast.Call) else [node.slice] if isinstance(node, ast.Subscript) else []
            found |= {one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    return tuple(sorted(name for name in found if NAME.fullmatch(name)))


def ask(visitor: Any, address: Address, path: str, sent: dict[str, str]) -> int:
    if address.method == "POST":
        return int(visitor.post(path, sent).status_code)
    return int(visitor.client.get(path, query_string=sent).status_code)


@pytest.mark.both_engines
def test_no_desk_breaks_on_a_number_that_is_none(visitor: Any) -> None:
    broken, asked = set(), 0
    for address in addresses(visitor.client.application):
        for value in SENT:
            shown = value.replace("\x00", "%00").replace(" ", "%20")
            for path in {address.path.replace("{}", "1"), address.path.replace("{}", shown)}:
                asked += 1
                if ask(visitor, address, path, dict.fromkeys(address.names, value)) >= 500:
                    broken.add((address.method, address.path, "all names", value[:9]))
        for name in address.names if address.method == "POST" else ():
            asked += 1
            if ask(visitor, address, address.path.replace("{}", "1"), {name: LONG}) >= 500:
                broken.add((address.method, address.path, name, LONG[:9]))
    assert not broken and asked > 1000
