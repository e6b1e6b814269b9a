"""The bell and the page of messages: one's own only, by whatever address, and a record that is gone says so."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from models.actor import SYSTEM, Source
from schema.text import Text, same
from tests.site.conftest import PASSWORD, Visitor

DEMO = Source("demo")
JSON = {"Accept": "application/json"}


@pytest.fixture
def enter(library: Any, site_of: Any) -> Callable[[str], Visitor]:
    """``enter("anna")``: her browser. Anna is at the desk, Hugo is head, in English both."""
    for username, role in (("anna", "desk"), ("hugo", "head")):
        id = library.accounts.add(username, username.title(), [role], PASSWORD)
        library.store.update(SYSTEM, "user", id, {"locale": "en"}, Source("cli"))
    app = site_of(library)

    def sign_in(username: str) -> Visitor:
        visitor = Visitor(app)
        visitor.sign_in(username)
        return visitor

    return sign_in


def text(answer: Any) -> str:
    assert answer.status_code == 200
    return str(answer.get_data(as_text=True))


def bell(page: str) -> str:
    """The bell, as one line: how it is called, and its number."""
    found = re.search(
        r'data-bell="/inbox/count" aria-label="([^"]*)".*?data-number aria-hidden="true"( hidden)?>(\w*\+?)<', page
    )
    assert found, "there is a bell"
    return found[1] + (" (nothing)" if found[2] else f" ({found[3]})")


def sections(page: str) -> list[str]:
    """The texts of the messages, unread ones with a star."""
    items = re.findall(r'<li class="message( is-new)?">.*?class="message-text"[^>]*>([^<]*)<', page, re.DOTALL)
    return [("*" if new else "") + words for new, words in items]


def numbers(library: Any, username: str) -> list[int]:
    actor = library.accounts.actor(library.accounts.id_of(username))
    return [message.id for message in library.inbox.waiting(actor, 50)]


def test_an_empty_inbox_says_what_will_come(enter: Callable[[str], Visitor]) -> None:
    page = text(enter("anna").get("/inbox/"))
    assert bell(page) == "Messages (nothing)"
    assert "No messages yet" in page and "Mark all as read" not in page


def test_the_bell_counts_on_every_page_and_the_page_leads_to_the_record(
    library: Any, enter: Callable[[str], Visitor]
) -> None:
    member = library.store.create(SYSTEM, "member", {"name": "Lena"}, DEMO)
    library.inbox.tell(Text("卡到期了", "A card ran out <b>"), roles=("desk",), about=("member", member))
    library.inbox.tell(same("Closed on Friday"), roles=("desk", "head"))
    anna = enter("anna")
    for path in ("/", "/member/", f"/member/details/?id={member}", "/inbox/"):
        assert bell(text(anna.get(path))) == "Messages, 2 unread (2)", path
    assert bell(anna.get("/nothing").get_data(as_text=True)) == "Messages, 2 unread (2)"
    page = text(anna.get("/inbox/"))
    assert sections(page) == ["*Closed on Friday", "*A card ran out &lt;b&gt;"]
    (link,) = re.findall(r'<a class="message-text" href="([^"]+)"', page)
    gone = anna.get(link)
    assert (gone.status_code, gone.location) == (302, f"/member/details/?id={member}")
    page = text(anna.get("/inbox/"))
    assert (bell(page), sections(page)) == ("Messages, 1 unread (1)", ["*Closed on Friday", "A card ran out &lt;b&gt;"])
    anna.post("/language", {"locale": "zh"})
    page = text(anna.get("/inbox/"))
    assert bell(page) == "消息，1 条未读 (1)" and "卡到期了" in page and re.search(r"今天 \d\d:\d\d", page)
    assert bell(text(enter("hugo").get("/"))) == "Messages, 1 unread (1)"


def test_one_and_all_are_marked_but_not_what_came_meanwhile(library: Any, enter: Callable[[str], Visitor]) -> None:
    for n in range(3):
        library.inbox.tell(same(f"m{n}"), roles=("desk",))
    anna = enter("anna")
    page = text(anna.get("/inbox/"))
    answer = anna.post(f"/inbox/{numbers(library, 'anna')[1]}/read/", headers=JSON)
    assert answer.json == {"unread": 2, "number": "2", "label": "Messages, 2 unread"}
    library.inbox.tell(same("m3"), roles=("desk",))
    (to,) = re.findall(r'name="to" value="(\d+)"', page)
    assert anna.post("/inbox/read/", {"to": to}).location == "/inbox/"
    assert sections(text(anna.get("/inbox/"))) == ["*m3", "m2", "m1", "m0"]
    assert anna.get("/inbox/count").json["unread"] == 1
    anna.post("/inbox/read/", {"to": "x"})
    assert anna.get("/inbox/count").json["unread"] == 1


def test_nobody_meets_the_message_of_another(library: Any, enter: Callable[[str], Visitor]) -> None:
    member = library.store.create(SYSTEM, "member", {"name": "Lena"}, DEMO)
    library.inbox.tell(same("for Hugo's eyes"), roles=("head",), about=("member", member))
    (his,) = numbers(library, "hugo")
    anna = enter("anna")
    answers = [
        anna.get(f"/inbox/{his}/"), anna.post(f"/inbox/{his}/read/"), anna.post("/inbox/read/", {"to": str(his)}),
        anna.get("/inbox/"), anna.get(f"/inbox/?before={his + 1}"), anna.get("/inbox/999999999999999999999999/"),
    ]  # fmt: skip
    assert [answer.status_code for answer in answers] == [404, 404, 302, 200, 200, 404]
    assert not any("Hugo's" in answer.get_data(as_text=True) for answer in answers)
    assert numbers(library, "hugo") == [his]


def test_strangers_are_sent_to_the_sign_in(library: Any, site_of: Any) -> None:
    stranger = Visitor(site_of(library))
    assert stranger.get("/inbox/").status_code == 302
    assert stranger.get("/inbox/count", headers=JSON).status_code == 401


def test_a_record_that_is_gone_says_so_and_leads_nowhere(library: Any, enter: Callable[[str], Visitor]) -> None:
    member = library.store.create(SYSTEM, "member", {"name": "Lena"}, DEMO)
    library.inbox.tell(same("look at Lena"), roles=("desk",), about=("member", member))
    library.store.delete(SYSTEM, "member", member, DEMO)
    anna, (id,) = enter("anna"), numbers(library, "anna")
    page = text(anna.get("/inbox/"))
    assert "The record was deleted, or you may no longer see it." in page and f'href="/inbox/{id}/"' not in page
    answer = anna.get(f"/inbox/{id}/")
    assert answer.location == "/inbox/"
    assert "The record was deleted" in text(anna.get("/inbox/"))


def test_read_ones_are_turned_over(library: Any, enter: Callable[[str], Visitor]) -> None:
    for n in range(70):
        library.inbox.tell(same(f"m{n}"), roles=("desk",))
    anna = enter("anna")
    anna.post("/inbox/read/", {"to": str(numbers(library, "anna")[0])})
    seen, path = [], "/inbox/"
    while path:
        page = text(anna.get(path))
        seen += sections(page)
        found = re.search(r'href="(/inbox/\?before=\d+)"', page)
        path = found[1] if found else ""
    assert seen == [f"m{n}" for n in reversed(range(70))]


def test_a_page_costs_one_more_question_for_the_bell(library: Any, enter: Callable[[str], Visitor]) -> None:
    anna = enter("anna")
    asked: list[str] = []
    plain = library.db.execute_sql

    def counted(sql: str, *rest: Any, **more: Any) -> Any:
        asked.append(sql)
        return plain(sql, *rest, **more)

    library.db.execute_sql = counted
    try:
        anna.get("/account/password")
    finally:
        library.db.execute_sql = plain
    assert len([sql for sql in asked if "_message" in sql]) == 1


def test_a_number_that_no_message_has_is_no_error(enter: Callable[[str], Visitor]) -> None:
    anna, far = enter("anna"), "9" * 30
    assert anna.get(f"/inbox/?before={far}").status_code == 200
    assert anna.post("/inbox/read/", {"to": far}).status_code == 302
