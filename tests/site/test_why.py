"""Why someone may or may not, explained to those who keep the accounts."""

from __future__ import annotations

import re
from typing import Any

import pytest

from models.actor import SYSTEM, Source

PASSWORD = "correct horse battery"


@pytest.fixture
def app(library: Any, site_of: Any) -> Any:
    """A library with Ruth who administers and heads, and Lou, librarian of the Harbour branch but not of the Mill."""
    library.accounts.add("root", "Ruth", ["admin", "head"], PASSWORD)
    lou = library.accounts.add("lou", "Lou", ["librarian"], PASSWORD)
    library.store.create(SYSTEM, "branch", {"name": "Harbour", "librarian": lou}, Source("demo"))
    library.store.create(SYSTEM, "branch", {"name": "Mill"}, Source("demo"))
    return site_of(library)


def ask(visitor: Any, **query: Any) -> str:
    """The rows of the answer as plain words, one line an action."""
    page = visitor.get("/admin/why", query_string=query).get_data(as_text=True)
    rows = re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
    return "\n".join(" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows)


@pytest.fixture
def ruth(app: Any, visit: Any, library: Any) -> Any:
    library.accounts.set_locale(library.accounts.actor(library.accounts.id_of("root")), "en")
    visitor = visit(app)
    visitor.sign_in("root")
    return visitor


def test_only_who_keeps_the_accounts_may_ask(app: Any, visit: Any) -> None:
    lou = visit(app)
    lou.sign_in("lou")
    assert lou.get("/admin/why?user=lou&entity=branch").status_code == 403


def test_it_names_the_role_the_scope_and_the_values_it_reads(ruth: Any, library: Any) -> None:
    scoped = [
        (entity.name, action) for entity in library.schema.entities.values()
        for action, grants in entity.access.grants.items() if grants.get("librarian") == "own"
    ]  # fmt: skip
    assert ("branch", "update") in scoped or scoped
    entity, action = ("branch", "update") if ("branch", "update") in scoped else scoped[0]
    answer = ask(ruth, user="lou", entity=entity, id=1 if entity == "branch" else "")
    line = next(line for line in answer.splitlines() if f" {action} " in f" {line} ")
    assert "Librarian : own" in line and library.schema.entities[entity].scopes["own"].source in line
    if entity == "branch":
        assert "librarian = Lou" in line and "holds here" in line and " may " in line
        mill = ask(ruth, user="lou", entity="branch", id=2)
        line = next(line for line in mill.splitlines() if f" {action} " in f" {line} ")
        assert "librarian = empty" in line and "does not hold here" in line and "may not" in line


def test_its_verdict_is_that_of_the_doors(ruth: Any, library: Any) -> None:
    lou = library.accounts.actor(library.accounts.id_of("lou"))
    for id in (1, 2):
        for line in ask(ruth, user="lou", entity="branch", id=id).splitlines():
            found = re.match(r".+? ([a-z_]+) (may not|may) ", line)
            if found and found[1] in ("read", "update", "delete", "export"):
                allowed = library.access.may(lou, "branch", found[1]) and bool(
                    library.scope.visible_ids(lou, "branch", [id], found[1])
                )
                assert (found[2] == "may") is allowed, line


@pytest.mark.parametrize("query", [{"user": "nobody"}, {"user": "99"}, {"user": "lou", "id": "77"}])
def test_it_does_not_explain_what_is_not_there(ruth: Any, query: dict[str, str]) -> None:
    assert ruth.get("/admin/why", query_string={"entity": "branch", **query}).status_code == 404


def test_without_a_question_it_shows_the_form(ruth: Any) -> None:
    assert ruth.get("/admin/why").status_code == 200
    assert ruth.get("/admin/why?user=lou&entity=nothing").status_code == 200
