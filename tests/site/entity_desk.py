"""A lending library with a few books in it, and its people at their browsers."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from models.actor import SYSTEM, Source

PASSWORD = "correct horse battery"
PEOPLE = {"head": "head", "lea": "librarian", "luc": "librarian", "desk": "desk", "audit": "auditor"}


def text(answer: Any) -> str:
    """The page, with its entities read."""
    return html.unescape(answer.get_data(as_text=True))


def rows(answer: Any) -> list[int]:
    """The ids of the rows of a list, in its order."""
    return [int(id) for id in re.findall(r'<tr data-id="(\d+)"', answer.get_data(as_text=True))]


@dataclass
class Desk:
    """``lea`` has the branch North with shelf A1, ``luc`` the branch South with shelf B1."""

    registry: Any
    app: Any
    visit: Callable[[Any], Any]
    users: dict[str, int] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)

    def at(self, username: str) -> Any:
        """A signed-in browser."""
        visitor = self.visit(self.app)
        assert visitor.sign_in(username, PASSWORD).status_code == 302
        return visitor

    def add(self, entity: str, known: str = "", /, **values: Any) -> int:
        """A record, made by the program; ``known`` keeps its id in ``ids``."""
        id = self.registry.store.create(SYSTEM, entity, values, Source("demo"))
        if known:
            self.ids[known] = id
        return int(id)

    def record(self, entity: str, id: int) -> Any:
        """A record as the program sees it."""
        return self.registry.scope.get(SYSTEM, entity, id)


def furnish(registry: Any, app: Any, visit: Callable[[Any], Any]) -> Desk:
    """The library with its people, two branches, three books and two copies."""
    desk = Desk(registry, app, visit)
    for username, role in PEOPLE.items():
        desk.users[username] = registry.accounts.add(username, username.title(), [role], PASSWORD)
        registry.store.update(SYSTEM, "user", desk.users[username], {"locale": "en"}, Source("cli"))
    north = desk.add("branch", "north", name="North", librarian=desk.users["lea"])
    south = desk.add("branch", "south", name="South", librarian=desk.users["luc"])
    desk.add("shelf", "a1", branch=north, code="A1", genre="novel")
    desk.add("shelf", "b1", branch=south, code="B1", genre="poetry")
    desk.add("author", "lin", name="Lin <b>Yu</b>")
    desk.add(
        "book", "tides", name="Tides & <i>Time</i>", isbn="9780000000001", price="20.50", authors=(desk.ids["lin"],)
    )
    desk.add("book", "verse", name="Verse", isbn="9780000000002", genre="poetry", price="9.90")
    desk.add("book", "maps", name="地图集", isbn="9780000000003", genre="science", topics=("travel",))
    desk.add("copy", "tides1", book=desk.ids["tides"], shelf=desk.ids["a1"], cost="18.00")
    desk.add("copy", "verse1", book=desk.ids["verse"], shelf=desk.ids["b1"], cost="8.00")
    desk.add("member", "mo", name="Mo", phone="13812345678", id_number="11010519491231002X", email="mo@example.com")
    return desk
