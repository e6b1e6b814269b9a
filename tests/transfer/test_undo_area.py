"""One's own import is taken back where one may still work: with grants for that and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.actor import DELETES, SYSTEM, Actor, Source
from models.errors import NotAllowed
from models.query import Query
from schema import load
from transfer import imports, undo
from transfer.jobs import undo_now
from transfer.records import ImportLog
from transfer.undo_area import deputy

LIBRARY = Path(__file__).parents[1] / "library.yaml"
FORM = Source("form")
SHELVES = "branch,code,genre\n东馆,A1,novel\n东馆,A2,poetry\n"


@pytest.fixture
def area(opened, tmp_path, person):
    """A library whose librarians may import shelves and not delete them, and one of them with a branch."""
    words = LIBRARY.read_text(encoding="utf-8")
    at = words.index("  shelf:")
    shelf = words[at:].replace("import: [head]", "import: [head, librarian]", 1)
    shelf = shelf.replace("delete: {head: all, librarian: own}", "delete: [head]", 1)
    path = tmp_path / "library.yaml"
    path.write_text(words[:at] + shelf, encoding="utf-8")
    registry = opened(load(path))
    with registry.connection():
        li, other = (person(registry, "librarian", username=name) for name in ("li", "other"))
        branch = registry.store.create(SYSTEM, "branch", {"name": "东馆", "librarian": li.id}, FORM)

        def move(to):
            registry.store.update(SYSTEM, "branch", branch, {"librarian": to.id}, FORM)

        yield registry, li, other, move


def take_in(registry, actor, text=SHELVES):
    ready = imports.prepare(registry, actor, "shelf", text.encode(), "x.csv")
    result = imports.run(registry, actor, ready, dry_run=False)
    assert result.rejected == []
    return result.import_id


def take_back(registry, actor, id):
    done = undo_now(registry, actor, id).result["undo"]
    return done["deleted"], done["restored"], [(one["title"], one["reason"][1]) for one in done["left"]]


def shelves(registry):
    return [(r.title, r["genre"]) for r in registry.scope.stream(SYSTEM, "shelf", Query(sort="id"))]


@pytest.mark.both_engines
def test_what_was_made_stays_once_the_branch_is_somebody_elses(area):
    registry, li, other, move = area
    id = take_in(registry, li)
    move(other)
    reason = undo.OUTSIDE.to("en")
    assert take_back(registry, li, id) == (0, 0, [("#2", reason), ("#1", reason)])
    assert len(shelves(registry)) == 2
    move(li)
    assert take_back(registry, li, id) == (2, 0, []), "without the grant to delete them by hand"
    assert shelves(registry) == []


@pytest.mark.both_engines
def test_what_was_changed_stays_once_the_branch_is_somebody_elses(area):
    registry, li, other, move = area
    take_in(registry, li)
    id = take_in(registry, li, SHELVES.replace("novel", "science"))
    move(other)
    assert take_back(registry, li, id) == (0, 0, [("#1", undo.OUTSIDE.to("en"))])
    move(li)
    assert take_back(registry, li, id) == (0, 1, [])
    assert shelves(registry) == [("东馆/A1", "novel"), ("东馆/A2", "poetry")]


def test_the_grants_reach_no_further_than_what_is_taken_back(area):
    registry, li, other, move = area
    take_in(registry, li)
    by = deputy(li, "shelf", ["genre"])
    assert (by.system, by.writes) == (False, {("shelf", "genre"), ("shelf", DELETES)})
    with pytest.raises(NotAllowed):
        registry.store.delete(li, "shelf", 1, FORM)
    with pytest.raises(NotAllowed):
        registry.store.delete(by, "branch", 1, FORM)
    move(other)
    assert registry.scope.visible_ids(by, "shelf", [1, 2], "delete") == set()


def test_an_import_that_broke_off_is_taken_back_whole_whoever_made_it(area):
    registry, li, other, move = area
    id = take_in(registry, li)
    move(other)
    undoing = undo.Undoing(registry, Actor(li.id, "Li", frozenset()), ImportLog(registry).entry(id), trash=False)
    while undoing.step(1):
        pass
    assert (undoing.result.deleted, undoing.result.left, shelves(registry)) == (2, [], [])
